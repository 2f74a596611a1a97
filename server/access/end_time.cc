#include "server/access/end_time.h"

#include <cstdint>

#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::access {
namespace {

constexpr std::int64_t kYear10000Seconds = 253'402'300'800;
constexpr std::int32_t kNanosPerSecond = 1'000'000'000;

}  // namespace

absl::Status CheckEnd(const google::protobuf::Timestamp& end, absl::Time now,
                      std::string_view field) {
  if (end.seconds() >= kYear10000Seconds || end.nanos() < 0 || end.nanos() >= kNanosPerSecond) {
    return InvalidField(field, "is no instant before the year 10000");
  }
  if (end.seconds() < 0 || FromTimestamp(end) <= now) {
    return InvalidField(field, "is not in the future");
  }
  return absl::OkStatus();
}

}  // namespace rollcall::access
