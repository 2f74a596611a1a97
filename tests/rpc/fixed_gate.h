// Gates for tests of the pipeline alone.

#ifndef ROLLCALL_TESTS_RPC_FIXED_GATE_H_
#define ROLLCALL_TESTS_RPC_FIXED_GATE_H_

#include <set>
#include <utility>

#include "server/rpc/caller.h"

namespace rollcall::testing {

// Lets everybody in as one user, with the rights of the test's.
class FixedGate final : public rpc::Gatekeeper {
 public:
  explicit FixedGate(std::set<v1::Permission> rights) : rights_(std::move(rights)) {}
  absl::StatusOr<rpc::Caller> Identify(ReadTx&, const rpc::Credentials&, absl::Time) override {
    return rpc::Caller{"user:somebody", "", absl::InfiniteFuture()};
  }
  absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx&, std::string_view, absl::Time) override {
    return rights_;
  }
  void Set(std::set<v1::Permission> rights) { rights_ = std::move(rights); }

 private:
  std::set<v1::Permission> rights_;
};

// Lets everybody do everything, as `local`.
class OpenGate final : public rpc::Gatekeeper {
 public:
  absl::StatusOr<rpc::Caller> Identify(ReadTx&, const rpc::Credentials&, absl::Time) override {
    return rpc::Caller{"local", "", absl::InfiniteFuture()};
  }
  absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx&, std::string_view, absl::Time) override {
    std::set<v1::Permission> all;
    for (int i = 1; i < v1::Permission_ARRAYSIZE; ++i) all.insert(static_cast<v1::Permission>(i));
    return all;
  }
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RPC_FIXED_GATE_H_
