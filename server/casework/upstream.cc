#include "server/casework/upstream.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/registry/collections.h"
#include "server/registry/page_token.h"
#include "storage/record_table.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

void Describe(const RegisterFacts& facts, const SupplyChain& chain,
              const exposure::UpstreamVendor& vendor, v1::UpstreamVendor* row) {
  const std::string& name = chain.vendor_names[vendor.vendor];
  row->set_vendor(name);
  row->set_depth(static_cast<std::int32_t>(vendor.depth()));
  for (const std::uint32_t number : vendor.chain) row->add_chain(chain.vendor_names[number]);
  std::vector<std::uint16_t> elements;
  exposure::Day last = exposure::kMinDay;
  for (const exposure::UpstreamElements& reached : vendor.reached) {
    elements.insert(elements.end(), reached.elements.begin(), reached.elements.end());
    last = std::max(last, reached.last_day);
  }
  std::sort(elements.begin(), elements.end());
  const bool all = elements.size() == facts.catalogue->elements.size();
  if (!all) {
    for (const std::uint16_t element : elements) {
      row->add_data_elements(facts.catalogue->names[element]);
    }
  }
  if (last != exposure::kMaxDay) *row->mutable_last_date() = ToDate(FromDayNumber(last));
  ForEachChild(facts.shares, name + "/shares", [&](const v1::Share& share) {
    const bool comes_down = std::any_of(
        share.elements().begin(), share.elements().end(), [&](const v1::SharedElement& shared) {
          const auto number = facts.catalogue->NumberOf(shared.data_element());
          return number.ok() && std::binary_search(elements.begin(), elements.end(), *number);
        });
    if (comes_down) row->add_shares(share.name());
  });
}

}  // namespace

absl::Status ListUpstreamVendors(ReadTx& tx, Exposures& exposures,
                                 const v1::ListUpstreamVendorsRequest& request,
                                 v1::ListUpstreamVendorsResponse* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(registry::Vendors(), request.parent(), "parent"));
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  RC_ASSIGN_OR_RETURN(const ExposureGround ground, exposures.Ground(tx, position.revision));
  const RegisterFacts& facts = *ground.facts;
  if (facts.vendors.find(request.parent()) == facts.vendors.end()) {
    return NotFound(request.parent());
  }
  const exposure::Day until =
      request.has_until_date() ? ToDayNumber(ToCivilDay(request.until_date())) : exposure::kMaxDay;
  RC_ASSIGN_OR_RETURN(const SupplyChain chain, FindSupplyChain(facts, request.parent(), until));
  std::size_t begin = 0;
  if (!position.key.empty() && !absl::SimpleAtoi(position.key, &begin)) {
    return InvalidField("page_token", "cannot be read; start again without a token");
  }
  const std::size_t end = std::min(chain.upstream.size(),
                                   begin + static_cast<std::size_t>(registry::PageSize(request)));
  for (std::size_t i = begin; i < end; ++i) {
    Describe(facts, chain, chain.upstream[i], response->add_vendors());
  }
  if (end < chain.upstream.size()) {
    response->set_next_page_token(
        registry::MakePageToken(request, {absl::StrCat(end), ground.revision}));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::casework
