#include "storage/register_tables.h"

#include "rollcall/v1/access_service.pb.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/person_key_store.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

absl::StatusOr<std::vector<std::string>> Texts(ReadTx& tx, std::string_view sql,
                                               std::string_view parameter) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(sql));
  ScopedReset reset(query);
  query->BindText(1, parameter);
  std::vector<std::string> texts;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return texts;
    texts.emplace_back(query->Text(0));
  }
}

}  // namespace

const RecordTable& DataElementTable() {
  static const RecordTable table(v1::DataElement::descriptor(), "data_element", false,
                                 {{"category"},
                                  {"labels"},
                                  {"subject"},
                                  {"sensitivity"},
                                  {"schedule_row"},
                                  {"ceds_ids"},
                                  {"ed_fi_paths"},
                                  {"one_roster_columns"},
                                  {"roster_field"},
                                  {"district_defined"},
                                  {"note"}});
  return table;
}

const RecordTable& ClauseKindTable() {
  static const RecordTable table(v1::ClauseKind::descriptor(), "clause_kind", false,
                                 {{"labels"},
                                  {"value_type"},
                                  {"citations"},
                                  {"required_by_soppa"},
                                  {"redactable"},
                                  {"district_defined"},
                                  {"note"}});
  return table;
}

const RecordTable& RegimeTable() {
  static const RecordTable table(v1::Regime::descriptor(), "regime", false,
                                 {{"title"},
                                  {"jurisdiction"},
                                  {"obliged"},
                                  {"beneficiary"},
                                  {"period"},
                                  {"content_items"},
                                  {"effective_from"},
                                  {"effective_until"},
                                  {"citation"},
                                  {"subject"},
                                  {"note"}});
  return table;
}

const RecordTable& VendorTable() {
  static const RecordTable table(v1::Vendor::descriptor(), "vendor", false,
                                 {{"legal_name"},
                                  {"aliases"},
                                  {"kind"},
                                  {"business_address"},
                                  {"website"},
                                  {"subcontractor_list_uri"},
                                  {"note"}});
  return table;
}

const RecordTable& ProductTable() {
  static const RecordTable table(
      v1::Product::descriptor(), "product", true,
      {{"display_name"}, {"description"}, {"purpose"}, {"pass_through"}});
  return table;
}

const RecordTable& ContactTable() {
  static const RecordTable table(
      v1::Contact::descriptor(), "contact", true,
      {{"role"}, {"display_name"}, {"title"}, {"email"}, {"phone"}, {"address"}});
  return table;
}

const RecordTable& DocumentTable() {
  static const RecordTable table(v1::Document::descriptor(), "document", false,
                                 {{"title"}, {"media_type"}, {"size_bytes"}, {"location"}});
  return table;
}

const RecordTable& ContractTable() {
  static const RecordTable table(v1::Contract::descriptor(), "contract", true,
                                 {{"form"},
                                  {"form_version"},
                                  {"number"},
                                  {"title"},
                                  {"signed_date"},
                                  {"effective_date"},
                                  {"expiry_date"},
                                  {"termination_date"},
                                  {"termination_reason"},
                                  {"supersedes", true},
                                  {"products"},
                                  {"document", true},
                                  {"signer"},
                                  {"posted_uri"},
                                  {"posted_date"},
                                  {"note"}});
  return table;
}

const RecordTable& ClauseTable() {
  static const RecordTable table(
      v1::Clause::descriptor(), "clause", true,
      {{"clause_kind", true}, {"status"}, {"value"}, {"section"}, {"note"}});
  return table;
}

const RecordTable& ShareTable() {
  static const RecordTable table(v1::Share::descriptor(), "share", true,
                                 {{"title"},
                                  {"contract", true},
                                  {"product", true},
                                  {"elements"},
                                  {"population"},
                                  {"start_date"},
                                  {"end_date"},
                                  {"purpose"},
                                  {"note"}});
  return table;
}

const RecordTable& IncidentTable() {
  static const RecordTable table(v1::Incident::descriptor(), "incident", false,
                                 {{"vendor", true},
                                  {"title"},
                                  {"cause"},
                                  {"window_start_date"},
                                  {"window_end_date"},
                                  {"window_estimated"},
                                  {"vendor_learned_date"},
                                  {"vendor_confirmed_date"},
                                  {"vendor_notice_date"},
                                  {"district_received_date"},
                                  {"district_determined_date"},
                                  {"description"},
                                  {"law_enforcement_reference"}});
  return table;
}

const RecordTable& StatementTable() {
  static const RecordTable table(v1::Statement::descriptor(), "statement", true,
                                 {{"statement_date"},
                                  {"products"},
                                  {"data_elements"},
                                  {"school_years"},
                                  {"list_use"},
                                  {"list_id_kind"},
                                  {"list_subject"},
                                  {"document", true},
                                  {"description"},
                                  {"list_entries"},
                                  {"list_people"},
                                  {"list_unmatched"},
                                  {"list_repeated"},
                                  {"list_ambiguous"},
                                  {"shares"}});
  return table;
}

const RecordTable& CaseTable() {
  static const RecordTable table(v1::Case::descriptor(), "notification_case", false,
                                 {{"incident", true},
                                  {"statement", true},
                                  {"state"},
                                  {"basis"},
                                  {"people"},
                                  {"cells"},
                                  {"digest"},
                                  {"unmatched_entries"},
                                  {"close_reason"},
                                  {"digest_format"},
                                  {"approval"}});
  return table;
}

const RecordTable& SubprocessorTable() {
  static const RecordTable table(v1::Subprocessor::descriptor(), "subprocessor", true,
                                 {{"processor", true},
                                  {"data_elements"},
                                  {"start_date"},
                                  {"end_date"},
                                  {"purpose"},
                                  {"source"},
                                  {"allow_cycle"},
                                  {"note"}});
  return table;
}

const RecordTable& DispositionTable() {
  static const RecordTable table(v1::Disposition::descriptor(), "disposition", true,
                                 {{"nature"},
                                  {"disposition_date"},
                                  {"shares"},
                                  {"products"},
                                  {"data_elements"},
                                  {"includes_subprocessors"},
                                  {"lists_people"},
                                  {"id_kind"},
                                  {"subject"},
                                  {"document", true},
                                  {"signer"},
                                  {"request_date"},
                                  {"note"},
                                  {"ids"},
                                  {"people"},
                                  {"unmatched"},
                                  {"ambiguous"}});
  return table;
}

const RecordTable& TransferTable() {
  static const RecordTable table(v1::Transfer::descriptor(), "transfer", true,
                                 {{"share", true},
                                  {"product", true},
                                  {"send_time"},
                                  {"elements"},
                                  {"file_sha256"},
                                  {"via"},
                                  {"id_kind"},
                                  {"subject"},
                                  {"reference"},
                                  {"note"},
                                  {"send_date"},
                                  {"ids"},
                                  {"people"},
                                  {"unmatched"},
                                  {"repeated"},
                                  {"ambiguous"},
                                  {"undeclared"},
                                  {"findings"}});
  return table;
}

const RecordTable& RoleTable() {
  static const RecordTable table(v1::Role::descriptor(), "role", false,
                                 {{"display_name"}, {"permissions"}, {"note"}, {"built_in"}});
  return table;
}

const RecordTable& GrantTable() {
  static const RecordTable table(v1::Grant::descriptor(), "access_grant", false,
                                 {{"principal"}, {"role", true}, {"expire_time"}, {"note"}});
  return table;
}

const RecordTable& TokenTable() {
  static const RecordTable table(
      v1::Token::descriptor(), "token", false,
      {{"principal"}, {"display_name"}, {"expire_time"}, {"revoke_time"}, {"ending"}});
  return table;
}

const RecordTable& SeparationRuleTable() {
  static const RecordTable table(
      v1::SeparationRule::descriptor(), "separation_rule", false,
      {{"display_name"}, {"first_duty"}, {"second_duty"}, {"active"}, {"required"}, {"note"}});
  return table;
}

absl::StatusOr<std::string> GetSetting(ReadTx& tx, std::string_view key) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT value FROM setting WHERE key = $1"));
  ScopedReset reset(statement);
  statement->BindText(1, key);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  return found ? std::string(statement->Text(0)) : std::string();
}

absl::Status SetSetting(WriteTx& tx, std::string_view key, std::string_view value) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO setting (key, value) VALUES ($1, $2) "
                                 "ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
  statement->BindText(1, key);
  statement->BindText(2, value);
  return statement->Run();
}

absl::StatusOr<StoredAnswer> GetAnswer(ReadTx& tx, std::string_view principal,
                                       std::string_view method, std::string_view request_id) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT sealed FROM request "
                                 "WHERE principal = $1 AND method = $2 AND request_id = $3"));
  ScopedReset reset(statement);
  statement->BindText(1, principal);
  statement->BindText(2, method);
  statement->BindText(3, request_id);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  if (!found) return absl::NotFoundError("no answer");
  if (tx.vault() == nullptr) return KeysNotLoaded();
  const std::string context = AnswerContext(principal, method, request_id);
  const absl::StatusOr<std::string> packed = tx.vault()->Open(context, statement->Blob(0));
  if (absl::IsDataLoss(packed.status())) return SealedValueUnreadable("request");
  RC_RETURN_IF_ERROR(packed.status());
  StoredAnswer answer;
  if (!UnpackAnswer(*packed, &answer)) return SealedValueUnreadable("request");
  return answer;
}

absl::Status PutAnswer(WriteTx& tx, std::string_view request_id, const StoredAnswer& answer) {
  if (tx.vault() == nullptr) return KeysNotLoaded();
  std::string packed;
  PackAnswer(answer, &packed);
  RC_ASSIGN_OR_RETURN(
      const std::string sealed,
      tx.vault()->Seal(AnswerContext(tx.options().principal, tx.options().method, request_id),
                       packed));
  RC_ASSIGN_OR_RETURN(
      Statement * statement,
      tx.Prepare("INSERT INTO request (request_id, principal, method, sealed, create_time) "
                 "VALUES ($1, $2, $3, $4, $5)"));
  statement->BindText(1, request_id);
  statement->BindText(2, tx.options().principal);
  statement->BindText(3, tx.options().method);
  statement->BindBlob(4, sealed);
  statement->BindInt(5, absl::ToUnixMicros(tx.time()));
  return statement->Run();
}

absl::StatusOr<std::string> ContractSuccessor(ReadTx& tx, std::string_view contract) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT name FROM contract WHERE supersedes = $1 AND "
                                 "revision_to IS NULL ORDER BY signed_date IS NULL, "
                                 "COALESCE(effective_date, signed_date), revision_from DESC, "
                                 "name LIMIT 1"));
  ScopedReset reset(statement);
  statement->BindText(1, contract);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  return found ? std::string(statement->Text(0)) : std::string();
}

absl::StatusOr<std::vector<std::string>> ProcessorsOf(ReadTx& tx, std::string_view vendor) {
  return Texts(tx,
               "SELECT DISTINCT processor FROM subprocessor "
               "WHERE parent = $1 AND revision_to IS NULL ORDER BY processor",
               vendor);
}

absl::StatusOr<std::vector<std::string>> SuppliersOf(ReadTx& tx, std::string_view vendor) {
  return Texts(tx,
               "SELECT DISTINCT parent FROM subprocessor "
               "WHERE processor = $1 AND revision_to IS NULL ORDER BY parent",
               vendor);
}

}  // namespace rollcall
