#include "server/casework/person_exposure.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/casework/cases.h"
#include "server/casework/exposure_words.h"
#include "server/exposure/person.h"
#include "server/roster/person_number.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

// Puts what a question says of a person into the API's words.
class HoldingWriter {
 public:
  HoldingWriter(const ExposureGround& ground, const GatheredQuestion& gathered,
                const exposure::PersonAnswers& person)
      : ground_(ground), gathered_(gathered), person_(person) {}

  void Write(const exposure::ElementSet& set, v1::PersonHolding* holding) {
    const ExposureWords words(ground_, gathered_);
    std::size_t removed = 0;
    const auto add_removed = [&](std::size_t before_element) {
      for (; removed < set.removed.size() && set.removed[removed].element < before_element;
           ++removed) {
        const exposure::RemovedCell& cell = set.removed[removed];
        v1::HeldElement* row = Add(cell.element, cell.reasons, cell.dispositions, words, holding);
        row->set_removed(true);
      }
    };
    for (const exposure::Cell& cell : set.cells) {
      add_removed(cell.element);
      v1::HeldElement* row = Add(cell.element, cell.reasons, cell.dispositions, words, holding);
      row->set_certainty(static_cast<v1::Certainty>(cell.certainty));
    }
    add_removed(ground_.facts->catalogue->names.size());
    // Groups of files and chains that no reason refers to are none of this person's.
    for (int i = 0; i < holding->elements_size(); ++i) {
      for (v1::ExposureReason& reason : *holding->mutable_elements(i)->mutable_reasons()) {
        if (reason.has_transfer_group()) {
          reason.set_transfer_group(GroupPlace(reason.transfer_group(), holding));
        }
      }
    }
    for (const v1::UpstreamSource& source : gathered_.basis.upstream()) {
      if (upstream_.contains(source.vendor())) *holding->add_upstream() = source;
    }
  }

 private:
  v1::HeldElement* Add(std::uint16_t element, const std::vector<exposure::Reason>& reasons,
                       const std::vector<std::uint32_t>& dispositions, const ExposureWords& words,
                       v1::PersonHolding* holding) {
    v1::HeldElement* row = holding->add_elements();
    row->set_data_element(ground_.facts->catalogue->names[element]);
    words.FillReasons(reasons, row->mutable_reasons());
    words.FillDispositions(dispositions, row->mutable_dispositions());
    std::optional<exposure::Day> since;
    const auto take = [&](std::optional<exposure::Day> day) {
      if (day.has_value() && (!since.has_value() || *day < *since)) since = day;
    };
    for (const exposure::Reason& reason : reasons) {
      if (reason.kind == exposure::ReasonKind::kDeclared) {
        const auto& shares = gathered_.question.shares;
        for (std::size_t i = 0; i < shares.size(); ++i) {
          if (shares[i].share != reason.source) continue;
          const auto days = person_.Days(gathered_.question, i);
          if (days && days->first != exposure::kMinDay) take(days->first);
        }
        NoteUpstream(ParentName(gathered_.share_names[reason.source]));
      } else if (reason.kind == exposure::ReasonKind::kObserved ||
                 reason.kind == exposure::ReasonKind::kObservedUpstream) {
        const v1::TransferGroup& group =
            gathered_.basis.transfer_groups(static_cast<int>(reason.source));
        take(ToDayNumber(ToCivilDay(group.first_date())));
        NoteUpstream(group.vendor());
      }
    }
    if (since.has_value()) *row->mutable_since_date() = ToDate(FromDayNumber(*since));
    return row;
  }

  void NoteUpstream(std::string_view vendor) {
    if (vendor != gathered_.basis.vendor()) upstream_.insert(std::string(vendor));
  }

  // The place of a group of the question among those of the holding.
  std::int32_t GroupPlace(std::int32_t group, v1::PersonHolding* holding) {
    const auto [found, added] = places_.try_emplace(group, holding->transfer_groups_size());
    if (added) *holding->add_transfer_groups() = gathered_.basis.transfer_groups(group);
    return found->second;
  }

  const ExposureGround& ground_;
  const GatheredQuestion& gathered_;
  const exposure::PersonAnswers& person_;
  std::map<std::int32_t, std::int32_t> places_;
  std::set<std::string, std::less<>> upstream_;
};

}  // namespace

absl::Status ForEachIncidentOf(ReadTx& tx, const ExposureGround& ground, std::uint64_t number,
                               const exposure::PersonAnswers& person,
                               absl::FunctionRef<absl::Status(const IncidentOfPerson&)> visit) {
  std::vector<v1::Incident> incidents;
  v1::Incident scratch;
  RC_RETURN_IF_ERROR(IncidentTable().List(tx, "", "", ground.revision, &scratch,
                                          [&](const Message& record) -> absl::StatusOr<bool> {
                                            incidents.emplace_back().CopyFrom(record);
                                            return true;
                                          }));
  for (v1::Incident& incident : incidents) {
    IncidentOfPerson row;
    row.incident = std::move(incident);
    const absl::Status stated =
        ReadNewestStatement(tx, row.incident.name(), ground.revision, &row.statement);
    if (!absl::IsFailedPrecondition(stated)) {
      RC_RETURN_IF_ERROR(stated);
      RC_ASSIGN_OR_RETURN(row.gathered,
                          GatherQuestion(tx, ground, row.incident, row.statement, nullptr));
      RC_ASSIGN_OR_RETURN(row.set, person.Ask(row.gathered.question));
      RC_ASSIGN_OR_RETURN(row.notices,
                          FindNotices(tx, row.incident.name(), number, ground.revision));
    }
    RC_RETURN_IF_ERROR(visit(row));
  }
  return absl::OkStatus();
}

absl::Status VendorUnreadable(std::string_view vendor, std::string_view problem) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "VENDOR_UNREADABLE",
      absl::StrCat("what ", ToAbsl(vendor), " holds cannot be told: ", ToAbsl(problem)),
      {{"resource", std::string(vendor)}});
}

absl::Status GetPersonExposure(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                               const v1::GetPersonExposureRequest& request,
                               v1::PersonExposure* response) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, roster::PersonNumber(request.name(), "name"));
  RC_ASSIGN_OR_RETURN(const auto view, portfolio.Get(tx, request.revision(), today));
  const exposure::World& world = *view->ground.roster->world;
  const std::optional<std::uint32_t> ordinal = world.OrdinalOf(number);
  if (!ordinal) return NotFound(request.name());
  response->set_person(request.name());
  response->set_revision(view->ground.revision);
  const exposure::PersonAnswers person(world, *ordinal);
  for (const auto& [vendor, row] : view->rows) {
    if (row->gathered == nullptr) {
      return VendorUnreadable(vendor, row->problem);
    }
    RC_ASSIGN_OR_RETURN(const exposure::ElementSet set, person.Ask(row->gathered->question));
    if (set.cells.empty() && set.removed.empty()) continue;
    v1::PersonHolding* holding = response->add_holdings();
    holding->set_vendor(vendor);
    HoldingWriter(view->ground, *row->gathered, person).Write(set, holding);
  }
  return ForEachIncidentOf(
      tx, view->ground, number, person, [&](const IncidentOfPerson& found) -> absl::Status {
        if (found.set.cells.empty() && found.set.removed.empty() && found.notices.empty()) {
          return absl::OkStatus();
        }
        v1::PersonIncident* row = response->add_incidents();
        row->set_incident(found.incident.name());
        row->set_statement(found.statement.name());
        row->set_vendor(found.incident.vendor());
        v1::ExposureSet message = ExposureWords(view->ground, found.gathered).SetMessage(found.set);
        row->mutable_elements()->Swap(message.mutable_elements());
        row->mutable_removed()->Swap(message.mutable_removed());
        for (const FrozenNotice& notice : found.notices) row->add_cases(notice.case_name);
        return absl::OkStatus();
      });
}

}  // namespace rollcall::casework
