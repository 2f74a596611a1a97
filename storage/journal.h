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
//
// One commit of the database holds the bodies of several callers. For each commit the order of
// calls is: for each body Mark, then perhaps Append, then Discard if the body is undone; Seal and
// Sealed once if anything is left to seal. Entries that were appended are pending until then.
class Journal {
 public:
  virtual ~Journal() = default;

  // Where the log stands, with what is pending: a number that only Discard understands.
  virtual std::int64_t Mark() = 0;

  // Forgets what is pending and was appended since Mark returned `mark`; its rows are undone by the
  // database.
  virtual void Discard(std::int64_t mark) = 0;

  // Called for every body that leaves a revision, after it and before anything else is written;
  // an error undoes the body. A body may append entries by itself, see WriteTx::NoteAppended.
  virtual absl::Status Append(WriteTx& tx) = 0;

  // Called once before each commit, if anything was appended and kept. `tx` is of the last body
  // that is kept. An error undoes all bodies of the commit.
  virtual absl::Status Seal(WriteTx& tx) = 0;

  // Called after each Seal: the commit is durable and what Seal prepared is now true, or neither
  // ever was (all that was pending is discarded in this case, by a call of Discard as well).
  virtual void Sealed(bool committed) = 0;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_JOURNAL_H_
