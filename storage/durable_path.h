// Making what was written, renamed or removed outlive a crash of the machine.

#ifndef ROLLCALL_STORAGE_DURABLE_PATH_H_
#define ROLLCALL_STORAGE_DURABLE_PATH_H_

#include <string>
#include <system_error>

namespace rollcall {

// Makes the content of a file durable, or the names in a folder: a name that was made, changed or
// removed is durable only once its folder is. Returns the system's error; empty if there is none.
// Thread-safe.
std::error_code SyncPath(const std::string& path);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_DURABLE_PATH_H_
