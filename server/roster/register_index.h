// Everybody and every school that the register knows, by the ids that files use: the one part of
// an import's memory that grows with the district. People's ids are known by their fingerprints
// (storage/person_id.h), those of schools by their text.

#ifndef ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_
#define ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/records.h"
#include "storage/person_id.h"
#include "storage/store.h"

namespace rollcall::roster {

// A person of the register during an import.
struct KnownPerson {
  std::int64_t person_id = 0;
  std::int64_t content_hash = 0;
  FieldMask populated = 0;  // Of the fact that holds.
  Kind kind = Kind::kStudent;
  bool current = false;
  bool has_source_id = false;
  bool has_fact = false;  // False for a guardian who was named and not yet read.
  bool existed = false;   // In the register before this import.
  bool seen = false;      // Named by this import.
  int newest_year = 0;    // Of the history rows of this import.
};

// Not thread-safe.
class RegisterIndex {
 public:
  // Loads all people and schools.
  absl::Status Load(ReadTx& tx);

  // Makes room for so many people in all, and numbers new guardians behind that many other new
  // people. In a first import the facts of students and staff are then written in the order of
  // their numbers, and those of guardians behind them in theirs, which storage likes best.
  void ExpectFirstPeople(std::uint64_t people);

  // The place of a person in people(); unset if there is none. kNoIdIndex finds nobody.
  std::optional<std::uint32_t> FindBySource(Kind kind, const BlindIndex& source);
  std::optional<std::uint32_t> FindByDistrictId(Kind kind, const BlindIndex& district) const;

  // As FindByDistrictId(), for an id that the person at `likely` probably has.
  std::optional<std::uint32_t> FindByDistrictId(Kind kind, const BlindIndex& district,
                                                std::uint32_t likely) const;

  // A person of any kind with this source id: students first, then staff, then guardians.
  std::optional<std::uint32_t> FindAnyBySource(const BlindIndex& source);

  // Makes a person and returns the place; ids may be kNoIdIndex.
  absl::StatusOr<std::uint32_t> AddPerson(WriteTx& tx, Kind kind, const BlindIndex& source,
                                          const BlindIndex& district);

  // Makes further ids lead to a person.
  void AddIds(std::uint32_t place, const BlindIndex& source, const BlindIndex& district);

  std::vector<KnownPerson>& people() { return people_; }

  // The number of a school, made or renamed if need be. Recognised by source id, else by the
  // resource name that its number (or source id) gives. Empty ids or names say nothing.
  absl::StatusOr<std::int64_t> School(WriteTx& tx, std::string_view source_id,
                                      std::string_view identifier, std::string_view display_name);

 private:
  struct KnownSchool {
    std::int64_t school_id;
    std::string display_name;
  };

  using Places = absl::flat_hash_map<BlindIndex, std::uint32_t, IdIndexHash>;

  // The ids that lead to a person and were added last. An id that leads to somebody else by now is
  // blank here, so that what stands here need not be looked up.
  struct Ids {
    BlindIndex source = kNoIdIndex;
    BlindIndex district = kNoIdIndex;
  };

  static std::size_t Slot(Kind kind) { return static_cast<std::size_t>(kind) - 1; }
  void Reserve(std::uint64_t people);
  bool GuessBySource(Kind kind, const BlindIndex& source);
  void AddSourceId(std::uint32_t place, const BlindIndex& source);
  void AddDistrictId(std::uint32_t place, const BlindIndex& district);

  std::vector<KnownPerson> people_;
  std::vector<Ids> ids_;                  // By place.
  Places by_source_;                      // The first kind that an id was added for.
  std::array<Places, 3> also_by_source_;  // By kind: further ones, which are rare.
  std::array<Places, 3> by_district_;     // By kind.
  std::array<std::uint32_t, 3> last_{};   // By kind: the person found last by source id.
  std::vector<KnownSchool> schools_;
  absl::flat_hash_map<std::string, std::size_t> school_by_source_;
  absl::flat_hash_map<std::string, std::size_t> school_by_name_;
  std::int64_t next_person_id_ = 1;
  std::int64_t next_guardian_id_ = 0;  // 0: as everybody else.
  std::int64_t next_school_id_ = 1;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_
