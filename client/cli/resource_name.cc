#include "client/cli/resource_name.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace rollcall::cli {
namespace {

struct PatternRow {
  std::string_view key;
  std::string_view pattern;
  std::string_view second = {};
};

// Fields that name what an exposure is asked about.
constexpr std::array<std::string_view, 6> kExposureFields = {
    "GetExposureSummaryRequest.name",  "StreamExposureRequest.name",
    "ListExposedPeopleRequest.parent", "CompareExposuresRequest.base",
    "CompareExposuresRequest.other",   "ProveExposureRequest.name"};

constexpr std::string_view kContractPattern = "vendors/*/contracts/*";
constexpr std::string_view kProductPattern = "vendors/*/products/*";
constexpr std::string_view kStatementPattern = "incidents/*/statements/*";
constexpr std::string_view kTransferPattern = "vendors/*/transfers/*";
constexpr std::string_view kDispositionPattern = "vendors/*/dispositions/*";

// Resources, as they are called in the names of messages and methods.
constexpr std::array kResources = {
    PatternRow{"Vendor", "vendors/*"},
    PatternRow{"Product", kProductPattern},
    PatternRow{"Contact", "vendors/*/contacts/*"},
    PatternRow{"Contract", kContractPattern},
    PatternRow{"Clause", "vendors/*/contracts/*/clauses/*"},
    PatternRow{"Document", "documents/*"},
    PatternRow{"Share", "vendors/*/shares/*"},
    PatternRow{"Subprocessor", "vendors/*/subprocessors/*"},
    PatternRow{"Transfer", kTransferPattern},
    PatternRow{"Disposition", kDispositionPattern},
    PatternRow{"DataElement", "dataElements/*"},
    PatternRow{"ClauseKind", "clauseKinds/*"},
    PatternRow{"Regime", "regimes/*"},
    PatternRow{"RosterImport", "rosterImports/*"},
    PatternRow{"Person", "people/*"},
    PatternRow{"School", "schools/*"},
    PatternRow{"Incident", "incidents/*"},
    PatternRow{"Statement", kStatementPattern},
    PatternRow{"Case", "cases/*"},
    PatternRow{"Notice", "cases/*/notices/*"},
    PatternRow{"Role", "roles/*"},
    PatternRow{"Grant", "grants/*"},
    PatternRow{"Token", "tokens/*"},
    PatternRow{"SeparationRule", "separationRules/*"},
};

// Fields of requests whose resource does not follow from the name of the request.
constexpr std::array kRequestFields = {
    PatternRow{"OpenCaseRequest.incident", "incidents/*", kStatementPattern},
    PatternRow{"ListUnmatchedEntriesRequest.parent", kStatementPattern},
    PatternRow{"ListUnmatchedTransferIdsRequest.parent", kTransferPattern},
    PatternRow{"ListUnmatchedDispositionIdsRequest.parent", kDispositionPattern},
    PatternRow{"ListUpstreamVendorsRequest.parent", "vendors/*"},
    PatternRow{"NewTransfer.parent", "vendors/*"},
    PatternRow{"PlannedTransfer.parent", "vendors/*"},
    PatternRow{"GetPersonExposureRequest.name", "people/*"},
    PatternRow{"ErasePersonRequest.name", "people/*"},
    PatternRow{"GetDisclosureRecordRequest.name", "people/*"},
    PatternRow{"ListDisclosuresRequest.parent", "people/*"},
    PatternRow{"ListEnrollmentsRequest.parent", "people/*"},
    PatternRow{"ListProgramSpellsRequest.parent", "people/*"},
    PatternRow{"RecordNoticesSentRequest.name", "cases/*"},
    PatternRow{"ExportVendorFileRequest.name", "vendors/*"},
    PatternRow{"Grant.role", "roles/*"},
    PatternRow{"ListGrantsRequest.role", "roles/*"},
    PatternRow{"HeldRole.role", "roles/*"},
    PatternRow{"DutyCheck.source", "regimes/*", "vendors/*/contracts/*/clauses/*"},
};

// Fields that refer to a resource, by their own name wherever they stand.
constexpr std::array kReferences = {
    PatternRow{"vendor", "vendors/*"},
    PatternRow{"contract", kContractPattern},
    PatternRow{"supersedes", kContractPattern},
    PatternRow{"superseded_by", kContractPattern},
    PatternRow{"product", kProductPattern},
    PatternRow{"products", kProductPattern},
    PatternRow{"data_element", "dataElements/*"},
    PatternRow{"data_elements", "dataElements/*"},
    PatternRow{"clause_kind", "clauseKinds/*"},
    PatternRow{"document", "documents/*"},
    PatternRow{"school", "schools/*"},
    PatternRow{"schools", "schools/*"},
    PatternRow{"person", "people/*"},
    PatternRow{"people", "people/*"},
    PatternRow{"incident", "incidents/*"},
    PatternRow{"statement", kStatementPattern},
    PatternRow{"latest_statement", kStatementPattern},
    PatternRow{"share", "vendors/*/shares/*"},
    PatternRow{"shares", "vendors/*/shares/*"},
    PatternRow{"regime", "regimes/*"},
    PatternRow{"processor", "vendors/*"},
    PatternRow{"via", "vendors/*"},
    PatternRow{"chain", "vendors/*"},
    PatternRow{"dispositions", kDispositionPattern},
    PatternRow{"cases", "cases/*"},
};

template <typename Table>
std::vector<std::string> Find(const Table& table, std::string_view key) {
  std::vector<std::string> patterns;
  for (const PatternRow& row : table) {
    if (row.key != key) continue;
    patterns.emplace_back(row.pattern);
    if (!row.second.empty()) patterns.emplace_back(row.second);
  }
  return patterns;
}

std::vector<std::string> Split(std::string_view text) {
  return absl::StrSplit(std::string(text), '/');
}

std::string ParentPattern(std::string_view pattern) {
  std::vector<std::string> parts = Split(pattern);
  if (parts.size() < 4) return {};
  parts.resize(parts.size() - 2);
  return absl::StrJoin(parts, "/");
}

// "ListVendorsRequest" -> "Vendor"; empty if the name is of another form.
std::string ResourceOfRequest(std::string name) {
  constexpr std::string_view kSuffix = "Request";
  if (name.size() <= kSuffix.size() ||
      name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) != 0) {
    return {};
  }
  name.resize(name.size() - kSuffix.size());
  for (const std::string_view verb : {"Get", "List", "Create", "Update", "Delete", "Terminate",
                                      "Close", "Open", "Revoke", "Approve"}) {
    if (name.compare(0, verb.size(), verb) != 0) continue;
    std::string noun = name.substr(verb.size());
    if (verb != "List") return noun;
    if (noun == "People") return "Person";
    if (!noun.empty() && noun.back() == 's') noun.pop_back();
    return noun;
  }
  return {};
}

bool FollowsPattern(const std::vector<std::string>& parts,
                    const std::vector<std::string>& pattern) {
  if (parts.size() != pattern.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (pattern[i] == "*" ? parts[i].empty() : parts[i] != pattern[i]) return false;
  }
  return true;
}

// The ids of a full name that the pattern begins with; nullopt if `parts` is no such name.
std::optional<std::vector<std::string>> IdsOfLeadingPart(const std::vector<std::string>& parts,
                                                         const std::vector<std::string>& pattern) {
  if (parts.empty() || parts.size() % 2 != 0 || parts.size() > pattern.size()) return std::nullopt;
  std::vector<std::string> ids;
  for (size_t i = 0; i < parts.size(); i += 2) {
    if (parts[i] != pattern[i]) return std::nullopt;
    ids.push_back(parts[i + 1]);
  }
  return ids;
}

// True if a full name of something begins so: then the text is no ids.
bool BeginsLikeFullName(const std::vector<std::string>& parts) {
  return parts.size() > 1 &&
         std::any_of(kResources.begin(), kResources.end(), [&](const PatternRow& row) {
           return row.pattern.substr(0, row.pattern.find('/')) == parts.front();
         });
}

bool IsNumber(const std::string& id) {
  return !id.empty() && id.find_first_not_of("0123456789") == std::string::npos;
}

// The first `count` ids of a full name whose collections are those of the pattern so far; nullopt
// if the name does not go that far.
std::optional<std::vector<std::string>> LeadingIds(std::string_view name,
                                                   const std::vector<std::string>& pattern,
                                                   size_t count) {
  std::vector<std::string> parts = Split(name);
  if (parts.size() < 2 * count) return std::nullopt;
  parts.resize(2 * count);
  return count == 0 ? std::vector<std::string>() : IdsOfLeadingPart(parts, pattern);
}

std::string Fill(const std::vector<std::string>& pattern, const std::vector<std::string>& ids) {
  std::vector<std::string> parts = pattern;
  size_t next = 0;
  for (std::string& part : parts) {
    if (part == "*") part = ids[next++];
  }
  return absl::StrJoin(parts, "/");
}

}  // namespace

std::vector<std::string> NamePatterns(const google::protobuf::FieldDescriptor& field) {
  if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return {};
  const std::string& message = field.containing_type()->name();
  const std::string qualified = absl::StrCat(message, ".", field.name());
  if (std::find(kExposureFields.begin(), kExposureFields.end(), qualified) !=
      kExposureFields.end()) {
    std::vector<std::string> patterns = {"incidents/*", std::string(kStatementPattern), "vendors/*",
                                         std::string(kProductPattern)};
    if (message == "ProveExposureRequest") patterns.emplace_back("cases/*");
    return patterns;
  }
  if (auto found = Find(kRequestFields, qualified); !found.empty()) return found;
  if (field.name() == "name") {
    if (auto found = Find(kResources, message); !found.empty()) return found;
    return Find(kResources, ResourceOfRequest(message));
  }
  if (field.name() == "parent") {
    auto found = Find(kResources, ResourceOfRequest(message));
    if (found.empty()) return {};
    const std::string parent = ParentPattern(found.front());
    if (parent.empty()) return {};
    return {parent};
  }
  return Find(kReferences, field.name());
}

std::vector<std::string> NameIds(std::string_view name) {
  const std::vector<std::string> parts = Split(name);
  for (const PatternRow& row : kResources) {
    if (!FollowsPattern(parts, Split(row.pattern))) continue;
    std::vector<std::string> ids;
    for (size_t i = 1; i < parts.size(); i += 2) ids.push_back(parts[i]);
    return ids;
  }
  return parts;
}

absl::StatusOr<std::string> ExpandName(std::string_view text,
                                       const std::vector<std::string>& patterns,
                                       std::string_view context, bool fill_wildcards) {
  const std::vector<std::string> parts = text.empty() ? std::vector<std::string>() : Split(text);
  const bool blank =
      std::any_of(parts.begin(), parts.end(), [](const std::string& p) { return p.empty(); });
  // A full name is what it says, also where another pattern has as many ids as it has parts.
  for (const std::string& pattern : patterns) {
    if (FollowsPattern(parts, Split(pattern))) return std::string(text);
  }
  for (const std::string& pattern : patterns) {
    if (blank) break;
    const std::vector<std::string> pattern_parts = Split(pattern);
    const size_t wanted = pattern_parts.size() / 2;
    std::vector<std::string> ids = parts;
    if (const auto leading = IdsOfLeadingPart(parts, pattern_parts)) {
      ids = *leading;
    } else if (BeginsLikeFullName(parts)) {
      continue;
    } else if (!ids.empty() && ids.size() < wanted) {
      const auto before = LeadingIds(context, pattern_parts, wanted - ids.size());
      if (before) ids.insert(ids.begin(), before->begin(), before->end());
    }
    if (fill_wildcards && ids.size() < wanted) ids.resize(wanted, "-");
    if (ids.size() != wanted) continue;
    // Statements are numbered, so that other ids leave the short form to a later pattern.
    if (patterns.size() > 1 && pattern == kStatementPattern && !IsNumber(ids.back())) continue;
    return Fill(pattern_parts, ids);
  }
  std::vector<std::string> forms;
  for (const std::string& pattern : patterns) {
    forms.push_back(pattern);
    forms.push_back(ShortenName(pattern, pattern));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(text), "' does not name what is wanted here; write ",
                   absl::StrJoin(forms, " or "), " with an id for each *"));
}

std::string ShortenName(std::string_view name, std::string_view pattern, std::string_view context) {
  const std::vector<std::string> parts = Split(name);
  if (!FollowsPattern(parts, Split(pattern))) return std::string(name);
  std::vector<std::string> ids;
  for (size_t i = 1; i < parts.size(); i += 2) ids.push_back(parts[i]);
  // Only the last id may stand alone, and only where the context can put back all before it.
  const size_t before = ids.size() - 1;
  if (before > 0) {
    const auto known = LeadingIds(context, Split(pattern), before);
    if (known && std::equal(known->begin(), known->end(), ids.begin())) return ids.back();
  }
  return absl::StrJoin(ids, "/");
}

}  // namespace rollcall::cli
