#include "client/cli/redirect_listener.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/web_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kIssuer[] = "https://id.example";

// What the terminal learns once a browser has asked for all `visits`, one after the other.
absl::StatusOr<std::string> AfterVisits(const std::vector<std::string>& visits,
                                        std::vector<WebAnswer>* answers) {
  auto listener = *RedirectListener::Open();
  std::thread browser([&, address = listener->address()] {
    WebClient client("");
    const std::string root = address.substr(0, address.rfind('/'));
    for (const std::string& visit : visits) {
      const auto answer = client.Get(root + visit);
      answers->push_back(answer.ok() ? *answer : WebAnswer());
    }
  });
  absl::StatusOr<std::string> code =
      listener->Wait("the-state", kIssuer, absl::Now() + absl::Minutes(2));
  browser.join();
  return code;
}

TEST(RedirectListenerTest, ListensOnThisMachineOnly) {
  EXPECT_THAT((*RedirectListener::Open())->address(), StartsWith("http://127.0.0.1:"));
}

TEST(RedirectListenerTest, TakesTheCodeOfTheSignInThatWasBegun) {
  std::vector<WebAnswer> answers;
  const auto code = AfterVisits(
      {"/callback?code=a%2Bb%20c&state=the-state&iss=https%3A%2F%2Fid.example"}, &answers);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, "a+b c");
  EXPECT_EQ(answers[0].status, 200);
}

TEST(RedirectListenerTest, GoesOnWaitingWhenSomebodyElseComes) {
  std::vector<WebAnswer> answers;
  const auto code = AfterVisits(
      {"/favicon.ico", "/callback", "/callback?code=evil", "/callback?code=evil&state=guess",
       "/callback?code=evil&state=the-state-and-more", "/callback?error=access_denied&state=guess",
       "/callback?code=evil&state=x&state=the-state", "/callback?code=good&state=the-state"},
      &answers);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, "good");
  ASSERT_EQ(answers.size(), 8U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_GE(answers[i].status, 400) << i;
}

TEST(RedirectListenerTest, SaysWhatTheIssuerSays) {
  std::vector<WebAnswer> answers;
  auto code = AfterVisits({"/callback?error=access_denied&state=the-state"}, &answers);
  EXPECT_EQ(code.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(code.status().message()), HasSubstr("access_denied"));
  code = AfterVisits({"/callback?error=%1b%5b31m&state=the-state"}, &answers);
  EXPECT_THAT(std::string(code.status().message()), HasSubstr("?[31m"));
  code = AfterVisits({"/callback?code=x&state=the-state&iss=https%3A%2F%2Fevil.example"}, &answers);
  EXPECT_THAT(std::string(code.status().message()), HasSubstr("another issuer"));
}

TEST(RedirectListenerTest, WaitsNotForEver) {
  const auto listener = *RedirectListener::Open();
  EXPECT_EQ(listener->Wait("the-state", kIssuer, absl::Now()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace rollcall::cli
