#include "server/casework/disclosure_record.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/casework/exposures.h"
#include "server/casework/person_exposure.h"
#include "server/casework/transfer_check.h"
#include "server/exposure/person.h"
#include "server/registry/page_token.h"
#include "server/roster/person_number.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using exposure::Day;
using exposure::kMaxDay;
using exposure::kMinDay;
using google::protobuf::Message;

constexpr char kRecordCitation[] = "34 CFR 99.32";
constexpr char kSchoolOfficialCitation[] = "34 CFR 99.32(d), 34 CFR 99.31(a)(1)(i)(B)";
// "The vendor acts as a school official", of the shipped catalogue.
constexpr char kSchoolOfficialClause[] = "clauseKinds/soppa-15-4-c";

constexpr std::array kLimits = {
    "A share says what could go to a party on its days, not that it did; only files that senders "
    "recorded and lists of people that a party named confirm it.",
    "What was told, shown, or sent without being recorded as a file is not in the register.",
    "Requests for access, granted or refused, are not in the register.",
    "Disclosures to parents, to the student, with written consent, and on a court's order are not "
    "in the register.",
    "The district's list of directory information is not in the register: no entry is marked as "
    "exempt for it.",
    "Whether a party is under the district's direct control in fact is not in the register; the "
    "mark of a school official rests on the contract's clause alone.",
    "Who took data in an incident is not in the register: the entry names the party at which it "
    "happened.",
    "Ids in files that match nobody in the roster may be of this student.",
};

google::type::Date DateOf(Day day) { return ToDate(FromDayNumber(day)); }

// What entries of the same ground at different parties have in common: whether it is files, the
// share, and the receiver of the files.
using Origin = std::tuple<bool, std::string, std::string>;

// One disclosure on the way into the record.
struct Entry {
  v1::Disclosure message;
  Origin origin;
  std::string source;  // The vendor that passed it on, if it came through others.
};

// What some files had in common.
struct Files {
  std::set<std::uint16_t> elements;
  std::set<std::string> shares;
  std::set<v1::TransferFindingReason> findings;
  std::set<std::string> transfers;
  std::string holder;
  exposure::Interval days = {kMaxDay, kMinDay};

  void Add(const FileOfPerson& file) {
    if (holder.empty() || file.holder < holder) holder = file.holder;
    transfers.insert(file.transfer);
    days = {std::min(days.first, file.day), std::max(days.last, file.day)};
  }
};

class Recorder {
 public:
  Recorder(ReadTx& tx, const PortfolioView& view, std::uint64_t number, std::uint32_t ordinal)
      : tx_(tx),
        view_(view),
        facts_(*view.ground.facts),
        names_(view.ground.facts->catalogue->names),
        number_(number),
        ordinal_(ordinal),
        today_(ToDayNumber(view.today)),
        person_(*view.ground.roster->world, ordinal),
        alone_(view.ground) {
    auto roster = std::make_shared<roster::RosterWorld>(*view.ground.roster);
    roster->world = person_.alone();
    alone_.roster = std::move(roster);
  }

  absl::Status Fill(v1::DisclosureRecord* record) {
    for (const auto& [vendor, row] : view_.rows) {
      if (row->gathered == nullptr) return VendorUnreadable(vendor, row->problem);
      RC_RETURN_IF_ERROR(AddParty(vendor, *row->gathered));
    }
    AddAdditionalParties();
    std::set<std::string> parties;
    for (const Entry& entry : entries_) parties.insert(entry.message.party());
    RC_RETURN_IF_ERROR(AddIncidents(parties, record));
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return PlaceOf(a.message) < PlaceOf(b.message);
    });
    for (Entry& entry : entries_) *record->add_disclosures() = std::move(entry.message);
    return absl::OkStatus();
  }

 private:
  // A question about a party, and its two answers.
  struct Asked {
    const GatheredQuestion& gathered;
    exposure::ElementSet whole;  // As if nothing had ever been destroyed.
    // With what was destroyed, whatever the roster knows to be empty: a certificate of the file
    // that had a value all the same says nothing of the other grounds.
    exposure::ElementSet left;
  };

  static std::tuple<bool, Day, std::string, int, int, std::string, std::string, std::string>
  PlaceOf(const v1::Disclosure& entry) {
    const Day first = entry.has_first_date() ? ToDayNumber(ToCivilDay(entry.first_date())) : 0;
    return {!entry.has_first_date(), first,
            entry.party(),           entry.kind(),
            entry.evidence(),        entry.grounds().empty() ? "" : entry.grounds(0).share(),
            entry.received_by(),     entry.incident()};
  }

  std::string LegalName(std::string_view vendor) const {
    const auto found = facts_.vendors.find(vendor);
    return found == facts_.vendors.end() ? "" : found->second->legal_name();
  }

  Entry NewEntry(v1::DisclosureKind kind, const std::string& party) const {
    Entry entry;
    entry.message.set_kind(kind);
    entry.message.set_party(party);
    entry.message.set_party_name(LegalName(party));
    return entry;
  }

  void SetDays(const exposure::Interval& days, v1::Disclosure* entry) const {
    if (days.first != kMinDay) *entry->mutable_first_date() = DateOf(days.first);
    if (days.last != kMaxDay) *entry->mutable_last_date() = DateOf(std::min(days.last, today_));
  }

  // --- What a party received -------------------------------------------------------------------

  bool HasFiles(const exposure::Question& question) const {
    return std::any_of(question.transfers.begin(), question.transfers.end(),
                       [&](const exposure::ObservedTransfers& group) {
                         return std::binary_search(group.people->begin(), group.people->end(),
                                                   ordinal_);
                       });
  }

  absl::Status AddParty(const std::string& vendor, const GatheredQuestion& kept) {
    RC_ASSIGN_OR_RETURN(const exposure::ElementSet held, person_.Ask(kept.question));
    if (held.cells.empty() && held.removed.empty()) return absl::OkStatus();
    if (!HasFiles(kept.question)) return AddGrounds(vendor, kept);
    // Once more, with the files that have the student in them.
    v1::Incident incident;
    incident.set_vendor(vendor);
    *incident.mutable_window_start_date() = ToDate(view_.today);
    *incident.mutable_window_end_date() = incident.window_start_date();
    RC_ASSIGN_OR_RETURN(const GatheredQuestion gathered,
                        GatherQuestion(tx_, view_.ground, incident, {}, nullptr, ordinal_));
    return AddGrounds(vendor, gathered);
  }

  absl::Status AddGrounds(const std::string& vendor, const GatheredQuestion& gathered) {
    exposure::Question undestroyed = gathered.question;
    undestroyed.dispositions.clear();
    for (exposure::DeclaredShare& share : undestroyed.shares) share.cuts.clear();
    for (exposure::ObservedTransfers& group : undestroyed.transfers) group.cuts.clear();
    RC_ASSIGN_OR_RETURN(exposure::ElementSet whole, person_.Ask(undestroyed));
    exposure::Question filled = gathered.question;
    for (exposure::ElementInfo& element : filled.elements) element.roster_field = 0;
    RC_ASSIGN_OR_RETURN(exposure::ElementSet left, person_.Ask(filled));
    const Asked asked = {gathered, std::move(whole), std::move(left)};
    std::map<exposure::Reason, std::set<std::uint16_t>> by_reason;
    for (const exposure::Cell& cell : asked.whole.cells) {
      for (const exposure::Reason& reason : cell.reasons) by_reason[reason].insert(cell.element);
    }
    for (const auto& [reason, elements] : by_reason) {
      if (reason.kind == exposure::ReasonKind::kDeclared) {
        RC_RETURN_IF_ERROR(AddShare(vendor, asked, reason, elements));
      } else {
        RC_RETURN_IF_ERROR(AddFiles(vendor, asked, reason, elements));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddShare(const std::string& vendor, const Asked& asked,
                        const exposure::Reason& reason, const std::set<std::uint16_t>& elements) {
    const std::string& share = asked.gathered.share_names[reason.source];
    Entry entry = NewEntry(v1::DISCLOSURE_KIND_AUTHORISED, vendor);
    entry.origin = {false, share, ""};
    entry.message.set_evidence(v1::REASON_KIND_DECLARED);
    AddGround(share, &entry.message);
    AddElements(asked, reason, elements, &entry.message);
    exposure::Interval days = {kMaxDay, kMinDay};
    const auto& parts = asked.gathered.question.shares;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].share != reason.source) continue;
      const auto part = person_.Days(asked.gathered.question, i);
      if (!part) continue;
      days = {std::min(days.first, part->first), std::max(days.last, part->last)};
    }
    const std::string giver(ParentName(share));
    if (giver != vendor) {
      AddOnward(asked, giver, elements, &days, &entry);
    } else {
      RC_RETURN_IF_ERROR(MarkSchoolOfficial(&entry.message));
    }
    SetDays(days, &entry.message);
    entries_.push_back(std::move(entry));
    return absl::OkStatus();
  }

  // The files of a group with the student in them: those parts that shares covered, and the rest.
  absl::Status AddFiles(const std::string& vendor, const Asked& asked,
                        const exposure::Reason& reason, const std::set<std::uint16_t>& elements) {
    const v1::TransferGroup& group =
        asked.gathered.basis.transfer_groups(static_cast<int>(reason.source));
    Files covered;
    Files undeclared;
    for (const FileOfPerson& file : asked.gathered.files_of_person[reason.source]) {
      RC_ASSIGN_OR_RETURN(const Coverage& coverage, CoverageOf(group, file, elements));
      bool any_covered = false;
      bool any_undeclared = false;
      for (const std::uint16_t element : elements) {
        const auto finding = coverage.undeclared.find(names_[element]);
        const bool is_covered = finding == coverage.undeclared.end();
        (is_covered ? any_covered : any_undeclared) = true;
        (is_covered ? covered : undeclared).elements.insert(element);
        if (!is_covered) undeclared.findings.insert(finding->second);
      }
      if (any_covered) {
        covered.Add(file);
        covered.shares.insert(coverage.shares.begin(), coverage.shares.end());
      }
      if (any_undeclared) undeclared.Add(file);
    }
    if (!group.share().empty()) undeclared.shares.insert(group.share());
    for (const bool is_covered : {true, false}) {
      const Files& files = is_covered ? covered : undeclared;
      if (files.elements.empty()) continue;
      Entry entry = NewEntry(
          is_covered ? v1::DISCLOSURE_KIND_AUTHORISED : v1::DISCLOSURE_KIND_UNDECLARED, vendor);
      entry.origin = {true, group.share(), group.vendor()};
      v1::Disclosure& message = entry.message;
      message.set_evidence(static_cast<v1::ReasonKind>(reason.kind));
      for (const std::string& share : files.shares) AddGround(share, &message);
      for (const v1::TransferFindingReason finding : files.findings) message.add_findings(finding);
      if (group.vendor() != vendor) message.set_received_by(group.vendor());
      message.set_transfers(std::ssize(files.transfers));
      AddElements(asked, reason, files.elements, &message);
      exposure::Interval days = files.days;
      if (files.holder != vendor) {
        AddOnward(asked, files.holder, files.elements, &days, &entry);
      } else if (group.vendor() == vendor && is_covered) {
        RC_RETURN_IF_ERROR(MarkSchoolOfficial(&message));
      }
      SetDays(days, &message);
      entries_.push_back(std::move(entry));
    }
    return absl::OkStatus();
  }

  // How the elements of a file stand to the shares of its receiver on its day.
  struct Coverage {
    std::map<std::string, v1::TransferFindingReason> undeclared;  // By element.
    std::set<std::string> shares;                                 // That cover something.
  };

  static std::map<std::string, v1::TransferFindingReason> ReasonsByElement(
      const std::vector<v1::TransferFinding>& findings) {
    std::map<std::string, v1::TransferFindingReason> reasons;
    for (const v1::TransferFinding& finding : findings) {
      for (const std::string& element : finding.data_elements()) {
        reasons[element] = finding.reason();
      }
    }
    return reasons;
  }

  absl::StatusOr<Coverage> CoverageOf(const v1::TransferGroup& group, const FileOfPerson& file,
                                      const std::set<std::uint16_t>& elements) {
    v1::PlannedTransfer planned;
    planned.set_parent(group.vendor());
    planned.set_share(group.share());
    planned.set_product(file.product);
    *planned.mutable_send_date() = DateOf(file.day);
    for (const std::uint16_t element : elements) planned.add_data_elements(names_[element]);
    const std::string key = planned.SerializeAsString();
    const auto found = coverages_.find(key);
    if (found != coverages_.end()) return found->second;
    // Numbers of people fit: they came out of the roster's sets.
    const auto number = static_cast<std::uint32_t>(number_);
    Coverage coverage;
    RC_ASSIGN_OR_RETURN(const std::vector<v1::TransferFinding> findings,
                        UndeclaredForPerson(alone_, planned, number));
    coverage.undeclared = ReasonsByElement(findings);
    if (!group.share().empty()) {
      coverage.shares.insert(group.share());
    } else if (coverage.undeclared.size() < elements.size()) {
      std::vector<std::string> shares;
      ForEachChild(facts_.shares, group.vendor() + "/shares",
                   [&](const v1::Share& share) { shares.push_back(share.name()); });
      for (const std::string& share : shares) {
        planned.set_share(share);
        RC_ASSIGN_OR_RETURN(const std::vector<v1::TransferFinding> left,
                            UndeclaredForPerson(alone_, planned, number));
        if (ReasonsByElement(left).size() < elements.size()) coverage.shares.insert(share);
      }
    }
    return coverages_.emplace(key, std::move(coverage)).first->second;
  }

  void AddGround(const std::string& share, v1::Disclosure* entry) const {
    v1::DisclosureGround* ground = entry->add_grounds();
    ground->set_share(share);
    const auto found = facts_.shares.find(share);
    if (found == facts_.shares.end()) return;
    ground->set_contract(found->second->contract());
    ground->set_purpose(found->second->purpose());
    ground->set_outside_contract(found->second->contract().empty());
  }

  // The certificates that speak of what went on this ground.
  std::set<std::uint32_t> CutsOf(const exposure::Question& question,
                                 const exposure::Reason& reason) const {
    std::set<std::uint32_t> numbers;
    const auto add = [&](std::uint16_t position) {
      numbers.insert(question.dispositions[position].disposition);
    };
    if (reason.kind == exposure::ReasonKind::kDeclared) {
      for (const exposure::DeclaredShare& share : question.shares) {
        if (share.share != reason.source) continue;
        for (const exposure::Cut& cut : share.cuts) add(cut.disposition);
      }
    } else {
      for (const std::uint16_t cut : question.transfers[reason.source].cuts) add(cut);
    }
    return numbers;
  }

  // Those of them that took the element away on this ground; none if it is still there.
  std::vector<std::uint32_t> GoneBy(const Asked& asked, const exposure::Reason& reason,
                                    std::uint16_t element) const {
    std::vector<std::uint32_t> said;
    for (const exposure::Cell& cell : asked.left.cells) {
      if (cell.element != element) continue;
      if (std::binary_search(cell.reasons.begin(), cell.reasons.end(), reason)) return {};
      said = cell.dispositions;
    }
    for (const exposure::RemovedCell& cell : asked.left.removed) {
      if (cell.element == element) said = cell.dispositions;
    }
    const std::set<std::uint32_t> cuts = CutsOf(asked.gathered.question, reason);
    std::erase_if(said, [&](std::uint32_t number) { return !cuts.contains(number); });
    return said;
  }

  void AddElements(const Asked& asked, const exposure::Reason& reason,
                   const std::set<std::uint16_t>& elements, v1::Disclosure* entry) const {
    std::set<std::uint32_t> ends;
    for (const std::uint16_t element : elements) {
      v1::DisclosedElement* row = entry->add_elements();
      row->set_data_element(names_[element]);
      row->set_certainty(reason.kind == exposure::ReasonKind::kObserved ? v1::CERTAINTY_CONFIRMED
                                                                        : v1::CERTAINTY_BELIEVED);
      for (const std::uint32_t number : GoneBy(asked, reason, element)) {
        row->add_dispositions(asked.gathered.disposition_names[number]);
        ends.insert(number);
      }
    }
    for (const std::uint32_t number : ends) {
      v1::DisclosureEnd* end = entry->add_ends();
      end->set_disposition(asked.gathered.disposition_names[number]);
      const auto found = facts_.dispositions.find(end->disposition());
      if (found == facts_.dispositions.end()) continue;
      end->set_nature(found->second->nature());
      *end->mutable_disposition_date() = found->second->disposition_date();
    }
  }

  absl::Status MarkSchoolOfficial(v1::Disclosure* entry) {
    std::string first;
    for (const v1::DisclosureGround& ground : entry->grounds()) {
      if (ground.contract().empty()) return absl::OkStatus();
      RC_ASSIGN_OR_RETURN(const std::string clause, SchoolOfficialClause(ground.contract()));
      if (clause.empty()) return absl::OkStatus();
      if (first.empty()) first = clause;
    }
    if (first.empty()) return absl::OkStatus();
    v1::DisclosureExemption* exemption = entry->mutable_exemption();
    exemption->set_ground(v1::DISCLOSURE_EXEMPTION_GROUND_SCHOOL_OFFICIAL);
    exemption->set_citation(kSchoolOfficialCitation);
    exemption->set_clause(first);
    return absl::OkStatus();
  }

  // The contract's clause that makes the vendor a school official; empty if it has none.
  absl::StatusOr<std::string> SchoolOfficialClause(const std::string& contract) {
    const auto [found, added] = clauses_.try_emplace(contract);
    if (!added) return found->second;
    v1::Clause scratch;
    std::string& name = found->second;
    RC_RETURN_IF_ERROR(
        ClauseTable().List(tx_, contract, "", view_.ground.revision, &scratch,
                           [&](const Message& record) -> absl::StatusOr<bool> {
                             const auto& clause = dynamic_cast<const v1::Clause&>(record);
                             const bool there = clause.status() == v1::CLAUSE_STATUS_PRESENT ||
                                                clause.status() == v1::CLAUSE_STATUS_MODIFIED;
                             if (there && clause.clause_kind() == kSchoolOfficialClause) {
                               name = clause.name();
                             }
                             return name.empty();
                           }));
    return name;
  }

  // --- Through others --------------------------------------------------------------------------

  static bool Carries(const v1::Subprocessor& edge, const std::set<std::string>& elements) {
    return edge.data_elements().empty() ||
           std::any_of(edge.data_elements().begin(), edge.data_elements().end(),
                       [&](const std::string& element) { return elements.contains(element); });
  }

  // Follows the chain from the vendor that had the fields first; `days`, on which it had them,
  // become those on which the party could get them.
  void AddOnward(const Asked& asked, const std::string& source,
                 const std::set<std::uint16_t>& elements, exposure::Interval* days,
                 Entry* entry) const {
    entry->source = source;
    std::set<std::string> names;
    for (const std::uint16_t element : elements) names.insert(names_[element]);
    std::optional<Day> at = days->first;
    Day last = kMaxDay;
    for (const v1::UpstreamSource& upstream : asked.gathered.basis.upstream()) {
      if (upstream.vendor() != source) continue;
      for (int i = 0; i + 1 < upstream.chain_size(); ++i) {
        const std::string& to = upstream.chain(i + 1);
        std::optional<Day> next;
        last = kMinDay;
        ForEachChild(facts_.subprocessors, upstream.chain(i) + "/subprocessors",
                     [&](const v1::Subprocessor& edge) {
                       if (edge.processor() != to || !Carries(edge, names)) return;
                       const Day begin = edge.has_start_date()
                                             ? ToDayNumber(ToCivilDay(edge.start_date()))
                                             : kMinDay;
                       const Day end =
                           edge.has_end_date() ? ToDayNumber(ToCivilDay(edge.end_date())) : kMaxDay;
                       if (begin > today_ || (at && end < *at)) return;
                       v1::OnwardStep* step = entry->message.add_onward();
                       step->set_subprocessor(edge.name());
                       step->set_party(to);
                       step->set_party_name(LegalName(to));
                       step->set_purpose(edge.purpose());
                       if (at) next = std::min(next.value_or(kMaxDay), std::max(begin, *at));
                       last = std::max(last, std::min(end, today_));
                     });
        at = next;
      }
    }
    // The chain shown may not be the one on which these elements came.
    *days = at ? exposure::Interval{*at, last} : exposure::Interval{};
  }

  // Tells each party that had something whom it may have passed it on to.
  void AddAdditionalParties() {
    std::map<std::pair<Origin, std::string>, std::set<std::string>> onward;
    for (const Entry& entry : entries_) {
      if (entry.source.empty()) continue;
      std::set<std::string> on_the_way = {entry.source};
      for (const v1::OnwardStep& step : entry.message.onward()) on_the_way.insert(step.party());
      on_the_way.erase(entry.message.party());
      for (const std::string& vendor : on_the_way) {
        onward[{entry.origin, vendor}].insert(entry.message.party());
      }
    }
    for (Entry& entry : entries_) {
      const auto found = onward.find({entry.origin, entry.message.party()});
      if (found == onward.end()) continue;
      for (const std::string& party : found->second) entry.message.add_additional_parties(party);
    }
  }

  // --- Incidents -------------------------------------------------------------------------------

  absl::Status AddIncidents(const std::set<std::string>& parties, v1::DisclosureRecord* record) {
    return ForEachIncidentOf(tx_, view_.ground, number_, person_,
                             [&](const IncidentOfPerson& found) -> absl::Status {
                               if (found.statement.name().empty()) {
                                 if (parties.contains(found.incident.vendor())) {
                                   record->add_unstated_incidents(found.incident.name());
                                 }
                                 return absl::OkStatus();
                               }
                               AddIncident(found);
                               return absl::OkStatus();
                             });
  }

  void AddIncident(const IncidentOfPerson& found) {
    std::map<std::string, v1::DisclosedElement> elements;
    const auto element = [&](const std::string& name, v1::Certainty certainty) {
      v1::DisclosedElement& row = elements[name];
      row.set_data_element(name);
      row.set_certainty(std::max(row.certainty(), certainty));
      return &row;
    };
    for (const exposure::Cell& cell : found.set.cells) {
      element(names_[cell.element], static_cast<v1::Certainty>(cell.certainty))->set_stated(true);
    }
    for (const FrozenNotice& notice : found.notices) {
      for (const v1::ExposedElement& frozen : notice.elements.elements()) {
        element(frozen.data_element(), frozen.certainty())->add_cases(notice.case_name);
      }
    }
    if (elements.empty()) return;
    Entry entry = NewEntry(v1::DISCLOSURE_KIND_UNAUTHORISED, found.incident.vendor());
    v1::Disclosure& message = entry.message;
    message.set_incident(found.incident.name());
    message.set_cause(found.incident.cause());
    if (!found.set.cells.empty()) message.set_statement(found.statement.name());
    for (const FrozenNotice& notice : found.notices) message.add_cases(notice.case_name);
    if (found.incident.has_window_start_date()) {
      *message.mutable_first_date() = found.incident.window_start_date();
    }
    if (found.incident.has_window_end_date()) {
      *message.mutable_last_date() = found.incident.window_end_date();
    }
    for (auto& [name, row] : elements) *message.add_elements() = std::move(row);
    entries_.push_back(std::move(entry));
  }

  ReadTx& tx_;
  const PortfolioView& view_;
  const RegisterFacts& facts_;
  const std::vector<std::string>& names_;  // Of elements.
  const std::uint64_t number_;
  const std::uint32_t ordinal_;
  const Day today_;
  const exposure::PersonAnswers person_;
  ExposureGround alone_;  // With a roster of the student only.
  std::vector<Entry> entries_;
  std::map<std::string, Coverage> coverages_;   // By the planned transfer.
  std::map<std::string, std::string> clauses_;  // By contract.
};

absl::StatusOr<v1::DisclosureRecord> MakeRecord(ReadTx& tx, Portfolio& portfolio,
                                                absl::CivilDay today, const std::string& name,
                                                std::string_view field, std::int64_t revision) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, roster::PersonNumber(name, field));
  RC_ASSIGN_OR_RETURN(const auto view, portfolio.Get(tx, revision, today));
  const exposure::World& world = *view->ground.roster->world;
  const std::optional<std::uint32_t> ordinal = world.OrdinalOf(number);
  if (!ordinal) return NotFound(name);
  if (world.kind(*ordinal) != exposure::SubjectKind::kStudent) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_A_STUDENT",
                     absl::StrCat(name,
                                  " is no student; the record of disclosures is kept of students. "
                                  "Ask GetPersonExposure"),
                     {{"resource", name}});
  }
  v1::DisclosureRecord record;
  v1::ExposedPerson person;
  RC_RETURN_IF_ERROR(DescribePerson(tx, *view->ground.roster, *ordinal, &person));
  record.set_person(name);
  record.set_revision(view->ground.revision);
  *record.mutable_made_date() = ToDate(today);
  record.set_citation(kRecordCitation);
  record.set_current(person.current());
  record.set_district_id(person.district_id());
  record.set_given_name(person.given_name());
  record.set_family_name(person.family_name());
  RC_RETURN_IF_ERROR(Recorder(tx, *view, number, *ordinal).Fill(&record));
  for (const char* limit : kLimits) record.add_limits(limit);
  return record;
}

}  // namespace

absl::Status GetDisclosureRecord(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                                 const v1::GetDisclosureRecordRequest& request,
                                 v1::DisclosureRecord* response) {
  RC_ASSIGN_OR_RETURN(*response,
                      MakeRecord(tx, portfolio, today, request.name(), "name", request.revision()));
  return absl::OkStatus();
}

absl::Status ListDisclosures(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                             const v1::ListDisclosuresRequest& request,
                             v1::ListDisclosuresResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  ListPlace place{0, today};
  if (!position.key.empty()) {
    const std::optional<ListPlace> parsed = ParsePlace(position.key);
    if (!parsed) return InvalidField("page_token", "cannot be read; start again without a token");
    place = *parsed;
  }
  RC_ASSIGN_OR_RETURN(v1::DisclosureRecord record,
                      MakeRecord(tx, portfolio, place.today, request.parent(), "parent",
                                 position.revision > 0 ? position.revision : request.revision()));
  std::vector<v1::Disclosure*> rows;
  for (v1::Disclosure& row : *record.mutable_disclosures()) {
    if (request.kind() == v1::DISCLOSURE_KIND_UNSPECIFIED || row.kind() == request.kind()) {
      rows.push_back(&row);
    }
  }
  response->set_total_size(std::ssize(rows));
  response->set_revision(record.revision());
  *response->mutable_made_date() = record.made_date();
  std::size_t next = std::min<std::size_t>(place.after, rows.size());
  const std::size_t end =
      std::min(rows.size(), next + static_cast<std::size_t>(registry::PageSize(request)));
  std::size_t bytes = 0;
  for (; next < end && bytes < registry::kMaxPageBytes; ++next) {
    bytes += rows[next]->ByteSizeLong();
    *response->add_disclosures() = std::move(*rows[next]);
  }
  if (next < rows.size()) {
    response->set_next_page_token(
        registry::MakePageToken(request, {PlaceText({next, place.today}), record.revision()}));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::casework
