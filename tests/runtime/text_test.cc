#include "server/runtime/text.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace rollcall::runtime {
namespace {

TEST(CleanText, LeavesValidTextAlone) {
  const std::string text = "a\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F" + std::string(1, '\0');
  EXPECT_EQ(CleanText(text, 100), text);
  EXPECT_EQ(CleanText(text, text.size()), text);
  EXPECT_EQ(CleanText("", 3), "");
}

TEST(CleanText, ReplacesWhatIsNotUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> cases[] = {
      {"\xFF", bad},
      {"a\x80z", "a" + bad + "z"},
      {"\xC0\xAF", bad + bad},                      // Overlong slash.
      {"\xE0\x80\xAF", bad + bad + bad},            // The same in three bytes.
      {"\xED\xA0\x80", bad + bad + bad},            // A surrogate.
      {"\xF4\x90\x80\x80", bad + bad + bad + bad},  // Above U+10FFFF.
      {"\xF5z", bad + "z"},
      {"\xE2\x82", bad + bad},  // Ends within a character.
      {"\xE2\x82z", bad + bad + "z"},
      {"\xC3", bad},
  };
  for (const auto& [text, clean] : cases) EXPECT_EQ(CleanText(text, 100), clean);
}

TEST(CleanText, CutsBetweenCharacters) {
  EXPECT_EQ(CleanText("abcdef", 6), "abcdef");
  EXPECT_EQ(CleanText("abcdefg", 6), "abc...");
  EXPECT_EQ(CleanText("ab\xE2\x82\xAC\xE2\x82\xAC", 7), "ab...");
  EXPECT_EQ(CleanText("ab\xE2\x82\xAC\xE2\x82\xAC", 8), "ab\xE2\x82\xAC\xE2\x82\xAC");
  EXPECT_EQ(CleanText(std::string(10'000'000, 'x'), 10), "xxxxxxx...");
  EXPECT_EQ(CleanText(std::string(100, '\xFF'), 3), "...");
}

}  // namespace
}  // namespace rollcall::runtime
