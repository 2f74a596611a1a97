// The product against the brute-force reading, on random small districts.
//
// A district, a vendor's shares and its statement are drawn once, as plain values. They are given
// to the brute force as they are, and to the product through its rules and its store: a real
// database file, the collections of the register, the statement's list, the roster's tables. What
// comes back in the API's words must be the same people, elements, certainties and reasons.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rollcall/v1/catalog_service.pb.h"
#include "storage/register_tables.h"
#include "tests/casework/small_register.h"
#include "tests/property/brute_force.h"

namespace rollcall::testing {
namespace {

using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::SubjectKind;

constexpr int kCases = 300;
constexpr unsigned kSeed = 20250208;
constexpr int kDays = 16;  // Around the end of a February in a leap year.

// Elements of the shipped catalogue that the cases speak of: of each kind, with roster fields and
// without.
constexpr std::array<const char*, 8> kElements = {
    "dataElements/guardian.address",     "dataElements/staff.email",
    "dataElements/staff.name",           "dataElements/student.birth_date",
    "dataElements/student.email",        "dataElements/student.gender",
    "dataElements/student.ip_addresses", "dataElements/student.name"};
constexpr std::array<int, 4> kFields = {roster::kFieldName, roster::kFieldBirthDate,
                                        roster::kFieldGender, roster::kFieldEmail};

// One case, as plain values. People's ids are their numbers in the register.
struct Drawn {
  std::vector<Pupil> pupils;
  std::vector<Pupil> later;        // Who comes with a second import.
  exposure::Question question;     // With all shares, whatever their product.
  std::vector<int> share_product;  // 0: none, 1 or 2.
  std::set<int> statement_products;
  struct Entry {
    std::int64_t person = 0;  // 0: nobody.
    std::vector<std::uint16_t> elements;
  };
  std::vector<Entry> entries;
};

// What the comparison reached, to show that it is not one of empty lists.
struct Reached {
  int cells = 0, claimed = 0, named = 0, conditional = 0, staff = 0, unmatched = 0, emptied = 0;
};

class Drawer {
 public:
  explicit Drawer(unsigned seed) : random_(seed) {}

  Drawn Draw(const std::vector<exposure::ElementInfo>& elements) {
    Drawn drawn;
    std::int64_t id = 0;
    for (int i = 1 + Below(6); i > 0; --i) drawn.pupils.push_back(DrawPupil(id += 1 + Below(3)));
    for (int i = Below(3); i > 0; --i) drawn.later.push_back(DrawPupil(id += 1 + Below(3)));
    exposure::Question& question = drawn.question;
    question.elements = elements;
    question.window_last = OneIn(2) ? kMaxDay : AnyDay();
    if (OneIn(4)) question.scope.school_years = Years();
    for (int i = Below(5); i > 0; --i) {
      question.shares.push_back(DrawShare(elements, static_cast<std::uint32_t>(i)));
      drawn.share_product.push_back(Below(3));
    }
    if (OneIn(2)) {
      for (int i = 1 + Below(3); i > 0; --i) question.statement_elements.push_back(AnyElement());
      // The statement's elements are the scope's, too.
      question.scope.elements = question.statement_elements;
    }
    if (OneIn(3)) drawn.statement_products.insert(1 + Below(2));
    if (OneIn(2)) {
      for (int i = 1 + Below(4); i > 0; --i) {
        Drawn::Entry entry;
        if (!OneIn(4)) entry.person = static_cast<std::int64_t>(AnyOf(drawn.pupils).facts.id);
        for (int j = OneIn(2) ? 0 : 1 + Below(2); j > 0; --j) {
          entry.elements.push_back(AnyElement());
        }
        drawn.entries.push_back(entry);
      }
      question.scope.limit_to_list = OneIn(3);
    }
    return drawn;
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool OneIn(int n) { return Below(n) == 0; }
  exposure::Day AnyDay() { return DayOf(2020, 2, 22) + Below(kDays); }
  std::uint16_t AnyElement() { return static_cast<std::uint16_t>(Below(kElements.size())); }
  template <typename T>
  const T& AnyOf(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(Below(static_cast<int>(values.size())))];
  }

  // From a day on; sometimes without an end.
  exposure::Interval Interval() {
    const exposure::Day first = AnyDay();
    return {first, OneIn(4) ? kMaxDay : std::min(first + Below(8), DayOf(2020, 2, 22) + kDays - 1)};
  }

  std::vector<std::int16_t> Years() {
    std::set<std::int16_t> years;
    for (int i = 1 + Below(2); i > 0; --i) years.insert(static_cast<std::int16_t>(2019 + Below(3)));
    return {years.begin(), years.end()};
  }

  std::vector<std::uint16_t> Codes(int first, int n) {
    std::set<std::uint16_t> codes;
    for (int i = 1 + Below(2); i > 0; --i)
      codes.insert(static_cast<std::uint16_t>(first + Below(n)));
    return {codes.begin(), codes.end()};
  }

  Pupil DrawPupil(std::int64_t id) {
    Pupil pupil;
    pupil.facts.id = static_cast<std::uint64_t>(id);
    pupil.facts.kind = OneIn(4) ? SubjectKind::kStaff : SubjectKind::kStudent;
    pupil.facts.current = OneIn(2);
    for (const int field : kFields) {
      if (OneIn(2)) continue;
      pupil.facts.known_fields |= 1U << field;
      if (!OneIn(3)) pupil.facts.populated_fields |= 1U << field;
    }
    std::set<std::tuple<int, int, int, exposure::Day>> stays;
    for (int i = OneIn(8) ? 0 : 1 + Below(3); i > 0; --i) {
      exposure::EnrollmentSpell spell;
      spell.school_year = static_cast<std::int16_t>(2019 + Below(3));
      spell.school = static_cast<std::uint16_t>(Below(3));
      spell.grade = static_cast<std::uint16_t>(Below(3));
      const exposure::Interval days = Interval();
      spell.first = days.first;
      spell.last = days.last;
      if (stays.insert({spell.school_year, spell.school, spell.grade, spell.first}).second) {
        pupil.enrollments.push_back(spell);
      }
    }
    std::set<std::pair<int, exposure::Day>> programs;
    for (int i = Below(4); i > 0; --i) {
      const exposure::Interval days = Interval();
      const auto program = static_cast<std::uint16_t>(Below(3));
      if (programs.insert({program, days.first}).second) {
        pupil.programs.push_back({program, days.first, days.last});
      }
    }
    return pupil;
  }

  exposure::DeclaredShare DrawShare(const std::vector<exposure::ElementInfo>& elements,
                                    std::uint32_t number) {
    exposure::DeclaredShare share;
    share.share = number;
    share.period = Interval();
    exposure::Population& population = share.population;
    population.subject = OneIn(4) ? SubjectKind::kStaff : SubjectKind::kStudent;
    if (OneIn(4)) population.school_years = Years();
    if (OneIn(5)) {
      population.dates = Interval();
      if (OneIn(3)) population.dates.first = kMinDay;
    }
    // One code more than occurs in any spell.
    if (OneIn(4)) population.schools = Codes(0, 4);
    if (OneIn(4)) population.grades = Codes(1, 3);
    if (OneIn(6)) population.programs = Codes(0, 4);
    std::vector<std::uint16_t> fitting;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (exposure::HolderOf(elements[i].subject) == population.subject) {
        fitting.push_back(static_cast<std::uint16_t>(i));
      }
    }
    std::shuffle(fitting.begin(), fitting.end(), random_);
    fitting.resize(static_cast<std::size_t>(1 + Below(static_cast<int>(fitting.size()))));
    for (const std::uint16_t element : fitting) {
      share.elements.push_back({element, std::nullopt});
      if (OneIn(3)) share.elements.back().condition_program = static_cast<std::uint16_t>(Below(3));
    }
    return share;
  }

  std::mt19937 random_;
};

// --- Into the product ------------------------------------------------------------------------

std::string Grade(std::uint16_t code) { return code == 0 ? "" : absl::StrCat("g", code); }
std::string Program(std::uint16_t code) { return absl::StrCat("p", code); }
std::string School(std::uint16_t code) { return absl::StrCat("schools/s", code); }
std::string ShareName(std::uint32_t number) { return absl::StrCat("vendors/v/shares/s", number); }
google::type::Date Date(exposure::Day day) { return ToDate(FromDayNumber(day)); }

absl::Status PutPupils(WriteTx& tx, const std::vector<Pupil>& pupils) {
  const auto end = [](exposure::Day last) -> std::optional<std::int32_t> {
    if (last == kMaxDay) return std::nullopt;
    return last;
  };
  for (const Pupil& pupil : pupils) {
    PersonFact fact;
    fact.person_id = static_cast<std::int64_t>(pupil.facts.id);
    fact.kind = static_cast<int>(pupil.facts.kind);
    fact.current = pupil.facts.current;
    fact.district_id = absl::StrCat("n", fact.person_id);
    fact.known = pupil.facts.known_fields;
    fact.populated = pupil.facts.populated_fields;
    RC_RETURN_IF_ERROR(InsertPerson(tx, fact.person_id, fact.kind));
    RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/false));
    for (const exposure::EnrollmentSpell& spell : pupil.enrollments) {
      RC_RETURN_IF_ERROR(WriteEnrollment(tx,
                                         {fact.person_id, spell.school_year, spell.school + 1,
                                          Grade(spell.grade), spell.first, end(spell.last)},
                                         /*existed=*/false));
    }
    for (const exposure::ProgramSpell& spell : pupil.programs) {
      RC_RETURN_IF_ERROR(WriteProgramSpell(
          tx, {fact.person_id, Program(spell.program), spell.first, end(spell.last), ""},
          /*existed=*/false));
    }
  }
  return RecordImport(tx);
}

v1::Share ShareMessage(const exposure::DeclaredShare& drawn, int product) {
  v1::Share share;
  if (product > 0) share.set_product(absl::StrCat("vendors/v/products/p", product));
  *share.mutable_start_date() = Date(drawn.period.first);
  if (drawn.period.last != kMaxDay) *share.mutable_end_date() = Date(drawn.period.last);
  v1::Population& population = *share.mutable_population();
  population.set_subject(static_cast<v1::SubjectKind>(drawn.population.subject));
  for (const int year : drawn.population.school_years) population.add_school_years(year);
  const exposure::Interval& dates = drawn.population.dates;
  if (dates.first != kMinDay) *population.mutable_from_date() = Date(dates.first);
  if (dates.last != kMaxDay) *population.mutable_to_date() = Date(dates.last);
  for (const std::uint16_t code : drawn.population.schools) population.add_schools(School(code));
  for (const std::uint16_t code : drawn.population.grades) population.add_grades(Grade(code));
  for (const std::uint16_t code : drawn.population.programs) {
    population.add_programs(Program(code));
  }
  for (const exposure::SharedElement& element : drawn.elements) {
    v1::SharedElement* row = share.add_elements();
    row->set_data_element(kElements[element.element]);
    if (element.condition_program) row->set_condition_program(Program(*element.condition_program));
  }
  return share;
}

template <typename Response, typename Request>
absl::Status Create(WriteTx& tx, Register& reg, const registry::Collection& collection,
                    const Request& request) {
  Response response;
  return registry::CreateRecord(tx, collection, reg.today(), reg.ids, request, &response);
}

absl::Status Record(WriteTx& tx, Register& reg, const Drawn& drawn) {
  for (std::uint16_t code = 0; code < 4; ++code) {
    RC_RETURN_IF_ERROR(InsertSchool(tx, {code + 1, School(code), "", ""}));
  }
  RC_RETURN_IF_ERROR(PutPupils(tx, drawn.pupils));
  RC_RETURN_IF_ERROR(Create<v1::Vendor>(
      tx, reg, registry::Vendors(),
      Parse<v1::CreateVendorRequest>(
          "vendor_id: 'v' vendor { legal_name: 'V' kind: VENDOR_KIND_OPERATOR }")));
  for (const char* id : {"p1", "p2"}) {
    v1::CreateProductRequest request;
    request.set_parent("vendors/v");
    request.set_product_id(id);
    request.mutable_product()->set_display_name(id);
    RC_RETURN_IF_ERROR(Create<v1::Product>(tx, reg, registry::Products(), request));
  }
  for (std::size_t i = 0; i < drawn.question.shares.size(); ++i) {
    v1::CreateShareRequest request;
    request.set_parent("vendors/v");
    request.set_share_id(absl::StrCat("s", drawn.question.shares[i].share));
    *request.mutable_share() = ShareMessage(drawn.question.shares[i], drawn.share_product[i]);
    RC_RETURN_IF_ERROR(Create<v1::Share>(tx, reg, registry::Shares(), request));
  }
  v1::CreateIncidentRequest incident;
  incident.set_incident_id("i");
  incident.mutable_incident()->set_vendor("vendors/v");
  incident.mutable_incident()->set_title("T");
  if (drawn.question.window_last != kMaxDay) {
    *incident.mutable_incident()->mutable_window_end_date() = Date(drawn.question.window_last);
  }
  RC_RETURN_IF_ERROR(Create<v1::Incident>(tx, reg, casework::Incidents(), incident));

  v1::CreateStatementRequest request;
  request.set_parent("incidents/i");
  v1::Statement& statement = *request.mutable_statement();
  for (const int product : drawn.statement_products) {
    statement.add_products(absl::StrCat("vendors/v/products/p", product));
  }
  for (const std::uint16_t element : drawn.question.statement_elements) {
    statement.add_data_elements(kElements[element]);
  }
  for (const int year : drawn.question.scope.school_years) statement.add_school_years(year);
  if (!drawn.entries.empty()) {
    statement.set_list_use(drawn.question.scope.limit_to_list ? v1::LIST_USE_LIMITS
                                                              : v1::LIST_USE_ADDS);
  }
  for (const Drawn::Entry& entry : drawn.entries) {
    v1::StatementEntry* row = request.add_entries();
    row->set_id(absl::StrCat("n", entry.person));
    for (const std::uint16_t element : entry.elements) {
      row->add_data_elements(kElements[element]);
    }
  }
  v1::Statement response;
  return casework::CreateStatement(tx, request, casework::EntriesOf(request), &response);
}

// --- Comparing -------------------------------------------------------------------------------

// Person number -> element -> certainty and reasons, in words.
using Answer = std::map<std::int64_t, std::map<std::string, std::set<std::string>>>;

// The brute force's answer for these people, and its counts.
Answer Expect(const Drawn& drawn, const std::vector<Pupil>& pupils, PlainSummary* counts,
              Reached* reached) {
  exposure::Question question = drawn.question;
  question.shares.clear();
  for (std::size_t i = 0; i < drawn.question.shares.size(); ++i) {
    const int product = drawn.share_product[i];
    if (drawn.statement_products.empty() || product == 0 ||
        drawn.statement_products.contains(product)) {
      question.shares.push_back(drawn.question.shares[i]);
    }
  }
  for (const Drawn::Entry& entry : drawn.entries) {
    for (std::size_t i = 0; i < pupils.size(); ++i) {
      if (static_cast<std::int64_t>(pupils[i].facts.id) == entry.person) {
        question.claimed.push_back({static_cast<std::uint32_t>(i), entry.elements});
      }
    }
    reached->unmatched += entry.person == 0;
  }
  const BruteForce brute(pupils, question, DayOf(2020, 2, 22), DayOf(2020, 2, 22) + kDays - 1);
  const PlainAnswer plain = brute.Answer();
  *counts = brute.Count(plain);
  reached->emptied += !plain.listed_without_cells.empty();
  Answer answer;
  for (const auto& [place, cells] : plain.exposed) {
    reached->staff += pupils[place].facts.kind == SubjectKind::kStaff;
    for (const auto& [element, reasons] : cells) {
      ++reached->cells;
      auto& words = answer[static_cast<std::int64_t>(pupils[place].facts.id)][kElements[element]];
      words.insert(reasons.contains({2, 0}) ? "CONFIRMED" : "BELIEVED");
      for (const auto& [kind, share] : reasons) {
        reached->claimed += kind == 2;
        reached->named += kind == 3;
        words.insert(kind == 1 ? "declared " + ShareName(share)
                               : std::string(kind == 2 ? "claimed" : "named"));
        for (const exposure::DeclaredShare& row : question.shares) {
          for (const exposure::SharedElement& shared : row.elements) {
            reached->conditional += kind == 1 && row.share == share && shared.element == element &&
                                    shared.condition_program;
          }
        }
      }
    }
  }
  return answer;
}

Answer Ask(ReadTx& tx, casework::Exposures& exposures, std::int64_t revision,
           v1::ExposureSummary* summary) {
  const absl::CivilDay today(2026, 12, 1);
  const auto resolved = exposures.Resolve(tx, {"incidents/i", nullptr, revision, today});
  SmallRegister::Must(resolved.status());
  auto counted = casework::SummarizeExposure(tx, **resolved, false);
  SmallRegister::Must(counted.status());
  *summary = *std::move(counted);
  v1::ListExposedPeopleRequest request;
  request.set_parent("incidents/i");
  request.set_revision(revision);
  request.set_page_size(2);
  Answer answer;
  do {
    v1::ListExposedPeopleResponse page;
    SmallRegister::Must(casework::ListExposedPeople(tx, exposures, today, request, &page));
    EXPECT_EQ(page.total_size(), summary->people());
    for (const v1::ExposedPerson& person : page.people()) {
      const std::int64_t number = std::stoll(person.person().substr(7));
      EXPECT_FALSE(answer.contains(number));
      for (const v1::ExposedElement& element : person.elements()) {
        auto& words = answer[number][element.data_element()];
        words.insert(v1::Certainty_Name(element.certainty()).substr(10));
        for (const v1::ExposureReason& reason : element.reasons()) {
          words.insert(reason.kind() == v1::REASON_KIND_DECLARED  ? "declared " + reason.share()
                       : reason.kind() == v1::REASON_KIND_CLAIMED ? "claimed"
                                                                  : "named");
        }
      }
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return answer;
}

std::map<std::string, std::uint64_t> Rows(
    const google::protobuf::RepeatedPtrField<v1::CountRow>& rows) {
  std::map<std::string, std::uint64_t> by_key;
  for (const v1::CountRow& row : rows) by_key[row.key()] = static_cast<std::uint64_t>(row.people());
  return by_key;
}

// The counts that need no knowledge of how codes are numbered. (School and grade codes break ties
// of the latest enrollment; here their order is that of their names.)
void ExpectSame(const v1::ExposureSummary& actual, const PlainSummary& expected) {
  const auto same = [](std::int64_t a, std::uint64_t b) {
    EXPECT_EQ(static_cast<std::uint64_t>(a), b);
  };
  same(actual.people(), expected.people);
  same(actual.cells(), expected.cells);
  same(actual.current_students(), expected.current_students);
  same(actual.former_students(), expected.former_students);
  same(actual.current_staff(), expected.current_staff);
  same(actual.former_staff(), expected.former_staff);
  std::map<std::string, std::uint64_t> rows;
  for (const auto& [year, people] : expected.by_school_year) rows[absl::StrCat(year)] = people;
  EXPECT_EQ(Rows(actual.by_school_year()), rows);
  rows.clear();
  for (const auto& [program, people] : expected.by_program) {
    rows[Program(static_cast<std::uint16_t>(program))] = people;
  }
  EXPECT_EQ(Rows(actual.by_program()), rows);
  rows.clear();
  if (expected.people_confirmed > 0) rows["CONFIRMED"] = expected.people_confirmed;
  if (expected.people_believed > 0) rows["BELIEVED"] = expected.people_believed;
  EXPECT_EQ(Rows(actual.by_certainty()), rows);
  ASSERT_EQ(static_cast<std::size_t>(actual.by_element_size()), expected.by_element.size());
  int place = 0;
  for (const auto& [element, count] : expected.by_element) {
    const v1::ElementCount& row = actual.by_element(place++);
    EXPECT_EQ(row.data_element(), kElements[static_cast<std::size_t>(element)]);
    same(row.people(), count.people);
    same(row.populated(), count.populated);
    same(row.confirmed(), count.confirmed);
  }
}

void CompareOnce(const std::string& with_catalogue,
                 const std::vector<exposure::ElementInfo>& elements, unsigned seed,
                 Reached* reached) {
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  const Drawn drawn = Drawer(seed).Draw(elements);
  Register reg(with_catalogue);
  casework::Exposures exposures;
  SmallRegister::Must(reg.Write([&](WriteTx& tx) { return Record(tx, reg, drawn); }));
  const std::int64_t then = reg.Revision();
  SmallRegister::Must(reg.Write([&](WriteTx& tx) { return PutPupils(tx, drawn.later); }));

  std::vector<Pupil> everybody = drawn.pupils;
  everybody.insert(everybody.end(), drawn.later.begin(), drawn.later.end());
  for (const bool now : {true, false}) {
    PlainSummary counts;
    const Answer expected = Expect(drawn, now ? everybody : drawn.pupils, &counts, reached);
    v1::ExposureSummary summary;
    Answer actual;
    SmallRegister::Must(reg.Read([&](ReadTx& tx) {
      actual = Ask(tx, exposures, now ? 0 : then, &summary);
      return absl::OkStatus();
    }));
    EXPECT_EQ(actual, expected) << (now ? "now" : "as of the first import");
    ExpectSame(summary, counts);
  }
}

TEST(ProductProperty, ExposuresAgreeWithTheBruteForceReading) {
  Register catalogue;
  std::vector<exposure::ElementInfo> elements;
  SmallRegister::Must(catalogue.Read([&](ReadTx& tx) -> absl::Status {
    for (const char* name : kElements) {
      v1::DataElement element;
      RC_RETURN_IF_ERROR(DataElementTable().Get(tx, name, kNewest, &element));
      elements.push_back({static_cast<SubjectKind>(element.subject()),
                          static_cast<std::uint8_t>(element.roster_field())});
    }
    return absl::OkStatus();
  }));
  catalogue.Close();
  Reached reached;
  for (unsigned i = 0; i < kCases && !HasFailure(); ++i) {
    CompareOnce(catalogue.path(), elements, kSeed + i, &reached);
  }
  if (HasFailure()) return;
  EXPECT_GT(reached.cells, 1000);
  EXPECT_GT(reached.claimed, 200);
  EXPECT_GT(reached.named, 20);
  EXPECT_GT(reached.conditional, 50);
  EXPECT_GT(reached.staff, 20);
  EXPECT_GT(reached.unmatched, 50);
  EXPECT_GT(reached.emptied, 0);
}

}  // namespace
}  // namespace rollcall::testing
