// Transfers, dispositions and subprocessors through the server: streams that are whole or nothing,
// retries, pages.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/disposition_service.grpc.pb.h"
#include "rollcall/v1/subprocessor_service.grpc.pb.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

constexpr char kRequestId[] = "00000000-0000-4000-8000-0000000000c1";

class TransferStreamTest : public ::testing::Test {
 protected:
  static v1::NewTransfer First(const std::string& more = "") {
    return Parse<v1::NewTransfer>(
        absl::StrCat("parent: 'vendors/cleo' transfer { send_time { seconds: 1735700400 } "
                     "elements { data_element: 'dataElements/student.name' } } ",
                     more));
  }

  // The first message, the ids in batches, and how many they were.
  grpc::Status Send(const v1::NewTransfer& first,
                    const std::vector<std::vector<std::string>>& batches, v1::Transfer* transfer) {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::TransferService>();
    const auto writer = stub->RecordTransfer(&context, transfer);
    v1::RecordTransferRequest message;
    *message.mutable_request() = first;
    bool open = writer->Write(message);
    std::int64_t total = 0;
    for (const auto& batch : batches) {
      total += std::ssize(batch);
      message.mutable_ids()->mutable_ids()->Assign(batch.begin(), batch.end());
      open = open && writer->Write(message);
    }
    message.set_total_ids(total);
    if (open) writer->Write(message);
    writer->WritesDone();
    return writer->Finish();
  }

  TestServer server_;
};

TEST_F(TransferStreamTest, IdsOfAllMessagesAreOneFile) {
  v1::Transfer transfer;
  const grpc::Status status =
      Send(First("transfer_id: 'a'"), {{"5001", "x"}, {}, {"5002"}}, &transfer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(transfer.name(), "vendors/cleo/transfers/a");
  EXPECT_EQ(transfer.ids(), 3);
  EXPECT_EQ(transfer.people(), 2);
  EXPECT_EQ(transfer.unmatched(), 1);
  v1::GetTransferRequest get;
  get.set_name(transfer.name());
  v1::Transfer kept;
  ASSERT_TRUE(
      server_.Call<v1::TransferService>(&v1::TransferService::Stub::GetTransfer, get, &kept).ok());
  EXPECT_EQ(kept.SerializeAsString(), transfer.SerializeAsString());
  v1::ListTransfersRequest list;
  list.set_parent("vendors/-");
  v1::ListTransfersResponse all;
  ASSERT_TRUE(
      server_.Call<v1::TransferService>(&v1::TransferService::Stub::ListTransfers, list, &all)
          .ok());
  EXPECT_EQ(all.transfers_size(), 1);
}

TEST_F(TransferStreamTest, AFileOfThreeHundredThousandStrangersIsKeptAndPaged) {
  std::vector<std::vector<std::string>> batches(6);
  int id = 900'000'000;
  for (auto& batch : batches) {
    for (int i = 0; i < 50'000; ++i) batch.push_back(absl::StrCat(++id));
  }
  v1::Transfer transfer;
  const grpc::Status status = Send(First(), batches, &transfer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(transfer.unmatched(), 300'000);
  EXPECT_EQ(transfer.people(), 0);
  v1::ListUnmatchedTransferIdsRequest request;
  request.set_parent(transfer.name());
  request.set_page_size(1000);
  v1::ListUnmatchedTransferIdsResponse page;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(server_
                    .Call<v1::TransferService>(&v1::TransferService::Stub::ListUnmatchedTransferIds,
                                               request, &page)
                    .ok());
    ASSERT_EQ(page.entries_size(), 1000);
    EXPECT_EQ(page.entries(0).position(), 1000 * i + 1);
    request.set_page_token(page.next_page_token());
  }
}

TEST_F(TransferStreamTest, ARetryGetsTheFirstAnswerAndAnotherFileIsRefused) {
  const v1::NewTransfer first = First(absl::StrCat("request_id: '", kRequestId, "'"));
  v1::Transfer made;
  ASSERT_TRUE(Send(first, {{"5001", "5002"}}, &made).ok());
  const std::int64_t revision = server_.reg().Revision();
  v1::Transfer again;
  ASSERT_TRUE(Send(first, {{"5001"}, {"5002"}}, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), made.SerializeAsString());
  const grpc::Status other = Send(first, {{"5001", "5003"}}, &again);
  EXPECT_EQ(other.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(other).fields, std::vector<std::string>{"request_id"});
  EXPECT_EQ(server_.reg().Revision(), revision);
}

TEST_F(TransferStreamTest, CutOffHalfWayNothingIsRecorded) {
  const Dump before = server_.reg().Tables();
  {
    v1::Transfer transfer;
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::TransferService>();
    const auto writer = stub->RecordTransfer(&context, &transfer);
    v1::RecordTransferRequest message;
    *message.mutable_request() = First(absl::StrCat("request_id: '", kRequestId, "'"));
    writer->Write(message);
    message.mutable_ids()->add_ids("5001");
    writer->Write(message);
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // The server ends when no call is left.
  server_.server().Shutdown(absl::Now() + absl::Seconds(30));
  EXPECT_TRUE(server_.reg().Tables() == before);
}

TEST_F(TransferStreamTest, WrongMessagesAreRefused) {
  v1::Transfer transfer;
  const Dump before = server_.reg().Tables();
  EXPECT_EQ(Send(First(), {{"5001", " "}}, &transfer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Send(First(), {std::vector<std::string>(50'001, "5001")}, &transfer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Send(First("request_id: 'no uuid'"), {}, &transfer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  const std::string first = absl::StrCat("request { ", First().ShortDebugString(), " }");
  const std::string ids = "ids { ids: '5001' }";
  for (const auto& messages :
       std::vector<std::vector<std::string>>{{},
                                             {ids},
                                             {"request { parent: 'vendors/cleo' }"},
                                             {first},
                                             {first, first},
                                             {first, ids},  // A file that nobody says is whole.
                                             {first, ids, "total_ids: 2"},
                                             {first, ids, "total_ids: 0"},
                                             {first, ids, "total_ids: 1", ids}}) {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::TransferService>();
    const auto writer = stub->RecordTransfer(&context, &transfer);
    for (const std::string& message : messages) {
      if (!writer->Write(Parse<v1::RecordTransferRequest>(message))) break;
    }
    writer->WritesDone();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << (messages.empty() ? "nothing" : messages.back());
  }
  EXPECT_TRUE(server_.reg().Tables() == before);
}

TEST_F(TransferStreamTest, ADispositionIsMadeReadListedAndTakenBack) {
  using Stub = v1::DispositionService::Stub;
  const auto create = Parse<v1::CreateDispositionRequest>(
      "parent: 'vendors/cleo' disposition_id: 'd' ids: '5001' ids: 'x' disposition { "
      "nature: DISPOSITION_NATURE_DESTROYED disposition_date { year: 2025 month: 2 day: 20 } }");
  v1::Disposition made;
  grpc::Status status =
      server_.Call<v1::DispositionService>(&Stub::CreateDisposition, create, &made);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(made.people(), 1);
  v1::ListUnmatchedDispositionIdsRequest unmatched;
  unmatched.set_parent(made.name());
  v1::ListUnmatchedDispositionIdsResponse entries;
  ASSERT_TRUE(
      server_.Call<v1::DispositionService>(&Stub::ListUnmatchedDispositionIds, unmatched, &entries)
          .ok());
  EXPECT_EQ(entries.entries_size(), 1);
  v1::ListDispositionsRequest list;
  list.set_parent("vendors/cleo");
  v1::ListDispositionsResponse all;
  ASSERT_TRUE(server_.Call<v1::DispositionService>(&Stub::ListDispositions, list, &all).ok());
  ASSERT_EQ(all.dispositions_size(), 1);
  EXPECT_EQ(all.dispositions(0).SerializeAsString(), made.SerializeAsString());
  v1::DeleteDispositionRequest remove;
  remove.set_name(made.name());
  google::protobuf::Empty empty;
  ASSERT_TRUE(server_.Call<v1::DispositionService>(&Stub::DeleteDisposition, remove, &empty).ok());
  v1::GetDispositionRequest get;
  get.set_name(made.name());
  EXPECT_EQ(server_.Call<v1::DispositionService>(&Stub::GetDisposition, get, &made).error_code(),
            grpc::StatusCode::NOT_FOUND);
  // The name may be used again, with people of its own.
  ASSERT_TRUE(server_.Call<v1::DispositionService>(&Stub::CreateDisposition, create, &made).ok());

  // The local day is that of Chicago: tomorrow is the 21st.
  auto tomorrow = create;
  tomorrow.set_disposition_id("e");
  tomorrow.mutable_disposition()->mutable_disposition_date()->set_day(21);
  status = server_.Call<v1::DispositionService>(&Stub::CreateDisposition, tomorrow, &made);
  EXPECT_EQ(DetailsOf(status).fields, std::vector<std::string>{"disposition.disposition_date"});
}

TEST_F(TransferStreamTest, ASubprocessorIsMadeChangedListedAndTakenBack) {
  using Stub = v1::SubprocessorService::Stub;
  v1::CreateVendorRequest vendor;
  vendor.set_vendor_id("host");
  vendor.mutable_vendor()->set_legal_name("Host");
  vendor.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
  SmallRegister::Must(server_.reg().Create<v1::Vendor>(registry::Vendors(), vendor).status());
  auto create = Parse<v1::CreateSubprocessorRequest>(
      "parent: 'vendors/cleo' subprocessor_id: 's' subprocessor { processor: 'vendors/host' }");
  v1::Subprocessor edge;
  ASSERT_TRUE(server_.Call<v1::SubprocessorService>(&Stub::CreateSubprocessor, create, &edge).ok());
  EXPECT_EQ(edge.depth(), 1);
  v1::UpdateSubprocessorRequest update;
  *update.mutable_subprocessor() = edge;
  update.mutable_subprocessor()->set_note("n");
  ASSERT_TRUE(server_.Call<v1::SubprocessorService>(&Stub::UpdateSubprocessor, update, &edge).ok());
  EXPECT_EQ(edge.note(), "n");
  const auto back = Parse<v1::CreateSubprocessorRequest>(
      "parent: 'vendors/host' subprocessor { processor: 'vendors/cleo' }");
  v1::Subprocessor refused;
  const grpc::Status status =
      server_.Call<v1::SubprocessorService>(&Stub::CreateSubprocessor, back, &refused);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "SUBPROCESSOR_CYCLE");
  v1::ListSubprocessorsRequest list;
  list.set_parent("vendors/-");
  list.set_processor("vendors/host");
  v1::ListSubprocessorsResponse all;
  ASSERT_TRUE(server_.Call<v1::SubprocessorService>(&Stub::ListSubprocessors, list, &all).ok());
  EXPECT_EQ(all.subprocessors_size(), 1);
  v1::DeleteSubprocessorRequest remove;
  remove.set_name(edge.name());
  google::protobuf::Empty empty;
  ASSERT_TRUE(
      server_.Call<v1::SubprocessorService>(&Stub::DeleteSubprocessor, remove, &empty).ok());
  v1::GetSubprocessorRequest get;
  get.set_name(edge.name());
  EXPECT_EQ(server_.Call<v1::SubprocessorService>(&Stub::GetSubprocessor, get, &edge).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace rollcall::testing
