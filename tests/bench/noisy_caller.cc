// What a caller who asks as fast as it can does to the small calls of another: the time of a quiet
// caller's GetVendor alone, beside a noisy one whom nothing holds back, and beside the same one
// under the server's default limits.
//
//   noisy_caller [SECONDS]   of each measurement; 5 without

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

constexpr int kNoisyThreads = 64;

struct Times {
  double median_ms = 0;
  double p99_ms = 0;
  std::size_t calls = 0;
};

void Give(TestServer& server, const std::string& system) {
  v1::CreateGrantRequest request;
  request.mutable_grant()->set_principal("spiffe://district.example/system/" + system);
  request.mutable_grant()->set_role("roles/viewer");
  v1::Grant grant;
  const grpc::Status status =
      server.Call<v1::AccessService>(&v1::AccessService::Stub::CreateGrant, request, &grant);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    std::exit(1);
  }
}

// Some fifty calls a second, as a person's browser or a small job makes them.
Times Quiet(const std::shared_ptr<grpc::Channel>& channel, absl::Duration duration) {
  const auto stub = v1::VendorService::NewStub(channel);
  v1::GetVendorRequest request;
  request.set_name("vendors/cleo");
  std::vector<double> times;
  const absl::Time end = absl::Now() + duration;
  while (absl::Now() < end) {
    grpc::ClientContext context;
    v1::Vendor vendor;
    const absl::Time begin = absl::Now();
    const grpc::Status status = stub->GetVendor(&context, request, &vendor);
    if (!status.ok()) {
      std::fprintf(stderr, "the quiet caller: %s\n", status.error_message().c_str());
      std::exit(1);
    }
    times.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    absl::SleepFor(absl::Milliseconds(20));
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100], times.size()};
}

struct Noise {
  std::size_t answered = 0;
  std::size_t refused = 0;
};

Times Beside(TestServer& server, absl::Duration duration, Noise* noise) {
  const auto certificate = server.pki().System("noisy");
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kNoisyThreads; ++i) {
    threads.emplace_back([&, channel = server.Connect(certificate)] {
      const auto vendors = v1::VendorService::NewStub(channel);
      const auto exposures = v1::ExposureService::NewStub(channel);
      for (int n = 0; !stop; ++n) {
        grpc::ClientContext context;
        grpc::Status status;
        if (n % 8 == 0) {
          v1::GetExposureSummaryRequest request;
          request.set_name("incidents/breach");
          v1::ExposureSummary summary;
          status = exposures->GetExposureSummary(&context, request, &summary);
        } else {
          v1::ListVendorsResponse response;
          status = vendors->ListVendors(&context, {}, &response);
        }
        ++(status.ok() ? answered : refused);
        // What a client does that is told to wait.
        if (!status.ok()) absl::SleepFor(absl::Milliseconds(100));
      }
    });
  }
  absl::SleepFor(absl::Seconds(1));
  const Times times = Quiet(server.Connect(server.pki().System("quiet")), duration);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  *noise = {answered, refused};
  return times;
}

void Print(const char* what, const Times& times) {
  std::printf("%-36s median %8.3f ms  p99 %8.3f ms  (%zu calls)\n", what, times.median_ms,
              times.p99_ms, times.calls);
}

void Run(absl::Duration duration) {
  TestServer limited;
  TestServer open([](runtime::Config* config) {
    config->calls_per_second = 0;
    config->max_calls_per_caller = config->max_concurrent_calls;
    config->max_streams_per_caller = config->max_concurrent_calls;
  });
  for (TestServer* server : {&limited, &open}) {
    Give(*server, "quiet");
    Give(*server, "noisy");
    server->reg().State("list_use: LIST_USE_ADDS", {"5004"});
  }
  const Times alone = Quiet(limited.Connect(limited.pki().System("quiet")), duration);
  Noise unbounded;
  Noise bounded;
  const Times beside_open = Beside(open, duration, &unbounded);
  const Times beside_limited = Beside(limited, duration, &bounded);
  Print("alone", alone);
  Print("beside a noisy one, without limits", beside_open);
  std::printf("  the noisy one: %zu answered, %zu refused\n", unbounded.answered,
              unbounded.refused);
  Print("beside a noisy one, with limits", beside_limited);
  std::printf("  the noisy one: %zu answered, %zu refused\n", bounded.answered, bounded.refused);
  std::printf("times the median alone: without limits %.1f, with limits %.1f\n",
              beside_open.median_ms / alone.median_ms, beside_limited.median_ms / alone.median_ms);
}

}  // namespace
}  // namespace rollcall::testing

int main(int argc, char** argv) {
  rollcall::testing::Run(absl::Seconds(argc > 1 ? std::atoi(argv[1]) : 5));
  return 0;
}
