// One entry of the log, and its bytes: a JSON object on one line. docs/audit-log-format.md
// specifies every byte. What is hashed is the bytes as they were stored; nobody ever makes them
// anew from what they mean.
//
// Pure; every function may be called from any thread.

#ifndef ROLLCALL_SERVER_AUDIT_ENTRY_H_
#define ROLLCALL_SERVER_AUDIT_ENTRY_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/audit/hash.h"

namespace rollcall::audit {

// An entry has at most this many bytes; EncodeEntry shortens a longer one.
inline constexpr std::size_t kMaxEntryBytes = std::size_t{64} << 10;

// What hides a value that belongs to a person: SHA-256(salt, value) says nothing to whoever lacks
// the salt.
using Salt = std::array<std::uint8_t, 16>;
Hash Commitment(const Salt& salt, std::string_view value);

// A value before or after a change.
struct ChangedValue {
  enum class Form { kAbsent, kJson, kCommitment };
  Form form = Form::kAbsent;
  std::string json;   // kJson: the value as JSON without white space.
  Hash commitment{};  // kCommitment: over that JSON.
};

struct FieldChange {
  std::string field;  // As in the .proto.
  ChangedValue before;
  ChangedValue after;
};

// One record that was made (fields have no `before`), changed, or ended (no `after`).
struct EntryChange {
  std::string name;
  std::vector<FieldChange> fields;
};

// Kinds of entries. A reader takes unknown ones as they are: later versions may have more.
inline constexpr char kChange[] = "CHANGE";             // A revision of the register.
inline constexpr char kReading[] = "READING";           // Personal fields were read.
inline constexpr char kStart[] = "START";               // The server opened the register.
inline constexpr char kRestored[] = "RESTORED";         // An earlier backup took the place of it.
inline constexpr char kErasure[] = "ERASURE";           // People were erased.
inline constexpr char kKeyRotation[] = "KEY_ROTATION";  // A key was replaced.
inline constexpr char kBackup[] = "BACKUP";             // The register was copied to a file.

struct Entry {
  std::uint64_t index = 0;
  absl::Time time;
  std::string kind;
  // Empty texts, lists and maps and a revision of 0 are left out of the bytes.
  std::string principal;
  std::string via;
  std::string source;
  std::string method;
  std::string purpose;
  std::string correlation_id;
  std::int64_t revision = 0;
  std::vector<EntryChange> changes;
  std::map<std::string, std::string> facts;
  std::int64_t people_count = -1;     // -1: it was not about people.
  std::vector<Hash> people;           // Commitments over `people/{number}`.
  std::vector<std::string> elements;  // Ids of the catalogue, or words of the method.
};

// The bytes of an entry, at most kMaxEntryBytes. What is too long is shortened in this order, until
// the rest fits: each changed value of more than 64 bytes becomes its SHA-256; the list of changes
// becomes its length and the SHA-256 of its bytes; lists of people and elements, and facts, are
// left out. `shortened` then says so.
std::string EncodeEntry(const Entry& entry);

// The index that an entry says it has.
// Errors: kInvalidArgument for bytes that are not in the form of an entry.
absl::StatusOr<std::uint64_t> EntryIndex(std::string_view bytes);

// `2027-03-09T14:05:06.123456Z`, always with six digits.
std::string TimeText(absl::Time time);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_ENTRY_H_
