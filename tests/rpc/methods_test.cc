// What holds for every method of the API, read from its descriptors.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/audit_service.grpc.pb.h"
#include "rollcall/v1/backup_service.grpc.pb.h"
#include "rollcall/v1/case_service.grpc.pb.h"
#include "rollcall/v1/catalog_service.grpc.pb.h"
#include "rollcall/v1/contract_service.grpc.pb.h"
#include "rollcall/v1/disclosure_service.grpc.pb.h"
#include "rollcall/v1/disposition_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/incident_service.grpc.pb.h"
#include "rollcall/v1/key_service.grpc.pb.h"
#include "rollcall/v1/options.pb.h"
#include "rollcall/v1/register_service.grpc.pb.h"
#include "rollcall/v1/share_service.grpc.pb.h"
#include "rollcall/v1/subprocessor_service.grpc.pb.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/rpc/raw_call.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* file :
       {v1::Vendor::descriptor()->file(), v1::Contract::descriptor()->file(),
        v1::DataElement::descriptor()->file(), v1::Share::descriptor()->file(),
        v1::Person::descriptor()->file(), v1::Incident::descriptor()->file(),
        v1::ExposureSummary::descriptor()->file(), v1::Subprocessor::descriptor()->file(),
        v1::Disposition::descriptor()->file(), v1::Transfer::descriptor()->file(),
        v1::Case::descriptor()->file(), v1::Role::descriptor()->file(),
        v1::ServerInfo::descriptor()->file(), v1::Backup::descriptor()->file(),
        v1::AuditEntry::descriptor()->file(), v1::KeyStatus::descriptor()->file(),
        v1::DisclosureRecord::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

bool StartsWithOneOf(const std::string& name, const std::vector<std::string>& verbs) {
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const std::string& verb) { return name.starts_with(verb); });
}

// Whether a message, or anything in it, has a field that is marked as personal.
bool HoldsPersonalData(const google::protobuf::Descriptor* type,
                       std::set<const google::protobuf::Descriptor*>* seen) {
  if (!seen->insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->options().GetExtension(v1::personal)) return true;
    if (field->message_type() != nullptr && HoldsPersonalData(field->message_type(), seen)) {
      return true;
    }
  }
  return false;
}

TEST(MethodsTest, EveryMethodDeclaresItsPolicy) {
  ASSERT_GT(AllMethods().size(), 50U);
  for (const MethodDescriptor* method : AllMethods()) {
    SCOPED_TRACE(method->full_name());
    ASSERT_TRUE(method->options().HasExtension(v1::policy));
    const v1::MethodPolicy& policy = method->options().GetExtension(v1::policy);
    EXPECT_NE(policy.permission(), v1::PERMISSION_UNSPECIFIED);
    const bool reads = StartsWithOneOf(
        method->name(), {"Get", "List", "Stream", "Export", "Compare", "Prove", "Check", "WhoAmI"});
    EXPECT_EQ(policy.mutates(), !reads);
    const bool writes = v1::Permission_Name(policy.permission()).ends_with("_WRITE") ||
                        policy.permission() == v1::PERMISSION_CASE_APPROVE ||
                        policy.permission() == v1::PERMISSION_ROSTER_ERASE;
    // Reading a backup through keeps others from making one.
    const bool long_work = method->name() == "CheckBackup";
    EXPECT_EQ(writes, policy.mutates() || long_work);
    if (method->server_streaming() || method->client_streaming()) {
      EXPECT_TRUE(policy.deadline_class() == v1::DEADLINE_CLASS_STREAM ||
                  policy.deadline_class() == v1::DEADLINE_CLASS_LONG);
    }
  }
}

TEST(MethodsTest, AnswersWithFieldsOfPeopleAreDeclaredAsSuch) {
  for (const MethodDescriptor* method : AllMethods()) {
    std::set<const google::protobuf::Descriptor*> seen;
    if (!HoldsPersonalData(method->output_type(), &seen)) continue;
    EXPECT_TRUE(method->options().GetExtension(v1::policy).reads_personal_data())
        << method->full_name();
  }
}

// Otherwise nobody could ever ask so: a purpose counts with such methods only.
TEST(MethodsTest, WhoAsksByFieldsOfPeopleIsAskedForAPurpose) {
  for (const MethodDescriptor* method : AllMethods()) {
    const v1::MethodPolicy& policy = method->options().GetExtension(v1::policy);
    std::set<const google::protobuf::Descriptor*> seen;
    if (policy.mutates() || method->client_streaming() ||
        !HoldsPersonalData(method->input_type(), &seen)) {
      continue;
    }
    EXPECT_TRUE(policy.reads_personal_data()) << method->full_name();
  }
}

TEST(MethodsTest, EveryChangeTakesARequestId) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (!method->options().GetExtension(v1::policy).mutates() || method->client_streaming()) {
      continue;
    }
    EXPECT_NE(method->input_type()->FindFieldByName("request_id"), nullptr) << method->full_name();
  }
}

TEST(MethodsTest, EveryMethodAnswersAnEmptyRequestInItsOwnWords) {
  TestServer server;
  const Dump before = server.reg().Tables();
  for (const MethodDescriptor* method : AllMethods()) {
    SCOPED_TRACE(method->full_name());
    grpc::ClientContext context;
    const grpc::Status status = RawCallToTheEnd(server.channel(), PathOf(*method), "", &context);
    if (status.ok()) {
      EXPECT_FALSE(method->options().GetExtension(v1::policy).mutates());
      continue;
    }
    // The server of the tests has no keys to tell of.
    if (ReasonOf(status) == "KEYS_NOT_LOADED") continue;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
    EXPECT_FALSE(DetailsOf(status).fields.empty());
  }
  EXPECT_TRUE(server.reg().Tables() == before);
}

TEST(MethodsTest, EveryMethodRefusesBytesThatAreNoMessage) {
  TestServer server;
  const Dump before = server.reg().Tables();
  for (const MethodDescriptor* method : AllMethods()) {
    const grpc::Status status = RawCall(server.channel(), PathOf(*method), "\xff\xff\xff");
    EXPECT_FALSE(status.ok()) << method->full_name();
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method->full_name();
  }
  EXPECT_TRUE(server.reg().Tables() == before);
}

TEST(MethodsTest, UnknownMethodsAreUnimplemented) {
  TestServer server;
  EXPECT_EQ(RawCall(server.channel(), "/rollcall.v1.VendorService/Nothing", "").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

// --- Health ----------------------------------------------------------------------------------

grpc::health::v1::HealthCheckResponse::ServingStatus Health(const TestServer& server,
                                                            const std::string& service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = server.Call<grpc::health::v1::Health>(
      &grpc::health::v1::Health::Stub::Check, request, &response);
  EXPECT_TRUE(status.ok()) << service << ": " << status.error_message();
  return response.status();
}

TEST(MethodsTest, HealthKnowsEveryServiceAndTellsOfTheEnd) {
  TestServer server;
  std::set<std::string> services = {""};
  for (const MethodDescriptor* method : AllMethods()) {
    services.insert(method->service()->full_name());
  }
  using Answer = grpc::health::v1::HealthCheckResponse;
  for (const std::string& service : services) {
    EXPECT_EQ(Health(server, service), Answer::SERVING) << service;
  }
  server.server().Announce();
  for (const std::string& service : services) {
    EXPECT_EQ(Health(server, service), Answer::NOT_SERVING) << service;
  }
  // Calls are still taken.
  v1::ServerInfo info;
  EXPECT_TRUE(server
                  .Call<v1::RegisterService>(&v1::RegisterService::Stub::GetServerInfo,
                                             v1::GetServerInfoRequest(), &info)
                  .ok());
  server.server().Shutdown(absl::Now());
  EXPECT_EQ(server
                .Call<v1::RegisterService>(&v1::RegisterService::Stub::GetServerInfo,
                                           v1::GetServerInfoRequest(), &info)
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST(MethodsTest, ASecondServerOnTheSamePortIsRefused) {
  TestServer server;
  runtime::Config config;
  config.listen = {{absl::StrCat("127.0.0.1:", server.server().ports().at(0)), ""}};
  config.time_zone = absl::UTCTimeZone();
  const auto second = Server::Start(config, {.store = &server.reg().store(),
                                             .clock = &server.reg().clock,
                                             .ids = &server.reg().ids,
                                             .tls = &server.tls()});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(second.status()), "LISTEN");
}

}  // namespace
}  // namespace rollcall::testing
