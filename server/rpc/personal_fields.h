// What the API's messages tell about people, by the option `personal` of their fields: finding it,
// masking it, and saying in the log what was read.

#ifndef ROLLCALL_SERVER_RPC_PERSONAL_FIELDS_H_
#define ROLLCALL_SERVER_RPC_PERSONAL_FIELDS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace rollcall::rpc {

// What stands in a masked text, so that it cannot be taken for an empty one.
inline constexpr char kMask[] = "***";

// The trailing metadata of an answer in which something was masked.
inline constexpr char kMaskedMetadata[] = "rollcall-masked";

// Masks every personal field of a message and of all messages in it: texts that are not empty
// become kMask, in lists each of them; everything else is cleared. Returns true if anything was.
// Thread-safe.
bool MaskPersonalFields(google::protobuf::Message* message);

// True if any personal field of a message, or of a message in it, is set. Thread-safe.
bool HasPersonalFields(const google::protobuf::Message& message);

// What an answer tells about people.
struct PersonalContent {
  // Messages with personal fields, not counting those inside of others: people, as a rule.
  std::int64_t people = 0;
  // Names of the personal fields that are set.
  std::set<std::string> fields;
  // Numbers of the people, as far as the messages name them (`people/{number}` in `person`,
  // `name` or `parent`), in the order of the answer; the first kMaxNumbers.
  std::vector<std::int64_t> numbers;

  static constexpr std::size_t kMaxNumbers = 100;
};

// Thread-safe.
PersonalContent FindPersonalContent(const google::protobuf::Message& message);

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_PERSONAL_FIELDS_H_
