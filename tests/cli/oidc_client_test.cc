// The client's side of OpenID Connect against answers as a bad issuer could give them; the
// end-to-end tests have a real one.
#include "client/cli/oidc_client.h"

#include <sys/stat.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/call_token.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/web_server.h"

namespace rollcall::cli {
namespace {

using nlohmann::json;
using ::rollcall::testing::WebServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OidcClientTest : public ::testing::Test {
 protected:
  OidcClientTest()
      : server_([this](const std::string& path) {
          const std::lock_guard<std::mutex> lock(mutex_);
          asked_.push_back(path);
          const auto page = pages_.find(path);
          return page == pages_.end() ? WebServer::Status(404) : page->second;
        }),
        client_(server_.Url(), "rollcall", "") {
    document_ = {{"issuer", server_.Url()},
                 {"authorization_endpoint", server_.Url("/authorize")},
                 {"token_endpoint", server_.Url("/token")},
                 {"device_authorization_endpoint", server_.Url("/device")}};
    PutDocument();
  }

  void Put(const std::string& path, const std::string& answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    pages_[path] = answer;
  }
  void PutDocument() { Put("/.well-known/openid-configuration", WebServer::Ok(document_.dump())); }
  static std::string Refusal(const json& body) {
    return absl::StrCat("HTTP/1.1 400 X\r\nConnection: close\r\nContent-Length: ",
                        body.dump().size(), "\r\n\r\n", body.dump());
  }
  std::string IdToken(const json& extra = json::object()) {
    json claims = {{"iss", server_.Url()}, {"aud", "rollcall"}, {"exp", 4'000'000'000}};
    claims.update(extra);
    return absl::StrCat("e30.", absl::WebSafeBase64Escape(claims.dump()), ".c2ln");
  }
  std::string Problem(const absl::Status& status) {
    return absl::StrCat(absl::StatusCodeToString(status.code()), ": ", status.message());
  }

  std::mutex mutex_;
  std::map<std::string, std::string> pages_;  // Guarded by mutex_.
  std::vector<std::string> asked_;            // Guarded by mutex_.
  WebServer server_;
  OidcClient client_;
  json document_;
};

TEST_F(OidcClientTest, DiscoveryMustBeOfTheIssuerAndSafe) {
  EXPECT_TRUE(client_.Discover().ok());
  EXPECT_EQ(OidcClient("http://id.example", "x", "").Discover().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OidcClient("nothing", "x", "").Discover().code(), absl::StatusCode::kInvalidArgument);
  document_["issuer"] = "https://evil.example";
  PutDocument();
  EXPECT_THAT(Problem(client_.Discover()), HasSubstr("does not call itself"));
  document_["issuer"] = server_.Url();
  document_["token_endpoint"] = "http://evil.example/token";
  PutDocument();
  EXPECT_THAT(Problem(client_.Discover()), HasSubstr("token_endpoint is not safe"));
  document_.erase("token_endpoint");
  PutDocument();
  EXPECT_THAT(Problem(client_.Discover()), HasSubstr("no token_endpoint"));
  Put("/.well-known/openid-configuration", WebServer::Ok("<html>"));
  EXPECT_THAT(Problem(client_.Discover()), HasSubstr("no discovery document"));
  Put("/.well-known/openid-configuration", WebServer::Status(302, "Location: /elsewhere\r\n"));
  EXPECT_THAT(Problem(client_.Discover()), HasSubstr("no discovery document"));
}

TEST_F(OidcClientTest, DeviceRequestsAreShownOnlyIfTheyArePrintable) {
  ASSERT_TRUE(client_.Discover().ok());
  json request = {{"device_code", "secret"},
                  {"user_code", "ABCD-EFGH"},
                  {"verification_uri", "https://id.example/device"},
                  {"expires_in", 600}};
  Put("/device", WebServer::Ok(request.dump()));
  const auto started = client_.StartDevice("openid");
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->user_code, "ABCD-EFGH");
  EXPECT_EQ(started->interval, absl::Seconds(5));
  request["user_code"] = "\x1b[2J";
  Put("/device", WebServer::Ok(request.dump()));
  EXPECT_THAT(Problem(client_.StartDevice("openid").status()), HasSubstr("INTERNAL"));
  Put("/device", Refusal({{"error", "invalid_client"}, {"error_description", "who is that?"}}));
  EXPECT_THAT(Problem(client_.StartDevice("openid").status()),
              AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr("invalid_client, who is that?")));
  document_.erase("device_authorization_endpoint");
  PutDocument();
  ASSERT_TRUE(client_.Discover().ok());
  EXPECT_THAT(Problem(client_.StartDevice("openid").status()), HasSubstr("--browser"));
}

TEST_F(OidcClientTest, Polling) {
  ASSERT_TRUE(client_.Discover().ok());
  DeviceRequest request;
  request.device_code = "secret-device-code";
  request.interval = absl::Seconds(1);
  Put("/token", Refusal({{"error", "authorization_pending"}}));
  EXPECT_FALSE(client_.PollDevice(&request)->has_value());
  EXPECT_EQ(request.interval, absl::Seconds(1));
  Put("/token", Refusal({{"error", "slow_down"}}));
  EXPECT_FALSE(client_.PollDevice(&request)->has_value());
  EXPECT_EQ(request.interval, absl::Seconds(6));
  Put("/token", Refusal({{"error", "access_denied"}}));
  EXPECT_THAT(Problem(client_.PollDevice(&request).status()),
              AllOf(HasSubstr("PERMISSION_DENIED"), Not(HasSubstr("secret"))));
  Put("/token", WebServer::Status(500));
  EXPECT_THAT(Problem(client_.PollDevice(&request).status()),
              AllOf(HasSubstr("INTERNAL"), HasSubstr("500"), Not(HasSubstr("secret"))));
  Put("/token", WebServer::Ok(json{{"id_token", IdToken()}, {"refresh_token", "r"}}.dump()));
  const auto tokens = client_.PollDevice(&request);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  ASSERT_TRUE(tokens->has_value());
  EXPECT_EQ((*tokens)->id_token, IdToken());
  EXPECT_EQ((*tokens)->id_expires, absl::FromUnixSeconds(4'000'000'000));
  EXPECT_EQ((*tokens)->refresh_token, "r");
}

TEST_F(OidcClientTest, IdTokensAreForThisClientAndRequest) {
  ASSERT_TRUE(client_.Discover().ok());
  const auto request = client_.NewCodeRequest("http://127.0.0.1:1/callback");
  const auto redeem = [&](const std::string& token) {
    Put("/token", WebServer::Ok(json{{"id_token", token}}.dump()));
    return Problem(client_.RedeemCode(*request, "code").status());
  };
  EXPECT_EQ(redeem(IdToken({{"nonce", request->nonce}})), "OK: ");
  EXPECT_EQ(redeem(IdToken({{"nonce", request->nonce}, {"aud", {"x", "rollcall"}}})), "OK: ");
  EXPECT_THAT(redeem(IdToken({{"nonce", "other"}})), HasSubstr("not for this request"));
  EXPECT_THAT(redeem(IdToken()), HasSubstr("not for this request"));
  for (const json& bad : {json{{"iss", "https://evil.example"}}, json{{"aud", "other"}},
                          json{{"exp", "never"}}, json{{"aud", nullptr}}}) {
    EXPECT_THAT(redeem(IdToken(bad)), HasSubstr("not for this client")) << bad;
  }
  for (const char* bad : {"x", "a.b", "..", "a.!.c"}) {
    EXPECT_THAT(redeem(bad), HasSubstr("not for this client")) << bad;
  }
  EXPECT_THAT(redeem("a\nb"), HasSubstr("unusual characters"));
}

TEST_F(OidcClientTest, AuthorizationHasStateNonceAndChallenge) {
  ASSERT_TRUE(client_.Discover().ok());
  const auto request = client_.NewCodeRequest("http://127.0.0.1:1/callback");
  const auto again = client_.NewCodeRequest("http://127.0.0.1:1/callback");
  EXPECT_NE(request->state, again->state);
  EXPECT_NE(request->nonce, again->nonce);
  EXPECT_NE(request->code_verifier, again->code_verifier);
  EXPECT_EQ(request->code_verifier.size(), 43U);
  const auto url = client_.AuthorizationUrl(*request, "openid offline_access");
  ASSERT_TRUE(url.ok());
  EXPECT_THAT(
      *url, AllOf(HasSubstr(server_.Url("/authorize?response_type=code&")),
                  HasSubstr("scope=openid%20offline_access"),
                  HasSubstr("redirect_uri=http%3a%2f%2f127.0.0.1%3a1%2fcallback"),
                  HasSubstr("state=" + request->state), HasSubstr("prompt=consent"),
                  HasSubstr("code_challenge_method=S256"), Not(HasSubstr(request->code_verifier))));
  // RFC 7636 appendix B.
  CodeRequest known;
  known.code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_THAT(*client_.AuthorizationUrl(known, "openid"),
              HasSubstr("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"));
}

class CallTokenTest : public OidcClientTest {
 protected:
  void Keep(absl::Duration left, const std::string& refresh_token, bool send_access = false) {
    const SignIn one{server_.Url(), "rollcall",         "",           send_access,
                     "kept",        absl::Now() + left, refresh_token};
    ASSERT_TRUE(store_
                    .Change([&](SignIns& all) {
                      all["server"] = one;
                      return absl::OkStatus();
                    })
                    .ok());
  }
  std::string Token(const std::string& file = "") {
    const absl::StatusOr<std::string> token = TokenForCall(file, "server", &store_);
    return token.ok() ? *token : Problem(token.status());
  }
  int TimesAsked(const std::string& path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return static_cast<int>(std::count(asked_.begin(), asked_.end(), path));
  }

  rollcall::testing::TempDir directory_;
  TokenStore store_{directory_.Path("rollcall/tokens.json")};
};

TEST_F(CallTokenTest, FreshTokensAreUsedAsTheyAre) {
  EXPECT_EQ(Token(), "");
  Keep(absl::Minutes(5), "r");
  EXPECT_EQ(Token(), "kept");
  EXPECT_EQ(TimesAsked("/token"), 0);
  EXPECT_EQ(*TokenForCall("", "another server", &store_), "");
}

TEST_F(CallTokenTest, TokensAboutToExpireAreRenewedOnce) {
  Keep(absl::Seconds(30), "old-refresh");
  Put("/token", WebServer::Ok(json{{"id_token", IdToken()}, {"refresh_token", "new"}}.dump()));
  EXPECT_EQ(Token(), IdToken());
  EXPECT_EQ(store_.Read()->at("server").refresh_token, "new");
  EXPECT_EQ(Token(), IdToken());
  EXPECT_EQ(TimesAsked("/token"), 1);
}

TEST_F(CallTokenTest, TheOldRefreshTokenGoesOnIfThereIsNoNewOne) {
  Keep(absl::Seconds(30), "old-refresh", /*send_access=*/true);
  Put("/token", WebServer::Ok(json{{"access_token", "access"}, {"expires_in", 300}}.dump()));
  EXPECT_EQ(Token(), "access");
  EXPECT_EQ(store_.Read()->at("server").refresh_token, "old-refresh");
}

TEST_F(CallTokenTest, WhatCannotBeRenewedMeansToSignInAgain) {
  Keep(absl::Seconds(-1), "");
  EXPECT_THAT(Token(), AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr("rollcall login")));
  Keep(absl::Seconds(-1), "secret-refresh");
  Put("/token", Refusal({{"error", "invalid_grant"}}));
  EXPECT_THAT(Token(), AllOf(HasSubstr("invalid_grant"), HasSubstr("rollcall login"),
                             Not(HasSubstr("secret-refresh"))));
  Put("/token", WebServer::Ok("{}"));
  EXPECT_THAT(Token(), HasSubstr("rollcall login"));
}

TEST_F(CallTokenTest, FilesWithATokenComeFirst) {
  Keep(absl::Minutes(5), "r");
  const std::string file = directory_.Write("token", "rct_abc\n");
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(Token(file), "rct_abc");
  for (const char* bad : {"", "\n", "two words", "two\nlines", "caf\xc3\xa9"}) {
    directory_.Write("token", bad);
    EXPECT_THAT(Token(file), HasSubstr("not one line with a token")) << bad;
  }
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(Token(file), HasSubstr("chmod"));
  EXPECT_THAT(Token(directory_.Path("none")), HasSubstr("NOT_FOUND"));
}

}  // namespace
}  // namespace rollcall::cli
