#include "client/cli/roster_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr size_t kMoreThanBuffersHold = 32 * 1024 * 1024;

class RosterImport : public ::testing::Test {
 protected:
  // Takes everything, tells its progress and answers with a result.
  void ServeWell() {
    server_.import_roster = [this](FakeServer::ImportStream* stream) {
      v1::ImportRosterRequest request;
      v1::ImportRosterResponse response;
      while (stream->Read(&request)) {
        if (request.has_config()) config_ = request.config();
        if (request.has_totals()) totals_ = request.totals();
        if (!request.file_name().empty()) files_.emplace_back(request.file_name(), "");
        if (!request.chunk().empty()) {
          files_.back().second += request.chunk();
          largest_chunk_ = std::max(largest_chunk_, request.chunk().size());
        }
      }
      response.mutable_progress()->set_phase("reading users.csv");
      response.mutable_progress()->set_rows(1200);
      stream->Write(response);
      response.mutable_result()->set_name("rosterImports/1");
      response.mutable_result()->set_format(config_.format());
      response.mutable_result()->set_added(1200);
      response.mutable_result()->set_left(3);
      v1::ImportWarning* warning = response.mutable_result()->add_warnings();
      warning->set_file("users.csv");
      warning->set_code("BLANK_STATUS");
      warning->set_count(7);
      stream->Write(response);
      return grpc::Status::OK;
    };
  }

  TempFolder folder_;
  v1::ImportRosterConfig config_;
  std::vector<std::pair<std::string, std::string>> files_;
  size_t largest_chunk_ = 0;
  v1::ImportTotals totals_;
  // Last, so that it stops before anything goes away that its handlers use.
  FakeServer server_;
};

TEST_F(RosterImport, SendsAFileInChunksAndShowsProgressAndResult) {
  ServeWell();
  std::string content(600 * 1024, 'x');
  content.back() = 'y';
  const std::string file = folder_.Write("roster.zip", content);
  const Outcome outcome = RunClient(server_, {"roster", "import", file, "--as-of", "2026-09-08",
                                              "--school-year", "2026-27", "--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(files_, ElementsAre(Pair("roster.zip", content)));
  EXPECT_EQ(largest_chunk_, 256U * 1024U);
  EXPECT_EQ(totals_.files(), 1);
  EXPECT_EQ(totals_.bytes(), 600 * 1024);
  EXPECT_EQ(config_.format(), v1::ROSTER_FORMAT_ONE_ROSTER);
  EXPECT_EQ(config_.school_year(), 2027);
  EXPECT_EQ(config_.as_of_date().day(), 8);
  EXPECT_TRUE(config_.dry_run());
  EXPECT_FALSE(config_.request_id().empty());
  EXPECT_THAT(outcome.err, HasSubstr("reading users.csv 1,200 rows"));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1,200"), HasSubstr("BLANK_STATUS")));
}

TEST_F(RosterImport, SendsTheCsvFilesOfAFolderInOrderOfName) {
  ServeWell();
  folder_.Write("users.csv", "u");
  folder_.Write("orgs.csv", "o");
  folder_.Write("empty.CSV", "");
  folder_.Write("notes.txt", "no");
  ASSERT_EQ(
      RunClient(server_, {"roster", "import", folder_.Path(""), "--format", "oneroster"}).code, 0);
  EXPECT_THAT(files_,
              ElementsAre(Pair("empty.CSV", ""), Pair("orgs.csv", "o"), Pair("users.csv", "u")));
}

TEST_F(RosterImport, AnErrorWhileTheClientStillWritesIsShown) {
  server_.import_roster = [](FakeServer::ImportStream* stream) {
    v1::ImportRosterRequest request;
    stream->Read(&request);
    return RefusedField("users.csv", "row 2, column dateLastModified: not a date");
  };
  const std::string file = folder_.Write("users.csv", std::string(kMoreThanBuffersHold, 'x'));
  const Outcome outcome = RunClient(server_, {"roster", "import", file});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("row 2, column dateLastModified"));
}

TEST_F(RosterImport, AnImportWithoutAResultIsIncomplete) {
  server_.import_roster = [](FakeServer::ImportStream* stream) {
    v1::ImportRosterRequest request;
    while (stream->Read(&request)) {
    }
    return grpc::Status::OK;
  };
  EXPECT_EQ(RunClient(server_, {"roster", "import", folder_.Write("users.csv", "u")}).code, 8);
}

TEST_F(RosterImport, PathsThatCannotBeReadAreFileErrors) {
  ServeWell();
  EXPECT_EQ(RunClient(server_, {"roster", "import", folder_.Path("none.zip")}).code, 9);
  EXPECT_EQ(RunClient(server_, {"roster", "import", folder_.Path("")}).code, 9);
}

}  // namespace
}  // namespace rollcall::cli
