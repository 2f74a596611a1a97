// Rules of shares.

#include <set>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "server/registry/collections.h"
#include "server/registry/contract_state.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

constexpr int kMaxElements = 500;

// A guardian's field is part of the record of the student.
v1::SubjectKind HolderOf(v1::SubjectKind subject) {
  return subject == v1::SUBJECT_KIND_GUARDIAN ? v1::SUBJECT_KIND_STUDENT : subject;
}

absl::Status CheckElements(ReadTx& tx, const v1::Share& share) {
  if (share.elements_size() > kMaxElements) {
    return InvalidField("share.elements", "has more than 500 entries");
  }
  std::set<std::string> seen;
  for (int i = 0; i < share.elements_size(); ++i) {
    const v1::SharedElement& element = share.elements(i);
    const std::string field = absl::StrCat("share.elements[", i, "].data_element");
    if (!seen.insert(element.data_element()).second) {
      return InvalidField(field, absl::StrCat(element.data_element(), " stands in the list twice"));
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, DataElementTable(), element.data_element(), field));
    v1::DataElement row;
    RC_RETURN_IF_ERROR(DataElementTable().Get(tx, element.data_element(), kNewest, &row));
    if (HolderOf(row.subject()) != share.population().subject()) {
      return InvalidField(field, absl::StrCat(element.data_element(),
                                              " is not a field of the records of this "
                                              "population; make a share of its own for it"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPopulation(ReadTx& tx, const v1::Population& population) {
  if (population.subject() != v1::SUBJECT_KIND_STUDENT &&
      population.subject() != v1::SUBJECT_KIND_STAFF) {
    return InvalidField("share.population.subject",
                        "must be students or staff; fields of guardians are shared with students");
  }
  for (int i = 0; i < population.school_years_size(); ++i) {
    if (population.school_years(i) < 1901 || population.school_years(i) > 2200) {
      return InvalidField(absl::StrCat("share.population.school_years[", i, "]"),
                          "must be the year in which the school year ends, such as 2018");
    }
  }
  if (population.has_from_date() && population.has_to_date() &&
      ToCivilDay(population.to_date()) < ToCivilDay(population.from_date())) {
    return InvalidField("share.population.to_date", "is before from_date");
  }
  for (int i = 0; i < population.schools_size(); ++i) {
    RC_ASSIGN_OR_RETURN(const bool known, SchoolExists(tx, population.schools(i)));
    if (!known) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                       absl::StrCat("share.population.schools[", i, "]: ", population.schools(i),
                                    " is not in the roster; import the roster first, or correct "
                                    "the name"),
                       {{"resource", population.schools(i)}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckContractOf(ReadTx& tx, const v1::Share& share) {
  if (share.contract().empty()) return absl::OkStatus();
  if (ParentName(share.contract()) != ParentName(share.name())) {
    return InvalidField("share.contract", "is not a contract of this vendor");
  }
  RC_RETURN_IF_ERROR(RequireRecord(tx, ContractTable(), share.contract(), "share.contract"));
  v1::Contract contract;
  RC_RETURN_IF_ERROR(ContractTable().Get(tx, share.contract(), kNewest, &contract));
  const auto last = LastDay(contract);
  if (last && ToCivilDay(share.start_date()) > *last) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "CONTRACT_ENDED",
        absl::StrCat("share.start_date: ", share.contract(), " ended on ", DateText(ToDate(*last)),
                     ", before the share begins; record a new contract, or leave "
                     "the contract empty for a disclosure outside any"),
        {{"resource", share.contract()}});
  }
  return absl::OkStatus();
}

absl::Status CheckShare(ReadTx& tx, const Message*, Message* record) {
  const auto& share = dynamic_cast<const v1::Share&>(*record);
  if (share.has_end_date() && ToCivilDay(share.end_date()) < ToCivilDay(share.start_date())) {
    return InvalidField("share.end_date", "is before start_date");
  }
  if (!share.product().empty()) {
    if (ParentName(share.product()) != ParentName(share.name())) {
      return InvalidField("share.product", "is not a product of this vendor");
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, ProductTable(), share.product(), "share.product"));
  }
  RC_RETURN_IF_ERROR(CheckPopulation(tx, share.population()));
  RC_RETURN_IF_ERROR(CheckElements(tx, share));
  return CheckContractOf(tx, share);
}

absl::Status DecorateShare(ReadTx&, absl::CivilDay, Message* record) {
  auto& share = dynamic_cast<v1::Share&>(*record);
  share.set_outside_contract(share.contract().empty());
  return absl::OkStatus();
}

bool MatchesShare(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListSharesRequest&>(request);
  const auto& share = dynamic_cast<const v1::Share&>(record);
  if (list.outside_contract_only() && !share.contract().empty()) return false;
  if (list.data_element().empty()) return true;
  for (const v1::SharedElement& element : share.elements()) {
    if (element.data_element() == list.data_element()) return true;
  }
  return false;
}

}  // namespace

const Collection& Shares() {
  static const Collection collection = {
      .table = &ShareTable(),
      .pattern = "vendors/{vendor}/shares/{share}",
      .parent_table = &VendorTable(),
      .check = CheckShare,
      .decorate = DecorateShare,
      .matches = MatchesShare,
      .hindrances = {
          {&TransferTable(), "share", "a transfer names it; give the share an end date instead"},
          {&DispositionTable(), "shares", "a disposition names it"},
          {&StatementTable(), "shares", "a statement names it"}}};
  return collection;
}

}  // namespace rollcall::registry
