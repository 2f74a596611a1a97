#include "server/casework/exposure_comparison.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/casework/cases.h"
#include "server/casework/exposure_proof.h"
#include "server/registry/page_token.h"
#include "server/roster/person_number.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

constexpr std::uint32_t kNobody = UINT32_MAX;

// What two sets of elements do not have in common, by name.
struct SetDifference {
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

std::vector<std::string> NamesOf(const ResolvedExposure& resolved, std::uint32_t set) {
  std::vector<std::string> names;
  if (set == kNobody) return names;
  // Numbers of elements ascend as their names do.
  for (const exposure::Cell& cell : resolved.exposure().sets[set].cells) {
    names.push_back(resolved.catalogue().names[cell.element]);
  }
  return names;
}

// Where the next page begins: behind a person, both revisions and the day of the first page.
struct ComparisonPlace {
  std::uint64_t after = 0;
  std::int64_t base_revision = 0;
  std::int64_t other_revision = 0;
  absl::CivilDay today;
};

std::string Text(const ComparisonPlace& place) {
  return absl::StrCat(place.after, " ", place.base_revision, " ", place.other_revision, " ",
                      ToDayNumber(place.today));
}

std::optional<ComparisonPlace> ParseComparisonPlace(std::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(text), ' ');
  ComparisonPlace place;
  std::int32_t day = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &place.after) ||
      !absl::SimpleAtoi(parts[1], &place.base_revision) ||
      !absl::SimpleAtoi(parts[2], &place.other_revision) || !absl::SimpleAtoi(parts[3], &day)) {
    return std::nullopt;
  }
  place.today = FromDayNumber(day);
  return place;
}

class Comparison {
 public:
  Comparison(const ResolvedExposure& base, const ResolvedExposure& other)
      : base_(base), other_(other) {}

  // Counts everybody, and adds the first people behind `after` to the page.
  void Run(std::uint64_t after, int page_size, v1::CompareExposuresResponse* response) {
    const exposure::PeopleById& a = base_.computed->people_by_id();
    const exposure::PeopleById& b = other_.computed->people_by_id();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.ids.size() || j < b.ids.size()) {
      const bool from_a = i < a.ids.size() && (j == b.ids.size() || a.ids[i] <= b.ids[j]);
      const bool from_b = j < b.ids.size() && (i == a.ids.size() || b.ids[j] <= a.ids[i]);
      const std::uint64_t id = from_a ? a.ids[i] : b.ids[j];
      const std::uint32_t set_a = from_a ? a.set_of[i++] : kNobody;
      const std::uint32_t set_b = from_b ? b.set_of[j++] : kNobody;
      Pair& pair = Of(set_a, set_b);
      ++pair.people;
      if (pair.difference.added.empty() && pair.difference.removed.empty()) {
        response->set_people_same(response->people_same() + 1);
        continue;
      }
      if (!from_a) {
        response->set_people_added(response->people_added() + 1);
      } else if (!from_b) {
        response->set_people_removed(response->people_removed() + 1);
      } else {
        response->set_people_changed(response->people_changed() + 1);
      }
      if (id <= after) continue;
      if (response->people_size() == page_size) {
        more_ = true;
        continue;
      }
      v1::PersonDifference* row = response->add_people();
      row->set_person(absl::StrCat("people/", id));
      for (const std::string& name : pair.difference.added) row->add_added(name);
      for (const std::string& name : pair.difference.removed) row->add_removed(name);
      last_ = id;
    }
    CountElements(response);
  }

  bool more() const { return more_; }
  std::uint64_t last() const { return last_; }

 private:
  struct Pair {
    SetDifference difference;
    std::int64_t people = 0;
  };

  Pair& Of(std::uint32_t set_a, std::uint32_t set_b) {
    const auto [found, added] = pairs_.try_emplace({set_a, set_b});
    if (added) {
      const std::vector<std::string> a = NamesOf(base_, set_a);
      const std::vector<std::string> b = NamesOf(other_, set_b);
      SetDifference& difference = found->second.difference;
      std::set_difference(b.begin(), b.end(), a.begin(), a.end(),
                          std::back_inserter(difference.added));
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                          std::back_inserter(difference.removed));
    }
    return found->second;
  }

  void CountElements(v1::CompareExposuresResponse* response) const {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> elements;
    for (const auto& [sets, pair] : pairs_) {
      for (const std::string& name : pair.difference.added) elements[name].first += pair.people;
      for (const std::string& name : pair.difference.removed) elements[name].second += pair.people;
    }
    for (const auto& [name, counts] : elements) {
      v1::ElementDifference* row = response->add_elements();
      row->set_data_element(name);
      row->set_added(counts.first);
      row->set_removed(counts.second);
    }
  }

  const ResolvedExposure& base_;
  const ResolvedExposure& other_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Pair> pairs_;
  bool more_ = false;
  std::uint64_t last_ = 0;
};

v1::ExposureProof ProofMessage(const exposure::ExposureProof& proof) {
  v1::ExposureProof message;
  message.set_digest(exposure::ToHex(proof.digest));
  message.set_digest_format(exposure::kDigestFormat);
  message.set_people(static_cast<std::int64_t>(proof.people));
  message.set_cells(static_cast<std::int64_t>(proof.cells));
  message.set_person(static_cast<std::int64_t>(proof.person));
  for (const exposure::ProvenElement& element : proof.elements) {
    v1::ProvenElement* row = message.add_elements();
    row->set_id(element.name);
    row->set_certainty(static_cast<v1::Certainty>(element.certainty));
  }
  message.set_salt(proof.salt.data(), proof.salt.size());
  message.set_leaf_index(static_cast<std::int64_t>(proof.leaf_index));
  message.set_tree_size(static_cast<std::int64_t>(proof.tree_size));
  for (const exposure::Digest& hash : proof.path) message.add_path(hash.data(), hash.size());
  message.set_text(ProofText(message));
  return message;
}

absl::StatusOr<exposure::ExposureProof> ProveInCase(ReadTx& tx, const std::string& name,
                                                    std::string_view secret, std::uint64_t person) {
  RC_ASSIGN_OR_RETURN(const FrozenExposure frozen, ReadFrozenExposure(tx, name));
  const exposure::ExposureColumns columns = {frozen.people.ids, frozen.people.set_of, frozen.sets,
                                             frozen.element_names};
  RC_ASSIGN_OR_RETURN(const exposure::Digest content, exposure::ContentHashOf(columns));
  RC_ASSIGN_OR_RETURN(const exposure::SaltKey key, exposure::SaltKeyFrom(secret, content));
  auto proof = exposure::ProofOf(columns, key, person);
  if (proof.ok() && exposure::ToHex(proof->digest) != frozen.digest) {
    return MakeError(absl::StatusCode::kDataLoss, "CASE_INCOMPLETE",
                     absl::StrCat("the stored exposure of ", name, " does not have its digest"),
                     {{"resource", name}});
  }
  return proof;
}

}  // namespace

absl::Status CompareExposures(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                              const v1::CompareExposuresRequest& request,
                              v1::CompareExposuresResponse* response) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  ComparisonPlace place{0, request.base_revision(), request.other_revision(), today};
  if (!position.key.empty()) {
    const auto parsed = ParseComparisonPlace(position.key);
    if (!parsed) return InvalidField("page_token", "cannot be read; start again without a token");
    place = *parsed;
  }
  RC_ASSIGN_OR_RETURN(const auto base, exposures.Resolve(tx, {request.base(), nullptr,
                                                              place.base_revision, place.today}));
  RC_ASSIGN_OR_RETURN(const auto other, exposures.Resolve(tx, {request.other(), nullptr,
                                                               place.other_revision, place.today}));
  Comparison comparison(*base, *other);
  comparison.Run(place.after, registry::PageSize(request), response);
  if (comparison.more()) {
    response->set_next_page_token(registry::MakePageToken(
        request,
        {Text({comparison.last(), base->ground.revision, other->ground.revision, place.today}),
         0}));
  }
  *response->mutable_base() = base->basis();
  *response->mutable_other() = other->basis();
  return absl::OkStatus();
}

absl::Status ProveExposure(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                           const v1::ProveExposureRequest& request, v1::ExposureProof* response) {
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, roster::PersonNumber(request.person(), "person"));
  RC_ASSIGN_OR_RETURN(const std::string secret, ExposureSecret(tx));
  absl::StatusOr<exposure::ExposureProof> proof;
  if (absl::StartsWith(request.name(), "cases/")) {
    if (request.revision() != 0) {
      return InvalidField("revision", "a case is frozen and has no other revision");
    }
    proof = ProveInCase(tx, request.name(), secret, number);
  } else {
    RC_ASSIGN_OR_RETURN(const auto resolved, exposures.Resolve(tx, {request.name(), nullptr,
                                                                    request.revision(), today}));
    proof = resolved->computed->Proof(secret, number);
  }
  if (absl::IsNotFound(proof.status())) return NotFound(request.person());
  RC_RETURN_IF_ERROR(proof.status());
  *response = ProofMessage(*proof);
  return absl::OkStatus();
}

}  // namespace rollcall::casework
