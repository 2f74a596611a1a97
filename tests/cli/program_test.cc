// The whole client against a server: requests, answers, errors, exit codes.
#include "client/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Program, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(RunClient({"--help"}).code, 0);
  EXPECT_THAT(RunClient({"--version"}).out, HasSubstr("rollcall "));
  const Outcome help = RunClient({"vendor", "create", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("--legal-name"));
}

TEST(Program, WrongCommandLinesExitWithTwoAndSayWhereHelpIs) {
  EXPECT_EQ(RunClient(std::vector<std::string>{}).code, 2);
  EXPECT_EQ(RunClient({"vendor"}).code, 2);
  EXPECT_EQ(RunClient({"vendor", "steal"}).code, 2);
  EXPECT_EQ(RunClient({"vendor", "list", "--output", "xml"}).code, 2);
  EXPECT_EQ(RunClient({"vendor", "list", "--timeout", "soon"}).code, 2);
  const Outcome missing = RunClient({"vendor", "get"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("rollcall vendor get --help"));
  const Outcome shape = RunClient({"product", "get", "a/b/c"});
  EXPECT_EQ(shape.code, 2);
  EXPECT_THAT(shape.err, HasSubstr("vendors/*/products/*"));
}

TEST(Program, NoServerIsSixWithAdvice) {
  const TempFolder folder;
  const Outcome outcome =
      RunClient({"vendor", "list", "--address", "unix:" + folder.Path("nobody.sock")});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("--address"));
}

TEST(Program, EveryStatusHasItsExitCode) {
  struct Case {
    grpc::StatusCode status;
    int exit_code;
  };
  const std::vector<Case> cases = {{grpc::StatusCode::INTERNAL, 1},
                                   {grpc::StatusCode::UNKNOWN, 1},
                                   {grpc::StatusCode::UNIMPLEMENTED, 1},
                                   {grpc::StatusCode::DATA_LOSS, 1},
                                   {grpc::StatusCode::NOT_FOUND, 3},
                                   {grpc::StatusCode::INVALID_ARGUMENT, 4},
                                   {grpc::StatusCode::FAILED_PRECONDITION, 4},
                                   {grpc::StatusCode::OUT_OF_RANGE, 4},
                                   {grpc::StatusCode::PERMISSION_DENIED, 5},
                                   {grpc::StatusCode::UNAUTHENTICATED, 5},
                                   {grpc::StatusCode::UNAVAILABLE, 6},
                                   {grpc::StatusCode::DEADLINE_EXCEEDED, 6},
                                   {grpc::StatusCode::RESOURCE_EXHAUSTED, 6},
                                   {grpc::StatusCode::ABORTED, 7},
                                   {grpc::StatusCode::ALREADY_EXISTS, 7}};
  FakeServer server;
  grpc::StatusCode code = grpc::StatusCode::OK;
  server.get_vendor = [&](const v1::GetVendorRequest&, v1::Vendor*) {
    return grpc::Status(code, "words of the server");
  };
  for (const Case& one : cases) {
    code = one.status;
    const Outcome outcome = RunClient(server, {"vendor", "get", "cleo"});
    EXPECT_EQ(outcome.code, one.exit_code) << one.status;
    EXPECT_THAT(outcome.err, HasSubstr("rollcall: "));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(Program, ErrorsShowEveryWrongField) {
  FakeServer server;
  server.create_vendor = [](const v1::CreateVendorRequest&, v1::Vendor*) {
    return RefusedField("vendor.legal_name", "is empty; give the name of the contract");
  };
  const Outcome outcome = RunClient(server, {"vendor", "create", "cleo"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("the request is not right (INVALID_ARGUMENT)"));
  EXPECT_THAT(outcome.err, HasSubstr("vendor.legal_name: is empty; give the name"));
  EXPECT_THAT(outcome.err, HasSubstr("BAD_FIELD"));
}

TEST(Program, NothingThatAServerSaysSteersTheTerminal) {
  FakeServer server;
  server.get_vendor = [](const v1::GetVendorRequest&, v1::Vendor*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no\x1b[2J\nrollcall: all is well");
  };
  server.create_vendor = [](const v1::CreateVendorRequest&, v1::Vendor*) {
    return RefusedField("vendor\x1b[2J", "is \x1b[2J");
  };
  server.create_backup = [](grpc::ServerWriter<v1::CreateBackupResponse>* writer) {
    v1::CreateBackupResponse response;
    response.mutable_progress()->set_phase("copy\x1b[2J");
    writer->Write(response);
    return grpc::Status::OK;
  };
  const Outcome missing = RunClient(server, {"vendor", "get", "cleo"});
  EXPECT_THAT(missing.err, AllOf(HasSubstr("no [2J rollcall: all"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(RunClient(server, {"vendor", "create", "cleo"}).err, Not(HasSubstr("\x1b")));
  std::ostringstream out;
  std::ostringstream err;
  Io terminal{out, err, true, true};
  RunProgram({"backup", "create", "--no-color", "--address", server.address()}, terminal);
  EXPECT_THAT(err.str(), AllOf(HasSubstr("copy [2J"), Not(HasSubstr("\x1b"))));
}

TEST(Program, GetShowsOneLineForEachFieldOrJsonOrCsv) {
  FakeServer server;
  server.get_vendor = [](const v1::GetVendorRequest& request, v1::Vendor* vendor) {
    vendor->set_name(request.name());
    vendor->set_legal_name("=Cleo");
    vendor->set_kind(v1::VENDOR_KIND_OPERATOR);
    vendor->mutable_business_address()->set_city("Rockford");
    return grpc::Status::OK;
  };
  const Outcome table = RunClient(server, {"vendor", "get", "cleo"});
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.out, AllOf(HasSubstr("name                   vendors/cleo\n"),
                               HasSubstr("kind                   operator\n"),
                               HasSubstr("business-address.city  Rockford\n")));
  const Outcome json = RunClient(server, {"vendor", "get", "vendors/cleo", "--output", "json"});
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("\"legalName\": \"=Cleo\""), HasSubstr("\"VENDOR_KIND_OPERATOR\"")));
  const Outcome csv = RunClient(server, {"vendor", "get", "cleo", "--output", "csv"});
  EXPECT_THAT(csv.out, AllOf(HasSubstr("name,legal_name,aliases,kind,business_address.lines"),
                             HasSubstr("\r\nvendors/cleo,'=Cleo,,operator,,Rockford,")));
}

TEST(Program, ListsFollowAllPages) {
  FakeServer server;
  std::vector<std::string> tokens;
  server.list_vendors = [&](const v1::ListVendorsRequest& request,
                            v1::ListVendorsResponse* response) {
    tokens.push_back(request.page_token());
    EXPECT_EQ(request.query(), "cl");
    EXPECT_EQ(request.page_size(), 2);
    const int page = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    for (int i = 0; i < 2; ++i) {
      response->add_vendors()->set_name("vendors/v" + std::to_string(page * 2 + i));
    }
    if (page < 2) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status::OK;
  };
  const std::vector<std::string> command = {"vendor", "list", "--query", "cl", "--page-size", "2"};
  const Outcome table = RunClient(server, command);
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(tokens, ElementsAre("", "1", "2"));
  EXPECT_THAT(table.out, AllOf(HasSubstr("NAME"), HasSubstr("v0\n"), HasSubstr("v5\n")));
  std::vector<std::string> json = command;
  json.insert(json.end(), {"--output", "json", "--limit", "3"});
  tokens.clear();
  const Outcome limited = RunClient(server, json);
  EXPECT_THAT(tokens, ElementsAre("", "1"));
  EXPECT_EQ(limited.out.front(), '[');
  EXPECT_THAT(limited.out,
              AllOf(HasSubstr("vendors/v2"), Not(HasSubstr("vendors/v3")), HasSubstr("\n]\n")));
}

TEST(Program, AListThatBreaksOffIsIncompleteAndItsJsonStaysOpen) {
  FakeServer server;
  server.list_vendors = [](const v1::ListVendorsRequest& request,
                           v1::ListVendorsResponse* response) {
    if (!request.page_token().empty()) return grpc::Status(grpc::StatusCode::INTERNAL, "gone");
    response->add_vendors()->set_name("vendors/a");
    response->set_next_page_token("next");
    return grpc::Status::OK;
  };
  const Outcome outcome = RunClient(server, {"vendor", "list", "--output", "json"});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.out, Not(HasSubstr("\n]\n")));
  EXPECT_THAT(outcome.err, HasSubstr("INCOMPLETE"));
}

TEST(Program, APageTokenThatComesBackIsRefusedInsteadOfAnEndlessList) {
  FakeServer server;
  server.list_vendors = [](const v1::ListVendorsRequest&, v1::ListVendorsResponse* response) {
    response->add_vendors()->set_name("vendors/a");
    response->set_next_page_token("same");
    return grpc::Status::OK;
  };
  EXPECT_EQ(RunClient(server, {"vendor", "list"}).code, 8);
}

TEST(Program, AListShorterThanItsTotalIsIncomplete) {
  FakeServer server;
  int total = 2;
  server.list_exposed_people = [&](const v1::ListExposedPeopleRequest& request,
                                   v1::ListExposedPeopleResponse* response) {
    EXPECT_EQ(request.parent(), "incidents/leak/statements/2");
    response->add_people()->set_person("people/1");
    response->add_people()->set_person("people/2");
    response->set_total_size(total);
    return grpc::Status::OK;
  };
  EXPECT_EQ(RunClient(server, {"exposure", "list", "leak/2"}).code, 0);
  total = 3;
  EXPECT_EQ(RunClient(server, {"exposure", "list", "leak/2"}).code, 8);
  EXPECT_EQ(RunClient(server, {"exposure", "list", "leak/2", "--limit", "1"}).code, 0);
}

TEST(Program, ListsOverAllVendorsUseTheWildcard) {
  FakeServer server;
  std::vector<std::string> parents;
  server.list_products = [&](const v1::ListProductsRequest& request, v1::ListProductsResponse*) {
    parents.push_back(request.parent());
    return grpc::Status::OK;
  };
  RunClient(server, {"product", "list"});
  RunClient(server, {"product", "list", "cleo"});
  EXPECT_THAT(parents, ElementsAre("vendors/-", "vendors/cleo"));
}

TEST(Program, CreateSplitsTheNameAndSendsARequestId) {
  FakeServer server;
  v1::CreateProductRequest seen;
  server.create_product = [&](const v1::CreateProductRequest& request, v1::Product* product) {
    seen = request;
    *product = request.product();
    return grpc::Status::OK;
  };
  ASSERT_EQ(RunClient(server, {"product", "create", "cleo/harmony", "--display-name", "H"}).code,
            0);
  EXPECT_EQ(seen.parent(), "vendors/cleo");
  EXPECT_EQ(seen.product_id(), "harmony");
  EXPECT_EQ(seen.product().display_name(), "H");
  EXPECT_EQ(seen.request_id().size(), 36U);
  const std::string first = seen.request_id();
  ASSERT_EQ(RunClient(server, {"product", "create", "cleo", "--display-name", "H"}).code, 0);
  EXPECT_EQ(seen.parent(), "vendors/cleo");
  EXPECT_EQ(seen.product_id(), "");
  EXPECT_NE(seen.request_id(), first);
  RunClient(server, {"--request-id", "mine", "product", "create", "vendors/cleo/products/x"});
  EXPECT_EQ(seen.product_id(), "x");
  EXPECT_EQ(seen.request_id(), "mine");
}

TEST(Program, AChangeOfUnknownFateSaysHowToRepeatIt) {
  FakeServer server;
  std::string id;
  server.create_vendor = [&](const v1::CreateVendorRequest& request, v1::Vendor*) {
    id = request.request_id();
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going away");
  };
  const Outcome outcome = RunClient(server, {"vendor", "create", "cleo"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("--request-id " + id));
}

TEST(Program, UpdateSendsAMaskOfTheGivenFlags) {
  FakeServer server;
  v1::UpdateVendorRequest seen;
  server.update_vendor = [&](const v1::UpdateVendorRequest& request, v1::Vendor* vendor) {
    seen = request;
    *vendor = request.vendor();
    return grpc::Status::OK;
  };
  ASSERT_EQ(RunClient(server, {"vendor", "update", "cleo", "--note", "", "--etag", "e1",
                               "--business-address.city", "Rockford"})
                .code,
            0);
  EXPECT_EQ(seen.vendor().name(), "vendors/cleo");
  EXPECT_EQ(seen.vendor().etag(), "e1");
  EXPECT_THAT(seen.update_mask().paths(), ElementsAre("business_address.city", "note"));
  EXPECT_EQ(RunClient(server, {"vendor", "update", "cleo"}).code, 2);
  EXPECT_EQ(RunClient(server, {"vendor", "update", "--note", "x"}).code, 2);
}

TEST(Program, AFileGivesTheResourceAndFlagsOverrideIt) {
  FakeServer server;
  v1::UpdateVendorRequest seen;
  server.update_vendor = [&](const v1::UpdateVendorRequest& request, v1::Vendor*) {
    seen = request;
    return grpc::Status::OK;
  };
  const TempFolder folder;
  const std::string file = folder.Write(
      "v.json",
      "{\"name\": \"vendors/cleo\", \"legalName\": \"Cleo\", \"note\": \"from the file\",\n"
      " \"kind\": \"VENDOR_KIND_AGENCY\", \"etag\": \"e2\", \"revision\": \"12\"}");
  ASSERT_EQ(RunClient(server, {"vendor", "update", "--file", file, "--note", "from the flag"}).code,
            0);
  EXPECT_EQ(seen.vendor().name(), "vendors/cleo");
  EXPECT_EQ(seen.vendor().note(), "from the flag");
  EXPECT_EQ(seen.vendor().etag(), "e2");
  EXPECT_EQ(seen.vendor().revision(), 0);
  EXPECT_THAT(seen.update_mask().paths(), ElementsAre("legal_name", "note", "kind"));
}

TEST(Program, MistakesInAFileNameTheirPlace) {
  const TempFolder folder;
  const std::string file = folder.Write("v.yaml", "legal_name: Cleo\nkind: robber\n");
  const Outcome outcome = RunClient({"vendor", "create", "cleo", "--file", file});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("v.yaml:2:7: kind: 'robber'"));
  EXPECT_EQ(RunClient({"vendor", "create", "cleo", "--file", folder.Path("none")}).code, 9);
}

TEST(Program, TextThatIsNotUtf8IsRefusedBeforeItIsSent) {
  EXPECT_EQ(RunClient({"vendor", "create", "cleo", "--note", "caf\xE9"}).code, 2);
  EXPECT_EQ(RunClient({"vendor", "get", "caf\xE9"}).code, 2);
}

TEST(Program, ValidateOnlySaysThatNothingWasRecorded) {
  FakeServer server;
  server.create_vendor = [](const v1::CreateVendorRequest& request, v1::Vendor*) {
    EXPECT_TRUE(request.validate_only());
    return grpc::Status::OK;
  };
  const Outcome outcome = RunClient(server, {"vendor", "create", "cleo", "--dry-run"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("nothing was recorded"));
}

TEST(Program, ApplySendsTheFileAndExportGivesTheSameBack) {
  FakeServer server;
  v1::VendorFile held;
  bool dry = false;
  server.apply_vendor_file = [&](const v1::ApplyVendorFileRequest& request,
                                 v1::ApplyVendorFileResponse* response) {
    held = request.file();
    dry = request.validate_only();
    response->add_created("vendors/cleo");
    response->set_revision(4);
    return grpc::Status::OK;
  };
  server.export_vendor_file = [&](const v1::ExportVendorFileRequest& request,
                                  v1::VendorFile* response) {
    EXPECT_EQ(request.name(), "vendors/cleo");
    *response = held;
    return grpc::Status::OK;
  };
  const TempFolder folder;
  const std::string file =
      folder.Write("cleo.yaml",
                   "vendor: {id: cleo, legal_name: Cleo, kind: operator}\n"
                   "shares: [{id: s, elements: [student.name], start_date: 2017-08-01}]\n");
  const Outcome applied = RunClient(server, {"apply", "-f", file, "--dry-run"});
  EXPECT_EQ(applied.code, 0) << applied.err;
  EXPECT_TRUE(dry);
  EXPECT_THAT(applied.out, HasSubstr("created  vendors/cleo"));
  ASSERT_EQ(RunClient(server, {"export", "cleo", "-o", folder.Path("out.yaml")}).code, 0);
  const v1::VendorFile first = held;
  ASSERT_EQ(RunClient(server, {"apply", "-f", folder.Path("out.yaml")}).code, 0);
  EXPECT_FALSE(dry);
  EXPECT_EQ(held.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(RunClient(server, {"apply", "-f", folder.Path("none.yaml")}).code, 9);
  EXPECT_EQ(RunClient(server, {"apply", "-f", folder.Write("bad.yaml", "vendor: 3\n")}).code, 2);
}

TEST(Program, TheDeadlineOfTheUserIsKept) {
  FakeServer server;
  server.get_vendor = [](const v1::GetVendorRequest&, v1::Vendor*) {
    return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "");
  };
  const Outcome outcome = RunClient(server, {"vendor", "get", "cleo", "--timeout", "5m"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("--timeout"));
}

TEST(Program, TokensGoWithCallsFromFilesOfTheirOwner) {
  const TempFolder folder;
  FakeServer server;
  server.get_vendor = [](const v1::GetVendorRequest&, v1::Vendor*) { return grpc::Status::OK; };
  EXPECT_EQ(RunClient(server, {"vendor", "get", "cleo"}).code, 0);
  EXPECT_EQ(server.authorization, "");
  const std::string file = folder.Write("token", "rct_secret\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  EXPECT_EQ(RunClient(server, {"vendor", "get", "cleo", "--token-file", file}).code, 0);
  EXPECT_EQ(server.authorization, "Bearer rct_secret");

  std::filesystem::permissions(file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const Outcome readable = RunClient(server, {"vendor", "get", "cleo", "--token-file", file});
  EXPECT_EQ(readable.code, 9);
  EXPECT_THAT(readable.err, AllOf(HasSubstr("chmod"), Not(HasSubstr("rct_secret"))));
  // What asks no server, or one that answers everybody, needs no token.
  EXPECT_EQ(RunClient({"completion", "bash", "--token-file", file}).code, 0);
}

// Names the configuration file as long as it lives.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& path) {
    setenv("ROLLCALL_CLIENT_CONFIG", path.c_str(), 1);
  }
  ~ConfigFile() { unsetenv("ROLLCALL_CLIENT_CONFIG"); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
};

TEST(Program, TheTokenOfTheConfigurationFileGoesToItsServerAlone) {
  const TempFolder folder;
  FakeServer own;
  FakeServer other;
  for (FakeServer* server : {&own, &other}) {
    server->get_vendor = [](const v1::GetVendorRequest&, v1::Vendor*) { return grpc::Status::OK; };
  }
  const std::string token = folder.Write("token", "rct_secret\n");
  std::filesystem::permissions(token, std::filesystem::perms::owner_read);
  const ConfigFile config(
      folder.Write("client.toml", "address = \"" + own.address() + "\"\ntoken_file = \"token\"\n"));
  ASSERT_EQ(RunClient({"vendor", "get", "cleo"}).code, 0);
  EXPECT_EQ(own.authorization, "Bearer rct_secret");
  ASSERT_EQ(RunClient(other, {"vendor", "get", "cleo"}).code, 0);
  EXPECT_EQ(other.authorization, "");
  ASSERT_EQ(RunClient(other, {"vendor", "get", "cleo", "--token-file", token}).code, 0);
  EXPECT_EQ(other.authorization, "Bearer rct_secret");
}

TEST(Program, AFolderInPlaceOfAFileIsAWrongFile) {
  const TempFolder folder;
  const std::string path = folder.Path("");
  EXPECT_EQ(RunClient({"apply", "-f", path}).code, 9);
  EXPECT_EQ(RunClient({"vendor", "create", "cleo", "--file", path}).code, 9);
  EXPECT_EQ(RunClient({"vendor", "list", "--address", "127.0.0.1:1", "--ca", path}).code, 9);
  const ConfigFile config(path);
  EXPECT_EQ(RunClient({"vendor", "list"}).code, 9);
}

TEST(Program, SignInNeedsAnIssuerOnce) {
  const Outcome outcome = RunClient({"login"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--issuer"));
  EXPECT_EQ(RunClient({"login", "--issuer", "http://id.example", "--client-id", "x"}).code, 2);
  EXPECT_EQ(RunClient({"login", "--issuer", "http://127.0.0.1:1", "--client-id", "x"}).code, 6);
}

}  // namespace
}  // namespace rollcall::cli
