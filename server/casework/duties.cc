#include "server/casework/duties.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "server/casework/clock.h"
#include "server/casework/incidents.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

ClockUnit UnitOf(v1::PeriodUnit unit) {
  switch (unit) {
    case v1::PERIOD_UNIT_HOURS:
      return ClockUnit::kHours;
    case v1::PERIOD_UNIT_BUSINESS_DAYS:
      return ClockUnit::kBusinessDays;
    default:
      return ClockUnit::kCalendarDays;
  }
}

// An event that has a day.
struct DatedEvent {
  v1::StartEvent event;
  absl::CivilDay day;
};

// The event that a period names, or else the nearest one before it in the order in which things
// happen. Counting from an earlier day is stricter for the vendor, and the note says so.
std::optional<DatedEvent> StartOf(const v1::Incident& incident, v1::StartEvent named) {
  if (named == v1::START_EVENT_DISTRICT_RECEIVED_OR_DETERMINED ||
      named == v1::START_EVENT_DISTRICT_DETERMINED || named == v1::START_EVENT_DISTRICT_RECEIVED) {
    const auto day = EventDay(incident, named);
    if (!day) return std::nullopt;
    return DatedEvent{named, *day};
  }
  for (int event = named; event >= v1::START_EVENT_INCIDENT; --event) {
    const auto candidate = static_cast<v1::StartEvent>(event);
    const auto day = EventDay(incident, candidate);
    if (day) return DatedEvent{candidate, *day};
  }
  return std::nullopt;
}

bool InForce(const v1::Regime& regime, absl::CivilDay day) {
  if (regime.has_effective_from() && day < ToCivilDay(regime.effective_from())) return false;
  return !regime.has_effective_until() || day <= ToCivilDay(regime.effective_until());
}

std::string OutOfForceNote(const v1::Regime& regime, absl::CivilDay day) {
  if (regime.has_effective_from() && day < ToCivilDay(regime.effective_from())) {
    return absl::StrCat("the rule is law since ", DateText(regime.effective_from()),
                        "; the duty would have begun on ", DateText(ToDate(day)));
  }
  return absl::StrCat("the rule was law until ", DateText(regime.effective_until()));
}

absl::StatusOr<v1::DutyCheck> CheckDuty(const v1::Incident& incident, const std::string& source,
                                        const v1::NoticePeriod& period, const v1::Regime* regime,
                                        absl::CivilDay today) {
  v1::DutyCheck duty;
  duty.set_source(source);
  *duty.mutable_period() = period;
  duty.set_outcome(v1::DUTY_OUTCOME_UNKNOWN);
  const auto received = EventDay(incident, v1::START_EVENT_DISTRICT_RECEIVED);
  if (received) *duty.mutable_done_date() = ToDate(*received);

  const auto start = StartOf(incident, period.start_event());
  if (!start) {
    duty.set_note("the event that starts the clock has no date yet");
    return duty;
  }
  duty.set_counted_from(start->event);
  *duty.mutable_start_date() = ToDate(start->day);
  duty.set_days_taken(static_cast<int>(received.value_or(today) - start->day));
  if (start->event != period.start_event()) {
    duty.set_note("counted from an earlier event: the one that the rule names has no date");
  }
  if (regime != nullptr && !InForce(*regime, start->day)) {
    duty.set_outcome(v1::DUTY_OUTCOME_NOT_APPLICABLE);
    duty.set_note(OutOfForceNote(*regime, start->day));
    return duty;
  }
  if (period.unit() == v1::PERIOD_UNIT_WITHOUT_DELAY) {
    duty.set_note("the term has no number of days; days_taken tells how long it took");
    return duty;
  }
  RC_ASSIGN_OR_RETURN(const absl::CivilDay due,
                      DueDate(start->day, period.length(), UnitOf(period.unit())));
  *duty.mutable_due_date() = ToDate(due);
  const absl::CivilDay reached = received.value_or(today);
  duty.set_days_late(static_cast<int>(std::max<absl::civil_diff_t>(0, reached - due)));
  if (received) {
    duty.set_outcome(duty.days_late() > 0 ? v1::DUTY_OUTCOME_LATE : v1::DUTY_OUTCOME_MET);
  } else {
    duty.set_outcome(duty.days_late() > 0 ? v1::DUTY_OUTCOME_OVERDUE : v1::DUTY_OUTCOME_RUNNING);
  }
  return duty;
}

absl::StatusOr<std::vector<v1::Regime>> AllRegimes(ReadTx& tx) {
  std::vector<v1::Regime> regimes;
  v1::Regime scratch;
  RC_RETURN_IF_ERROR(RegimeTable().List(tx, "", "", kNewest, &scratch,
                                        [&](const Message& record) -> absl::StatusOr<bool> {
                                          regimes.emplace_back().CopyFrom(record);
                                          return true;
                                        }));
  return regimes;
}

}  // namespace

absl::Status AddVendorDuties(ReadTx& tx, absl::CivilDay today, v1::Incident* incident) {
  std::vector<std::string> contracts;
  v1::Contract contract;
  RC_RETURN_IF_ERROR(ContractTable().List(tx, incident->vendor(), "", kNewest, &contract,
                                          [&](const Message& record) -> absl::StatusOr<bool> {
                                            const auto& row =
                                                dynamic_cast<const v1::Contract&>(record);
                                            if (row.has_signed_date())
                                              contracts.push_back(row.name());
                                            return true;
                                          }));
  std::vector<v1::Clause> clauses;
  for (const std::string& name : contracts) {
    v1::Clause scratch;
    RC_RETURN_IF_ERROR(ClauseTable().List(
        tx, name, "", kNewest, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
          const auto& clause = dynamic_cast<const v1::Clause&>(record);
          if (clause.value().has_notice_period()) clauses.push_back(clause);
          return true;
        }));
  }
  for (const v1::Clause& clause : clauses) {
    RC_ASSIGN_OR_RETURN(
        *incident->add_vendor_duties(),
        CheckDuty(*incident, clause.name(), clause.value().notice_period(), nullptr, today));
  }
  RC_ASSIGN_OR_RETURN(const std::vector<v1::Regime> regimes, AllRegimes(tx));
  for (const v1::Regime& regime : regimes) {
    if (regime.obliged() != v1::DUTY_PARTY_VENDOR) continue;
    RC_ASSIGN_OR_RETURN(v1::DutyCheck duty,
                        CheckDuty(*incident, regime.name(), regime.period(), &regime, today));
    if (!regime.citation().verified()) {
      duty.set_note(absl::StrCat(duty.note(), duty.note().empty() ? "" : "; ",
                                 "the text of the rule has not been verified"));
    }
    *incident->add_vendor_duties() = duty;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Obligation>> DistrictObligations(ReadTx& tx,
                                                                const v1::Incident& incident,
                                                                const AffectedPeople& affected,
                                                                const std::string& zone_name,
                                                                absl::TimeZone zone) {
  RC_ASSIGN_OR_RETURN(const std::vector<v1::Regime> regimes, AllRegimes(tx));
  std::vector<v1::Obligation> obligations;
  for (const v1::Regime& regime : regimes) {
    if (regime.obliged() != v1::DUTY_PARTY_DISTRICT) continue;
    v1::Obligation obligation;
    obligation.set_regime(regime.name());
    obligation.set_title(regime.title());
    obligation.set_citation(regime.citation().reference());
    obligation.set_start_event(regime.period().start_event());
    obligation.set_time_zone(zone_name);
    obligation.set_people(regime.subject() == v1::SUBJECT_KIND_STAFF ? affected.staff
                          : regime.subject() == v1::SUBJECT_KIND_STUDENT
                              ? affected.students
                              : affected.students + affected.staff);
    const auto start = EventDay(incident, regime.period().start_event());
    if (obligation.people() == 0) {
      obligation.set_outcome(v1::DUTY_OUTCOME_NOT_APPLICABLE);
      obligation.set_note("nobody whom the rule protects is affected");
    } else if (!start) {
      obligation.set_outcome(v1::DUTY_OUTCOME_UNKNOWN);
      obligation.set_note("the event that starts the clock has no date: update the incident");
    } else if (!InForce(regime, *start)) {
      *obligation.mutable_start_date() = ToDate(*start);
      obligation.set_outcome(v1::DUTY_OUTCOME_NOT_APPLICABLE);
      obligation.set_note(OutOfForceNote(regime, *start));
    } else {
      *obligation.mutable_start_date() = ToDate(*start);
      if (regime.period().unit() != v1::PERIOD_UNIT_WITHOUT_DELAY) {
        RC_ASSIGN_OR_RETURN(const absl::CivilDay due, DueDate(*start, regime.period().length(),
                                                              UnitOf(regime.period().unit())));
        *obligation.mutable_due_date() = ToDate(due);
        *obligation.mutable_due_time() = ToTimestamp(DueInstant(due, zone));
      }
      obligation.set_outcome(v1::DUTY_OUTCOME_RUNNING);
      if (!regime.citation().verified()) {
        obligation.set_note("the text of the rule has not been verified");
      }
    }
    obligations.push_back(std::move(obligation));
  }
  return obligations;
}

void JudgeObligation(absl::CivilDay today, const Progress& progress, v1::Obligation* obligation) {
  obligation->set_sent(progress.sent);
  if (obligation->outcome() == v1::DUTY_OUTCOME_NOT_APPLICABLE ||
      obligation->outcome() == v1::DUTY_OUTCOME_UNKNOWN) {
    return;
  }
  const bool done = progress.sent >= obligation->people() && progress.last_sent.has_value();
  if (done) *obligation->mutable_done_date() = ToDate(*progress.last_sent);
  if (!obligation->has_due_date()) {
    if (done) obligation->set_outcome(v1::DUTY_OUTCOME_MET);
    return;
  }
  const absl::CivilDay due = ToCivilDay(obligation->due_date());
  obligation->set_days_left(static_cast<int>(DaysLeft(today, due)));
  if (done) {
    obligation->set_outcome(*progress.last_sent <= due ? v1::DUTY_OUTCOME_MET
                                                       : v1::DUTY_OUTCOME_LATE);
  } else {
    obligation->set_outcome(today <= due ? v1::DUTY_OUTCOME_RUNNING : v1::DUTY_OUTCOME_OVERDUE);
  }
}

}  // namespace rollcall::casework
