// Rules of contracts, clauses and documents.

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "server/registry/collections.h"
#include "server/registry/contract_state.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

std::optional<absl::CivilDay> Day(bool set, const google::type::Date& date) {
  if (!set) return std::nullopt;
  return ToCivilDay(date);
}

absl::Status CheckOrder(std::optional<absl::CivilDay> early, const char* early_field,
                        std::optional<absl::CivilDay> late, const char* late_field) {
  if (!early || !late || *early <= *late) return absl::OkStatus();
  return InvalidField(absl::StrCat("contract.", late_field),
                      absl::StrCat("is before ", early_field, "; correct one of them"));
}

absl::Status CheckContractDates(const v1::Contract& contract) {
  const auto signed_day = Day(contract.has_signed_date(), contract.signed_date());
  const auto effective = Day(contract.has_effective_date(), contract.effective_date());
  const auto expiry = Day(contract.has_expiry_date(), contract.expiry_date());
  const auto termination = Day(contract.has_termination_date(), contract.termination_date());
  RC_RETURN_IF_ERROR(CheckOrder(effective, "effective_date", expiry, "expiry_date"));
  RC_RETURN_IF_ERROR(CheckOrder(effective, "effective_date", termination, "termination_date"));
  if (!effective) {
    RC_RETURN_IF_ERROR(CheckOrder(signed_day, "signed_date", expiry, "expiry_date"));
    RC_RETURN_IF_ERROR(CheckOrder(signed_day, "signed_date", termination, "termination_date"));
  }
  if (termination && !signed_day) {
    return InvalidField("contract.termination_date", "is set but the contract was never signed");
  }
  return absl::OkStatus();
}

absl::Status CheckContract(ReadTx& tx, const Message*, Message* record) {
  auto& contract = dynamic_cast<v1::Contract&>(*record);
  RC_RETURN_IF_ERROR(CheckContractDates(contract));
  const std::string vendor(ParentName(contract.name()));
  std::set<std::string> products;
  for (int i = 0; i < contract.products_size(); ++i) {
    const std::string field = absl::StrCat("contract.products[", i, "]");
    if (ParentName(contract.products(i)) != vendor) {
      return InvalidField(field, "is not a product of this vendor");
    }
    if (!products.insert(contract.products(i)).second) {
      return InvalidField(field, "stands in the list twice");
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, ProductTable(), contract.products(i), field));
  }
  if (!contract.document().empty()) {
    RC_RETURN_IF_ERROR(
        RequireRecord(tx, DocumentTable(), contract.document(), "contract.document"));
  }
  // A chain of amendments must end: walk it, and refuse to come back.
  std::string earlier = contract.supersedes();
  while (!earlier.empty()) {
    if (earlier == contract.name()) {
      return InvalidField("contract.supersedes", "leads back to the contract itself");
    }
    if (ParentName(earlier) != vendor) {
      return InvalidField("contract.supersedes", "is not a contract of this vendor");
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, ContractTable(), earlier, "contract.supersedes"));
    v1::Contract before;
    RC_RETURN_IF_ERROR(ContractTable().Get(tx, earlier, kNewest, &before));
    earlier = before.supersedes();
  }
  return absl::OkStatus();
}

absl::Status DecorateContract(ReadTx& tx, absl::CivilDay today, Message* record) {
  auto& contract = dynamic_cast<v1::Contract&>(*record);
  RC_ASSIGN_OR_RETURN(const std::string successor, ContractSuccessor(tx, contract.name()));
  contract.set_superseded_by(successor);
  v1::Contract next;
  bool replaced = false;
  if (!successor.empty()) {
    RC_RETURN_IF_ERROR(ContractTable().Get(tx, successor, kNewest, &next));
    const v1::ContractState state = StateOf(next, /*replaced=*/false, today);
    replaced = state != v1::CONTRACT_STATE_DRAFT && state != v1::CONTRACT_STATE_SIGNED;
  }
  contract.set_state(StateOf(contract, replaced, today));
  return absl::OkStatus();
}

bool MatchesContract(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListContractsRequest&>(request);
  const auto& contract = dynamic_cast<const v1::Contract&>(record);
  if (list.state() != v1::CONTRACT_STATE_UNSPECIFIED && list.state() != contract.state()) {
    return false;
  }
  if (!list.has_ending_by()) return true;
  const auto end = LastDay(contract);
  return end.has_value() && *end <= ToCivilDay(list.ending_by());
}

// The clauses of a contract that was recorded by mistake end with it.
absl::Status EndClauses(WriteTx& tx, std::string_view contract) {
  std::vector<std::string> names;
  v1::Clause scratch;
  RC_RETURN_IF_ERROR(ClauseTable().List(tx, contract, "", kNewest, &scratch,
                                        [&](const Message& clause) -> absl::StatusOr<bool> {
                                          names.push_back(StringField(clause, "name"));
                                          return true;
                                        }));
  for (const std::string& name : names) RC_RETURN_IF_ERROR(ClauseTable().Close(tx, name));
  return absl::OkStatus();
}

v1::ClauseValueType TypeOf(const v1::ClauseValue& value) {
  switch (value.value_case()) {
    case v1::ClauseValue::kNoticePeriod:
      return v1::CLAUSE_VALUE_TYPE_NOTICE_PERIOD;
    case v1::ClauseValue::kDays:
      return v1::CLAUSE_VALUE_TYPE_DAYS;
    case v1::ClauseValue::kCostAllocation:
      return v1::CLAUSE_VALUE_TYPE_COST_ALLOCATION;
    case v1::ClauseValue::kCountries:
      return v1::CLAUSE_VALUE_TYPE_COUNTRIES;
    case v1::ClauseValue::kFramework:
      return v1::CLAUSE_VALUE_TYPE_FRAMEWORK;
    case v1::ClauseValue::kAmount:
      return v1::CLAUSE_VALUE_TYPE_AMOUNT;
    case v1::ClauseValue::kText:
      return v1::CLAUSE_VALUE_TYPE_TEXT;
    default:
      return v1::CLAUSE_VALUE_TYPE_NONE;
  }
}

absl::Status CheckClauseValue(const v1::ClauseValue& value) {
  if (value.has_notice_period()) {
    const v1::NoticePeriod& period = value.notice_period();
    if (period.unit() == v1::PERIOD_UNIT_UNSPECIFIED ||
        period.start_event() == v1::START_EVENT_UNSPECIFIED) {
      return InvalidField("clause.value.notice_period",
                          "needs a unit and the event that starts the clock");
    }
    const bool no_number = period.unit() == v1::PERIOD_UNIT_WITHOUT_DELAY;
    if (no_number ? period.length() != 0 : period.length() < 1 || period.length() > 10'000) {
      return InvalidField(
          "clause.value.notice_period.length",
          no_number ? "must be 0 where the unit is without delay" : "must be 1 to 10000");
    }
  }
  if (value.value_case() == v1::ClauseValue::kDays && (value.days() < 0 || value.days() > 36'500)) {
    return InvalidField("clause.value.days", "must be 0 to 36500");
  }
  for (const std::string& country : value.countries().country_codes()) {
    if (country.size() != 2) {
      return InvalidField("clause.value.countries.country_codes",
                          "must be two-letter country codes such as US");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckClause(ReadTx& tx, const Message*, Message* record) {
  const auto& clause = dynamic_cast<const v1::Clause&>(*record);
  RC_RETURN_IF_ERROR(
      RequireRecord(tx, ClauseKindTable(), clause.clause_kind(), "clause.clause_kind"));
  v1::ClauseKind kind;
  RC_RETURN_IF_ERROR(ClauseKindTable().Get(tx, clause.clause_kind(), kNewest, &kind));
  const v1::ClauseValueType type = TypeOf(clause.value());
  if (type == v1::CLAUSE_VALUE_TYPE_NONE) return absl::OkStatus();
  if (clause.status() == v1::CLAUSE_STATUS_ABSENT) {
    return InvalidField("clause.value", "must be empty for a term that is absent");
  }
  if (type != kind.value_type()) {
    return InvalidField("clause.value",
                        absl::StrCat("has another type than ", clause.clause_kind(), " asks for (",
                                     v1::ClauseValueType_Name(kind.value_type()), ")"));
  }
  return CheckClauseValue(clause.value());
}

std::string CheckDocumentId(std::string_view id) {
  const bool digits = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return id.size() == 64 && digits
             ? ""
             : "must be the SHA-256 of the file as 64 lower-case hexadecimal digits";
}

absl::Status CheckDocument(ReadTx&, const Message*, Message* record) {
  if (dynamic_cast<const v1::Document&>(*record).size_bytes() < 0) {
    return InvalidField("document.size_bytes", "must not be negative");
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<absl::CivilDay> FirstDay(const v1::Contract& contract) {
  const auto effective = Day(contract.has_effective_date(), contract.effective_date());
  return effective ? effective : Day(contract.has_signed_date(), contract.signed_date());
}

std::optional<absl::CivilDay> LastDay(const v1::Contract& contract) {
  const auto expiry = Day(contract.has_expiry_date(), contract.expiry_date());
  const auto termination = Day(contract.has_termination_date(), contract.termination_date());
  if (expiry && termination) return std::min(*expiry, *termination);
  return expiry ? expiry : termination;
}

v1::ContractState StateOf(const v1::Contract& contract, bool replaced, absl::CivilDay today) {
  if (!contract.has_signed_date()) return v1::CONTRACT_STATE_DRAFT;
  if (contract.has_termination_date() && ToCivilDay(contract.termination_date()) < today) {
    return v1::CONTRACT_STATE_TERMINATED;
  }
  if (contract.has_expiry_date() && ToCivilDay(contract.expiry_date()) < today) {
    return v1::CONTRACT_STATE_EXPIRED;
  }
  if (replaced) return v1::CONTRACT_STATE_SUPERSEDED;
  return *FirstDay(contract) > today ? v1::CONTRACT_STATE_SIGNED : v1::CONTRACT_STATE_ACTIVE;
}

absl::Status TerminateContract(WriteTx& tx, absl::CivilDay today,
                               const v1::TerminateContractRequest& request,
                               v1::Contract* response) {
  RC_RETURN_IF_ERROR(CheckName(Contracts(), request.name(), "name"));
  RC_RETURN_IF_ERROR(ContractTable().Get(tx, request.name(), kNewest, response));
  if (!request.etag().empty() && request.etag() != response->etag()) {
    return MakeError(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                     absl::StrCat(request.name(), " was changed since it was read"));
  }
  RC_RETURN_IF_ERROR(DecorateContract(tx, today, response));
  if (response->state() == v1::CONTRACT_STATE_DRAFT || response->has_termination_date() ||
      response->state() == v1::CONTRACT_STATE_EXPIRED) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CONTRACT_STATE",
                     absl::StrCat(request.name(), " cannot be terminated: it is ",
                                  v1::ContractState_Name(response->state()),
                                  response->has_termination_date() ? " and has ended already" : ""),
                     {{"resource", request.name()}});
  }
  *response->mutable_termination_date() = request.termination_date();
  response->set_termination_reason(request.reason());
  if (ToCivilDay(request.termination_date()) < *FirstDay(*response)) {
    return InvalidField("termination_date", "is before the first day of the contract");
  }
  RC_RETURN_IF_ERROR(CheckContractDates(*response));
  RC_RETURN_IF_ERROR(ContractTable().Replace(tx, response));
  return DecorateContract(tx, today, response);
}

const Collection& Contracts() {
  static const Collection collection = {
      .table = &ContractTable(),
      .pattern = "vendors/{vendor}/contracts/{contract}",
      .parent_table = &VendorTable(),
      .check = CheckContract,
      .decorate = DecorateContract,
      .matches = MatchesContract,
      .hindrances = {{&ShareTable(), "contract", "a share rests on it"},
                     {&ContractTable(), "supersedes", "an amendment supersedes it"}},
      .before_delete = EndClauses};
  return collection;
}

const Collection& Clauses() {
  static const Collection collection = {
      .table = &ClauseTable(),
      .pattern = "vendors/{vendor}/contracts/{contract}/clauses/{clause}",
      .parent_table = &ContractTable(),
      .check = CheckClause};
  return collection;
}

const Collection& Documents() {
  static const Collection collection = {.table = &DocumentTable(),
                                        .pattern = "documents/{sha256}",
                                        .check_id = CheckDocumentId,
                                        .check = CheckDocument};
  return collection;
}

}  // namespace rollcall::registry
