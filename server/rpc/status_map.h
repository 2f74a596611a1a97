// The one place where an absl::Status becomes what a caller sees.

#ifndef ROLLCALL_SERVER_RPC_STATUS_MAP_H_
#define ROLLCALL_SERVER_RPC_STATUS_MAP_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace rollcall::rpc {

// Errors travel in the trailers, which a gRPC peer reads up to 8 KiB and beyond that replaces by
// an error of its own. These bounds keep the sum below it even where the details go as base64
// (4/3) and every byte of the message is percent-encoded (3): 5462 + 1536 bytes.
inline constexpr std::size_t kMaxErrorMessageBytes = 512;
inline constexpr std::size_t kMaxErrorDetailBytes = 4096;

// Returns the same error for the caller, with a google.rpc.Status in the details:
//
//   ErrorInfo   always. An error that was not made with rollcall::MakeError gets the name of its
//               code as its reason.
//   BadRequest  if the error names wrong fields. Those that do not fit are left out from the end,
//               and ErrorInfo's metadata `omitted` counts them.
//   RetryInfo   for RESOURCE_EXHAUSTED, UNAVAILABLE and ABORTED, unless the reason is one that
//               sending the same request again cannot cure.
//
// INTERNAL, UNKNOWN and DATA_LOSS tell the caller nothing but a fixed text, the reason, if the
// error has one, and a correlation id, also in ErrorInfo's metadata as `correlation_id`. The
// cause goes to the log as the event `internal_error` under the same id.
//
// Text that is not valid UTF-8 is made so, and cut to the bounds above. OK stays OK.
//
// Input:   `correlation_id` is what the log knows this call by; empty makes a new one.
// Thread-safe.
grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view correlation_id = {});

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_STATUS_MAP_H_
