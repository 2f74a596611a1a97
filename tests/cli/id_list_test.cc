#include "client/cli/id_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Ids with their lines; ends at the first error, whose text it puts into `error`.
std::vector<std::pair<std::string, int>> Read(const std::string& text, const IdListColumns& columns,
                                              std::string* error) {
  std::istringstream input(text);
  IdListReader reader(input, columns);
  std::vector<std::pair<std::string, int>> rows;
  IdListRow row;
  error->clear();
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(&row);
    if (!more.ok()) *error = std::string(more.status().message());
    if (!more.ok() || !*more) return rows;
    rows.emplace_back(row.id, row.line);
  }
}

TEST(IdList, KnowsTheLineOfEachIdAcrossBlankLinesAndLineFeedsInCells) {
  std::string error;
  EXPECT_THAT(Read("note,student_id\n\"a\nb\",1\n\nx, 2 \n", {}, &error),
              ElementsAre(Pair("1", 2), Pair("2", 5)));
  EXPECT_EQ(error, "");
}

TEST(IdList, TellsWhatIsWrongWithItsLine) {
  std::string error;
  EXPECT_THAT(Read("id\n1\n\"\"\n", {}, &error), ElementsAre(Pair("1", 2)));
  EXPECT_EQ(error, "line 3: the id is empty");
  Read("a,b\n1,2\n", {"c", ""}, &error);
  EXPECT_EQ(error, "line 1: there is no column c");
  Read("id\n\xff\n", {}, &error);
  EXPECT_EQ(error, "line 2: the id is not UTF-8");
}

TEST(IdList, AFileWithoutAnyIdIsNoList) {
  std::string error;
  for (const char* text : {"", "\n\n", "id\n", "\xEF\xBB\xBFid,name\r\n"}) {
    EXPECT_THAT(Read(text, {}, &error), ElementsAre());
    EXPECT_THAT(error, HasSubstr("there is no id in the file")) << text;
  }
  const TempFolder folder;
  EXPECT_THAT(std::string(ReadIdList(folder.Write("gone.csv", "id\n"), {}).status().message()),
              HasSubstr("gone.csv: there is no id"));
  EXPECT_TRUE(absl::IsNotFound(ReadIdList(folder.Path(""), {}).status()));
}

TEST(IdList, AWholeFileIsReadOrTheErrorNamesIt) {
  const TempFolder folder;
  EXPECT_THAT(*ReadIdList(folder.Write("a.csv", "7\n8\n"), {}), ElementsAre("7", "8"));
  EXPECT_TRUE(absl::IsNotFound(ReadIdList(folder.Path("none.csv"), {}).status()));
  const std::string broken = folder.Write("b.csv", "id,x\n,1\n");
  EXPECT_THAT(std::string(ReadIdList(broken, {}).status().message()),
              HasSubstr("b.csv: line 2: the id is empty"));
}

}  // namespace
}  // namespace rollcall::cli
