// Cases: what is frozen when one opens, how its notices go out, and how its clocks are judged.

#include "server/casework/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <roaring/roaring.hh>
#include <string>
#include <vector>

#include "server/casework/approval.h"
#include "tests/casework/small_register.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::DateOf;
using ::rollcall::testing::DayOf;
using ::rollcall::testing::Parse;
using ::rollcall::testing::PersonSpec;
using ::rollcall::testing::PutPerson;
using ::rollcall::testing::RecordImport;
using ::rollcall::testing::SmallRegister;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::uint8_t kNothing = 0;

TEST(ChannelRules, CurrentStudentsAreReachedThroughTheirGuardiansFirst) {
  const auto channel = [](std::uint8_t contact) {
    return ChannelFor(v1::SUBJECT_KIND_STUDENT, /*current=*/true, contact);
  };
  EXPECT_EQ(channel(roster::kGuardianEmail), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(channel(roster::kGuardianEmail | roster::kOwnAddress), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(channel(roster::kOwnEmail | roster::kOwnAddress), v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(channel(roster::kOwnEmail | roster::kGuardianAddress), v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(channel(roster::kOwnEmail), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(channel(kNothing), v1::NOTICE_CHANNEL_NO_CONTACT);
}

TEST(ChannelRules, FormerStudentsAreReachedByMailFirst) {
  const auto channel = [](std::uint8_t contact) {
    return ChannelFor(v1::SUBJECT_KIND_STUDENT, /*current=*/false, contact);
  };
  EXPECT_EQ(channel(roster::kGuardianEmail | roster::kOwnEmail | roster::kOwnAddress),
            v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(channel(roster::kGuardianAddress), v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(channel(roster::kGuardianEmail), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(channel(roster::kOwnEmail), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(channel(kNothing), v1::NOTICE_CHANNEL_NO_CONTACT);
}

TEST(ChannelRules, StaffAreReachedUnderTheirOwnAddresses) {
  EXPECT_EQ(ChannelFor(v1::SUBJECT_KIND_STAFF, true, roster::kOwnEmail | roster::kOwnAddress),
            v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(ChannelFor(v1::SUBJECT_KIND_STAFF, true, roster::kOwnAddress),
            v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(ChannelFor(v1::SUBJECT_KIND_STAFF, false, roster::kOwnEmail | roster::kOwnAddress),
            v1::NOTICE_CHANNEL_US_MAIL);
  EXPECT_EQ(ChannelFor(v1::SUBJECT_KIND_STAFF, false, roster::kOwnEmail), v1::NOTICE_CHANNEL_EMAIL);
  EXPECT_EQ(ChannelFor(v1::SUBJECT_KIND_STAFF, true, kNothing), v1::NOTICE_CHANNEL_NO_CONTACT);
}

class CasesTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Case> TryOpen(std::string_view request) {
    const auto parsed = Parse<v1::OpenCaseRequest>(request);
    v1::Case response;
    RC_RETURN_IF_ERROR(register_.Write([&](WriteTx& tx) {
      return OpenCase(tx, register_.exposures, local_, register_.ids, parsed, &response);
    }));
    return response;
  }

  v1::Case Open() {
    register_.State("");
    auto opened = TryOpen("case_id: 'cleo' incident: 'incidents/breach'");
    SmallRegister::Must(opened.status());
    return *opened;
  }

  absl::StatusOr<v1::Case> TryGet(const std::string& name = "cases/cleo") {
    v1::Case response;
    RC_RETURN_IF_ERROR(
        register_.Read([&](ReadTx& tx) { return GetCase(tx, local_, name, &response); }));
    return response;
  }

  v1::Case Get() {
    auto found = TryGet();
    SmallRegister::Must(found.status());
    return *found;
  }

  v1::ListNoticesResponse Notices(std::string_view filter = "") {
    auto request = Parse<v1::ListNoticesRequest>(filter);
    request.set_parent("cases/cleo");
    v1::ListNoticesResponse response;
    SmallRegister::Must(
        register_.Read([&](ReadTx& tx) { return ListNotices(tx, request, &response); }));
    return response;
  }

  static std::vector<std::string> People(const v1::ListNoticesResponse& list) {
    std::vector<std::string> people;
    for (const v1::Notice& notice : list.notices()) people.push_back(notice.person());
    return people;
  }

  absl::StatusOr<v1::Notice> GetNotice(const std::string& name) {
    v1::GetNoticeRequest request;
    request.set_name(name);
    v1::Notice notice;
    RC_RETURN_IF_ERROR(
        register_.Read([&](ReadTx& tx) { return casework::GetNotice(tx, request, &notice); }));
    return notice;
  }

  absl::StatusOr<v1::RecordNoticesSentResponse> Send(const google::type::Date& date,
                                                     std::string_view whom) {
    auto request = Parse<v1::RecordNoticesSentRequest>(whom);
    request.set_name("cases/cleo");
    *request.mutable_sent_date() = date;
    v1::RecordNoticesSentResponse response;
    RC_RETURN_IF_ERROR(register_.Write(
        [&](WriteTx& tx) { return RecordNoticesSent(tx, local_, request, &response); }));
    return response;
  }

  absl::StatusOr<v1::Case> Close(const std::string& reason) {
    v1::CloseCaseRequest request;
    request.set_name("cases/cleo");
    request.set_reason(reason);
    v1::Case response;
    RC_RETURN_IF_ERROR(
        register_.Write([&](WriteTx& tx) { return CloseCase(tx, local_, request, &response); }));
    return response;
  }

  // `channel status notices` of each count.
  static std::vector<std::string> Counts(const v1::Case& record) {
    std::vector<std::string> counts;
    for (const v1::NoticeCount& count : record.notices()) {
      counts.push_back(absl::StrCat(v1::NoticeChannel_Name(count.channel()).substr(15), " ",
                                    v1::NoticeStatus_Name(count.status()).substr(14), " ",
                                    count.notices()));
    }
    return counts;
  }

  static std::string Elements(const v1::Notice& notice) {
    std::string elements;
    for (const v1::ExposedElement& element : notice.elements()) {
      elements += (elements.empty() ? "" : " ") + SmallRegister::Short(element);
    }
    return elements;
  }

  void Sql(const std::string& sql) {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    ASSERT_GT(db.exec(sql), 0) << sql;
  }

  SmallRegister register_;
  LocalTime local_ = SmallRegister::On(2025, 2, 20);
};

// --- Opening ---------------------------------------------------------------------------------

TEST_F(CasesTest, OpeningFreezesTheExposureWithItsDigest) {
  const v1::Case opened = Open();
  const v1::ExposureSummary summary = register_.Summary();
  EXPECT_EQ(opened.name(), "cases/cleo");
  EXPECT_EQ(opened.incident(), "incidents/breach");
  EXPECT_EQ(opened.statement(), "incidents/breach/statements/1");
  EXPECT_EQ(opened.state(), v1::CASE_STATE_OPEN);
  EXPECT_EQ(opened.people(), 5);
  EXPECT_EQ(opened.cells(), 14);
  EXPECT_EQ(opened.digest(), summary.digest());
  EXPECT_EQ(opened.basis().warnings_size(), summary.basis().warnings_size());
  EXPECT_THAT(Counts(opened),
              UnorderedElementsAre("EMAIL PENDING 3", "US_MAIL PENDING 1", "NO_CONTACT PENDING 1"));
  EXPECT_EQ(Get().SerializeAsString(), opened.SerializeAsString());
}

TEST_F(CasesTest, TheClockOfTheParentsRunsThirtyDaysFromReceipt) {
  const v1::Case opened = Open();
  ASSERT_EQ(opened.obligations_size(), 1);
  const v1::Obligation& duty = opened.obligations(0);
  EXPECT_EQ(duty.regime(), "regimes/us-il-soppa-27d");
  EXPECT_EQ(DateText(duty.start_date()), "2025-02-08");
  EXPECT_EQ(DateText(duty.due_date()), "2025-03-10");
  EXPECT_EQ(duty.time_zone(), "America/Chicago");
  // Midnight after the 10th, by Chicago's clocks, which were set forward on the 9th.
  EXPECT_EQ(duty.due_time().seconds(), absl::ToUnixSeconds(absl::FromCivil(
                                           absl::CivilHour(2025, 3, 11, 5), absl::UTCTimeZone())));
  EXPECT_EQ(duty.days_left(), 18);
  EXPECT_EQ(duty.people(), 4);  // Students only.
  EXPECT_EQ(duty.sent(), 0);
  EXPECT_EQ(duty.outcome(), v1::DUTY_OUTCOME_RUNNING);
}

TEST_F(CasesTest, TheClockIsReadOnTheDayOfAsking) {
  Open();
  local_ = SmallRegister::On(2025, 3, 10);
  EXPECT_EQ(Get().obligations(0).days_left(), 0);
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_RUNNING);
  local_ = SmallRegister::On(2025, 3, 11);
  EXPECT_EQ(Get().obligations(0).days_left(), -1);
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_OVERDUE);
}

TEST_F(CasesTest, EveryPersonHasANoticeWithExactlyTheFieldsToName) {
  Open();
  const v1::ListNoticesResponse list = Notices();
  EXPECT_EQ(list.total_size(), 5);
  std::vector<std::string> lines;
  for (const v1::Notice& notice : list.notices()) {
    lines.push_back(absl::StrCat(notice.given_name(), " ",
                                 v1::NoticeChannel_Name(notice.channel()).substr(15), " ",
                                 notice.current() ? "current" : "former", ": ", Elements(notice)));
    EXPECT_EQ(notice.status(), v1::NOTICE_STATUS_PENDING);
    EXPECT_FALSE(notice.has_sent_date());
    EXPECT_EQ(GetNotice(notice.name())->SerializeAsString(), notice.SerializeAsString());
  }
  EXPECT_THAT(lines, ElementsAre("Ana EMAIL current: birth_date local_id medicaid_id name",
                                 "Ben US_MAIL current: local_id name",
                                 "Cal EMAIL former: birth_date local_id name",
                                 "Eve NO_CONTACT former: birth_date local_id medicaid_id name",
                                 "Tom EMAIL current: staff.name"));
  EXPECT_EQ(list.notices(4).kind(), v1::SUBJECT_KIND_STAFF);
}

TEST_F(CasesTest, OpeningNeedsAStatementAndSomebodyAffected) {
  EXPECT_EQ(ErrorReason(TryOpen("incident: 'incidents/breach'").status()), "NO_STATEMENT");
  register_.State("school_years: 1999");
  const auto empty = TryOpen("case_id: 'cleo' incident: 'incidents/breach'");
  EXPECT_EQ(ErrorReason(empty.status()), "NOBODY_AFFECTED");
  EXPECT_EQ(empty.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(TryGet().status().code(), absl::StatusCode::kNotFound);
  const auto allowed = TryOpen("case_id: 'cleo' incident: 'incidents/breach' allow_empty: true");
  ASSERT_TRUE(allowed.ok()) << allowed.status();
  EXPECT_EQ(allowed->people(), 0);
  EXPECT_EQ(allowed->obligations(0).outcome(), v1::DUTY_OUTCOME_NOT_APPLICABLE);
  EXPECT_EQ(TryOpen("incident: 'incidents/none'").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CasesTest, ACaseIdIsUsedOnce) {
  Open();
  EXPECT_EQ(TryOpen("case_id: 'cleo' incident: 'incidents/breach'").status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(TryOpen("case_id: 'Not An Id' incident: 'incidents/breach'").status().code(),
            absl::StatusCode::kInvalidArgument);
  const auto unnamed = TryOpen("incident: 'incidents/breach/statements/1'");
  ASSERT_TRUE(unnamed.ok()) << unnamed.status();
  EXPECT_NE(unnamed->name(), "cases/cleo");
}

TEST_F(CasesTest, UnmatchedEntriesOfTheListAreCarriedAlong) {
  register_.State("list_use: LIST_USE_ADDS", {"5001", "no-one"});
  const auto opened = TryOpen("case_id: 'cleo' incident: 'incidents/breach'");
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->unmatched_entries(), 1);
}

// --- Frozen ----------------------------------------------------------------------------------

TEST_F(CasesTest, LaterImportsSharesAndStatementsDoNotChangeIt) {
  const v1::Case opened = Open();
  const v1::ListNoticesResponse notices = Notices();

  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(PutPerson(
        tx, PersonSpec{.id = 12,
                       .current = true,
                       .number = "5012",
                       .name = "New",
                       .stays = {{0, 2025, 1, "06", DayOf(2024, 9, 1), DayOf(2025, 6, 15)}}}));
    RC_ASSIGN_OR_RETURN(PersonFact ana, GetPersonFact(tx, 1));
    ana.current = false;
    RC_RETURN_IF_ERROR(WritePersonFact(tx, ana, /*existed=*/true));
    AddressRow address;
    address.person_id = 5;
    address.line1 = "5 Elm St";
    RC_RETURN_IF_ERROR(SetAddress(tx, address).status());
    return RecordImport(tx);
  }));
  SmallRegister::Must(register_
                          .Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
              parent: "vendors/cleo" share_id: "more"
              share { elements { data_element: "dataElements/student.gender" }
                      population { subject: SUBJECT_KIND_STUDENT }
                      start_date { year: 2017 month: 7 day: 1 } })"))
                          .status());
  register_.State("school_years: 2018");
  ASSERT_NE(register_.Summary().digest(), opened.digest());

  v1::Case now = Get();
  EXPECT_EQ(now.newer_statement(), "incidents/breach/statements/2");
  now.clear_newer_statement();
  EXPECT_EQ(now.SerializeAsString(), opened.SerializeAsString());
  EXPECT_EQ(Notices().SerializeAsString(), notices.SerializeAsString());
  // The exposure of then can be computed again and has the same digest.
  EXPECT_EQ(register_.Summary(opened.statement(), opened.basis().revision()).digest(),
            opened.digest());
}

TEST_F(CasesTest, ClocksFollowTheDatesOfTheIncident) {
  Open();
  v1::UpdateIncidentRequest request;
  *request.mutable_incident() = Parse<v1::Incident>(
      "name: 'incidents/breach' district_determined_date { year: 2025 month: 2 day: 1 }");
  request.mutable_update_mask()->add_paths("district_determined_date");
  v1::Incident response;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    return registry::UpdateRecord(tx, Incidents(), register_.today(), request, &response);
  }));
  // The earlier of receipt and own determination.
  EXPECT_EQ(DateText(Get().obligations(0).start_date()), "2025-02-01");
  EXPECT_EQ(DateText(Get().obligations(0).due_date()), "2025-03-03");
}

TEST_F(CasesTest, CasesOfAnEarlierReleaseKeepTheirElementsAsJson) {
  Open();
  const std::string before = Notices().SerializeAsString();
  {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    std::vector<std::pair<int, std::string>> rows;
    SQLite::Statement query(db, "SELECT position, packed_elements FROM case_group");
    while (query.executeStep()) {
      v1::ExposureSet set;
      ASSERT_TRUE(set.ParseFromString(query.getColumn(1).getString()));
      rows.emplace_back(query.getColumn(0).getInt(), MessageToJson(set));
    }
    ASSERT_GT(rows.size(), 1U);
    for (const auto& [position, json] : rows) {
      SQLite::Statement update(
          db, "UPDATE case_group SET packed_elements = NULL, elements = ? WHERE position = ?");
      update.bind(1, json);
      update.bind(2, position);
      ASSERT_EQ(update.exec(), 1);
    }
  }
  EXPECT_EQ(Notices().SerializeAsString(), before);
}

TEST_F(CasesTest, ALostGroupIsDetected) {
  Open();
  Sql("DELETE FROM case_group WHERE position = 0");
  const auto found = TryGet();
  EXPECT_EQ(found.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(found.status()), "CASE_INCOMPLETE");
  EXPECT_EQ(Close("done").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CasesTest, ACutGroupIsDetected) {
  Open();
  Sql("UPDATE case_group SET people = substr(people, 1, length(people) - 1)");
  EXPECT_EQ(TryGet().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CasesTest, AGroupThatHoldsThePeopleOfAnotherIsDetected) {
  Open();
  Sql("UPDATE case_group SET people = (SELECT g.people FROM case_group g WHERE "
      "g.case_name = case_group.case_name AND g.position = 1 - case_group.position) "
      "WHERE position < 2");
  EXPECT_EQ(TryGet().status().code(), absl::StatusCode::kDataLoss);
}

// As many people and fields as before, but others.
TEST_F(CasesTest, ASwappedPersonIsDetectedBeforeAnythingGoesOut) {
  const v1::Case opened = Open();
  {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    SQLite::Statement query(db, "SELECT people FROM case_group WHERE position = 0");
    ASSERT_TRUE(query.executeStep());
    const std::string bytes = query.getColumn(0).getString();
    Roaring people = Roaring::readSafe(bytes.data(), bytes.size());
    const std::uint32_t first = people.minimum();
    people.remove(first);
    people.add(99);
    std::string changed(people.getSizeInBytes(), '\0');
    people.write(changed.data());
    SQLite::Statement update(db, "UPDATE case_group SET people = ? WHERE position = 0");
    update.bind(1, changed.data(), static_cast<int>(changed.size()));
    ASSERT_EQ(update.exec(), 1);
  }
  EXPECT_EQ(Get().people(), opened.people());
  v1::ApproveCaseRequest request;
  request.set_name(opened.name());
  v1::Case response;
  const absl::Status refused = register_.store().Write(
      {"test.Write", "approver", register_.clock.Now(), nullptr},
      [&](WriteTx& tx) { return ApproveCase(tx, local_, request, &response); });
  EXPECT_EQ(ErrorReason(refused), "CASE_INCOMPLETE") << refused;
}

TEST_F(CasesTest, ALostGroupMakesNoRecordOfNoticesShort) {
  const v1::Case opened = Open();
  Sql("DELETE FROM case_group WHERE position = 0");
  const auto notices = register_.Read(
      [&](ReadTx& tx) { return FindNotices(tx, opened.incident(), 1, kNewest).status(); });
  EXPECT_EQ(ErrorReason(notices), "CASE_INCOMPLETE");
}

TEST_F(CasesTest, ALaterStatementIsNamed) {
  EXPECT_EQ(Open().newer_statement(), "");
  const v1::Statement later = register_.State("");
  EXPECT_EQ(Get().newer_statement(), later.name());
}

// --- Sending ---------------------------------------------------------------------------------

TEST_F(CasesTest, SendingByChannelRecordsAllThatArePending) {
  Open();
  const auto sent = Send(DateOf(2025, 2, 18), "channel: NOTICE_CHANNEL_EMAIL evidence: 'batch 1'");
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->recorded(), 3);
  EXPECT_EQ(sent->already_sent(), 0);
  EXPECT_THAT(Counts(sent->case_()),
              UnorderedElementsAre("EMAIL SENT 3", "US_MAIL PENDING 1", "NO_CONTACT PENDING 1"));
  EXPECT_EQ(sent->case_().obligations(0).sent(), 2);  // Ana and Cal; Tom is staff.
  EXPECT_EQ(DateText(GetNotice("cases/cleo/notices/1")->sent_date()), "2025-02-18");
  EXPECT_THAT(People(Notices("status: NOTICE_STATUS_PENDING")),
              ElementsAre("people/2", "people/5"));
  EXPECT_THAT(People(Notices("status: NOTICE_STATUS_SENT")),
              ElementsAre("people/1", "people/3", "people/6"));
  EXPECT_THAT(People(Notices("channel: NOTICE_CHANNEL_EMAIL status: NOTICE_STATUS_PENDING")),
              IsEmpty());
}

TEST_F(CasesTest, ASendingTellsTheLogWhenAndToWhom) {
  Open();
  auto request = Parse<v1::RecordNoticesSentRequest>(
      "name: 'cases/cleo' channel: NOTICE_CHANNEL_EMAIL evidence: 'batch 1' "
      "sent_date { year: 2025 month: 2 day: 18 }");
  std::map<std::string, std::string> facts;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    v1::RecordNoticesSentResponse response;
    const absl::Status sent = RecordNoticesSent(tx, local_, request, &response);
    facts.insert(tx.notes().facts.begin(), tx.notes().facts.end());
    return sent;
  }));
  EXPECT_EQ(facts["sent_date"], "2025-02-18");
  EXPECT_EQ(facts["notices_sent"], "3");
  EXPECT_EQ(facts["channel"], "NOTICE_CHANNEL_EMAIL");
  EXPECT_EQ(facts["people_sha256"].size(), 64U);
  EXPECT_EQ(facts["evidence_sha256"].size(), 64U);
}

TEST_F(CasesTest, SendingTwiceKeepsTheFirstDate) {
  Open();
  ASSERT_TRUE(Send(DateOf(2025, 2, 18), "people: 'people/1' people: 'people/1'").ok());
  const auto again = Send(DateOf(2025, 2, 19), "people: 'people/1' people: 'people/2'");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->recorded(), 1);
  EXPECT_EQ(again->already_sent(), 1);
  EXPECT_EQ(DateText(GetNotice("cases/cleo/notices/1")->sent_date()), "2025-02-18");
  EXPECT_EQ(DateText(GetNotice("cases/cleo/notices/2")->sent_date()), "2025-02-19");
  const std::int64_t revision = register_.Revision();
  const auto third = Send(DateOf(2025, 2, 20), "people: 'people/1'");
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->recorded(), 0);
  EXPECT_EQ(register_.Revision(), revision);
}

TEST_F(CasesTest, SendingRefusesWrongDatesAndPeople) {
  Open();
  const auto refused = [&](const google::type::Date& date, std::string_view whom,
                           const std::string& field) {
    const auto sent = Send(date, whom);
    EXPECT_EQ(sent.status().code(), absl::StatusCode::kInvalidArgument) << whom;
    ASSERT_EQ(ErrorViolations(sent.status()).size(), 1U);
    EXPECT_EQ(ErrorViolations(sent.status())[0].field, field);
  };
  refused(DateOf(2025, 2, 21), "channel: NOTICE_CHANNEL_EMAIL", "sent_date");
  refused(DateOf(2025, 2, 7), "channel: NOTICE_CHANNEL_EMAIL", "sent_date");
  refused(DateOf(2025, 2, 18), "", "channel");
  refused(DateOf(2025, 2, 18), "channel: NOTICE_CHANNEL_EMAIL people: 'people/1'", "channel");
  refused(DateOf(2025, 2, 18), "people: 'people/1' people: 'people/4'", "people[1]");
  refused(DateOf(2025, 2, 18), "people: 'vendors/cleo'", "people[0]");
  refused(DateOf(2025, 2, 18), "people: 'people/99999999999999999999'", "people[0]");
  EXPECT_EQ(Notices("status: NOTICE_STATUS_SENT").total_size(), 0);
}

TEST_F(CasesTest, AllSentInTimeMeetsTheDutyAndLaterOnesAreLate) {
  Open();
  local_ = SmallRegister::On(2025, 3, 12);
  ASSERT_TRUE(
      Send(DateOf(2025, 3, 10), "people: 'people/1' people: 'people/2' people: 'people/3'").ok());
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_OVERDUE);
  EXPECT_FALSE(Get().obligations(0).has_done_date());
  {
    const auto last = Send(DateOf(2025, 3, 10), "people: 'people/5'");
    ASSERT_TRUE(last.ok());
    // Tom is still pending, but the duty is towards students.
    EXPECT_EQ(last->case_().obligations(0).outcome(), v1::DUTY_OUTCOME_MET);
    EXPECT_EQ(DateText(last->case_().obligations(0).done_date()), "2025-03-10");
    EXPECT_EQ(last->case_().obligations(0).sent(), 4);
  }
  // A late notice to a member of staff does not make the duty towards students late.
  ASSERT_TRUE(Send(DateOf(2025, 3, 12), "people: 'people/6'").ok());
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_MET);
}

TEST_F(CasesTest, OneNoticeAfterTheDueDateMakesTheDutyLate) {
  Open();
  local_ = SmallRegister::On(2025, 3, 12);
  ASSERT_TRUE(Send(DateOf(2025, 3, 11), "people: 'people/5'").ok());
  ASSERT_TRUE(
      Send(DateOf(2025, 3, 1), "people: 'people/1' people: 'people/2' people: 'people/3'").ok());
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_LATE);
  EXPECT_EQ(DateText(Get().obligations(0).done_date()), "2025-03-11");
}

TEST_F(CasesTest, AsManyStaffAsStudentsAreStillCountedApart) {
  register_.State("list_use: LIST_USE_LIMITS", {"5001", "7001"});
  ASSERT_TRUE(TryOpen("case_id: 'cleo' incident: 'incidents/breach'").ok());
  ASSERT_TRUE(Send(DateOf(2025, 2, 18), "people: 'people/6'").ok());
  EXPECT_EQ(Get().obligations(0).people(), 1);
  EXPECT_EQ(Get().obligations(0).sent(), 0);
  ASSERT_TRUE(Send(DateOf(2025, 2, 18), "people: 'people/1'").ok());
  EXPECT_EQ(Get().obligations(0).outcome(), v1::DUTY_OUTCOME_MET);
}

// --- Closing ---------------------------------------------------------------------------------

TEST_F(CasesTest, ClosingWithPendingNoticesNeedsAReason) {
  Open();
  const auto refused = Close("");
  EXPECT_EQ(ErrorReason(refused.status()), "NOTICES_PENDING");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("5 notices"));
  const auto closed = Close("settled");
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(closed->close_reason(), "settled");
  EXPECT_EQ(ErrorReason(Close("again").status()), "CASE_CLOSED");
  EXPECT_EQ(ErrorReason(Send(DateOf(2025, 2, 18), "channel: NOTICE_CHANNEL_EMAIL").status()),
            "CASE_CLOSED");
}

TEST_F(CasesTest, ClosingNeedsNoReasonWhenAllIsSent) {
  Open();
  for (const char* channel : {"EMAIL", "US_MAIL", "NO_CONTACT"}) {
    ASSERT_TRUE(Send(DateOf(2025, 2, 18), absl::StrCat("channel: NOTICE_CHANNEL_", channel)).ok());
  }
  EXPECT_TRUE(Close("").ok());
}

// --- Reading ---------------------------------------------------------------------------------

TEST_F(CasesTest, NoticesComeInPages) {
  Open();
  const v1::ListNoticesResponse first = Notices("page_size: 2");
  EXPECT_THAT(People(first), ElementsAre("people/1", "people/2"));
  EXPECT_EQ(first.total_size(), 5);
  ASSERT_NE(first.next_page_token(), "");
  const v1::ListNoticesResponse second =
      Notices(absl::StrCat("page_size: 2 page_token: '", first.next_page_token(), "'"));
  EXPECT_THAT(People(second), ElementsAre("people/3", "people/5"));
  const v1::ListNoticesResponse third =
      Notices(absl::StrCat("page_size: 2 page_token: '", second.next_page_token(), "'"));
  EXPECT_THAT(People(third), ElementsAre("people/6"));
  EXPECT_EQ(third.next_page_token(), "");
}

TEST_F(CasesTest, NoticesOfNobodyAreNotFound) {
  Open();
  EXPECT_EQ(GetNotice("cases/cleo/notices/4").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetNotice("cases/cleo/notices/x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetNotice("cases/none/notices/1").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetNotice("cases/cleo").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CasesTest, CasesAreListedByIncident) {
  Open();
  ASSERT_TRUE(TryOpen("case_id: 'second' incident: 'incidents/breach'").ok());
  const auto names = [&](std::string_view text) {
    const auto request = Parse<v1::ListCasesRequest>(text);
    v1::ListCasesResponse response;
    SmallRegister::Must(
        register_.Read([&](ReadTx& tx) { return ListCases(tx, local_, request, &response); }));
    std::vector<std::string> all;
    for (const v1::Case& record : response.cases()) {
      all.push_back(record.name());
      EXPECT_EQ(record.obligations_size(), 1);
    }
    return all;
  };
  EXPECT_THAT(names(""), ElementsAre("cases/cleo", "cases/second"));
  EXPECT_THAT(names("page_size: 1"), ElementsAre("cases/cleo"));
  EXPECT_THAT(names("incident: 'incidents/other'"), IsEmpty());
}

}  // namespace
}  // namespace rollcall::casework
