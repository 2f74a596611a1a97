// The structured log: one JSON object per line, in the order written, such as
//
//   {"ts":"2025-02-08T15:04:05.123456Z","level":"info","event":"call","method":"...","ms":12}
//
// `ts` is UTC in microseconds, `event` a snake_case word that stays the same from release to
// release; the fields follow in the order given. Each line is handed to the operating system
// before LogEvent returns, so that a killed process has lost none.
//
// No field of a person ever goes into the log: no name, no id of a student, no address, no text
// that a user typed. Nothing here can check that; it is the duty of whoever calls. Names of
// resources, counts, codes, durations and reasons are what belongs here.
//
// The log is the one object of the process that is reached without being handed over.

#ifndef ROLLCALL_SERVER_RUNTIME_LOGGING_H_
#define ROLLCALL_SERVER_RUNTIME_LOGGING_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "absl/status/status.h"

namespace rollcall::runtime {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Returns the level called `debug`, `info`, `warning` or `error`.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

// One field of a line. Holds views only: what they point to must live until LogEvent returns.
//
// Text is made valid UTF-8 and cut after kMaxLogValueBytes; a number that is not finite is
// written as null.
class LogField {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  template <typename T>
  LogField(std::string_view key, const T& value) : key_(key), value_(Convert(value)) {}

  std::string_view key() const { return key_; }
  const Value& value() const { return value_; }

 private:
  template <typename T>
  static Value Convert(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::signed_integral<T>) {
      return std::int64_t{value};
    } else if constexpr (std::unsigned_integral<T>) {
      return std::uint64_t{value};
    } else if constexpr (std::floating_point<T>) {
      return static_cast<double>(value);
    } else {
      return std::string_view(value);
    }
  }

  std::string_view key_;
  Value value_;
};

inline constexpr std::size_t kMaxLogValueBytes = 2048;

struct LogOptions {
  LogLevel level = LogLevel::kInfo;  // Less important events are dropped.
  std::string file;                  // Appended to; empty means standard error.
};

// Directs the log. Before the first call it goes to standard error from kInfo upwards.
//
// Not thread-safe: call it before the process has other threads.
// Errors:  kFailedPrecondition, reason LOG_FILE: the file cannot be opened; the log stays as it
//          was. A file that cannot be written later (disk full) loses lines and says so on
//          standard error, and never stops the server.
absl::Status StartLogging(const LogOptions& options);

// Writes one line, or nothing if `level` is below the configured one. Thread-safe.
void LogEvent(LogLevel level, std::string_view event, std::span<const LogField> fields);
void LogEvent(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Sends what gRPC and protobuf report on their own into this log, as the events `grpc` and
// `protobuf`. Call it once, before either library is used.
void RouteLibraryLogs();

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_LOGGING_H_
