#include "server/casework/exposures.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "server/casework/incidents.h"
#include "server/exposure/digest.h"
#include "server/exposure/filter.h"
#include "server/exposure/summary.h"
#include "server/registry/collections.h"
#include "server/registry/page_token.h"
#include "storage/register_tables.h"
#include "storage/statement_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

constexpr int kNamesInWarning = 8;

exposure::Day DayOr(bool set, const google::type::Date& date, exposure::Day otherwise) {
  return set ? ToDayNumber(ToCivilDay(date)) : otherwise;
}

std::string PersonName(std::uint64_t number) { return absl::StrCat("people/", number); }

// Names for a warning, at most a few of them.
std::string SomeOf(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(), names.begin() + std::min<std::ptrdiff_t>(kNamesInWarning, std::ssize(names)));
  std::string text = absl::StrJoin(shown, ", ");
  if (names.size() > shown.size()) {
    absl::StrAppend(&text, " and ", names.size() - shown.size(), " more");
  }
  return text;
}

// Gathers one question. Members are filled in the order of the methods.
class Gatherer {
 public:
  Gatherer(ReadTx& tx, std::int64_t revision, ResolvedExposure* out)
      : tx_(tx), revision_(revision), out_(*out) {}

  absl::Status Run() {
    RC_RETURN_IF_ERROR(ReadElements());
    ReadScope();
    RC_RETURN_IF_ERROR(ReadShares());
    RC_RETURN_IF_ERROR(ReadList());
    AddBasis();
    return absl::OkStatus();
  }

  // Things that only the answer shows.
  void AddWarnings() {
    const auto warn = [&](const std::string& text) { out_.basis.add_warnings(text); };
    if (out_.unmatched_entries > 0) {
      warn(absl::StrCat(out_.unmatched_entries,
                        " entries of the vendor's list match nobody in the roster; they are "
                        "listed under the statement and must be looked at"));
    }
    if (!out_.exposure.listed_without_cells.empty()) {
      warn(absl::StrCat(out_.exposure.listed_without_cells.size(),
                        " people on the vendor's list have no element left: neither the list nor "
                        "the statement nor a share names one that fits them"));
    }
    std::vector<std::string> unlisted;
    for (const std::uint16_t element : out_.question.statement_elements) {
      if (shared_elements_.count(element) == 0) unlisted.push_back(out_.element_names[element]);
    }
    if (!unlisted.empty()) {
      warn(absl::StrCat("the statement names elements that no share of the vendor lists: ",
                        SomeOf(unlisted)));
    }
    if (!outside_contract_.empty()) {
      warn(absl::StrCat("shares outside any contract: ", SomeOf(outside_contract_)));
    }
    if (out_.question.shares.empty() && out_.question.claimed.empty()) {
      warn(
          "the register has no share of this vendor within the statement, and no list is "
          "attached: the register cannot tell who is affected");
    } else if (out_.exposure.ordinals.empty()) {
      warn(
          "no person in the roster matches: check the shares' populations and the statement's "
          "school years");
    }
    if (!out_.incident.has_window_end_date()) {
      warn("the window of the compromise has no end: no share is cut off");
    }
  }

 private:
  absl::Status ReadElements() {
    v1::DataElement scratch;
    return DataElementTable().List(
        tx_, "", "", revision_, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
          const auto& element = dynamic_cast<const v1::DataElement&>(record);
          exposure::ElementInfo info;
          info.subject = static_cast<exposure::SubjectKind>(element.subject());
          info.roster_field = static_cast<std::uint8_t>(element.roster_field());
          element_numbers_[element.name()] =
              static_cast<std::uint16_t>(out_.question.elements.size());
          out_.question.elements.push_back(info);
          out_.element_names.push_back(element.name());
          std::string label = element.name();
          for (const v1::LocalizedText& text : element.labels()) {
            if (text.language_code() == "en") label = text.text();
          }
          out_.element_labels.push_back(label);
          return true;
        });
  }

  absl::StatusOr<std::uint16_t> ElementNumber(const std::string& name) const {
    const auto found = element_numbers_.find(name);
    if (found != element_numbers_.end()) return found->second;
    return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                     absl::StrCat(name, " is not in the catalogue at that revision"));
  }

  void ReadScope() {
    exposure::Question& question = out_.question;
    question.window_last = DayOr(out_.incident.has_window_end_date(),
                                 out_.incident.window_end_date(), exposure::kMaxDay);
    for (const int year : out_.statement.school_years()) {
      question.scope.school_years.push_back(static_cast<std::int16_t>(year));
    }
    question.scope.limit_to_list = out_.statement.list_use() == v1::LIST_USE_LIMITS;
  }

  bool InScope(const v1::Share& share) const {
    if (out_.statement.products().empty() || share.product().empty()) return true;
    const auto& products = out_.statement.products();
    return std::find(products.begin(), products.end(), share.product()) != products.end();
  }

  absl::Status ReadShares() {
    for (const std::string& name : out_.statement.data_elements()) {
      RC_ASSIGN_OR_RETURN(const std::uint16_t element, ElementNumber(name));
      out_.question.statement_elements.push_back(element);
      out_.question.scope.elements.push_back(element);
    }
    std::vector<v1::Share> shares;
    v1::Share scratch;
    RC_RETURN_IF_ERROR(ShareTable().List(tx_, out_.incident.vendor(), "", revision_, &scratch,
                                         [&](const Message& record) -> absl::StatusOr<bool> {
                                           const auto& share =
                                               dynamic_cast<const v1::Share&>(record);
                                           if (InScope(share)) shares.push_back(share);
                                           return true;
                                         }));
    for (const v1::Share& share : shares) RC_RETURN_IF_ERROR(AddShare(share));
    return absl::OkStatus();
  }

  absl::Status AddShare(const v1::Share& share) {
    const roster::RosterWorld& roster = *out_.roster;
    exposure::DeclaredShare declared;
    declared.share = static_cast<std::uint32_t>(out_.share_names.size());
    declared.period = {ToDayNumber(ToCivilDay(share.start_date())),
                       DayOr(share.has_end_date(), share.end_date(), exposure::kMaxDay)};
    const v1::Population& population = share.population();
    declared.population.subject = static_cast<exposure::SubjectKind>(population.subject());
    declared.population.dates = {
        DayOr(population.has_from_date(), population.from_date(), exposure::kMinDay),
        DayOr(population.has_to_date(), population.to_date(), exposure::kMaxDay)};
    for (const int year : population.school_years()) {
      declared.population.school_years.push_back(static_cast<std::int16_t>(year));
    }
    for (const std::string& school : population.schools()) {
      declared.population.schools.push_back(roster.schools.Find(school));
    }
    for (const std::string& grade : population.grades()) {
      declared.population.grades.push_back(roster.grades.Find(grade));
    }
    for (const std::string& program : population.programs()) {
      declared.population.programs.push_back(roster.programs.Find(program));
    }
    for (const v1::SharedElement& element : share.elements()) {
      exposure::SharedElement shared;
      RC_ASSIGN_OR_RETURN(shared.element, ElementNumber(element.data_element()));
      if (!element.condition_program().empty()) {
        shared.condition_program = roster.programs.Find(element.condition_program());
      }
      shared_elements_.insert(shared.element);
      declared.elements.push_back(shared);
    }
    if (share.contract().empty()) outside_contract_.push_back(share.name());
    out_.share_names.push_back(share.name());
    out_.question.shares.push_back(std::move(declared));
    return absl::OkStatus();
  }

  absl::Status ReadList() {
    if (out_.statement.list_entries() == 0) return absl::OkStatus();
    return ForEachEntryMatch(
        tx_, out_.statement.name(), out_.statement.list_id_kind(), out_.statement.list_subject(),
        revision_, [&](const EntryMatch& match) -> absl::Status {
          if (match.person_id == 0) {
            ++out_.unmatched_entries;
            return absl::OkStatus();
          }
          const auto ordinal =
              out_.roster->world->OrdinalOf(static_cast<std::uint64_t>(match.person_id));
          if (!ordinal) return absl::InternalError("a listed person is missing from the world");
          exposure::ClaimedPerson claimed;
          claimed.ordinal = *ordinal;
          for (const std::string& name : match.data_elements) {
            RC_ASSIGN_OR_RETURN(const std::uint16_t element, ElementNumber(name));
            claimed.elements.push_back(element);
          }
          out_.question.claimed.push_back(std::move(claimed));
          return absl::OkStatus();
        });
  }

  void AddBasis() {
    v1::ExposureBasis& basis = out_.basis;
    basis.set_incident(out_.incident.name());
    basis.set_statement(out_.statement.name());
    basis.set_revision(revision_);
    if (out_.incident.has_window_start_date()) {
      *basis.mutable_window_start_date() = out_.incident.window_start_date();
    }
    if (out_.incident.has_window_end_date()) {
      *basis.mutable_window_end_date() = out_.incident.window_end_date();
    }
    for (const std::string& share : out_.share_names) basis.add_shares(share);
  }

  ReadTx& tx_;
  const std::int64_t revision_;
  ResolvedExposure& out_;
  std::unordered_map<std::string, std::uint16_t> element_numbers_;
  std::set<std::uint16_t> shared_elements_;
  std::vector<std::string> outside_contract_;
};

// Reads the incident and the statement that a name stands for.
absl::Status ReadSubject(ReadTx& tx, std::string_view name, std::int64_t revision,
                         ResolvedExposure* out) {
  if (registry::CheckName(Statements(), name, "name").ok()) {
    RC_RETURN_IF_ERROR(StatementTable().Get(tx, name, revision, &out->statement));
    return IncidentTable().Get(tx, ParentName(name), revision, &out->incident);
  }
  if (!registry::CheckName(Incidents(), name, "name").ok()) {
    return InvalidField("name",
                        "must have the form incidents/{incident} or "
                        "incidents/{incident}/statements/{number}");
  }
  RC_RETURN_IF_ERROR(IncidentTable().Get(tx, name, revision, &out->incident));
  v1::Statement scratch;
  int newest = 0;
  RC_RETURN_IF_ERROR(StatementTable().List(
      tx, name, "", revision, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const int number = StatementNumber(StringField(record, "name"));
        if (number > newest) {
          newest = number;
          out->statement.CopyFrom(record);
        }
        return true;
      }));
  if (newest > 0) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, "NO_STATEMENT",
                   absl::StrCat(ToAbsl(name),
                                " has no statement yet; record what the vendor said, even if it "
                                "limits nothing"),
                   {{"resource", std::string(name)}});
}

void AddRow(google::protobuf::RepeatedPtrField<v1::CountRow>* rows, const std::string& key,
            const std::string& label, std::uint64_t people) {
  v1::CountRow* row = rows->Add();
  row->set_key(key);
  row->set_label(label);
  row->set_people(static_cast<std::int64_t>(people));
}

std::string SchoolYearLabel(int year) {
  return absl::StrCat(year - 1, "-", absl::Dec(year % 100, absl::kZeroPad2));
}

void FillCounts(const ResolvedExposure& resolved, const exposure::Summary& counts,
                v1::ExposureSummary* summary) {
  const roster::RosterWorld& roster = *resolved.roster;
  for (const auto& count : counts.by_school) {
    const std::string& name = roster.schools.WordOf(count.code);
    const auto label = roster.school_names.find(name);
    AddRow(summary->mutable_by_school(), name,
           label == roster.school_names.end() ? name : label->second, count.people);
  }
  if (counts.no_school > 0) {
    AddRow(summary->mutable_by_school(), "", "no enrollment known", counts.no_school);
  }
  for (const auto& count : counts.by_grade) {
    const std::string grade = count.code == 0 ? "" : roster.grades.WordOf(count.code);
    AddRow(summary->mutable_by_grade(), grade, grade.empty() ? "not stated" : grade, count.people);
  }
  for (const auto& count : counts.by_school_year) {
    AddRow(summary->mutable_by_school_year(), absl::StrCat(count.school_year),
           SchoolYearLabel(count.school_year), count.people);
  }
  for (const auto& count : counts.by_language) {
    const std::string language = count.code == 0 ? "" : roster.languages.WordOf(count.code);
    AddRow(summary->mutable_by_language(), language, language.empty() ? "not known" : language,
           count.people);
  }
  for (const auto& count : counts.by_program) {
    const std::string& program = roster.programs.WordOf(count.code);
    AddRow(summary->mutable_by_program(), program, program, count.people);
  }
  if (counts.people_confirmed > 0) {
    AddRow(summary->mutable_by_certainty(), "CONFIRMED", "named by the vendor's list",
           counts.people_confirmed);
  }
  if (counts.people_believed > 0) {
    AddRow(summary->mutable_by_certainty(), "BELIEVED", "covered by a share",
           counts.people_believed);
  }
}

}  // namespace

absl::StatusOr<ResolvedExposure> ResolveExposure(ReadTx& tx, roster::WorldCache& worlds,
                                                 std::string_view name, std::int64_t revision) {
  if (revision < 0 || revision > tx.revision()) {
    return InvalidField("revision", absl::StrCat("must be 0 or a revision up to ", tx.revision()));
  }
  if (revision == 0) revision = tx.revision();
  ResolvedExposure resolved;
  RC_RETURN_IF_ERROR(ReadSubject(tx, name, revision, &resolved));
  RC_ASSIGN_OR_RETURN(resolved.roster, worlds.Get(tx, revision));
  Gatherer gatherer(tx, revision, &resolved);
  RC_RETURN_IF_ERROR(gatherer.Run());
  RC_ASSIGN_OR_RETURN(resolved.exposure,
                      exposure::Enumerate(*resolved.roster->world, resolved.question));
  gatherer.AddWarnings();
  return resolved;
}

v1::ExposureSet SetMessage(const ResolvedExposure& resolved, const exposure::ElementSet& set) {
  v1::ExposureSet message;
  for (const exposure::Cell& cell : set.cells) {
    v1::ExposedElement* element = message.add_elements();
    element->set_data_element(resolved.element_names[cell.element]);
    element->set_certainty(static_cast<v1::Certainty>(cell.certainty));
    for (const exposure::Reason& reason : cell.reasons) {
      v1::ExposureReason* row = element->add_reasons();
      row->set_kind(static_cast<v1::ReasonKind>(reason.kind));
      if (reason.kind == exposure::ReasonKind::kDeclared) {
        row->set_share(resolved.share_names[reason.share]);
      }
    }
  }
  return message;
}

absl::StatusOr<std::string> ExposureDigest(const ResolvedExposure& resolved) {
  // The format names elements by their ids.
  std::vector<std::string> ids;
  ids.reserve(resolved.element_names.size());
  for (const std::string& name : resolved.element_names) {
    ids.push_back(name.substr(name.find('/') + 1));
  }
  RC_ASSIGN_OR_RETURN(const exposure::Digest digest,
                      exposure::DigestOf(*resolved.roster->world, resolved.exposure, ids));
  return exposure::ToHex(digest);
}

absl::StatusOr<v1::ExposureSummary> SummarizeExposure(const ResolvedExposure& resolved) {
  const exposure::World& world = *resolved.roster->world;
  const exposure::Summary counts = exposure::Summarize(world, resolved.exposure, resolved.question);
  v1::ExposureSummary summary;
  *summary.mutable_basis() = resolved.basis;
  summary.set_people(static_cast<std::int64_t>(counts.people));
  summary.set_cells(static_cast<std::int64_t>(counts.cells));
  summary.set_current_students(static_cast<std::int64_t>(counts.current_students));
  summary.set_former_students(static_cast<std::int64_t>(counts.former_students));
  summary.set_current_staff(static_cast<std::int64_t>(counts.current_staff));
  summary.set_former_staff(static_cast<std::int64_t>(counts.former_staff));
  for (const exposure::ElementCount& count : counts.by_element) {
    v1::ElementCount* row = summary.add_by_element();
    row->set_data_element(resolved.element_names[count.element]);
    row->set_label(resolved.element_labels[count.element]);
    row->set_people(static_cast<std::int64_t>(count.people));
    row->set_populated(static_cast<std::int64_t>(count.populated));
    row->set_confirmed(static_cast<std::int64_t>(count.confirmed));
  }
  FillCounts(resolved, counts, &summary);
  summary.set_unmatched_entries(resolved.unmatched_entries);
  summary.set_enrollment(world.current_students());
  if (world.current_students() > 0) {
    summary.set_share_of_enrollment(static_cast<double>(counts.current_students) /
                                    static_cast<double>(world.current_students()));
  }
  for (const exposure::Tier& tier : counts.tiers) {
    v1::ExposureTier* row = summary.add_tiers();
    for (const std::uint16_t element : tier.elements) {
      row->add_data_elements(resolved.element_names[element]);
    }
    row->set_people(static_cast<std::int64_t>(tier.people));
  }
  RC_ASSIGN_OR_RETURN(*summary.mutable_digest(), ExposureDigest(resolved));
  return summary;
}

absl::Status DescribePerson(ReadTx& tx, const ResolvedExposure& resolved, std::size_t row,
                            v1::ExposedPerson* person) {
  const exposure::World& world = *resolved.roster->world;
  const std::uint32_t ordinal = resolved.exposure.ordinals[row];
  const std::uint64_t number = world.id(ordinal);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, static_cast<std::int64_t>(number)));
  person->set_person(PersonName(number));
  person->set_kind(static_cast<v1::SubjectKind>(world.kind(ordinal)));
  person->set_current(world.current(ordinal));
  person->set_district_id(fact.district_id);
  person->set_given_name(fact.given_name);
  person->set_family_name(fact.family_name);
  if (const exposure::EnrollmentSpell* latest = world.latest_enrollment(ordinal)) {
    person->set_school(resolved.roster->schools.WordOf(latest->school));
    if (latest->grade != 0) person->set_grade(resolved.roster->grades.WordOf(latest->grade));
  }
  return absl::OkStatus();
}

absl::Status ListExposedPeople(ReadTx& tx, roster::WorldCache& worlds,
                               const v1::ListExposedPeopleRequest& request,
                               v1::ListExposedPeopleResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  const std::int64_t revision = position.revision > 0 ? position.revision : request.revision();
  RC_ASSIGN_OR_RETURN(const ResolvedExposure resolved,
                      ResolveExposure(tx, worlds, request.parent(), revision));
  exposure::Filter filter;
  const v1::ExposureFilter& wanted = request.filter();
  if (!wanted.data_element().empty()) {
    const auto& names = resolved.element_names;
    const auto found = std::find(names.begin(), names.end(), wanted.data_element());
    if (found == names.end()) return NotFound(wanted.data_element());
    filter.element = static_cast<std::uint16_t>(found - names.begin());
  }
  if (!wanted.school().empty()) filter.school = resolved.roster->schools.Find(wanted.school());
  if (wanted.status() != v1::ROSTER_STATUS_UNSPECIFIED) {
    filter.current = wanted.status() == v1::ROSTER_STATUS_CURRENT;
  }
  if (wanted.kind() != v1::SUBJECT_KIND_UNSPECIFIED) {
    filter.kind = static_cast<exposure::SubjectKind>(wanted.kind());
  }
  if (wanted.certainty() != v1::CERTAINTY_UNSPECIFIED) {
    filter.certainty = static_cast<exposure::Certainty>(wanted.certainty());
  }
  std::optional<std::uint64_t> after;
  if (!position.key.empty()) {
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(position.key, &number)) {
      return InvalidField("page_token", "cannot be read; start again without a token");
    }
    after = number;
  }
  const exposure::World& world = *resolved.roster->world;
  const exposure::Page page =
      exposure::PageOf(world, resolved.exposure, filter, after,
                       static_cast<std::size_t>(registry::PageSize(request)));
  for (const std::uint32_t row : page.rows) {
    v1::ExposedPerson* person = response->add_people();
    RC_RETURN_IF_ERROR(DescribePerson(tx, resolved, row, person));
    v1::ExposureSet set =
        SetMessage(resolved, resolved.exposure.sets[resolved.exposure.set_of[row]]);
    person->mutable_elements()->Swap(set.mutable_elements());
  }
  if (page.more) {
    response->set_next_page_token(registry::MakePageToken(
        request,
        {absl::StrCat(PersonNumber(resolved, page.rows.back())), resolved.basis.revision()}));
  }
  response->set_total_size(
      static_cast<std::int64_t>(exposure::CountChosen(world, resolved.exposure, filter)));
  *response->mutable_basis() = resolved.basis;
  return absl::OkStatus();
}

}  // namespace rollcall::casework
