#include "server/runtime/web_address.h"

#include <string>

#include "gtest/gtest.h"

namespace rollcall::runtime {
namespace {

TEST(WebAddressTest, AcceptsEncryptedAddressesAndThisMachine) {
  for (const char* url :
       {"https://id.example", "https://id.example/", "https://id.example:8443/realms/district",
        "https://10.0.0.1/keys", "https://[2001:db8::1]:8443/keys", "http://127.0.0.1:8080/keys",
        "http://localhost", "http://[::1]:9/x"}) {
    EXPECT_TRUE(CheckWebAddress(url).ok()) << url;
  }
  EXPECT_TRUE(IsEncrypted("https://id.example"));
  EXPECT_FALSE(IsEncrypted("http://localhost"));
}

TEST(WebAddressTest, RefusesEverythingElse) {
  for (const std::string url : {"",
                                "id.example",
                                "http://id.example",
                                "http://127.0.0.2",
                                "http://localhost.example",
                                "http://localhost@id.example",
                                "https://user:word@id.example",
                                "https://",
                                "https:///path",
                                "https://:443",
                                "https://id.example:0",
                                "https://id.example:65536",
                                "https://id.example:",
                                "https://id.example:80:80",
                                "https://id example",
                                "https://id.example/a?b",
                                "https://id.example/a#b",
                                "https://[::1",
                                "https://[]",
                                "https://[x]",
                                "file:///etc/passwd",
                                "HTTPS://id.example",
                                "https://id.example/\n",
                                "http://127.0.0.1\\@id.example"}) {
    EXPECT_EQ(CheckWebAddress(url).code(), absl::StatusCode::kInvalidArgument) << url;
  }
  EXPECT_FALSE(CheckWebAddress("https://" + std::string(2000, 'a')).ok());
}

}  // namespace
}  // namespace rollcall::runtime
