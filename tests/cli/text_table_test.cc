#include "client/cli/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rollcall::cli {
namespace {

TEST(DisplayWidth, CountsWhatATerminalShows) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("Núñez"), 5U);
  EXPECT_EQ(DisplayWidth("n\xCC\x83"), 1U);
  EXPECT_EQ(DisplayWidth("学校"), 4U);
  EXPECT_EQ(DisplayWidth("\xFF\xFE"), 2U);
  EXPECT_EQ(DisplayWidth("\xC3"), 1U);
}

TEST(OneLine, LeavesNothingThatSteersATerminal) {
  EXPECT_EQ(OneLine("a\nb\tc\x1b[2J"), "a b c [2J");
  EXPECT_EQ(OneLine("\xC2\x9B"), " ");
  EXPECT_EQ(OneLine("Núñez"), "Núñez");
  EXPECT_EQ(ManyLines("a\nb\tc\x1b[2J\xC2\x9B\r\n"), "a\nb c [2J  \n");
}

TEST(TextTable, AlignsByDisplayWidthAndNumbersToTheRight) {
  TextTable table({"NAME", "PEOPLE", "NOTE"});
  table.AddRow({"Núñez", "7", "x"});
  table.AddRow({"学校", "1,234", ""});
  table.AddRow({"Lee", "12", "y"});
  std::ostringstream out;
  table.Write(out);
  EXPECT_EQ(out.str(),
            "NAME   PEOPLE  NOTE\n"
            "Núñez       7  x\n"
            "学校    1,234\n"
            "Lee        12  y\n");
}

TEST(TextTable, DatesAreNoNumbers) {
  TextTable table({"DUE DATE AND MORE", "X"});
  table.AddRow({"2025-03-10", "x"});
  std::ostringstream out;
  table.Write(out);
  EXPECT_EQ(out.str(), "DUE DATE AND MORE  X\n2025-03-10         x\n");
}

TEST(TextTable, WithoutTitlesWritesRowsOnly) {
  TextTable table({"", ""});
  table.AddRow({"a", "b"});
  std::ostringstream out;
  table.Write(out, false, 2);
  EXPECT_EQ(out.str(), "  a  b\n");
}

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(-1000), "-1,000");
}

}  // namespace
}  // namespace rollcall::cli
