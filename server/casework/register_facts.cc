#include "server/casework/register_facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/people_set_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

// Brings records from one revision to a later one. From 0 everything is read in one pass.
template <typename M>
absl::Status Refresh(ReadTx& tx, const RecordTable& table, std::int64_t since,
                     std::int64_t revision, Records<M>* records, bool* changed = nullptr) {
  if (since == 0) {
    if (changed != nullptr) *changed = true;
    M scratch;
    return table.List(tx, "", "", revision, &scratch,
                      [&](const Message& record) -> absl::StatusOr<bool> {
                        auto copy = std::make_shared<M>();
                        copy->CopyFrom(record);
                        (*records)[copy->name()] = std::move(copy);
                        return true;
                      });
  }
  RC_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                      table.ChangedNames(tx, since, revision));
  if (changed != nullptr) *changed = !names.empty();
  for (const std::string& name : names) {
    auto record = std::make_shared<M>();
    const absl::Status found = table.Get(tx, name, revision, record.get());
    if (absl::IsNotFound(found)) {
      records->erase(name);
      continue;
    }
    RC_RETURN_IF_ERROR(found);
    (*records)[name] = std::move(record);
  }
  return absl::OkStatus();
}

std::shared_ptr<const Catalogue> MakeCatalogue(const Records<v1::DataElement>& elements) {
  auto catalogue = std::make_shared<Catalogue>();
  for (const auto& [name, element] : elements) {
    exposure::ElementInfo info;
    info.subject = static_cast<exposure::SubjectKind>(element->subject());
    info.roster_field = static_cast<std::uint8_t>(element->roster_field());
    catalogue->numbers[name] = static_cast<std::uint16_t>(catalogue->elements.size());
    catalogue->elements.push_back(info);
    catalogue->names.push_back(name);
    catalogue->ids.push_back(name.substr(name.find('/') + 1));
    catalogue->sensitive.push_back(element->sensitivity() >= v1::SENSITIVITY_SENSITIVE);
    std::string label = name;
    for (const v1::LocalizedText& text : element->labels()) {
      if (text.language_code() == "en") label = text.text();
    }
    catalogue->labels.push_back(std::move(label));
  }
  return catalogue;
}

// Brings all facts from their revision (0: nothing yet) to a later one.
absl::Status Advance(ReadTx& tx, std::int64_t revision, RegisterFacts* facts) {
  const std::int64_t since = facts->revision;
  bool catalogue_changed = false;
  RC_RETURN_IF_ERROR(
      Refresh(tx, DataElementTable(), since, revision, &facts->elements, &catalogue_changed));
  if (catalogue_changed) facts->catalogue = MakeCatalogue(facts->elements);
  RC_RETURN_IF_ERROR(Refresh(tx, VendorTable(), since, revision, &facts->vendors));
  RC_RETURN_IF_ERROR(Refresh(tx, ContractTable(), since, revision, &facts->contracts));
  RC_RETURN_IF_ERROR(Refresh(tx, ShareTable(), since, revision, &facts->shares));
  bool edges_changed = false;
  RC_RETURN_IF_ERROR(
      Refresh(tx, SubprocessorTable(), since, revision, &facts->subprocessors, &edges_changed));
  if (edges_changed) {
    facts->processors.clear();
    for (const auto& [name, edge] : facts->subprocessors)
      facts->processors.insert(edge->processor());
  }
  RC_RETURN_IF_ERROR(Refresh(tx, DispositionTable(), since, revision, &facts->dispositions));
  RC_RETURN_IF_ERROR(ForEachNewTransfer(
      tx, since, revision, [&](std::string_view vendor, std::int64_t recorded) -> absl::Status {
        std::int64_t& newest = facts->newest_transfer[std::string(vendor)];
        newest = std::max(newest, recorded);
        return absl::OkStatus();
      }));
  facts->revision = revision;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::uint16_t> Catalogue::NumberOf(const std::string& name) const {
  const auto found = numbers.find(name);
  if (found != numbers.end()) return found->second;
  return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                   absl::StrCat(name, " is not in the catalogue at that revision"));
}

absl::StatusOr<std::shared_ptr<const RegisterFacts>> RegisterFactsCache::Get(
    ReadTx& tx, std::int64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& kept : {newest_, earlier_}) {
    if (kept != nullptr && kept->revision == revision) return kept;
  }
  const bool advance = newest_ == nullptr || newest_->revision < revision;
  auto facts = advance && newest_ != nullptr ? std::make_shared<RegisterFacts>(*newest_)
                                             : std::make_shared<RegisterFacts>();
  RC_RETURN_IF_ERROR(Advance(tx, revision, facts.get()));
  (advance ? newest_ : earlier_) = facts;
  return facts;
}

}  // namespace rollcall::casework
