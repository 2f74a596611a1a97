#include "client/cli/statement_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StatementImport : public ::testing::Test {
 protected:
  StatementImport() {
    server_.import_statement = [this](grpc::ServerReader<v1::ImportStatementRequest>* reader,
                                      v1::Statement* statement) {
      v1::ImportStatementRequest message;
      bool first = true;
      while (reader->Read(&message)) {
        EXPECT_EQ(message.has_request(), first);
        first = false;
        if (message.has_request()) request_ = message.request();
        for (const v1::StatementEntry& entry : message.entries().entries()) {
          ids_.push_back(entry.id());
          entries_.push_back(entry);
        }
        if (message.has_entries()) ++messages_;
        total_ = message.total_entries();
      }
      statement->set_name(request_.parent() + "/statements/1");
      statement->set_list_unmatched(unmatched_);
      return grpc::Status::OK;
    };
  }

  Outcome Import(const std::string& list, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"statement", "import", "noble", "--list",
                                          folder_.Write("ids.csv", list)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunClient(server_, arguments);
  }

  TempFolder folder_;
  v1::CreateStatementRequest request_;
  std::vector<v1::StatementEntry> entries_;
  std::vector<std::string> ids_;
  int messages_ = 0;   // With entries.
  int64_t total_ = 0;  // As the last message says.
  int unmatched_ = 0;
  // Last, so that it stops before anything goes away that its handlers use.
  FakeServer server_;
};

TEST_F(StatementImport, SendsTheStatementFirstAndThenTheList) {
  const Outcome outcome = Import("name,student_id\nAna,1001\n\"Lee, B\", 1002 \n",
                                 {"--list-use", "limits", "--elements", "student.name",
                                  "--statement-date", "2025-01-15", "--list-id-kind", "state-id"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(request_.parent(), "incidents/noble");
  EXPECT_EQ(request_.statement().list_use(), v1::LIST_USE_LIMITS);
  EXPECT_EQ(request_.statement().list_id_kind(), v1::LIST_ID_KIND_STATE_ID);
  EXPECT_THAT(request_.statement().data_elements(), ElementsAre("dataElements/student.name"));
  EXPECT_THAT(ids_, ElementsAre("1001", "1002"));
}

TEST_F(StatementImport, AFileWithoutHeadingIsReadFromItsFirstLine) {
  ASSERT_EQ(Import("1001\n1002\n").code, 0);
  EXPECT_THAT(ids_, ElementsAre("1001", "1002"));
}

TEST_F(StatementImport, ColumnsCanBeNamed) {
  ASSERT_EQ(Import("a,pupil no,fields\nx,7,student.name;student.grade\n",
                   {"--id-column", "Pupil No", "--elements-column", "fields"})
                .code,
            0);
  EXPECT_THAT(ids_, ElementsAre("7"));
  EXPECT_THAT(entries_[0].data_elements(),
              ElementsAre("dataElements/student.name", "dataElements/student.grade"));
  const Outcome missing = Import("a,b\n1,2\n", {"--id-column", "c"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("there is no column c"));
}

TEST_F(StatementImport, LongListsGoInBatches) {
  std::string list = "id\n";
  for (int i = 0; i < 5000; ++i) list += std::to_string(i) + "\n";
  ASSERT_EQ(Import(list).code, 0);
  EXPECT_EQ(ids_.size(), 5000U);
  EXPECT_EQ(ids_.back(), "4999");
  EXPECT_EQ(messages_, 3);
  EXPECT_EQ(total_, 5000) << "the last message says how long the list was";
}

TEST_F(StatementImport, AnEmptyIdStopsBeforeAnythingIsRecorded) {
  const Outcome outcome = Import("id,x\n1,a\n,b\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("line 3: the id is empty; nothing was recorded"));
}

TEST_F(StatementImport, AListWithoutAnyIdIsNotRecorded) {
  const Outcome outcome = Import("student_id\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("there is no id in the file"));
  EXPECT_THAT(outcome.err, HasSubstr("nothing was recorded"));
}

TEST_F(StatementImport, EntriesThatMatchNobodyAreToldLoudly) {
  unmatched_ = 2;
  const Outcome outcome = Import("1\n2\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("WARNING  2 entries match nobody"));
}

TEST_F(StatementImport, TheServersRefusalIsShown) {
  server_.import_statement = [](grpc::ServerReader<v1::ImportStatementRequest>*, v1::Statement*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no incidents/noble");
  };
  EXPECT_EQ(Import("1\n").code, 3);
}

}  // namespace
}  // namespace rollcall::cli
