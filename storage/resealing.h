// Sealing anew what is sealed under a data key that is to be given up, a few rows at a time.

#ifndef ROLLCALL_STORAGE_RESEALING_H_
#define ROLLCALL_STORAGE_RESEALING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace rollcall {

// A column whose values Vault::Seal made. Empty values are no sealed ones and are passed over.
struct SealedColumn {
  enum class KeyType { kInt, kText };
  struct KeyPart {
    std::string_view column;
    KeyType type;
  };
  std::string_view table;
  std::string_view column;
  std::vector<KeyPart> key;  // The table's primary key, in its order.
  // The context of a row's value, from a row whose first columns are those of the key.
  std::function<std::string(Statement& row)> context;
};

// The key of a row, in the order of SealedColumn::key. Empty: before the first row.
using RowKey = std::vector<std::variant<std::int64_t, std::string>>;

// What one step did.
struct ResealStep {
  std::int64_t looked_at = 0;  // Rows.
  std::int64_t resealed = 0;   // Rows of them that were under an older key.
  bool done = false;           // There are no rows behind these.
  RowKey last;                 // Where the next step begins.
};

// Seals values behind `after` under the newest key, in the order of the rows' keys: at most
// kResealRows rows are looked at, and no more once kResealBytes were sealed anew. Makes no
// revision.
// Errors: kDataLoss, reason SEALED_VALUE_UNREADABLE (a value does not open, or is under a key that
// was dropped; the message names the table), and the database's.
absl::StatusOr<ResealStep> ResealSome(WriteTx& tx, const SealedColumn& column, const RowKey& after);

inline constexpr std::int64_t kResealRows = 2000;
inline constexpr std::size_t kResealBytes = std::size_t{1} << 20U;

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_RESEALING_H_
