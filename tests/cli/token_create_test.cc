#include "client/cli/token_create.h"

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "rollcall/v1/access_service.grpc.pb.h"
#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "rct_0123456789012345678901234567890123456789012abcdef";

// Makes one token, whose secret it tells unless it was told not to.
class TokenServer final : public v1::AccessService::Service {
 public:
  TokenServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  grpc::Status CreateToken(grpc::ServerContext*, const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override {
    seen = *request;
    ++calls;
    if (refuses) return {grpc::StatusCode::PERMISSION_DENIED, "no"};
    *response->mutable_token() = request->token();
    response->mutable_token()->set_name("tokens/" + request->token_id());
    if (tells) response->set_secret(kSecret);
    return grpc::Status::OK;
  }

  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--address", address()});
    return RunClient(arguments);
  }

  v1::CreateTokenRequest seen;
  int calls = 0;
  bool tells = true;
  bool refuses = false;

 private:
  std::string address() const { return "unix:" + folder_.Path("server.sock"); }

  TempFolder folder_;
  std::unique_ptr<grpc::Server> server_;
};

TEST(TokenCreate, ShowsTheSecretOnce) {
  TokenServer server;
  const Outcome outcome =
      server.Run({"token", "create", "t1", "--principal", "user:ana", "--display-name", "laptop"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(server.seen.token_id(), "t1");
  EXPECT_EQ(server.seen.token().principal(), "user:ana");
  EXPECT_EQ(server.seen.token().display_name(), "laptop");
  EXPECT_FALSE(server.seen.request_id().empty());
  EXPECT_THAT(outcome.out, HasSubstr(std::string("\n") + kSecret + "\n"));
  EXPECT_THAT(outcome.err, HasSubstr("shown this once"));
  EXPECT_THAT(outcome.err, Not(HasSubstr(kSecret)));
}

TEST(TokenCreate, WritesTheSecretIntoAFileOfItsOwn) {
  for (const char* output : {"table", "json", "csv"}) {
    TokenServer server;
    const TempFolder folder;
    const std::string file = folder.Path("ana.token");
    const Outcome outcome = server.Run(
        {"token", "create", "--principal", "user:ana", "--token-out", file, "--output", output});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(ReadFile(file), std::string(kSecret) + "\n");
    struct stat info {};
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(kSecret)));
  }
}

TEST(TokenCreate, AFileThatExistsIsLeftAloneAndNothingIsMade) {
  TokenServer server;
  const TempFolder folder;
  const std::string file = folder.Write("ana.token", "mine");
  EXPECT_EQ(server.Run({"token", "create", "--principal", "user:ana", "--token-out", file}).code,
            9);
  EXPECT_EQ(
      server.Run({"token", "create", "--principal", "user:ana", "--token-out", "/no/such/f"}).code,
      9);
  EXPECT_EQ(ReadFile(file), "mine");
  EXPECT_EQ(server.calls, 0);
}

TEST(TokenCreate, ARefusalLeavesNoFile) {
  TokenServer server;
  server.refuses = true;
  const TempFolder folder;
  const std::string file = folder.Path("ana.token");
  EXPECT_EQ(server.Run({"token", "create", "--principal", "user:ana", "--token-out", file}).code,
            5);
  EXPECT_FALSE(FileExists(file));
}

TEST(TokenCreate, ARepeatedRequestSaysThatTheSecretWasTold) {
  TokenServer server;
  server.tells = false;
  const TempFolder folder;
  const std::string file = folder.Path("ana.token");
  const Outcome outcome =
      server.Run({"token", "create", "--principal", "user:ana", "--token-out", file});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("told then"));
  EXPECT_FALSE(FileExists(file));
}

TEST(TokenCreate, ADryRunMakesNoFile) {
  TokenServer server;
  server.tells = false;
  const TempFolder folder;
  const std::string file = folder.Path("ana.token");
  const Outcome outcome =
      server.Run({"token", "create", "--principal", "user:ana", "--dry-run", "--token-out", file});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(server.seen.validate_only());
  EXPECT_FALSE(FileExists(file));
}

}  // namespace
}  // namespace rollcall::cli
