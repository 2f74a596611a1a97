// The steps of the SQLite schema, embedded from migrations/NNNN_*.sql at build time.

#ifndef ROLLCALL_STORAGE_SQLITE_MIGRATIONS_H_
#define ROLLCALL_STORAGE_SQLITE_MIGRATIONS_H_

#include <vector>

#include "storage/driver.h"

namespace rollcall {

// Ascending, without a gap.
const std::vector<Migration>& SqliteMigrations();

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SQLITE_MIGRATIONS_H_
