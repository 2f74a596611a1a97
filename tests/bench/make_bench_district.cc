// Writes the district of the benchmark: a register for Rollcall and CSV files for its peers.
//
//   make_bench_district CATALOGUE OUT PEOPLE
//
// OUT/data/register.db is a data directory of rollcalld; OUT/*.csv have a header line each; OUT/ids
// has ids of a file of 300,000 people (or all) in no order, a few of which match nobody.

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/registry/catalog.h"
#include "server/roster/records.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"
#include "tests/bench/bench_district.h"
#include "tests/bench/bench_register.h"

namespace rollcall::bench {
namespace {

constexpr std::size_t kIds = 300'000;

// A CSV file of numbers.
class Table {
 public:
  Table(const std::string& folder, std::string_view name, std::string_view header)
      : file_(absl::StrCat(folder, "/", ToAbsl(name), ".csv")) {
    file_ << header << '\n';
  }

  template <typename... Values>
  void Row(const Values&... values) {
    line_.clear();
    (absl::StrAppend(&line_, values, ","), ...);
    line_.back() = '\n';
    file_ << line_;
  }

 private:
  std::ofstream file_;
  std::string line_;
};

google::type::Date DateOfDay(std::int32_t day) { return ToDate(FromDayNumber(day)); }

absl::Status PutPerson(WriteTx& tx, const Person& person) {
  const int kind = person.staff ? v1::SUBJECT_KIND_STAFF : v1::SUBJECT_KIND_STUDENT;
  const auto has = [&](int field) { return (person.populated & roster::FieldBit(field)) != 0; };
  RC_RETURN_IF_ERROR(InsertPerson(tx, person.id, kind));
  PersonFact fact;
  fact.person_id = person.id;
  fact.kind = kind;
  fact.current = person.current;
  fact.district_id = person.district_id;
  fact.source_id = absl::StrCat("s-", person.district_id);
  if (has(roster::kFieldStateId)) fact.state_id = absl::StrCat("9", person.district_id);
  fact.username = absl::StrCat("u", person.district_id);
  fact.given_name = absl::StrCat("Given", person.id % 997);
  fact.family_name = absl::StrCat("Family", person.id % 9973);
  fact.birth_date = 12000 + static_cast<std::int32_t>(person.id % 6000);
  if (has(roster::kFieldGender)) fact.gender = "female";
  if (has(roster::kFieldRace)) fact.race = "white";
  if (has(roster::kFieldBirthPlace)) fact.birth_place = "Springfield";
  if (has(roster::kFieldEmail)) fact.email = absl::StrCat(person.district_id, "@example.org");
  if (has(roster::kFieldPhone)) fact.phone = "555-0100";
  fact.known = person.known;
  // What follows from other rows is not told with the person.
  fact.populated =
      person.populated &
      ~(roster::FieldBit(roster::kFieldAddress) | roster::FieldBit(roster::kFieldLanguage) |
        roster::FieldBit(roster::kFieldSchool) | roster::FieldBit(roster::kFieldGrade) |
        roster::FieldBit(roster::kFieldProgramId));
  fact.content_hash = person.id;
  RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/false));
  for (const Stay& stay : person.stays) {
    EnrollmentRow row{person.id, stay.year, stay.school + 1, GradeWord(stay.grade), stay.first, {}};
    if (stay.last != kOpen) row.end = stay.last;
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, row, /*existed=*/false));
  }
  for (const ProgramStay& stay : person.programs) {
    ProgramRow row{person.id, ProgramWord(stay.program), stay.first, {}, ""};
    if (stay.last != kOpen) row.end = stay.last;
    if (stay.with_id) row.identifier = absl::StrCat("M", person.id);
    RC_RETURN_IF_ERROR(WriteProgramSpell(tx, row, /*existed=*/false));
  }
  if (has(roster::kFieldAddress)) {
    AddressRow address;
    address.person_id = person.id;
    address.line1 = absl::StrCat(person.id % 9000, " Elm St");
    address.city = "Springfield";
    RC_RETURN_IF_ERROR(SetAddress(tx, address).status());
  }
  if (person.language != 0) {
    RC_RETURN_IF_ERROR(SetLanguage(tx, person.id, LanguageWord(person.language)).status());
  }
  return absl::OkStatus();
}

absl::Status PutRoster(WriteTx& tx, const std::string& out, std::int64_t count,
                       std::vector<std::string>* ids) {
  Table people(out, "person",
               "id,kind,current,language,populated,empty,latest_school,latest_grade");
  Table stays(out, "enrollment", "person,year,school,grade,first,last");
  Table programs(out, "program_spell", "person,program,first,last");
  RC_RETURN_IF_ERROR(DropRosterIndexes(tx));
  for (int school = 0; school < kSchools; ++school) {
    RC_RETURN_IF_ERROR(
        InsertSchool(tx, {school + 1, SchoolName(school), absl::StrCat("school-", school),
                          absl::StrCat("School ", school)}));
  }
  People generator;
  for (std::int64_t i = 0; i < count; ++i) {
    const Person person = generator.Next();
    RC_RETURN_IF_ERROR(PutPerson(tx, person));
    people.Row(person.id, person.staff ? 2 : 1, person.current ? 1 : 0, person.language,
               person.populated, person.known & ~person.populated, person.latest().school,
               person.latest().grade);
    for (const Stay& stay : person.stays) {
      stays.Row(person.id, stay.year, stay.school, stay.grade, stay.first, stay.last);
    }
    for (const ProgramStay& stay : person.programs) {
      programs.Row(person.id, stay.program, stay.first, stay.last);
    }
    if (!person.staff && person.current) ids->push_back(person.district_id);
    if (!person.staff && !person.current && i % 8 == 0) ids->push_back(person.district_id);
  }
  RC_RETURN_IF_ERROR(CreateRosterIndexes(tx));
  RC_ASSIGN_OR_RETURN(const std::int64_t import, NextImportId(tx));
  return InsertImport(tx, import, "generated", "{}");
}

absl::Status PutVendors(WriteTx& tx, const std::vector<v1::DataElement>& elements,
                        const std::vector<Share>& shares) {
  for (v1::DataElement element : elements) {
    if (element.district_defined()) RC_RETURN_IF_ERROR(DataElementTable().Insert(tx, &element));
  }
  for (int i = 0; i < kVendors; ++i) {
    v1::Vendor vendor;
    vendor.set_name(VendorName(i));
    vendor.set_legal_name(absl::StrCat("Vendor ", i));
    vendor.set_kind(v1::VENDOR_KIND_OPERATOR);
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    v1::Contract contract;
    contract.set_name(absl::StrCat(vendor.name(), "/contracts/main"));
    contract.set_form(v1::CONTRACT_FORM_IL_NDPA);
    *contract.mutable_signed_date() = ToDate(absl::CivilDay(2018, 6, 1));
    *contract.mutable_effective_date() = ToDate(absl::CivilDay(2018, 6, 1));
    RC_RETURN_IF_ERROR(ContractTable().Insert(tx, &contract));
  }
  for (const Share& share : shares) {
    v1::Share record;
    record.set_name(ShareName(share));
    record.set_contract(absl::StrCat(VendorName(share.vendor), "/contracts/main"));
    for (const ShareElement& element : share.elements) {
      v1::SharedElement* shared = record.add_elements();
      shared->set_data_element(elements[static_cast<std::size_t>(element.element)].name());
      if (element.condition != 0) shared->set_condition_program(ProgramWord(element.condition));
    }
    v1::Population* population = record.mutable_population();
    population->set_subject(share.staff ? v1::SUBJECT_KIND_STAFF : v1::SUBJECT_KIND_STUDENT);
    for (const int year : share.years) population->add_school_years(year);
    for (const int school : share.schools) population->add_schools(SchoolName(school));
    for (const int grade : share.grades) population->add_grades(GradeWord(grade));
    for (const int program : share.programs) population->add_programs(ProgramWord(program));
    *record.mutable_start_date() = DateOfDay(share.first);
    if (share.last != kOpen) *record.mutable_end_date() = DateOfDay(share.last);
    RC_RETURN_IF_ERROR(ShareTable().Insert(tx, &record));
  }
  v1::Incident incident;
  incident.set_name("incidents/whole");
  incident.set_vendor(VendorName(0));
  incident.set_title("The whole district");
  incident.set_cause(v1::INCIDENT_CAUSE_ATTACK);
  *incident.mutable_window_start_date() = DateOfDay(Today() - 30);
  *incident.mutable_window_end_date() = DateOfDay(Today());
  *incident.mutable_district_received_date() = DateOfDay(Today());
  RC_RETURN_IF_ERROR(IncidentTable().Insert(tx, &incident));
  v1::Statement statement;
  statement.set_name("incidents/whole/statements/1");
  *statement.mutable_statement_date() = DateOfDay(Today());
  return StatementTable().Insert(tx, &statement);
}

void WriteVendors(const std::string& out, const std::vector<v1::DataElement>& elements,
                  const std::vector<Share>& shares) {
  Table element_table(out, "element", "id,subject,field,name");
  for (std::size_t i = 0; i < elements.size(); ++i) {
    element_table.Row(i, static_cast<int>(elements[i].subject()),
                      static_cast<int>(elements[i].roster_field()),
                      elements[i].name().substr(std::string_view("dataElements/").size()));
  }
  Table share_table(out, "share", "id,vendor,kind,first,last");
  Table years(out, "share_year", "share,year");
  Table schools(out, "share_school", "share,school");
  Table grades(out, "share_grade", "share,grade");
  Table programs(out, "share_program", "share,program");
  Table shared(out, "share_element", "share,element,condition");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    share_table.Row(i, share.vendor, share.staff ? 2 : 1, share.first, share.last);
    for (const int year : share.years) years.Row(i, year);
    for (const int school : share.schools) schools.Row(i, school);
    for (const int grade : share.grades) grades.Row(i, grade);
    for (const int program : share.programs) programs.Row(i, program);
    for (const ShareElement& element : share.elements) {
      shared.Row(i, element.element, element.condition);
    }
  }
}

void WriteIds(const std::string& out, std::vector<std::string> ids) {
  std::mt19937_64 random(7);
  std::shuffle(ids.begin(), ids.end(), random);
  ids.resize(std::min(ids.size(), kIds));
  for (std::size_t i = 0; i < ids.size(); i += 10'000) ids[i] = absl::StrCat("unknown-", i);
  std::ofstream(out + "/ids") << absl::StrJoin(ids, "\n") << '\n';
}

absl::Status Run(const std::string& catalogue, const std::string& out, std::int64_t people) {
  const absl::Time now = absl::FromCivil(FromDayNumber(Today()), absl::UTCTimeZone());
  mkdir(out.c_str(), 0755);
  mkdir((out + "/data").c_str(), 0700);
  RC_ASSIGN_OR_RETURN(const BenchRegister bench, OpenBenchRegister(out + "/data", now));
  const std::unique_ptr<Store>& store = bench.store;
  RC_ASSIGN_OR_RETURN(v1::CatalogFile catalog, registry::ReadCatalog(catalogue));
  const std::vector<v1::DataElement> elements = Elements(catalog);
  const std::vector<Share> shares = Shares(elements);
  RC_RETURN_IF_ERROR(registry::LoadCatalog(*store, now, std::move(catalog)).status());
  WriteVendors(out, elements, shares);
  const auto write = [&](absl::FunctionRef<absl::Status(WriteTx&)> body) {
    return store->Write({"benchmark", "benchmark", now, nullptr}, body);
  };
  std::vector<std::string> ids;
  RC_RETURN_IF_ERROR(write([&](WriteTx& tx) { return PutRoster(tx, out, people, &ids); }));
  RC_RETURN_IF_ERROR(write([&](WriteTx& tx) { return PutVendors(tx, elements, shares); }));
  WriteIds(out, std::move(ids));
  return absl::OkStatus();
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: make_bench_district CATALOGUE OUT PEOPLE\n");
    return 2;
  }
  const absl::Status status = rollcall::bench::Run(argv[1], argv[2], std::atoll(argv[3]));
  if (status.ok()) return 0;
  std::fprintf(stderr, "make_bench_district: %s\n", std::string(status.message()).c_str());
  return 1;
}
