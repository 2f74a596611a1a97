// What every call goes through: request ids, dry runs, admission, deadlines, exceptions.

#include "server/rpc/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/incident_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/rpc/fixed_gate.h"
#include "tests/rpc/log_capture.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kId1[] = "00000000-0000-4000-8000-0000000000a1";
constexpr char kId2[] = "00000000-0000-4000-8000-0000000000a2";

v1::CreateVendorRequest Vendor(const std::string& id, const std::string& name,
                               const std::string& request_id = "") {
  v1::CreateVendorRequest request;
  request.set_vendor_id(id);
  request.mutable_vendor()->set_legal_name(name);
  request.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
  request.set_request_id(request_id);
  return request;
}

class ServedPipelineTest : public ::testing::Test {
 protected:
  grpc::Status Create(const v1::CreateVendorRequest& request, v1::Vendor* vendor) {
    return server_.Call<v1::VendorService>(&v1::VendorService::Stub::CreateVendor, request, vendor);
  }

  int Vendors() {
    v1::ListVendorsResponse response;
    EXPECT_TRUE(server_
                    .Call<v1::VendorService>(&v1::VendorService::Stub::ListVendors,
                                             v1::ListVendorsRequest(), &response)
                    .ok());
    return response.vendors_size();
  }

  TestServer server_;
};

TEST_F(ServedPipelineTest, ARetryGetsTheFirstAnswerAndMakesNothing) {
  v1::Vendor first;
  // Without an id of the caller's, so that a second record would be possible.
  ASSERT_TRUE(Create(Vendor("", "Acme", kId1), &first).ok());
  const std::int64_t revision = server_.reg().Revision();
  v1::Vendor again;
  const grpc::Status status = Create(Vendor("", "Acme", kId1), &again);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(server_.reg().Revision(), revision);
  EXPECT_EQ(Vendors(), 2);
  ASSERT_TRUE(Create(Vendor("", "Acme", kId2), &again).ok());
  EXPECT_EQ(Vendors(), 3);
}

TEST_F(ServedPipelineTest, TheSameIdForAnotherRequestIsRefused) {
  v1::Vendor vendor;
  ASSERT_TRUE(Create(Vendor("acme", "Acme", kId1), &vendor).ok());
  const grpc::Status status = Create(Vendor("other", "Other", kId1), &vendor);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, ::testing::ElementsAre("request_id"));
  EXPECT_EQ(Vendors(), 2);
}

TEST_F(ServedPipelineTest, TheSameIdForAnotherMethodIsAnotherId) {
  v1::Vendor vendor;
  ASSERT_TRUE(Create(Vendor("acme", "Acme", kId1), &vendor).ok());
  v1::CreateIncidentRequest request;
  request.mutable_incident()->set_vendor("vendors/acme");
  request.mutable_incident()->set_title("Title");
  request.set_request_id(kId1);
  v1::Incident incident;
  EXPECT_TRUE(
      server_
          .Call<v1::IncidentService>(&v1::IncidentService::Stub::CreateIncident, request, &incident)
          .ok());
}

TEST_F(ServedPipelineTest, AFailedRequestMayBeSentAgainUnderItsId) {
  v1::Vendor vendor;
  v1::CreateIncidentRequest request;
  request.mutable_incident()->set_vendor("vendors/acme");
  request.mutable_incident()->set_title("Title");
  request.set_request_id(kId1);
  v1::Incident incident;
  const auto create = [&] {
    return server_.Call<v1::IncidentService>(&v1::IncidentService::Stub::CreateIncident, request,
                                             &incident);
  };
  EXPECT_EQ(create().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(Create(Vendor("acme", "Acme"), &vendor).ok());
  EXPECT_TRUE(create().ok());
}

TEST_F(ServedPipelineTest, ValidateOnlyChecksAndKeepsNothing) {
  const Dump before = server_.reg().Tables();
  v1::CreateVendorRequest request = Vendor("acme", "Acme", kId1);
  request.set_validate_only(true);
  v1::Vendor vendor;
  ASSERT_TRUE(Create(request, &vendor).ok());
  EXPECT_EQ(vendor.name(), "vendors/acme");
  EXPECT_TRUE(server_.reg().Tables() == before);
  request.set_vendor_id("cleo");
  EXPECT_EQ(Create(request, &vendor).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  // The id was not used up by the dry run.
  EXPECT_TRUE(Create(Vendor("acme", "Acme", kId1), &vendor).ok());
}

TEST_F(ServedPipelineTest, ACallWhoseTimeIsOverChangesNothing) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
  v1::Vendor vendor;
  const auto stub = server_.Stub<v1::VendorService>();
  EXPECT_EQ(stub->CreateVendor(&context, Vendor("acme", "Acme"), &vendor).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(Vendors(), 1);
}

// --- The pipeline alone ----------------------------------------------------------------------

class PipelineTest : public ::testing::Test {
 protected:
  std::unique_ptr<rpc::Pipeline> Make(int limit, rpc::Gatekeeper* gate) {
    rpc::PipelineParts parts;
    parts.store = &register_.store();
    parts.clock = &register_.clock;
    parts.ids = &register_.ids;
    parts.gatekeeper = gate;
    parts.limits.concurrent = limit;
    auto pipeline = rpc::Pipeline::Create(parts, {v1::Vendor::descriptor()->file()->service(0)});
    SmallRegister::Must(pipeline.status());
    return *std::move(pipeline);
  }

  static absl::Status Fine(ReadTx&, const rpc::CallContext&) { return absl::OkStatus(); }

  Register register_{/*with_catalog=*/false};
  OpenGate everybody_;
  v1::ListVendorsResponse unused_;
};

TEST_F(PipelineTest, OneCallTooManyIsRefusedAndToldToRetry) {
  const auto pipeline = Make(1, &everybody_);
  grpc::ServerContext context;
  const v1::ListVendorsRequest list;
  grpc::Status inner;
  const grpc::Status outer =
      pipeline->Read(&context, list, &unused_, [&](ReadTx&, const rpc::CallContext&) {
        grpc::ServerContext second;
        inner = pipeline->Read(&second, list, &unused_, Fine);
        return absl::OkStatus();
      });
  EXPECT_TRUE(outer.ok()) << outer.error_message();
  EXPECT_EQ(inner.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(inner), "TOO_MANY_CALLS");
  EXPECT_TRUE(DetailsOf(inner).retry);
  // Both places are free again.
  EXPECT_TRUE(pipeline->Read(&context, list, &unused_, Fine).ok());
}

TEST_F(PipelineTest, AnExceptionIsAnInternalErrorAndUndoesTheChange) {
  const auto pipeline = Make(4, &everybody_);
  grpc::ServerContext context;
  const Dump before = register_.Tables();
  v1::Vendor response;
  const grpc::Status status =
      pipeline->Write(&context, Vendor("acme", "Acme"), &response,
                      [&](WriteTx& tx, const rpc::CallContext&) -> absl::Status {
                        RC_RETURN_IF_ERROR(InsertPerson(tx, 1, v1::SUBJECT_KIND_STUDENT));
                        throw std::runtime_error("a secret of the implementation");
                      });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(ReasonOf(status), "EXCEPTION");
  EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
  EXPECT_NE(DetailsOf(status).info.metadata().at("correlation_id"), "");
  EXPECT_TRUE(register_.Tables() == before);
  // The store still takes writes.
  EXPECT_TRUE(pipeline
                  ->Write(&context, Vendor("acme", "Acme"), &response,
                          [&](WriteTx& tx, const rpc::CallContext&) {
                            return InsertPerson(tx, 1, v1::SUBJECT_KIND_STUDENT);
                          })
                  .ok());
}

TEST_F(PipelineTest, InternalErrorsTellTheCallerOnlyWhereToLook) {
  const auto pipeline = Make(4, &everybody_);
  grpc::ServerContext context;
  const grpc::Status status = pipeline->Read(&context, v1::ListVendorsRequest(), &unused_,
                                             [](ReadTx&, const rpc::CallContext&) {
                                               return absl::InternalError("cause-for-the-log-only");
                                             });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message() + status.error_details(),
              Not(HasSubstr("cause-for-the-log-only")));
  EXPECT_THAT(LogText(), HasSubstr("cause-for-the-log-only"));
  EXPECT_THAT(LogText(), HasSubstr(DetailsOf(status).info.metadata().at("correlation_id")));
}

TEST_F(PipelineTest, WhoMayNotIsRefusedBeforeAnythingIsRead) {
  FixedGate nobody({v1::PERMISSION_CATALOG_READ});
  const auto pipeline = Make(4, &nobody);
  grpc::ServerContext context;
  bool ran = false;
  const grpc::Status status = pipeline->Read(&context, v1::ListVendorsRequest(), &unused_,
                                             [&](ReadTx&, const rpc::CallContext&) {
                                               ran = true;
                                               return absl::OkStatus();
                                             });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "RIGHT_MISSING");
  EXPECT_FALSE(ran);
}

TEST_F(PipelineTest, ARightThatIsTakenAwayBeforeTheTurnCountsNot) {
  FixedGate gate({v1::PERMISSION_REGISTRY_WRITE});
  const auto pipeline = Make(4, &gate);
  grpc::ServerContext context;
  v1::Vendor response;
  const Dump before = register_.Tables();
  const v1::CreateVendorRequest request = Vendor("acme", "Acme");
  // Between the first look at the rights and the write transaction.
  const grpc::Status status = pipeline->Stream(
      &context, request, /*check_request=*/true, [&](const rpc::CallContext& call) {
        gate.Set({});
        return pipeline->RunWrite(call, request, &response,
                                  [&](WriteTx& tx, const rpc::CallContext&) {
                                    return InsertPerson(tx, 1, v1::SUBJECT_KIND_STUDENT);
                                  });
      });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(register_.Tables() == before);
}

TEST_F(PipelineTest, ARightThatIsTakenAwayDuringAdmissionCountsNot) {
  // Looks at the rights as they were, then lets somebody else take them away.
  class SlowGate final : public rpc::Gatekeeper {
   public:
    absl::StatusOr<rpc::Caller> Identify(ReadTx&, const rpc::Credentials&, absl::Time) override {
      return rpc::Caller{"user:somebody", "", absl::InfiniteFuture()};
    }
    absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx&, std::string_view,
                                                    absl::Time) override {
      const std::set<v1::Permission> rights = rights_;
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      return rights;
    }
    std::function<void()> meanwhile;
    std::set<v1::Permission> rights_ = {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_ACCESS_WRITE};
  } gate;
  rpc::PipelineParts parts;
  parts.store = &register_.store();
  parts.clock = &register_.clock;
  parts.ids = &register_.ids;
  parts.gatekeeper = &gate;
  const auto pipeline = *rpc::Pipeline::Create(parts, {v1::Vendor::descriptor()->file()->service(0),
                                                       v1::Role::descriptor()->file()->service(0)});
  gate.meanwhile = [&] {
    grpc::ServerContext context;
    v1::DeleteGrantRequest request;
    request.set_name("grants/x");
    google::protobuf::Empty nothing;
    EXPECT_TRUE(pipeline
                    ->Write(&context, request, &nothing,
                            [](WriteTx&, const rpc::CallContext&) { return absl::OkStatus(); })
                    .ok());
    gate.rights_.clear();
  };
  grpc::ServerContext context;
  bool ran = false;
  const grpc::Status status = pipeline->Read(&context, v1::ListVendorsRequest(), &unused_,
                                             [&](ReadTx&, const rpc::CallContext&) {
                                               ran = true;
                                               return absl::OkStatus();
                                             });
  EXPECT_EQ(ReasonOf(status), "RIGHT_MISSING");
  EXPECT_FALSE(ran);
}

TEST_F(PipelineTest, EveryCallLeavesOneLogLine) {
  const auto pipeline = Make(4, &everybody_);
  grpc::ServerContext context;
  const std::size_t before = LogText().size();
  std::string id;
  pipeline->Read(&context, v1::ListVendorsRequest(), &unused_,
                 [&](ReadTx&, const rpc::CallContext& call) {
                   id = call.correlation_id;
                   return absl::NotFoundError("nothing");
                 });
  const std::string line = LogText().substr(before);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  for (const std::string part : {"rollcall.v1.VendorService.ListVendors", "NOT_FOUND", "local"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
  EXPECT_THAT(line, HasSubstr(id));
}

TEST_F(PipelineTest, RequestsOfOtherServicesAreNotServed) {
  const auto pipeline = Make(4, &everybody_);
  grpc::ServerContext context;
  EXPECT_EQ(pipeline->Read(&context, v1::ListIncidentsRequest(), &unused_, Fine).error_code(),
            grpc::StatusCode::INTERNAL);
}

TEST_F(PipelineTest, AServiceThatSharesARequestTypeIsRefused) {
  rpc::PipelineParts parts;
  const auto* service = v1::Vendor::descriptor()->file()->service(0);
  EXPECT_EQ(ErrorReason(rpc::Pipeline::Create(parts, {service, service}).status()),
            "METHOD_AMBIGUOUS");
  // The standard health service declares no policy of ours.
  const auto* foreign = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "grpc.health.v1.Health");
  ASSERT_NE(foreign, nullptr);
  EXPECT_EQ(ErrorReason(rpc::Pipeline::Create(parts, {foreign}).status()), "METHOD_WITHOUT_POLICY");
}

}  // namespace
}  // namespace rollcall::testing
