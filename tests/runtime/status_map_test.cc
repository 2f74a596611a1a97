#include "server/rpc/status_map.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "server/runtime/logging.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::rpc {
namespace {

// The details of an error, taken apart as a client would.
struct Details {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  bool has_bad_request = false;
  bool has_retry = false;
};

Details Read(const grpc::Status& status) {
  Details details;
  EXPECT_TRUE(details.status.ParseFromString(status.error_details()));
  EXPECT_EQ(details.status.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.status.message(), status.error_message());
  int infos = 0;
  for (const google::protobuf::Any& any : details.status.details()) {
    if (any.UnpackTo(&details.info)) ++infos;
    if (any.UnpackTo(&details.bad_request)) details.has_bad_request = true;
    if (any.UnpackTo(&details.retry)) details.has_retry = true;
  }
  EXPECT_EQ(infos, 1);
  EXPECT_EQ(details.info.domain(), "rollcall");
  return details;
}

TEST(ToGrpcStatus, KeepsOk) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.error_details(), "");
}

TEST(ToGrpcStatus, KeepsCodeMessageReasonAndMetadata) {
  const grpc::Status status = ToGrpcStatus(NotFound("vendors/cleo"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "vendors/cleo does not exist");
  const Details details = Read(status);
  EXPECT_EQ(details.info.reason(), "NOT_FOUND");
  EXPECT_EQ(details.info.metadata().at("resource"), "vendors/cleo");
  EXPECT_FALSE(details.has_bad_request);
  EXPECT_FALSE(details.has_retry);
}

TEST(ToGrpcStatus, NamesTheWrongFields) {
  const Details details = Read(ToGrpcStatus(
      InvalidFields({{"vendor.legal_name", "must not be empty"}, {"page_size", "is negative"}})));
  ASSERT_TRUE(details.has_bad_request);
  ASSERT_EQ(details.bad_request.field_violations_size(), 2);
  EXPECT_EQ(details.bad_request.field_violations(0).field(), "vendor.legal_name");
  EXPECT_EQ(details.bad_request.field_violations(1).description(), "is negative");
  EXPECT_EQ(details.info.reason(), "INVALID_FIELD");
  EXPECT_EQ(details.info.metadata().count("omitted"), 0U);
}

TEST(ToGrpcStatus, ErrorsMadeElsewhereGetTheirCodeAsReason) {
  EXPECT_EQ(Read(ToGrpcStatus(absl::CancelledError("gone"))).info.reason(), "CANCELLED");
  EXPECT_EQ(Read(ToGrpcStatus(absl::DeadlineExceededError(""))).info.reason(), "DEADLINE_EXCEEDED");
  absl::Status broken(absl::StatusCode::kNotFound, "x");
  broken.SetPayload(kErrorInfoUrl, absl::Cord("\xFF not a message"));
  broken.SetPayload(kBadRequestUrl, absl::Cord("\xFF not a message"));
  EXPECT_EQ(Read(ToGrpcStatus(broken)).info.reason(), "NOT_FOUND");
}

TEST(ToGrpcStatus, TellsWhenToTryAgain) {
  for (int code = 1; code <= 16; ++code) {
    const auto absl_code = static_cast<absl::StatusCode>(code);
    const Details details = Read(ToGrpcStatus(MakeError(absl_code, "SOME_REASON", "text")));
    const bool expected = absl_code == absl::StatusCode::kAborted ||
                          absl_code == absl::StatusCode::kUnavailable ||
                          absl_code == absl::StatusCode::kResourceExhausted;
    EXPECT_EQ(details.has_retry, expected) << code;
  }
  const Details aborted = Read(ToGrpcStatus(MakeError(absl::StatusCode::kAborted, "BUSY", "text")));
  EXPECT_EQ(aborted.retry.retry_delay().seconds(), 0);
  EXPECT_EQ(aborted.retry.retry_delay().nanos(), 100'000'000);
  const Details busy = Read(ToGrpcStatus(absl::UnavailableError("")));
  EXPECT_EQ(busy.retry.retry_delay().seconds(), 1);
  EXPECT_EQ(busy.retry.retry_delay().nanos(), 0);
}

TEST(ToGrpcStatus, DoesNotAdviseToRepeatWhatCannotSucceed) {
  EXPECT_FALSE(
      Read(ToGrpcStatus(MakeError(absl::StatusCode::kAborted, "ETAG_MISMATCH", "text"))).has_retry);
  EXPECT_FALSE(Read(ToGrpcStatus(absl::ResourceExhaustedError("a limit"))).has_retry);
}

TEST(ToGrpcStatus, KeepsTheCauseOfFailuresInTheLog) {
  const rollcall::testing::TempDir directory;
  ASSERT_TRUE(runtime::StartLogging({.file = directory.Path("log")}).ok());
  const grpc::Status internal = ToGrpcStatus(
      MakeError(absl::StatusCode::kInternal, "DATABASE", "secret SQL", {{"table", "secret"}}),
      "call-17");
  const grpc::Status unknown = ToGrpcStatus(absl::UnknownError("secret"), "call-18");
  const grpc::Status damaged = ToGrpcStatus(absl::DataLossError("secret page 7"));
  ASSERT_TRUE(runtime::StartLogging({}).ok());

  EXPECT_EQ(internal.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(internal.error_message(), "the server failed; its log has the cause under call-17");
  EXPECT_EQ(Read(internal).info.reason(), "DATABASE");
  EXPECT_EQ(Read(internal).info.metadata_size(), 1);
  EXPECT_EQ(Read(internal).info.metadata().at("correlation_id"), "call-17");
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(damaged.error_code(), grpc::StatusCode::DATA_LOSS);
  const std::string damaged_id = Read(damaged).info.metadata().at("correlation_id");
  EXPECT_EQ(damaged_id.size(), 36U);
  for (const grpc::Status& status : {internal, unknown, damaged}) {
    EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
    EXPECT_EQ(status.error_details().find("secret"), std::string::npos);
  }
  const std::string log = directory.Read("log");
  EXPECT_NE(log.find(R"("event":"internal_error","correlation_id":"call-17","code":"INTERNAL",)"
                     R"("reason":"DATABASE","cause":"secret SQL"})"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find(damaged_id), std::string::npos);
}

TEST(ToGrpcStatus, MakesTextValidAndShort) {
  const grpc::Status status = ToGrpcStatus(
      absl::InvalidArgumentError(absl::StrCat("bad \xFF byte ", std::string(10'000'000, 'x'))));
  EXPECT_LE(status.error_message().size(), kMaxErrorMessageBytes);
  EXPECT_EQ(status.error_message().substr(0, 12), "bad \xEF\xBF\xBD byte");
  Read(status);
}

// The biggest errors of each shape.
std::vector<absl::Status> WorstErrors() {
  std::string text;
  while (text.size() < 4096) text += "\xF0\x9F\x98\x80";
  std::vector<FieldViolation> violations(200, {std::string(4096, 'f'), std::string(4096, 'd')});
  absl::Status wide = InvalidFields(violations);
  google::rpc::ErrorInfo info;
  info.set_domain("rollcall");
  info.set_reason(std::string(4096, 'R'));
  for (int i = 0; i < 100; ++i) (*info.mutable_metadata())[absl::StrCat("key", i)] = text;
  absl::Status many(absl::StatusCode::kUnavailable, text);
  many.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  absl::Status both = InvalidFields(violations);
  both.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  absl::Status failure(absl::StatusCode::kInternal, text);
  failure.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  google::rpc::ErrorInfo deep;
  (*deep.mutable_metadata())[std::string(100'000, 'k')] = text;
  absl::Status long_key(absl::StatusCode::kResourceExhausted, text);
  long_key.SetPayload(kErrorInfoUrl, absl::Cord(deep.SerializeAsString()));
  return {wide, many, both, failure, long_key};
}

// Answers every Check with one error.
class FailingService final : public grpc::health::v1::Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse*) override {
    return answer;
  }
  grpc::Status answer;
};

TEST(ToGrpcStatus, WorstErrorsArriveWholeOverARealChannel) {
  ASSERT_TRUE(runtime::StartLogging({}).ok());
  FailingService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  for (const absl::Status& error : WorstErrors()) {
    service.answer = ToGrpcStatus(error);
    EXPECT_LE(service.answer.error_message().size(), kMaxErrorMessageBytes);
    EXPECT_LE(service.answer.error_details().size(), kMaxErrorDetailBytes);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status received = stub->Check(&context, {}, &response);
    EXPECT_EQ(received.error_code(), static_cast<grpc::StatusCode>(error.raw_code()));
    EXPECT_EQ(received.error_message(), service.answer.error_message());
    EXPECT_EQ(received.error_details(), service.answer.error_details());
    Read(received);
  }
  server->Shutdown();
}

TEST(ToGrpcStatus, CountsTheFieldsThatDoNotFit) {
  const std::vector<FieldViolation> violations(200,
                                               {std::string(4096, 'f'), std::string(4096, 'd')});
  const Details details = Read(ToGrpcStatus(InvalidFields(violations)));
  ASSERT_TRUE(details.has_bad_request);
  const int shown = details.bad_request.field_violations_size();
  EXPECT_GE(shown, 5);
  EXPECT_EQ(details.info.metadata().at("omitted"), absl::StrCat(200 - shown));
}

}  // namespace
}  // namespace rollcall::rpc
