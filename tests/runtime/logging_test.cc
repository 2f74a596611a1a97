#include "server/runtime/logging.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::runtime {
namespace {

// Sends the log to a file for one test.
class LoggingTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(LogLevel::kDebug); }
  void TearDown() override { EXPECT_TRUE(StartLogging({}).ok()); }

  void Start(LogLevel level) {
    ASSERT_TRUE(StartLogging({.level = level, .file = directory_.Path("log")}).ok());
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines = absl::StrSplit(directory_.Read("log"), '\n');
    EXPECT_EQ(lines.back(), "");
    lines.pop_back();
    return lines;
  }

  // The only line, without its time.
  std::string Line() const {
    const std::vector<std::string> lines = Lines();
    EXPECT_EQ(lines.size(), 1U);
    const std::regex time(R"(\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",(.*)\})");
    std::smatch match;
    if (lines.empty() || !std::regex_match(lines[0], match, time)) return "no match";
    return match[1];
  }

  rollcall::testing::TempDir directory_;
};

TEST_F(LoggingTest, WritesOneObjectPerLine) {
  const std::string name = "text";
  LogEvent(LogLevel::kInfo, "call",
           {{"string", name},
            {"literal", "x"},
            {"int", -7},
            {"wide", std::numeric_limits<std::uint64_t>::max()},
            {"least", std::numeric_limits<std::int64_t>::min()},
            {"share", 0.25},
            {"yes", true},
            {"no", false}});
  EXPECT_EQ(Line(), R"("level":"info","event":"call","string":"text","literal":"x","int":-7,)"
                    R"("wide":18446744073709551615,"least":-9223372036854775808,"share":0.25,)"
                    R"("yes":true,"no":false)");
}

TEST_F(LoggingTest, EscapesSoThatNoValueCanForgeALine) {
  LogEvent(LogLevel::kWarning, "e\"",
           {{"k\\", std::string_view("\"\\\n\r\t\b\x1F\x7F\0z", 10)}, {"fmt", "{} %s %v"}});
  EXPECT_EQ(Line(),
            R"("level":"warning","event":"e\"","k\\":"\"\\\n\u000d\t\u0008\u001f\u007f\u0000z",)"
            R"("fmt":"{} %s %v")");
}

TEST_F(LoggingTest, StaysValidJsonForAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  LogEvent(LogLevel::kError, "bytes",
           {{"all", bytes},
            {"nan", std::numeric_limits<double>::quiet_NaN()},
            {"infinite", -std::numeric_limits<double>::infinity()},
            {"small", std::numeric_limits<double>::denorm_min()}});
  const auto parsed = nlohmann::json::parse(Lines().at(0), nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(parsed.is_object());
  EXPECT_EQ(parsed["all"].get<std::string>().substr(0, 128), bytes.substr(0, 128));
  EXPECT_TRUE(parsed["nan"].is_null());
  EXPECT_TRUE(parsed["infinite"].is_null());
  EXPECT_EQ(parsed["small"].get<double>(), std::numeric_limits<double>::denorm_min());
}

TEST_F(LoggingTest, CutsLongValues) {
  LogEvent(LogLevel::kInfo, "long", {{"text", std::string(10'000'000, 'x')}});
  EXPECT_LT(Lines().at(0).size(), kMaxLogValueBytes + 200);
}

TEST_F(LoggingTest, DropsWhatIsBelowTheLevel) {
  Start(LogLevel::kWarning);
  LogEvent(LogLevel::kDebug, "a");
  LogEvent(LogLevel::kInfo, "b");
  LogEvent(LogLevel::kWarning, "c");
  LogEvent(LogLevel::kError, "d");
  ASSERT_EQ(Lines().size(), 2U);
  EXPECT_NE(Lines()[0].find(R"("level":"warning","event":"c"})"), std::string::npos);
  EXPECT_NE(Lines()[1].find(R"("level":"error","event":"d"})"), std::string::npos);
}

TEST_F(LoggingTest, AppendsToTheFile) {
  LogEvent(LogLevel::kInfo, "first");
  Start(LogLevel::kInfo);
  LogEvent(LogLevel::kInfo, "second");
  EXPECT_EQ(Lines().size(), 2U);
}

TEST_F(LoggingTest, KeepsLinesOfManyThreadsApart) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i) LogEvent(LogLevel::kInfo, "n", {{"thread", t}, {"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = Lines();
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(kThreads * kLines));
  const std::regex whole(R"(\{"ts":"[^"]+","level":"info","event":"n","thread":\d,"i":\d+\})");
  for (const std::string& line : lines) EXPECT_TRUE(std::regex_match(line, whole)) << line;
}

TEST_F(LoggingTest, FileThatCannotBeOpenedIsAnErrorAndKeepsTheOldLog) {
  const std::string blocked = directory_.Write("file", "") + "/log";
  const absl::Status status = StartLogging({.level = LogLevel::kDebug, .file = blocked});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "LOG_FILE");
  LogEvent(LogLevel::kInfo, "still_here");
  EXPECT_EQ(Lines().size(), 1U);
}

TEST_F(LoggingTest, DefaultIsStandardError) {
  ASSERT_TRUE(StartLogging({}).ok());
  ::testing::internal::CaptureStderr();
  LogEvent(LogLevel::kInfo, "shown");
  LogEvent(LogLevel::kDebug, "hidden");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("\"event\":\"shown\"}\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("hidden"), std::string::npos) << text;
}

TEST_F(LoggingTest, TakesInWhatTheLibrariesReport) {
  RouteLibraryLogs();
  gpr_log("channel.cc", 12, GPR_LOG_SEVERITY_ERROR, "lost \"%s\"", "it");
  GOOGLE_LOG(WARNING) << "odd";
  google::protobuf::SetLogHandler(nullptr);
  ASSERT_EQ(Lines().size(), 2U);
  EXPECT_NE(Lines()[0].find(R"("level":"warning","event":"grpc","text":"lost \"it\"")"),
            std::string::npos);
  EXPECT_NE(Lines()[1].find(R"("level":"warning","event":"protobuf","text":"odd")"),
            std::string::npos);
}

TEST(ParseLogLevel, KnowsFourNames) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("info"), LogLevel::kInfo);
  EXPECT_EQ(ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(ParseLogLevel("INFO"), std::nullopt);
  EXPECT_EQ(ParseLogLevel(""), std::nullopt);
}

}  // namespace
}  // namespace rollcall::runtime
