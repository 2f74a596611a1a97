// The checks that every request gets, whatever its type, from what the .proto says of its fields.

#ifndef ROLLCALL_SERVER_RPC_REQUEST_CHECK_H_
#define ROLLCALL_SERVER_RPC_REQUEST_CHECK_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace rollcall::rpc {

// The longest text of one field, and the most entries of one list.
inline constexpr int kMaxTextBytes = 20'000;
inline constexpr int kMaxListEntries = 100'000;

// Checks a request and everything in it, and names every wrong field (up to 20):
//   - required fields are set (a field of a message that is itself unset is not required);
//   - texts have no NUL byte and at most kMaxTextBytes bytes;
//   - lists have at most kMaxListEntries entries;
//   - numbers of enums are ones that the API knows;
//   - dates are days of the calendar between 1900 and 2200;
//   - `page_size` is not negative; `request_id`, if set, is a UUID.
// Fields that only the server sets are not looked at. Errors: kInvalidArgument. Thread-safe.
absl::Status CheckRequest(const google::protobuf::Message& request);

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_REQUEST_CHECK_H_
