#include "server/access/tokens.h"

#include <fstream>
#include <iterator>

#include "server/access/token_text.h"
#include "storage/register_tables.h"
#include "tests/access/access_fixture.h"

namespace rollcall::access {
namespace {

using testing::IsError;
using testing::IsInvalidField;

using TokensTest = AccessTest;

TEST_F(TokensTest, StandsForItsHolderForNinetyDays) {
  const auto made = NewToken("user:ana");
  RC_ASSERT_OK(made);
  const auto& [token, secret] = *made;
  EXPECT_TRUE(IsTokenText(secret));
  EXPECT_EQ(token.ending(), secret.substr(secret.size() - 4));
  const auto holder = View()->FindToken(secret, clock_.Now());
  RC_ASSERT_OK(holder);
  EXPECT_EQ(holder->principal, "user:ana");
  EXPECT_EQ(holder->token, token.name());
  EXPECT_EQ(holder->expires, clock_.Now() + absl::Hours(90 * 24));
  clock_.Advance(absl::Hours(90 * 24) - absl::Microseconds(1));
  RC_EXPECT_OK(View()->FindToken(secret, clock_.Now()));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_THAT(View()->FindToken(secret, clock_.Now()),
              IsError(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED"));
}

TEST_F(TokensTest, GivesNoRight) {
  RC_ASSERT_OK(NewToken("user:ana"));
  EXPECT_EQ(RightsOf("user:ana"), Rights({v1::PERMISSION_SIGNED_IN}));
}

TEST_F(TokensTest, EveryRefusalIsTheSame) {
  const auto revoked = NewToken("user:ana");
  const auto expired = NewToken("user:ana", absl::Hours(1));
  RC_ASSERT_OK(revoked);
  RC_ASSERT_OK(expired);
  RC_ASSERT_OK(Revoke(revoked->first.name()));
  clock_.Advance(absl::Hours(2));
  const auto view = View();
  const absl::Status unknown = view->FindToken(*NewTokenText(), clock_.Now()).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnauthenticated);
  for (const std::string& text : {revoked->second, expired->second, std::string("rct_"),
                                  std::string(), std::string(1'000'000, 'a')}) {
    EXPECT_EQ(view->FindToken(text, clock_.Now()).status(), unknown);
  }
}

TEST_F(TokensTest, RevokedOnceAndForAll) {
  const auto made = NewToken("user:ana");
  RC_ASSERT_OK(made);
  const auto before = View();
  RC_ASSERT_OK(Revoke(made->first.name()));
  EXPECT_FALSE(View()->FindToken(made->second, clock_.Now()).ok());
  // A view is a state: that it is not the newest one is for the directory to see.
  RC_EXPECT_OK(before->FindToken(made->second, clock_.Now()));
  const std::int64_t revision = Revision();
  RC_ASSERT_OK(Revoke(made->first.name()));
  EXPECT_EQ(Revision(), revision);
  EXPECT_THAT(Revoke("tokens/nothing"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(TokensTest, WhatIsWrong) {
  for (const char* principal : {"local", "oidc:ana", "spiffe://d/system/a", "ana", "user:Ana"}) {
    EXPECT_THAT(NewToken(principal), IsInvalidField("token.principal")) << principal;
  }
  RC_EXPECT_OK(NewToken("user:ana", absl::Hours(366 * 24)));
  EXPECT_THAT(NewToken("user:ana", absl::Hours(366 * 24) + absl::Microseconds(1)),
              IsInvalidField("token.expire_time"));
  EXPECT_THAT(NewToken("user:ana", -absl::Microseconds(1)), IsInvalidField("token.expire_time"));
}

// Neither a record nor any file of the database holds the text, or half of it.
TEST_F(TokensTest, TheTextIsNowhere) {
  const auto made = NewToken("user:ana");
  RC_ASSERT_OK(made);
  const std::string half = made->second.substr(4, 22);
  const std::string other_half = made->second.substr(26, 22);
  store_.reset();
  int files = 0;
  for (const char* name : {"register.db", "register.db-wal"}) {
    std::ifstream file(dir_.Path(name), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!bytes.empty()) ++files;
    EXPECT_EQ(bytes.find(half), std::string::npos) << name;
    EXPECT_EQ(bytes.find(other_half), std::string::npos) << name;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace rollcall::access
