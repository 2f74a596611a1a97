// The answer to `transfer check` as it comes, held to its own closing.
#ifndef ROLLCALL_CLIENT_CLI_TRANSFER_FINDINGS_H_
#define ROLLCALL_CLIENT_CLI_TRANSFER_FINDINGS_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "rollcall/v1/transfer_service.pb.h"

namespace rollcall::cli {

// An id of the caller's list and where it stands.
struct ListedId {
  std::string id;
  // From 1.
  int line = 0;
};

// Not thread-safe.
class TransferFindings {
 public:
  // Takes the next message. Errors: DataLoss if the answer contradicts itself.
  absl::Status Take(const v1::CheckTransferResponse& response);

  // Holds the whole answer to the ids that were sent. Errors: DataLoss if the closing is missing,
  // counts otherwise, or a position is beyond the last id.
  absl::Status Check(std::int64_t ids_sent) const;

  // Each finding once, with all its positions.
  const std::vector<v1::CheckTransferFinding>& findings() const { return findings_; }
  // Only after Check.
  const v1::CheckTransferClosing& closing() const { return *closing_; }

  // Writes the ids that may not be sent as CSV, one line for each finding about an id, in the order
  // of the list: its line there, the id, reason, elements (none: not at all) and explanation. A
  // finding about the whole file is about each of its ids. Only after Check with as many ids.
  void WritePositions(const std::vector<ListedId>& ids, std::ostream& out) const;

 private:
  std::vector<v1::CheckTransferFinding> findings_;
  std::optional<v1::CheckTransferClosing> closing_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TRANSFER_FINDINGS_H_
