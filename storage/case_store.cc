#include "storage/case_store.h"

#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall {

absl::Status InsertCaseGroup(WriteTx& tx, std::string_view case_name, std::int64_t position,
                             const CaseGroup& group) {
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO case_group (case_name, position, elements, people, "
                                 "packed_elements) VALUES ($1, $2, '{}', $3, $4)"));
  const std::string elements = group.elements.SerializeAsString();
  insert->BindText(1, case_name);
  insert->BindInt(2, position);
  insert->BindBlob(3, group.people);
  insert->BindBlob(4, elements);
  return insert->Run();
}

absl::Status InsertCasePeople(WriteTx& tx, std::string_view case_name, std::string_view role,
                              std::string_view people) {
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO case_people (case_name, role, people) VALUES ($1, $2, $3)"));
  insert->BindText(1, case_name);
  insert->BindText(2, role);
  insert->BindBlob(3, people);
  return insert->Run();
}

absl::Status InsertCaseSending(WriteTx& tx, std::string_view case_name,
                               const CaseSending& sending) {
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO case_sending (case_name, position, sent_date, evidence, people, "
                 "revision) VALUES ($1, $2, $3, $4, $5, $6)"));
  insert->BindText(1, case_name);
  insert->BindInt(2, sending.position);
  insert->BindText(3, sending.sent_date);
  insert->BindText(4, sending.evidence);
  insert->BindBlob(5, sending.people);
  insert->BindInt(6, tx.NewRevision());
  return insert->Run();
}

absl::StatusOr<std::vector<CaseGroup>> CaseGroups(ReadTx& tx, std::string_view case_name) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT elements, people, packed_elements FROM case_group "
                                 "WHERE case_name = $1 ORDER BY position"));
  ScopedReset reset(query);
  query->BindText(1, case_name);
  std::vector<CaseGroup> groups;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return groups;
    CaseGroup group;
    if (query->IsNull(2)) {
      RC_RETURN_IF_ERROR(JsonToMessage(query->Text(0), &group.elements));
    } else if (const std::string_view packed = query->Blob(2);
               !group.elements.ParseFromArray(packed.data(), static_cast<int>(packed.size()))) {
      return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                       "the elements of a stored case cannot be read");
    }
    group.people = query->Blob(1);
    groups.push_back(std::move(group));
  }
}

absl::StatusOr<std::vector<CaseSending>> CaseSendings(ReadTx& tx, std::string_view case_name) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT position, sent_date, evidence, people FROM case_sending "
                                 "WHERE case_name = $1 ORDER BY position"));
  ScopedReset reset(query);
  query->BindText(1, case_name);
  std::vector<CaseSending> sendings;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return sendings;
    sendings.push_back({query->Int(0), std::string(query->Text(1)), std::string(query->Text(2)),
                        std::string(query->Blob(3))});
  }
}

absl::StatusOr<std::string> CasePeople(ReadTx& tx, std::string_view case_name,
                                       std::string_view role) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      tx.Prepare("SELECT people FROM case_people WHERE case_name = $1 AND role = $2"));
  ScopedReset reset(query);
  query->BindText(1, case_name);
  query->BindText(2, role);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  return found ? std::string(query->Blob(0)) : std::string();
}

absl::StatusOr<std::vector<std::string>> CaseScopers(ReadTx& tx, std::string_view case_name,
                                                     std::string_view incident) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      tx.Prepare("SELECT DISTINCT principal FROM revision WHERE revision IN ("
                 "SELECT revision_from FROM incident WHERE name = $1 UNION "
                 "SELECT revision_from FROM statement WHERE parent = $1 UNION "
                 "SELECT MIN(revision_from) FROM notification_case WHERE name = $2) "
                 "ORDER BY principal"));
  ScopedReset reset(query);
  query->BindText(1, incident);
  query->BindText(2, case_name);
  std::vector<std::string> principals;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return principals;
    principals.emplace_back(query->Text(0));
  }
}

}  // namespace rollcall
