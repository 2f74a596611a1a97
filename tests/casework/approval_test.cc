#include "server/casework/approval.h"

#include <thread>

#include "rollcall/v1/access_service.pb.h"
#include "server/access/first_access.h"
#include "storage/case_store.h"
#include "storage/register_tables.h"
#include "tests/casework/small_register.h"
#include "tests/conformance/status_matchers.h"

namespace rollcall::testing {
namespace {

// The incident of a SmallRegister, stated by `officer`, with the case `cases/c` opened by `clerk`.
class ApprovalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RC_ASSERT_OK(access::PrepareAccess(reg_.store(), reg_.clock.Now()));
    RC_ASSERT_OK(State("officer"));
    RC_ASSERT_OK(Open("clerk", "c"));
  }

  absl::Status As(const std::string& principal, absl::FunctionRef<absl::Status(WriteTx&)> body) {
    return reg_.store().Write({"test.Write", principal, reg_.clock.Now(), nullptr}, body);
  }

  absl::Status State(const std::string& principal) {
    v1::CreateStatementRequest request;
    request.set_parent("incidents/breach");
    request.mutable_statement();
    v1::Statement statement;
    return As(principal, [&](WriteTx& tx) {
      return casework::CreateStatement(tx, request, casework::EntriesOf(request), &statement);
    });
  }

  absl::Status Open(const std::string& principal, const std::string& id) {
    v1::OpenCaseRequest request;
    request.set_case_id(id);
    request.set_incident("incidents/breach");
    v1::Case opened;
    return As(principal, [&](WriteTx& tx) {
      return casework::OpenCase(tx, reg_.exposures, kDay, reg_.ids, request, &opened);
    });
  }

  absl::StatusOr<v1::Case> Approve(const std::string& principal, const std::string& id = "c",
                                   const std::string& digest = "") {
    v1::ApproveCaseRequest request;
    request.set_name("cases/" + id);
    request.set_digest(digest);
    request.set_note("looks right");
    v1::Case approved;
    RC_RETURN_IF_ERROR(As(principal, [&](WriteTx& tx) {
      return casework::ApproveCase(tx, kDay, request, &approved);
    }));
    return approved;
  }

  absl::Status Send(const std::string& principal) {
    v1::RecordNoticesSentRequest request;
    request.set_name("cases/c");
    *request.mutable_sent_date() = ToDate(kDay.today);
    request.set_channel(v1::NOTICE_CHANNEL_EMAIL);
    v1::RecordNoticesSentResponse response;
    return As(principal, [&](WriteTx& tx) {
      return casework::RecordNoticesSent(tx, kDay, request, &response);
    });
  }

  absl::Status SetRule(bool active, bool required) {
    return As("administrator", [&](WriteTx& tx) -> absl::Status {
      v1::SeparationRule rule;
      RC_RETURN_IF_ERROR(SeparationRuleTable().Get(tx, "separationRules/letters", kNewest, &rule));
      rule.set_active(active);
      rule.set_required(required);
      return SeparationRuleTable().Replace(tx, &rule);
    });
  }

  SmallRegister reg_;
  const casework::LocalTime kDay = SmallRegister::On(2025, 2, 20);
};

const auto kTwoHands = IsError(absl::StatusCode::kFailedPrecondition, "SEPARATION_OF_DUTIES");
const auto kNotApproved = IsError(absl::StatusCode::kFailedPrecondition, "CASE_NOT_APPROVED");

TEST_F(ApprovalTest, SomebodyElseApproves) {
  EXPECT_THAT(Send("clerk"), kNotApproved);
  const auto approved = Approve("approver");
  RC_ASSERT_OK(approved);
  EXPECT_EQ(approved->approval().principal(), "approver");
  EXPECT_EQ(approved->approval().digest(), approved->digest());
  EXPECT_EQ(approved->approval().note(), "looks right");
  EXPECT_EQ(FromTimestamp(approved->approval().approve_time()), reg_.clock.Now());
  RC_EXPECT_OK(Send("clerk"));
  // Sending writes the case anew: the approval stays.
  v1::Case record;
  RC_ASSERT_OK(
      reg_.Read([&](ReadTx& tx) { return casework::GetCase(tx, kDay, "cases/c", &record); }));
  EXPECT_EQ(record.approval().principal(), "approver");
}

TEST_F(ApprovalTest, WhoStatedOrOpenedDoesNot) {
  EXPECT_THAT(Approve("officer"), kTwoHands);
  EXPECT_THAT(Approve("clerk"), kTwoHands);
  // The incident was recorded by whoever filled the register.
  EXPECT_THAT(Approve("tester"), kTwoHands);
  RC_EXPECT_OK(Approve("approver"));
}

TEST_F(ApprovalTest, WhoChangedTheIncidentDoesNot) {
  RC_ASSERT_OK(As("editor", [&](WriteTx& tx) -> absl::Status {
    v1::UpdateIncidentRequest request;
    request.mutable_incident()->set_name("incidents/breach");
    request.mutable_incident()->set_title("Another title");
    v1::Incident incident;
    return registry::UpdateRecord(tx, casework::Incidents(), kDay.today, request, &incident);
  }));
  EXPECT_THAT(Approve("editor"), kTwoHands);
}

TEST_F(ApprovalTest, WhoStatedAnythingLaterDoesNot) {
  RC_ASSERT_OK(State("approver"));
  EXPECT_THAT(Approve("approver"), kTwoHands);
}

TEST_F(ApprovalTest, WhoRecordedASendingMay) {
  RC_ASSERT_OK(SetRule(/*active=*/true, /*required=*/false));
  RC_ASSERT_OK(Send("approver"));
  RC_EXPECT_OK(Approve("approver"));
}

TEST_F(ApprovalTest, ARuleThatDoesNotHoldKeepsNobody) {
  RC_ASSERT_OK(SetRule(/*active=*/false, /*required=*/true));
  EXPECT_THAT(Send("clerk"), kNotApproved);
  RC_EXPECT_OK(Approve("clerk"));
  RC_EXPECT_OK(Send("clerk"));
}

TEST_F(ApprovalTest, OnceAndForTheCaseThatWasLookedAt) {
  EXPECT_THAT(Approve("approver", "c", "another"), IsInvalidField("digest"));
  const auto approved = Approve("approver");
  RC_ASSERT_OK(approved);
  EXPECT_THAT(Approve("second"), IsError(absl::StatusCode::kFailedPrecondition, "CASE_APPROVED"));
  RC_ASSERT_OK(Open("clerk", "d"));
  RC_EXPECT_OK(Approve("approver", "d", approved->digest()));
  EXPECT_THAT(Approve("approver", "nothing"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(ApprovalTest, AClosedCaseIsNotApproved) {
  v1::CloseCaseRequest request;
  request.set_name("cases/c");
  request.set_reason("opened by mistake");
  v1::Case closed;
  RC_ASSERT_OK(
      As("clerk", [&](WriteTx& tx) { return casework::CloseCase(tx, kDay, request, &closed); }));
  EXPECT_THAT(Approve("approver"), IsError(absl::StatusCode::kFailedPrecondition, "CASE_CLOSED"));
}

// Whoever states and approves at the same time gets only one of the two done in that order.
TEST_F(ApprovalTest, NobodySlipsInBetween) {
  int approvals = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string id = absl::StrCat("race-", round);
    const std::string both = absl::StrCat("both-", round);
    RC_ASSERT_OK(Open("clerk", id));
    absl::Status approved;
    std::thread other([&] { approved = Approve(both, id).status(); });
    if (round % 2 == 0) std::this_thread::yield();
    RC_EXPECT_OK(State(both));
    other.join();
    if (!approved.ok()) {
      EXPECT_THAT(approved, kTwoHands);
      continue;
    }
    ++approvals;
    v1::Case record;
    v1::Incident incident;
    std::int64_t stated = 0;
    RC_ASSERT_OK(reg_.Read([&](ReadTx& tx) -> absl::Status {
      RC_RETURN_IF_ERROR(CaseTable().Get(tx, "cases/" + id, kNewest, &record));
      RC_ASSIGN_OR_RETURN(Statement * query,
                          tx.Prepare("SELECT MIN(revision) FROM revision WHERE principal = $1 AND "
                                     "revision IN (SELECT revision_from FROM statement)"));
      ScopedReset reset(query);
      query->BindText(1, both);
      RC_RETURN_IF_ERROR(query->Step().status());
      stated = query->Int(0);
      return absl::OkStatus();
    }));
    EXPECT_LT(record.revision(), stated);
  }
  RecordProperty("approvals", approvals);
}

}  // namespace
}  // namespace rollcall::testing
