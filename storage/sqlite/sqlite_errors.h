// SQLite's errors in the register's words: exceptions stop here.

#ifndef ROLLCALL_STORAGE_SQLITE_SQLITE_ERRORS_H_
#define ROLLCALL_STORAGE_SQLITE_SQLITE_ERRORS_H_

#include <SQLiteCpp/SQLiteCpp.h>

#include <exception>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/status.h"

namespace rollcall {

// Marks a file as ours: "RCAL", the database's application_id.
inline constexpr int kApplicationId = 0x5243414C;

// The status of an error by its extended result code; see Connection for the codes.
absl::Status FromException(const SQLite::Exception& error);

// Runs something of SQLiteCpp, which returns a status or a status with a value, and turns what it
// throws into a status.
template <typename Function>
auto Guard(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const SQLite::Exception& error) {
    return FromException(error);
  } catch (const std::exception&) {
    return MakeError(absl::StatusCode::kInternal, "STORAGE", "the storage engine failed");
  }
}

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SQLITE_SQLITE_ERRORS_H_
