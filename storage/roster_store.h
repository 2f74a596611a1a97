// The roster's rows: people, their facts, enrollments, programs, guardians, addresses.
//
// Writing keeps history: the row that held is closed at the transaction's revision and a new
// one is written. A second write of the same fact in one transaction replaces the first.
// Days are counts of days since 1970-01-01, inclusive at both ends.
//
// What is personal lies sealed under the person's key; storage/sealed_rows.h says what and how.
// A value that was changed, or moved to another row, column or version, does not open: every
// function that reads it fails with kDataLoss, SEALED_VALUE_UNREADABLE. Of an erased person the
// plain columns are read and nothing else. The home language stays in the open, as do enrollments
// and programs: the engine counts by them.

#ifndef ROLLCALL_STORAGE_ROSTER_STORE_H_
#define ROLLCALL_STORAGE_ROSTER_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/person_id.h"
#include "storage/store.h"

namespace rollcall {

// The attributes of one person at one time.
struct PersonFact {
  std::int64_t person_id = 0;
  int kind = 0;  // rollcall.v1.SubjectKind.
  bool current = false;
  std::string source_id;
  std::string district_id;
  std::string state_id;
  std::string username;
  std::string given_name;
  std::string middle_name;
  std::string family_name;
  std::string preferred_given_name;
  std::string preferred_family_name;
  std::optional<std::int32_t> birth_date;
  std::string gender;
  std::string race;
  std::string birth_place;
  std::string email;
  std::string phone;
  std::uint32_t known = 0;
  std::uint32_t populated = 0;
  std::int64_t content_hash = 0;   // Not to be guessed from the values: see the importer.
  std::int64_t revision_from = 0;  // Filled by reads.
  // The person's key was destroyed: all texts and the birth date are empty. Writing such a fact
  // keeps what the database has of the ids.
  bool erased = false;
};

// The fingerprints of a fact's ids; see storage/person_id.h.
struct PersonIdIndexes {
  BlindIndex source = kNoIdIndex;
  BlindIndex district = kNoIdIndex;
  BlindIndex state = kNoIdIndex;
};

// What an import needs to recognise a person.
struct PersonOutline {
  std::int64_t person_id;
  int kind;
  bool current;
  BlindIndex source;
  BlindIndex district;
  std::uint32_t populated;
  std::int64_t content_hash;
};

struct EnrollmentRow {
  std::int64_t person_id = 0;
  int school_year = 0;
  std::int64_t school_id = 0;
  std::string grade;
  std::int32_t begin = 0;
  std::optional<std::int32_t> end;  // Unset while open.
};

struct ProgramRow {
  std::int64_t person_id = 0;
  std::string program;
  std::int32_t begin = 0;
  std::optional<std::int32_t> end;
  std::string identifier;
};

// What the engine needs of a program spell; views are valid inside the visit only.
struct ProgramColumns {
  std::int64_t person_id;
  std::string_view program;
  std::int32_t begin;
  std::optional<std::int32_t> end;
  bool has_identifier;
};

struct AddressRow {
  std::int64_t person_id = 0;
  std::string line1;
  std::string line2;
  std::string city;
  std::string state;
  std::string postal_code;
  std::string country;
  std::optional<std::int32_t> valid_from;

  friend bool operator==(const AddressRow&, const AddressRow&) = default;
};

struct SchoolRow {
  std::int64_t school_id = 0;
  std::string name;  // `schools/{school}`.
  std::string source_id;
  std::string display_name;
};

// What the engine needs of a person's facts, over all versions up to a revision.
struct PersonColumns {
  std::int64_t person_id;
  int kind;
  bool current;
  std::uint32_t known;      // Bits of all versions together.
  std::uint32_t populated;  // Bits of all versions together.
  bool has_email;           // In the version that holds.
};

// --- Reading ---------------------------------------------------------------------------------

// Visits the outline of every person, ascending by number.
absl::Status ForEachPersonOutline(ReadTx& tx,
                                  absl::FunctionRef<absl::Status(const PersonOutline&)> visit);

// Visits the engine's columns of every person, ascending by number, as of a revision.
absl::Status ForEachPersonColumns(ReadTx& tx, std::int64_t revision,
                                  absl::FunctionRef<absl::Status(const PersonColumns&)> visit);

// Which of a person's ids.
enum class PersonIdColumn { kDistrict, kState, kSource };

// Visits the fingerprints of the ids of students and staff over all versions of their facts up to
// a revision, ascending by person; one that several versions have may come several times.
// Guardians and empty ids are left out; erased people are not.
absl::Status ForEachPersonId(
    ReadTx& tx, PersonIdColumn column, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t person, int kind, const BlindIndex& id)> visit);

// Visit all rows that held at a revision, ascending by person.
absl::Status ForEachEnrollment(ReadTx& tx, std::int64_t revision,
                               absl::FunctionRef<absl::Status(const EnrollmentRow&)> visit);
absl::Status ForEachProgramSpell(ReadTx& tx, std::int64_t revision,
                                 absl::FunctionRef<absl::Status(const ProgramColumns&)> visit);
absl::Status ForEachGuardianLink(
    ReadTx& tx, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t student, std::int64_t guardian)> visit);
absl::Status ForEachAddressHolder(ReadTx& tx, std::int64_t revision,
                                  absl::FunctionRef<absl::Status(std::int64_t person)> visit);
absl::Status ForEachLanguage(
    ReadTx& tx, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t person, std::string_view language)> visit);

// Facts that hold now. kNotFound if the person does not exist.
absl::StatusOr<PersonFact> GetPersonFact(ReadTx& tx, std::int64_t person_id);

// Visits people that hold now behind a number, ascending; the visitor returns false to stop.
// `kind` 0 means students and staff; `district_id` empty means all; `current` unset means both.
absl::Status ListPersonFacts(ReadTx& tx, std::int64_t after, int kind, std::string_view district_id,
                             std::optional<bool> current,
                             absl::FunctionRef<absl::StatusOr<bool>(const PersonFact&)> visit);

absl::StatusOr<std::vector<EnrollmentRow>> EnrollmentsOf(ReadTx& tx, std::int64_t person_id);
absl::StatusOr<std::vector<ProgramRow>> ProgramSpellsOf(ReadTx& tx, std::int64_t person_id);
absl::StatusOr<std::vector<std::int64_t>> GuardiansOf(ReadTx& tx, std::int64_t person_id);
absl::StatusOr<std::optional<AddressRow>> AddressOf(ReadTx& tx, std::int64_t person_id);
absl::StatusOr<std::string> LanguageOf(ReadTx& tx, std::int64_t person_id);

// In ascending order of name.
absl::StatusOr<std::vector<SchoolRow>> AllSchools(ReadTx& tx);

// True if the roster has a school of this name, `schools/{school}`.
absl::StatusOr<bool> SchoolExists(ReadTx& tx, std::string_view name);

// The largest person number in use; 0 if there is none.
absl::StatusOr<std::int64_t> LargestPersonId(ReadTx& tx);

// How many people there are or ever were.
absl::StatusOr<std::int64_t> CountPeople(ReadTx& tx);

// Counts of the roster as it holds now.
struct RosterCounts {
  std::int64_t current_students = 0;
  std::int64_t former_students = 0;
  std::int64_t current_staff = 0;
  std::int64_t former_staff = 0;
  std::int64_t guardians = 0;
  std::int64_t schools = 0;
  std::int64_t enrollments = 0;
  std::int64_t program_spells = 0;
};
absl::StatusOr<RosterCounts> CountRoster(ReadTx& tx);

// The revision of the newest import at or before a revision; 0 if there is none. The roster at
// two revisions with the same answer is the same.
absl::StatusOr<std::int64_t> RosterRevision(ReadTx& tx, std::int64_t revision);

// --- Writing ---------------------------------------------------------------------------------

// A first import writes every id of the district in random order; it is much faster to build the
// look-up indexes once at its end. Both in one transaction, so nobody ever misses them.
absl::Status DropRosterIndexes(WriteTx& tx);
absl::Status CreateRosterIndexes(WriteTx& tx);

// Makes a person and a key for her or him.
absl::Status InsertPerson(WriteTx& tx, std::int64_t person_id, int kind);

// Fingerprints the ids of a fact. The transaction must have a vault.
PersonIdIndexes IndexesOf(ReadTx& tx, const PersonFact& fact);

// `existed` says that the person has a fact already; `indexes` are those of the fact's ids, which
// the first form computes. Errors: kFailedPrecondition, PERSON_ERASED, for a fact that does not
// say that the person is.
absl::Status WritePersonFact(WriteTx& tx, const PersonFact& fact, bool existed);
absl::Status WritePersonFact(WriteTx& tx, const PersonFact& fact, const PersonIdIndexes& indexes,
                             bool existed);

absl::Status WriteEnrollment(WriteTx& tx, const EnrollmentRow& row, bool existed);
absl::Status CloseEnrollment(WriteTx& tx, const EnrollmentRow& row);

// Look for the row that holds now with the key of `row` (person, year, school, grade and first
// day; person, program and first day). Unset if there is none.
absl::StatusOr<std::optional<EnrollmentRow>> FindEnrollment(ReadTx& tx, const EnrollmentRow& row);
absl::StatusOr<std::optional<ProgramRow>> FindProgramSpell(ReadTx& tx, const ProgramRow& row);

absl::Status WriteProgramSpell(WriteTx& tx, const ProgramRow& row, bool existed);

// Makes the links of a student exactly these, in this order. Returns true if that changed any.
// `existed` says that the student was in the register before this transaction.
absl::StatusOr<bool> SetGuardians(WriteTx& tx, std::int64_t student_id,
                                  const std::vector<std::int64_t>& guardians, bool existed);

// Return true if that changed anything.
absl::StatusOr<bool> SetAddress(WriteTx& tx, const AddressRow& row);
absl::StatusOr<bool> SetLanguage(WriteTx& tx, std::int64_t person_id, std::string_view language);

absl::Status InsertSchool(WriteTx& tx, const SchoolRow& school);
absl::Status RenameSchool(WriteTx& tx, std::int64_t school_id, std::string_view display_name);

// Keeps the record of an import; returns its number.
absl::StatusOr<std::int64_t> NextImportId(ReadTx& tx);
absl::Status InsertImport(WriteTx& tx, std::int64_t import_id, std::string_view digest,
                          std::string_view record_json);

// Visits imports, newest first, below a number; the visitor returns false to stop.
absl::Status ListImports(
    ReadTx& tx, std::int64_t below,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t import_id, std::string_view json)> visit);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_ROSTER_STORE_H_
