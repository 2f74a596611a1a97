// Who gets in when many want to: shares of the server for each caller, and a brake on those who
// try identities.
//
// Three questions, in the order in which a call meets them: is there a place at all; has this
// address failed to identify itself too often lately; has this caller its share already. Rates are
// token buckets: a bucket holds `burst` calls and fills at `per_second`.

#ifndef ROLLCALL_SERVER_RPC_ADMISSION_H_
#define ROLLCALL_SERVER_RPC_ADMISSION_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/options.pb.h"

namespace rollcall::rpc {

// A rate; per_second 0 means without limit.
struct Rate {
  double per_second = 0;
  double burst = 0;
};

struct AdmissionLimits {
  // Calls worked on at one time, over all callers.
  int concurrent = 64;
  // The same for one caller, and of them those that stream.
  int concurrent_per_caller = 32;
  int streams_per_caller = 8;
  // Calls that one caller may begin: all of them, and those of the classes LONG and STREAM.
  Rate calls = {200, 400};
  Rate heavy_calls = {5, 40};
  // Calls from one address that brought no valid identity.
  Rate failures = {1, 20};
};

// Thread-safe. `now` is any clock that does not jump; calls in the order of time.
class Admission {
 public:
  // A place that is taken; gives it back when it ends.
  class Ticket {
   public:
    Ticket() = default;
    ~Ticket() { Release(); }
    Ticket(Ticket&& other) noexcept { *this = std::move(other); }
    Ticket& operator=(Ticket&& other) noexcept;

   private:
    friend class Admission;
    void Release();
    Admission* admission_ = nullptr;
    std::string caller_;  // Empty: a place of the server.
    bool stream_ = false;
  };

  explicit Admission(const AdmissionLimits& limits) : limits_(limits) {}

  // A place of the server's. Errors: kResourceExhausted, TOO_MANY_CALLS.
  absl::StatusOr<Ticket> Enter();

  // OK unless the address has failed too often. `host` is an address without its port; empty, for
  // a Unix socket, is never refused. Errors: kResourceExhausted, TOO_MANY_FAILURES.
  absl::Status CheckHost(std::string_view host, absl::Time now);
  // A call from the address brought no valid identity.
  void NoteFailure(std::string_view host, absl::Time now);

  // The caller's share. `local`, the administrator at the machine, has no share to exceed.
  // Errors: kResourceExhausted, CALLER_LIMIT, which says which limit.
  absl::StatusOr<Ticket> Admit(std::string_view caller, v1::DeadlineClass deadline_class,
                               absl::Time now);

 private:
  struct Bucket {
    double used = 0;
    absl::Time at = absl::InfinitePast();
    // True if there is room for one more call at `now`.
    bool HasRoom(const Rate& rate, absl::Time now);
    // Takes the room of one, if there is any.
    bool Take(const Rate& rate, absl::Time now);
    bool Empty(const Rate& rate, absl::Time now) const;
  };
  struct Share {
    int calls = 0;
    int streams = 0;
    Bucket rate;
    Bucket heavy_rate;
  };

  // Beyond so many entries those that say nothing any more are dropped.
  static constexpr std::size_t kKeptEntries = 10'000;

  const AdmissionLimits limits_;
  std::mutex mutex_;
  int running_ = 0;                                   // Guarded by mutex_.
  std::unordered_map<std::string, Share> shares_;     // By caller. Guarded by mutex_.
  std::unordered_map<std::string, Bucket> failures_;  // By host. Guarded by mutex_.
};

// The address in what gRPC calls the peer, without its port: `192.0.2.7` for `ipv4:192.0.2.7:5050`,
// `2001:db8::1` for `ipv6:[2001:db8::1]:5050`; an IPv6 address stands for its first 64 bits, which
// are one subscriber's. Empty for a Unix socket.
std::string HostOf(std::string_view peer);

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_ADMISSION_H_
