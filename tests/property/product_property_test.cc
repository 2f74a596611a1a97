// The product against the brute-force reading, on random small districts.
//
// A district, four vendors with their shares and edges, files that were sent, certificates and a
// statement are drawn once, as plain values. They are given to the product through its rules and
// its store: a real database file, the collections of the register, lists of ids, the roster's
// tables. The same values are read a second time here, rule by rule and as literally as possible,
// into a question for the brute force. What comes back in the API's words must be the same people,
// elements, certainties, reasons, dispositions and counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/disclosure_service.pb.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "server/casework/disclosure_record.h"
#include "server/casework/dispositions.h"
#include "server/casework/person_exposure.h"
#include "server/casework/portfolio.h"
#include "server/casework/transfers.h"
#include "storage/register_tables.h"
#include "tests/casework/small_register.h"
#include "tests/property/brute_force.h"

namespace rollcall::testing {
namespace {

using exposure::Day;
using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::SubjectKind;

constexpr int kCases = 600;
constexpr unsigned kSeed = 20250208;
constexpr int kDays = 16;  // Around the end of a February in a leap year.
constexpr int kParty = 0;  // The compromised one of the vendors.

// So that the party is neither the first nor the last by name.
constexpr std::array<const char*, 4> kVendors = {"vendors/m", "vendors/a", "vendors/p",
                                                 "vendors/z"};

// Elements of the shipped catalogue that the cases speak of: of each kind, with roster fields and
// without.
constexpr std::array<const char*, 8> kElements = {
    "dataElements/guardian.address",     "dataElements/staff.email",
    "dataElements/staff.name",           "dataElements/student.birth_date",
    "dataElements/student.email",        "dataElements/student.gender",
    "dataElements/student.ip_addresses", "dataElements/student.name"};
constexpr std::array<int, 4> kFields = {roster::kFieldName, roster::kFieldBirthDate,
                                        roster::kFieldGender, roster::kFieldEmail};

// One case, as plain values. People's ids are their numbers in the register, 0 is nobody's.
// Products are 1 and 2 of their vendor, 0 none. What is `late` is recorded with the second import.
struct Drawn {
  struct Share {
    exposure::DeclaredShare row;
    int vendor = kParty;
    int product = 0;
  };
  struct Edge {
    int from = 0;
    int to = 0;
    std::vector<std::uint16_t> elements;
    exposure::Interval days;
    bool late = false;
  };
  struct Sent {
    std::uint16_t element = 0;
    std::optional<int> populated;
  };
  struct Transfer {
    int vendor = kParty;
    std::optional<std::size_t> share;  // Place in `shares`.
    int product = 0;                   // That of the share, if it names one.
    Day day = 0;
    std::vector<Sent> elements;
    std::vector<std::int64_t> ids;
    std::optional<SubjectKind> subject;
    std::vector<int> via;
    bool late = false;
  };
  struct Disposition {
    int vendor = kParty;
    Day day = 0;
    std::set<std::size_t> shares;  // Places in `shares`.
    std::set<int> products;
    std::set<std::uint16_t> elements;
    std::vector<std::int64_t> ids;  // None: it speaks of everybody.
    bool includes_subprocessors = false;
    bool late = false;
  };
  struct Entry {
    std::int64_t person = 0;
    std::vector<std::uint16_t> elements;
  };

  std::vector<Pupil> pupils;
  std::vector<Pupil> later;     // Who comes with a second import.
  exposure::Question question;  // Window, scope, statement and catalogue.
  std::optional<Day> window_first;
  std::vector<Share> shares;
  std::vector<Edge> edges;
  std::vector<Transfer> transfers;
  std::vector<Disposition> dispositions;
  std::set<int> statement_products;
  std::set<std::size_t> statement_shares;
  std::vector<Entry> entries;
};

std::string ProductName(int vendor, int product) {
  return absl::StrCat(kVendors[static_cast<std::size_t>(vendor)], "/products/p", product);
}
std::string ShareName(const Drawn::Share& share) {
  return absl::StrCat(kVendors[static_cast<std::size_t>(share.vendor)], "/shares/s",
                      share.row.share);
}
std::string DispositionName(const Drawn& drawn, std::size_t i) {
  return absl::StrCat(kVendors[static_cast<std::size_t>(drawn.dispositions[i].vendor)],
                      "/dispositions/d", i);
}

// What the comparison reached, to show that it is not one of empty lists.
struct Reached {
  int cells = 0, claimed = 0, named = 0, conditional = 0, staff = 0, unmatched = 0, emptied = 0;
  int observed = 0, observed_upstream = 0, through_others = 0, deep = 0, cycles = 0;
  int removed_cells = 0, removed_people = 0, partly_removed = 0, overruled = 0, carried = 0;
  int kept_on_the_way = 0, what_ifs = 0, removed_later = 0, late_changes = 0, unknown_start = 0,
      matched_later = 0, party_says_of_others = 0;
  int disclosures = 0, disclosures_gone = 0, disclosures_stated = 0, undeclared = 0;
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
    // Late more often than not, so that certificates lie before it.
    if (!OneIn(5)) {
      const Day first = OneIn(3) ? AnyDay() : DayOf(2020, 3, 2) + Below(8);
      drawn.window_first = std::min(first, question.window_last);
    }
    if (OneIn(4)) question.scope.school_years = Years();
    for (int i = Below(9); i > 0; --i) {
      drawn.shares.push_back({DrawShare(elements, static_cast<std::uint32_t>(i)),
                              OneIn(2) ? kParty : Below(kVendors.size()), Below(3)});
    }
    if (!OneIn(3)) {
      for (int i = 1 + Below(5); i > 0; --i) drawn.edges.push_back(DrawEdge());
    }
    if (OneIn(4)) AddRelay(drawn);
    if (!OneIn(3)) {
      for (int i = 1 + Below(6); i > 0; --i) drawn.transfers.push_back(DrawTransfer(drawn));
    }
    if (!OneIn(3)) {
      for (int i = 1 + Below(4); i > 0; --i) drawn.dispositions.push_back(DrawDisposition(drawn));
    }
    if (OneIn(2)) {
      for (int i = 1 + Below(3); i > 0; --i) question.statement_elements.push_back(AnyElement());
      // The statement's elements are the scope's, too.
      question.scope.elements = question.statement_elements;
    }
    if (OneIn(4)) drawn.statement_products.insert(1 + Below(2));
    for (std::size_t i = 0; i < drawn.shares.size(); ++i) {
      if (drawn.shares[i].vendor == kParty && OneIn(10)) drawn.statement_shares.insert(i);
    }
    if (OneIn(3)) {
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
  int Below(std::size_t n) {
    return std::uniform_int_distribution<int>(0, static_cast<int>(n) - 1)(random_);
  }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  Day AnyDay() { return DayOf(2020, 2, 22) + Below(kDays); }
  std::uint16_t AnyElement() { return static_cast<std::uint16_t>(Below(kElements.size())); }
  template <typename T>
  const T& AnyOf(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(Below(values.size()))];
  }

  // From a day on; sometimes without an end.
  exposure::Interval Interval() {
    const Day first = AnyDay();
    return {first, OneIn(4) ? kMaxDay : std::min(first + Below(8), DayOf(2020, 2, 22) + kDays - 1)};
  }

  std::vector<std::int16_t> Years() {
    std::set<std::int16_t> years;
    for (int i = 1 + Below(2); i > 0; --i) years.insert(static_cast<std::int16_t>(2019 + Below(3)));
    return {years.begin(), years.end()};
  }

  std::vector<std::uint16_t> Codes(int first, std::size_t n) {
    std::set<std::uint16_t> codes;
    for (int i = 1 + Below(2); i > 0; --i)
      codes.insert(static_cast<std::uint16_t>(first + Below(n)));
    return {codes.begin(), codes.end()};
  }

  std::set<std::uint16_t> SomeElements(std::size_t at_most) {
    std::set<std::uint16_t> some;
    for (int i = 1 + Below(at_most); i > 0; --i) some.insert(AnyElement());
    return some;
  }

  // Towards the party more often than not, and into cycles.
  Drawn::Edge DrawEdge() {
    Drawn::Edge edge;
    edge.to = OneIn(2) ? kParty : Below(kVendors.size());
    do edge.from = Below(kVendors.size());
    while (edge.from == edge.to);
    if (OneIn(3)) {
      const std::set<std::uint16_t> some = SomeElements(6);
      edge.elements.assign(some.begin(), some.end());
    }
    edge.days = {kMinDay, kMaxDay};
    if (!OneIn(3)) edge.days = Interval();
    if (OneIn(2)) edge.days.first = kMinDay;
    edge.late = OneIn(5);
    return edge;
  }

  // Two edges in a row, of which the first may end long before the second, with something to
  // pass on.
  void AddRelay(Drawn& drawn) {
    drawn.edges.clear();
    drawn.edges.push_back({.from = 3, .to = 1, .elements = {}, .days = {kMinDay, AnyDay()}});
    drawn.edges.push_back({.from = 1, .to = kParty, .elements = {}, .days = {kMinDay, AnyDay()}});
    if (OneIn(2)) drawn.edges.push_back(DrawEdge());
    for (Drawn::Share& share : drawn.shares) {
      if (OneIn(2)) share.vendor = 3;
    }
  }

  // People of now, of later and nobody, some of them twice.
  std::vector<std::int64_t> DrawIds(const Drawn& drawn) {
    std::vector<std::int64_t> ids;
    for (int i = Below(6); i > 0; --i) {
      if (OneIn(6)) {
        ids.push_back(0);
      } else if (!drawn.later.empty() && OneIn(3)) {
        ids.push_back(static_cast<std::int64_t>(AnyOf(drawn.later).facts.id));
      } else {
        ids.push_back(static_cast<std::int64_t>(AnyOf(drawn.pupils).facts.id));
      }
    }
    return ids;
  }

  Drawn::Transfer DrawTransfer(const Drawn& drawn) {
    Drawn::Transfer transfer;
    transfer.vendor = OneIn(2) ? kParty : Below(kVendors.size());
    transfer.product = OneIn(3) ? 1 + Below(2) : 0;
    for (std::size_t i = 0; i < drawn.shares.size(); ++i) {
      const Drawn::Share& share = drawn.shares[i];
      if (share.vendor != transfer.vendor || !OneIn(3)) continue;
      transfer.share = i;
      if (share.product > 0) transfer.product = share.product;
    }
    transfer.day = OneIn(2) ? AnyDay() : DayOf(2020, 2, 22) + Below(8);
    transfer.ids = DrawIds(drawn);
    for (const std::uint16_t element : SomeElements(4)) {
      transfer.elements.push_back({element, std::nullopt});
      if (!OneIn(3)) transfer.elements.back().populated = Below(transfer.ids.size() + 1);
    }
    if (OneIn(6)) transfer.subject = OneIn(2) ? SubjectKind::kStaff : SubjectKind::kStudent;
    for (int vendor = 0; vendor < static_cast<int>(kVendors.size()); ++vendor) {
      if (vendor != transfer.vendor && OneIn(4)) transfer.via.push_back(vendor);
    }
    transfer.late = OneIn(4);
    return transfer;
  }

  Drawn::Disposition DrawDisposition(const Drawn& drawn) {
    Drawn::Disposition disposition;
    disposition.vendor = OneIn(3) ? Below(kVendors.size()) : kParty;
    // Most often shortly before the window.
    disposition.day = AnyDay();
    if (drawn.window_first && !OneIn(3)) disposition.day = *drawn.window_first - Below(5);
    disposition.late = OneIn(4);
    if (OneIn(5)) {
      for (std::size_t i = 0; i < drawn.shares.size(); ++i) {
        const Drawn::Share& share = drawn.shares[i];
        if (share.row.period.first <= disposition.day && OneIn(2) &&
            MayName(drawn, disposition, share.vendor)) {
          disposition.shares.insert(i);
        }
      }
    }
    if (OneIn(6)) disposition.products.insert(1 + Below(2));
    if (OneIn(4)) disposition.elements = SomeElements(5);
    if (OneIn(3)) disposition.ids = DrawIds(drawn);
    disposition.includes_subprocessors = OneIn(2);
    return disposition;
  }

  // The register takes a share of the vendor or of one behind it.
  static bool MayName(const Drawn& drawn, const Drawn::Disposition& disposition, int vendor) {
    std::set<int> behind = {disposition.vendor};
    for (std::size_t i = 0; i < kVendors.size(); ++i) {
      for (const Drawn::Edge& edge : drawn.edges) {
        if (!edge.late && behind.contains(edge.to)) behind.insert(edge.from);
      }
    }
    return behind.contains(vendor);
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
    std::set<std::tuple<int, int, int, Day>> stays;
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
    std::set<std::pair<int, Day>> programs;
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
    fitting.resize(static_cast<std::size_t>(1 + Below(fitting.size())));
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
google::type::Date Date(Day day) { return ToDate(FromDayNumber(day)); }

absl::Status PutPupils(WriteTx& tx, const std::vector<Pupil>& pupils) {
  const auto end = [](Day last) -> std::optional<std::int32_t> {
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

v1::Share ShareMessage(const Drawn::Share& drawn) {
  v1::Share share;
  const exposure::DeclaredShare& row = drawn.row;
  if (drawn.product > 0) share.set_product(ProductName(drawn.vendor, drawn.product));
  *share.mutable_start_date() = Date(row.period.first);
  if (row.period.last != kMaxDay) *share.mutable_end_date() = Date(row.period.last);
  v1::Population& population = *share.mutable_population();
  population.set_subject(static_cast<v1::SubjectKind>(row.population.subject));
  for (const int year : row.population.school_years) population.add_school_years(year);
  const exposure::Interval& dates = row.population.dates;
  if (dates.first != kMinDay) *population.mutable_from_date() = Date(dates.first);
  if (dates.last != kMaxDay) *population.mutable_to_date() = Date(dates.last);
  for (const std::uint16_t code : row.population.schools) population.add_schools(School(code));
  for (const std::uint16_t code : row.population.grades) population.add_grades(Grade(code));
  for (const std::uint16_t code : row.population.programs) {
    population.add_programs(Program(code));
  }
  for (const exposure::SharedElement& element : row.elements) {
    v1::SharedElement* entry = share.add_elements();
    entry->set_data_element(kElements[element.element]);
    if (element.condition_program) {
      entry->set_condition_program(Program(*element.condition_program));
    }
  }
  return share;
}

const char* Vendor(int vendor) { return kVendors[static_cast<std::size_t>(vendor)]; }
std::string Id(std::int64_t person) { return absl::StrCat("n", person); }

template <typename Response, typename Request>
absl::Status Create(WriteTx& tx, Register& reg, const registry::Collection& collection,
                    const Request& request) {
  Response response;
  return registry::CreateRecord(tx, collection, reg.today(), reg.ids, request, &response);
}

// Edges, files and certificates, those that are recorded later or the others.
absl::Status RecordPaths(WriteTx& tx, Register& reg, roster::IdIndexCache& indexes,
                         const Drawn& drawn, bool late) {
  for (std::size_t i = 0; i < drawn.edges.size(); ++i) {
    const Drawn::Edge& edge = drawn.edges[i];
    if (edge.late != late) continue;
    v1::CreateSubprocessorRequest request;
    request.set_parent(Vendor(edge.from));
    request.set_subprocessor_id(absl::StrCat("e", i));
    v1::Subprocessor& record = *request.mutable_subprocessor();
    record.set_processor(Vendor(edge.to));
    record.set_allow_cycle(true);
    for (const std::uint16_t element : edge.elements) record.add_data_elements(kElements[element]);
    if (edge.days.first != kMinDay) *record.mutable_start_date() = Date(edge.days.first);
    if (edge.days.last != kMaxDay) *record.mutable_end_date() = Date(edge.days.last);
    RC_RETURN_IF_ERROR(Create<v1::Subprocessor>(tx, reg, registry::Subprocessors(), request));
  }
  for (std::size_t i = 0; i < drawn.transfers.size(); ++i) {
    const Drawn::Transfer& transfer = drawn.transfers[i];
    if (transfer.late != late) continue;
    v1::NewTransfer request;
    request.set_parent(Vendor(transfer.vendor));
    request.set_transfer_id(absl::StrCat("t", i));
    v1::Transfer& record = *request.mutable_transfer();
    if (transfer.share) record.set_share(ShareName(drawn.shares[*transfer.share]));
    if (transfer.product > 0) record.set_product(ProductName(transfer.vendor, transfer.product));
    record.mutable_send_time()->set_seconds(std::int64_t{transfer.day} * 86'400 + 43'200);
    if (transfer.subject) record.set_subject(static_cast<v1::SubjectKind>(*transfer.subject));
    for (const Drawn::Sent& sent : transfer.elements) {
      v1::TransferElement* element = record.add_elements();
      element->set_data_element(kElements[sent.element]);
      if (sent.populated) element->set_populated(*sent.populated);
    }
    for (const int vendor : transfer.via) record.add_via(Vendor(vendor));
    casework::IdList list;
    for (const std::int64_t id : transfer.ids) RC_RETURN_IF_ERROR(list.Add(Id(id)));
    casework::TransferParts parts;
    parts.time_zone = absl::UTCTimeZone();
    parts.ids = &reg.ids;
    parts.indexes = &indexes;
    casework::MatchedIds matched;
    v1::Transfer response;
    RC_RETURN_IF_ERROR(casework::RecordTransfer(tx, parts, request, list, &matched, &response));
  }
  for (std::size_t i = 0; i < drawn.dispositions.size(); ++i) {
    const Drawn::Disposition& disposition = drawn.dispositions[i];
    if (disposition.late != late) continue;
    v1::CreateDispositionRequest request;
    request.set_parent(Vendor(disposition.vendor));
    request.set_disposition_id(absl::StrCat("d", i));
    v1::Disposition& record = *request.mutable_disposition();
    record.set_nature(v1::DISPOSITION_NATURE_DESTROYED);
    *record.mutable_disposition_date() = Date(disposition.day);
    for (const std::size_t share : disposition.shares) {
      record.add_shares(ShareName(drawn.shares[share]));
    }
    for (const int product : disposition.products) {
      record.add_products(ProductName(disposition.vendor, product));
    }
    for (const std::uint16_t element : disposition.elements) {
      record.add_data_elements(kElements[element]);
    }
    record.set_includes_subprocessors(disposition.includes_subprocessors);
    for (const std::int64_t id : disposition.ids) request.add_ids(Id(id));
    v1::Disposition response;
    RC_RETURN_IF_ERROR(
        casework::CreateDisposition(tx, indexes, reg.today(), reg.ids, request, &response));
  }
  return absl::OkStatus();
}

absl::Status Record(WriteTx& tx, Register& reg, const Drawn& drawn) {
  for (const char* vendor : kVendors) {
    v1::CreateVendorRequest request;
    request.set_vendor_id(std::string(vendor).substr(8));
    request.mutable_vendor()->set_legal_name(vendor);
    request.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
    RC_RETURN_IF_ERROR(Create<v1::Vendor>(tx, reg, registry::Vendors(), request));
    for (const char* id : {"p1", "p2"}) {
      v1::CreateProductRequest product;
      product.set_parent(vendor);
      product.set_product_id(id);
      product.mutable_product()->set_display_name(id);
      RC_RETURN_IF_ERROR(Create<v1::Product>(tx, reg, registry::Products(), product));
    }
  }
  for (const Drawn::Share& share : drawn.shares) {
    v1::CreateShareRequest request;
    request.set_parent(Vendor(share.vendor));
    request.set_share_id(absl::StrCat("s", share.row.share));
    *request.mutable_share() = ShareMessage(share);
    RC_RETURN_IF_ERROR(Create<v1::Share>(tx, reg, registry::Shares(), request));
  }
  v1::CreateIncidentRequest incident;
  incident.set_incident_id("i");
  incident.mutable_incident()->set_vendor(Vendor(kParty));
  incident.mutable_incident()->set_title("T");
  if (drawn.window_first) {
    *incident.mutable_incident()->mutable_window_start_date() = Date(*drawn.window_first);
  }
  if (drawn.question.window_last != kMaxDay) {
    *incident.mutable_incident()->mutable_window_end_date() = Date(drawn.question.window_last);
  }
  RC_RETURN_IF_ERROR(Create<v1::Incident>(tx, reg, casework::Incidents(), incident));

  v1::CreateStatementRequest request;
  request.set_parent("incidents/i");
  v1::Statement& statement = *request.mutable_statement();
  for (const int product : drawn.statement_products) {
    statement.add_products(ProductName(kParty, product));
  }
  for (const std::size_t share : drawn.statement_shares) {
    statement.add_shares(ShareName(drawn.shares[share]));
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
    row->set_id(Id(entry.person));
    for (const std::uint16_t element : entry.elements) {
      row->add_data_elements(kElements[element]);
    }
  }
  v1::Statement response;
  return casework::CreateStatement(tx, request, casework::EntriesOf(request), &response);
}

// --- Reading the rules a second time ---------------------------------------------------------

template <typename List, typename Value>
bool EmptyOrHas(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

// Turns what was recorded up to one of the two revisions into a question for the brute force,
// file by file and element by element, with nothing taken together.
class Reading {
 public:
  // `pupils` are the people of the revision; `now` tells whether it is the later one.
  Reading(const Drawn& drawn, const std::vector<Pupil>& pupils, bool now, Reached* reached)
      : question(drawn.question), drawn_(drawn), pupils_(pupils), now_(now), reached_(*reached) {
    for (int vendor = 0; vendor < static_cast<int>(kVendors.size()); ++vendor) {
      if (vendor != kParty) FollowChains(vendor);
    }
    ReadDispositions();
    for (const Drawn::Share& share : drawn_.shares) ReadShare(share);
    for (std::size_t i = 0; i < drawn_.transfers.size(); ++i) ReadTransfer(i);
    for (const Drawn::Entry& entry : drawn_.entries) {
      const auto place = PlaceOf(entry.person);
      if (place) question.claimed.push_back({*place, entry.elements});
      reached_.unmatched += !place;
    }
  }

  exposure::Question question;
  std::set<std::string> upstream;     // Vendors whose data may have come to the party.
  std::set<std::string> live;         // Dispositions that count.
  std::vector<std::string> group_of;  // What the API shows of each group of transfers, in words.
  // The same words -> files, and ids in them that match nobody.
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> groups;

  std::string DispositionOf(std::uint32_t number) const { return DispositionName(drawn_, number); }

 private:
  bool There(bool late) const { return now_ || !late; }

  // The person's position among the pupils; nullopt if nobody of the roster has the id.
  std::optional<std::uint32_t> PlaceOf(std::int64_t person) const {
    for (std::size_t i = 0; i < pupils_.size(); ++i) {
      if (static_cast<std::int64_t>(pupils_[i].facts.id) == person) {
        return static_cast<std::uint32_t>(i);
      }
    }
    return std::nullopt;
  }

  // Every simple path of edges that carry an element from a vendor to the party.
  void FollowChains(int vendor) {
    for (std::uint16_t element = 0; element < kElements.size(); ++element) {
      std::vector<const Drawn::Edge*> path;
      std::vector<int> visited = {vendor};
      Walk(vendor, element, path, visited);
    }
  }

  void Walk(int start, std::uint16_t element, std::vector<const Drawn::Edge*>& path,
            std::vector<int>& visited) {
    if (visited.back() == kParty) {
      Send(start, element, path);
      return;
    }
    for (const Drawn::Edge& edge : drawn_.edges) {
      if (!There(edge.late) || edge.from != visited.back()) continue;
      if (!EmptyOrHas(edge.elements, element)) continue;
      if (std::find(visited.begin(), visited.end(), edge.to) != visited.end()) {
        ++reached_.cycles;
        continue;
      }
      path.push_back(&edge);
      visited.push_back(edge.to);
      Walk(start, element, path, visited);
      visited.pop_back();
      path.pop_back();
    }
  }

  // Sends what came on each day down the path, on the first possible day each time, and looks on
  // which days the last edge could hand something over.
  void Send(int start, std::uint16_t element, const std::vector<const Drawn::Edge*>& path) {
    std::vector<Day> days = {kMinDay};
    for (Day day = DayOf(2020, 2, 21); day <= DayOf(2020, 2, 22) + kDays; ++day) {
      days.push_back(day);
    }
    days.push_back(kMaxDay);
    bool begun = true;
    for (const Drawn::Edge* edge : path) {
      begun = begun && edge->days.first <= question.window_last;
    }
    if (begun) {
      Day& arrival = last_arrival_.try_emplace({start, element}, kMinDay).first->second;
      arrival = std::max(arrival, std::min(path.back()->days.last, question.window_last));
    }
    for (const Day received : days) {
      std::optional<Day> at = received;
      for (const Drawn::Edge* edge : path) {
        std::optional<Day> passed_on;
        for (const Day day : days) {
          if (at.has_value() && day >= *at && edge->days.first <= day && day <= edge->days.last &&
              !passed_on.has_value()) {
            passed_on = day;
          }
        }
        at = passed_on;
      }
      if (!at.has_value() || *at > question.window_last) continue;
      Day& last = last_receipt_.try_emplace({start, element}, kMinDay).first->second;
      last = std::max(last, received);
      upstream.insert(Vendor(start));
      reached_.deep += path.size() > 1;
    }
  }

  // Whether a certificate counts at all: dated before the window, of the party, or of a vendor
  // behind it that speaks for its subprocessors.
  void ReadDispositions() {
    reached_.unknown_start += !drawn_.window_first && !drawn_.dispositions.empty();
    for (std::size_t i = 0; i < drawn_.dispositions.size(); ++i) {
      const Drawn::Disposition& drawn = drawn_.dispositions[i];
      exposure::Disposition row;
      row.disposition = static_cast<std::uint32_t>(i);
      row.elements.assign(drawn.elements.begin(), drawn.elements.end());
      if (!drawn.ids.empty()) {
        std::set<std::uint32_t> people;
        for (const std::int64_t id : drawn.ids) {
          const auto place = PlaceOf(id);
          if (place) people.insert(*place);
        }
        row.people =
            std::make_shared<const std::vector<std::uint32_t>>(people.begin(), people.end());
      }
      question.dispositions.push_back(std::move(row));
      if (IsLive(drawn)) live.insert(DispositionName(drawn_, i));
    }
  }

  bool IsLive(const Drawn::Disposition& disposition) const {
    if (!There(disposition.late)) return false;
    if (!drawn_.window_first || disposition.day >= *drawn_.window_first) return false;
    if (disposition.vendor == kParty) return true;
    return disposition.includes_subprocessors && upstream.contains(Vendor(disposition.vendor));
  }

  // Whether it speaks of what went under a share to a product. A product of another vendor is
  // none that it can name.
  static bool SpeaksOf(const Drawn::Disposition& disposition, std::optional<std::size_t> share,
                       int product) {
    if (!disposition.shares.empty() && !(share && disposition.shares.contains(*share))) {
      return false;
    }
    return product == 0 || EmptyOrHas(disposition.products, product);
  }

  void ReadShare(const Drawn::Share& share) {
    const auto place = static_cast<std::size_t>(&share - drawn_.shares.data());
    if (share.vendor == kParty) {
      if (share.product != 0 && !EmptyOrHas(drawn_.statement_products, share.product)) return;
      if (!EmptyOrHas(drawn_.statement_shares, place)) return;
      exposure::DeclaredShare row = share.row;
      for (std::size_t i = 0; i < drawn_.dispositions.size(); ++i) {
        const Drawn::Disposition& disposition = drawn_.dispositions[i];
        if (IsLive(disposition) && disposition.vendor == kParty &&
            SpeaksOf(disposition, place, share.product)) {
          row.cuts.push_back({static_cast<std::uint16_t>(i), disposition.day});
        }
      }
      question.shares.push_back(std::move(row));
      return;
    }
    // What came through others, element by element.
    for (const exposure::SharedElement& element : share.row.elements) {
      const auto last = last_receipt_.find({share.vendor, element.element});
      if (last == last_receipt_.end()) continue;
      exposure::DeclaredShare row = share.row;
      row.elements = {element};
      row.period.last = std::min(row.period.last, last->second);
      if (row.period.empty()) continue;
      for (std::size_t i = 0; i < drawn_.dispositions.size(); ++i) {
        const Drawn::Disposition& disposition = drawn_.dispositions[i];
        if (!IsLive(disposition)) continue;
        if (disposition.vendor == share.vendor && SpeaksOf(disposition, place, share.product)) {
          row.cuts.push_back({static_cast<std::uint16_t>(i), disposition.day});
        }
        if (disposition.vendor == kParty && SpeaksOf(disposition, place, 0) &&
            last_arrival_.at({share.vendor, element.element}) <= disposition.day) {
          row.cuts.push_back({static_cast<std::uint16_t>(i), kMaxDay});
          ++reached_.party_says_of_others;
        } else if (disposition.vendor == kParty && SpeaksOf(disposition, place, 0)) {
          reached_.kept_on_the_way += last->second <= disposition.day;
        }
      }
      question.shares.push_back(std::move(row));
    }
  }

  void ReadTransfer(std::size_t number) {
    const Drawn::Transfer& transfer = drawn_.transfers[number];
    if (!There(transfer.late) || transfer.day > question.window_last) return;
    const auto had = [&](int vendor) {
      return vendor == transfer.vendor ||
             std::find(transfer.via.begin(), transfer.via.end(), vendor) != transfer.via.end();
    };
    // In the party's own hands. The statement's products and shares limit what it received for
    // itself, not what it carried.
    const bool in_scope =
        (transfer.product == 0 || EmptyOrHas(drawn_.statement_products, transfer.product)) &&
        (!transfer.share || EmptyOrHas(drawn_.statement_shares, *transfer.share));
    if (had(kParty) && (transfer.vendor != kParty || in_scope)) {
      reached_.carried += transfer.vendor != kParty;
      AddGroup(number, kParty);
      return;
    }
    for (int vendor = 0; vendor < static_cast<int>(kVendors.size()); ++vendor) {
      if (vendor != kParty && had(vendor)) AddGroup(number, vendor);
    }
  }

  // What a holder of the file, the party or a vendor behind it, had of it.
  void AddGroup(std::size_t number, int holder) {
    const Drawn::Transfer& transfer = drawn_.transfers[number];
    exposure::ObservedTransfers row;
    row.group = static_cast<std::uint32_t>(question.transfers.size());
    row.upstream = holder != kParty;
    std::set<std::uint32_t> people;
    std::int64_t unmatched = 0;
    for (const std::int64_t id : transfer.ids) {
      const auto place = PlaceOf(id);
      const bool wanted =
          place && (!transfer.subject || pupils_[*place].facts.kind == *transfer.subject);
      if (wanted) people.insert(*place);
      unmatched += !wanted;
      reached_.matched_later += wanted && *place >= drawn_.pupils.size() && !transfer.late;
    }
    row.people = std::make_shared<const std::vector<std::uint32_t>>(people.begin(), people.end());
    // Of anything that the holder had.
    Day arrival = kMinDay;
    for (std::uint16_t element = 0; element < kElements.size(); ++element) {
      if (last_receipt_.contains({holder, element})) {
        arrival = std::max(arrival, last_arrival_.at({holder, element}));
      }
    }
    std::vector<std::string> elements;
    for (const Drawn::Sent& sent : transfer.elements) {
      if (sent.populated == 0) continue;
      if (holder != kParty) {
        const auto last = last_receipt_.find({holder, sent.element});
        if (last == last_receipt_.end() || transfer.day > last->second) continue;
      }
      row.elements.push_back(sent.element);
      elements.push_back(kElements[sent.element]);
      if (Overrules(sent, people, std::ssize(transfer.ids))) {
        row.overrule_empty.push_back(sent.element);
      }
    }
    if (row.elements.empty()) return;
    for (std::size_t i = 0; i < drawn_.dispositions.size(); ++i) {
      const Drawn::Disposition& disposition = drawn_.dispositions[i];
      if (!IsLive(disposition)) continue;
      // A file that the holder only carried went to none of its products.
      const int product = holder == transfer.vendor ? transfer.product : 0;
      const bool of_holder = disposition.vendor == holder && transfer.day <= disposition.day &&
                             SpeaksOf(disposition, transfer.share, product);
      const bool of_party = holder != kParty && disposition.vendor == kParty &&
                            arrival <= disposition.day && SpeaksOf(disposition, transfer.share, 0);
      if (of_holder || of_party) row.cuts.push_back(static_cast<std::uint16_t>(i));
    }
    const std::string words =
        absl::StrCat(row.upstream ? "upstream " : "observed ", Vendor(transfer.vendor), " ",
                     transfer.share ? ShareName(drawn_.shares[*transfer.share]) : "", " ",
                     absl::StrJoin(elements, " "));
    group_of.push_back(words);
    // A file that came by several vendors with the same outcome is one file.
    if (counted_.insert({number, words, row.cuts}).second) {
      ++groups[words].first;
      groups[words].second += unmatched;
    }
    question.transfers.push_back(std::move(row));
  }

  // Nobody counted the values, or there were more than the empty fields leave room for.
  bool Overrules(const Drawn::Sent& sent, const std::set<std::uint32_t>& people,
                 std::int64_t ids) const {
    const int field = question.elements[sent.element].roster_field;
    if (field == 0) return false;
    std::int64_t empty = 0;
    for (const std::uint32_t place : people) {
      const exposure::PersonFacts& facts = pupils_[place].facts;
      empty +=
          (facts.known_fields >> field & 1U) != 0 && (facts.populated_fields >> field & 1U) == 0;
    }
    return !sent.populated || *sent.populated > ids - empty;
  }

  const Drawn& drawn_;
  const std::vector<Pupil>& pupils_;
  const bool now_;
  Reached& reached_;
  // By vendor and element: the last day on which what the vendor received may still have come to
  // the party, and the last day on which anything of it could come.
  std::map<std::pair<int, std::uint16_t>, Day> last_receipt_;
  std::map<std::pair<int, std::uint16_t>, Day> last_arrival_;
  std::set<std::tuple<std::size_t, std::string, std::vector<std::uint16_t>>> counted_;
};

// --- Comparing -------------------------------------------------------------------------------

// Person number -> element -> certainty, reasons and dispositions, in words.
using Words = std::map<std::int64_t, std::map<std::string, std::set<std::string>>>;

struct Answer {
  Words exposed;
  Words removed;                   // Of exposed people and of others.
  std::set<std::int64_t> gone;     // People of whom everything was removed.
  std::set<std::string> upstream;  // Vendors.
  std::set<std::string> dispositions;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> groups;

  friend bool operator==(const Answer&, const Answer&) = default;
};

void PrintTo(const Words& words, std::ostream* out) {
  for (const auto& [person, elements] : words) {
    for (const auto& [element, why] : elements) {
      *out << "    " << person << " " << element << ": " << absl::StrJoin(why, "; ") << "\n";
    }
  }
}

void PrintTo(const Answer& answer, std::ostream* out) {
  *out << "\n  exposed\n";
  PrintTo(answer.exposed, out);
  *out << "  removed\n";
  PrintTo(answer.removed, out);
  *out << "  gone " << absl::StrJoin(answer.gone, " ") << "\n  upstream "
       << absl::StrJoin(answer.upstream, " ") << "\n  dispositions "
       << absl::StrJoin(answer.dispositions, " ") << "\n";
  for (const auto& [words, counts] : answer.groups) {
    *out << "  " << words << ": " << counts.first << " files, " << counts.second << " unmatched\n";
  }
}

std::set<std::string> ReasonWords(const Drawn& drawn, const Reading& reading,
                                  const PlainReasons& reasons) {
  std::set<std::string> words;
  for (const auto& [kind, source] : reasons) {
    if (kind == 1) {
      for (const Drawn::Share& share : drawn.shares) {
        if (share.row.share == source) words.insert("declared " + ShareName(share));
      }
    } else {
      words.insert(kind == 2 ? "claimed" : kind == 3 ? "named" : reading.group_of[source]);
    }
  }
  return words;
}

// The brute force's answer for these people, and its counts.
Answer Expect(const Drawn& drawn, const std::vector<Pupil>& pupils, bool now, PlainSummary* counts,
              Reached* reached) {
  const Reading reading(drawn, pupils, now, reached);
  const BruteForce brute(pupils, reading.question, DayOf(2020, 2, 22),
                         DayOf(2020, 2, 22) + kDays - 1);
  const PlainAnswer plain = brute.Answer();
  *counts = brute.Count(plain);
  reached->emptied += !plain.listed_without_cells.empty();
  Answer answer;
  answer.upstream = reading.upstream;
  answer.dispositions = reading.live;
  answer.groups = reading.groups;
  const auto number_of = [&](std::uint32_t place) {
    return static_cast<std::int64_t>(pupils[place].facts.id);
  };
  for (const auto& [place, cells] : plain.exposed) {
    reached->staff += pupils[place].facts.kind == SubjectKind::kStaff;
    for (const auto& [element, reasons] : cells) {
      ++reached->cells;
      auto& words = answer.exposed[number_of(place)][kElements[element]];
      words = ReasonWords(drawn, reading, reasons);
      words.insert(BruteForce::Confirmed(reasons) ? "CONFIRMED" : "BELIEVED");
      const auto less = plain.dispositions.find(place);
      if (less != plain.dispositions.end() && less->second.contains(element)) {
        for (const std::uint32_t disposition : less->second.at(element)) {
          words.insert("less " + reading.DispositionOf(disposition));
          ++reached->partly_removed;
        }
      }
      const int field = reading.question.elements[element].roster_field;
      const exposure::PersonFacts& facts = pupils[place].facts;
      reached->overruled += field != 0 && !reasons.contains({2, 0}) &&
                            (facts.known_fields >> field & 1U) != 0 &&
                            (facts.populated_fields >> field & 1U) == 0;
      for (const auto& [kind, source] : reasons) {
        reached->claimed += kind == 2;
        reached->named += kind == 3;
        reached->observed += kind == 4;
        reached->observed_upstream += kind == 5;
        for (const Drawn::Share& share : drawn.shares) {
          if (kind != 1 || share.row.share != source) continue;
          reached->through_others += share.vendor != kParty;
          for (const exposure::SharedElement& shared : share.row.elements) {
            reached->conditional += shared.element == element && shared.condition_program;
          }
        }
      }
    }
  }
  for (const auto& [place, cells] : plain.removed) {
    if (!plain.exposed.contains(place)) answer.gone.insert(number_of(place));
    reached->removed_people += !plain.exposed.contains(place);
    for (const auto& [element, reasons] : cells) {
      ++reached->removed_cells;
      auto& words = answer.removed[number_of(place)][kElements[element]];
      words = ReasonWords(drawn, reading, reasons);
      for (const std::uint32_t disposition : plain.removed_by.at(place).at(element)) {
        // Under an id that named nobody when the certificate was recorded.
        reached->removed_later += place >= drawn.pupils.size() &&
                                  !drawn.dispositions[disposition].late &&
                                  !drawn.dispositions[disposition].ids.empty();
        words.insert("less " + reading.DispositionOf(disposition));
      }
    }
  }
  return answer;
}

std::string GroupWords(const v1::TransferGroup& group, bool upstream) {
  return absl::StrCat(upstream ? "upstream " : "observed ", group.vendor(), " ", group.share(), " ",
                      absl::StrJoin(group.data_elements(), " "));
}

std::set<std::string> ReasonWords(
    const v1::ExposureBasis& basis,
    const google::protobuf::RepeatedPtrField<v1::ExposureReason>& reasons) {
  std::set<std::string> words;
  for (const v1::ExposureReason& reason : reasons) {
    switch (reason.kind()) {
      case v1::REASON_KIND_DECLARED:
        words.insert("declared " + reason.share());
        break;
      case v1::REASON_KIND_CLAIMED:
        words.insert("claimed");
        break;
      case v1::REASON_KIND_NAMED:
        words.insert("named");
        break;
      default:
        words.insert(GroupWords(basis.transfer_groups(reason.transfer_group()),
                                reason.kind() == v1::REASON_KIND_OBSERVED_UPSTREAM));
    }
  }
  return words;
}

constexpr absl::CivilDay kToday(2026, 12, 1);

template <typename Elements, typename Removed>
void TakePerson(const v1::ExposureBasis& basis, std::int64_t number, const Elements& elements,
                const Removed& removed, Answer* answer) {
  for (const v1::ExposedElement& element : elements) {
    auto& words = answer->exposed[number][element.data_element()];
    words = ReasonWords(basis, element.reasons());
    words.insert(v1::Certainty_Name(element.certainty()).substr(10));
    for (const std::string& name : element.dispositions()) words.insert("less " + name);
  }
  for (const v1::RemovedElement& element : removed) {
    auto& words = answer->removed[number][element.data_element()];
    words = ReasonWords(basis, element.reasons());
    for (const std::string& name : element.dispositions()) words.insert("less " + name);
  }
}

// One of the two lists of an exposure, page by page. `request` says of what.
void TakeList(ReadTx& tx, casework::Exposures& exposures, v1::ListExposedPeopleRequest request,
              bool removed, std::int64_t total, Answer* answer) {
  request.set_page_size(2);
  if (removed) request.mutable_filter()->set_removed_people(true);
  std::set<std::int64_t> seen;
  do {
    v1::ListExposedPeopleResponse page;
    SmallRegister::Must(casework::ListExposedPeople(tx, exposures, kToday, request, &page));
    EXPECT_EQ(page.total_size(), total);
    for (const v1::ExposedPerson& person : page.people()) {
      const std::int64_t number = std::stoll(person.person().substr(7));
      EXPECT_TRUE(seen.empty() || *seen.rbegin() < number);
      seen.insert(number);
      EXPECT_EQ(person.elements().empty(), removed);
      TakePerson(page.basis(), number, person.elements(), person.removed(), answer);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (removed) answer->gone = seen;
}

Answer Ask(ReadTx& tx, casework::Exposures& exposures, const v1::ListExposedPeopleRequest& request,
           v1::ExposureSummary* summary) {
  const auto resolved =
      exposures.Resolve(tx, {request.parent(), request.has_what_if() ? &request.what_if() : nullptr,
                             request.revision(), kToday});
  SmallRegister::Must(resolved.status());
  auto counted = casework::SummarizeExposure(tx, **resolved, false);
  SmallRegister::Must(counted.status());
  *summary = *std::move(counted);
  Answer answer;
  TakeList(tx, exposures, request, false, summary->people(), &answer);
  TakeList(tx, exposures, request, true, summary->people_removed(), &answer);
  const v1::ExposureBasis& basis = summary->basis();
  for (const v1::UpstreamSource& source : basis.upstream()) {
    EXPECT_TRUE(answer.upstream.insert(source.vendor()).second);
    EXPECT_EQ(source.chain(0), source.vendor());
    EXPECT_EQ(source.chain(source.chain_size() - 1), basis.vendor());
  }
  answer.dispositions.insert(basis.dispositions().begin(), basis.dispositions().end());
  for (int i = 0; i < basis.transfer_groups_size(); ++i) {
    const v1::TransferGroup& group = basis.transfer_groups(i);
    auto& counts =
        answer.groups[GroupWords(group, (*resolved)->gathered.question.transfers[i].upstream)];
    counts.first += group.transfers();
    counts.second += group.unmatched();
  }
  return answer;
}

// The statement as a compromise that nobody reported. Only a list that names no elements can be
// put so.
std::optional<v1::WhatIf> WhatIfOf(const Drawn& drawn) {
  v1::WhatIf what_if;
  what_if.set_vendor(Vendor(kParty));
  if (drawn.window_first) *what_if.mutable_window_start_date() = Date(*drawn.window_first);
  if (drawn.question.window_last != kMaxDay) {
    *what_if.mutable_window_end_date() = Date(drawn.question.window_last);
  }
  for (const int product : drawn.statement_products) {
    what_if.add_products(ProductName(kParty, product));
  }
  for (const std::size_t share : drawn.statement_shares) {
    what_if.add_shares(ShareName(drawn.shares[share]));
  }
  for (const std::uint16_t element : drawn.question.statement_elements) {
    what_if.add_data_elements(kElements[element]);
  }
  for (const int year : drawn.question.scope.school_years) what_if.add_school_years(year);
  for (const Drawn::Entry& entry : drawn.entries) {
    if (!entry.elements.empty()) return std::nullopt;
    what_if.add_ids(Id(entry.person));
  }
  if (!drawn.entries.empty()) {
    what_if.set_list_use(drawn.question.scope.limit_to_list ? v1::LIST_USE_LIMITS
                                                            : v1::LIST_USE_ADDS);
  }
  return what_if;
}

// What is told of each person alone, put together: lists only.
Answer AskAboutEach(ReadTx& tx, casework::Exposures& exposures, const std::vector<Pupil>& pupils,
                    const v1::ExposureBasis& basis) {
  casework::Portfolio portfolio(&exposures);
  Answer answer;
  for (const Pupil& pupil : pupils) {
    v1::GetPersonExposureRequest request;
    request.set_name(absl::StrCat("people/", pupil.facts.id));
    v1::PersonExposure response;
    SmallRegister::Must(casework::GetPersonExposure(tx, portfolio, kToday, request, &response));
    for (const v1::PersonIncident& incident : response.incidents()) {
      TakePerson(basis, static_cast<std::int64_t>(pupil.facts.id), incident.elements(),
                 incident.removed(), &answer);
    }
  }
  return answer;
}

// --- Records of disclosures ------------------------------------------------------------------

// Student -> party -> element -> grounds, in words; `gone` with what is not there any more.
using Records =
    std::map<std::int64_t, std::map<std::string, std::map<std::string, std::set<std::string>>>>;

// The case with another vendor in the place of the party, asked today about everything.
Drawn TodayAt(const Drawn& drawn, int party) {
  const auto swapped = [&](int vendor) {
    return vendor == party ? kParty : vendor == kParty ? party : vendor;
  };
  Drawn other = drawn;
  other.question.window_last = kMaxDay;  // Nothing in the case is later than today.
  other.window_first = ToDayNumber(kToday);
  other.question.scope = {};
  other.question.statement_elements.clear();
  other.statement_products.clear();
  other.statement_shares.clear();
  other.entries.clear();
  for (Drawn::Share& share : other.shares) share.vendor = swapped(share.vendor);
  for (Drawn::Edge& edge : other.edges) {
    edge.from = swapped(edge.from);
    edge.to = swapped(edge.to);
  }
  for (Drawn::Transfer& transfer : other.transfers) {
    transfer.vendor = swapped(transfer.vendor);
    for (int& vendor : transfer.via) vendor = swapped(vendor);
  }
  for (Drawn::Disposition& disposition : other.dispositions) {
    disposition.vendor = swapped(disposition.vendor);
  }
  return other;
}

// What the brute force says that parties received, whatever was destroyed, and what the statement
// exposes.
Records ExpectRecords(const Drawn& drawn, const std::vector<Pupil>& pupils, Reached* reached) {
  Records records;
  Reached unused;
  const auto student = [&](std::uint32_t place) {
    return pupils[place].facts.kind == SubjectKind::kStudent;
  };
  for (int party = 0; party < static_cast<int>(kVendors.size()); ++party) {
    const Drawn asked = TodayAt(drawn, party);
    const Reading reading(asked, pupils, /*now=*/true, &unused);
    exposure::Question undestroyed = reading.question;
    undestroyed.dispositions.clear();
    for (exposure::DeclaredShare& share : undestroyed.shares) share.cuts.clear();
    for (exposure::ObservedTransfers& group : undestroyed.transfers) group.cuts.clear();
    const Day first = DayOf(2020, 2, 22);
    const PlainAnswer whole = BruteForce(pupils, undestroyed, first, first + kDays - 1).Answer();
    // What took a ground away, not what the roster knows to be empty.
    exposure::Question filled = reading.question;
    for (exposure::ElementInfo& element : filled.elements) element.roster_field = 0;
    const PlainAnswer left = BruteForce(pupils, filled, first, first + kDays - 1).Answer();
    for (const auto& [place, cells] : whole.exposed) {
      if (!student(place)) continue;
      for (const auto& [element, reasons] : cells) {
        auto& words = records[static_cast<std::int64_t>(pupils[place].facts.id)][Vendor(party)]
                             [kElements[element]];
        for (const auto& [kind, source] : reasons) {
          bool there = false;
          const auto of_person = left.exposed.find(place);
          if (of_person != left.exposed.end()) {
            const auto of_element = of_person->second.find(element);
            there = of_element != of_person->second.end() &&
                    of_element->second.contains({kind, source});
          }
          std::string word = kind == 4 ? "files" : "files upstream";
          for (const Drawn::Share& share : drawn.shares) {
            if (kind == 1 && share.row.share == source) word = ShareName(share);
          }
          words.insert(there ? word : word + " gone");
          ++(there ? reached->disclosures : reached->disclosures_gone);
        }
      }
    }
  }
  const Reading reading(drawn, pupils, /*now=*/true, &unused);
  const PlainAnswer stated =
      BruteForce(pupils, reading.question, DayOf(2020, 2, 22), DayOf(2020, 2, 22) + kDays - 1)
          .Answer();
  for (const auto& [place, cells] : stated.exposed) {
    if (!student(place)) continue;
    for (const auto& [element, reasons] : cells) {
      records[static_cast<std::int64_t>(pupils[place].facts.id)][Vendor(kParty)][kElements[element]]
          .insert("incident");
      ++reached->disclosures_stated;
    }
  }
  return records;
}

Records AskForRecords(ReadTx& tx, casework::Exposures& exposures, const std::vector<Pupil>& pupils,
                      Reached* reached) {
  casework::Portfolio portfolio(&exposures);
  Records records;
  for (const Pupil& pupil : pupils) {
    v1::GetDisclosureRecordRequest request;
    request.set_name(absl::StrCat("people/", pupil.facts.id));
    v1::DisclosureRecord record;
    const absl::Status status =
        casework::GetDisclosureRecord(tx, portfolio, kToday, request, &record);
    EXPECT_EQ(status.ok(), pupil.facts.kind == SubjectKind::kStudent) << status;
    for (const v1::Disclosure& row : record.disclosures()) {
      EXPECT_FALSE(row.elements().empty());
      EXPECT_TRUE(!row.has_first_date() || !row.has_last_date() ||
                  ToCivilDay(row.first_date()) <= ToCivilDay(row.last_date()))
          << row.DebugString();
      reached->undeclared += row.kind() == v1::DISCLOSURE_KIND_UNDECLARED;
      for (const v1::DisclosedElement& element : row.elements()) {
        std::string word = "incident";
        if (row.evidence() == v1::REASON_KIND_DECLARED) word = row.grounds(0).share();
        if (row.evidence() == v1::REASON_KIND_OBSERVED) word = "files";
        if (row.evidence() == v1::REASON_KIND_OBSERVED_UPSTREAM) word = "files upstream";
        if (!element.dispositions().empty()) word += " gone";
        records[static_cast<std::int64_t>(pupil.facts.id)][row.party()][element.data_element()]
            .insert(word);
      }
    }
  }
  return records;
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
  same(actual.cells_confirmed(), expected.cells_confirmed);
  same(actual.cells_believed(), expected.cells_believed);
  same(actual.cells_populated(), expected.cells_populated);
  same(actual.people_removed(), expected.people_removed);
  same(actual.cells_removed(), expected.cells_removed);
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
    same(row.removed(), count.removed);
  }
}

void CompareOnce(const std::string& with_catalogue,
                 const std::vector<exposure::ElementInfo>& elements, unsigned seed,
                 Reached* reached) {
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  const Drawn drawn = Drawer(seed).Draw(elements);
  Register reg(with_catalogue);
  casework::Exposures exposures;
  roster::IdIndexCache indexes;
  SmallRegister::Must(reg.Write([&](WriteTx& tx) -> absl::Status {
    for (std::uint16_t code = 0; code < 4; ++code) {
      RC_RETURN_IF_ERROR(InsertSchool(tx, {code + 1, School(code), "", ""}));
    }
    return PutPupils(tx, drawn.pupils);
  }));
  SmallRegister::Must(reg.Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(Record(tx, reg, drawn));
    return RecordPaths(tx, reg, indexes, drawn, /*late=*/false);
  }));
  const std::int64_t then = reg.Revision();
  SmallRegister::Must(reg.Write([&](WriteTx& tx) { return PutPupils(tx, drawn.later); }));
  SmallRegister::Must(
      reg.Write([&](WriteTx& tx) { return RecordPaths(tx, reg, indexes, drawn, /*late=*/true); }));

  std::vector<Pupil> everybody = drawn.pupils;
  everybody.insert(everybody.end(), drawn.later.begin(), drawn.later.end());
  std::vector<Answer> answers;
  for (const bool now : {true, false}) {
    PlainSummary counts;
    const Answer expected = Expect(drawn, now ? everybody : drawn.pupils, now, &counts, reached);
    v1::ExposureSummary summary;
    Answer actual;
    SmallRegister::Must(reg.Read([&](ReadTx& tx) {
      v1::ListExposedPeopleRequest request;
      request.set_parent("incidents/i");
      if (!now) request.set_revision(then);
      actual = Ask(tx, exposures, request, &summary);
      if (const auto what_if = WhatIfOf(drawn)) {
        request.clear_parent();
        *request.mutable_what_if() = *what_if;
        v1::ExposureSummary unreported;
        EXPECT_EQ(Ask(tx, exposures, request, &unreported), actual) << "as a what-if";
        EXPECT_EQ(unreported.digest(), summary.digest());
        ++reached->what_ifs;
      }
      if (now) {
        EXPECT_EQ(AskForRecords(tx, exposures, everybody, reached),
                  ExpectRecords(drawn, everybody, reached));
        const Answer told = AskAboutEach(tx, exposures, everybody, summary.basis());
        EXPECT_EQ(told.exposed, actual.exposed) << "person by person";
        EXPECT_EQ(told.removed, actual.removed) << "person by person";
      }
      return absl::OkStatus();
    }));
    EXPECT_EQ(actual, expected) << (now ? "now" : "as of the first import");
    ExpectSame(summary, counts);
    answers.push_back(actual);
  }
  reached->late_changes += answers[0] != answers[1];
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
  EXPECT_GT(reached.cells, 2000);
  EXPECT_GT(reached.claimed, 200);
  EXPECT_GT(reached.named, 20);
  EXPECT_GT(reached.conditional, 50);
  EXPECT_GT(reached.staff, 20);
  EXPECT_GT(reached.unmatched, 50);
  EXPECT_GT(reached.emptied, 0);
  EXPECT_GT(reached.observed, 200);
  EXPECT_GT(reached.observed_upstream, 50);
  EXPECT_GT(reached.through_others, 100);
  EXPECT_GT(reached.deep, 100);
  EXPECT_GT(reached.cycles, 100);
  EXPECT_GT(reached.removed_cells, 100);
  EXPECT_GT(reached.removed_people, 10);
  EXPECT_GT(reached.disclosures, 500);
  EXPECT_GT(reached.disclosures_gone, 50);
  EXPECT_GT(reached.disclosures_stated, 300);
  EXPECT_GT(reached.undeclared, 50);
  EXPECT_GT(reached.partly_removed, 20);
  EXPECT_GT(reached.overruled, 20);
  EXPECT_GT(reached.carried, 20);
  EXPECT_GT(reached.late_changes, 50);
  EXPECT_GT(reached.unknown_start, 10);
  EXPECT_GT(reached.matched_later, 5);
  EXPECT_GT(reached.party_says_of_others, 5);
  EXPECT_GT(reached.kept_on_the_way, 20);
  EXPECT_GT(reached.removed_later, 0);
  EXPECT_GT(reached.what_ifs, 400);
}

}  // namespace
}  // namespace rollcall::testing
