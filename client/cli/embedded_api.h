// The compiled .proto files with their comments, as bytes; made by embed.cmake while building.
#ifndef ROLLCALL_CLIENT_CLI_EMBEDDED_API_H_
#define ROLLCALL_CLIENT_CLI_EMBEDDED_API_H_

#include <cstddef>

namespace rollcall::cli {

// A serialized google.protobuf.FileDescriptorSet.
extern const unsigned char kEmbeddedApi[];
// Its length in bytes.
extern const size_t kEmbeddedApiSize;

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EMBEDDED_API_H_
