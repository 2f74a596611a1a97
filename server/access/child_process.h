// Runs a program, gives it a little input, and takes its output.

#ifndef ROLLCALL_SERVER_ACCESS_CHILD_PROCESS_H_
#define ROLLCALL_SERVER_ACCESS_CHILD_PROCESS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace rollcall::access {

inline constexpr std::size_t kMaxChildOutputBytes = 16 * 1024;
// What came out can go in again: as base64 it may have become longer by padding and a line's end.
inline constexpr std::size_t kMaxChildInputBytes = kMaxChildOutputBytes + 4;

// Runs `command`, a program by its absolute path and its arguments, with `input` on its standard
// input, and replaces `*output` by what it writes to its standard output. Waits for its end, but no
// longer than `timeout`; then it is killed with everything in its process group. The program has
// the server's environment and standard error, no other open file, and no signal blocked.
// Errors: kUnavailable with a message about how it ended and nothing of its input or output.
// Thread-safe.
absl::Status RunChild(const std::vector<std::string>& command, std::string_view input,
                      absl::Duration timeout, std::string* output);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_CHILD_PROCESS_H_
