// The vendor's duties to tell the district, and how clocks of duties are judged.

#include "server/casework/duties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/casework/small_register.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::DateOf;
using ::rollcall::testing::Parse;
using ::rollcall::testing::SmallRegister;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLaw[] = "regimes/us-il-soppa-15-5";

class DutiesTest : public ::testing::Test {
 protected:
  // Adds a breach-notice clause to the vendor's contract.
  void AddClause(std::string_view period, const std::string& contract = "main") {
    v1::CreateClauseRequest request;
    request.set_parent("vendors/cleo/contracts/" + contract);
    request.set_clause_id("notice");
    request.mutable_clause()->set_clause_kind("clauseKinds/breach-notice");
    request.mutable_clause()->set_status(v1::CLAUSE_STATUS_PRESENT);
    *request.mutable_clause()->mutable_value()->mutable_notice_period() =
        Parse<v1::NoticePeriod>(period);
    SmallRegister::Must(register_.Create<v1::Clause>(registry::Clauses(), request).status());
  }

  v1::Incident Report(std::string_view incident, absl::CivilDay today) {
    v1::CreateIncidentRequest request;
    request.set_incident_id("other");
    *request.mutable_incident() = Parse<v1::Incident>(incident);
    request.mutable_incident()->set_vendor("vendors/cleo");
    request.mutable_incident()->set_title("Other");
    SmallRegister::Must(register_.Create<v1::Incident>(Incidents(), request).status());
    return register_.GetIncident(today, "incidents/other");
  }

  static std::map<std::string, v1::DutyCheck> BySource(const v1::Incident& incident) {
    std::map<std::string, v1::DutyCheck> duties;
    for (const v1::DutyCheck& duty : incident.vendor_duties()) duties[duty.source()] = duty;
    return duties;
  }

  const std::string clause_ = "vendors/cleo/contracts/main/clauses/notice";
  SmallRegister register_;
};

TEST_F(DutiesTest, OneCheckForEachClauseAndEachRowOfLaw) {
  AddClause("length: 72 unit: PERIOD_UNIT_HOURS start_event: START_EVENT_VENDOR_CONFIRMED");
  const auto duties = BySource(register_.GetIncident(absl::CivilDay(2025, 2, 20)));
  ASSERT_EQ(duties.size(), 2U);
  // Confirmed on 2024-12-26, told on 2025-02-08.
  const v1::DutyCheck& clause = duties.at(clause_);
  EXPECT_EQ(DateText(clause.start_date()), "2024-12-26");
  EXPECT_EQ(DateText(clause.due_date()), "2024-12-29");
  EXPECT_EQ(DateText(clause.done_date()), "2025-02-08");
  EXPECT_EQ(clause.days_taken(), 44);
  EXPECT_EQ(clause.days_late(), 41);
  EXPECT_EQ(clause.outcome(), v1::DUTY_OUTCOME_LATE);
  EXPECT_EQ(clause.counted_from(), v1::START_EVENT_VENDOR_CONFIRMED);
  EXPECT_EQ(clause.note(), "");
  const v1::DutyCheck& law = duties.at(kLaw);
  EXPECT_EQ(DateText(law.due_date()), "2025-01-25");
  EXPECT_EQ(law.days_late(), 14);
  EXPECT_EQ(law.outcome(), v1::DUTY_OUTCOME_LATE);
  EXPECT_THAT(law.note(), HasSubstr("not been verified"));
}

TEST_F(DutiesTest, AContractNeverSignedObligesNobody) {
  SmallRegister::Must(
      register_
          .Create<v1::Contract>(registry::Contracts(), Parse<v1::CreateContractRequest>(R"(
              parent: "vendors/cleo" contract_id: "draft"
              contract { form: CONTRACT_FORM_CUSTOM })"))
          .status());
  AddClause("length: 3 unit: PERIOD_UNIT_CALENDAR_DAYS start_event: START_EVENT_VENDOR_LEARNED",
            "draft");
  EXPECT_EQ(register_.GetIncident(absl::CivilDay(2025, 2, 20)).vendor_duties_size(), 1);
}

TEST_F(DutiesTest, ANoticeOnTheDueDateIsInTime) {
  AddClause("length: 44 unit: PERIOD_UNIT_CALENDAR_DAYS start_event: START_EVENT_VENDOR_CONFIRMED");
  const auto duties = BySource(register_.GetIncident(absl::CivilDay(2025, 2, 20)));
  EXPECT_EQ(DateText(duties.at(clause_).due_date()), "2025-02-08");
  EXPECT_EQ(duties.at(clause_).outcome(), v1::DUTY_OUTCOME_MET);
  EXPECT_EQ(duties.at(clause_).days_late(), 0);
}

TEST_F(DutiesTest, WithoutTheNamedDateItCountsFromTheNearestEarlierEvent) {
  AddClause("length: 30 unit: PERIOD_UNIT_CALENDAR_DAYS start_event: START_EVENT_VENDOR_CONFIRMED");
  // The incident that took 146 days to be told.
  const v1::Incident incident = Report(R"(
      window_start_date { year: 2021 month: 12 day: 1 }
      district_received_date { year: 2022 month: 4 day: 26 })",
                                       absl::CivilDay(2022, 5, 1));
  EXPECT_EQ(incident.days_to_notice(), 146);
  const v1::DutyCheck duty = BySource(incident).at(clause_);
  EXPECT_EQ(duty.counted_from(), v1::START_EVENT_INCIDENT);
  EXPECT_EQ(duty.days_taken(), 146);
  EXPECT_EQ(DateText(duty.due_date()), "2021-12-31");
  EXPECT_EQ(duty.days_late(), 116);
  EXPECT_EQ(duty.outcome(), v1::DUTY_OUTCOME_LATE);
  EXPECT_THAT(duty.note(), HasSubstr("earlier event"));
}

TEST_F(DutiesTest, AnEarlierEventIsPreferredToTheIncidentItself) {
  AddClause("length: 30 unit: PERIOD_UNIT_CALENDAR_DAYS start_event: START_EVENT_VENDOR_CONFIRMED");
  const v1::Incident incident = Report(R"(
      window_start_date { year: 2024 month: 1 day: 1 }
      vendor_learned_date { year: 2024 month: 2 day: 1 })",
                                       absl::CivilDay(2024, 2, 10));
  EXPECT_EQ(BySource(incident).at(clause_).counted_from(), v1::START_EVENT_VENDOR_LEARNED);
  EXPECT_EQ(incident.days_to_notice(), -1);
}

TEST_F(DutiesTest, WithoutAnyDateItCannotBeJudged) {
  const v1::DutyCheck duty = BySource(Report("", absl::CivilDay(2024, 2, 10))).at(kLaw);
  EXPECT_EQ(duty.outcome(), v1::DUTY_OUTCOME_UNKNOWN);
  EXPECT_FALSE(duty.has_start_date());
  EXPECT_THAT(duty.note(), HasSubstr("no date yet"));
}

TEST_F(DutiesTest, UntoldItRunsAndThenIsOverdue) {
  constexpr char kConfirmed[] = "vendor_confirmed_date { year: 2024 month: 3 day: 1 }";
  const v1::Incident running = Report(kConfirmed, absl::CivilDay(2024, 3, 31));
  EXPECT_EQ(BySource(running).at(kLaw).outcome(), v1::DUTY_OUTCOME_RUNNING);
  EXPECT_EQ(BySource(running).at(kLaw).days_taken(), 30);
  const v1::Incident overdue = register_.GetIncident(absl::CivilDay(2024, 4, 2), "incidents/other");
  EXPECT_EQ(BySource(overdue).at(kLaw).outcome(), v1::DUTY_OUTCOME_OVERDUE);
  EXPECT_EQ(BySource(overdue).at(kLaw).days_late(), 2);
  EXPECT_FALSE(BySource(overdue).at(kLaw).has_done_date());
}

TEST_F(DutiesTest, TheLawDoesNotReachBackBeforeItsFirstDay) {
  const v1::Incident before =
      Report("vendor_confirmed_date { year: 2021 month: 6 day: 30 }", absl::CivilDay(2021, 8, 1));
  EXPECT_EQ(BySource(before).at(kLaw).outcome(), v1::DUTY_OUTCOME_NOT_APPLICABLE);
  EXPECT_THAT(BySource(before).at(kLaw).note(), HasSubstr("2021-07-01"));
  EXPECT_FALSE(BySource(before).at(kLaw).has_due_date());
  v1::UpdateIncidentRequest request;
  *request.mutable_incident() = Parse<v1::Incident>(
      "name: 'incidents/other' vendor_confirmed_date { year: 2021 month: 7 day: 1 }");
  request.mutable_update_mask()->add_paths("vendor_confirmed_date");
  v1::Incident response;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    return registry::UpdateRecord(tx, Incidents(), absl::CivilDay(2021, 8, 1), request, &response);
  }));
  EXPECT_EQ(BySource(response).at(kLaw).outcome(), v1::DUTY_OUTCOME_OVERDUE);
}

TEST_F(DutiesTest, AContractObligesBeforeTheLawDid) {
  AddClause("length: 5 unit: PERIOD_UNIT_BUSINESS_DAYS start_event: START_EVENT_VENDOR_LEARNED");
  // A Friday; five business days later is the next Friday.
  const v1::Incident incident = Report(
      "vendor_learned_date { year: 2020 month: 1 day: 3 } "
      "district_received_date { year: 2020 month: 1 day: 13 }",
      absl::CivilDay(2020, 2, 1));
  const v1::DutyCheck duty = BySource(incident).at(clause_);
  EXPECT_EQ(DateText(duty.due_date()), "2020-01-10");
  EXPECT_EQ(duty.days_late(), 3);
}

TEST_F(DutiesTest, ATermWithoutANumberIsShownAndNotJudged) {
  AddClause("unit: PERIOD_UNIT_WITHOUT_DELAY start_event: START_EVENT_VENDOR_LEARNED");
  const auto duties = BySource(register_.GetIncident(absl::CivilDay(2025, 2, 20)));
  EXPECT_EQ(duties.at(clause_).outcome(), v1::DUTY_OUTCOME_UNKNOWN);
  EXPECT_EQ(duties.at(clause_).days_taken(), 50);
  EXPECT_FALSE(duties.at(clause_).has_due_date());
}

// --- Judging obligations ---------------------------------------------------------------------

v1::Obligation Due(int people) {
  v1::Obligation obligation;
  obligation.set_people(people);
  *obligation.mutable_start_date() = DateOf(2025, 2, 8);
  *obligation.mutable_due_date() = DateOf(2025, 3, 10);
  obligation.set_outcome(v1::DUTY_OUTCOME_RUNNING);
  return obligation;
}

v1::Obligation Judge(v1::Obligation obligation, absl::CivilDay today, std::int64_t sent,
                     std::optional<absl::CivilDay> last) {
  JudgeObligation(today, {sent, last}, &obligation);
  return obligation;
}

TEST(JudgeObligationTest, TellsRunningMetLateAndOverdue) {
  const absl::CivilDay due(2025, 3, 10);
  EXPECT_EQ(Judge(Due(2), due, 1, due - 3).outcome(), v1::DUTY_OUTCOME_RUNNING);
  EXPECT_EQ(Judge(Due(2), due + 1, 1, due - 3).outcome(), v1::DUTY_OUTCOME_OVERDUE);
  EXPECT_EQ(Judge(Due(2), due + 9, 2, due).outcome(), v1::DUTY_OUTCOME_MET);
  EXPECT_EQ(Judge(Due(2), due + 9, 2, due + 1).outcome(), v1::DUTY_OUTCOME_LATE);
  EXPECT_EQ(Judge(Due(2), due + 9, 2, due + 1).days_left(), -9);
  EXPECT_EQ(DateText(Judge(Due(2), due, 2, due - 1).done_date()), "2025-03-09");
}

TEST(JudgeObligationTest, WithoutADueDateItRunsUntilDone) {
  v1::Obligation obligation = Due(2);
  obligation.clear_due_date();
  const absl::CivilDay day(2025, 3, 10);
  EXPECT_EQ(Judge(obligation, day, 1, day).outcome(), v1::DUTY_OUTCOME_RUNNING);
  EXPECT_EQ(Judge(obligation, day, 2, day).outcome(), v1::DUTY_OUTCOME_MET);
  EXPECT_EQ(Judge(obligation, day, 2, day).days_left(), 0);
}

TEST(JudgeObligationTest, WhatDoesNotApplyOrIsUnknownStaysSo) {
  const absl::CivilDay day(2025, 4, 10);
  for (const auto outcome : {v1::DUTY_OUTCOME_NOT_APPLICABLE, v1::DUTY_OUTCOME_UNKNOWN}) {
    v1::Obligation obligation = Due(2);
    obligation.set_outcome(outcome);
    EXPECT_EQ(Judge(obligation, day, 2, day).outcome(), outcome);
  }
}

TEST_F(DutiesTest, DistrictDutyIsUnknownWithoutADateAndNotApplicableWithoutPeople) {
  const LocalTime local = SmallRegister::On(2025, 2, 20);
  const auto first = [&](const v1::Incident& incident, AffectedPeople affected) {
    v1::Obligation obligation;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto all,
                          DistrictObligations(tx, incident, affected, local.zone_name, local.zone));
      EXPECT_EQ(all.size(), 1U);
      obligation = all[0];
      return absl::OkStatus();
    }));
    return obligation;
  };
  v1::Incident incident;
  EXPECT_EQ(first(incident, {3, 1}).outcome(), v1::DUTY_OUTCOME_UNKNOWN);
  EXPECT_EQ(first(incident, {0, 1}).outcome(), v1::DUTY_OUTCOME_NOT_APPLICABLE);
  *incident.mutable_district_received_date() = DateOf(2021, 6, 30);
  EXPECT_EQ(first(incident, {3, 1}).outcome(), v1::DUTY_OUTCOME_NOT_APPLICABLE);
  *incident.mutable_district_received_date() = DateOf(2022, 4, 26);
  EXPECT_EQ(DateText(first(incident, {3, 1}).due_date()), "2022-05-26");
  EXPECT_EQ(first(incident, {3, 1}).people(), 3);
}

}  // namespace
}  // namespace rollcall::casework
