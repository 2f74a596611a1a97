#include "server/roster/people.h"

#include <limits>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/registry/page_token.h"
#include "server/roster/person_number.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::roster {
namespace {

void SetDay(std::optional<std::int32_t> day, google::type::Date* (*mutable_date)(v1::Person*),
            v1::Person* person) {
  if (day) *mutable_date(person) = ToDate(FromDayNumber(*day));
}

absl::Status FillPerson(ReadTx& tx, const PersonFact& fact, v1::Person* person) {
  person->set_name(absl::StrCat("people/", fact.person_id));
  person->set_kind(static_cast<v1::SubjectKind>(fact.kind));
  person->set_current(fact.current);
  person->set_revision(fact.revision_from);
  person->set_erased(fact.erased);
  if (fact.erased) return absl::OkStatus();
  person->set_source_id(fact.source_id);
  person->set_district_id(fact.district_id);
  person->set_state_id(fact.state_id);
  person->set_given_name(fact.given_name);
  person->set_middle_name(fact.middle_name);
  person->set_family_name(fact.family_name);
  person->set_preferred_given_name(fact.preferred_given_name);
  person->set_preferred_family_name(fact.preferred_family_name);
  SetDay(
      fact.birth_date, [](v1::Person* p) { return p->mutable_birth_date(); }, person);
  person->set_gender(fact.gender);
  person->set_race(fact.race);
  person->set_birth_place(fact.birth_place);
  person->set_email(fact.email);
  person->set_phone(fact.phone);
  person->set_username(fact.username);
  RC_ASSIGN_OR_RETURN(*person->mutable_language(), LanguageOf(tx, fact.person_id));
  RC_ASSIGN_OR_RETURN(const std::optional<AddressRow> address, AddressOf(tx, fact.person_id));
  if (address) {
    v1::PostalAddress* to = person->mutable_address();
    for (const std::string& line : {address->line1, address->line2}) {
      if (!line.empty()) to->add_lines(line);
    }
    to->set_city(address->city);
    to->set_state(address->state);
    to->set_postal_code(address->postal_code);
    to->set_country(address->country);
  }
  RC_ASSIGN_OR_RETURN(const std::vector<std::int64_t> guardians, GuardiansOf(tx, fact.person_id));
  for (const std::int64_t guardian : guardians) {
    RC_ASSIGN_OR_RETURN(const PersonFact about, GetPersonFact(tx, guardian));
    v1::Guardian* row = person->add_guardians();
    row->set_person(absl::StrCat("people/", guardian));
    row->set_given_name(about.given_name);
    row->set_family_name(about.family_name);
    row->set_email(about.email);
    row->set_phone(about.phone);
  }
  return absl::OkStatus();
}

template <typename List>
absl::Status FillEnrollments(ReadTx& tx, std::int64_t person_id, List* list) {
  RC_ASSIGN_OR_RETURN(const std::vector<SchoolRow> schools, AllSchools(tx));
  std::unordered_map<std::int64_t, std::string> names;
  for (const SchoolRow& school : schools) names[school.school_id] = school.name;
  RC_ASSIGN_OR_RETURN(const std::vector<EnrollmentRow> rows, EnrollmentsOf(tx, person_id));
  for (const EnrollmentRow& row : rows) {
    v1::Enrollment* enrollment = list->Add();
    enrollment->set_school(names[row.school_id]);
    enrollment->set_school_year(row.school_year);
    enrollment->set_grade(row.grade);
    *enrollment->mutable_begin_date() = ToDate(FromDayNumber(row.begin));
    if (row.end) *enrollment->mutable_end_date() = ToDate(FromDayNumber(*row.end));
  }
  return absl::OkStatus();
}

template <typename List>
absl::Status FillProgramSpells(ReadTx& tx, std::int64_t person_id, List* list) {
  RC_ASSIGN_OR_RETURN(const std::vector<ProgramRow> rows, ProgramSpellsOf(tx, person_id));
  for (const ProgramRow& row : rows) {
    v1::ProgramSpell* spell = list->Add();
    spell->set_program(row.program);
    *spell->mutable_begin_date() = ToDate(FromDayNumber(row.begin));
    if (row.end) *spell->mutable_end_date() = ToDate(FromDayNumber(*row.end));
    spell->set_identifier(row.identifier);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> NumericKey(const registry::PagePosition& position,
                                        std::int64_t otherwise) {
  if (position.key.empty()) return otherwise;
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(position.key, &number)) {
    return InvalidField("page_token", "cannot be read; start again without a token");
  }
  return number;
}

}  // namespace

absl::Status GetPerson(ReadTx& tx, const v1::GetPersonRequest& request, v1::Person* response) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, PersonNumber(request.name(), "name"));
  const auto person_id = static_cast<std::int64_t>(number);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, person_id));
  RC_RETURN_IF_ERROR(FillPerson(tx, fact, response));
  if (fact.erased) return absl::OkStatus();
  RC_RETURN_IF_ERROR(FillEnrollments(tx, person_id, response->mutable_enrollments()));
  return FillProgramSpells(tx, person_id, response->mutable_program_spells());
}

absl::Status ListPeople(ReadTx& tx, const v1::ListPeopleRequest& request,
                        v1::ListPeopleResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  RC_ASSIGN_OR_RETURN(const std::int64_t after, NumericKey(position, 0));
  std::optional<bool> current;
  if (request.status() != v1::ROSTER_STATUS_UNSPECIFIED) {
    current = request.status() == v1::ROSTER_STATUS_CURRENT;
  }
  const std::size_t page_size = static_cast<std::size_t>(registry::PageSize(request));
  std::vector<PersonFact> facts;
  bool more = false;
  RC_RETURN_IF_ERROR(ListPersonFacts(tx, after, request.kind(), request.district_id(), current,
                                     [&](const PersonFact& fact) -> absl::StatusOr<bool> {
                                       if (facts.size() == page_size) {
                                         more = true;
                                         return false;
                                       }
                                       facts.push_back(fact);
                                       return true;
                                     }));
  for (const PersonFact& fact : facts) {
    RC_RETURN_IF_ERROR(FillPerson(tx, fact, response->add_people()));
  }
  if (more) {
    response->set_next_page_token(
        registry::MakePageToken(request, {absl::StrCat(facts.back().person_id), 0}));
  }
  return absl::OkStatus();
}

absl::Status ListEnrollments(ReadTx& tx, const v1::ListEnrollmentsRequest& request,
                             v1::ListEnrollmentsResponse* response) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, PersonNumber(request.parent(), "parent"));
  const auto person_id = static_cast<std::int64_t>(number);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, person_id));
  if (fact.erased) return absl::OkStatus();
  return FillEnrollments(tx, person_id, response->mutable_enrollments());
}

absl::Status ListProgramSpells(ReadTx& tx, const v1::ListProgramSpellsRequest& request,
                               v1::ListProgramSpellsResponse* response) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, PersonNumber(request.parent(), "parent"));
  const auto person_id = static_cast<std::int64_t>(number);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, person_id));
  if (fact.erased) return absl::OkStatus();
  return FillProgramSpells(tx, person_id, response->mutable_program_spells());
}

absl::Status ListSchools(ReadTx& tx, const v1::ListSchoolsRequest& request,
                         v1::ListSchoolsResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  RC_ASSIGN_OR_RETURN(const std::vector<SchoolRow> schools, AllSchools(tx));
  const int page_size = registry::PageSize(request);
  for (const SchoolRow& school : schools) {
    if (school.name <= position.key) continue;
    if (response->schools_size() == page_size) {
      response->set_next_page_token(
          registry::MakePageToken(request, {response->schools(page_size - 1).name(), 0}));
      break;
    }
    v1::School* row = response->add_schools();
    row->set_name(school.name);
    row->set_display_name(school.display_name);
    row->set_source_id(school.source_id);
  }
  return absl::OkStatus();
}

absl::Status GetRosterImport(ReadTx& tx, const v1::GetRosterImportRequest& request,
                             v1::RosterImport* response) {
  const std::optional<std::uint64_t> named = NumberAfter(request.name(), "rosterImports/");
  if (!named || *named < 1 || *named >= std::numeric_limits<std::int64_t>::max()) {
    return InvalidField("name", "must have the form rosterImports/{number}");
  }
  const auto number = static_cast<std::int64_t>(*named);
  bool found = false;
  RC_RETURN_IF_ERROR(ListImports(
      tx, number + 1, [&](std::int64_t import_id, std::string_view json) -> absl::StatusOr<bool> {
        if (import_id == number) {
          found = true;
          RC_RETURN_IF_ERROR(JsonToMessage(json, response));
        }
        return false;
      }));
  return found ? absl::OkStatus() : NotFound(request.name());
}

absl::Status ListRosterImports(ReadTx& tx, const v1::ListRosterImportsRequest& request,
                               v1::ListRosterImportsResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  RC_ASSIGN_OR_RETURN(const std::int64_t below, NumericKey(position, INT64_MAX));
  const int page_size = registry::PageSize(request);
  std::int64_t last = 0;
  return ListImports(
      tx, below, [&](std::int64_t import_id, std::string_view json) -> absl::StatusOr<bool> {
        if (response->roster_imports_size() == page_size) {
          response->set_next_page_token(registry::MakePageToken(request, {absl::StrCat(last), 0}));
          return false;
        }
        last = import_id;
        RC_RETURN_IF_ERROR(JsonToMessage(json, response->add_roster_imports()));
        return true;
      });
}

}  // namespace rollcall::roster
