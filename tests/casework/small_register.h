// A district of a handful of people whose every count can be checked by hand, with one vendor.
//
//   number name  status           stays                                  Medicaid         contact
//   1 5001 Ana   current student  2017-18 North 06, 2024-25 South 12     2018 guardian's
//                                                                                         e-mail
//   2 5002 Ben   current student  2024-25 North 06; birth date empty     -                address
//   3 5003 Cal   former student   2018-19 North 07                       2015 and 2016    own
//   e-mail 4 5004 Dee   former student   2015-16 North 05                       - address 5 5005
//   Eve   former student   2019-20 South 08                       2019 and on      none 6 7001 Tom
//   current staff    2024-25 North                          -                own e-mail
//
// The vendor `cleo` has two products. Under its contract `main`, product `tasks` gets, from
// 2017-07-01 on, name, birth date and number of all students, and the Medicaid number of those in
// Medicaid. Outside any contract, product `staffing` gets names of staff from 2024-07-01 on.
// The incident `breach` lasted from 2024-11-10 to 2024-12-31.

#ifndef ROLLCALL_TESTS_CASEWORK_SMALL_REGISTER_H_
#define ROLLCALL_TESTS_CASEWORK_SMALL_REGISTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/casework/cases.h"
#include "server/casework/clock.h"
#include "server/casework/exposures.h"
#include "server/casework/incidents.h"
#include "server/registry/collections.h"
#include "server/roster/records.h"
#include "tests/casework/register_fixture.h"

namespace rollcall::testing {

// A person as the roster's tables hold him or her.
struct PersonSpec {
  std::int64_t id = 0;
  v1::SubjectKind kind = v1::SUBJECT_KIND_STUDENT;
  bool current = false;
  std::string number = "";
  std::string name = "";
  std::string email = "";
  std::string address = "";
  bool birth_date = true;                 // Whether it is filled; the roster knows either way.
  std::vector<EnrollmentRow> stays = {};  // Without person_id.
  std::vector<ProgramRow> programs = {};  // Without person_id.
  std::vector<std::int64_t> guardians = {};
};

inline absl::Status PutPerson(WriteTx& tx, const PersonSpec& spec) {
  RC_RETURN_IF_ERROR(InsertPerson(tx, spec.id, spec.kind));
  PersonFact fact;
  fact.person_id = spec.id;
  fact.kind = spec.kind;
  fact.current = spec.current;
  fact.district_id = spec.number;
  fact.given_name = spec.name;
  fact.family_name = "Example";
  fact.email = spec.email;
  fact.known = roster::FieldBit(roster::kFieldName) | roster::FieldBit(roster::kFieldBirthDate) |
               roster::FieldBit(roster::kFieldDistrictId);
  fact.populated = fact.known;
  if (!spec.birth_date) fact.populated &= ~roster::FieldBit(roster::kFieldBirthDate);
  RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/false));
  for (EnrollmentRow stay : spec.stays) {
    stay.person_id = spec.id;
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, stay, /*existed=*/false));
  }
  for (ProgramRow spell : spec.programs) {
    spell.person_id = spec.id;
    RC_RETURN_IF_ERROR(WriteProgramSpell(tx, spell, /*existed=*/false));
  }
  if (!spec.address.empty()) {
    AddressRow address;
    address.person_id = spec.id;
    address.line1 = spec.address;
    RC_RETURN_IF_ERROR(SetAddress(tx, address).status());
  }
  return SetGuardians(tx, spec.id, spec.guardians, /*existed=*/false).status();
}

// What makes the roster's state a new one, as every import does.
inline absl::Status RecordImport(WriteTx& tx) {
  RC_ASSIGN_OR_RETURN(const std::int64_t id, NextImportId(tx));
  tx.NewRevision();
  return InsertImport(tx, id, "digest", "{}");
}

class SmallRegister : public Register {
 public:
  SmallRegister() {
    Must(Write([&](WriteTx& tx) { return PutDistrict(tx); }));
    PutVendor();
  }

  // The local time of a test.
  static casework::LocalTime On(int year, int month, int day) {
    return {absl::CivilDay(year, month, day), "America/Chicago",
            *casework::LoadZone("America/Chicago")};
  }

  v1::Statement State(std::string_view statement, const std::vector<std::string>& entries = {},
                      const std::string& incident = "incidents/breach") {
    v1::CreateStatementRequest request;
    request.set_parent(incident);
    *request.mutable_statement() = Parse<v1::Statement>(statement);
    for (const std::string& id : entries) request.add_entries()->set_id(id);
    return *State(request);
  }

  absl::StatusOr<v1::Statement> State(const v1::CreateStatementRequest& request) {
    v1::Statement response;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) {
      return casework::CreateStatement(tx, request, casework::EntriesOf(request), &response);
    }));
    return response;
  }

  v1::Incident GetIncident(absl::CivilDay day, const std::string& name = "incidents/breach") {
    v1::GetIncidentRequest request;
    request.set_name(name);
    v1::Incident incident;
    Must(Read([&](ReadTx& tx) {
      return registry::GetRecord(tx, casework::Incidents(), day, request, &incident);
    }));
    return incident;
  }

  v1::ExposureSummary Summary(const std::string& name = "incidents/breach",
                              std::int64_t revision = 0) {
    v1::ExposureSummary summary;
    Must(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto resolved,
                          exposures.Resolve(tx, {name, nullptr, revision, today()}));
      RC_ASSIGN_OR_RETURN(summary, casework::SummarizeExposure(tx, *resolved, false));
      return absl::OkStatus();
    }));
    return summary;
  }

  // `number: element element! ...` for each exposed person; `!` marks a confirmed element, and
  // `student.` and `dataElements/` are left out.
  std::vector<std::string> Exposed(const std::string& name = "incidents/breach",
                                   std::int64_t revision = 0) {
    std::vector<std::string> lines;
    Must(Read([&](ReadTx& tx) -> absl::Status {
      v1::ListExposedPeopleRequest request;
      request.set_parent(name);
      request.set_revision(revision);
      v1::ListExposedPeopleResponse response;
      RC_RETURN_IF_ERROR(casework::ListExposedPeople(tx, exposures, today(), request, &response));
      for (const v1::ExposedPerson& person : response.people()) {
        std::string line = person.person().substr(person.person().find('/') + 1) + ":";
        for (const v1::ExposedElement& element : person.elements()) {
          line += " " + Short(element);
        }
        lines.push_back(line);
      }
      return absl::OkStatus();
    }));
    return lines;
  }

  static std::string Short(const v1::ExposedElement& element) {
    std::string name = element.data_element();
    for (const std::string prefix : {"dataElements/", "student."}) {
      if (name.starts_with(prefix)) name.erase(0, prefix.size());
    }
    return name + (element.certainty() == v1::CERTAINTY_CONFIRMED ? "!" : "");
  }

  static void Must(const absl::Status& status) {
    if (status.ok()) return;
    ADD_FAILURE() << status.ToString();
    std::abort();
  }

  casework::Exposures exposures;

 private:
  static absl::Status PutDistrict(WriteTx& tx) {
    RC_RETURN_IF_ERROR(InsertSchool(tx, {1, "schools/100", "north", "North School"}));
    RC_RETURN_IF_ERROR(InsertSchool(tx, {2, "schools/200", "south", "South School"}));
    const auto stay = [](int year, std::int64_t school, const char* grade) {
      return EnrollmentRow{0, year, school, grade, DayOf(year - 1, 9, 1), DayOf(year, 6, 15)};
    };
    PersonSpec guardian{
        .id = 11, .kind = v1::SUBJECT_KIND_GUARDIAN, .name = "Gia", .email = "gia@x.org"};
    const std::vector<PersonSpec> people = {
        guardian,
        {.id = 1,
         .current = true,
         .number = "5001",
         .name = "Ana",
         .stays = {stay(2018, 1, "06"), stay(2025, 2, "12")},
         .programs = {{0, "medicaid", DayOf(2018, 1, 1), DayOf(2018, 12, 31), "M1"}},
         .guardians = {11}},
        {.id = 2,
         .current = true,
         .number = "5002",
         .name = "Ben",
         .address = "1 Elm St",
         .birth_date = false,
         .stays = {stay(2025, 1, "06")}},
        {.id = 3,
         .number = "5003",
         .name = "Cal",
         .email = "cal@x.org",
         .stays = {stay(2019, 1, "07")},
         .programs = {{0, "medicaid", DayOf(2015, 1, 1), DayOf(2016, 12, 31), "M3"}}},
        {.id = 4,
         .number = "5004",
         .name = "Dee",
         .address = "2 Elm St",
         .stays = {stay(2016, 1, "05")}},
        {.id = 5,
         .number = "5005",
         .name = "Eve",
         .stays = {stay(2020, 2, "08")},
         .programs = {{0, "medicaid", DayOf(2019, 1, 1), std::nullopt, "M5"}}},
        {.id = 6,
         .kind = v1::SUBJECT_KIND_STAFF,
         .current = true,
         .number = "7001",
         .name = "Tom",
         .email = "tom@x.org",
         .stays = {stay(2025, 1, "")}}};
    for (const PersonSpec& person : people) RC_RETURN_IF_ERROR(PutPerson(tx, person));
    return RecordImport(tx);
  }

  void PutVendor() {
    Must(Create<v1::Vendor>(registry::Vendors(), Parse<v1::CreateVendorRequest>(R"(
        vendor_id: "cleo" vendor { legal_name: "Cleo LLC" kind: VENDOR_KIND_OPERATOR })"))
             .status());
    for (const char* product : {"tasks", "staffing"}) {
      v1::CreateProductRequest request;
      request.set_parent("vendors/cleo");
      request.set_product_id(product);
      request.mutable_product()->set_display_name(product);
      Must(Create<v1::Product>(registry::Products(), request).status());
    }
    Must(Create<v1::Contract>(registry::Contracts(), Parse<v1::CreateContractRequest>(R"(
        parent: "vendors/cleo" contract_id: "main"
        contract { form: CONTRACT_FORM_IL_NDPA signed_date { year: 2017 month: 6 day: 1 } })"))
             .status());
    Must(Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
        parent: "vendors/cleo" share_id: "tasks"
        share {
          contract: "vendors/cleo/contracts/main" product: "vendors/cleo/products/tasks"
          elements { data_element: "dataElements/student.name" }
          elements { data_element: "dataElements/student.birth_date" }
          elements { data_element: "dataElements/student.local_id" }
          elements { data_element: "dataElements/student.medicaid_id"
                     condition_program: "medicaid" }
          population { subject: SUBJECT_KIND_STUDENT }
          start_date { year: 2017 month: 7 day: 1 }
        })"))
             .status());
    Must(Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
        parent: "vendors/cleo" share_id: "staffing"
        share {
          product: "vendors/cleo/products/staffing"
          elements { data_element: "dataElements/staff.name" }
          population { subject: SUBJECT_KIND_STAFF }
          start_date { year: 2024 month: 7 day: 1 }
        })"))
             .status());
    Must(Create<v1::Incident>(casework::Incidents(), Parse<v1::CreateIncidentRequest>(R"(
        incident_id: "breach"
        incident {
          vendor: "vendors/cleo" title: "Breach"
          window_start_date { year: 2024 month: 11 day: 10 }
          window_end_date { year: 2024 month: 12 day: 31 }
          vendor_learned_date { year: 2024 month: 12 day: 20 }
          vendor_confirmed_date { year: 2024 month: 12 day: 26 }
          vendor_notice_date { year: 2025 month: 2 day: 7 }
          district_received_date { year: 2025 month: 2 day: 8 }
        })"))
             .status());
  }
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CASEWORK_SMALL_REGISTER_H_
