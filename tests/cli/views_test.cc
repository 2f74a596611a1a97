#include "client/cli/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "client/cli/exposure_words.h"

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

TEST(Views, NothingOfTheServerSteersTheTerminal) {
  v1::Incident incident;
  incident.set_name("incidents/\x1b[1m");
  incident.set_description("first\nsecond\x1b]0;title\x07");
  const std::string view = View(incident);
  EXPECT_THAT(view, AllOf(HasSubstr("first\nsecond ]0;title "), Not(HasSubstr("\x1b"))));
  v1::ApplyVendorFileResponse applied;
  applied.add_created("vendors/\x1b[2J");
  EXPECT_THAT(View(applied), Not(HasSubstr("\x1b")));
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

TEST(ExposureView, ShowsCertaintyRemovalsTransfersAndChains) {
  v1::ExposureSummary summary;
  v1::ExposureBasis& basis = *summary.mutable_basis();
  basis.set_vendor("vendors/nimbus");
  basis.add_dispositions("vendors/nimbus/dispositions/d1");
  v1::TransferGroup* group = basis.add_transfer_groups();
  group->set_vendor("vendors/cleo");
  group->set_transfers(14);
  *group->mutable_first_date() = Day(2023, 8, 1);
  *group->mutable_last_date() = Day(2024, 6, 1);
  group->set_people(1200);
  group->set_unmatched(3);
  group->add_data_elements("dataElements/student.name");
  v1::UpstreamSource* source = basis.add_upstream();
  source->set_vendor("vendors/cleo");
  source->add_chain("vendors/cleo");
  source->add_chain("vendors/nimbus");
  summary.set_cells_confirmed(1500);
  summary.set_cells_believed(20);
  summary.set_cells_populated(900);
  summary.set_people_removed(4);
  summary.set_cells_removed(17);
  v1::ElementCount* element = summary.add_by_element();
  element->set_data_element("dataElements/student.name");
  element->set_people(1200);
  element->set_removed(6);
  summary.mutable_by_school_and_element()->add_schools("schools/secret");
  const std::string view = View(summary);
  EXPECT_THAT(view,
              AllOf(HasSubstr("Exposure of vendors/nimbus at revision"),
                    HasSubstr("1,500 are confirmed, 20 believed, 900 populated"),
                    HasSubstr("Dispositions removed 17 fields, and everything of 4 people"),
                    HasSubstr("Dispositions that counted: vendors/nimbus/dispositions/d1"),
                    HasSubstr("cleo  (none)     14  2023-08-01  2024-06-01   1,200          3"),
                    HasSubstr("cleo > nimbus"),
                    HasSubstr("student.name   1,200          0          0        6"),
                    Not(HasSubstr("secret"))));
}

TEST(PersonExposureView, SaysWhoHoldsWhatOnWhichGround) {
  v1::PersonExposure exposure;
  exposure.set_person("people/7");
  v1::PersonHolding* holding = exposure.add_holdings();
  holding->set_vendor("vendors/nimbus");
  v1::UpstreamSource* source = holding->add_upstream();
  source->set_vendor("vendors/cleo");
  source->add_chain("vendors/cleo");
  source->add_chain("vendors/nimbus");
  v1::HeldElement* held = holding->add_elements();
  held->set_data_element("dataElements/student.name");
  held->set_certainty(v1::CERTAINTY_CONFIRMED);
  held->add_reasons()->set_kind(v1::REASON_KIND_OBSERVED_UPSTREAM);
  *held->mutable_since_date() = Day(2023, 8, 1);
  v1::HeldElement* gone = holding->add_elements();
  gone->set_data_element("dataElements/student.grade");
  v1::ExposureReason* sent = gone->add_reasons();
  sent->set_kind(v1::REASON_KIND_OBSERVED);
  sent->set_transfer_group(0);
  v1::TransferGroup* files = holding->add_transfer_groups();
  files->set_transfers(14);
  *files->mutable_first_date() = Day(2023, 8, 1);
  gone->set_removed(true);
  gone->add_dispositions("vendors/nimbus/dispositions/d1");
  v1::PersonIncident* incident = exposure.add_incidents();
  incident->set_incident("incidents/leak");
  incident->set_statement("incidents/leak/statements/2");
  incident->set_vendor("vendors/cleo");
  incident->add_cases("cases/leak");
  v1::ExposedElement* exposed = incident->add_elements();
  exposed->set_data_element("dataElements/student.name");
  exposed->set_certainty(v1::CERTAINTY_CONFIRMED);
  exposed->add_reasons()->set_kind(v1::REASON_KIND_CLAIMED);
  exposed->add_reasons()->set_kind(v1::REASON_KIND_NAMED);
  const std::string view = View(exposure);
  EXPECT_THAT(
      view,
      AllOf(
          HasSubstr("vendors/nimbus, through cleo > nimbus"),
          HasSubstr("student.name   confirmed  2023-08-01  sent to a vendor that passes data on"),
          HasSubstr("student.grade  removed    unknown     sent 14 times since 2023-08-01; removed "
                    "by disposition nimbus/d1"),
          HasSubstr("incidents/leak/statements/2 at vendors/cleo, notice in cases/leak"),
          HasSubstr("on the vendor's list; named by the vendor, in no share")));
}

TEST(ExposureWords, GroundsUseTheGroupsOfTransfers) {
  v1::PersonHolding holding;
  v1::TransferGroup* often = holding.add_transfer_groups();
  often->set_vendor("vendors/cleo");
  often->set_transfers(14);
  *often->mutable_first_date() = Day(2023, 8, 1);
  v1::TransferGroup* once = holding.add_transfer_groups();
  once->set_vendor("vendors/cleo");
  once->set_transfers(1);
  *once->mutable_first_date() = Day(2024, 5, 2);
  v1::ExposureReason reason;
  reason.set_kind(v1::REASON_KIND_OBSERVED);
  reason.set_transfer_group(0);
  EXPECT_EQ(GroundText(reason, holding.transfer_groups()), "sent 14 times since 2023-08-01");
  EXPECT_EQ(GroundText(reason, {}), "sent in a file");
  reason.set_kind(v1::REASON_KIND_OBSERVED_UPSTREAM);
  reason.set_transfer_group(1);
  EXPECT_EQ(GroundText(reason, holding.transfer_groups()), "sent to cleo on 2024-05-02");
  reason.set_transfer_group(2);
  EXPECT_EQ(GroundText(reason, holding.transfer_groups()), "sent to a vendor that passes data on");
}

TEST(ComparisonView, ShowsCountsThenElementsThenPeople) {
  v1::CompareExposuresResponse comparison;
  comparison.mutable_base()->set_statement("incidents/leak/statements/1");
  comparison.mutable_other()->set_statement("incidents/leak/statements/2");
  comparison.set_people_added(1500);
  comparison.set_people_same(7);
  v1::ElementDifference* element = comparison.add_elements();
  element->set_data_element("dataElements/student.name");
  element->set_added(1500);
  v1::PersonDifference* person = comparison.add_people();
  person->set_person("people/9");
  person->add_added("dataElements/student.name");
  const std::string view = View(comparison);
  EXPECT_THAT(view, AllOf(HasSubstr("incidents/leak/statements/2 at revision"),
                          HasSubstr("student.name  1,500        0"), HasSubstr("people/9")));
  EXPECT_LT(view.find("unchanged"), view.find("gained or lost"));
  EXPECT_LT(view.find("gained or lost"), view.find("people/9"));
}

TEST(TransferView, ShowsFindingsAndWhatWasCounted) {
  v1::Transfer transfer;
  transfer.set_name("vendors/cleo/transfers/t1");
  transfer.set_ids(2000);
  transfer.set_people(1990);
  transfer.set_undeclared(true);
  transfer.add_via("vendors/bolt");
  v1::TransferElement* counted = transfer.add_elements();
  counted->set_data_element("dataElements/student.name");
  counted->set_populated(1800);
  transfer.add_elements()->set_data_element("dataElements/student.grade");
  v1::TransferFinding* finding = transfer.add_findings();
  finding->set_reason(v1::TRANSFER_FINDING_REASON_CONTRACT_NOT_IN_FORCE);
  finding->set_ids(2000);
  finding->set_resource("vendors/cleo/contracts/c1");
  finding->set_explanation("ended in 2022");
  EXPECT_THAT(View(transfer),
              AllOf(HasSubstr("WARNING"), HasSubstr("Carried by  bolt"),
                    HasSubstr("student.name   1,800\n"), HasSubstr("student.grade  not counted"),
                    HasSubstr("contract-not-in-force  2,000  (whole file)"),
                    HasSubstr("vendors/cleo/contracts/c1"), HasSubstr("ended in 2022")));
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
