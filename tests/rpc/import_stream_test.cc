// Imports as streams: of rosters, and of statements with long lists.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "rollcall/v1/incident_service.grpc.pb.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kRequestId[] = "00000000-0000-4000-8000-0000000000b1";

v1::ImportRosterConfig Config() {
  return Parse<v1::ImportRosterConfig>(
      "format: ROSTER_FORMAT_ONE_ROSTER as_of_date { year: 2026 month: 10 day: 1 } "
      "school_year: 2027");
}

v1::ImportRosterConfig Spells() {
  return Parse<v1::ImportRosterConfig>("format: ROSTER_FORMAT_PROGRAM_SPELLS");
}

constexpr char kSpellFile[] = "student_id,program,begin_date\n5002,medicaid,2025-01-01\n";

class ImportStreamTest : public ::testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<v1::ImportRosterRequest, v1::ImportRosterResponse>;

  // Expects that an import fails like this and changes no table.
  void ExpectRefused(const TestServer& server, const v1::ImportRosterConfig& config,
                     const roster::Files& files, grpc::StatusCode code, const std::string& reason) {
    const Dump before = DumpDatabase(register_path_);
    const StreamedImport outcome = server.Import(config, files);
    EXPECT_EQ(outcome.status.error_code(), code) << outcome.status.error_message();
    EXPECT_EQ(ReasonOf(outcome.status), reason) << outcome.status.error_message();
    EXPECT_FALSE(outcome.result.has_value());
    EXPECT_TRUE(DumpDatabase(register_path_) == before);
  }

  void ExpectRefused(const v1::ImportRosterConfig& config, const roster::Files& files,
                     grpc::StatusCode code, const std::string& reason) {
    ExpectRefused(server_, config, files, code, reason);
  }

  TestServer server_;
  std::string register_path_ = server_.reg().path();
};

TEST_F(ImportStreamTest, ProgressComesBeforeTheResult) {
  const StreamedImport outcome = server_.Import(Config(), roster::PackageBuilder().files());
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  std::vector<std::string> phases;
  for (const v1::ImportProgress& step : outcome.progress) phases.push_back(step.phase());
  EXPECT_EQ(phases.front(), "receiving");
  EXPECT_THAT(phases, Contains("reading users.csv"));
  EXPECT_EQ(phases.back(), "committing");
  ASSERT_TRUE(outcome.result.has_value());
  // Ana, known by her number, has come into the current roster under a source id.
  EXPECT_EQ(outcome.result->name(), "rosterImports/2");
  EXPECT_EQ(outcome.result->revision(), server_.reg().Revision());
  EXPECT_EQ(outcome.result->digest().size(), 64U);

  v1::GetRosterImportRequest request;
  request.set_name(outcome.result->name());
  v1::RosterImport kept;
  ASSERT_TRUE(
      server_.Call<v1::RosterService>(&v1::RosterService::Stub::GetRosterImport, request, &kept)
          .ok());
  EXPECT_EQ(kept.SerializeAsString(), outcome.result->SerializeAsString());
}

TEST_F(ImportStreamTest, AZipIsAPackage) {
  const StreamedImport outcome =
      server_.Import(Config(), {{"roster.zip", roster::MakeZip(roster::PackageBuilder().files())}});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
}

TEST_F(ImportStreamTest, ARetryWithTheSameIdImportsNothing) {
  v1::ImportRosterConfig config = Spells();
  config.set_request_id(kRequestId);
  const StreamedImport first = server_.Import(config, {{"a.csv", kSpellFile}});
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  const Dump before = server_.reg().Tables();
  const StreamedImport again = server_.Import(config, {{"a.csv", kSpellFile}});
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.result->SerializeAsString(), first.result->SerializeAsString());
  EXPECT_TRUE(server_.reg().Tables() == before);
  // Other bytes under the same id are another request.
  ExpectRefused(config, {{"a.csv", std::string(kSpellFile) + "5003,medicaid,2025-01-01\n"}},
                grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
}

TEST_F(ImportStreamTest, ADryRunAnswersWithoutANameAndKeepsNothing) {
  v1::ImportRosterConfig config = Config();
  config.set_dry_run(true);
  config.set_request_id(kRequestId);
  const Dump before = server_.reg().Tables();
  const StreamedImport dry = server_.Import(config, roster::PackageBuilder().files());
  ASSERT_TRUE(dry.status.ok()) << dry.status.error_message();
  EXPECT_EQ(dry.result->name(), "");
  EXPECT_TRUE(dry.result->dry_run());
  EXPECT_TRUE(server_.reg().Tables() == before);
}

TEST_F(ImportStreamTest, CutOffHalfWayItLeavesNothing) {
  const Dump before = server_.reg().Tables();
  {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::RosterService>();
    const auto stream = stub->ImportRoster(&context);
    v1::ImportRosterRequest request;
    *request.mutable_config() = Spells();
    stream->Write(request);
    request.set_file_name("a.csv");
    stream->Write(request);
    request.set_chunk(kSpellFile);
    stream->Write(request);
    v1::ImportRosterResponse response;
    ASSERT_TRUE(stream->Read(&response));  // It has begun.
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // The next import waits for nobody once the first one's end was noticed.
  StreamedImport next;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  do {
    next = server_.Import(Spells(), {{"b.csv", "student_id,program,begin_date\n"}});
  } while (next.status.error_code() == grpc::StatusCode::ABORTED &&
           std::chrono::steady_clock::now() < give_up);
  ASSERT_TRUE(next.status.ok()) << next.status.error_message();
  EXPECT_EQ(next.result->name(), "rosterImports/2");
  EXPECT_TRUE(RosterTables(server_.reg().Tables()) == RosterTables(before));
}

TEST_F(ImportStreamTest, ASecondImportWhileOneRunsIsAborted) {
  grpc::ClientContext context;
  const auto stub = server_.Stub<v1::RosterService>();
  const auto stream = stub->ImportRoster(&context);
  v1::ImportRosterRequest request;
  *request.mutable_config() = Spells();
  stream->Write(request);
  request.set_file_name("a.csv");
  stream->Write(request);
  v1::ImportRosterResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const StreamedImport second = server_.Import(Spells(), {{"b.csv", kSpellFile}});
  EXPECT_EQ(second.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(ReasonOf(second.status), "IMPORT_RUNNING");
  EXPECT_TRUE(DetailsOf(second.status).retry);
  // The first one is not disturbed.
  request.set_chunk(kSpellFile);
  stream->Write(request);
  request.mutable_totals()->set_files(1);
  request.mutable_totals()->set_bytes(sizeof(kSpellFile) - 1);
  stream->Write(request);
  stream->WritesDone();
  bool result = false;
  while (stream->Read(&response)) result = response.has_result();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(result);
}

TEST_F(ImportStreamTest, MessagesOutOfOrderAreRefused) {
  const auto send = [&](const std::vector<std::string>& messages) {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::RosterService>();
    const auto stream = stub->ImportRoster(&context);
    for (const std::string& message : messages) {
      if (!stream->Write(Parse<v1::ImportRosterRequest>(message))) break;
    }
    stream->WritesDone();
    v1::ImportRosterResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish();
  };
  const std::string config = "config { format: ROSTER_FORMAT_HOME_LANGUAGES }";
  const std::string file = "file_name: 'a.csv'";
  const Dump before = server_.reg().Tables();
  for (const auto& messages : std::vector<std::vector<std::string>>{
           {},
           {"file_name: 'a.csv'"},
           {"chunk: 'abc'"},
           {config},
           {config, "chunk: 'abc'"},
           {config, config},
           {config, "file_name: ''"},
           {config, "file_name: 'a.csv'", config},
           {config, ""},
           // A whole file, but nobody says that it is whole; wrong totals; more after them.
           {config, file, "chunk: 'student_id,language\\n'"},
           {config, file, "chunk: 'student_id,language\\n'", "totals { files: 1 bytes: 21 }"},
           {config, file, "chunk: 'student_id,language\\n'", "totals { files: 2 bytes: 20 }"},
           {config, file, "chunk: 'student_id,language\\n'", "totals { files: 1 bytes: 20 }", file},
           {config, "totals {}"},
           {"config {}"},
           {"config { format: ROSTER_FORMAT_ONE_ROSTER }"},
           {"config { format: 77 }", "file_name: 'a.csv'"}}) {
    const grpc::Status status = send(messages);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << (messages.empty() ? "nothing" : messages.back()) << ": " << status.error_message();
  }
  EXPECT_TRUE(server_.reg().Tables() == before);
  EXPECT_TRUE(
      send({config, file, "chunk: 'student_id,language\\n'", "totals { files: 1 bytes: 20 }"})
          .ok());
}

TEST_F(ImportStreamTest, DamagedAndHostilePackagesAreRefused) {
  const std::string zip = roster::MakeZip(roster::PackageBuilder().files());
  const auto refused = [&](const roster::Files& files) {
    ExpectRefused(Config(), files, grpc::StatusCode::INVALID_ARGUMENT, "IMPORT_REFUSED");
  };
  refused({{"roster.zip", zip.substr(0, zip.size() / 2)}});
  refused({{"roster.zip", zip.substr(0, zip.size() - 1)}});
  refused({{"roster.zip", ""}});
  refused({{"roster.zip", "PK\x03\x04 nothing"}});
  roster::Files files = roster::PackageBuilder().files();
  files.emplace_back("../../etc/passwd", "x");
  refused({{"roster.zip", roster::MakeZip(files)}});
  refused(files);
  files.back().first = "/etc/passwd";
  refused({{"roster.zip", roster::MakeZip(files)}});
  files.back().first = "C:\\users.csv";
  refused({{"roster.zip", roster::MakeZip(files)}});
  refused({{"users.csv", std::string("sourcedId\0x\n", 12)}});
}

TEST_F(ImportStreamTest, AZipBombIsRefused) {
  const TestServer small([](runtime::Config* config) { config->max_unpacked_bytes = 1 << 20; });
  roster::PackageBuilder bomb;
  bomb.Append("users.csv", std::string(8 << 20, ' '));
  const StreamedImport outcome =
      small.Import(Config(), {{"roster.zip", roster::MakeZip(bomb.files())}});
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(outcome.status), "IMPORT_REFUSED");
}

TEST_F(ImportStreamTest, APackageLargerThanTheLimitIsRefusedForGood) {
  const TestServer small([](runtime::Config* config) { config->max_package_bytes = 1 << 20; });
  const StreamedImport outcome =
      small.Import(Spells(), {{"a.csv", std::string((1 << 20) + 1, 'x')}});
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(outcome.status), "PACKAGE_TOO_LARGE");
  // The same package will not be smaller in a second.
  EXPECT_FALSE(DetailsOf(outcome.status).retry);
}

TEST_F(ImportStreamTest, NoCopyOfTheFilesIsLeftBehind) {
  ASSERT_TRUE(server_.Import(Spells(), {{"a.csv", kSpellFile}}).status.ok());
  for (const auto& file : std::filesystem::directory_iterator(server_.reg().dir().Path(""))) {
    EXPECT_THAT(file.path().filename().string(), ::testing::StartsWith("register.db"));
  }
}

// --- Statements ------------------------------------------------------------------------------

class ImportStatementTest : public ::testing::Test {
 protected:
  // The first message, then batches of entries.
  grpc::Status Send(const v1::CreateStatementRequest& request,
                    const std::vector<std::vector<v1::StatementEntry>>& batches,
                    v1::Statement* statement) {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::IncidentService>();
    const auto writer = stub->ImportStatement(&context, statement);
    v1::ImportStatementRequest message;
    *message.mutable_request() = request;
    bool open = writer->Write(message);
    std::int64_t total = request.entries_size();
    for (const auto& batch : batches) {
      total += std::ssize(batch);
      message.Clear();
      for (const v1::StatementEntry& entry : batch) {
        *message.mutable_entries()->add_entries() = entry;
      }
      if (batch.empty()) message.mutable_entries();
      open = open && writer->Write(message);
    }
    message.set_total_entries(total);
    if (open) writer->Write(message);
    writer->WritesDone();
    return writer->Finish();
  }

  static v1::StatementEntry Entry(const std::string& id, const std::string& element = "") {
    v1::StatementEntry entry;
    entry.set_id(id);
    if (!element.empty()) entry.add_data_elements(element);
    return entry;
  }

  static v1::CreateStatementRequest First(const std::string& request_id = "") {
    auto request = Parse<v1::CreateStatementRequest>(
        "parent: 'incidents/breach' statement { list_use: LIST_USE_ADDS }");
    request.set_request_id(request_id);
    return request;
  }

  TestServer server_;
};

TEST_F(ImportStatementTest, EntriesOfAllMessagesAreOneList) {
  v1::CreateStatementRequest first = First();
  *first.add_entries() = Entry("5001");
  v1::Statement statement;
  const grpc::Status status =
      Send(first, {{Entry("5002"), Entry("9999")}, {}, {Entry("5004")}}, &statement);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(statement.name(), "incidents/breach/statements/1");
  EXPECT_EQ(statement.list_entries(), 4);
  EXPECT_EQ(statement.list_people(), 3);
  EXPECT_EQ(statement.list_unmatched(), 1);
}

TEST_F(ImportStatementTest, AListLongerThanOneRequestMayHoldIsTaken) {
  std::vector<std::vector<v1::StatementEntry>> batches(6);
  int id = 0;
  for (auto& batch : batches) {
    for (int i = 0; i < 5000; ++i) batch.push_back(Entry(absl::StrCat("x", ++id)));
  }
  v1::Statement statement;
  const grpc::Status status = Send(First(), batches, &statement);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(statement.list_unmatched(), 30'000);

  v1::CreateStatementRequest inline_list = First();
  for (int i = 0; i < 10'001; ++i) inline_list.add_entries()->set_id("5001");
  EXPECT_EQ(server_
                .Call<v1::IncidentService>(&v1::IncidentService::Stub::CreateStatement, inline_list,
                                           &statement)
                .error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ImportStatementTest, ARetryMakesNoSecondVersion) {
  v1::Statement first;
  ASSERT_TRUE(Send(First(kRequestId), {{Entry("5001")}}, &first).ok());
  const Dump before = server_.reg().Tables();
  v1::Statement again;
  ASSERT_TRUE(Send(First(kRequestId), {{Entry("5001")}}, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_TRUE(server_.reg().Tables() == before);
  EXPECT_EQ(Send(First(kRequestId), {{Entry("5002")}}, &again).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ImportStatementTest, OtherElementsUnderTheSameIdAreAnotherRequest) {
  v1::Statement statement;
  ASSERT_TRUE(
      Send(First(kRequestId), {{Entry("5001", "dataElements/student.name")}}, &statement).ok());
  EXPECT_EQ(Send(First(kRequestId), {{Entry("5001", "dataElements/student.gender")}}, &statement)
                .error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ImportStatementTest, CutOffHalfWayNothingIsRecorded) {
  const Dump before = server_.reg().Tables();
  {
    v1::Statement statement;
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::IncidentService>();
    const auto writer = stub->ImportStatement(&context, &statement);
    v1::ImportStatementRequest message;
    *message.mutable_request() = First();
    writer->Write(message);
    *message.mutable_entries()->add_entries() = Entry("5001");
    writer->Write(message);
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // The server ends when no call is left.
  server_.server().Shutdown(absl::Now() + absl::Seconds(30));
  EXPECT_TRUE(server_.reg().Tables() == before);
}

TEST_F(ImportStatementTest, WrongMessagesAreRefused) {
  v1::Statement statement;
  const Dump before = server_.reg().Tables();
  EXPECT_EQ(Send(First(), {{Entry("")}}, &statement).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Send(First(), {}, &statement).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const std::string first = "request { parent: 'incidents/breach' statement {} }";
  const std::string entry = "entries { entries { id: '5001' } }";
  for (const auto& messages :
       std::vector<std::vector<std::string>>{{},
                                             {entry},
                                             {first, first},
                                             {first, entry},  // A list that nobody says is whole.
                                             {first, entry, "total_entries: 2"},
                                             {first, entry, "total_entries: 0"},
                                             {first, entry, "total_entries: 1", entry}}) {
    grpc::ClientContext context;
    const auto stub = server_.Stub<v1::IncidentService>();
    const auto writer = stub->ImportStatement(&context, &statement);
    for (const std::string& message : messages) {
      if (!writer->Write(Parse<v1::ImportStatementRequest>(message))) break;
    }
    writer->WritesDone();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << (messages.empty() ? "nothing" : messages.back());
  }
  EXPECT_TRUE(server_.reg().Tables() == before);
}

}  // namespace
}  // namespace rollcall::testing
