#include "server/roster/words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

template <typename T>
struct Entry {
  std::string_view word;
  T value;
  bool standard;
};

constexpr std::string_view kExtension = "ext:";

constexpr std::array<Entry<std::uint8_t>, 28> kRoles = {{
    {"student", kStudentRole, true},         {"teacher", kStaffRole, true},
    {"administrator", kStaffRole, true},     {"aide", kStaffRole, true},
    {"proctor", kStaffRole, true},           {"counselor", kStaffRole, true},
    {"principal", kStaffRole, true},         {"districtAdministrator", kStaffRole, true},
    {"siteAdministrator", kStaffRole, true}, {"systemAdministrator", kStaffRole, true},
    {"parent", kGuardianRole, true},         {"guardian", kGuardianRole, true},
    {"relative", kGuardianRole, true},       {"pupil", kStudentRole, false},
    {"learner", kStudentRole, false},        {"staff", kStaffRole, false},
    {"faculty", kStaffRole, false},          {"instructor", kStaffRole, false},
    {"professor", kStaffRole, false},        {"lecturer", kStaffRole, false},
    {"assistant", kStaffRole, false},        {"teacherAide", kStaffRole, false},
    {"counsellor", kStaffRole, false},       {"admin", kStaffRole, false},
    {"mother", kGuardianRole, false},        {"father", kGuardianRole, false},
    {"grandparent", kGuardianRole, false},   {"caregiver", kGuardianRole, false},
}};

constexpr std::array<Entry<bool>, 6> kOrgTypes = {{
    {"school", true, true},
    {"department", false, true},
    {"district", false, true},
    {"local", false, true},
    {"state", false, true},
    {"national", false, true},
}};

constexpr std::array<Entry<std::string_view>, 12> kSexes = {{
    {"male", "male", true},
    {"female", "female", true},
    {"other", "other", true},
    {"unspecified", "unspecified", true},
    {"m", "male", false},
    {"f", "female", false},
    {"x", "other", false},
    {"nonbinary", "other", false},
    {"u", "unspecified", false},
    {"unknown", "unspecified", false},
    {"notspecified", "unspecified", false},
    {"notselected", "unspecified", false},
}};

constexpr std::array<Entry<bool>, 10> kBooleans = {{
    {"true", true, true},
    {"false", false, true},
    {"yes", true, false},
    {"no", false, false},
    {"y", true, false},
    {"n", false, false},
    {"t", true, false},
    {"f", false, false},
    {"1", true, false},
    {"0", false, false},
}};

constexpr std::array<Entry<std::string_view>, 20> kGrades = {{
    {"IT", "IT", true},
    {"PR", "PR", true},
    {"PK", "PK", true},
    {"TK", "TK", true},
    {"KG", "KG", true},
    {"13", "13", true},
    {"PS", "PS", true},
    {"UG", "UG", true},
    {"Other", "Other", true},
    {"K", "KG", false},
    {"0", "KG", false},
    {"00", "KG", false},
    {"kindergarten", "KG", false},
    {"prek", "PK", false},
    {"prekindergarten", "PK", false},
    {"preschool", "PR", false},
    {"infant", "IT", false},
    {"toddler", "IT", false},
    {"ungraded", "UG", false},
    {"postsecondary", "PS", false},
}};

constexpr std::array<std::string_view, 9> kStateIdTypes = {
    "state",          "stateid",        "stateidentifier",        "statenumber", "ssid",
    "statestudentid", "studentstateid", "statestudentidentifier", "sasid"};

// An exact match is the standard's spelling only for the standard's own words.
template <typename T>
std::optional<Word<T>> Look(std::span<const Entry<T>> entries, std::string_view text) {
  for (const Entry<T>& entry : entries) {
    if (entry.standard && entry.word == text) return Word<T>{entry.value, Spelling::kExact};
  }
  const std::string loose = LooseName(text);
  for (const Entry<T>& entry : entries) {
    if (LooseName(entry.word) == loose) return Word<T>{entry.value, Spelling::kVariant};
  }
  return std::nullopt;
}

bool IsExtension(std::string_view text) {
  if (text.size() < kExtension.size() || text[kExtension.size() - 1] != ':') return false;
  return EqualsIgnoreCase(text.substr(0, kExtension.size()), kExtension);
}

}  // namespace

std::optional<Word<RowStatus>> ParseStatus(std::string_view text) {
  if (text.empty()) return Word<RowStatus>{RowStatus::kBlank};
  if (text == "active") return Word<RowStatus>{RowStatus::kActive};
  if (text == "tobedeleted") return Word<RowStatus>{RowStatus::kToBeDeleted};
  if (EqualsIgnoreCase(text, "active") || EqualsIgnoreCase(text, "inactive")) {
    return Word<RowStatus>{RowStatus::kActive, Spelling::kVariant};
  }
  if (EqualsIgnoreCase(text, "tobedeleted")) {
    return Word<RowStatus>{RowStatus::kToBeDeleted, Spelling::kVariant};
  }
  return std::nullopt;
}

std::optional<Word<std::uint8_t>> ParseRole(std::string_view text) {
  if (IsExtension(text)) return Word<std::uint8_t>{kStaffRole, Spelling::kExtension};
  return Look(std::span<const Entry<std::uint8_t>>(kRoles), text);
}

std::optional<Word<bool>> ParseIsSchool(std::string_view text) {
  if (text.empty()) return Word<bool>{false, Spelling::kVariant};
  if (IsExtension(text)) return Word<bool>{true, Spelling::kExtension};
  return Look(std::span<const Entry<bool>>(kOrgTypes), text);
}

std::optional<Word<std::string_view>> ParseSex(std::string_view text) {
  if (text.empty()) return Word<std::string_view>{""};
  return Look(std::span<const Entry<std::string_view>>(kSexes), text);
}

std::optional<Word<bool>> ParseBoolean(std::string_view text) {
  return Look(std::span<const Entry<bool>>(kBooleans), text);
}

Word<std::string> ParseGrade(std::string_view text) {
  const bool one = text.size() == 1 && text[0] >= '1' && text[0] <= '9';
  if (one) return {Cat("0", text), Spelling::kVariant};
  const bool two = text.size() == 2 && ((text[0] == '0' && text[1] >= '1' && text[1] <= '9') ||
                                        (text[0] == '1' && text[1] >= '0' && text[1] <= '2'));
  if (two) return {std::string(text), Spelling::kExact};
  // Without a letter, punctuation matters: 1-3 is a range and not grade 13.
  const bool letters = std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  const bool plain = LooseName(text) == text;
  if (!letters && !plain) return {std::string(text), Spelling::kExtension};
  const auto known = Look(std::span<const Entry<std::string_view>>(kGrades), text);
  if (!known.has_value()) return {std::string(text), Spelling::kExtension};
  return {std::string(known->value), known->spelling};
}

std::string_view StateIdOf(std::string_view text) {
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos) return {};
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return {};
    const std::string_view entry = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    const std::size_t colon = entry.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view written = entry.substr(0, colon);
    if (EqualsIgnoreCase(written, kStateIdTypes[0])) return Trim(entry.substr(colon + 1));
    const std::string type = LooseName(written);
    if (std::find(kStateIdTypes.begin(), kStateIdTypes.end(), type) != kStateIdTypes.end()) {
      return Trim(entry.substr(colon + 1));
    }
  }
  return {};
}

}  // namespace rollcall::roster
