// The words of fixed vocabularies in roster files: statuses, roles, kinds of organisations,
// grades, sexes, booleans and types of identifiers.
//
// Each function takes a trimmed cell and says what it means and whether it was the standard's own
// spelling. All are pure and safe to call from any thread.

#ifndef ROLLCALL_SERVER_ROSTER_WORDS_H_
#define ROLLCALL_SERVER_ROSTER_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::roster {

// How sure a reading is.
enum class Spelling : std::uint8_t {
  kExact,      // The standard's word.
  kVariant,    // Another spelling whose meaning is certain.
  kExtension,  // An `ext:` word, which the standard allows and leaves to the parties.
};

template <typename T>
struct Word {
  T value;
  Spelling spelling = Spelling::kExact;
};

enum class RowStatus : std::uint8_t { kBlank, kActive, kToBeDeleted };

// `active` and `tobedeleted`; as variants these in another case of letters, and `inactive`, which
// OneRoster dropped: the row is there and so the record is. Nothing for other words.
std::optional<Word<RowStatus>> ParseStatus(std::string_view text);

// Bits, since a person may have several roles.
inline constexpr std::uint8_t kStudentRole = 1;
inline constexpr std::uint8_t kStaffRole = 2;
inline constexpr std::uint8_t kGuardianRole = 4;

// The roles of OneRoster 1.1 and 1.2, plus common words for school staff. An `ext:` role is staff,
// since the standard names students and families itself. Nothing for other words.
std::optional<Word<std::uint8_t>> ParseRole(std::string_view text);

// True for `school` and `ext:` types; false for department, district, local, state and national,
// and for a blank type. Nothing for other words.
std::optional<Word<bool>> ParseIsSchool(std::string_view text);

// male, female, other, unspecified, in lower case; empty for a blank cell. Variants: M, F, X, U,
// non-binary, unknown and the like. Nothing for other words.
std::optional<Word<std::string_view>> ParseSex(std::string_view text);

// true or false; variants: yes, no, y, n, 1, 0, t, f in any case. Nothing for other words.
std::optional<Word<bool>> ParseBoolean(std::string_view text);

// A grade in the CEDS codes that OneRoster 1.1 uses: IT, PR, PK, TK, KG, 01 .. 12, 13, PS, UG,
// Other. `1` .. `9` become `01` .. `09`; `K`, `0` and `00` become `KG`. A word that is none of
// these is returned as it is with kExtension, for OneRoster 1.2 leaves the vocabulary open.
Word<std::string> ParseGrade(std::string_view text);

// The state's number of a person in a userIds cell such as `{District:17},{State:123}`: the value
// of the first entry whose type is `state`, `stateId`, `SSID` or a like word, in any case and with
// any punctuation. Empty when there is none; the view points into `text`.
std::string_view StateIdOf(std::string_view text);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_WORDS_H_
