#include "server/registry/vendor_file.h"

#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

// Puts the place in the file before an error, keeping its code and reason.
absl::Status At(const std::string& place, const absl::Status& status) {
  if (status.ok()) return status;
  std::vector<FieldViolation> violations = ErrorViolations(status);
  if (!violations.empty()) {
    for (FieldViolation& violation : violations) {
      violation.field = absl::StrCat("file.", place, ": ", violation.field);
    }
    return InvalidFields(std::move(violations));
  }
  absl::Status placed =
      MakeError(status.code(), ErrorReason(status),
                absl::StrCat("file.", place, ": ", std::string(status.message())));
  return placed;
}

class Applier {
 public:
  Applier(WriteTx& tx, std::string vendor, v1::ApplyVendorFileResponse* response)
      : tx_(tx), vendor_(std::move(vendor)), response_(response) {}

  absl::Status Put(const Collection& collection, const std::string& place, Message* record) {
    const std::string name = StringField(*record, "name");
    const bool of_vendor = name == vendor_ || absl::StartsWith(name, vendor_ + "/");
    if (!of_vendor && collection.table != &DocumentTable()) {
      return InvalidField(absl::StrCat("file.", place, ".name"),
                          absl::StrCat("must lie under ", vendor_));
    }
    if (!names_.insert(name).second) {
      return InvalidField(absl::StrCat("file.", place, ".name"), "stands in the file twice");
    }
    const absl::StatusOr<PutResult> result = PutRecord(tx_, collection, record);
    RC_RETURN_IF_ERROR(At(place, result.status()));
    if (*result == PutResult::kCreated) response_->add_created(name);
    if (*result == PutResult::kUpdated) response_->add_updated(name);
    if (*result == PutResult::kUnchanged) response_->set_unchanged(response_->unchanged() + 1);
    return absl::OkStatus();
  }

  template <typename List>
  absl::Status PutAll(const Collection& collection, const char* field, List* records) {
    for (int i = 0; i < records->size(); ++i) {
      RC_RETURN_IF_ERROR(Put(collection, absl::StrCat(field, "[", i, "]"), records->Mutable(i)));
    }
    return absl::OkStatus();
  }

 private:
  WriteTx& tx_;
  const std::string vendor_;
  v1::ApplyVendorFileResponse* response_;
  std::set<std::string> names_;
};

template <typename List>
absl::Status ReadAll(ReadTx& tx, absl::CivilDay today, const Collection& collection,
                     const std::string& parent, List* records) {
  const std::unique_ptr<Message> scratch(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(collection.table->type())
                                             ->New());
  RC_RETURN_IF_ERROR(collection.table->List(tx, parent, "", kNewest, scratch.get(),
                                            [&](const Message& record) -> absl::StatusOr<bool> {
                                              records->Add()->CopyFrom(record);
                                              return true;
                                            }));
  if (!collection.decorate) return absl::OkStatus();
  for (auto& record : *records) RC_RETURN_IF_ERROR(collection.decorate(tx, today, &record));
  return absl::OkStatus();
}

// Amendments after what they supersede, else in order of name.
void OrderContracts(google::protobuf::RepeatedPtrField<v1::Contract>* contracts) {
  google::protobuf::RepeatedPtrField<v1::Contract> ordered;
  std::set<std::string> placed;
  while (ordered.size() < contracts->size()) {
    for (const v1::Contract& contract : *contracts) {
      const bool ready = contract.supersedes().empty() || placed.count(contract.supersedes()) > 0;
      if (placed.count(contract.name()) == 0 && ready) {
        placed.insert(contract.name());
        *ordered.Add() = contract;
      }
    }
  }
  contracts->Swap(&ordered);
}

}  // namespace

absl::Status ApplyVendorFile(WriteTx& tx, v1::VendorFile file,
                             v1::ApplyVendorFileResponse* response) {
  RC_RETURN_IF_ERROR(CheckName(Vendors(), file.vendor().name(), "file.vendor.name"));
  Applier applier(tx, file.vendor().name(), response);
  RC_RETURN_IF_ERROR(applier.Put(Vendors(), "vendor", file.mutable_vendor()));
  RC_RETURN_IF_ERROR(applier.PutAll(Contacts(), "contacts", file.mutable_contacts()));
  RC_RETURN_IF_ERROR(applier.PutAll(Products(), "products", file.mutable_products()));
  RC_RETURN_IF_ERROR(applier.PutAll(Documents(), "documents", file.mutable_documents()));
  RC_RETURN_IF_ERROR(applier.PutAll(Contracts(), "contracts", file.mutable_contracts()));
  RC_RETURN_IF_ERROR(applier.PutAll(Clauses(), "clauses", file.mutable_clauses()));
  RC_RETURN_IF_ERROR(applier.PutAll(Shares(), "shares", file.mutable_shares()));
  RC_RETURN_IF_ERROR(
      applier.PutAll(Subprocessors(), "subprocessors", file.mutable_subprocessors()));
  response->set_revision(tx.changed() ? tx.NewRevision() : tx.revision());
  return absl::OkStatus();
}

absl::Status ExportVendorFile(ReadTx& tx, absl::CivilDay today, const std::string& vendor,
                              v1::VendorFile* response) {
  RC_RETURN_IF_ERROR(CheckName(Vendors(), vendor, "name"));
  RC_RETURN_IF_ERROR(VendorTable().Get(tx, vendor, kNewest, response->mutable_vendor()));
  RC_RETURN_IF_ERROR(ReadAll(tx, today, Contacts(), vendor, response->mutable_contacts()));
  RC_RETURN_IF_ERROR(ReadAll(tx, today, Products(), vendor, response->mutable_products()));
  RC_RETURN_IF_ERROR(ReadAll(tx, today, Contracts(), vendor, response->mutable_contracts()));
  OrderContracts(response->mutable_contracts());
  std::set<std::string> documents;
  for (const v1::Contract& contract : response->contracts()) {
    RC_RETURN_IF_ERROR(ReadAll(tx, today, Clauses(), contract.name(), response->mutable_clauses()));
    if (!contract.document().empty() && documents.insert(contract.document()).second) {
      RC_RETURN_IF_ERROR(
          DocumentTable().Get(tx, contract.document(), kNewest, response->add_documents()));
    }
  }
  RC_RETURN_IF_ERROR(ReadAll(tx, today, Shares(), vendor, response->mutable_shares()));
  return ReadAll(tx, today, Subprocessors(), vendor, response->mutable_subprocessors());
}

}  // namespace rollcall::registry
