// The register as the exposure engine needs it, in memory: catalogue, vendors, shares, edges,
// dispositions and contracts of one revision, parsed once.

#ifndef ROLLCALL_SERVER_CASEWORK_REGISTER_FACTS_H_
#define ROLLCALL_SERVER_CASEWORK_REGISTER_FACTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/exposure/question.h"
#include "storage/store.h"

namespace rollcall::casework {

// The data elements of the catalogue by number: their place in ascending order of name.
struct Catalogue {
  std::vector<exposure::ElementInfo> elements;
  std::vector<std::string> names;                           // `dataElements/{id}`.
  std::vector<std::string> ids;                             // The last part of the name.
  std::vector<std::string> labels;                          // Plain English.
  std::vector<bool> sensitive;                              // Sensitivity SENSITIVE or above.
  absl::flat_hash_map<std::string, std::uint16_t> numbers;  // By name.

  // kFailedPrecondition if the catalogue has no such element.
  absl::StatusOr<std::uint16_t> NumberOf(const std::string& name) const;
};

// Records by name, ascending. They are shared between revisions that agree on them.
template <typename M>
using Records = std::map<std::string, std::shared_ptr<const M>, std::less<>>;

// Immutable once published.
struct RegisterFacts {
  std::int64_t revision = 0;
  std::shared_ptr<const Catalogue> catalogue;
  Records<v1::DataElement> elements;
  Records<v1::Vendor> vendors;
  Records<v1::Contract> contracts;
  Records<v1::Share> shares;
  Records<v1::Subprocessor> subprocessors;
  Records<v1::Disposition> dispositions;
  // Vendors to whom some vendor passes data on.
  std::set<std::string, std::less<>> processors;
  // The revision of the newest transfer that a vendor received or carried; 0 if there is none.
  std::map<std::string, std::int64_t, std::less<>> newest_transfer;
};

// Calls visit(record) for every record whose name begins with `parent` and a slash, ascending.
template <typename M, typename Visit>
void ForEachChild(const Records<M>& records, std::string_view parent, Visit&& visit) {
  const std::string prefix = std::string(parent) + "/";
  for (auto at = records.lower_bound(prefix);
       at != records.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at) {
    visit(*at->second);
  }
}

// Keeps the newest facts and brings them up to a later revision by what has changed. An earlier
// revision is read anew. Thread-safe; callers that need reading wait for one another.
class RegisterFactsCache {
 public:
  // The register as it was at `revision`, at most the transaction's own.
  absl::StatusOr<std::shared_ptr<const RegisterFacts>> Get(ReadTx& tx, std::int64_t revision);

 private:
  std::mutex mutex_;
  std::shared_ptr<const RegisterFacts> newest_;   // Guarded by mutex_.
  std::shared_ptr<const RegisterFacts> earlier_;  // Guarded by mutex_; the last one asked for.
};

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_REGISTER_FACTS_H_
