// The compact memory of one roster package: for each person the facts that stand in other files
// than users.csv, or in other rows of it. No name is kept.

#ifndef ROLLCALL_SERVER_ROSTER_PERSON_INDEX_H_
#define ROLLCALL_SERVER_ROSTER_PERSON_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/roster/records.h"
#include "server/roster/text.h"

namespace rollcall::roster {

// Keeps texts at stable addresses until it is destroyed. Not thread-safe.
class TextPool {
 public:
  std::string_view Keep(std::string_view text);

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 18;
  std::deque<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = kBlock;
};

// Numbers ids from 0 in the order in which they are added. Not thread-safe.
class IdTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // The number that one column of a file has led to last. Rows of one id mostly stand together,
  // and files mostly name ids in one and the same order; so the number itself and the next one are
  // tried before the whole table. Nothing but time depends on it.
  struct Guess {
    std::uint32_t last = 0;
  };

  // The number of `id`; kNone when there is none.
  std::uint32_t Find(std::string_view id, Guess& guess) const;

  // The number of `id`, which is added when new; then it is size() - 1.
  std::uint32_t Add(std::string_view id, Guess& guess);

  std::size_t size() const { return ids_.size(); }
  std::string_view id(std::uint32_t number) const { return ids_[number]; }

 private:
  bool GuessRight(std::string_view id, Guess& guess) const;

  TextPool pool_;
  absl::flat_hash_map<std::string_view, std::uint32_t, TextHash, TextEqual> numbers_;
  std::vector<std::string_view> ids_;
};

// Not thread-safe.
class PersonIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Person {
    std::uint32_t row = 0;        // Row of users.csv; 0 while no such row was seen.
    std::uint32_t other_row = 0;  // Row of the first other file that names the person.
    std::uint32_t first_stay = kNone;
    std::uint32_t demographics = kNone;
    std::uint8_t roles = 0;           // Role bits of words.h, from roles or users.
    std::uint8_t enrolled_roles = 0;  // The same from enrollments.
    bool has_name = false;
    bool has_email = false;
    bool has_phone = false;
    bool has_org = false;  // users.csv or roles.csv name an organisation.
  };

  // A stay at one organisation in one school year, as far as it is known; days inclusive.
  struct Stay {
    std::uint32_t next = kNone;  // Of the same person.
    std::uint32_t org = 0;
    std::int32_t school_year = 0;
    Day begin = kNoDay;  // Both kNoDay when only the organisation is named, without dates.
    Day end = kNoDay;
  };

  struct Demographics {
    std::uint32_t row = 0;
    Day birth_date = kNoDay;
    std::uint8_t races = 0;        // Bit per race column, in the standard's order.
    std::string_view gender;       // A word of the fixed vocabulary.
    std::string_view birth_place;  // Kept in the index's pool.
  };

  using Guess = IdTable::Guess;

  // Ordinal of the person with this id, who is added when new.
  std::uint32_t Add(std::string_view id, Guess& guess);

  std::optional<std::uint32_t> Find(std::string_view id, Guess& guess) const;

  std::size_t size() const { return people_.size(); }
  Person& person(std::uint32_t ordinal) { return people_[ordinal]; }
  const Person& person(std::uint32_t ordinal) const { return people_[ordinal]; }
  std::string_view id(std::uint32_t ordinal) const { return ids_.id(ordinal); }

  // Widens the person's stay at `org` in `school_year` so that it covers begin .. end, or opens
  // it. Without dates it only makes sure that there is such a stay.
  void AddStay(std::uint32_t ordinal, std::uint32_t org, std::int32_t school_year, Day begin,
               Day end);

  const Stay* FirstStay(std::uint32_t ordinal) const { return At(people_[ordinal].first_stay); }
  const Stay* Next(const Stay& stay) const { return At(stay.next); }

  // Sets what demographics.csv says; `birth_place` is copied, equal ones once.
  void SetDemographics(std::uint32_t ordinal, Demographics demographics);

  // Null when demographics.csv has no row for the person.
  const Demographics* GetDemographics(std::uint32_t ordinal) const;

 private:
  const Stay* At(std::uint32_t at) const { return at == kNone ? nullptr : &stays_[at]; }

  TextPool pool_;
  absl::flat_hash_set<std::string_view, TextHash, TextEqual> birth_places_;
  IdTable ids_;
  std::vector<Person> people_;
  std::vector<Stay> stays_;
  std::vector<Demographics> demographics_;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PERSON_INDEX_H_
