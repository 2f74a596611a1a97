#include "server/casework/cases.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <roaring/roaring.hh>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "server/casework/approval.h"
#include "server/casework/duties.h"
#include "server/casework/exposures.h"
#include "server/casework/incidents.h"
#include "server/exposure/digest.h"
#include "server/exposure/filter.h"
#include "server/registry/page_token.h"
#include "server/roster/person_number.h"
#include "storage/case_store.h"
#include "storage/digest.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;
using PeopleSet = Roaring;

constexpr char kCurrentRole[] = "current";
constexpr char kStaffRole[] = "staff";
constexpr std::array<v1::NoticeChannel, 3> kChannels = {
    v1::NOTICE_CHANNEL_EMAIL, v1::NOTICE_CHANNEL_US_MAIL, v1::NOTICE_CHANNEL_NO_CONTACT};

std::string ChannelRole(v1::NoticeChannel channel) { return absl::StrCat("channel:", channel); }

std::string Pack(PeopleSet& people) {
  people.runOptimize();
  std::string bytes(people.getSizeInBytes(true), '\0');
  people.write(bytes.data(), true);
  return bytes;
}

absl::StatusOr<PeopleSet> Unpack(std::string_view bytes) {
  if (bytes.empty()) return PeopleSet();
  roaring_bitmap_t* people = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (people == nullptr) {
    return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                     "a stored set of people cannot be read");
  }
  return PeopleSet(people);
}

bool Has(const PeopleSet& people, std::uint64_t number) {
  return number <= UINT32_MAX && people.contains(static_cast<std::uint32_t>(number));
}

const registry::Collection& Cases() {
  static const registry::Collection collection = {.table = &CaseTable(), .pattern = "cases/{case}"};
  return collection;
}

// A case with all its sets in memory.
struct LoadedCase {
  v1::Case record;
  std::vector<v1::ExposureSet> sets;
  std::vector<PeopleSet> groups;  // One for each of `sets`.
  PeopleSet everybody;
  PeopleSet current;
  PeopleSet staff;
  std::array<PeopleSet, kChannels.size()> channels;
  std::vector<std::pair<google::type::Date, PeopleSet>> sendings;
  PeopleSet sent;

  const PeopleSet& OfChannel(v1::NoticeChannel channel) const {
    return channels[static_cast<std::size_t>(channel - 1)];
  }
};

absl::StatusOr<PeopleSet> LoadRole(ReadTx& tx, const std::string& name, const std::string& role) {
  RC_ASSIGN_OR_RETURN(const std::string bytes, CasePeople(tx, name, role));
  return Unpack(bytes);
}

// The frozen list must be whole: a group that was lost would make it silently short.
absl::Status CheckWhole(const v1::Case& record, const std::vector<v1::ExposureSet>& sets,
                        const std::vector<PeopleSet>& groups) {
  PeopleSet everybody;
  std::uint64_t cells = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    everybody |= groups[i];
    cells += groups[i].cardinality() * static_cast<std::uint64_t>(sets[i].elements_size());
  }
  if (everybody.cardinality() == static_cast<std::uint64_t>(record.people()) &&
      cells == static_cast<std::uint64_t>(record.cells())) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kDataLoss, "CASE_INCOMPLETE",
                   absl::StrCat("the stored exposure of ", record.name(),
                                " does not have the people and fields it was opened with"),
                   {{"resource", record.name()}});
}

absl::StatusOr<LoadedCase> LoadCase(ReadTx& tx, const std::string& name) {
  LoadedCase loaded;
  RC_RETURN_IF_ERROR(registry::CheckName(Cases(), name, "name"));
  RC_RETURN_IF_ERROR(CaseTable().Get(tx, name, kNewest, &loaded.record));
  RC_ASSIGN_OR_RETURN(const std::vector<CaseGroup> groups, CaseGroups(tx, name));
  for (const CaseGroup& group : groups) {
    RC_ASSIGN_OR_RETURN(PeopleSet people, Unpack(group.people));
    loaded.everybody |= people;
    loaded.sets.push_back(group.elements);
    loaded.groups.push_back(std::move(people));
  }
  RC_RETURN_IF_ERROR(CheckWhole(loaded.record, loaded.sets, loaded.groups));
  RC_ASSIGN_OR_RETURN(loaded.current, LoadRole(tx, name, kCurrentRole));
  RC_ASSIGN_OR_RETURN(loaded.staff, LoadRole(tx, name, kStaffRole));
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    RC_ASSIGN_OR_RETURN(loaded.channels[i], LoadRole(tx, name, ChannelRole(kChannels[i])));
  }
  RC_ASSIGN_OR_RETURN(const std::vector<CaseSending> sendings, CaseSendings(tx, name));
  for (const CaseSending& sending : sendings) {
    RC_ASSIGN_OR_RETURN(PeopleSet people, Unpack(sending.people));
    const auto date = ParseDateText(sending.sent_date);
    if (!date) return absl::DataLossError("a stored date cannot be read");
    loaded.sent |= people;
    loaded.sendings.emplace_back(*date, std::move(people));
  }
  return loaded;
}

Progress ProgressOf(const LoadedCase& loaded, const PeopleSet& covered) {
  Progress progress;
  progress.sent = static_cast<std::int64_t>((loaded.sent & covered).cardinality());
  for (const auto& [date, people] : loaded.sendings) {
    if ((people & covered).isEmpty()) continue;
    const absl::CivilDay day = ToCivilDay(date);
    if (!progress.last_sent || *progress.last_sent < day) progress.last_sent = day;
  }
  return progress;
}

// Fills what depends on the day and on what was sent.
absl::Status Describe(ReadTx& tx, const LocalTime& local, const LoadedCase& loaded,
                      v1::Case* response) {
  *response = loaded.record;
  v1::Incident incident;
  RC_RETURN_IF_ERROR(IncidentTable().Get(tx, loaded.record.incident(), kNewest, &incident));
  v1::Statement newest;
  RC_RETURN_IF_ERROR(ReadNewestStatement(tx, incident.name(), kNewest, &newest));
  if (newest.name() != loaded.record.statement()) response->set_newer_statement(newest.name());
  AffectedPeople affected;
  affected.staff = static_cast<std::int64_t>(loaded.staff.cardinality());
  affected.students = static_cast<std::int64_t>(loaded.everybody.cardinality()) - affected.staff;
  RC_ASSIGN_OR_RETURN(std::vector<v1::Obligation> obligations,
                      DistrictObligations(tx, incident, affected, local.zone_name, local.zone));
  const PeopleSet students = loaded.everybody - loaded.staff;
  for (v1::Obligation& obligation : obligations) {
    v1::Regime regime;
    RC_RETURN_IF_ERROR(RegimeTable().Get(tx, obligation.regime(), kNewest, &regime));
    const PeopleSet& covered = regime.subject() == v1::SUBJECT_KIND_STUDENT ? students
                               : regime.subject() == v1::SUBJECT_KIND_STAFF ? loaded.staff
                                                                            : loaded.everybody;
    JudgeObligation(local.today, ProgressOf(loaded, covered), &obligation);
    *response->add_obligations() = std::move(obligation);
  }
  for (const v1::NoticeChannel channel : kChannels) {
    const PeopleSet sent = loaded.OfChannel(channel) & loaded.sent;
    const std::uint64_t all = loaded.OfChannel(channel).cardinality();
    const std::uint64_t done = sent.cardinality();
    if (done > 0) {
      v1::NoticeCount* count = response->add_notices();
      count->set_channel(channel);
      count->set_status(v1::NOTICE_STATUS_SENT);
      count->set_notices(static_cast<std::int64_t>(done));
    }
    if (all > done) {
      v1::NoticeCount* count = response->add_notices();
      count->set_channel(channel);
      count->set_status(v1::NOTICE_STATUS_PENDING);
      count->set_notices(static_cast<std::int64_t>(all - done));
    }
  }
  return absl::OkStatus();
}

absl::Status DescribeNotice(ReadTx& tx, const LoadedCase& loaded, std::uint32_t number,
                            v1::Notice* notice) {
  notice->set_name(absl::StrCat(loaded.record.name(), "/notices/", number));
  notice->set_person(absl::StrCat("people/", number));
  notice->set_kind(loaded.staff.contains(number) ? v1::SUBJECT_KIND_STAFF
                                                 : v1::SUBJECT_KIND_STUDENT);
  notice->set_current(loaded.current.contains(number));
  for (const v1::NoticeChannel channel : kChannels) {
    if (loaded.OfChannel(channel).contains(number)) notice->set_channel(channel);
  }
  notice->set_status(v1::NOTICE_STATUS_PENDING);
  for (const auto& [date, people] : loaded.sendings) {
    if (people.contains(number)) {
      notice->set_status(v1::NOTICE_STATUS_SENT);
      *notice->mutable_sent_date() = date;
    }
  }
  for (std::size_t i = 0; i < loaded.groups.size(); ++i) {
    if (loaded.groups[i].contains(number)) *notice->mutable_elements() = loaded.sets[i].elements();
  }
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, number));
  notice->set_given_name(fact.given_name);
  notice->set_family_name(fact.family_name);
  return absl::OkStatus();
}

// A set of person numbers, filled in ascending order and packed at the end. Numbers are added many
// at a time, which is much faster than one by one.
class PeopleSetWriter {
 public:
  void Add(std::uint32_t number) {
    buffer_.push_back(number);
    if (buffer_.size() == kBuffer) Flush();
  }
  std::string Pack() {
    Flush();
    return casework::Pack(people_);
  }

 private:
  static constexpr std::size_t kBuffer = 4096;

  void Flush() {
    people_.addMany(buffer_.size(), buffer_.data());
    buffer_.clear();
  }

  PeopleSet people_;
  std::vector<std::uint32_t> buffer_;
};

// Writes the frozen exposure.
absl::Status Freeze(WriteTx& tx, const ResolvedExposure& resolved, const std::string& name) {
  const exposure::World& world = resolved.world();
  const exposure::Exposure& exposure = resolved.exposure();
  std::vector<PeopleSetWriter> groups(exposure.sets.size());
  PeopleSetWriter current;
  PeopleSetWriter staff;
  std::array<PeopleSetWriter, kChannels.size()> channels;
  for (const std::uint32_t row : exposure::RowsById(world, exposure.ordinals)) {
    const std::uint32_t ordinal = exposure.ordinals[row];
    if (world.id(ordinal) > UINT32_MAX) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_PEOPLE",
                       "a person's number is beyond what a case can hold");
    }
    const auto number = static_cast<std::uint32_t>(world.id(ordinal));
    groups[exposure.set_of[row]].Add(number);
    const auto kind = static_cast<v1::SubjectKind>(world.kind(ordinal));
    if (world.current(ordinal)) current.Add(number);
    if (kind == v1::SUBJECT_KIND_STAFF) staff.Add(number);
    const v1::NoticeChannel channel =
        ChannelFor(kind, world.current(ordinal), world.contact(ordinal));
    channels[static_cast<std::size_t>(channel - 1)].Add(number);
  }
  std::int64_t position = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    // Sets with removed cells only have nobody who is exposed.
    if (exposure.sets[i].cells.empty()) continue;
    CaseGroup group;
    group.elements = SetMessage(resolved, exposure.sets[i]);
    group.people = groups[i].Pack();
    RC_RETURN_IF_ERROR(InsertCaseGroup(tx, name, position++, group));
  }
  RC_RETURN_IF_ERROR(InsertCasePeople(tx, name, kCurrentRole, current.Pack()));
  RC_RETURN_IF_ERROR(InsertCasePeople(tx, name, kStaffRole, staff.Pack()));
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    RC_RETURN_IF_ERROR(InsertCasePeople(tx, name, ChannelRole(kChannels[i]), channels[i].Pack()));
  }
  return absl::OkStatus();
}

// The people that a request speaks of.
absl::StatusOr<PeopleSet> PeopleOf(const LoadedCase& loaded,
                                   const v1::RecordNoticesSentRequest& request) {
  if ((request.channel() != v1::NOTICE_CHANNEL_UNSPECIFIED) == !request.people().empty()) {
    return InvalidField("channel", "name either a channel or people, not both and not neither");
  }
  if (request.channel() != v1::NOTICE_CHANNEL_UNSPECIFIED) {
    return loaded.OfChannel(request.channel()) - loaded.sent;
  }
  PeopleSet people;
  for (int i = 0; i < request.people_size(); ++i) {
    const auto number = roster::NumberAfter(request.people(i), "people/");
    if (!number || !Has(loaded.everybody, *number)) {
      return InvalidField(absl::StrCat("people[", i, "]"),
                          "is nobody who has a notice in this case");
    }
    people.add(static_cast<std::uint32_t>(*number));
  }
  return people;
}

}  // namespace

v1::NoticeChannel ChannelFor(v1::SubjectKind kind, bool current, std::uint8_t contact) {
  const bool own_email = (contact & roster::kOwnEmail) != 0;
  const bool guardian_email = (contact & roster::kGuardianEmail) != 0;
  const bool address = (contact & (roster::kOwnAddress | roster::kGuardianAddress)) != 0;
  const bool first_email = kind == v1::SUBJECT_KIND_STAFF ? own_email : guardian_email;
  if (current && first_email) return v1::NOTICE_CHANNEL_EMAIL;
  if (address) return v1::NOTICE_CHANNEL_US_MAIL;
  if (guardian_email || own_email) return v1::NOTICE_CHANNEL_EMAIL;
  return v1::NOTICE_CHANNEL_NO_CONTACT;
}

absl::Status OpenCase(WriteTx& tx, Exposures& exposures, const LocalTime& local,
                      runtime::IdGenerator& ids, const v1::OpenCaseRequest& request,
                      v1::Case* response) {
  const std::string id = request.case_id().empty() ? ids.NewResourceId() : request.case_id();
  response->set_name(absl::StrCat("cases/", id));
  RC_RETURN_IF_ERROR(registry::CheckName(Cases(), response->name(), "case_id"));
  if (!registry::CheckName(Statements(), request.incident(), "incident").ok()) {
    RC_RETURN_IF_ERROR(registry::CheckName(Incidents(), request.incident(), "incident"));
  }
  RC_ASSIGN_OR_RETURN(const auto resolved,
                      exposures.Resolve(tx, {request.incident(), nullptr, 0, local.today}));
  const exposure::Exposure& exposure = resolved->exposure();
  if (exposure.ordinals.empty() && !request.allow_empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "NOBODY_AFFECTED",
        absl::StrCat("as far as the register knows nobody is affected by ", request.incident(),
                     "; look at the summary's warnings, or set allow_empty"),
        {{"resource", request.incident()}});
  }
  response->set_incident(resolved->incident.name());
  response->set_statement(resolved->statement.name());
  response->set_state(v1::CASE_STATE_OPEN);
  *response->mutable_basis() = resolved->basis();
  std::int64_t cells = 0;
  for (const std::uint32_t set : exposure.set_of) cells += std::ssize(exposure.sets[set].cells);
  response->set_people(std::ssize(exposure.ordinals));
  response->set_cells(cells);
  response->set_unmatched_entries(resolved->gathered.unmatched_entries);
  RC_ASSIGN_OR_RETURN(*response->mutable_digest(), ExposureDigest(tx, *resolved));
  response->set_digest_format(exposure::kDigestFormat);
  RC_RETURN_IF_ERROR(CaseTable().Insert(tx, response));
  RC_RETURN_IF_ERROR(Freeze(tx, *resolved, response->name()));
  return GetCase(tx, local, std::string(response->name()), response);
}

absl::Status PrepareCase(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                         const v1::OpenCaseRequest& request) {
  RC_ASSIGN_OR_RETURN(const auto resolved,
                      exposures.Resolve(tx, {request.incident(), nullptr, 0, today}));
  return ExposureDigest(tx, *resolved).status();
}

absl::Status GetCase(ReadTx& tx, const LocalTime& local, const std::string& name,
                     v1::Case* response) {
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, name));
  return Describe(tx, local, loaded, response);
}

absl::Status ListCases(ReadTx& tx, const LocalTime& local, const v1::ListCasesRequest& request,
                       v1::ListCasesResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  const std::size_t page_size = static_cast<std::size_t>(registry::PageSize(request));
  std::vector<std::string> names;
  bool more = false;
  v1::Case scratch;
  RC_RETURN_IF_ERROR(CaseTable().List(
      tx, "", position.key, kNewest, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& row = dynamic_cast<const v1::Case&>(record);
        if (!request.incident().empty() && row.incident() != request.incident()) return true;
        if (names.size() == page_size) {
          more = true;
          return false;
        }
        names.push_back(row.name());
        return true;
      }));
  for (const std::string& name : names) {
    RC_RETURN_IF_ERROR(GetCase(tx, local, name, response->add_cases()));
  }
  if (more) response->set_next_page_token(registry::MakePageToken(request, {names.back(), 0}));
  return absl::OkStatus();
}

absl::Status GetNotice(ReadTx& tx, const v1::GetNoticeRequest& request, v1::Notice* response) {
  constexpr std::string_view kPart = "/notices/";
  const std::size_t part = request.name().find(kPart);
  if (part == std::string::npos) {
    return InvalidField("name", "must have the form cases/{case}/notices/{number}");
  }
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, request.name().substr(0, part)));
  const auto number = roster::NumberAfter(std::string_view(request.name()).substr(part), kPart);
  if (!number || !Has(loaded.everybody, *number)) return NotFound(request.name());
  return DescribeNotice(tx, loaded, static_cast<std::uint32_t>(*number), response);
}

absl::Status ListNotices(ReadTx& tx, const v1::ListNoticesRequest& request,
                         v1::ListNoticesResponse* response) {
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, request.parent()));
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  std::uint32_t after = 0;
  if (!position.key.empty() && !absl::SimpleAtoi(position.key, &after)) {
    return InvalidField("page_token", "cannot be read; start again without a token");
  }
  PeopleSet chosen = loaded.everybody;
  if (request.channel() != v1::NOTICE_CHANNEL_UNSPECIFIED) {
    chosen &= loaded.OfChannel(request.channel());
  }
  if (request.status() == v1::NOTICE_STATUS_PENDING) chosen -= loaded.sent;
  if (request.status() == v1::NOTICE_STATUS_SENT) chosen &= loaded.sent;
  response->set_total_size(static_cast<std::int64_t>(chosen.cardinality()));

  const int page_size = registry::PageSize(request);
  auto next = chosen.begin();
  if (!position.key.empty()) {
    next.equalorlarger(after);
    if (next != chosen.end() && *next == after) ++next;
  }
  for (; next != chosen.end(); ++next) {
    if (response->notices_size() == page_size) {
      const std::string& last = response->notices(page_size - 1).person();
      response->set_next_page_token(
          registry::MakePageToken(request, {last.substr(last.find('/') + 1), 0}));
      break;
    }
    RC_RETURN_IF_ERROR(DescribeNotice(tx, loaded, *next, response->add_notices()));
  }
  return absl::OkStatus();
}

absl::Status RecordNoticesSent(WriteTx& tx, const LocalTime& local,
                               const v1::RecordNoticesSentRequest& request,
                               v1::RecordNoticesSentResponse* response) {
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, request.name()));
  if (loaded.record.state() == v1::CASE_STATE_CLOSED) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CASE_CLOSED",
                     absl::StrCat(request.name(), " is closed"), {{"resource", request.name()}});
  }
  RC_RETURN_IF_ERROR(RequireApproval(tx, loaded.record));
  const absl::CivilDay sent_day = ToCivilDay(request.sent_date());
  if (sent_day > local.today) return InvalidField("sent_date", "is in the future");
  v1::Case before;
  RC_RETURN_IF_ERROR(Describe(tx, local, loaded, &before));
  for (const v1::Obligation& obligation : before.obligations()) {
    if (obligation.has_start_date() && sent_day < ToCivilDay(obligation.start_date())) {
      return InvalidField("sent_date", "is before the day on which the clock started");
    }
  }
  RC_ASSIGN_OR_RETURN(const PeopleSet people, PeopleOf(loaded, request));
  PeopleSet fresh = people - loaded.sent;
  response->set_recorded(static_cast<std::int64_t>(fresh.cardinality()));
  response->set_already_sent(static_cast<std::int64_t>((people & loaded.sent).cardinality()));
  if (!fresh.isEmpty()) {
    CaseSending sending;
    sending.position = std::ssize(loaded.sendings) + 1;
    sending.sent_date = DateText(request.sent_date());
    sending.evidence = request.evidence();
    sending.people = Pack(fresh);
    RC_RETURN_IF_ERROR(InsertCaseSending(tx, request.name(), sending));
    auto& facts = tx.notes().facts;
    facts.emplace_back("sent_date", sending.sent_date);
    facts.emplace_back("notices_sent", absl::StrCat(response->recorded()));
    facts.emplace_back("people_sha256", Sha256Hex(sending.people));
    facts.emplace_back("evidence_sha256", Sha256Hex(sending.evidence));
    if (request.channel() != v1::NOTICE_CHANNEL_UNSPECIFIED) {
      facts.emplace_back("channel", v1::NoticeChannel_Name(request.channel()));
    }
    v1::Case record = loaded.record;
    RC_RETURN_IF_ERROR(CaseTable().Replace(tx, &record));
  }
  return GetCase(tx, local, request.name(), response->mutable_case_());
}

absl::Status CloseCase(WriteTx& tx, const LocalTime& local, const v1::CloseCaseRequest& request,
                       v1::Case* response) {
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, request.name()));
  if (loaded.record.state() == v1::CASE_STATE_CLOSED) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CASE_CLOSED",
                     absl::StrCat(request.name(), " is closed already"),
                     {{"resource", request.name()}});
  }
  const std::uint64_t pending = (loaded.everybody - loaded.sent).cardinality();
  if (pending > 0 && request.reason().empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NOTICES_PENDING",
                     absl::StrCat(pending, " notices of ", request.name(),
                                  " were not sent; give a reason to close it all the same"),
                     {{"resource", request.name()}});
  }
  v1::Case record = loaded.record;
  record.set_state(v1::CASE_STATE_CLOSED);
  record.set_close_reason(request.reason());
  RC_RETURN_IF_ERROR(CaseTable().Replace(tx, &record));
  return GetCase(tx, local, request.name(), response);
}

absl::StatusOr<std::vector<FrozenNotice>> FindNotices(ReadTx& tx, std::string_view incident,
                                                      std::uint64_t person, std::int64_t revision) {
  std::vector<v1::Case> of_incident;
  v1::Case scratch;
  RC_RETURN_IF_ERROR(CaseTable().List(tx, "", "", revision, &scratch,
                                      [&](const Message& record) -> absl::StatusOr<bool> {
                                        const auto& row = dynamic_cast<const v1::Case&>(record);
                                        if (row.incident() == incident) of_incident.push_back(row);
                                        return true;
                                      }));
  std::vector<FrozenNotice> found;
  for (const v1::Case& record : of_incident) {
    RC_ASSIGN_OR_RETURN(std::vector<CaseGroup> groups, CaseGroups(tx, record.name()));
    std::vector<v1::ExposureSet> sets;
    std::vector<PeopleSet> people;
    for (CaseGroup& group : groups) {
      RC_ASSIGN_OR_RETURN(PeopleSet of_group, Unpack(group.people));
      people.push_back(std::move(of_group));
      sets.push_back(std::move(group.elements));
    }
    RC_RETURN_IF_ERROR(CheckWhole(record, sets, people));
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (!Has(people[i], person)) continue;
      found.push_back({record.name(), record.statement(), std::move(sets[i])});
      break;
    }
  }
  return found;
}

absl::StatusOr<FrozenExposure> ReadFrozenExposure(ReadTx& tx, const std::string& case_name) {
  RC_ASSIGN_OR_RETURN(const LoadedCase loaded, LoadCase(tx, case_name));
  if (loaded.record.digest_format() != exposure::kDigestFormat) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "DIGEST_FORMAT",
        absl::StrCat("the digest of ", case_name, " is of format ", loaded.record.digest_format(),
                     ", under which nothing can be proven"),
        {{"resource", case_name}});
  }
  FrozenExposure frozen;
  frozen.digest = loaded.record.digest();
  std::map<std::string, std::uint16_t> numbers;
  for (const v1::ExposureSet& set : loaded.sets) {
    exposure::ElementSet& cells = frozen.sets.emplace_back();
    for (const v1::ExposedElement& element : set.elements()) {
      const auto [number, added] = numbers.try_emplace(
          element.data_element(), static_cast<std::uint16_t>(frozen.element_names.size()));
      if (added) {
        frozen.element_names.push_back(
            element.data_element().substr(element.data_element().find('/') + 1));
      }
      cells.cells.push_back({.element = number->second,
                             .certainty = static_cast<exposure::Certainty>(element.certainty()),
                             .reasons = {},
                             .dispositions = {}});
    }
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> people;
  for (std::size_t i = 0; i < loaded.groups.size(); ++i) {
    for (const std::uint32_t number : loaded.groups[i]) {
      people.emplace_back(number, static_cast<std::uint32_t>(i));
    }
  }
  std::sort(people.begin(), people.end());
  for (const auto& [number, set] : people) {
    frozen.people.ids.push_back(number);
    frozen.people.set_of.push_back(set);
  }
  return frozen;
}

absl::Status CheckFrozenDigest(ReadTx& tx, const v1::Case& record) {
  if (record.digest_format() != exposure::kDigestFormat) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const FrozenExposure frozen, ReadFrozenExposure(tx, record.name()));
  RC_ASSIGN_OR_RETURN(const std::string secret, ExposureSecret(tx));
  const exposure::ExposureColumns columns = {frozen.people.ids, frozen.people.set_of, frozen.sets,
                                             frozen.element_names};
  RC_ASSIGN_OR_RETURN(const exposure::Digest content, exposure::ContentHashOf(columns));
  RC_ASSIGN_OR_RETURN(const exposure::SaltKey key, exposure::SaltKeyFrom(secret, content));
  RC_ASSIGN_OR_RETURN(const exposure::ExposureDigest digest, exposure::DigestOf(columns, key));
  if (exposure::ToHex(digest.digest) == record.digest()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kDataLoss, "CASE_INCOMPLETE",
      absl::StrCat("the stored exposure of ", record.name(), " does not have its digest"),
      {{"resource", record.name()}});
}

}  // namespace rollcall::casework
