#include "client/cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CsvCell, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(CsvCell("plain text"), "plain text");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvCell(""), "");
}

TEST(CsvCell, DisarmsFormulasButLeavesNumbersAlone) {
  EXPECT_EQ(CsvCell("=1+1"), "'=1+1");
  EXPECT_EQ(CsvCell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(CsvCell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
  EXPECT_EQ(CsvCell("-2+3"), "'-2+3");
  EXPECT_EQ(CsvCell("\t=1"), "'\t=1");
  EXPECT_EQ(CsvCell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
  EXPECT_EQ(CsvCell("-17.5"), "-17.5");
  EXPECT_EQ(CsvCell("+3"), "+3");
}

TEST(CsvLine, EndsWithCarriageReturnAndLineFeed) { EXPECT_EQ(CsvLine({"a", "", "c"}), "a,,c\r\n"); }

TEST(CsvReader, ReadsQuotedCellsAcrossLinesAndDropsTheByteOrderMark) {
  std::istringstream input("\xEF\xBB\xBFid,name\r\n1,\"A \"\"B\"\", C\"\n\n2,\"two\nlines\"");
  CsvReader reader(input);
  std::vector<std::string> cells;
  ASSERT_TRUE(*reader.Next(&cells));
  EXPECT_THAT(cells, ElementsAre("id", "name"));
  ASSERT_TRUE(*reader.Next(&cells));
  EXPECT_THAT(cells, ElementsAre("1", "A \"B\", C"));
  EXPECT_EQ(reader.line(), 2);
  ASSERT_TRUE(*reader.Next(&cells));
  EXPECT_THAT(cells, ElementsAre("2", "two\nlines"));
  EXPECT_EQ(reader.line(), 4);
  EXPECT_FALSE(*reader.Next(&cells));
}

TEST(CsvReader, WhatIsWrittenIsReadBack) {
  const std::vector<std::string> cells = {"a,b", "\"", "line\r\nfeed", "", "end"};
  std::istringstream input(CsvLine(cells));
  CsvReader reader(input);
  std::vector<std::string> read;
  ASSERT_TRUE(*reader.Next(&read));
  EXPECT_EQ(read, cells);
}

TEST(CsvReader, RefusesAQuoteThatIsNeverClosedAndTextAfterOne) {
  std::istringstream open("a\n\"b\nc");
  CsvReader reader(open);
  std::vector<std::string> cells;
  ASSERT_TRUE(*reader.Next(&cells));
  const auto failed = reader.Next(&cells);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(std::string(failed.status().message()), HasSubstr("line 2"));
  std::istringstream after("\"b\"c\n");
  CsvReader second(after);
  EXPECT_FALSE(second.Next(&cells).ok());
}

}  // namespace
}  // namespace rollcall::cli
