// New identifiers, as an interface, so that a test can predict them.

#ifndef ROLLCALL_SERVER_RUNTIME_IDS_H_
#define ROLLCALL_SERVER_RUNTIME_IDS_H_

#include <string>

namespace rollcall::runtime {

// Makes identifiers that were never given out before. Thread-safe.
class IdGenerator {
 public:
  virtual ~IdGenerator() = default;

  // Returns a UUID of version 4 (RFC 9562) in lower case, 36 characters.
  virtual std::string NewUuid() = 0;

  // Returns an id for a resource whose creator named none: 16 characters, a letter first, then
  // lower-case letters and digits without i, l, o and u, so that it survives being read out on
  // the telephone. It says nothing about what it names or when it was made.
  virtual std::string NewResourceId() = 0;
};

// Identifiers from OpenSSL's random generator: 122 random bits in a UUID, 79 in a resource id.
// Ends the process if the generator fails, since every id after that could repeat.
class RandomIdGenerator final : public IdGenerator {
 public:
  std::string NewUuid() override;
  std::string NewResourceId() override;
};

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_IDS_H_
