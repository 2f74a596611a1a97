// A World as bytes, so that it need not be worked out from rows at every start.
//
// The bytes are for the machine and the version of the program that wrote them: a reader of another
// version or byte order refuses them, and the World is made from the roster's rows instead.

#ifndef ROLLCALL_SERVER_EXPOSURE_WORLD_IMAGE_H_
#define ROLLCALL_SERVER_EXPOSURE_WORLD_IMAGE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

class WorldImage {
 public:
  // Appends the World to `bytes`: some 45 bytes a person.
  static void Append(const World& world, std::string* bytes);

  // Takes a World from the beginning of `bytes`, which is moved behind it. Equal to the one that
  // was appended in every answer it gives.
  // Errors: DATA_LOSS if the bytes are not such an image; they are not trusted to be one.
  static absl::StatusOr<std::shared_ptr<const World>> Take(std::string_view* bytes);
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_WORLD_IMAGE_H_
