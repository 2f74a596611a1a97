#include "server/roster/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rollcall::roster {
namespace {

using ::testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

// Hands out its bytes a few at a time, as a pipe may.
class SlowSource : public ByteSource {
 public:
  SlowSource(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    const std::size_t size = std::min({step_, out.size(), bytes_.size()});
    std::copy_n(bytes_.begin(), size, out.begin());
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

struct Outcome {
  absl::Status status;
  Rows rows;
  std::vector<std::uint64_t> numbers;
  Warnings warnings;
};

Outcome ReadFrom(std::unique_ptr<ByteSource> source) {
  Outcome outcome;
  CsvReader reader(std::move(source), "users.csv", &outcome.warnings);
  for (;;) {
    absl::StatusOr<bool> more = reader.Next();
    outcome.status = more.status();
    if (!more.ok() || !*more) return outcome;
    outcome.rows.emplace_back(reader.fields().begin(), reader.fields().end());
    outcome.numbers.push_back(reader.row());
  }
}

Outcome Read(std::string_view text) { return ReadFrom(NewMemorySource(text)); }

TEST(CsvReader, ReadsFieldsOfEveryForm) {
  struct Case {
    std::string text;
    Rows rows;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {"a", {{"a"}}},
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n,\n", {{"a", "b"}, {"", ""}}},
      {"a,\n", {{"a", ""}}},
      {"\"a\",\"b,c\"\n", {{"a", "b,c"}}},
      {"\"say \"\"hi\"\"\",x\n", {{"say \"hi\"", "x"}}},
      {"\"\"\"\"\n", {{"\""}}},
      {"\"\"\n", {{""}}},
      {"x,\"\"", {{"x", ""}}},
      {"x,\"y\"", {{"x", "y"}}},
      {"\"x\"", {{"x"}}},
      {"\"a\",\"b\"", {{"a", "b"}}},
      {"a,b\n\"1\",\"2\"", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n\"1\",2", {{"a", "b"}, {"1", "2"}}},
      {"\"\"\"a\"\"\",\"\"\"b\"\n", {{"\"a\"", "\"b"}}},
      {"Jos\xC3\xA9,\xF0\x9F\x98\x80\n", {{"Jos\xC3\xA9", "\xF0\x9F\x98\x80"}}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.text);
    const Outcome outcome = Read(test.text);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.rows, test.rows);
    EXPECT_TRUE(outcome.warnings.list().empty());
  }
}

TEST(CsvReader, DoesNotDependOnHowTheBytesArrive) {
  std::string text = "\xEF\xBB\xBFid,name\r\n";
  for (int i = 0; i < 40000; ++i) {
    text += std::to_string(i) + ",\"a \"\"quoted\"\"\r\nname, " + std::to_string(i * 7) + "\"\r\n";
  }
  const Outcome whole = Read(text);
  ASSERT_TRUE(whole.status.ok());
  ASSERT_EQ(whole.rows.size(), 40001U);
  EXPECT_EQ(whole.rows[40000][1], "a \"quoted\"\r\nname, 279993");
  for (const std::size_t step : {1U, 7U, 4096U}) {
    const Outcome slow = ReadFrom(std::make_unique<SlowSource>(text, step));
    EXPECT_TRUE(slow.status.ok());
    EXPECT_EQ(slow.rows, whole.rows);
  }
}

// The reader looks at blocks of 64 bytes and fills buffers of 256 KiB.
TEST(CsvReader, ReadsALastLineInQuotesWithoutAnEndWhereverABlockEnds) {
  constexpr std::size_t kBuffer = std::size_t{256} << 10;
  for (const std::size_t around : {std::size_t{70}, std::size_t{140}, kBuffer}) {
    for (std::size_t size = around - 70; size <= around + 70; ++size) {
      const std::string first(size, 'x');
      const Outcome outcome = Read(first + "\n\"1\",\"2\"");
      ASSERT_TRUE(outcome.status.ok()) << size << ": " << outcome.status;
      const Rows rows = size == 0 ? Rows{{"1", "2"}} : Rows{{first}, {"1", "2"}};
      ASSERT_TRUE(outcome.rows == rows) << size;
    }
  }
}

TEST(CsvReader, SkipsByteOrderMarkWithWarning) {
  const Outcome outcome = Read("\xEF\xBB\xBFsourcedId\n1\n");
  EXPECT_EQ(outcome.rows, (Rows{{"sourcedId"}, {"1"}}));
  EXPECT_EQ(outcome.warnings.Count(WarningCode::kByteOrderMark), 1U);
}

TEST(CsvReader, ReadsLoneCarriageReturnsWithWarning) {
  const Outcome outcome = Read("a,b\r1,2\r3,4");
  EXPECT_EQ(outcome.rows, (Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(outcome.warnings.Count(WarningCode::kLoneCarriageReturn), 2U);
}

TEST(CsvReader, SkipsBlankLinesButCountsThem) {
  const Outcome outcome = Read("a\n\n\nb\n\n");
  EXPECT_EQ(outcome.rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(outcome.numbers, (std::vector<std::uint64_t>{1, 4}));
  ASSERT_EQ(outcome.warnings.list().size(), 1U);
  EXPECT_EQ(outcome.warnings.list()[0].count, 3U);
  EXPECT_EQ(outcome.warnings.list()[0].first_row, 2U);
}

TEST(CsvReader, KeepsLineBreaksInFieldsWithWarningAndCountsOneRow) {
  const Outcome outcome = Read("a,b\n\"x\ny\",1\nz,2\n");
  EXPECT_EQ(outcome.rows[1][0], "x\ny");
  EXPECT_EQ(outcome.numbers, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(outcome.warnings.Count(WarningCode::kLineBreakInField), 1U);
}

TEST(CsvReader, RefusesWhatHasNoCertainMeaning) {
  struct Case {
    std::string name;
    std::string text;
    std::string place;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"nul", std::string("a,b\n1,x\0y\n", 10), "users.csv, row 2, column 2:", "NUL"},
      {"nul first", std::string("\0", 1), "row 1, column 1:", "NUL"},
      {"latin-1", "a,b\nJos\xE9,1\n", "row 2, column 1:", "UTF-8"},
      {"cut sequence", "a\nJos\xC3", "row 2, column 1:", "UTF-8"},
      {"overlong", "a\n\xC0\xAF\n", "row 2, column 1:", "UTF-8"},
      {"surrogate", "a\n1,\xED\xA0\x80\n", "row 2, column 2:", "UTF-8"},
      {"too large", "a\n\xF4\x90\x80\x80\n", "row 2, column 1:", "UTF-8"},
      {"utf-16 le", "\xFF\xFE" + std::string("a\0", 2), "row 1:", "UTF-16"},
      {"utf-16 be", "\xFE\xFF" + std::string("\0a", 2), "row 1:", "UTF-16"},
      {"open quote", "a,b\n1,\"x\n2,y\n3,z\n", "row 2, column 2:", "never closed"},
      {"open quote at end", "a,\"", "row 1, column 2:", "never closed"},
      {"stray quote", "a\nx\"y\n", "row 2, column 1:", "inside an unquoted field"},
      {"space before quote", "a, \"b\"\n", "row 1, column 2:", "inside an unquoted field"},
      {"text after quote", "\"a\"b\n", "row 1, column 1:", "follows the closing"},
      {"columns", std::string(2000, ','), "row 1, column 1000:", "1,000 columns"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const Outcome outcome = Read(test.text);
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(test.place));
    EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(test.reason));
  }
}

TEST(CsvReader, RefusesTenMegabyteFieldWithRowAndColumn) {
  const std::string huge(10U << 20, 'x');
  for (const std::string& field : {huge, "\"" + huge + "\"", "\"" + huge}) {
    const Outcome outcome = Read("a,b\n1,2\n3," + field + "\n");
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(outcome.status.message()),
                HasSubstr("users.csv, row 3, column 2: the field is longer than 1 MiB"));
    EXPECT_LT(outcome.status.message().size(), 200U);
  }
}

TEST(CsvReader, AcceptsFieldAtTheLimitAndRefusesOneByteMore) {
  const Outcome good = Read(std::string(kMaxFieldBytes, 'x') + ",y\n");
  EXPECT_TRUE(good.status.ok());
  EXPECT_EQ(good.rows[0][0].size(), kMaxFieldBytes);
  EXPECT_FALSE(Read(std::string(kMaxFieldBytes + 1, 'x') + ",y\n").status.ok());
}

TEST(CsvReader, RefusesRowAboveTheLimit) {
  std::string row;
  for (int i = 0; i < 5; ++i) row += std::string(900000, 'x') + ",";
  const Outcome outcome = Read("a\n" + row + "\n");
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("row 2"));
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("longer than 4 MiB"));
}

TEST(CsvReader, CountsTheBytesThatRowsWereMadeOf) {
  const std::string text = "a,b\n1,2\n\n3,4\n";
  Warnings warnings;
  CsvReader reader(NewMemorySource(text), "f", &warnings);
  ASSERT_TRUE(reader.Next().value());
  EXPECT_EQ(reader.bytes(), 4U);
  ASSERT_TRUE(reader.Next().value());
  EXPECT_EQ(reader.bytes(), 8U);
  ASSERT_TRUE(reader.Next().value());
  ASSERT_FALSE(reader.Next().value());
  EXPECT_EQ(reader.bytes(), text.size());
}

TEST(CsvReader, PassesOnErrorsOfTheSource) {
  class Broken : public ByteSource {
    absl::StatusOr<std::size_t> Read(std::span<char>) override {
      return absl::InternalError("disk gone");
    }
  };
  EXPECT_EQ(ReadFrom(std::make_unique<Broken>()).status, absl::InternalError("disk gone"));
}

}  // namespace
}  // namespace rollcall::roster
