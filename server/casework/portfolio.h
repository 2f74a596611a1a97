// The blast radius of every vendor: what would be exposed if it were compromised today.

#ifndef ROLLCALL_SERVER_CASEWORK_PORTFOLIO_H_
#define ROLLCALL_SERVER_CASEWORK_PORTFOLIO_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "server/casework/exposure_question.h"
#include "server/casework/exposures.h"
#include "server/exposure/engine.h"
#include "server/exposure/tally.h"
#include "storage/store.h"

namespace rollcall::casework {

// One vendor at one revision.
struct PortfolioRow {
  std::string legal_name;
  std::shared_ptr<const GatheredQuestion> gathered;  // Null if there is a problem.
  exposure::Tally tally;
  std::int64_t unmatched = 0;  // Ids in its transfers that match nobody.
  std::string problem;         // Why it could not be computed; empty if it could.
};

// All vendors at one revision and day, by name. Immutable.
struct PortfolioView {
  ExposureGround ground;
  absl::CivilDay today;
  std::map<std::string, std::shared_ptr<const PortfolioRow>> rows;
};

// Keeps the newest view, and what of it can be used again: a row is computed anew only if the
// roster, the catalogue, the day, or something that the vendor's exposure rests on has changed.
// Thread-safe; callers wait while a view is made.
class Portfolio {
 public:
  explicit Portfolio(Exposures* exposures) : exposures_(exposures) {}

  // The view at a revision (0: the transaction's own) on a day. Only the newest one is kept; an
  // earlier one is computed in full. A vendor whose question cannot be asked has a row with its
  // problem: no vendor is left out.
  absl::StatusOr<std::shared_ptr<const PortfolioView>> Get(ReadTx& tx, std::int64_t revision,
                                                           absl::CivilDay today);

  // Rows computed since the start, for tests and benchmarks.
  std::int64_t rows_computed() const;

 private:
  absl::StatusOr<std::shared_ptr<const PortfolioView>> Make(ReadTx& tx, ExposureGround ground,
                                                            absl::CivilDay today,
                                                            const PortfolioView* before);

  Exposures* const exposures_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PortfolioView> newest_;  // Guarded by mutex_.
  std::int64_t rows_computed_ = 0;               // Guarded by mutex_.
};

// One page; see the API.
absl::Status ListVendorExposures(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                                 const v1::ListVendorExposuresRequest& request,
                                 v1::ListVendorExposuresResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_PORTFOLIO_H_
