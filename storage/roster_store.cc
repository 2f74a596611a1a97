#include "storage/roster_store.h"

#include "absl/strings/str_cat.h"
#include "storage/person_key_store.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

#define RC_HELD_AT_1 "revision_from <= $1 AND (revision_to IS NULL OR revision_to > $1)"

// Runs a query and visits its rows.
template <typename Bind, typename Visit>
absl::Status Query(ReadTx& tx, std::string_view sql, Bind&& bind, Visit&& visit) {
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(sql));
  ScopedReset reset(statement);
  bind(*statement);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    RC_RETURN_IF_ERROR(visit(*statement));
  }
}

std::optional<std::int32_t> OptionalDay(Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return static_cast<std::int32_t>(row.Int(column));
}

void BindOptionalDay(Statement& statement, int parameter, std::optional<std::int32_t> day) {
  if (day.has_value()) {
    statement.BindInt(parameter, *day);
  } else {
    statement.BindNull(parameter);
  }
}

#define RC_FACT_COLUMNS                                                                     \
  "f.person_id, p.kind, f.current, f.known, f.populated, f.content_hash, f.revision_from, " \
  "f.source_index, f.district_index, f.state_index, f.sealed"

std::string FactName(std::int64_t person_id) { return absl::StrCat("person_fact/", person_id); }

// Opens an error's text to say what could not be read.
absl::Status Naming(const absl::Status& status, const std::string& what) {
  return absl::IsDataLoss(status) ? SealedValueUnreadable(what) : status;
}

absl::StatusOr<PersonFact> ReadFact(ReadTx& tx, Statement& row) {
  PersonFact fact;
  fact.person_id = row.Int(0);
  fact.kind = static_cast<int>(row.Int(1));
  fact.current = row.Int(2) != 0;
  fact.known = static_cast<std::uint32_t>(row.Int(3));
  fact.populated = static_cast<std::uint32_t>(row.Int(4));
  fact.content_hash = row.Int(5);
  fact.revision_from = row.Int(6);
  const PersonIdIndexes indexes = {IdIndexOf(row.Blob(7)), IdIndexOf(row.Blob(8)),
                                   IdIndexOf(row.Blob(9))};
  std::string packed;
  const absl::StatusOr<bool> opened = tx.person_keys().Open(
      fact.person_id, FactContext(fact.person_id, fact.revision_from, indexes), row.Blob(10),
      &packed);
  if (!opened.ok()) return Naming(opened.status(), FactName(fact.person_id));
  fact.erased = !*opened;
  if (*opened && !UnpackFact(packed, &fact)) {
    return SealedValueUnreadable(FactName(fact.person_id));
  }
  return fact;
}

void BindIdIndex(Statement& statement, int parameter, const BlindIndex& index) {
  if (index == kNoIdIndex) {
    statement.BindNull(parameter);
  } else {
    statement.BindBlob(parameter, IdIndexBytes(index));
  }
}

absl::StatusOr<AddressRow> ReadAddress(ReadTx& tx, std::int64_t person_id, std::int64_t revision,
                                       std::string_view sealed, bool* erased) {
  AddressRow address;
  address.person_id = person_id;
  const std::string context = AddressContext(person_id, revision);
  std::string packed;
  const absl::StatusOr<bool> opened = tx.person_keys().Open(person_id, context, sealed, &packed);
  if (!opened.ok()) return Naming(opened.status(), context);
  *erased = !*opened;
  if (*erased) return address;
  if (!UnpackAddress(packed, &address)) return SealedValueUnreadable(context);
  return address;
}

absl::StatusOr<std::int64_t> SingleInt(ReadTx& tx, std::string_view sql) {
  std::int64_t value = 0;
  RC_RETURN_IF_ERROR(Query(
      tx, sql, [](Statement&) {},
      [&](Statement& row) {
        value = row.Int(0);
        return absl::OkStatus();
      }));
  return value;
}

EnrollmentRow ReadEnrollment(Statement& row) {
  EnrollmentRow enrollment;
  enrollment.person_id = row.Int(0);
  enrollment.school_year = static_cast<int>(row.Int(1));
  enrollment.school_id = row.Int(2);
  enrollment.grade = row.Text(3);
  enrollment.begin = static_cast<std::int32_t>(row.Int(4));
  enrollment.end = OptionalDay(row, 5);
  return enrollment;
}

#define RC_PROGRAM_COLUMNS "person_id, program, begin_date, end_date, identifier, revision_from"

absl::StatusOr<ProgramRow> ReadProgram(ReadTx& tx, Statement& row) {
  ProgramRow spell;
  spell.person_id = row.Int(0);
  spell.program = row.Text(1);
  spell.begin = static_cast<std::int32_t>(row.Int(2));
  spell.end = OptionalDay(row, 3);
  if (row.Blob(4).empty()) return spell;
  const std::string context =
      ProgramContext(spell.person_id, spell.program, spell.begin, row.Int(5));
  const absl::StatusOr<bool> opened =
      tx.person_keys().Open(spell.person_id, context, row.Blob(4), &spell.identifier);
  if (!opened.ok()) return Naming(opened.status(), context);
  return spell;
}

}  // namespace

absl::Status ForEachPersonOutline(ReadTx& tx,
                                  absl::FunctionRef<absl::Status(const PersonOutline&)> visit) {
  return Query(
      tx,
      "SELECT p.person_id, p.kind, f.current, f.source_index, f.district_index, f.content_hash, "
      "f.populated FROM person p JOIN person_fact f ON f.person_id = p.person_id AND f.revision_to "
      "IS NULL "
      "ORDER BY p.person_id",
      [](Statement&) {},
      [&](Statement& row) {
        return visit({row.Int(0), static_cast<int>(row.Int(1)), row.Int(2) != 0,
                      IdIndexOf(row.Blob(3)), IdIndexOf(row.Blob(4)),
                      static_cast<std::uint32_t>(row.Int(6)), row.Int(5)});
      });
}

absl::Status ForEachPersonColumns(ReadTx& tx, std::int64_t revision,
                                  absl::FunctionRef<absl::Status(const PersonColumns&)> visit) {
  PersonColumns person{};
  bool pending = false;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT f.person_id, p.kind, f.current, f.known, f.populated, f.has_email, f.revision_to "
      "FROM person_fact f JOIN person p ON p.person_id = f.person_id "
      "WHERE f.revision_from <= $1 ORDER BY f.person_id, f.revision_from",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) -> absl::Status {
        const std::int64_t person_id = row.Int(0);
        if (pending && person_id != person.person_id) {
          RC_RETURN_IF_ERROR(visit(person));
          pending = false;
        }
        if (!pending) {
          person = {person_id, static_cast<int>(row.Int(1)), false, 0, 0, false};
          pending = true;
        }
        person.known |= static_cast<std::uint32_t>(row.Int(3));
        person.populated |= static_cast<std::uint32_t>(row.Int(4));
        const bool holds = row.IsNull(6) || row.Int(6) > revision;
        if (holds) {
          person.current = row.Int(2) != 0;
          person.has_email = row.Int(5) != 0;
        }
        return absl::OkStatus();
      }));
  return pending ? visit(person) : absl::OkStatus();
}

absl::Status ForEachPersonId(
    ReadTx& tx, PersonIdColumn column, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t person, int kind, const BlindIndex& id)> visit) {
#define RC_ID_SQL(id)                                                          \
  "SELECT f.person_id, p.kind, f." id                                          \
  " FROM person_fact f JOIN person p ON p.person_id = f.person_id WHERE f." id \
  " IS NOT NULL AND f.revision_from <= $1 AND p.kind <> 3 ORDER BY f.person_id, f.revision_from"
  const std::string_view sql = column == PersonIdColumn::kState    ? RC_ID_SQL("state_index")
                               : column == PersonIdColumn::kSource ? RC_ID_SQL("source_index")
                                                                   : RC_ID_SQL("district_index");
#undef RC_ID_SQL
  return Query(
      tx, sql, [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) {
        return visit(row.Int(0), static_cast<int>(row.Int(1)), IdIndexOf(row.Blob(2)));
      });
}

absl::Status ForEachEnrollment(ReadTx& tx, std::int64_t revision,
                               absl::FunctionRef<absl::Status(const EnrollmentRow&)> visit) {
  return Query(
      tx,
      "SELECT person_id, school_year, school_id, grade, begin_date, end_date FROM enrollment "
      "WHERE " RC_HELD_AT_1 " ORDER BY person_id, school_year, school_id, grade, begin_date",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(ReadEnrollment(row)); });
}

absl::Status ForEachProgramSpell(ReadTx& tx, std::int64_t revision,
                                 absl::FunctionRef<absl::Status(const ProgramColumns&)> visit) {
  return Query(
      tx,
      "SELECT " RC_PROGRAM_COLUMNS
      " FROM program_spell "
      "WHERE " RC_HELD_AT_1 " ORDER BY person_id, program, begin_date",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) {
        return visit({row.Int(0), row.Text(1), static_cast<std::int32_t>(row.Int(2)),
                      OptionalDay(row, 3), !row.Blob(4).empty()});
      });
}

absl::Status ForEachGuardianLink(
    ReadTx& tx, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t student, std::int64_t guardian)> visit) {
  return Query(
      tx,
      "SELECT student_id, guardian_id FROM guardian_link WHERE " RC_HELD_AT_1
      " ORDER BY student_id, guardian_id",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(row.Int(0), row.Int(1)); });
}

absl::Status ForEachAddressHolder(ReadTx& tx, std::int64_t revision,
                                  absl::FunctionRef<absl::Status(std::int64_t person)> visit) {
  return Query(
      tx,
      "SELECT person_id FROM postal_address WHERE " RC_HELD_AT_1
      " AND has_street = 1 ORDER BY person_id",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(row.Int(0)); });
}

absl::Status ForEachLanguage(
    ReadTx& tx, std::int64_t revision,
    absl::FunctionRef<absl::Status(std::int64_t person, std::string_view language)> visit) {
  return Query(
      tx, "SELECT person_id, language FROM home_language WHERE " RC_HELD_AT_1 " ORDER BY person_id",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(row.Int(0), row.Text(1)); });
}

absl::StatusOr<PersonFact> GetPersonFact(ReadTx& tx, std::int64_t person_id) {
  std::optional<PersonFact> fact;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT " RC_FACT_COLUMNS
      " FROM person_fact f JOIN person p ON p.person_id = f.person_id "
      "WHERE f.person_id = $1 AND f.revision_to IS NULL",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) -> absl::Status {
        RC_ASSIGN_OR_RETURN(fact, ReadFact(tx, row));
        return absl::OkStatus();
      }));
  if (!fact.has_value()) return NotFound("people/" + std::to_string(person_id));
  return *std::move(fact);
}

absl::Status ListPersonFacts(ReadTx& tx, std::int64_t after, int kind, std::string_view district_id,
                             std::optional<bool> current,
                             absl::FunctionRef<absl::StatusOr<bool>(const PersonFact&)> visit) {
  RC_ASSIGN_OR_RETURN(
      Statement * statement,
      tx.Prepare(district_id.empty()
                     ? "SELECT " RC_FACT_COLUMNS
                       " FROM person_fact f JOIN person p ON p.person_id = f.person_id "
                       "WHERE f.person_id > $1 AND f.revision_to IS NULL ORDER BY f.person_id"
                     : "SELECT " RC_FACT_COLUMNS
                       " FROM person_fact f JOIN person p ON p.person_id = f.person_id "
                       "WHERE f.person_id > $1 AND f.revision_to IS NULL AND f.person_id IN "
                       "(SELECT person_id FROM person_fact WHERE district_index = $2) "
                       "ORDER BY f.person_id"));
  ScopedReset reset(statement);
  BlindIndex district = kNoIdIndex;
  if (!district_id.empty()) {
    if (tx.vault() == nullptr) return KeysNotLoaded();
    district = PersonIdIndex(*tx.vault(), district_id);
  }
  statement->BindInt(1, after);
  if (!district_id.empty()) statement->BindBlob(2, IdIndexBytes(district));
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    const int row_kind = static_cast<int>(statement->Int(1));
    if (kind == 0 ? row_kind == 3 : row_kind != kind) continue;
    if (current.has_value() && (statement->Int(2) != 0) != *current) continue;
    RC_ASSIGN_OR_RETURN(const PersonFact fact, ReadFact(tx, *statement));
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(fact));
    if (!go_on) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<EnrollmentRow>> EnrollmentsOf(ReadTx& tx, std::int64_t person_id) {
  std::vector<EnrollmentRow> rows;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT person_id, school_year, school_id, grade, begin_date, end_date FROM enrollment "
      "WHERE person_id = $1 AND revision_to IS NULL ORDER BY begin_date, school_id, grade",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) {
        rows.push_back(ReadEnrollment(row));
        return absl::OkStatus();
      }));
  return rows;
}

absl::StatusOr<std::vector<ProgramRow>> ProgramSpellsOf(ReadTx& tx, std::int64_t person_id) {
  std::vector<ProgramRow> rows;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT " RC_PROGRAM_COLUMNS
      " FROM program_spell "
      "WHERE person_id = $1 AND revision_to IS NULL ORDER BY begin_date, program",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) -> absl::Status {
        RC_ASSIGN_OR_RETURN(rows.emplace_back(), ReadProgram(tx, row));
        return absl::OkStatus();
      }));
  return rows;
}

absl::StatusOr<std::vector<std::int64_t>> GuardiansOf(ReadTx& tx, std::int64_t person_id) {
  std::vector<std::int64_t> guardians;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT guardian_id FROM guardian_link WHERE student_id = $1 AND revision_to IS NULL "
      "ORDER BY position, guardian_id",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) {
        guardians.push_back(row.Int(0));
        return absl::OkStatus();
      }));
  return guardians;
}

absl::StatusOr<std::optional<AddressRow>> AddressOf(ReadTx& tx, std::int64_t person_id) {
  std::optional<AddressRow> address;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT revision_from, sealed FROM postal_address WHERE person_id = $1 AND "
      "revision_to IS NULL",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) -> absl::Status {
        bool erased = false;
        RC_ASSIGN_OR_RETURN(AddressRow read,
                            ReadAddress(tx, person_id, row.Int(0), row.Blob(1), &erased));
        if (!erased) address = std::move(read);
        return absl::OkStatus();
      }));
  return address;
}

absl::StatusOr<std::string> LanguageOf(ReadTx& tx, std::int64_t person_id) {
  std::string language;
  RC_RETURN_IF_ERROR(Query(
      tx, "SELECT language FROM home_language WHERE person_id = $1 AND revision_to IS NULL",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) {
        language = row.Text(0);
        return absl::OkStatus();
      }));
  return language;
}

absl::StatusOr<std::vector<SchoolRow>> AllSchools(ReadTx& tx) {
  std::vector<SchoolRow> schools;
  RC_RETURN_IF_ERROR(Query(
      tx, "SELECT school_id, name, source_id, display_name FROM school ORDER BY name",
      [](Statement&) {},
      [&](Statement& row) {
        schools.push_back({row.Int(0), std::string(row.Text(1)), std::string(row.Text(2)),
                           std::string(row.Text(3))});
        return absl::OkStatus();
      }));
  return schools;
}

absl::StatusOr<bool> SchoolExists(ReadTx& tx, std::string_view name) {
  bool found = false;
  RC_RETURN_IF_ERROR(Query(
      tx, "SELECT school_id FROM school WHERE name = $1",
      [&](Statement& statement) { statement.BindText(1, name); },
      [&](Statement&) {
        found = true;
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<std::int64_t> LargestPersonId(ReadTx& tx) {
  return SingleInt(tx, "SELECT COALESCE(MAX(person_id), 0) FROM person");
}

absl::StatusOr<std::int64_t> CountPeople(ReadTx& tx) {
  return SingleInt(tx, "SELECT COUNT(*) FROM person");
}

absl::StatusOr<RosterCounts> CountRoster(ReadTx& tx) {
  RosterCounts counts;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT p.kind, f.current, COUNT(*) FROM person p JOIN person_fact f "
      "ON f.person_id = p.person_id AND f.revision_to IS NULL GROUP BY p.kind, f.current",
      [](Statement&) {},
      [&](Statement& row) {
        const bool current = row.Int(1) != 0;
        const std::int64_t people = row.Int(2);
        if (row.Int(0) == 1) (current ? counts.current_students : counts.former_students) = people;
        if (row.Int(0) == 2) (current ? counts.current_staff : counts.former_staff) = people;
        if (row.Int(0) == 3) counts.guardians += people;
        return absl::OkStatus();
      }));
  RC_ASSIGN_OR_RETURN(counts.schools, SingleInt(tx, "SELECT COUNT(*) FROM school"));
  RC_ASSIGN_OR_RETURN(counts.enrollments,
                      SingleInt(tx, "SELECT COUNT(*) FROM enrollment WHERE revision_to IS NULL"));
  RC_ASSIGN_OR_RETURN(
      counts.program_spells,
      SingleInt(tx, "SELECT COUNT(*) FROM program_spell WHERE revision_to IS NULL"));
  return counts;
}

absl::StatusOr<std::int64_t> RosterRevision(ReadTx& tx, std::int64_t revision) {
  std::int64_t value = 0;
  RC_RETURN_IF_ERROR(Query(
      tx, "SELECT COALESCE(MAX(revision), 0) FROM roster_import WHERE revision <= $1",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) {
        value = row.Int(0);
        return absl::OkStatus();
      }));
  return value;
}

absl::Status DropRosterIndexes(WriteTx& tx) {
  for (const char* sql : {"DROP INDEX person_fact_source", "DROP INDEX person_fact_district",
                          "DROP INDEX person_fact_state"}) {
    RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(sql));
    RC_RETURN_IF_ERROR(statement->Run());
  }
  return absl::OkStatus();
}

absl::Status CreateRosterIndexes(WriteTx& tx) {
  for (const char* sql : {"CREATE INDEX person_fact_source ON person_fact (source_index) "
                          "WHERE source_index IS NOT NULL",
                          "CREATE INDEX person_fact_district ON person_fact (district_index) "
                          "WHERE district_index IS NOT NULL",
                          "CREATE INDEX person_fact_state ON person_fact (state_index) "
                          "WHERE state_index IS NOT NULL"}) {
    RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(sql));
    RC_RETURN_IF_ERROR(statement->Run());
  }
  return absl::OkStatus();
}

absl::Status InsertPerson(WriteTx& tx, std::int64_t person_id, int kind) {
  RC_ASSIGN_OR_RETURN(
      Statement * statement,
      tx.Prepare("INSERT INTO person (person_id, kind, created_revision) VALUES ($1, $2, $3)"));
  statement->BindInt(1, person_id);
  statement->BindInt(2, kind);
  statement->BindInt(3, tx.NewRevision());
  RC_RETURN_IF_ERROR(statement->Run());
  return tx.person_keys().Make(person_id);
}

PersonIdIndexes IndexesOf(ReadTx& tx, const PersonFact& fact) {
  return {PersonIdIndex(*tx.vault(), fact.source_id), PersonIdIndex(*tx.vault(), fact.district_id),
          PersonIdIndex(*tx.vault(), fact.state_id)};
}

absl::Status WritePersonFact(WriteTx& tx, const PersonFact& fact, bool existed) {
  if (tx.vault() == nullptr) return KeysNotLoaded();
  if (!fact.erased) return WritePersonFact(tx, fact, IndexesOf(tx, fact), existed);
  PersonIdIndexes kept;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT source_index, district_index, state_index FROM person_fact WHERE person_id = $1 AND "
      "revision_to IS NULL",
      [&](Statement& statement) { statement.BindInt(1, fact.person_id); },
      [&](Statement& row) {
        kept = {IdIndexOf(row.Blob(0)), IdIndexOf(row.Blob(1)), IdIndexOf(row.Blob(2))};
        return absl::OkStatus();
      }));
  return WritePersonFact(tx, fact, kept, existed);
}

absl::Status WritePersonFact(WriteTx& tx, const PersonFact& fact, const PersonIdIndexes& indexes,
                             bool existed) {
  const std::int64_t revision = tx.NewRevision();
  std::string sealed;
  if (!fact.erased) {
    std::string packed;
    PackFact(fact, &packed);
    RC_RETURN_IF_ERROR(tx.person_keys().Seal(
        fact.person_id, FactContext(fact.person_id, revision, indexes), packed, &sealed));
  }
  if (existed) {
    RC_ASSIGN_OR_RETURN(Statement * close,
                        tx.Prepare("UPDATE person_fact SET revision_to = $1 WHERE person_id = $2 "
                                   "AND revision_to IS NULL AND revision_from < $1"));
    close->BindInt(1, revision);
    close->BindInt(2, fact.person_id);
    RC_RETURN_IF_ERROR(close->Run());
  }
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO person_fact (person_id, revision_from, current, known, populated, "
                 "has_email, content_hash, source_index, district_index, state_index, sealed) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
                 "ON CONFLICT (person_id, revision_from) DO UPDATE SET "
                 "current = excluded.current, known = person_fact.known | excluded.known, "
                 "populated = person_fact.populated | excluded.populated, "
                 "has_email = excluded.has_email, content_hash = excluded.content_hash, "
                 "source_index = excluded.source_index, "
                 "district_index = excluded.district_index, "
                 "state_index = excluded.state_index, sealed = excluded.sealed"));
  insert->BindInt(1, fact.person_id);
  insert->BindInt(2, revision);
  insert->BindInt(3, fact.current ? 1 : 0);
  insert->BindInt(4, fact.known);
  insert->BindInt(5, fact.populated);
  insert->BindInt(6, fact.email.empty() ? 0 : 1);
  insert->BindInt(7, fact.content_hash);
  BindIdIndex(*insert, 8, indexes.source);
  BindIdIndex(*insert, 9, indexes.district);
  BindIdIndex(*insert, 10, indexes.state);
  insert->BindBlob(11, sealed);
  return insert->Run();
}

absl::Status CloseEnrollment(WriteTx& tx, const EnrollmentRow& row) {
  // A row written earlier in this same transaction was never seen: it goes without a trace.
  RC_ASSIGN_OR_RETURN(
      Statement * remove,
      tx.Prepare("DELETE FROM enrollment WHERE revision_from = $1 AND person_id = $2 AND "
                 "school_year = $3 AND school_id = $4 AND grade = $5 AND begin_date = $6"));
  remove->BindInt(1, tx.NewRevision());
  remove->BindInt(2, row.person_id);
  remove->BindInt(3, row.school_year);
  remove->BindInt(4, row.school_id);
  remove->BindText(5, row.grade);
  remove->BindInt(6, row.begin);
  RC_RETURN_IF_ERROR(remove->Run());
  RC_ASSIGN_OR_RETURN(
      Statement * statement,
      tx.Prepare("UPDATE enrollment SET revision_to = $1 WHERE person_id = $2 AND "
                 "school_year = $3 AND school_id = $4 AND grade = $5 AND begin_date = $6 AND "
                 "revision_to IS NULL AND revision_from < $1"));
  statement->BindInt(1, tx.NewRevision());
  statement->BindInt(2, row.person_id);
  statement->BindInt(3, row.school_year);
  statement->BindInt(4, row.school_id);
  statement->BindText(5, row.grade);
  statement->BindInt(6, row.begin);
  return statement->Run();
}

absl::StatusOr<std::optional<EnrollmentRow>> FindEnrollment(ReadTx& tx, const EnrollmentRow& row) {
  std::optional<EnrollmentRow> found;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT person_id, school_year, school_id, grade, begin_date, end_date FROM enrollment "
      "WHERE person_id = $1 AND school_year = $2 AND school_id = $3 AND grade = $4 AND "
      "begin_date = $5 AND revision_to IS NULL",
      [&](Statement& statement) {
        statement.BindInt(1, row.person_id);
        statement.BindInt(2, row.school_year);
        statement.BindInt(3, row.school_id);
        statement.BindText(4, row.grade);
        statement.BindInt(5, row.begin);
      },
      [&](Statement& result) {
        found = ReadEnrollment(result);
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<std::optional<ProgramRow>> FindProgramSpell(ReadTx& tx, const ProgramRow& row) {
  std::optional<ProgramRow> found;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT " RC_PROGRAM_COLUMNS
      " FROM program_spell "
      "WHERE person_id = $1 AND program = $2 AND begin_date = $3 AND revision_to IS NULL",
      [&](Statement& statement) {
        statement.BindInt(1, row.person_id);
        statement.BindText(2, row.program);
        statement.BindInt(3, row.begin);
      },
      [&](Statement& result) -> absl::Status {
        RC_ASSIGN_OR_RETURN(found, ReadProgram(tx, result));
        return absl::OkStatus();
      }));
  return found;
}

absl::Status WriteEnrollment(WriteTx& tx, const EnrollmentRow& row, bool existed) {
  if (existed) RC_RETURN_IF_ERROR(CloseEnrollment(tx, row));
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO enrollment (person_id, school_year, school_id, grade, begin_date, "
                 "end_date, revision_from) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                 "ON CONFLICT (person_id, school_year, school_id, grade, begin_date, "
                 "revision_from) DO UPDATE SET end_date = excluded.end_date"));
  insert->BindInt(1, row.person_id);
  insert->BindInt(2, row.school_year);
  insert->BindInt(3, row.school_id);
  insert->BindText(4, row.grade);
  insert->BindInt(5, row.begin);
  BindOptionalDay(*insert, 6, row.end);
  insert->BindInt(7, tx.NewRevision());
  return insert->Run();
}

absl::Status WriteProgramSpell(WriteTx& tx, const ProgramRow& row, bool existed) {
  std::string identifier;
  if (!row.identifier.empty()) {
    RC_RETURN_IF_ERROR(tx.person_keys().Seal(
        row.person_id, ProgramContext(row.person_id, row.program, row.begin, tx.NewRevision()),
        row.identifier, &identifier));
  }
  if (existed) {
    RC_ASSIGN_OR_RETURN(
        Statement * close,
        tx.Prepare("UPDATE program_spell SET revision_to = $1 WHERE person_id = $2 AND "
                   "program = $3 AND begin_date = $4 AND revision_to IS NULL AND "
                   "revision_from < $1"));
    close->BindInt(1, tx.NewRevision());
    close->BindInt(2, row.person_id);
    close->BindText(3, row.program);
    close->BindInt(4, row.begin);
    RC_RETURN_IF_ERROR(close->Run());
  }
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO program_spell (person_id, program, begin_date, end_date, "
                 "identifier, revision_from) VALUES ($1, $2, $3, $4, $5, $6) "
                 "ON CONFLICT (person_id, program, begin_date, revision_from) DO UPDATE SET "
                 "end_date = excluded.end_date, identifier = excluded.identifier"));
  insert->BindInt(1, row.person_id);
  insert->BindText(2, row.program);
  insert->BindInt(3, row.begin);
  BindOptionalDay(*insert, 4, row.end);
  insert->BindBlob(5, identifier);
  insert->BindInt(6, tx.NewRevision());
  return insert->Run();
}

absl::StatusOr<bool> SetGuardians(WriteTx& tx, std::int64_t student_id,
                                  const std::vector<std::int64_t>& guardians, bool existed) {
  std::vector<std::int64_t> before;
  if (existed) {
    RC_ASSIGN_OR_RETURN(before, GuardiansOf(tx, student_id));
  }
  if (before == guardians) return false;
  // Links carry their place in the order, so a change of the list writes the whole list anew.
  for (const char* sql : {"DELETE FROM guardian_link WHERE revision_from = $1 AND student_id = $2",
                          "UPDATE guardian_link SET revision_to = $1 WHERE student_id = $2 AND "
                          "revision_to IS NULL"}) {
    if (!existed) break;
    RC_ASSIGN_OR_RETURN(Statement * end, tx.Prepare(sql));
    end->BindInt(1, tx.NewRevision());
    end->BindInt(2, student_id);
    RC_RETURN_IF_ERROR(end->Run());
  }
  std::int64_t position = 0;
  for (const std::int64_t guardian : guardians) {
    ++position;
    RC_ASSIGN_OR_RETURN(Statement * insert,
                        tx.Prepare("INSERT INTO guardian_link (student_id, guardian_id, position, "
                                   "revision_from) VALUES ($1, $2, $3, $4)"));
    insert->BindInt(1, student_id);
    insert->BindInt(2, guardian);
    insert->BindInt(3, position);
    insert->BindInt(4, tx.NewRevision());
    RC_RETURN_IF_ERROR(insert->Run());
  }
  return true;
}

absl::StatusOr<bool> SetAddress(WriteTx& tx, const AddressRow& row) {
  RC_ASSIGN_OR_RETURN(const std::optional<AddressRow> before, AddressOf(tx, row.person_id));
  if (before.has_value()) {
    if (*before == row) return false;
    RC_ASSIGN_OR_RETURN(
        Statement * close,
        tx.Prepare("UPDATE postal_address SET revision_to = $1 WHERE person_id = $2 "
                   "AND revision_to IS NULL AND revision_from < $1"));
    close->BindInt(1, tx.NewRevision());
    close->BindInt(2, row.person_id);
    RC_RETURN_IF_ERROR(close->Run());
  }
  std::string packed;
  PackAddress(row, &packed);
  std::string sealed;
  RC_RETURN_IF_ERROR(tx.person_keys().Seal(
      row.person_id, AddressContext(row.person_id, tx.NewRevision()), packed, &sealed));
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO postal_address (person_id, revision_from, has_street, sealed) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (person_id, revision_from) DO UPDATE SET "
                 "has_street = excluded.has_street, sealed = excluded.sealed"));
  insert->BindInt(1, row.person_id);
  insert->BindInt(2, tx.NewRevision());
  insert->BindInt(3, row.line1.empty() ? 0 : 1);
  insert->BindBlob(4, sealed);
  RC_RETURN_IF_ERROR(insert->Run());
  return true;
}

absl::StatusOr<bool> SetLanguage(WriteTx& tx, std::int64_t person_id, std::string_view language) {
  RC_ASSIGN_OR_RETURN(const std::string before, LanguageOf(tx, person_id));
  if (before == language) return false;
  RC_ASSIGN_OR_RETURN(Statement * close,
                      tx.Prepare("UPDATE home_language SET revision_to = $1 WHERE person_id = $2 "
                                 "AND revision_to IS NULL AND revision_from < $1"));
  close->BindInt(1, tx.NewRevision());
  close->BindInt(2, person_id);
  RC_RETURN_IF_ERROR(close->Run());
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO home_language (person_id, revision_from, language) "
                                 "VALUES ($1, $2, $3) ON CONFLICT (person_id, revision_from) "
                                 "DO UPDATE SET language = excluded.language"));
  insert->BindInt(1, person_id);
  insert->BindInt(2, tx.NewRevision());
  insert->BindText(3, language);
  RC_RETURN_IF_ERROR(insert->Run());
  return true;
}

absl::Status InsertSchool(WriteTx& tx, const SchoolRow& school) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO school (school_id, name, source_id, display_name, "
                                 "revision_from) VALUES ($1, $2, $3, $4, $5)"));
  statement->BindInt(1, school.school_id);
  statement->BindText(2, school.name);
  statement->BindText(3, school.source_id);
  statement->BindText(4, school.display_name);
  statement->BindInt(5, tx.NewRevision());
  return statement->Run();
}

absl::Status RenameSchool(WriteTx& tx, std::int64_t school_id, std::string_view display_name) {
  tx.NewRevision();
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("UPDATE school SET display_name = $1 WHERE school_id = $2"));
  statement->BindText(1, display_name);
  statement->BindInt(2, school_id);
  return statement->Run();
}

absl::StatusOr<std::int64_t> NextImportId(ReadTx& tx) {
  return SingleInt(tx, "SELECT COALESCE(MAX(import_id), 0) + 1 FROM roster_import");
}

absl::Status InsertImport(WriteTx& tx, std::int64_t import_id, std::string_view digest,
                          std::string_view record_json) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO roster_import (import_id, revision, digest, record) "
                                 "VALUES ($1, $2, $3, $4)"));
  statement->BindInt(1, import_id);
  statement->BindInt(2, tx.NewRevision());
  statement->BindText(3, digest);
  statement->BindText(4, record_json);
  return statement->Run();
}

absl::Status ListImports(
    ReadTx& tx, std::int64_t below,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t import_id, std::string_view json)> visit) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT import_id, record FROM roster_import "
                                 "WHERE import_id < $1 ORDER BY import_id DESC"));
  ScopedReset reset(statement);
  statement->BindInt(1, below);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(statement->Int(0), statement->Text(1)));
    if (!go_on) return absl::OkStatus();
  }
}

}  // namespace rollcall
