// Everybody and every school that the register knows, by the ids that files use: the one part of
// an import's memory that grows with the district.

#ifndef ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_
#define ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/records.h"
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

  // The place of a person in people(); unset if there is none. Empty ids find nobody.
  std::optional<std::uint32_t> FindBySource(Kind kind, std::string_view source_id) const;
  std::optional<std::uint32_t> FindByDistrictId(Kind kind, std::string_view district_id) const;

  // A person of any kind with this source id: students first, then staff, then guardians.
  std::optional<std::uint32_t> FindAnyBySource(std::string_view source_id) const;

  // Makes a person and returns the place; ids may be empty.
  absl::StatusOr<std::uint32_t> AddPerson(WriteTx& tx, Kind kind, std::string_view source_id,
                                          std::string_view district_id);

  // Makes further ids lead to a person.
  void AddIds(std::uint32_t place, std::string_view source_id, std::string_view district_id);

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

  // Places by id, one map for each kind. The ids lie in texts_.
  using Places = std::array<absl::flat_hash_map<std::string_view, std::uint32_t>, 3>;

  std::string_view Keep(std::string_view text);

  std::vector<KnownPerson> people_;
  Places by_source_;
  Places by_district_;
  std::vector<std::unique_ptr<char[]>> texts_;  // Blocks that ids are copied into.
  char* text_end_ = nullptr;                    // Where the last block goes on.
  std::size_t text_room_ = 0;                   // Bytes left there.
  std::vector<KnownSchool> schools_;
  absl::flat_hash_map<std::string, std::size_t> school_by_source_;
  absl::flat_hash_map<std::string, std::size_t> school_by_name_;
  std::int64_t next_person_id_ = 1;
  std::int64_t next_school_id_ = 1;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_REGISTER_INDEX_H_
