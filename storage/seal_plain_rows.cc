#include "storage/seal_plain_rows.h"

#include <optional>
#include <string>
#include <string_view>

#include "storage/person_key_store.h"
#include "storage/register_tables.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

constexpr char kSetting[] = "plain_rows";
constexpr std::string_view kUnsealed = "unsealed";  // The plain tables are there.
constexpr std::string_view kDeleted = "deleted";    // Only their deleted bytes are.

absl::Status Run(WriteTx& tx, std::string_view sql) {
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(sql));
  return statement->Run();
}

template <typename Visit>
absl::Status ForEachRow(WriteTx& tx, std::string_view sql, Visit visit) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(sql));
  ScopedReset reset(query);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return absl::OkStatus();
    RC_RETURN_IF_ERROR(visit(*query));
  }
}

std::optional<std::int32_t> OptionalDay(Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return static_cast<std::int32_t>(row.Int(column));
}

void BindOptionalInt(Statement& to, int parameter, Statement& row, int column) {
  if (row.IsNull(column)) {
    to.BindNull(parameter);
  } else {
    to.BindInt(parameter, row.Int(column));
  }
}

void BindIndex(Statement& to, int parameter, const BlindIndex& index) {
  if (index == kNoIdIndex) {
    to.BindNull(parameter);
  } else {
    to.BindBlob(parameter, IdIndexBytes(index));
  }
}

absl::Status MakeKeys(WriteTx& tx) {
  return ForEachRow(tx, "SELECT person_id FROM person ORDER BY person_id",
                    [&](Statement& row) { return tx.person_keys().Make(row.Int(0)); });
}

absl::Status SealFacts(WriteTx& tx) {
  return ForEachRow(
      tx,
      "SELECT person_id, revision_from, revision_to, current, known, populated, source_id, "
      "district_id, state_id, username, given_name, middle_name, family_name, "
      "preferred_given_name, preferred_family_name, birth_date, gender, race, birth_place, email, "
      "phone FROM plain_person_fact ORDER BY person_id, revision_from",
      [&](Statement& row) -> absl::Status {
        PersonFact fact;
        fact.person_id = row.Int(0);
        std::string* const texts[] = {
            &fact.source_id,   &fact.district_id,          &fact.state_id,
            &fact.username,    &fact.given_name,           &fact.middle_name,
            &fact.family_name, &fact.preferred_given_name, &fact.preferred_family_name};
        for (int i = 0; i < 9; ++i) *texts[i] = row.Text(6 + i);
        fact.birth_date = OptionalDay(row, 15);
        std::string* const more[] = {&fact.gender, &fact.race, &fact.birth_place, &fact.email,
                                     &fact.phone};
        for (int i = 0; i < 5; ++i) *more[i] = row.Text(16 + i);
        const PersonIdIndexes indexes = IndexesOf(tx, fact);
        std::string packed;
        PackFact(fact, &packed);
        std::string sealed;
        RC_RETURN_IF_ERROR(tx.person_keys().Seal(
            fact.person_id, FactContext(fact.person_id, row.Int(1), indexes), packed, &sealed));
        // The content hash of an earlier program can be computed from the values: it goes.
        RC_ASSIGN_OR_RETURN(
            Statement * insert,
            tx.Prepare("INSERT INTO person_fact (person_id, revision_from, revision_to, current, "
                       "known, populated, has_email, content_hash, source_index, district_index, "
                       "state_index, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, "
                       "$11)"));
        insert->BindInt(1, fact.person_id);
        insert->BindInt(2, row.Int(1));
        BindOptionalInt(*insert, 3, row, 2);
        insert->BindInt(4, row.Int(3));
        insert->BindInt(5, row.Int(4));
        insert->BindInt(6, row.Int(5));
        insert->BindInt(7, fact.email.empty() ? 0 : 1);
        BindIndex(*insert, 8, indexes.source);
        BindIndex(*insert, 9, indexes.district);
        BindIndex(*insert, 10, indexes.state);
        insert->BindBlob(11, sealed);
        return insert->Run();
      });
}

absl::Status SealPrograms(WriteTx& tx) {
  return ForEachRow(
      tx,
      "SELECT person_id, program, begin_date, end_date, identifier, revision_from, revision_to "
      "FROM plain_program_spell ORDER BY person_id, program, begin_date, revision_from",
      [&](Statement& row) -> absl::Status {
        std::string sealed;
        if (!row.Text(4).empty()) {
          RC_RETURN_IF_ERROR(tx.person_keys().Seal(
              row.Int(0),
              ProgramContext(row.Int(0), row.Text(1), static_cast<std::int32_t>(row.Int(2)),
                             row.Int(5)),
              row.Text(4), &sealed));
        }
        RC_ASSIGN_OR_RETURN(
            Statement * insert,
            tx.Prepare("INSERT INTO program_spell (person_id, program, begin_date, end_date, "
                       "identifier, revision_from, revision_to) VALUES ($1, $2, $3, $4, $5, $6, "
                       "$7)"));
        insert->BindInt(1, row.Int(0));
        insert->BindText(2, row.Text(1));
        insert->BindInt(3, row.Int(2));
        BindOptionalInt(*insert, 4, row, 3);
        insert->BindBlob(5, sealed);
        insert->BindInt(6, row.Int(5));
        BindOptionalInt(*insert, 7, row, 6);
        return insert->Run();
      });
}

absl::Status SealAddresses(WriteTx& tx) {
  return ForEachRow(
      tx,
      "SELECT person_id, revision_from, revision_to, line1, line2, city, state, postal_code, "
      "country, valid_from FROM plain_postal_address ORDER BY person_id, revision_from",
      [&](Statement& row) -> absl::Status {
        AddressRow address;
        address.person_id = row.Int(0);
        std::string* const texts[] = {&address.line1, &address.line2,       &address.city,
                                      &address.state, &address.postal_code, &address.country};
        for (int i = 0; i < 6; ++i) *texts[i] = row.Text(3 + i);
        address.valid_from = OptionalDay(row, 9);
        std::string packed;
        PackAddress(address, &packed);
        std::string sealed;
        RC_RETURN_IF_ERROR(tx.person_keys().Seal(
            address.person_id, AddressContext(address.person_id, row.Int(1)), packed, &sealed));
        RC_ASSIGN_OR_RETURN(
            Statement * insert,
            tx.Prepare("INSERT INTO postal_address (person_id, revision_from, revision_to, "
                       "has_street, sealed) VALUES ($1, $2, $3, $4, $5)"));
        insert->BindInt(1, address.person_id);
        insert->BindInt(2, row.Int(1));
        BindOptionalInt(*insert, 3, row, 2);
        insert->BindInt(4, address.line1.empty() ? 0 : 1);
        insert->BindBlob(5, sealed);
        return insert->Run();
      });
}

absl::Status SealEntries(WriteTx& tx) {
  return ForEachRow(
      tx,
      "SELECT statement, position, id, data_elements FROM plain_statement_entry "
      "ORDER BY statement, position",
      [&](Statement& row) -> absl::Status {
        const BlindIndex index = tx.vault()->Index(kPersonIdDomain, row.Text(2));
        RC_ASSIGN_OR_RETURN(const std::string sealed,
                            tx.vault()->Seal(EntryContext(row.Text(0), row.Int(1)), row.Text(2)));
        RC_ASSIGN_OR_RETURN(
            Statement * insert,
            tx.Prepare("INSERT INTO statement_entry (statement, position, id_index, sealed, "
                       "data_elements) VALUES ($1, $2, $3, $4, $5)"));
        insert->BindText(1, row.Text(0));
        insert->BindInt(2, row.Int(1));
        insert->BindBlob(3, IdIndexBytes(index));
        insert->BindBlob(4, sealed);
        insert->BindText(5, row.Text(3));
        return insert->Run();
      });
}

absl::Status SealNamedPeople(WriteTx& tx) {
  return ForEachRow(
      tx, "SELECT owner, revision, people_sha256, unmatched FROM plain_named_people",
      [&](Statement& row) -> absl::Status {
        std::string sealed;
        if (!row.Blob(3).empty()) {
          RC_ASSIGN_OR_RETURN(
              sealed, tx.vault()->Seal(UnmatchedContext(row.Text(0), row.Int(1)), row.Blob(3)));
        }
        RC_ASSIGN_OR_RETURN(Statement * insert,
                            tx.Prepare("INSERT INTO named_people (owner, revision, people_sha256, "
                                       "unmatched) VALUES ($1, $2, $3, $4)"));
        insert->BindText(1, row.Text(0));
        insert->BindInt(2, row.Int(1));
        insert->BindBlob(3, row.Blob(2));
        insert->BindBlob(4, sealed);
        return insert->Run();
      });
}

absl::Status SealAnswers(WriteTx& tx) {
  return ForEachRow(
      tx,
      "SELECT request_id, principal, method, request_sha256, response, create_time "
      "FROM plain_request",
      [&](Statement& row) -> absl::Status {
        std::string packed;
        PackAnswer({std::string(row.Text(3)), std::string(row.Blob(4))}, &packed);
        RC_ASSIGN_OR_RETURN(
            const std::string sealed,
            tx.vault()->Seal(AnswerContext(row.Text(1), row.Text(2), row.Text(0)), packed));
        RC_ASSIGN_OR_RETURN(
            Statement * insert,
            tx.Prepare("INSERT INTO request (request_id, principal, method, sealed, create_time) "
                       "VALUES ($1, $2, $3, $4, $5)"));
        insert->BindText(1, row.Text(0));
        insert->BindText(2, row.Text(1));
        insert->BindText(3, row.Text(2));
        insert->BindBlob(4, sealed);
        insert->BindInt(5, row.Int(5));
        return insert->Run();
      });
}

// True if any plain table has a row.
absl::StatusOr<bool> AnyRows(WriteTx& tx) {
  bool any = false;
  RC_RETURN_IF_ERROR(ForEachRow(tx,
                                "SELECT EXISTS (SELECT 1 FROM plain_person_fact) OR "
                                "EXISTS (SELECT 1 FROM plain_statement_entry) OR "
                                "EXISTS (SELECT 1 FROM plain_named_people) OR "
                                "EXISTS (SELECT 1 FROM plain_request)",
                                [&](Statement& row) {
                                  any = row.Int(0) != 0;
                                  return absl::OkStatus();
                                }));
  return any;
}

absl::Status SealAll(WriteTx& tx) {
  if (tx.vault() == nullptr) return KeysNotLoaded();
  RC_RETURN_IF_ERROR(MakeKeys(tx));
  for (const auto seal :
       {SealFacts, SealPrograms, SealAddresses, SealEntries, SealNamedPeople, SealAnswers}) {
    RC_RETURN_IF_ERROR(seal(tx));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SealPlainRows(Store& store, absl::Time now) {
  std::string state;
  RC_RETURN_IF_ERROR(store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(state, GetSetting(tx, kSetting));
    return absl::OkStatus();
  }));
  const WriteOptions options = {"SealPlainRows", "local", now, nullptr};
  if (state == kUnsealed) {
    RC_RETURN_IF_ERROR(store.Write(options, [&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const bool any, AnyRows(tx));
      if (any) RC_RETURN_IF_ERROR(SealAll(tx));
      for (const char* drop :
           {"DROP TABLE plain_person_fact", "DROP TABLE plain_program_spell",
            "DROP TABLE plain_postal_address", "DROP TABLE plain_statement_entry",
            "DROP TABLE plain_named_people", "DROP TABLE plain_request"}) {
        RC_RETURN_IF_ERROR(Run(tx, drop));
      }
      state = any ? kDeleted : "sealed";
      return SetSetting(tx, kSetting, state);
    }));
  }
  if (state != kDeleted) return absl::OkStatus();
  RC_RETURN_IF_ERROR(store.Compact());
  return store.Write(options, [&](WriteTx& tx) { return SetSetting(tx, kSetting, "sealed"); });
}

}  // namespace rollcall
