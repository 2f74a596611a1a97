// What the store tells the journal, so that nothing is changed without a trace.

#ifndef ROLLCALL_STORAGE_JOURNAL_H_
#define ROLLCALL_STORAGE_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace rollcall {

class WriteTx;

// One record that a transaction wrote.
struct RecordChange {
  std::string name;                                   // The resource's name.
  std::unique_ptr<google::protobuf::Message> before;  // Null if it is new.
  std::unique_ptr<google::protobuf::Message> after;   // Null if it was ended.
};

// What one transaction did, in the order in which it did it.
struct JournalNotes {
  std::vector<RecordChange> records;
  // Counts and words beside the records, such as {"people_added", "12"}; never anything personal.
  std::vector<std::pair<std::string, std::string>> facts;
  // People singled out, by number: whom an erasure concerns. A bulk import names nobody.
  std::vector<std::int64_t> people;
};

// Kept by the tamper-evident log. Called by the store's writer only, never by two threads at once.
class Journal {
 public:
  virtual ~Journal() = default;

  // Called inside every transaction that leaves a revision, after its body and before its commit;
  // an error undoes the transaction. Must not call NewRevision.
  virtual absl::Status Append(WriteTx& tx) = 0;

  // Called once before each commit of the database, which may hold several transactions, if
  // anything was appended: by Append or by a body of its own.
  virtual absl::Status Seal(WriteTx& tx) = 0;

  // Called after the commit, or after it failed: what Seal prepared is now true, or never was.
  virtual void Sealed(bool committed) = 0;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_JOURNAL_H_
