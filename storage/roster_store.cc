#include "storage/roster_store.h"

#include "storage/status.h"

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

#define RC_FACT_COLUMNS                                                                        \
  "f.person_id, p.kind, f.current, f.source_id, f.district_id, f.state_id, f.username, "       \
  "f.given_name, f.middle_name, f.family_name, f.preferred_given_name, "                       \
  "f.preferred_family_name, f.birth_date, f.gender, f.race, f.birth_place, f.email, f.phone, " \
  "f.known, f.populated, f.content_hash, f.revision_from"

PersonFact ReadFact(Statement& row) {
  PersonFact fact;
  fact.person_id = row.Int(0);
  fact.kind = static_cast<int>(row.Int(1));
  fact.current = row.Int(2) != 0;
  fact.source_id = row.Text(3);
  fact.district_id = row.Text(4);
  fact.state_id = row.Text(5);
  fact.username = row.Text(6);
  fact.given_name = row.Text(7);
  fact.middle_name = row.Text(8);
  fact.family_name = row.Text(9);
  fact.preferred_given_name = row.Text(10);
  fact.preferred_family_name = row.Text(11);
  fact.birth_date = OptionalDay(row, 12);
  fact.gender = row.Text(13);
  fact.race = row.Text(14);
  fact.birth_place = row.Text(15);
  fact.email = row.Text(16);
  fact.phone = row.Text(17);
  fact.known = static_cast<std::uint32_t>(row.Int(18));
  fact.populated = static_cast<std::uint32_t>(row.Int(19));
  fact.content_hash = row.Int(20);
  fact.revision_from = row.Int(21);
  return fact;
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

ProgramRow ReadProgram(Statement& row) {
  ProgramRow spell;
  spell.person_id = row.Int(0);
  spell.program = row.Text(1);
  spell.begin = static_cast<std::int32_t>(row.Int(2));
  spell.end = OptionalDay(row, 3);
  spell.identifier = row.Text(4);
  return spell;
}

}  // namespace

absl::Status ForEachPersonKey(ReadTx& tx,
                              absl::FunctionRef<absl::Status(const PersonOutline&)> visit) {
  return Query(
      tx,
      "SELECT p.person_id, p.kind, f.current, f.source_id, f.district_id, f.content_hash, "
      "f.populated FROM person p JOIN person_fact f ON f.person_id = p.person_id AND f.revision_to "
      "IS NULL "
      "ORDER BY p.person_id",
      [](Statement&) {},
      [&](Statement& row) {
        return visit({row.Int(0), static_cast<int>(row.Int(1)), row.Int(2) != 0, row.Text(3),
                      row.Text(4), static_cast<std::uint32_t>(row.Int(6)), row.Int(5)});
      });
}

absl::Status ForEachPersonColumns(ReadTx& tx, std::int64_t revision,
                                  absl::FunctionRef<absl::Status(const PersonColumns&)> visit) {
  PersonColumns person{};
  bool pending = false;
  RC_RETURN_IF_ERROR(Query(
      tx,
      "SELECT f.person_id, p.kind, f.current, f.known, f.populated, f.email <> '', f.revision_to "
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
    absl::FunctionRef<absl::Status(std::int64_t person, int kind, std::string_view id)> visit) {
#define RC_ID_SQL(id)                                                          \
  "SELECT f.person_id, p.kind, f." id                                          \
  " FROM person_fact f JOIN person p ON p.person_id = f.person_id WHERE f." id \
  " <> '' AND f.revision_from <= $1 AND p.kind <> 3 ORDER BY f.person_id, f.revision_from"
  const std::string_view sql = column == PersonIdColumn::kState    ? RC_ID_SQL("state_id")
                               : column == PersonIdColumn::kSource ? RC_ID_SQL("source_id")
                                                                   : RC_ID_SQL("district_id");
#undef RC_ID_SQL
  return Query(
      tx, sql, [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(row.Int(0), static_cast<int>(row.Int(1)), row.Text(2)); });
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
                                 absl::FunctionRef<absl::Status(const ProgramRow&)> visit) {
  return Query(
      tx,
      "SELECT person_id, program, begin_date, end_date, identifier FROM program_spell "
      "WHERE " RC_HELD_AT_1 " ORDER BY person_id, program, begin_date",
      [&](Statement& statement) { statement.BindInt(1, revision); },
      [&](Statement& row) { return visit(ReadProgram(row)); });
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
      " AND line1 <> '' ORDER BY person_id",
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
      [&](Statement& row) {
        fact = ReadFact(row);
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
                       "(SELECT person_id FROM person_fact WHERE district_id = $2) "
                       "ORDER BY f.person_id"));
  ScopedReset reset(statement);
  statement->BindInt(1, after);
  if (!district_id.empty()) statement->BindText(2, district_id);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    const int row_kind = static_cast<int>(statement->Int(1));
    if (kind == 0 ? row_kind == 3 : row_kind != kind) continue;
    if (current.has_value() && (statement->Int(2) != 0) != *current) continue;
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(ReadFact(*statement)));
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
      "SELECT person_id, program, begin_date, end_date, identifier FROM program_spell "
      "WHERE person_id = $1 AND revision_to IS NULL ORDER BY begin_date, program",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) {
        rows.push_back(ReadProgram(row));
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
      "SELECT person_id, line1, line2, city, state, postal_code, country, valid_from "
      "FROM postal_address WHERE person_id = $1 AND revision_to IS NULL",
      [&](Statement& statement) { statement.BindInt(1, person_id); },
      [&](Statement& row) {
        address = AddressRow{row.Int(0),
                             std::string(row.Text(1)),
                             std::string(row.Text(2)),
                             std::string(row.Text(3)),
                             std::string(row.Text(4)),
                             std::string(row.Text(5)),
                             std::string(row.Text(6)),
                             OptionalDay(row, 7)};
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
  for (const char* sql :
       {"CREATE INDEX person_fact_source ON person_fact (source_id) WHERE source_id <> ''",
        "CREATE INDEX person_fact_district ON person_fact (district_id) WHERE district_id <> ''",
        "CREATE INDEX person_fact_state ON person_fact (state_id) WHERE state_id <> ''"}) {
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
  return statement->Run();
}

absl::Status WritePersonFact(WriteTx& tx, const PersonFact& fact, bool existed) {
  if (existed) {
    RC_ASSIGN_OR_RETURN(Statement * close,
                        tx.Prepare("UPDATE person_fact SET revision_to = $1 WHERE person_id = $2 "
                                   "AND revision_to IS NULL AND revision_from < $1"));
    close->BindInt(1, tx.NewRevision());
    close->BindInt(2, fact.person_id);
    RC_RETURN_IF_ERROR(close->Run());
  }
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare(
          "INSERT INTO person_fact (person_id, revision_from, current, source_id, district_id, "
          "state_id, username, given_name, middle_name, family_name, preferred_given_name, "
          "preferred_family_name, birth_date, gender, race, birth_place, email, phone, known, "
          "populated, content_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
          "$13, $14, $15, $16, $17, $18, $19, $20, $21) "
          "ON CONFLICT (person_id, revision_from) DO UPDATE SET current = excluded.current, "
          "source_id = excluded.source_id, district_id = excluded.district_id, "
          "state_id = excluded.state_id, username = excluded.username, "
          "given_name = excluded.given_name, middle_name = excluded.middle_name, "
          "family_name = excluded.family_name, "
          "preferred_given_name = excluded.preferred_given_name, "
          "preferred_family_name = excluded.preferred_family_name, "
          "birth_date = excluded.birth_date, gender = excluded.gender, race = excluded.race, "
          "birth_place = excluded.birth_place, email = excluded.email, phone = excluded.phone, "
          "known = person_fact.known | excluded.known, "
          "populated = person_fact.populated | excluded.populated, "
          "content_hash = excluded.content_hash"));
  insert->BindInt(1, fact.person_id);
  insert->BindInt(2, tx.NewRevision());
  insert->BindInt(3, fact.current ? 1 : 0);
  insert->BindText(4, fact.source_id);
  insert->BindText(5, fact.district_id);
  insert->BindText(6, fact.state_id);
  insert->BindText(7, fact.username);
  insert->BindText(8, fact.given_name);
  insert->BindText(9, fact.middle_name);
  insert->BindText(10, fact.family_name);
  insert->BindText(11, fact.preferred_given_name);
  insert->BindText(12, fact.preferred_family_name);
  BindOptionalDay(*insert, 13, fact.birth_date);
  insert->BindText(14, fact.gender);
  insert->BindText(15, fact.race);
  insert->BindText(16, fact.birth_place);
  insert->BindText(17, fact.email);
  insert->BindText(18, fact.phone);
  insert->BindInt(19, fact.known);
  insert->BindInt(20, fact.populated);
  insert->BindInt(21, fact.content_hash);
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
      "SELECT person_id, program, begin_date, end_date, identifier FROM program_spell "
      "WHERE person_id = $1 AND program = $2 AND begin_date = $3 AND revision_to IS NULL",
      [&](Statement& statement) {
        statement.BindInt(1, row.person_id);
        statement.BindText(2, row.program);
        statement.BindInt(3, row.begin);
      },
      [&](Statement& result) {
        found = ReadProgram(result);
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
  insert->BindText(5, row.identifier);
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
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO postal_address (person_id, revision_from, line1, line2, city, "
                 "state, postal_code, country, valid_from) VALUES ($1, $2, $3, $4, $5, $6, $7, "
                 "$8, $9) ON CONFLICT (person_id, revision_from) DO UPDATE SET "
                 "line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, "
                 "state = excluded.state, postal_code = excluded.postal_code, "
                 "country = excluded.country, valid_from = excluded.valid_from"));
  insert->BindInt(1, row.person_id);
  insert->BindInt(2, tx.NewRevision());
  insert->BindText(3, row.line1);
  insert->BindText(4, row.line2);
  insert->BindText(5, row.city);
  insert->BindText(6, row.state);
  insert->BindText(7, row.postal_code);
  insert->BindText(8, row.country);
  BindOptionalDay(*insert, 9, row.valid_from);
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
