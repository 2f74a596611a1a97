#include "client/cli/transfer_record.h"

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
using ::testing::Le;

class TransferRecord : public ::testing::Test {
 protected:
  TransferRecord() {
    server_.record_transfer = [this](grpc::ServerReader<v1::RecordTransferRequest>* reader,
                                     v1::Transfer* transfer) {
      v1::RecordTransferRequest message;
      // Of this call alone: one that was cut off may still be reading when the next begins.
      int messages = 0;
      while (reader->Read(&message)) {
        EXPECT_FALSE(closed_) << "nothing comes after the total";
        EXPECT_EQ(message.has_request(), messages == 0);
        ++messages;
        EXPECT_THAT(message.ByteSizeLong(), Le(600U * 1024));
        if (message.has_request()) request_ = message.request();
        for (const std::string& id : message.ids().ids()) ids_.push_back(id);
        if (message.has_ids()) batches_.push_back(message.ids().ids_size());
        if (message.content_case() == v1::RecordTransferRequest::kTotalIds) {
          closed_ = true;
          total_ = message.total_ids();
        }
      }
      if (!closed_) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no total");
      *transfer = request_.transfer();
      transfer->set_name(request_.parent() + "/transfers/t1");
      transfer->set_ids(total_);
      transfer->set_unmatched(unmatched_);
      return status_;
    };
  }

  Outcome Record(const std::string& list, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"transfer",
                                          "record",
                                          "cleo",
                                          "--file-list",
                                          "",
                                          "--send-time",
                                          "2025-01-15T06:00:00Z",
                                          "--element",
                                          "student.name"};
    arguments[4] = folder_.Write("ids.csv", list);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunClient(server_, arguments);
  }

  TempFolder folder_;
  v1::NewTransfer request_;
  std::vector<std::string> ids_;
  std::vector<int> batches_;
  bool closed_ = false;
  int64_t total_ = 0;
  int unmatched_ = 0;
  grpc::Status status_;
  // Last, so that it stops before anything goes away that its handlers use.
  FakeServer server_;
};

TEST_F(TransferRecord, SendsTheTransferThenTheIdsThenTheTotal) {
  const Outcome outcome =
      Record("name,student_id\nAna,1001\nBo, 1002 \n",
             {"--element", "student.medicaid_id=1", "--share", "students", "--via", "bolt",
              "--product", "harmony", "--id-kind", "state-id", "--reference", "job 7"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(request_.parent(), "vendors/cleo");
  EXPECT_EQ(request_.transfer().share(), "vendors/cleo/shares/students");
  EXPECT_EQ(request_.transfer().product(), "vendors/cleo/products/harmony");
  EXPECT_THAT(request_.transfer().via(), ElementsAre("vendors/bolt"));
  EXPECT_EQ(request_.transfer().send_time().seconds(), 1736920800);
  EXPECT_EQ(request_.transfer().id_kind(), v1::LIST_ID_KIND_STATE_ID);
  ASSERT_EQ(request_.transfer().elements_size(), 2);
  EXPECT_EQ(request_.transfer().elements(0).data_element(), "dataElements/student.name");
  EXPECT_FALSE(request_.transfer().elements(0).has_populated());
  EXPECT_EQ(request_.transfer().elements(1).data_element(), "dataElements/student.medicaid_id");
  EXPECT_EQ(request_.transfer().elements(1).populated(), 1);
  EXPECT_EQ(request_.request_id().size(), 36U);
  EXPECT_THAT(ids_, ElementsAre("1001", "1002"));
  EXPECT_EQ(total_, 2);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("vendors/cleo/transfers/t1"), HasSubstr("2 ids")));
}

TEST_F(TransferRecord, BatchesKeepBothLimits) {
  std::string list = "id\n";
  for (int i = 0; i < 45'000; ++i) list += std::to_string(i) + "\n";
  ASSERT_EQ(Record(list).code, 0);
  EXPECT_THAT(batches_, ElementsAre(20'000, 20'000, 5'000));
  EXPECT_EQ(total_, 45'000);
  EXPECT_EQ(ids_.back(), "44999");

  batches_.clear();
  closed_ = false;
  std::string wide = "id\n";
  for (int i = 0; i < 1'100; ++i) wide += std::string(1024, 'x') + "\n";
  ASSERT_EQ(Record(wide).code, 0);
  EXPECT_THAT(batches_, ElementsAre(512, 512, 76));
}

TEST_F(TransferRecord, AListWithoutAnyIdIsNotRecorded) {
  const Outcome outcome = Record("id\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("ids.csv: there is no id in the file"));
  EXPECT_THAT(outcome.err, HasSubstr("nothing was recorded"));
  EXPECT_FALSE(closed_);
}

TEST_F(TransferRecord, AListThatCannotBeReadIsAWrongFile) {
  for (const std::string& path : {folder_.Path(""), std::string("/proc/self/mem")}) {
    EXPECT_EQ(RunClient(server_, {"transfer", "record", "cleo", "--file-list", path, "--element",
                                  "student.name", "--send-time", "2025-01-15T06:00:00Z"})
                  .code,
              9)
        << path;
  }
  EXPECT_FALSE(closed_);
}

TEST_F(TransferRecord, AWrongListIsNeverClosed) {
  const Outcome empty = Record("id,x\n1,a\n,b\n");
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.err, HasSubstr("line 3: the id is empty; nothing was recorded"));
  EXPECT_FALSE(closed_);
  const Outcome column = Record("a,b\n1,2\n", {"--id-column", "c"});
  EXPECT_EQ(column.code, 2);
  EXPECT_THAT(column.err, HasSubstr("line 1: there is no column c"));
  EXPECT_FALSE(closed_);
}

TEST_F(TransferRecord, TheDigestIsThatOfTheFileThatWasSent) {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string sent = folder_.Write("sent.bin", "abc");
  ASSERT_EQ(Record("1\n", {"--file", sent}).code, 0);
  EXPECT_EQ(request_.transfer().file_sha256(), abc);
  const Outcome other = Record("1\n", {"--file", sent, "--file-sha256", std::string(64, '0')});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr(abc));
  EXPECT_EQ(Record("1\n", {"--file", folder_.Path("none")}).code, 9);
}

TEST_F(TransferRecord, TheRequestIdIsTheCallersOrToldAfterAFailureThatLeavesItOpen) {
  const std::string id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
  ASSERT_EQ(Record("1\n", {"--request-id", id}).code, 0);
  EXPECT_EQ(request_.request_id(), id);
  closed_ = false;
  status_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
  const Outcome outcome = Record("1\n");
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("--request-id " + request_.request_id()));
}

TEST_F(TransferRecord, UnmatchedIdsAreToldLoudly) {
  unmatched_ = 1;
  EXPECT_THAT(Record("1\n").err,
              HasSubstr("1 ids match nobody in the roster; `rollcall transfer unmatched "
                        "vendors/cleo/transfers/t1` lists them"));
}

TEST_F(TransferRecord, WrongElementsAndTimesAreRefusedHere) {
  EXPECT_EQ(Record("1\n", {"--element", "student.grade=many"}).code, 2);
  EXPECT_EQ(Record("1\n", {"--element", "student.grade=-1"}).code, 2);
  const Outcome time = RunClient(
      server_, {"transfer", "record", "cleo", "--file-list", folder_.Write("ids.csv", "1\n"),
                "--element", "student.name", "--send-time", "yesterday"});
  EXPECT_EQ(time.code, 2);
  EXPECT_THAT(time.err, HasSubstr("2025-02-08T14:03:11Z"));
}

TEST_F(TransferRecord, ListsAndUnmatchedIdsHaveTheirCommands) {
  server_.list_transfers = [](const v1::ListTransfersRequest& request,
                              v1::ListTransfersResponse* response) {
    EXPECT_EQ(request.parent(), "vendors/-");
    EXPECT_TRUE(request.undeclared_only());
    EXPECT_EQ(request.data_element(), "dataElements/student.name");
    v1::Transfer* transfer = response->add_transfers();
    transfer->set_name("vendors/cleo/transfers/t1");
    transfer->set_undeclared(true);
    transfer->add_elements()->set_data_element("dataElements/student.name");
    return grpc::Status::OK;
  };
  const Outcome list =
      RunClient(server_, {"transfer", "list", "--undeclared-only", "--element", "student.name"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, AllOf(HasSubstr("cleo/t1"), HasSubstr("student.name")));
  server_.list_unmatched_transfer_ids = [](const v1::ListUnmatchedTransferIdsRequest& request,
                                           v1::ListUnmatchedTransferIdsResponse* response) {
    EXPECT_EQ(request.parent(), "vendors/cleo/transfers/t1");
    response->add_entries()->set_id("77");
    return grpc::Status::OK;
  };
  EXPECT_THAT(RunClient(server_, {"transfer", "unmatched", "cleo/t1"}).out, HasSubstr("77"));
  EXPECT_EQ(RunClient(server_, {"transfer", "unmatched"}).code, 2) << "there is no list of all";
}

}  // namespace
}  // namespace rollcall::cli
