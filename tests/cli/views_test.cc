#include "client/cli/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string View(const google::protobuf::Message& message) {
  std::ostringstream out;
  std::ostringstream err;
  Io io{out, err};
  EXPECT_TRUE(WriteView(CommandContext{io, {}}, message));
  return out.str();
}

google::type::Date Day(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

TEST(ExposureView, ShowsWarningsCountsFieldsAndYears) {
  v1::ExposureSummary summary;
  summary.mutable_basis()->set_incident("incidents/cleo");
  summary.mutable_basis()->add_warnings("a share outside any contract");
  summary.set_people(12345);
  summary.set_current_students(12000);
  summary.set_former_students(345);
  summary.mutable_basis()->add_warnings("3 entries of the vendor's list match nobody");
  v1::ElementCount* element = summary.add_by_element();
  element->set_data_element("dataElements/student.medicaid_id");
  element->set_people(900);
  element->set_populated(850);
  v1::CountRow* year = summary.add_by_school_year();
  year->set_key("2018");
  year->set_label("2017-18");
  year->set_people(345);
  summary.set_digest("abc123");
  const std::string view = View(summary);
  EXPECT_THAT(view, AllOf(HasSubstr("WARNING  a share outside any contract"),
                          HasSubstr("WARNING  3 entries of the vendor's list match nobody"),
                          HasSubstr("12,345 people are affected"),
                          HasSubstr("students   12,000     345  12,345"),
                          HasSubstr("student.medicaid_id     900        850"),
                          HasSubstr("2018  345  2017-18"), HasSubstr("abc123")));
}

TEST(ExposureView, LongBreakdownsSayThatTheyAreCut) {
  v1::ExposureSummary summary;
  for (int i = 0; i < 30; ++i) {
    v1::CountRow* row = summary.add_by_school();
    row->set_key("schools/s" + std::to_string(i));
    row->set_people(i);
  }
  const std::string view = View(summary);
  EXPECT_THAT(view, AllOf(HasSubstr("s29  29"), Not(HasSubstr("s4 ")),
                          HasSubstr("and 5 more; --output json shows all")));
}

TEST(CaseView, ShowsDueDateDaysLeftAndProgress) {
  v1::Case a_case;
  a_case.set_name("cases/cleo");
  a_case.set_state(v1::CASE_STATE_OPEN);
  v1::Obligation* duty = a_case.add_obligations();
  duty->set_title("Tell parents");
  *duty->mutable_due_date() = Day(2025, 3, 10);
  duty->set_days_left(12);
  duty->set_people(1000);
  duty->set_sent(250);
  duty->set_outcome(v1::DUTY_OUTCOME_RUNNING);
  duty->set_time_zone("America/Chicago");
  v1::NoticeCount* count = a_case.add_notices();
  count->set_channel(v1::NOTICE_CHANNEL_US_MAIL);
  count->set_status(v1::NOTICE_STATUS_PENDING);
  count->set_notices(750);
  const std::string view = View(a_case);
  EXPECT_THAT(view, AllOf(HasSubstr("2025-03-10"), HasSubstr("12 days left"),
                          HasSubstr("250 of 1,000 (25%)"), HasSubstr("us-mail"),
                          HasSubstr("America/Chicago"), Not(HasSubstr("WARNING"))));
  duty->set_days_left(-2);
  duty->set_outcome(v1::DUTY_OUTCOME_OVERDUE);
  EXPECT_THAT(View(a_case),
              HasSubstr("WARNING  Tell parents is overdue: due 2025-03-10, 2 days over"));
}

TEST(IncidentView, ShowsHowLateTheVendorWas) {
  v1::Incident incident;
  incident.set_name("incidents/battelle");
  *incident.mutable_window_start_date() = Day(2021, 12, 1);
  *incident.mutable_district_received_date() = Day(2022, 4, 26);
  incident.set_days_to_notice(146);
  v1::DutyCheck* duty = incident.add_vendor_duties();
  duty->set_source("regimes/us-il-soppa-vendor");
  duty->set_days_late(116);
  duty->set_days_taken(146);
  duty->set_outcome(v1::DUTY_OUTCOME_LATE);
  const std::string view = View(incident);
  EXPECT_THAT(view, AllOf(HasSubstr("146 days from the first day of the compromise"),
                          HasSubstr("WARNING  the vendor is 116 days late"),
                          HasSubstr("2021-12-01 to open")));
}

TEST(RosterImportView, SaysThatADryRunWroteNothing) {
  v1::RosterImport import;
  import.set_dry_run(true);
  import.set_added(5);
  EXPECT_THAT(View(import), HasSubstr("Dry run, nothing was written"));
}

}  // namespace
}  // namespace rollcall::cli
