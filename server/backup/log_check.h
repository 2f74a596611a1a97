// The log of what happened, as a copy of a register holds it.

#ifndef ROLLCALL_SERVER_BACKUP_LOG_CHECK_H_
#define ROLLCALL_SERVER_BACKUP_LOG_CHECK_H_

#include "server/audit/signed_note.h"
#include "server/backup/backup_file.h"

namespace rollcall::backup {

// Checks every entry, the tree over them and the newest checkpoint's signature by `key`. The
// register of a program that knew no log has none. Errors of the check: kDataLoss, reason
// AUDIT_LOG_DAMAGED, naming the first bad entry.
CheckLog LogCheckWith(const audit::PublicKey& key);

}  // namespace rollcall::backup

#endif  // ROLLCALL_SERVER_BACKUP_LOG_CHECK_H_
