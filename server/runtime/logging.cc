#include "server/runtime/logging.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/runtime/text.h"
#include "storage/status.h"

namespace rollcall::runtime {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevelNames = {{
    {"debug", LogLevel::kDebug},
    {"info", LogLevel::kInfo},
    {"warning", LogLevel::kWarning},
    {"error", LogLevel::kError},
}};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

std::string_view LevelName(LogLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)].first;
}

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("rollcall", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(ToSpdlog(level));
  logger->flush_on(spdlog::level::trace);
  return logger;
}

// Never destroyed, so that threads which outlive main can still write.
std::shared_ptr<spdlog::logger>& Logger() {
  static auto* const logger = new std::shared_ptr<spdlog::logger>(
      MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), LogLevel::kInfo));
  return *logger;
}

void AppendString(std::string_view text, std::string& line) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  line += '"';
  for (const char c : CleanText(text, kMaxLogValueBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      line += "\\u00";
      line += kHexDigits[byte >> 4U];
      line += kHexDigits[byte & 0x0FU];
    } else {
      line += c;
    }
  }
  line += '"';
}

struct AppendValue {
  std::string& line;

  void operator()(std::string_view text) const { AppendString(text, line); }
  void operator()(std::int64_t number) const { absl::StrAppend(&line, number); }
  void operator()(std::uint64_t number) const { absl::StrAppend(&line, number); }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(double number) const {
    if (!std::isfinite(number)) {
      line += "null";
      return;
    }
    std::array<char, 32> digits;
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    line.append(digits.data(), result.ptr);
  }
};

void LogFromGrpc(gpr_log_func_args* args) {
  const LogLevel level = args->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarning
                         : args->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                   : LogLevel::kDebug;
  LogEvent(level, "grpc", {{"text", args->message}, {"file", args->file}, {"line", args->line}});
}

void LogFromProtobuf(google::protobuf::LogLevel level, const char* file, int line,
                     const std::string& text) {
  LogEvent(level == google::protobuf::LOGLEVEL_INFO ? LogLevel::kInfo : LogLevel::kWarning,
           "protobuf", {{"text", text}, {"file", file}, {"line", line}});
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (const auto& [level_name, level] : kLevelNames) {
    if (level_name == name) return level;
  }
  return std::nullopt;
}

absl::Status StartLogging(const LogOptions& options) {
  if (options.file.empty()) {
    Logger() = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), options.level);
    return absl::OkStatus();
  }
  try {
    Logger() = MakeLogger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file),
                          options.level);
  } catch (const spdlog::spdlog_ex&) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "LOG_FILE",
                     absl::StrCat("the log file ", options.file, " cannot be opened for writing"),
                     {{"path", options.file}});
  }
  return absl::OkStatus();
}

void LogEvent(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  spdlog::logger& logger = *Logger();
  if (!logger.should_log(ToSpdlog(level))) return;
  std::string line = absl::StrCat(
      "{\"ts\":\"", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6S", absl::Now(), absl::UTCTimeZone()),
      "Z\",", "\"level\":\"", ToAbsl(LevelName(level)), "\",\"event\":");
  AppendString(event, line);
  for (const LogField& field : fields) {
    line += ',';
    AppendString(field.key(), line);
    line += ':';
    std::visit(AppendValue{line}, field.value());
  }
  line += '}';
  logger.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void LogEvent(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  LogEvent(level, event, std::span<const LogField>(fields.begin(), fields.size()));
}

void RouteLibraryLogs() {
  gpr_log_verbosity_init();  // Until then gRPC reports nothing at all.
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

}  // namespace rollcall::runtime
