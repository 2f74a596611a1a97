#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "client/district/calendar.h"
#include "client/district/random.h"
#include "client/district/world.h"

namespace rollcall::district {
namespace {

constexpr std::uint32_t kFirstStudentNumber = 50'000'000;
constexpr std::uint32_t kFirstStaffNumber = 300'000;
constexpr int kStudentsPerSchool = 500;
constexpr int kMinSchools = 6;
constexpr int kStudentsPerStaff = 12;

// Rates in thousandths, unless said otherwise.
constexpr std::uint32_t kLeavesInSummer = 72;
constexpr std::uint32_t kLeavesDuringYear = 13;
constexpr std::uint32_t kRepeatsGrade = 15;
constexpr std::uint32_t kGraduates = 960;
constexpr std::uint32_t kChangesSchoolInSummer = 50;
constexpr std::uint32_t kChangesSchoolDuringYear = 40;
constexpr std::uint32_t kArrivesLate = 80;
constexpr std::uint32_t kIsReturning = 30;
constexpr std::uint32_t kHasSiblingInDistrict = 350;
constexpr std::uint32_t kHouseholdMoves = 40;
constexpr std::uint32_t kStaffLeaves = 90;
constexpr std::uint32_t kStaffChangesSchool = 40;
constexpr std::uint8_t kMaxSiblings = 4;
constexpr int kMaxYearsAway = 3;

// Bits of Student::races.
constexpr unsigned kTwoOrMoreRaces = 1 << 5;
constexpr unsigned kHispanic = 1 << 6;

// One-to-one on 0 .. modulus - 1 if `modulus` has no prime factors but 2 and 5: numbers that do not
// tell in which order they were given out.
constexpr std::uint32_t Scatter(std::uint64_t n, std::uint64_t seed, std::uint32_t modulus) {
  constexpr std::uint64_t kFactor = 387'420'489;  // 3^18
  return static_cast<std::uint32_t>((n * kFactor + seed % modulus) % modulus);
}

template <typename Items>
const auto* Pick(Random& random, const Items& items) {
  return &items[random.Below(static_cast<std::uint32_t>(std::size(items)))];
}

class Simulation {
 public:
  Simulation(int students, std::uint64_t seed, int from_year, int to_year)
      : target_(students), random_(seed, 1) {
    world_.seed = seed;
    world_.from_year = from_year;
    world_.to_year = to_year;
    world_.as_of = DayOf(to_year - 1, 10, 15);
    AddSchools();
  }

  World Run() {
    for (int year = world_.from_year; year <= world_.to_year; ++year) {
      year_ = year;
      begin_ = SchoolYearBegin(year);
      end_ = SchoolYearEnd(year);
      // Everything that happens in a year happens before its package is made.
      limit_ = year == world_.to_year ? world_.as_of : end_ - 20;
      world_.students_of_year.emplace_back();
      world_.staff_of_year.emplace_back();
      PlayStudents();
      MoveHouseholds();
      PlayStaff();
    }
    for (std::size_t i = 0; i < world_.students.size(); ++i) AddSpells(i);
    return std::move(world_);
  }

 private:
  struct Place {
    std::uint32_t student;
    Grade grade;
    int old_school;  // -1: none.
    bool is_new;
  };

  void AddSchools() {
    const int count = std::max(kMinSchools, target_ / kStudentsPerSchool);
    const int high = std::max(2, count / 5);
    const auto first = SchoolFirstWords();
    const auto second = SchoolSecondWords();
    const std::size_t combinations = first.size() * second.size();
    for (int i = 0; i < count; ++i) {
      School school;
      school.id = absl::StrCat(610001 + i);
      school.high = i >= count - high;
      school.weight = static_cast<std::uint32_t>(random_.Between(60, 160));
      const auto n = static_cast<std::size_t>(i);
      // The stride has no factor in common with the number of combinations, 26 * 25.
      const std::size_t place = n * 77 % combinations;
      std::string& name = school.name;
      name = absl::StrCat(std::string(first[place % first.size()]), " ",
                          std::string(second[place / first.size()]));
      if (n >= combinations) absl::StrAppend(&name, " ", n / combinations + 1);
      if (i % 7 == 3) {
        absl::StrAppend(
            &name, school.high ? " Charter Network, Upper Campus" : " Charter School \"The Nest\"");
      } else {
        absl::StrAppend(&name, school.high ? " High School" : " Elementary School");
      }
      (school.high ? high_schools_ : elementary_schools_).push_back(static_cast<std::uint16_t>(i));
      world_.schools.push_back(std::move(school));
    }
    for (const auto* level : {&elementary_schools_, &high_schools_}) {
      auto& sums = level == &high_schools_ ? high_sums_ : elementary_sums_;
      std::uint32_t sum = 0;
      for (const std::uint16_t school : *level) {
        sum += world_.schools[school].weight;
        sums.push_back(sum);
      }
    }
  }

  std::uint16_t PickSchool(Grade grade) {
    const bool high = grade > kLastElementaryGrade;
    const auto& sums = high ? high_sums_ : elementary_sums_;
    const auto at = std::upper_bound(sums.begin(), sums.end(), random_.Below(sums.back()));
    const auto index = static_cast<std::size_t>(at - sums.begin());
    return (high ? high_schools_ : elementary_schools_)[index];
  }

  std::uint16_t PickOtherSchool(Grade grade, std::uint16_t school) {
    std::uint16_t other = PickSchool(grade);
    while (other == school) other = PickSchool(grade);
    return other;
  }

  void PlayStudents() {
    std::vector<Place> places;
    const bool first_year = year_ == world_.from_year;
    if (!first_year) Promote(places);

    int target = target_;
    if (year_ != world_.to_year) target += random_.Between(-target_ / 100, target_ / 100);
    const int entrants = target - static_cast<int>(places.size());
    for (int i = 0; i < entrants; ++i) {
      if (!first_year && random_.Chance(kIsReturning) && BringBack(places)) continue;
      const Grade grade =
          first_year ? static_cast<Grade>(random_.Between(-1, kLastGrade)) : EntryGrade();
      places.push_back({AddStudent(grade), grade, -1, true});
    }
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.student < b.student; });
    for (const Place& place : places) Enroll(place);
  }

  // The students of last year who go on.
  void Promote(std::vector<Place>& places) {
    for (const std::uint32_t index : world_.students_of_year[world_.YearIndex(year_ - 1)]) {
      const Stay& last = world_.students[index].stays.back();
      const bool left_early = last.end < SchoolYearEnd(year_ - 1);
      const bool graduated = last.grade == kLastGrade && random_.Chance(kGraduates);
      if (graduated) continue;
      if (left_early || random_.Chance(kLeavesInSummer)) {
        gone_.push_back(index);
        continue;
      }
      const bool repeats = last.grade == kLastGrade || random_.Chance(kRepeatsGrade);
      const Grade grade = repeats ? last.grade : static_cast<Grade>(last.grade + 1);
      places.push_back({index, grade, last.school, false});
    }
  }

  // Takes one of those who left back in. False if the one drawn cannot come back this year.
  bool BringBack(std::vector<Place>& places) {
    if (gone_.empty()) return false;
    const std::uint32_t at = random_.Below(static_cast<std::uint32_t>(gone_.size()));
    const std::uint32_t index = gone_[at];
    const Stay& last = world_.students[index].stays.back();
    const int gap = year_ - last.year;
    const int grade = last.grade + gap;
    if (gap < 2 || gap > kMaxYearsAway + 1 || grade > kLastGrade) return false;
    gone_[at] = gone_.back();
    gone_.pop_back();
    places.push_back({index, static_cast<Grade>(grade), -1, true});
    return true;
  }

  Grade EntryGrade() {
    switch (random_.Weighted({300, 370, 120, 210})) {
      case 0:
        return kPreKindergarten;
      case 1:
        return 0;
      case 2:
        return 9;
      default:
        return static_cast<Grade>(random_.Between(1, kLastGrade));
    }
  }

  void Enroll(const Place& place) {
    Student& student = world_.students[place.student];
    const bool level_changes =
        place.old_school >= 0 && world_.schools[static_cast<std::size_t>(place.old_school)].high !=
                                     (place.grade > kLastElementaryGrade);
    const bool stays =
        place.old_school >= 0 && !level_changes && !random_.Chance(kChangesSchoolInSummer);
    Stay stay;
    stay.year = static_cast<std::int16_t>(year_);
    stay.grade = place.grade;
    stay.school = stays ? static_cast<std::uint16_t>(place.old_school) : PickSchool(place.grade);
    stay.begin = begin_;
    stay.end = end_;
    if (place.is_new && random_.Chance(kArrivesLate)) {
      stay.begin += random_.Between(5, (limit_ - begin_) / 2);
    }
    if (random_.Chance(kChangesSchoolDuringYear)) {
      const Day moved = random_.Between(stay.begin + 4, limit_);
      stay.end = moved - 1;
      student.stays.push_back(stay);
      stay.school = PickOtherSchool(place.grade, stay.school);
      stay.begin = moved;
      stay.end = end_;
    } else if (year_ != world_.to_year && random_.Chance(kLeavesDuringYear)) {
      stay.end = random_.Between(stay.begin + 10, limit_);
    }
    student.stays.push_back(stay);
    world_.students_of_year.back().push_back(place.student);
  }

  std::uint32_t AddStudent(Grade grade) {
    const auto index = static_cast<std::uint32_t>(world_.students.size());
    Student student;
    student.household = PickHousehold();
    Household& household = world_.households[student.household];
    ++household.members;
    const NameGroup& group = NameGroups()[household.group];

    const bool female = random_.Chance(490);
    const auto& given = female ? group.female : group.male;
    student.given = Pick(random_, given);
    if (random_.Chance(400)) student.middle = Pick(random_, given);
    student.family = random_.Chance(90) ? Pick(random_, group.family) : household.family;
    student.gender = female ? Gender::kFemale : Gender::kMale;
    if (random_.Chance(10)) student.gender = Gender::kBlank;

    // A child is in KG who is five by 1 September; some are a year older than their grade.
    const int older = random_.Chance(40) ? 1 : 0;
    const int birth_year = year_ - 7 - grade - older;
    student.birth = random_.Between(DayOf(birth_year, 9, 2), DayOf(birth_year + 1, 9, 1));
    student.birth_blank = random_.Chance(2);

    student.number = kFirstStudentNumber + 3 * index + random_.Below(3);
    if (!random_.Chance(30)) {
      student.state_id = 100'000'000 + Scatter(index, world_.seed, 800'000'000);
    }
    student.medicaid_id = Scatter(index, world_.seed + 12'345, 10'000'000);
    // 99 is beyond every grade: never.
    constexpr std::uint8_t kEmailFromGrade[] = {0, 3, 6, 99};
    student.email_from_grade = kEmailFromGrade[random_.Weighted({60, 200, 690, 50})];
    const std::uint32_t race = random_.Below(5);
    unsigned races = 1u << race;
    if (random_.Chance(60)) races |= 1u << (race + 1 + random_.Below(4)) % 5 | kTwoOrMoreRaces;
    if (group.language == "es") races |= kHispanic;
    student.races = static_cast<std::uint8_t>(races);
    world_.students.push_back(std::move(student));
    return index;
  }

  std::uint32_t PickHousehold() {
    if (!world_.students.empty() && random_.Chance(kHasSiblingInDistrict)) {
      // Students that came lately: their siblings are of school age too.
      const auto count = static_cast<std::uint32_t>(world_.students.size());
      const std::uint32_t lately = std::min(count, static_cast<std::uint32_t>(target_));
      const std::uint32_t sibling = count - 1 - random_.Below(lately);
      const std::uint32_t household = world_.students[sibling].household;
      if (world_.households[household].members < kMaxSiblings) return household;
    }
    Household household;
    household.group = PickGroup();
    const NameGroup& group = NameGroups()[household.group];
    household.family = Pick(random_, group.family);
    household.language = random_.Chance(group.language_chance) ? group.language : "en";
    if (random_.Chance(20)) household.language = {};
    household.poor = random_.Chance(540);
    const std::uint32_t guardians = random_.Weighted({10, 350, 640});
    for (std::uint32_t i = 0; i < guardians; ++i) {
      Guardian guardian;
      guardian.id = ++world_.guardians;
      guardian.given = Pick(random_, i == 0 ? group.female : group.male);
      guardian.family = random_.Chance(250) ? Pick(random_, group.family) : household.family;
      guardian.has_email = random_.Chance(920);
      guardian.phone = random_.Chance(950) ? MakePhone() : Phone{};
      guardian.phone_as_sms = random_.Chance(150);
      household.guardians.push_back(guardian);
    }
    if (!random_.Chance(40)) household.addresses.push_back(MakeAddress(0));
    world_.households.push_back(std::move(household));
    return static_cast<std::uint32_t>(world_.households.size() - 1);
  }

  std::uint8_t PickGroup() {
    std::uint32_t rest = random_.Below(1000);
    std::uint8_t index = 0;
    for (const NameGroup& group : NameGroups()) {
      if (rest < group.weight) break;
      rest -= group.weight;
      ++index;
    }
    return index;
  }

  Phone MakePhone() {
    constexpr std::uint16_t kAreas[] = {312, 773, 872, 847, 708, 630, 224};
    return {kAreas[random_.Below(7)], static_cast<std::uint8_t>(random_.Below(100))};
  }

  Address MakeAddress(Day valid_from) {
    Address address;
    address.valid_from = valid_from;
    address.house_number = static_cast<std::uint16_t>(random_.Between(1, 9899));
    address.street =
        static_cast<std::uint8_t>(random_.Below(static_cast<std::uint32_t>(StreetNames().size())));
    if (random_.Chance(350)) address.unit = static_cast<std::uint8_t>(random_.Between(1, 40));
    address.out_of_state = random_.Chance(10);
    return address;
  }

  // Dates the first address of each household from its first child's first day, and gives some
  // households a new one.
  void MoveHouseholds() {
    seen_.resize(world_.households.size(), 0);
    for (const std::uint32_t index : world_.students_of_year.back()) {
      const Student& student = world_.students[index];
      Household& household = world_.households[student.household];
      if (household.addresses.empty()) continue;
      Address& first = household.addresses.front();
      const Day begin = StaysOfYear(student, year_).first->begin;
      if (household.addresses.size() == 1 && (first.valid_from == 0 || begin < first.valid_from)) {
        first.valid_from = begin;
      }
      if (seen_[student.household] == year_) continue;
      seen_[student.household] = static_cast<std::int16_t>(year_);
      if (first.valid_from < begin_ && random_.Chance(kHouseholdMoves)) {
        household.addresses.push_back(MakeAddress(random_.Between(begin_, limit_)));
      }
    }
  }

  void PlayStaff() {
    std::vector<int> wanted(world_.schools.size(), 0);
    for (const std::uint32_t index : world_.students_of_year.back()) {
      ++wanted[StaysOfYear(world_.students[index], year_).first->school];
    }
    for (int& count : wanted) count = std::max(2, count / kStudentsPerStaff);

    std::vector<int> present(world_.schools.size(), 0);
    std::vector<bool> has_teacher(world_.schools.size(), false);
    auto& working = world_.staff_of_year.back();
    const auto employ = [&](std::uint32_t index, std::uint16_t school) {
      Staff& staff = world_.staff[index];
      staff.stays.push_back({static_cast<std::int16_t>(year_), school, kNoGrade, begin_, end_});
      ++present[school];
      if (staff.role == StaffRole::kTeacher) has_teacher[school] = true;
      working.push_back(index);
    };

    if (year_ != world_.from_year) {
      for (const std::uint32_t index : world_.staff_of_year[world_.YearIndex(year_ - 1)]) {
        if (random_.Chance(kStaffLeaves)) continue;
        std::uint16_t school = world_.staff[index].stays.back().school;
        if (random_.Chance(kStaffChangesSchool)) {
          school = static_cast<std::uint16_t>(
              random_.Below(static_cast<std::uint32_t>(world_.schools.size())));
        }
        employ(index, school);
      }
    }
    for (std::size_t i = 0; i < world_.schools.size(); ++i) {
      const auto school = static_cast<std::uint16_t>(i);
      while (present[i] < wanted[i] || !has_teacher[i]) {
        employ(AddStaff(!has_teacher[i]), school);
      }
    }
  }

  std::uint32_t AddStaff(bool must_teach) {
    const auto index = static_cast<std::uint32_t>(world_.staff.size());
    const NameGroup& group = NameGroups()[PickGroup()];
    Staff staff;
    staff.number = kFirstStaffNumber + 1 + index;
    staff.given = Pick(random_, random_.Chance(700) ? group.female : group.male);
    staff.family = Pick(random_, group.family);
    constexpr StaffRole kRoles[] = {StaffRole::kTeacher, StaffRole::kAide,
                                    StaffRole::kAdministrator};
    staff.role = kRoles[random_.Weighted({800, 130, 70})];
    if (must_teach) staff.role = StaffRole::kTeacher;
    if (random_.Chance(600)) staff.phone = MakePhone();
    staff.has_address = random_.Chance(950);
    staff.address = MakeAddress(begin_);
    world_.staff.push_back(std::move(staff));
    return index;
  }

  // Each student's spells come from a sequence of their own.
  void AddSpells(std::size_t index) {
    Student& student = world_.students[index];
    const Household& household = world_.households[student.household];
    Random random(world_.seed, (std::uint64_t{2} << 32) + index);
    const Day first = student.stays.front().begin;
    const Day last = std::min(student.stays.back().end, world_.as_of);
    const bool former = student.stays.back().year != world_.to_year;

    if (random.Chance(household.poor ? 900 : 50)) {
      AddMedicaid(random, first, last, former, student);
    }
    if (random.Chance(140)) {
      const Day begin = random.Between(first, last);
      student.spells.push_back({Program::kIep, begin, EndOrOpen(random, begin, 400, 300, 1500)});
    }
    if (!household.language.empty() && household.language != "en" && random.Chance(600)) {
      student.spells.push_back({Program::kEl, first, EndOrOpen(random, first, 500, 400, 1500)});
    }
  }

  // Open in `open` of a thousand cases, and when the end would lie after the last package.
  Day EndOrOpen(Random& random, Day begin, std::uint32_t open, int least_days,
                int most_days) const {
    const Day end = begin + random.Between(least_days, most_days);
    return random.Chance(open) || end > world_.as_of ? kOpenDay : end;
  }

  void AddMedicaid(Random& random, Day first, Day last, bool former, Student& student) {
    const bool before_school = random.Chance(600);
    const Day begin =
        before_school ? random.Between(student.birth, first) : random.Between(first, last);
    student.spells.push_back({Program::kMedicaid, begin, EndOrOpen(random, begin, 400, 180, 2500)});
    if (student.spells.back().end != kOpenDay && random.Chance(450)) {
      const Day again = student.spells.back().end + random.Between(30, 430);
      if (again <= last) {
        student.spells.push_back(
            {Program::kMedicaid, again, EndOrOpen(random, again, 500, 180, 1100)});
      }
    }
    if (former && student.spells.back().end == kOpenDay && random.Chance(600)) {
      const Day end = last + random.Between(0, 90);
      if (end <= world_.as_of) student.spells.back().end = end;
    }
  }

  World world_;
  const int target_;
  Random random_;
  int year_ = 0;
  Day begin_ = 0;
  Day end_ = 0;
  Day limit_ = 0;
  std::vector<std::uint16_t> elementary_schools_;
  std::vector<std::uint16_t> high_schools_;
  std::vector<std::uint32_t> elementary_sums_;  // Running sums of the schools' weights.
  std::vector<std::uint32_t> high_sums_;
  std::vector<std::uint32_t> gone_;  // Left without graduating.
  std::vector<std::int16_t> seen_;   // By household: the last year in which it was looked at.
};

}  // namespace

std::string_view GradeCode(Grade grade) {
  constexpr std::string_view kCodes[] = {"",   "PK", "KG", "01", "02", "03", "04", "05",
                                         "06", "07", "08", "09", "10", "11", "12"};
  return kCodes[grade - kNoGrade];
}

std::pair<std::size_t, std::size_t> AddressRange(const World& world, const Student& student) {
  const std::vector<Address>& addresses = world.households[student.household].addresses;
  const Day first = student.stays.front().begin;
  const Day last = student.stays.back().end;
  std::size_t end = addresses.size();
  while (end > 0 && addresses[end - 1].valid_from > last) --end;
  std::size_t begin = 0;
  while (begin + 1 < end && addresses[begin + 1].valid_from <= first) ++begin;
  return {begin, end};
}

bool HasEmail(const Student& student, Grade grade) { return grade >= student.email_from_grade; }

World Simulate(int students, std::uint64_t seed, int from_year, int to_year) {
  return Simulation(students, seed, from_year, to_year).Run();
}

}  // namespace rollcall::district
