#include "tests/bench/bench_district.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/roster/records.h"
#include "storage/value_codec.h"

namespace rollcall::bench {
namespace {

using roster::FieldBit;

// Fields that a few percent of the people lack, one or two of each.
constexpr std::array<int, 7> kGaps = {
    roster::kFieldGender, roster::kFieldStateId,  roster::kFieldEmail,     roster::kFieldPhone,
    roster::kFieldRace,   roster::kFieldLanguage, roster::kFieldBirthPlace};

// How many students of a hundred are ever in a program.
constexpr std::array<int, kPrograms> kPrevalence = {40, 14, 35, 18, 6, 5, 4, 3, 3, 2, 2, 1};

std::int32_t DayOf(int year, int month, int day) {
  return ToDayNumber(absl::CivilDay(year, month, day));
}

struct Named {
  const char* id;
  int condition;
};

constexpr std::array<Named, 20> kMain = {{{"student.name", 0},
                                          {"student.birth_date", 0},
                                          {"student.gender", 0},
                                          {"student.race", 0},
                                          {"student.language", 0},
                                          {"student.address", 0},
                                          {"student.email", 0},
                                          {"student.phone", 0},
                                          {"student.local_id", 0},
                                          {"student.state_id", 0},
                                          {"student.district_username", 0},
                                          {"student.grade", 0},
                                          {"student.school", 0},
                                          {"student.enrollment_dates", 0},
                                          {"student.medicaid_id", 1},
                                          {"student.special_education", 2},
                                          {"student.disability", 2},
                                          {"student.meal_eligibility", 3},
                                          {"student.english_learner", 4},
                                          {"student.health", 2}}};
constexpr std::array<Named, 10> kMiddle = {{{"student.birth_place", 0},
                                            {"student.course_grades", 0},
                                            {"student.conduct", 0},
                                            {"student.homeroom", 0},
                                            {"student.daily_attendance", 0},
                                            {"student.low_income", 3},
                                            {"student.living_situation", 5},
                                            {"student.photo", 4},
                                            {"student.geolocation", 1},
                                            {"student.survey_responses", 3}}};

// Draws for the shares, apart from those for the people: the vendors do not depend on their number.
class ShareMaker {
 public:
  explicit ShareMaker(const std::vector<v1::DataElement>& elements) : elements_(elements) {
    for (int i = 0; i < kElements; ++i) {
      const bool staff = elements[static_cast<std::size_t>(i)].subject() == v1::SUBJECT_KIND_STAFF;
      (staff ? staff_elements_ : student_elements_).push_back(i);
    }
  }

  std::vector<Share> Make() {
    Share main = Of(0);
    main.first = DayOf(2019, 7, 1);
    for (const Named& named : kMain) main.elements.push_back({Find(named.id), named.condition});
    Add(main);
    Share middle = Of(0);
    middle.first = DayOf(2019, 7, 1);
    middle.years = {2021, 2022, 2023, 2024};
    middle.grades = {7, 8, 9};
    for (const Named& named : kMiddle) middle.elements.push_back({Find(named.id), named.condition});
    Add(middle);
    Share staff = Of(0);
    staff.staff = true;
    staff.first = DayOf(2019, 7, 1);
    for (int i = 0; i < 10; ++i) {
      staff.elements.push_back({staff_elements_[static_cast<std::size_t>(i)], 0});
    }
    Add(staff);

    Share one = Of(1);
    one.first = DayOf(2024, 7, 1);
    one.years = {2025};
    one.schools = {17};
    FillElements(one, 8);
    one.elements.back().condition = 2;
    Add(one);
    for (int half = 0; half < 2; ++half) {
      Share schools = Of(2);
      schools.first = DayOf(2021, 7, 1);
      schools.years = {2022, 2023, 2024};
      for (int i = 0; i < 50; ++i) schools.schools.push_back(half * 50 + i);
      FillElements(schools, 12);
      schools.elements.back().condition = 4;
      Add(schools);
    }
    Share program = Of(3);
    program.first = DayOf(2020, 7, 1);
    program.years = {2021, 2022, 2023, 2024};
    program.programs = {1};
    FillElements(program, 10);
    Add(program);

    for (int vendor = 4; vendor < kVendors; ++vendor) AddRandom(vendor);
    while (static_cast<int>(shares_.size()) < kShares) AddRandom(4 + Draw(kVendors - 4));
    std::stable_sort(shares_.begin(), shares_.end(),
                     [](const Share& a, const Share& b) { return a.vendor < b.vendor; });
    return std::move(shares_);
  }

 private:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }

  int Find(const std::string& id) const {
    for (int i = 0; i < kElements; ++i) {
      if (elements_[static_cast<std::size_t>(i)].name() == "dataElements/" + id) return i;
    }
    std::fprintf(stderr, "the catalogue has no element %s\n", id.c_str());
    std::exit(1);
  }

  Share Of(int vendor) const {
    Share share;
    share.vendor = vendor;
    share.number =
        static_cast<int>(std::count_if(shares_.begin(), shares_.end(),
                                       [&](const Share& other) { return other.vendor == vendor; }));
    return share;
  }

  void Add(const Share& share) { shares_.push_back(share); }

  void FillElements(Share& share, int count) {
    const std::vector<int>& from = share.staff ? staff_elements_ : student_elements_;
    while (static_cast<int>(share.elements.size()) < count) {
      const int element = from[static_cast<std::size_t>(Draw(static_cast<int>(from.size())))];
      const bool there =
          std::any_of(share.elements.begin(), share.elements.end(),
                      [&](const ShareElement& other) { return other.element == element; });
      if (!there) share.elements.push_back({element, 0});
    }
  }

  // `count` different numbers of [first, first + n), ascending.
  std::vector<int> Some(int first, int n, int count) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(first + i);
    for (int i = 0; i < count; ++i) {
      std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i + Draw(n - i))]);
    }
    all.resize(static_cast<std::size_t>(count));
    std::sort(all.begin(), all.end());
    return all;
  }

  void AddRandom(int vendor) {
    Share share = Of(vendor);
    share.staff = Draw(20) == 0;
    const int year = Draw(kYears);
    share.first = DayOf(kFirstYear + year - 1, 7, 1);
    if (Draw(3) == 0) share.last = DayOf(kFirstYear + year + Draw(3), 6, 30);
    if (Draw(4) != 0) {
      const int years = 1 + Draw(std::min(4, kYears - year));
      for (int i = 0; i < years; ++i) share.years.push_back(kFirstYear + year + i);
    }
    const int size = Draw(100);
    if (size < 60) {
      share.schools = Some(0, kSchools, 1 + Draw(10));
    } else if (size < 85) {
      share.schools = Some(0, kSchools, 11 + Draw(50));
    }
    if (!share.staff && Draw(3) == 0) {
      const int grade = 1 + Draw(kGrades - 3);
      for (int i = 0; i <= Draw(4); ++i) share.grades.push_back(std::min(grade + i, kGrades));
    }
    if (!share.staff && Draw(10) == 0) share.programs = {1 + Draw(kPrograms)};
    FillElements(share, 3 + Draw(share.staff ? 8 : 23));
    if (!share.staff) {
      for (ShareElement& element : share.elements) {
        if (Draw(7) == 0) element.condition = 1 + Draw(kPrograms);
      }
    }
    Add(share);
  }

  const std::vector<v1::DataElement>& elements_;
  std::vector<int> student_elements_;
  std::vector<int> staff_elements_;
  std::vector<Share> shares_;
  std::mt19937_64 random_{404};
};

}  // namespace

std::int32_t Today() { return DayOf(kTodayYear, kTodayMonth, kTodayDay); }

const Stay& Person::latest() const {
  return *std::max_element(stays.begin(), stays.end(),
                           [](const Stay& a, const Stay& b) { return a.last < b.last; });
}

Person People::Next() {
  Person person;
  person.id = ++id_;
  person.staff = Draw(20) == 0;
  person.district_id = std::to_string(10'000'000 + person.id * 7'368'787 % 80'000'000);
  AddYears(person);
  if (!person.staff) AddPrograms(person);
  AddFields(person);
  return person;
}

void People::AddYears(Person& person) {
  const int years = 2 + Draw(5);
  const int begin = Draw(kYears + years - 1) - (years - 1);
  const int from = std::max(begin, 0);
  const int until = std::min(begin + years, kYears);
  int grade = person.staff ? 0 : 1 + Draw(kGrades - 2);
  int school = Draw(kSchools);
  for (int i = from; i < until && grade <= kGrades; ++i) {
    const int year = kFirstYear + i;
    const bool now = i == kYears - 1;
    Stay stay{year, school, grade, DayOf(year - 1, 9, 1), now ? kOpen : DayOf(year, 6, 15)};
    if (!person.staff && Draw(25) == 0) {
      Stay before = stay;
      before.last = stay.first + Draw(now ? 180 : 280);
      person.stays.push_back(before);
      stay.first = before.last + 1;
      stay.school = school = (school + 1 + Draw(kSchools - 1)) % kSchools;
      stay.grade = grade = grade == kGrades ? grade - 1 : grade + 1;
    }
    person.stays.push_back(stay);
    person.current = now;
    if (!person.staff) ++grade;
  }
}

void People::AddPrograms(Person& person) {
  for (int program = 1; program <= kPrograms; ++program) {
    if (Draw(100) >= kPrevalence[static_cast<std::size_t>(program - 1)]) continue;
    ProgramStay stay;
    stay.program = program;
    stay.first = DayOf(kFirstYear - 1, 9, 1) + Draw(365 * kYears);
    stay.last = Draw(3) == 0 ? kOpen : stay.first + 30 + Draw(1000);
    stay.with_id = program == 1 && Draw(50) != 0;
    person.programs.push_back(stay);
    if (stay.last != kOpen && Draw(10) == 0) {
      stay.first = stay.last + 2 + Draw(200);
      stay.last = stay.first + Draw(500);
      person.programs.push_back(stay);
    }
  }
}

void People::AddFields(Person& person) {
  for (const int field :
       {roster::kFieldName, roster::kFieldBirthDate, roster::kFieldGender, roster::kFieldDistrictId,
        roster::kFieldStateId, roster::kFieldEmail, roster::kFieldPhone, roster::kFieldAddress,
        roster::kFieldSchool, roster::kFieldLanguage, roster::kFieldRace, roster::kFieldUsername,
        roster::kFieldBirthPlace}) {
    person.known |= FieldBit(field);
  }
  person.populated = person.known;
  for (const int odds : {20, 100}) {
    if (Draw(odds) != 0) continue;
    person.populated &= ~FieldBit(kGaps[static_cast<std::size_t>(Draw(std::ssize(kGaps)))]);
  }
  if (Draw(20) == 0) person.populated &= ~FieldBit(roster::kFieldAddress);
  if (!person.staff) {
    person.known |= FieldBit(roster::kFieldGrade) | FieldBit(roster::kFieldProgramId);
    person.populated |= FieldBit(roster::kFieldGrade);
  }
  for (const ProgramStay& stay : person.programs) {
    if (stay.with_id) person.populated |= FieldBit(roster::kFieldProgramId);
  }
  if ((person.populated & FieldBit(roster::kFieldLanguage)) != 0) {
    person.language = Draw(4) == 0 ? 2 + Draw(kLanguages - 1) : 1;
  }
}

std::vector<v1::DataElement> Elements(const v1::CatalogFile& catalog) {
  std::vector<v1::DataElement> elements(catalog.data_elements().begin(),
                                        catalog.data_elements().end());
  const auto staff = std::count_if(
      elements.begin(), elements.end(),
      [](const v1::DataElement& element) { return element.subject() == v1::SUBJECT_KIND_STAFF; });
  auto more_staff = std::max<std::ptrdiff_t>(20 - staff, 0);
  for (int i = 0; std::ssize(elements) < kElements; ++i) {
    v1::DataElement element;
    const bool of_staff = more_staff-- > 0;
    element.set_name(
        absl::StrFormat("dataElements/%s.district_%03d", of_staff ? "staff" : "student", i));
    element.set_category("District");
    auto* label = element.add_labels();
    label->set_language_code("en");
    label->set_text(absl::StrCat("District field ", i));
    element.set_subject(of_staff ? v1::SUBJECT_KIND_STAFF : v1::SUBJECT_KIND_STUDENT);
    element.set_sensitivity(v1::SENSITIVITY_PERSONAL);
    element.set_district_defined(true);
    elements.push_back(element);
  }
  std::sort(elements.begin(), elements.end(),
            [](const v1::DataElement& a, const v1::DataElement& b) { return a.name() < b.name(); });
  return elements;
}

std::vector<Share> Shares(const std::vector<v1::DataElement>& elements) {
  return ShareMaker(elements).Make();
}

std::string VendorName(int vendor) { return absl::StrFormat("vendors/v%04d", vendor); }

std::string ShareName(const Share& share) {
  return absl::StrFormat("%s/shares/s%d", VendorName(share.vendor), share.number);
}

std::string SchoolName(int school) { return absl::StrFormat("schools/s%03d", school); }

std::string GradeWord(int grade) {
  if (grade == 0) return "";
  return grade == 1 ? "KG" : absl::StrFormat("%02d", grade - 1);
}

std::string ProgramWord(int program) { return absl::StrFormat("program-%02d", program); }

std::string LanguageWord(int language) { return absl::StrFormat("x-%02d", language); }

int CodeOf(const std::string& word) {
  if (word == "KG") return 1;
  const std::size_t digits = word.find_first_of("0123456789");
  int code = 0;
  if (digits == std::string::npos || !absl::SimpleAtoi(word.substr(digits), &code)) std::abort();
  return digits == 0 ? code + 1 : code;
}

}  // namespace rollcall::bench
