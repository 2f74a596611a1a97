// A gate that lets everybody in as one user, with the rights of the test's.

#ifndef ROLLCALL_TESTS_RPC_FIXED_GATE_H_
#define ROLLCALL_TESTS_RPC_FIXED_GATE_H_

#include <set>
#include <utility>

#include "server/rpc/caller.h"

namespace rollcall::testing {

class FixedGate final : public rpc::Gatekeeper {
 public:
  explicit FixedGate(std::set<v1::Permission> rights) : rights_(std::move(rights)) {}
  rpc::Credentials Take(const grpc::ServerContext&) override { return {true, "", ""}; }
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

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RPC_FIXED_GATE_H_
