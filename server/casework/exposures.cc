#include "server/casework/exposures.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/casework/exposure_words.h"
#include "server/casework/incidents.h"
#include "server/exposure/summary.h"
#include "server/registry/collections.h"
#include "server/registry/page_token.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

std::string PersonName(std::uint64_t number) { return absl::StrCat("people/", number); }

// Makes up an incident at a vendor on one day.
absl::Status ReadVendor(ReadTx& tx, const std::string& vendor, const ExposureSubject& subject,
                        std::int64_t revision, v1::Incident* incident) {
  v1::Vendor record;
  RC_RETURN_IF_ERROR(VendorTable().Get(tx, vendor, revision, &record));
  incident->set_vendor(vendor);
  *incident->mutable_window_start_date() = ToDate(subject.today);
  *incident->mutable_window_end_date() = incident->window_start_date();
  return absl::OkStatus();
}

absl::Status ReadWhatIf(ReadTx& tx, const v1::WhatIf& what_if, std::int64_t revision,
                        v1::Incident* incident, v1::Statement* statement) {
  RC_RETURN_IF_ERROR(registry::CheckName(registry::Vendors(), what_if.vendor(), "what_if.vendor"));
  v1::Vendor record;
  RC_RETURN_IF_ERROR(VendorTable().Get(tx, what_if.vendor(), revision, &record));
  incident->set_vendor(what_if.vendor());
  if (what_if.has_window_start_date()) {
    *incident->mutable_window_start_date() = what_if.window_start_date();
  }
  if (what_if.has_window_end_date()) {
    *incident->mutable_window_end_date() = what_if.window_end_date();
  }
  if (what_if.has_window_start_date() && what_if.has_window_end_date() &&
      ToCivilDay(what_if.window_end_date()) < ToCivilDay(what_if.window_start_date())) {
    return InvalidField("what_if.window_end_date",
                        "is before window_start_date: the window ends before it starts");
  }
  for (int i = 0; i < what_if.products_size(); ++i) {
    if (ParentName(what_if.products(i)) == what_if.vendor()) continue;
    return InvalidField(absl::StrCat("what_if.products[", i, "]"),
                        absl::StrCat("is not a product of ", what_if.vendor()));
  }
  *statement->mutable_products() = what_if.products();
  *statement->mutable_shares() = what_if.shares();
  *statement->mutable_data_elements() = what_if.data_elements();
  *statement->mutable_school_years() = what_if.school_years();
  statement->set_list_use(what_if.list_use());
  statement->set_list_id_kind(what_if.id_kind());
  statement->set_list_subject(what_if.subject());
  if (what_if.ids().empty() && what_if.list_use() != v1::LIST_USE_UNSPECIFIED) {
    return InvalidField("what_if.list_use", "is set but no ids are given");
  }
  return absl::OkStatus();
}

// Reads or makes up the incident and the statement that a subject stands for.
absl::Status ReadSubject(ReadTx& tx, const ExposureSubject& subject, std::int64_t revision,
                         v1::Incident* incident, v1::Statement* statement) {
  const std::string& name = subject.name;
  if (name.empty() == (subject.what_if == nullptr)) {
    return InvalidField("name", "name either something to ask about or a what_if, not both");
  }
  if (subject.what_if != nullptr) {
    return ReadWhatIf(tx, *subject.what_if, revision, incident, statement);
  }
  if (registry::CheckName(Statements(), name, "name").ok()) {
    RC_RETURN_IF_ERROR(StatementTable().Get(tx, name, revision, statement));
    return IncidentTable().Get(tx, ParentName(name), revision, incident);
  }
  if (registry::CheckName(Incidents(), name, "name").ok()) {
    RC_RETURN_IF_ERROR(IncidentTable().Get(tx, name, revision, incident));
    return ReadNewestStatement(tx, name, revision, statement);
  }
  if (registry::CheckName(registry::Vendors(), name, "name").ok()) {
    return ReadVendor(tx, name, subject, revision, incident);
  }
  if (registry::CheckName(registry::Products(), name, "name").ok()) {
    v1::Product product;
    RC_RETURN_IF_ERROR(ProductTable().Get(tx, name, revision, &product));
    statement->add_products(name);
    return ReadVendor(tx, std::string(ParentName(name)), subject, revision, incident);
  }
  return InvalidField("name",
                      "must have the form incidents/{incident}, "
                      "incidents/{incident}/statements/{number}, vendors/{vendor} or "
                      "vendors/{vendor}/products/{product}");
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
  const roster::RosterWorld& roster = *resolved.ground.roster;
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
    AddRow(summary->mutable_by_certainty(), "CONFIRMED",
           "named by the vendor's list or a file sent", counts.people_confirmed);
  }
  if (counts.people_believed > 0) {
    AddRow(summary->mutable_by_certainty(), "BELIEVED", "covered by a share",
           counts.people_believed);
  }
}

void FillSchoolElements(const ResolvedExposure& resolved, const exposure::Summary& counts,
                        v1::SchoolElementCounts* table) {
  if (counts.by_school_and_element.empty()) return;
  std::vector<int> column(resolved.catalogue().names.size(), -1);
  for (const exposure::ElementCount& count : counts.by_element) {
    if (count.people == 0) continue;
    column[count.element] = table->data_elements_size();
    table->add_data_elements(resolved.catalogue().names[count.element]);
  }
  // Rows are in the order of names, which need not be that of codes.
  std::vector<std::pair<std::string, std::uint16_t>> schools;
  for (const exposure::CodeCount& count : counts.by_school) {
    schools.emplace_back(resolved.ground.roster->schools.WordOf(count.code), count.code);
  }
  std::sort(schools.begin(), schools.end());
  std::vector<int> row(resolved.world().school_limit(), -1);
  for (const auto& [name, code] : schools) {
    row[code] = table->schools_size();
    table->add_schools(name);
  }
  table->mutable_people()->Resize(table->schools_size() * table->data_elements_size(), 0);
  for (const exposure::SchoolElementCount& count : counts.by_school_and_element) {
    table->set_people(row[count.school] * table->data_elements_size() + column[count.element],
                      static_cast<std::int64_t>(count.people));
  }
}

absl::StatusOr<exposure::Filter> ReadFilter(const ResolvedExposure& resolved,
                                            const v1::ExposureFilter& wanted) {
  exposure::Filter filter;
  if (!wanted.data_element().empty()) {
    const auto found = resolved.catalogue().numbers.find(wanted.data_element());
    if (found == resolved.catalogue().numbers.end()) return NotFound(wanted.data_element());
    filter.element = found->second;
  }
  if (!wanted.school().empty()) {
    filter.school = resolved.ground.roster->schools.Find(wanted.school());
  }
  if (wanted.status() != v1::ROSTER_STATUS_UNSPECIFIED) {
    filter.current = wanted.status() == v1::ROSTER_STATUS_CURRENT;
  }
  if (wanted.kind() != v1::SUBJECT_KIND_UNSPECIFIED) {
    filter.kind = static_cast<exposure::SubjectKind>(wanted.kind());
  }
  if (wanted.certainty() != v1::CERTAINTY_UNSPECIFIED) {
    filter.certainty = static_cast<exposure::Certainty>(wanted.certainty());
  }
  filter.removed_people = wanted.removed_people();
  if (filter.removed_people && filter.certainty.has_value()) {
    return InvalidField("filter.certainty",
                        "says nothing of removed people; leave one of them out");
  }
  return filter;
}

}  // namespace

// --- One exposure ------------------------------------------------------------------------------

const exposure::PeopleById& ComputedExposure::people_by_id() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!people_by_id_) {
    people_by_id_ = exposure::SortById(*world_, exposure_.ordinals, exposure_.set_of);
  }
  return *people_by_id_;
}

exposure::ExposureColumns ComputedExposure::Columns() const {
  const exposure::PeopleById& people = people_by_id();
  return {people.ids, people.set_of, exposure_.sets, catalogue_->ids};
}

absl::StatusOr<exposure::SaltKey> ComputedExposure::SaltKey(std::string_view secret) const {
  const exposure::ExposureColumns columns = Columns();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!salt_key_) {
    RC_ASSIGN_OR_RETURN(const exposure::Digest content, exposure::ContentHashOf(columns));
    RC_ASSIGN_OR_RETURN(salt_key_, exposure::SaltKeyFrom(secret, content));
  }
  return *salt_key_;
}

absl::StatusOr<exposure::ExposureDigest> ComputedExposure::Digest(std::string_view secret) const {
  RC_ASSIGN_OR_RETURN(const exposure::SaltKey key, SaltKey(secret));
  const exposure::ExposureColumns columns = Columns();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!digest_) {
    RC_ASSIGN_OR_RETURN(digest_, exposure::DigestOf(columns, key));
  }
  return *digest_;
}

absl::StatusOr<exposure::ExposureProof> ComputedExposure::Proof(std::string_view secret,
                                                                std::uint64_t person) const {
  RC_ASSIGN_OR_RETURN(const exposure::SaltKey key, SaltKey(secret));
  return exposure::ProofOf(Columns(), key, person);
}

std::size_t ComputedExposure::bytes() const {
  return exposure_.ordinals.capacity() * 2 * sizeof(std::uint32_t) +
         exposure_.people.capacity() * sizeof(exposure::Word) +
         exposure_.runs.capacity() * sizeof(exposure::PeopleRun) +
         exposure_.removed.ordinals.capacity() * 2 * sizeof(std::uint32_t) +
         exposure_.ordinals.size() * (sizeof(std::uint64_t) + sizeof(std::uint32_t));
}

// --- Resolving ---------------------------------------------------------------------------------

absl::Status ReadNewestStatement(ReadTx& tx, std::string_view incident, std::int64_t revision,
                                 v1::Statement* statement) {
  v1::Statement scratch;
  int newest = 0;
  RC_RETURN_IF_ERROR(StatementTable().List(
      tx, incident, "", revision, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const int number = StatementNumber(StringField(record, "name"));
        if (number > newest) {
          newest = number;
          statement->CopyFrom(record);
        }
        return true;
      }));
  if (newest > 0) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, "NO_STATEMENT",
                   absl::StrCat(ToAbsl(incident),
                                " has no statement yet; record what the vendor said, even if it "
                                "limits nothing"),
                   {{"resource", std::string(incident)}});
}

absl::StatusOr<ExposureGround> Exposures::Ground(ReadTx& tx, std::int64_t revision) {
  if (revision < 0 || revision > tx.revision()) {
    return InvalidField("revision", absl::StrCat("must be 0 or a revision up to ", tx.revision()));
  }
  ExposureGround ground;
  ground.revision = revision == 0 ? tx.revision() : revision;
  RC_ASSIGN_OR_RETURN(ground.roster, worlds_.Get(tx, ground.revision));
  RC_ASSIGN_OR_RETURN(ground.facts, facts_.Get(tx, ground.revision));
  ground.ids = &ids_;
  return ground;
}

absl::StatusOr<std::shared_ptr<const ResolvedExposure>> Exposures::Resolve(
    ReadTx& tx, const ExposureSubject& subject) {
  auto resolved = std::make_shared<ResolvedExposure>();
  RC_ASSIGN_OR_RETURN(resolved->ground, Ground(tx, subject.revision));
  const std::string what_if =
      subject.what_if == nullptr ? std::string() : subject.what_if->SerializeAsString();
  Kept kept;
  kept.key = absl::StrCat(resolved->ground.revision, " ", DateText(ToDate(subject.today)), " ",
                          subject.name, "\n", what_if);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto found = kept_.begin(); found != kept_.end(); ++found) {
      if (found->key != kept.key) continue;
      kept_.splice(kept_.begin(), kept_, found);
      return kept_.front().resolved;
    }
  }
  RC_RETURN_IF_ERROR(ReadSubject(tx, subject, resolved->ground.revision, &resolved->incident,
                                 &resolved->statement));
  RC_ASSIGN_OR_RETURN(resolved->gathered, GatherQuestion(tx, resolved->ground, resolved->incident,
                                                         resolved->statement, subject.what_if));
  // Roster and catalogue are the same if they are the same objects, which what is kept holds.
  kept.substance = absl::StrCat(
      absl::Hex(reinterpret_cast<std::uintptr_t>(resolved->ground.roster.get())), " ",
      absl::Hex(reinterpret_cast<std::uintptr_t>(resolved->ground.facts->catalogue.get())), "\n",
      resolved->incident.vendor(), " ", DateText(resolved->incident.window_start_date()), " ",
      DateText(resolved->incident.window_end_date()), "\n", resolved->statement.SerializeAsString(),
      "\n", what_if, "\n", resolved->gathered.ingredients);
  resolved->computed = FindComputed(kept.substance);
  if (resolved->computed == nullptr) {
    RC_ASSIGN_OR_RETURN(
        exposure::Exposure exposure,
        exposure::Enumerate(resolved->world(), resolved->gathered.question, limits_));
    resolved->computed = std::make_shared<const ComputedExposure>(
        resolved->ground.roster->world, resolved->ground.facts->catalogue, std::move(exposure));
  }
  AddWarnings(resolved->gathered, resolved->incident, resolved->ground, resolved->exposure(),
              &resolved->gathered.basis);
  kept.resolved = resolved;
  Keep(std::move(kept));
  return resolved;
}

void Exposures::KeepOnly(const ExposureGround& ground) {
  worlds_.KeepOnly(ground.roster->roster_revision);
  ids_.KeepOnly(ground.roster->roster_revision);
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_.remove_if([&](const Kept& kept) { return kept.resolved->ground.roster != ground.roster; });
}

std::shared_ptr<const ComputedExposure> Exposures::FindComputed(const std::string& substance) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Kept& kept : kept_) {
    if (kept.substance == substance) return kept.resolved->computed;
  }
  return nullptr;
}

void Exposures::Keep(Kept kept) {
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_.push_front(std::move(kept));
  std::set<const ComputedExposure*> counted;
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (auto entry = kept_.begin(); entry != kept_.end();) {
    const ResolvedExposure& resolved = *entry->resolved;
    if (counted.insert(resolved.computed.get()).second) bytes += resolved.computed->bytes();
    for (const exposure::ObservedTransfers& group : resolved.gathered.question.transfers) {
      bytes += group.people->capacity() * sizeof(std::uint32_t);
    }
    bytes += resolved.gathered.question.claimed.capacity() * sizeof(exposure::ClaimedPerson);
    // The newest one stays whatever its size, so that its pages can be turned.
    entry = ++count > 1 && (count > kMaxKept || bytes > kMaxKeptBytes) ? kept_.erase(entry)
                                                                       : std::next(entry);
  }
}

absl::StatusOr<std::string> ExposureSecret(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const std::string hex, GetSetting(tx, kExposureSecretSetting));
  return absl::HexStringToBytes(hex);
}

// --- In the API's words ------------------------------------------------------------------------

v1::ExposureSet SetMessage(const ResolvedExposure& resolved, const exposure::ElementSet& set) {
  return ExposureWords(resolved.ground, resolved.gathered).SetMessage(set);
}

absl::StatusOr<std::string> ExposureDigest(ReadTx& tx, const ResolvedExposure& resolved) {
  RC_ASSIGN_OR_RETURN(const std::string secret, ExposureSecret(tx));
  RC_ASSIGN_OR_RETURN(const exposure::ExposureDigest digest, resolved.computed->Digest(secret));
  return exposure::ToHex(digest.digest);
}

absl::StatusOr<v1::ExposureSummary> SummarizeExposure(ReadTx& tx, const ResolvedExposure& resolved,
                                                      bool omit_digest) {
  const exposure::World& world = resolved.world();
  const Catalogue& catalogue = resolved.catalogue();
  const exposure::Summary counts =
      exposure::Summarize(world, resolved.exposure(), resolved.gathered.question);
  v1::ExposureSummary summary;
  *summary.mutable_basis() = resolved.basis();
  summary.set_people(static_cast<std::int64_t>(counts.people));
  summary.set_cells(static_cast<std::int64_t>(counts.cells));
  summary.set_current_students(static_cast<std::int64_t>(counts.current_students));
  summary.set_former_students(static_cast<std::int64_t>(counts.former_students));
  summary.set_current_staff(static_cast<std::int64_t>(counts.current_staff));
  summary.set_former_staff(static_cast<std::int64_t>(counts.former_staff));
  std::uint64_t sensitive = 0;
  for (const exposure::ElementCount& count : counts.by_element) {
    v1::ElementCount* row = summary.add_by_element();
    row->set_data_element(catalogue.names[count.element]);
    row->set_label(catalogue.labels[count.element]);
    row->set_people(static_cast<std::int64_t>(count.people));
    row->set_populated(static_cast<std::int64_t>(count.populated));
    row->set_confirmed(static_cast<std::int64_t>(count.confirmed));
    row->set_removed(static_cast<std::int64_t>(count.removed));
    if (catalogue.sensitive[count.element]) sensitive += count.people;
  }
  FillCounts(resolved, counts, &summary);
  FillSchoolElements(resolved, counts, summary.mutable_by_school_and_element());
  summary.set_people_removed(static_cast<std::int64_t>(counts.people_removed));
  summary.set_cells_removed(static_cast<std::int64_t>(counts.cells_removed));
  summary.set_cells_confirmed(static_cast<std::int64_t>(counts.cells_confirmed));
  summary.set_cells_believed(static_cast<std::int64_t>(counts.cells_believed));
  summary.set_cells_populated(static_cast<std::int64_t>(counts.cells_populated));
  summary.set_cells_sensitive(static_cast<std::int64_t>(sensitive));
  summary.set_unmatched_entries(resolved.gathered.unmatched_entries);
  summary.set_enrollment(world.current_students());
  if (world.current_students() > 0) {
    summary.set_share_of_enrollment(static_cast<double>(counts.current_students) /
                                    static_cast<double>(world.current_students()));
  }
  for (const exposure::Tier& tier : counts.tiers) {
    v1::ExposureTier* row = summary.add_tiers();
    for (const std::uint16_t element : tier.elements) {
      row->add_data_elements(catalogue.names[element]);
    }
    row->set_people(static_cast<std::int64_t>(tier.people));
  }
  if (!omit_digest) {
    RC_ASSIGN_OR_RETURN(*summary.mutable_digest(), ExposureDigest(tx, resolved));
    summary.set_digest_format(exposure::kDigestFormat);
  }
  return summary;
}

absl::Status DescribePerson(ReadTx& tx, const roster::RosterWorld& roster, std::uint32_t ordinal,
                            v1::ExposedPerson* person) {
  const exposure::World& world = *roster.world;
  const std::uint64_t number = world.id(ordinal);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, static_cast<std::int64_t>(number)));
  person->set_person(PersonName(number));
  person->set_kind(static_cast<v1::SubjectKind>(world.kind(ordinal)));
  person->set_current(world.current(ordinal));
  person->set_district_id(fact.district_id);
  person->set_given_name(fact.given_name);
  person->set_family_name(fact.family_name);
  if (const exposure::EnrollmentSpell* latest = world.latest_enrollment(ordinal)) {
    person->set_school(roster.schools.WordOf(latest->school));
    if (latest->grade != 0) person->set_grade(roster.grades.WordOf(latest->grade));
  }
  return absl::OkStatus();
}

std::string PlaceText(const ListPlace& place) {
  return absl::StrCat(place.after, " ", ToDayNumber(place.today));
}

std::optional<ListPlace> ParsePlace(std::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(text), ' ');
  ListPlace place;
  std::int32_t day = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &place.after) ||
      !absl::SimpleAtoi(parts[1], &day)) {
    return std::nullopt;
  }
  place.today = FromDayNumber(day);
  return place;
}

absl::Status ListExposedPeople(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                               const v1::ListExposedPeopleRequest& request,
                               v1::ListExposedPeopleResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  const std::int64_t revision = position.revision > 0 ? position.revision : request.revision();
  std::optional<std::uint64_t> after;
  if (!position.key.empty()) {
    const std::optional<ListPlace> place = ParsePlace(position.key);
    if (!place) return InvalidField("page_token", "cannot be read; start again without a token");
    after = place->after;
    today = place->today;
  }
  RC_ASSIGN_OR_RETURN(
      const auto resolved,
      exposures.Resolve(tx, {request.parent(), request.has_what_if() ? &request.what_if() : nullptr,
                             revision, today}));
  RC_ASSIGN_OR_RETURN(const exposure::Filter filter, ReadFilter(*resolved, request.filter()));
  const exposure::World& world = resolved->world();
  const exposure::Exposure& exposure = resolved->exposure();
  const auto& ordinals = filter.removed_people ? exposure.removed.ordinals : exposure.ordinals;
  const auto& set_of = filter.removed_people ? exposure.removed.set_of : exposure.set_of;
  const exposure::Page page = exposure::PageOf(
      world, exposure, filter, after, static_cast<std::size_t>(registry::PageSize(request)));
  for (const std::uint32_t row : page.rows) {
    v1::ExposedPerson* person = response->add_people();
    RC_RETURN_IF_ERROR(DescribePerson(tx, *resolved->ground.roster, ordinals[row], person));
    v1::ExposureSet set = SetMessage(*resolved, exposure.sets[set_of[row]]);
    person->mutable_elements()->Swap(set.mutable_elements());
    person->mutable_removed()->Swap(set.mutable_removed());
  }
  if (page.more) {
    response->set_next_page_token(registry::MakePageToken(
        request,
        {PlaceText({world.id(ordinals[page.rows.back()]), today}), resolved->ground.revision}));
  }
  response->set_total_size(
      static_cast<std::int64_t>(exposure::CountChosen(world, exposure, filter)));
  *response->mutable_basis() = resolved->basis();
  return absl::OkStatus();
}

}  // namespace rollcall::casework
