// Short lists of given and family names, streets and towns. The people, streets and towns that
// come of combining them are made up; many family names are too.

#ifndef ROLLCALL_CLIENT_DISTRICT_NAMES_H_
#define ROLLCALL_CLIENT_DISTRICT_NAMES_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace rollcall::district {

struct Name {
  std::string_view text;   // UTF-8, as it stands in a roster.
  std::string_view ascii;  // Lower-case ASCII letters, for mail addresses.
};

// Names of one origin, and the home languages that go with them.
struct NameGroup {
  std::string_view language;      // ISO 639-1.
  std::uint32_t weight;           // Share of the families, in thousandths; all add up to 1,000.
  std::uint32_t language_chance;  // Of its families that speak `language`, in thousandths.
  std::span<const Name> female;
  std::span<const Name> male;
  std::span<const Name> family;
};

// The other families of a group speak English.
std::span<const NameGroup> NameGroups();

std::span<const std::string_view> StreetNames();
std::span<const std::string_view> SchoolFirstWords();
std::span<const std::string_view> SchoolSecondWords();

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_NAMES_H_
