#include "server/rpc/health_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "server/runtime/clock.h"
#include "server/runtime/lifecycle.h"

namespace rollcall::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr int kMaxWatchers = 2;

std::string Reason(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  details.ParseFromString(status.error_details());
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&info)) return info.reason();
  }
  return "";
}

class HealthServiceTest : public ::testing::Test {
 protected:
  // One Watch call with what it needs to stay alive.
  struct Watcher {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader;

    // The next state, or UNKNOWN at the end of the stream.
    HealthCheckResponse::ServingStatus Next() const {
      HealthCheckResponse response;
      return reader->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
    }
  };

  void SetUp() override {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = Health::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  void TearDown() override {
    health_.Stop();
    server_->Shutdown();
  }

  grpc::Status Check(const std::string& service, HealthCheckResponse* response) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    return stub_->Check(&context, request, response);
  }

  HealthCheckResponse::ServingStatus State(const std::string& service) {
    HealthCheckResponse response;
    const grpc::Status status = Check(service, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  std::unique_ptr<Watcher> Watch(const std::string& service) {
    auto watcher = std::make_unique<Watcher>();
    HealthCheckRequest request;
    request.set_service(service);
    watcher->reader = stub_->Watch(&watcher->context, request);
    return watcher;
  }

  HealthService health_{kMaxWatchers};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, ServerIsNotServingUntilItSaysSo) {
  EXPECT_EQ(State(""), HealthCheckResponse::NOT_SERVING);
  health_.SetServing("", true);
  EXPECT_EQ(State(""), HealthCheckResponse::SERVING);
}

TEST_F(HealthServiceTest, CheckOfAnUnknownServiceIsNotFound) {
  HealthCheckResponse response;
  const grpc::Status status = Check("rollcall.v1.NoService", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(status), "NOT_FOUND");
}

TEST_F(HealthServiceTest, ServicesAreIndependentUntilAllAreSet) {
  health_.SetServing("a", true);
  health_.SetServing("b", false);
  EXPECT_EQ(State("a"), HealthCheckResponse::SERVING);
  EXPECT_EQ(State("b"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(State(""), HealthCheckResponse::NOT_SERVING);
  health_.SetAll(true);
  for (const char* name : {"", "a", "b"}) EXPECT_EQ(State(name), HealthCheckResponse::SERVING);
  health_.SetAll(false);
  for (const char* name : {"", "a", "b"}) EXPECT_EQ(State(name), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, WatchTellsEveryChange) {
  const auto watcher = Watch("");
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::NOT_SERVING);
  health_.SetServing("", true);
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::SERVING);
  health_.SetServing("", true);
  health_.SetServing("other", false);
  health_.SetServing("", false);
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, WatchOfAnUnknownServiceWaitsForIt) {
  const auto watcher = Watch("late");
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  health_.SetServing("late", true);
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::SERVING);
}

TEST_F(HealthServiceTest, StopEndsEveryWatchAfterSayingSo) {
  health_.SetServing("", true);
  const auto watcher = Watch("");
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::SERVING);
  health_.Stop();
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::UNKNOWN);
  const grpc::Status status = watcher->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(status), "STOPPING");
  // Nothing brings it back.
  health_.SetAll(true);
  health_.SetServing("", true);
  health_.SetServing("new", true);
  EXPECT_EQ(State(""), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, ShutdownIsNotHeldUpByAWatcher) {
  const auto watcher = Watch("");
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::NOT_SERVING);
  health_.Stop();
  // Without a deadline this returns only when the handler has.
  server_->Shutdown();
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::UNKNOWN);
}

TEST_F(HealthServiceTest, LifecycleStopsARealServerInOrder) {
  ASSERT_TRUE(runtime::ServerLifecycle::BlockSignals().ok());
  health_.SetServing("", true);
  const auto watcher = Watch("");
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::SERVING);
  const runtime::SystemClock clock;
  runtime::ServerLifecycle lifecycle(&clock);
  lifecycle.RequestStop("test");
  bool refused_when_closed = false;
  const std::string reason =
      lifecycle.Run({.announce =
                         [&] {
                           health_.Stop();
                           EXPECT_EQ(State(""), HealthCheckResponse::NOT_SERVING);
                         },
                     .drain =
                         [&](absl::Time deadline) {
                           EXPECT_EQ(watcher->Next(), HealthCheckResponse::NOT_SERVING);
                           server_->Shutdown(absl::ToChronoTime(deadline));
                         },
                     .close =
                         [&] {
                           HealthCheckResponse response;
                           refused_when_closed = !Check("", &response).ok();
                         }},
                    absl::Minutes(5));
  EXPECT_EQ(reason, "test");
  EXPECT_TRUE(refused_when_closed);
  EXPECT_EQ(watcher->Next(), HealthCheckResponse::UNKNOWN);
}

TEST_F(HealthServiceTest, WatchersAreBoundedAndTheirPlacesReused) {
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < kMaxWatchers; ++i) {
    watchers.push_back(Watch(""));
    EXPECT_EQ(watchers.back()->Next(), HealthCheckResponse::NOT_SERVING);
  }
  const auto refused = Watch("");
  EXPECT_EQ(refused->Next(), HealthCheckResponse::UNKNOWN);
  const grpc::Status status = refused->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(status), "TOO_MANY_WATCHERS");
  EXPECT_EQ(State(""), HealthCheckResponse::NOT_SERVING);

  watchers[0]->context.TryCancel();
  EXPECT_EQ(watchers[0]->Next(), HealthCheckResponse::UNKNOWN);
  EXPECT_EQ(watchers[0]->reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The server sees the cancellation a moment later; until then it goes on refusing.
  HealthCheckResponse::ServingStatus state = HealthCheckResponse::UNKNOWN;
  while (state == HealthCheckResponse::UNKNOWN) {
    const auto next = Watch("");
    state = next->Next();
    next->context.TryCancel();
  }
  EXPECT_EQ(state, HealthCheckResponse::NOT_SERVING);
}

}  // namespace
}  // namespace rollcall::rpc
