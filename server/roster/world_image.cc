#include "server/roster/world_image.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "server/exposure/world_image.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

absl::Status NoImage() {
  return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                   "the stored engine image cannot be read");
}

void AppendText(std::string_view text, std::string* bytes) {
  const auto size = static_cast<std::uint32_t>(text.size());
  bytes->append(reinterpret_cast<const char*>(&size), sizeof(size));
  bytes->append(text);
}

bool TakeSize(std::string_view* bytes, std::uint32_t* size) {
  if (bytes->size() < sizeof(*size)) return false;
  std::memcpy(size, bytes->data(), sizeof(*size));
  bytes->remove_prefix(sizeof(*size));
  return true;
}

bool TakeText(std::string_view* bytes, std::string* text) {
  std::uint32_t size = 0;
  if (!TakeSize(bytes, &size) || size > bytes->size()) return false;
  *text = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return true;
}

void AppendWords(const CodeTable& table, std::string* bytes) {
  const auto count = static_cast<std::uint32_t>(table.words().size());
  bytes->append(reinterpret_cast<const char*>(&count), sizeof(count));
  for (const std::string& word : table.words()) AppendText(word, bytes);
}

bool TakeWords(std::string_view* bytes, CodeTable* table) {
  std::uint32_t count = 0;
  if (!TakeSize(bytes, &count)) return false;
  std::string word;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!TakeText(bytes, &word) || !table->CodeOf(word).ok()) return false;
  }
  return table->words().size() == count;
}

}  // namespace

std::string ImageOf(const RosterWorld& roster) {
  std::string bytes;
  const std::int64_t revision = roster.roster_revision;
  bytes.append(reinterpret_cast<const char*>(&revision), sizeof(revision));
  for (const CodeTable* table :
       {&roster.schools, &roster.grades, &roster.programs, &roster.languages}) {
    AppendWords(*table, &bytes);
  }
  for (const std::string& school : roster.schools.words()) {
    const auto name = roster.school_names.find(school);
    AppendText(name == roster.school_names.end() ? std::string_view() : name->second, &bytes);
  }
  exposure::WorldImage::Append(*roster.world, &bytes);
  return bytes;
}

absl::StatusOr<std::shared_ptr<const RosterWorld>> ReadImage(std::string_view bytes) {
  auto roster = std::make_shared<RosterWorld>();
  if (bytes.size() < sizeof(roster->roster_revision)) return NoImage();
  std::memcpy(&roster->roster_revision, bytes.data(), sizeof(roster->roster_revision));
  bytes.remove_prefix(sizeof(roster->roster_revision));
  for (CodeTable* table :
       {&roster->schools, &roster->grades, &roster->programs, &roster->languages}) {
    if (!TakeWords(&bytes, table)) return NoImage();
  }
  for (const std::string& school : roster->schools.words()) {
    if (!TakeText(&bytes, &roster->school_names[school])) return NoImage();
  }
  RC_ASSIGN_OR_RETURN(roster->world, exposure::WorldImage::Take(&bytes));
  if (!bytes.empty()) return NoImage();
  return roster;
}

}  // namespace rollcall::roster
