#include "server/access/token_text.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/conformance/status_matchers.h"

namespace rollcall::access {
namespace {

TEST(TokenTextTest, EachIsNewAndHasTheForm) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto text = NewTokenText();
    RC_ASSERT_OK(text);
    EXPECT_EQ(text->size(), kTokenCharacters);
    EXPECT_TRUE(IsTokenText(*text)) << *text;
    EXPECT_EQ(text->substr(0, 4), "rct_");
    EXPECT_TRUE(seen.insert(*text).second);
  }
}

TEST(TokenTextTest, AnyChangedCharacterIsSeen) {
  const std::string text = *NewTokenText();
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'b', '-', '=', '\0'}) {
      std::string changed = text;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(IsTokenText(changed)) << i << c;
    }
  }
  EXPECT_FALSE(IsTokenText(text.substr(1)));
  EXPECT_FALSE(IsTokenText(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(IsTokenText(text + "A"));
  EXPECT_FALSE(IsTokenText(""));
}

TEST(TokenTextTest, TheFingerprintIsSha256OfTheText) {
  EXPECT_EQ(TokenDigest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace rollcall::access
