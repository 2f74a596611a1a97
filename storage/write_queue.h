// Who may write next: callers line up, and one of them at a time leads, which is to say that it
// runs the writes of several callers and answers them.
//
// Nobody waits on purpose for others to come: a group is made of those who came while the group
// before was being committed. A caller alone pays nothing for it.

#ifndef ROLLCALL_STORAGE_WRITE_QUEUE_H_
#define ROLLCALL_STORAGE_WRITE_QUEUE_H_

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "storage/store.h"

namespace rollcall {

// One caller's write, on its stack until it is answered. A leader may touch it from
// WriteQueue::Take until WriteQueue::Finish, nobody else then.
struct QueuedWrite {
  QueuedWrite(const WriteOptions& write_options,
              absl::FunctionRef<absl::Status(WriteTx&)> write_body)
      : options(write_options), body(write_body) {}

  const WriteOptions& options;
  const absl::FunctionRef<absl::Status(WriteTx&)> body;
  absl::Status result;           // What its caller is told.
  std::exception_ptr exception;  // What the body threw, for its caller.

 private:
  friend class WriteQueue;
  enum class State { kWaiting, kLeading, kDone };

  State state_ = State::kWaiting;  // Guarded by the queue's mutex, as is the condition.
  std::condition_variable turn_;
};

// Thread-safe. First come, first served.
class WriteQueue {
 public:
  // Lines up. Returns true once the caller must lead: it then calls Take, in which its own write
  // comes first, and Finish. Returns false once `write` is answered, by another leader or because
  // its cancel check said so while it waited (`result` is kDeadlineExceeded and it never ran).
  // The cancel check is asked on the caller's thread, and never after the write was taken.
  bool Join(QueuedWrite& write);

  // Takes the next in line, null if there is none or if it wants to be alone and `group_is_empty`
  // is false. For the leader only.
  QueuedWrite* Take(bool group_is_empty);

  // Answers everything that was taken and lets the next in line lead. For the leader only, whose
  // own write is `own`.
  void Finish(const std::vector<QueuedWrite*>& taken, const QueuedWrite& own);

 private:
  std::mutex mutex_;
  std::deque<QueuedWrite*> waiting_;  // Guarded by mutex_.
  bool led_ = false;                  // Guarded by mutex_: somebody leads or is about to.
};

// What a caller is told whose time was over before its turn came.
absl::Status TurnCameTooLate();

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_WRITE_QUEUE_H_
