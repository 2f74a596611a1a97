// The end of a grant or a token, as a request gives it.

#ifndef ROLLCALL_SERVER_ACCESS_END_TIME_H_
#define ROLLCALL_SERVER_ACCESS_END_TIME_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace rollcall::access {

// OK if `end` is an instant after `now` and before the year 10000; else kInvalidArgument that
// blames `field`.
absl::Status CheckEnd(const google::protobuf::Timestamp& end, absl::Time now,
                      std::string_view field);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_END_TIME_H_
