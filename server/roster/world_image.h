// The engine's roster with the words behind its codes, as bytes.

#ifndef ROLLCALL_SERVER_ROSTER_WORLD_IMAGE_H_
#define ROLLCALL_SERVER_ROSTER_WORLD_IMAGE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/roster/world_cache.h"

namespace rollcall::roster {

// See exposure/world_image.h, also for who can read the bytes.
std::string ImageOf(const RosterWorld& roster);

// The roster of an image. kDataLoss if the bytes are none.
absl::StatusOr<std::shared_ptr<const RosterWorld>> ReadImage(std::string_view bytes);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_WORLD_IMAGE_H_
