// The hashes of the log's Merkle tree, after RFC 6962, section 2.1.

#ifndef ROLLCALL_SERVER_AUDIT_HASH_H_
#define ROLLCALL_SERVER_AUDIT_HASH_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::audit {

// A SHA-256 value.
using Hash = std::array<std::uint8_t, 32>;

// SHA-256 of some bytes. Thread-safe, like everything here; the library's function cannot fail.
Hash Sha256(std::string_view bytes);

// SHA-256 of a byte 00 and the entry's bytes.
Hash LeafHash(std::string_view entry);

// SHA-256 of a byte 01 and both hashes.
Hash NodeHash(const Hash& left, const Hash& right);

// The root of a tree without leaves: SHA-256 of no bytes.
Hash EmptyRoot();

// The bytes of a hash, and a hash from exactly 32 bytes; all zero for any other number of them.
std::string_view Bytes(const Hash& hash);
Hash FromBytes(std::string_view bytes);

// Base 64 after RFC 4648, section 4, with padding. Decoding takes exactly what encoding gives: no
// white space, no missing padding, no stray bits. Returns false otherwise.
std::string Base64(std::string_view bytes);
bool FromBase64(std::string_view text, std::string* bytes);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_HASH_H_
