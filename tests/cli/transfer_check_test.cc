#include "client/cli/transfer_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TransferCheck : public ::testing::Test {
 protected:
  TransferCheck() {
    server_.check_transfer = [this](FakeServer::CheckStream* stream) {
      v1::CheckTransferRequest message;
      int64_t total = -1;
      while (stream->Read(&message)) {
        if (message.has_request()) request_ = message.request();
        for (const std::string& id : message.ids().ids()) ids_.push_back(id);
        if (message.content_case() == v1::CheckTransferRequest::kTotalIds) {
          total = message.total_ids();
        }
      }
      if (total != static_cast<int64_t>(ids_.size())) {
        return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no total");
      }
      for (const v1::CheckTransferResponse& response : answer_) stream->Write(response);
      return status_;
    };
  }

  Outcome Check(const std::string& list, std::vector<std::string> more = {}) {
    ids_.clear();
    std::vector<std::string> arguments = {"transfer", "check",     "cleo",        "--file-list",
                                          "",         "--element", "student.name"};
    arguments[4] = folder_.Write("ids.csv", list);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunClient(server_, arguments);
  }

  void Finding(int number, v1::TransferFindingReason reason, const std::string& element,
               int64_t ids, const std::vector<uint32_t>& positions) {
    v1::CheckTransferFinding& finding = *answer_.emplace_back().mutable_finding();
    finding.set_number(number);
    finding.mutable_finding()->set_reason(reason);
    finding.mutable_finding()->set_ids(ids);
    finding.mutable_finding()->set_explanation("why " + std::to_string(number));
    if (!element.empty()) finding.mutable_finding()->add_data_elements("dataElements/" + element);
    for (const uint32_t position : positions) finding.add_positions(position);
  }

  void Closing(int64_t ids, int64_t allowed_ids, int findings) {
    v1::CheckTransferClosing& closing = *answer_.emplace_back().mutable_closing();
    closing.set_ids(ids);
    closing.set_allowed_ids(allowed_ids);
    closing.set_findings(findings);
    closing.set_allowed(findings == 0);
    closing.set_revision(42);
  }

  TempFolder folder_;
  v1::PlannedTransfer request_;
  std::vector<std::string> ids_;
  std::vector<v1::CheckTransferResponse> answer_;
  grpc::Status status_;
  // Last, so that it stops before anything goes away that its handlers use.
  FakeServer server_;
};

TEST_F(TransferCheck, AllowedIsZero) {
  Closing(2, 2, 0);
  const Outcome outcome = Check(
      "student_id\n1\n2\n", {"--send-date", "2025-01-15", "--share", "students", "--via", "bolt"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(request_.parent(), "vendors/cleo");
  EXPECT_EQ(request_.share(), "vendors/cleo/shares/students");
  EXPECT_THAT(request_.data_elements(), ElementsAre("dataElements/student.name"));
  EXPECT_EQ(request_.send_date().day(), 15);
  EXPECT_THAT(ids_, ElementsAre("1", "2"));
  EXPECT_THAT(outcome.out, HasSubstr("Allowed: all of it may be sent for 2 ids; revision 42"));
}

TEST_F(TransferCheck, NotAllowedIsTenWithTheFindings) {
  Finding(0, v1::TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED, "student.birth_date", 3, {});
  Finding(1, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {2});
  Closing(3, 0, 2);
  const Outcome outcome = Check("1\n2\n3\n");
  EXPECT_EQ(outcome.code, 11);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("NOT ALLOWED: all of it may be sent for 0 of 3 ids"),
                    HasSubstr("element-not-shared    3  student.birth_date"),
                    HasSubstr("unknown-person        1  (whole file)"), HasSubstr("why 1")));
}

TEST_F(TransferCheck, PositionsAreWrittenBackToTheirLinesAndIds) {
  // Two messages of one finding, and an id that two findings are about.
  Finding(0, v1::TRANSFER_FINDING_REASON_OUTSIDE_POPULATION, "student.name", 2, {0});
  Finding(0, v1::TRANSFER_FINDING_REASON_OUTSIDE_POPULATION, "student.name", 2, {2});
  Finding(1, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {2});
  Closing(3, 1, 2);
  const std::string list = "name,student_id\n\"Lee\nJr\",1001\n\nAna,1002\nBo,=1003\n";
  const std::string expected =
      "line,id,reason,elements,explanation\r\n"
      "2,1001,outside-population,student.name,why 0\r\n"
      "6,'=1003,outside-population,student.name,why 0\r\n"
      "6,'=1003,unknown-person,,why 1\r\n";
  const Outcome shown = Check(list, {"--positions"});
  EXPECT_EQ(shown.code, 11);
  EXPECT_EQ(shown.out, expected);
  EXPECT_THAT(shown.err, HasSubstr("outside-population"));

  const std::string file = folder_.Path("bad.csv");
  const Outcome written = Check(list, {"--out-file", file});
  EXPECT_EQ(written.code, 11);
  EXPECT_EQ(ReadFile(file), expected);
  EXPECT_FALSE(FileExists(file + ".partial"));
  EXPECT_THAT(written.out, HasSubstr("NOT ALLOWED"));
}

TEST_F(TransferCheck, AFindingAboutTheWholeFileIsAboutEachId) {
  Finding(0, v1::TRANSFER_FINDING_REASON_OPEN_INCIDENT, "", 2, {});
  Closing(2, 0, 1);
  EXPECT_EQ(Check("7\n8\n", {"--positions"}).out,
            "line,id,reason,elements,explanation\r\n"
            "1,7,open-incident,,why 0\r\n2,8,open-incident,,why 0\r\n");
}

TEST_F(TransferCheck, JsonHasPositionsOnlyWhenAskedFor) {
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {1});
  Closing(2, 1, 1);
  const Outcome plain = Check("7\n8\n", {"--output", "json"});
  EXPECT_EQ(plain.code, 11);
  EXPECT_THAT(plain.out, AllOf(HasSubstr("\"positions\":[]"), HasSubstr("\"allowedIds\":\"1\"")));
  EXPECT_THAT(Check("7\n8\n", {"--output", "json", "--positions"}).out,
              HasSubstr("\"positions\":[1]"));
  EXPECT_THAT(Check("7\n8\n", {"--output", "csv"}).out,
              AllOf(HasSubstr("reason,data_elements,ids"), HasSubstr("unknown-person,,1,")));
}

TEST_F(TransferCheck, AnAnswerWithoutItsClosingIsNoAnswer) {
  const std::string file = folder_.Path("bad.csv");
  const Outcome silent = Check("1\n", {"--out-file", file});
  EXPECT_EQ(silent.code, 8);
  EXPECT_THAT(silent.err, HasSubstr("without its closing"));
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {0});
  const Outcome open = Check("1\n", {"--positions", "--out-file", file});
  EXPECT_EQ(open.code, 8);
  EXPECT_EQ(open.out, "");
  EXPECT_FALSE(FileExists(file));
  status_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
  EXPECT_EQ(Check("1\n").code, 8);
  answer_.clear();
  EXPECT_EQ(Check("1\n").code, 6);
}

TEST_F(TransferCheck, AnAnswerThatContradictsItselfIsNoAnswer) {
  const auto refused = [this](const char* what) {
    const Outcome outcome = Check("1\n2\n");
    EXPECT_EQ(outcome.code, 8) << what;
    EXPECT_EQ(outcome.out, "") << what;
    answer_.clear();
  };
  Closing(3, 3, 0);
  refused("other ids");
  Closing(2, 1, 1);
  refused("a finding that did not come");
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 2, {0});
  Closing(2, 1, 1);
  refused("fewer positions than ids");
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {2});
  Closing(2, 1, 1);
  refused("a position beyond the end");
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 2, {1, 0});
  Closing(2, 0, 1);
  refused("positions out of order");
  Finding(1, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {0});
  Closing(2, 1, 1);
  refused("a number left out");
  Finding(-1, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {0});
  Closing(2, 1, 1);
  refused("a negative number");
  Closing(2, 2, 0);
  Finding(0, v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", 1, {0});
  refused("a finding after the closing");
}

TEST_F(TransferCheck, AWrongListAsksNothing) {
  Closing(1, 1, 0);
  const Outcome empty = Check("id,x\n1,a\n,b\n");
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.err, HasSubstr("ids.csv: line 3: the id is empty"));
  EXPECT_THAT(empty.out, Not(HasSubstr("Allowed")));
  EXPECT_EQ(Check("id\n").code, 2);
  EXPECT_THAT(Check("a,b\n1,2\n", {"--id-column", "c"}).err, HasSubstr("there is no column c"));
  EXPECT_EQ(RunClient(server_, {"transfer", "check", "cleo", "--file-list", folder_.Path("no"),
                                "--element", "student.name"})
                .code,
            9);
}

TEST_F(TransferCheck, AServerThatAnswersBeforeTheEndOfALongListIsRead) {
  server_.check_transfer = [](FakeServer::CheckStream* stream) {
    v1::CheckTransferRequest message;
    v1::CheckTransferResponse early;
    int64_t ids = 0;
    int number = 0;
    while (stream->Read(&message)) {
      ids += message.ids().ids_size();
      if (!message.has_ids()) continue;
      early.mutable_finding()->set_number(number++);
      early.mutable_finding()->mutable_finding()->set_explanation(std::string(100'000, 'x'));
      stream->Write(early);
    }
    v1::CheckTransferResponse last;
    last.mutable_closing()->set_ids(ids);
    last.mutable_closing()->set_findings(number);
    stream->Write(last);
    return grpc::Status::OK;
  };
  std::string list = "id\n";
  for (int i = 0; i < 400'000; ++i) list += std::to_string(1'000'000 + i) + "\n";
  EXPECT_EQ(Check(list, {"--timeout", "60s"}).code, 11);
}

}  // namespace
}  // namespace rollcall::cli
