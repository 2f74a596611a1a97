// Making text of unknown origin fit for a log line or a message.

#ifndef ROLLCALL_SERVER_RUNTIME_TEXT_H_
#define ROLLCALL_SERVER_RUNTIME_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::runtime {

// Returns `text` as valid UTF-8 of at most `max_bytes` bytes (at least 3). Each byte that belongs
// to no well-formed character (overlong forms, surrogates and values above U+10FFFF included)
// becomes U+FFFD; what is too long is cut between characters and ends in `...`. NUL and control
// characters stay.
// Cost: O(max_bytes), whatever the length of `text`. Thread-safe.
std::string CleanText(std::string_view text, std::size_t max_bytes);

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_TEXT_H_
