#include "server/access/issuer_key_source.h"

#include <stop_token>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/access/web_fetch.h"
#include "tests/access/issuer.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/web_server.h"

namespace rollcall::access {
namespace {

using ::rollcall::testing::WebServer;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Fetched(const std::string& url, std::size_t max_bytes = 1000) {
  const absl::StatusOr<std::string> text = FetchText(url, "", max_bytes, std::stop_token());
  if (text.ok()) return *text;
  EXPECT_EQ(text.status().code(), absl::StatusCode::kUnavailable);
  return std::string(text.status().message());
}

TEST(FetchTextTest, ReturnsTheBodyOfAGoodAnswerOnly) {
  WebServer server([&](const std::string& path) {
    if (path == "/good") return WebServer::Ok("a text");
    if (path == "/moved") return WebServer::Status(302, "Location: /good\r\n");
    if (path == "/file") return WebServer::Status(302, "Location: file:///etc/hostname\r\n");
    if (path == "/cut") return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    if (path == "/garbage") return std::string("no answer at all\r\n\r\n");
    return WebServer::Status(404);
  });
  EXPECT_EQ(Fetched(server.Url("/good")), "a text");
  EXPECT_EQ(Fetched(server.Url("/good"), 6), "a text");
  EXPECT_THAT(Fetched(server.Url("/good"), 5), HasSubstr(server.Url("/good")));
  EXPECT_THAT(Fetched(server.Url("/moved")), HasSubstr("status 302"));
  EXPECT_THAT(Fetched(server.Url("/file")), HasSubstr("status 302"));
  EXPECT_THAT(Fetched(server.Url("/none")), HasSubstr("status 404"));
  EXPECT_THAT(Fetched(server.Url("/cut")), HasSubstr(server.Url("/cut")));
  EXPECT_THAT(Fetched(server.Url("/garbage")), HasSubstr(server.Url("/garbage")));
}

TEST(FetchTextTest, NobodyThere) {
  std::string url;
  {
    WebServer server([](const std::string&) { return WebServer::Status(404); });
    url = server.Url("/");
  }
  EXPECT_THAT(Fetched(url), HasSubstr(url));
  // A server that does not speak TLS.
  WebServer plain([](const std::string&) { return WebServer::Ok("x"); });
  EXPECT_THAT(Fetched("https" + plain.Url().substr(4)), HasSubstr("https://127.0.0.1"));
}

TEST(FetchTextTest, AStopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  WebServer server([](const std::string&) { return WebServer::Ok("x"); });
  EXPECT_FALSE(FetchText(server.Url("/"), "", 1000, stop.get_token()).ok());
}

TEST(KeySetUrlTest, TakesOnlyADocumentOfTheIssuer) {
  EXPECT_EQ(DiscoveryUrl("https://id.example"),
            "https://id.example/.well-known/openid-configuration");
  EXPECT_EQ(DiscoveryUrl("https://id.example/a/"),
            "https://id.example/a/.well-known/openid-configuration");
  const auto outcome = [](const nlohmann::json& document, std::string_view issuer) {
    const absl::StatusOr<std::string> url = KeySetUrl(document.dump(), issuer);
    return url.ok() ? *url : std::string(url.status().message());
  };
  nlohmann::json document = {{"issuer", "https://id.example"},
                             {"jwks_uri", "https://keys.example/set"}};
  EXPECT_EQ(outcome(document, "https://id.example"), "https://keys.example/set");
  EXPECT_THAT(outcome(document, "https://id.example/"), HasSubstr("not of the configured issuer"));
  EXPECT_THAT(outcome(nlohmann::json::array(), "https://id.example"), HasSubstr("not a JSON"));
  document["jwks_uri"] = "http://127.0.0.1/set";
  EXPECT_THAT(outcome(document, "https://id.example"), HasSubstr("not https"));
  document["jwks_uri"] = "http://keys.example/set";
  EXPECT_THAT(outcome(document, "https://id.example"), HasSubstr("must begin with https"));
  document["jwks_uri"] = "file:///etc/keys";
  EXPECT_THAT(outcome(document, "https://id.example"), HasSubstr("https://"));
  document.erase("jwks_uri");
  EXPECT_THAT(outcome(document, "https://id.example"), HasSubstr("no jwks_uri"));
  EXPECT_EQ(outcome({{"issuer", "http://localhost:1"}, {"jwks_uri", "http://localhost:1/set"}},
                    "http://localhost:1"),
            "http://localhost:1/set");
}

class LoadKeySetTest : public ::testing::Test {
 protected:
  std::string Loaded() const {
    const absl::StatusOr<KeySet> set = LoadKeySet(settings_, std::stop_token());
    return set.ok() ? set->keys.at(0).id() : std::string(set.status().message());
  }

  rollcall::testing::TempDir directory_;
  runtime::OidcSettings settings_;
};

TEST_F(LoadKeySetTest, FromAFile) {
  settings_.jwks_file = directory_.Path("keys.json");
  EXPECT_THAT(Loaded(), AllOf(HasSubstr(settings_.jwks_file), HasSubstr("cannot be read")));
  directory_.Write("keys.json", "{}");
  EXPECT_THAT(Loaded(), AllOf(HasSubstr(settings_.jwks_file), HasSubstr("no list named keys")));
  directory_.Write("keys.json", KeySetText({KeyPair::Ec().Jwk("a")}));
  EXPECT_EQ(Loaded(), "a");
  directory_.Write("keys.json", std::string(kMaxKeySetBytes + 1, ' '));
  EXPECT_THAT(Loaded(), HasSubstr("over 1 MiB"));
  settings_.jwks_file = directory_.Path("");
  EXPECT_THAT(Loaded(), HasSubstr("cannot be read"));
}

TEST_F(LoadKeySetTest, FromAnAddressAndByDiscovery) {
  const std::string keys = KeySetText({KeyPair::Ec().Jwk("a")});
  std::string issuer;
  WebServer server([&](const std::string& path) {
    if (path == "/keys") return WebServer::Ok(keys);
    if (path != "/.well-known/openid-configuration") return WebServer::Status(404);
    return WebServer::Ok(nlohmann::json{{"issuer", issuer}, {"jwks_uri", issuer + "/keys"}}.dump());
  });
  issuer = server.Url();
  settings_.issuer = issuer;
  EXPECT_EQ(Loaded(), "a");
  settings_.jwks_url = server.Url("/keys");
  settings_.issuer = "https://id.example";
  EXPECT_EQ(Loaded(), "a");
  settings_.jwks_url = server.Url("/elsewhere");
  EXPECT_THAT(Loaded(), HasSubstr("status 404"));
}

}  // namespace
}  // namespace rollcall::access
