#include "server/casework/portfolio.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/registry/page_token.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

// Counts vendors on both cores of a small machine; more would not leave room for other calls.
constexpr std::size_t kThreads = 2;

void Count(const exposure::World& world, const Catalogue& catalogue, const exposure::Limits& limits,
           PortfolioRow* row) {
  auto tally = exposure::TallyExposed(world, row->gathered->question, catalogue.sensitive, limits);
  if (tally.ok()) {
    row->tally = *tally;
  } else {
    row->problem = std::string(tally.status().message());
  }
}

std::int64_t Figure(const PortfolioRow& row, std::string_view order) {
  if (order == "cells") return static_cast<std::int64_t>(row.tally.cells);
  if (order == "sensitive") return static_cast<std::int64_t>(row.tally.cells_sensitive);
  if (order == "populated") return static_cast<std::int64_t>(row.tally.cells_populated);
  return static_cast<std::int64_t>(row.tally.people);
}

v1::VendorExposure RowMessage(const PortfolioView& view, const std::string& vendor,
                              const PortfolioRow& row) {
  v1::VendorExposure message;
  message.set_vendor(vendor);
  message.set_legal_name(row.legal_name);
  message.set_problem(row.problem);
  message.set_people(static_cast<std::int64_t>(row.tally.people));
  message.set_current_students(static_cast<std::int64_t>(row.tally.current_students));
  message.set_cells(static_cast<std::int64_t>(row.tally.cells));
  message.set_cells_sensitive(static_cast<std::int64_t>(row.tally.cells_sensitive));
  message.set_cells_populated(static_cast<std::int64_t>(row.tally.cells_populated));
  message.set_unmatched(row.unmatched);
  if (row.gathered != nullptr) {
    message.set_shares(static_cast<std::int32_t>(row.gathered->share_names.size()));
  }
  const std::uint32_t enrollment = view.ground.roster->world->current_students();
  if (enrollment > 0) {
    message.set_share_of_enrollment(static_cast<double>(row.tally.current_students) / enrollment);
  }
  return message;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PortfolioView>> Portfolio::Get(ReadTx& tx,
                                                                    std::int64_t revision,
                                                                    absl::CivilDay today) {
  RC_ASSIGN_OR_RETURN(ExposureGround ground, exposures_->Ground(tx, revision));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (newest_ != nullptr && newest_->ground.revision == ground.revision &&
      newest_->today == today) {
    return newest_;
  }
  const bool later = newest_ == nullptr || newest_->ground.revision <= ground.revision;
  RC_ASSIGN_OR_RETURN(auto view,
                      Make(tx, std::move(ground), today, later ? newest_.get() : nullptr));
  if (later) newest_ = view;
  return view;
}

std::int64_t Portfolio::rows_computed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_computed_;
}

absl::StatusOr<std::shared_ptr<const PortfolioView>> Portfolio::Make(ReadTx& tx,
                                                                     ExposureGround ground,
                                                                     absl::CivilDay today,
                                                                     const PortfolioView* before) {
  auto view = std::make_shared<PortfolioView>();
  view->ground = std::move(ground);
  view->today = today;
  const RegisterFacts& facts = *view->ground.facts;
  const bool same_ground = before != nullptr && before->ground.roster == view->ground.roster &&
                           before->ground.facts->catalogue == facts.catalogue &&
                           before->today == today;
  std::vector<std::shared_ptr<PortfolioRow>> to_count;
  for (const auto& [name, vendor] : facts.vendors) {
    auto row = std::make_shared<PortfolioRow>();
    row->legal_name = vendor->legal_name();
    v1::Incident incident;
    incident.set_vendor(name);
    *incident.mutable_window_start_date() = ToDate(today);
    *incident.mutable_window_end_date() = incident.window_start_date();
    auto gathered = GatherQuestion(tx, view->ground, incident, {}, nullptr);
    if (!gathered.ok()) {
      // A call that is over must not be taken for a vendor with a problem.
      if (absl::IsDeadlineExceeded(gathered.status()) || absl::IsCancelled(gathered.status())) {
        return gathered.status();
      }
      row->problem = std::string(gathered.status().message());
      view->rows[name] = std::move(row);
      continue;
    }
    if (same_ground) {
      const auto found = before->rows.find(name);
      if (found != before->rows.end() && found->second->gathered != nullptr &&
          found->second->problem.empty() &&
          found->second->gathered->ingredients == gathered->ingredients &&
          found->second->legal_name == row->legal_name) {
        view->rows[name] = found->second;
        continue;
      }
    }
    for (const v1::TransferGroup& group : gathered->basis.transfer_groups()) {
      row->unmatched += group.unmatched();
    }
    row->gathered = std::make_shared<const GatheredQuestion>(*std::move(gathered));
    to_count.push_back(row);
    view->rows[name] = std::move(row);
  }

  std::atomic<std::size_t> next = 0;
  const auto count = [&] {
    for (std::size_t i = next++; i < to_count.size(); i = next++) {
      Count(*view->ground.roster->world, *facts.catalogue, exposures_->limits(), to_count[i].get());
    }
  };
  std::vector<std::thread> threads;
  if (to_count.size() > 1) {
    for (std::size_t i = 1; i < kThreads; ++i) threads.emplace_back(count);
  }
  count();
  for (std::thread& thread : threads) thread.join();
  rows_computed_ += std::ssize(to_count);
  return std::shared_ptr<const PortfolioView>(std::move(view));
}

absl::Status ListVendorExposures(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                                 const v1::ListVendorExposuresRequest& request,
                                 v1::ListVendorExposuresResponse* response) {
  const std::string& order = request.order_by();
  if (!order.empty() && order != "people" && order != "cells" && order != "sensitive" &&
      order != "populated" && order != "vendor") {
    return InvalidField("order_by",
                        "must be people, cells, sensitive, populated or vendor, or empty");
  }
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  std::size_t begin = 0;
  if (!position.key.empty()) {
    // The key is a place in the sorted list and the day of the first page.
    const std::optional<ListPlace> place = ParsePlace(position.key);
    if (!place) return InvalidField("page_token", "cannot be read; start again without a token");
    begin = place->after;
    today = place->today;
  }
  RC_ASSIGN_OR_RETURN(const auto view, portfolio.Get(tx, position.revision, today));
  using Entry = std::pair<const std::string, std::shared_ptr<const PortfolioRow>>;
  std::vector<const Entry*> entries;
  for (const Entry& entry : view->rows) {
    if (request.exposed_only() && entry.second->tally.people == 0 &&
        entry.second->problem.empty()) {
      continue;
    }
    entries.push_back(&entry);
  }
  if (order != "vendor") {
    std::stable_sort(entries.begin(), entries.end(), [&](const Entry* a, const Entry* b) {
      return Figure(*a->second, order) > Figure(*b->second, order);
    });
  }
  response->set_total_size(std::ssize(entries));
  response->set_revision(view->ground.revision);
  const std::size_t end =
      std::min(entries.size(), begin + static_cast<std::size_t>(registry::PageSize(request)));
  for (std::size_t i = begin; i < end; ++i) {
    *response->add_vendors() = RowMessage(*view, entries[i]->first, *entries[i]->second);
  }
  if (end < entries.size()) {
    response->set_next_page_token(registry::MakePageToken(
        request, {PlaceText({static_cast<std::uint64_t>(end), today}), view->ground.revision}));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::casework
