// AES-256-GCM and HMAC-SHA-256 as the vault uses them: many short texts, one after the other.
//
// The algorithms are looked up once in a process, and every thread keeps its contexts, in which
// the key of its last call remains until the next one or until the thread ends.

#ifndef ROLLCALL_SERVER_ACCESS_PRIMITIVES_H_
#define ROLLCALL_SERVER_ACCESS_PRIMITIVES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace rollcall::access {

inline constexpr std::size_t kNonceBytes = 12;  // NIST SP 800-38D, section 8.2.2: 96 bits.
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kCipherKeyBytes = 32;

// Draws a nonce from the random generator, in blocks kept by each thread.
// Errors: kInternal (no random bytes).
absl::Status DrawNonce(unsigned char nonce[kNonceBytes]);

// Appends ciphertext and tag of `plain` to `*out`. `header` and `context` are authenticated, in
// this order and as one text: who uses both makes sure that their border is clear.
// Errors: kInternal (the library failed); `*out` is then of no use.
absl::Status EncryptGcm(const unsigned char key[kCipherKeyBytes],
                        const unsigned char nonce[kNonceBytes], std::string_view header,
                        std::string_view context, std::string_view plain, std::string* out);

// Replaces `*out` by the plain text of `sealed`, ciphertext and tag. Returns false, with `*out`
// empty, if anything is not as it was when it was encrypted.
bool DecryptGcm(const unsigned char key[kCipherKeyBytes], const unsigned char nonce[kNonceBytes],
                std::string_view header, std::string_view context, std::string_view sealed,
                std::string* out);

// HMAC-SHA-256 under one key over the concatenation of two texts. The key must stay alive and
// unchanged for as long as `instance`, a number that no other key of the process ever has, is used.
std::array<unsigned char, 32> Hmac(std::uint64_t instance, std::string_view key,
                                   std::string_view first, std::string_view second);

// A number for Hmac, different on each call.
std::uint64_t NextInstance();

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_PRIMITIVES_H_
