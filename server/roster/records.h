// What a roster file says about people, after reading and before comparing it with
// the register: plain values, no storage, no proto.

#ifndef ROLLCALL_SERVER_ROSTER_RECORDS_H_
#define ROLLCALL_SERVER_ROSTER_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::roster {

// A calendar day as the count of days since 1970-01-01 (Gregorian, may be negative).
using Day = std::int32_t;

// Marks a day that is not known.
inline constexpr Day kNoDay = INT32_MIN;

// Same numbers as rollcall.v1.SubjectKind.
enum class Kind : std::uint8_t { kStudent = 1, kStaff = 2, kGuardian = 3 };

// Bit `1 << n` stands for the value n of rollcall.v1.RosterField.
using FieldMask = std::uint32_t;
constexpr FieldMask FieldBit(int roster_field) { return FieldMask{1} << roster_field; }

// Numbers of rollcall.v1.RosterField, repeated here so that readers need no proto; a test holds
// the two lists together.
enum RosterFieldNumber : int {
  kFieldName = 1,
  kFieldBirthDate = 2,
  kFieldGender = 3,
  kFieldDistrictId = 4,
  kFieldStateId = 5,
  kFieldEmail = 6,
  kFieldPhone = 7,
  kFieldAddress = 8,
  kFieldGrade = 9,
  kFieldSchool = 10,
  kFieldLanguage = 11,
  kFieldRace = 12,
  kFieldUsername = 13,
  kFieldGuardianName = 14,
  kFieldGuardianEmail = 15,
  kFieldGuardianPhone = 16,
  kFieldProgramId = 17,
  kFieldBirthPlace = 18,
};

// A school as the file names it.
struct SchoolRecord {
  std::string source_id;   // The file's id, never empty.
  std::string identifier;  // The district's number of the school; may be empty.
  std::string name;        // May be empty when only referenced.
  std::uint64_t row = 0;   // Of orgs.csv; 0 when only referenced.
};

// A stay of one person at one school in one school year, both days inclusive.
struct SpellRecord {
  std::uint32_t school = 0;  // Index into the reader's schools().
  int school_year = 0;  // The year in which it ends: 2027 for 2026-27; not always the imported.
  std::string grade;    // Normalised code (`KG`, `01` .. `12`, ...); empty if not stated.
  Day begin = kNoDay;   // First day, inclusive; always known.
  Day end = kNoDay;     // Last day, inclusive; always known, never before `begin`.

  friend bool operator==(const SpellRecord&, const SpellRecord&) = default;
};

// A parent or guardian of a student.
struct GuardianRef {
  std::string source_id;  // The guardian's own source id.

  friend bool operator==(const GuardianRef&, const GuardianRef&) = default;
};

// Everything one roster package says about one person.
//
// `known` has a bit for each field that the package has a column for (for this person's kind);
// `populated` those of them that are not blank. A field that is known and not populated is empty
// for certain; a field that is not known says nothing.
struct PersonRecord {
  Kind kind = Kind::kStudent;
  std::string source_id;    // users.sourcedId, never empty.
  std::string district_id;  // users.identifier.
  std::string state_id;     // From userIds `{state:...}` in any case of letters; else empty.
  std::string username;
  std::string given_name;
  std::string middle_name;
  std::string family_name;
  std::string preferred_given_name;
  std::string preferred_family_name;
  std::string email;
  std::string phone;  // phone, or sms when phone is blank.
  Day birth_date = kNoDay;
  std::string gender;               // Lower case: male, female, other, unspecified.
  std::string race;                 // OneRoster flags that are true, comma-separated in file order.
  std::string birth_place;          // "city, state, country", the parts that are there.
  std::string language;             // metadata.* column for home language if there is one.
  std::vector<SpellRecord> spells;  // Sorted by (begin, end, school, grade), no two equal.
  std::vector<GuardianRef> guardians;  // From agentSourcedIds, in file order.
  FieldMask known = 0;
  FieldMask populated = 0;
  bool deleted = false;   // Delta only: status tobedeleted.
  std::uint64_t row = 0;  // Row of users.csv, the header being row 1.
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_RECORDS_H_
