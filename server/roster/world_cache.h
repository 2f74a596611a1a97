// The roster as the exposure engine sees it, loaded from the store and shared by all calls.

#ifndef ROLLCALL_SERVER_ROSTER_WORLD_CACHE_H_
#define ROLLCALL_SERVER_ROSTER_WORLD_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/exposure/world.h"
#include "server/roster/text.h"
#include "storage/roster_store.h"
#include "storage/store.h"

namespace rollcall::roster {

// Words numbered from a first code upwards.
class CodeTable {
 public:
  static constexpr std::size_t kMaxWords = 65'000;

  explicit CodeTable(std::uint16_t first_code) : first_code_(first_code) {}

  // The code of a word, made if it is new. kResourceExhausted, TOO_MANY_CODES, beyond kMaxWords.
  absl::StatusOr<std::uint16_t> CodeOf(std::string_view word);

  // The code of a word; 0xFFFF, which no word has, if it is unknown: a filter for it matches
  // nobody.
  std::uint16_t Find(std::string_view word) const;

  // All words, in the order of their codes.
  const std::vector<std::string>& words() const { return words_; }

  // The word of a code that was given out.
  const std::string& WordOf(std::uint16_t code) const { return words_[code - first_code_]; }

 private:
  const std::uint16_t first_code_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint16_t> codes_;
};

// Bits of World::contact: how a person can be reached.
enum ContactFlag : std::uint8_t {
  kOwnEmail = 1,
  kOwnAddress = 2,
  kGuardianEmail = 4,
  kGuardianAddress = 8,
};

// An immutable snapshot of the roster with the words behind its codes.
struct RosterWorld {
  std::shared_ptr<const exposure::World> world;
  std::int64_t roster_revision = 0;
  CodeTable schools{0};  // Resource names, `schools/{school}`.
  CodeTable grades{1};   // 0: not stated.
  CodeTable programs{0};
  CodeTable languages{1};                                     // 0: not known.
  std::unordered_map<std::string, std::string> school_names;  // Display name by resource name.
};

// What a change writes of that which a snapshot can only take so much of: different grades,
// programs, languages and school years. A roster beyond that would be committed and then never be
// loaded again, by no start of the server either; so a change is held against the limits before it
// is committed. Not thread-safe.
class RosterGrowth {
 public:
  // Tell what is written; an empty grade or language is none.
  void AddEnrollment(int school_year, std::string_view grade);
  void AddProgram(std::string_view program);
  void AddLanguage(std::string_view language);

  // Holds what was written, together with all that the roster had before `tx` and all schools that
  // it has now, against CodeTable::kMaxWords and exposure::WorldBuilder::kMaxSchoolYears. Words
  // whose last row went in `tx` still count. Reads earlier rows only as far as it takes to see that
  // nothing is new. Errors: kInvalidArgument, saying of what there would be too much and how much;
  // the storage's.
  absl::Status Check(ReadTx& tx) const;

 private:
  using Words = absl::flat_hash_set<std::string, TextHash, TextEqual>;

  static void Insert(std::string_view word, Words* words);

  absl::flat_hash_set<int> school_years_;
  Words grades_;
  Words programs_;
  Words languages_;
};

// Loads the roster as it was at a revision, from its rows.
absl::StatusOr<std::shared_ptr<const RosterWorld>> LoadWorld(ReadTx& tx, std::int64_t revision);

// Keeps the newest worlds that were asked for. Thread-safe; while one is being loaded, callers
// that want the same or another one wait. One that the store has an image of is read from there,
// any other one from the roster's rows; an image that cannot be read is as none.
class WorldCache {
 public:
  // The roster as it was at `revision`, at most the transaction's own.
  absl::StatusOr<std::shared_ptr<const RosterWorld>> Get(ReadTx& tx, std::int64_t revision);

  // Forgets all worlds but that of this roster (see RosterRevision).
  void KeepOnly(std::int64_t roster_revision);

 private:
  static constexpr std::size_t kWorlds = 2;

  std::mutex mutex_;
  std::list<std::shared_ptr<const RosterWorld>> worlds_;  // Guarded by mutex_; newest use first.
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_WORLD_CACHE_H_
