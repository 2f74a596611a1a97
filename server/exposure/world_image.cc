#include "server/exposure/world_image.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

namespace rollcall::exposure {
namespace {

// Changes with the layout below; also tells the byte order.
constexpr std::uint64_t kMagic = 0x524f4c4c43414c31;  // "ROLLCAL1"

absl::Status NoImage() { return absl::DataLossError("the stored engine image cannot be read"); }

template <typename T>
void AppendNumber(T value, std::string* bytes) {
  static_assert(std::is_integral_v<T>);
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <typename T>
void AppendColumn(const std::vector<T>& column, std::string* bytes) {
  static_assert(std::is_integral_v<T>);
  AppendNumber<std::uint64_t>(column.size(), bytes);
  bytes->append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T));
}

template <typename T>
bool TakeNumber(std::string_view* bytes, T* value) {
  if (bytes->size() < sizeof(T)) return false;
  std::memcpy(value, bytes->data(), sizeof(T));
  bytes->remove_prefix(sizeof(T));
  return true;
}

template <typename T>
bool TakeColumn(std::string_view* bytes, std::vector<T>* column) {
  std::uint64_t size = 0;
  if (!TakeNumber(bytes, &size) || size > bytes->size() / sizeof(T)) return false;
  column->resize(size);
  if (size == 0) return true;  // memcpy may not be given the null pointer of an empty vector.
  std::memcpy(column->data(), bytes->data(), size * sizeof(T));
  bytes->remove_prefix(size * sizeof(T));
  return true;
}

// One field of each record as a column; structures have gaps that must not be written.
template <typename Record, typename T>
void AppendField(const std::vector<Record>& records, T Record::*field, std::string* bytes) {
  std::vector<T> column;
  column.reserve(records.size());
  for (const Record& record : records) column.push_back(record.*field);
  AppendColumn(column, bytes);
}

template <typename Record, typename T>
bool TakeField(std::string_view* bytes, T Record::*field, std::vector<Record>* records) {
  std::vector<T> column;
  if (!TakeColumn(bytes, &column)) return false;
  if (records->empty()) records->resize(column.size());
  if (records->size() != column.size()) return false;
  for (std::size_t i = 0; i < column.size(); ++i) (*records)[i].*field = column[i];
  return true;
}

bool IsIndex(const std::vector<std::uint32_t>& begin, std::size_t people, std::size_t entries) {
  return begin.size() == people + 1 && begin.front() == 0 && begin.back() == entries &&
         std::is_sorted(begin.begin(), begin.end());
}

bool FitsOrEmpty(const Bits& bits, std::size_t words) {
  return bits.empty() || bits.size() == words;
}

}  // namespace

void WorldImage::Append(const World& world, std::string* bytes) {
  AppendNumber(kMagic, bytes);
  AppendNumber(world.revision_, bytes);
  AppendColumn(world.ids_, bytes);
  AppendColumn(world.languages_, bytes);
  AppendColumn(world.contacts_, bytes);
  AppendColumn(world.staff_, bytes);
  AppendColumn(world.current_, bytes);
  for (const Bits& bits : world.populated_) AppendColumn(bits, bytes);
  for (const Bits& bits : world.known_empty_) AppendColumn(bits, bytes);
  AppendColumn(world.enrollment_begin_, bytes);
  AppendColumn(world.enrollments_, bytes);
  AppendColumn(world.program_begin_, bytes);
  AppendField(world.program_spells_, &ProgramSpell::program, bytes);
  AppendField(world.program_spells_, &ProgramSpell::first, bytes);
  AppendField(world.program_spells_, &ProgramSpell::last, bytes);
  AppendField(world.classes_, &EnrollmentSpell::school_year, bytes);
  AppendField(world.classes_, &EnrollmentSpell::school, bytes);
  AppendField(world.classes_, &EnrollmentSpell::grade, bytes);
  AppendField(world.classes_, &EnrollmentSpell::first, bytes);
  AppendField(world.classes_, &EnrollmentSpell::last, bytes);
  AppendNumber(world.staff_classes_begin_, bytes);
}

absl::StatusOr<std::shared_ptr<const World>> WorldImage::Take(std::string_view* bytes) {
  std::uint64_t magic = 0;
  const std::shared_ptr<World> world(new World);
  bool ok = TakeNumber(bytes, &magic) && magic == kMagic && TakeNumber(bytes, &world->revision_) &&
            TakeColumn(bytes, &world->ids_) && TakeColumn(bytes, &world->languages_) &&
            TakeColumn(bytes, &world->contacts_) && TakeColumn(bytes, &world->staff_) &&
            TakeColumn(bytes, &world->current_);
  for (auto* fields : {&world->populated_, &world->known_empty_}) {
    for (Bits& bits : *fields) {
      ok = ok && TakeColumn(bytes, &bits) && FitsOrEmpty(bits, world->words());
    }
  }
  ok = ok && TakeColumn(bytes, &world->enrollment_begin_) &&
       TakeColumn(bytes, &world->enrollments_) && TakeColumn(bytes, &world->program_begin_) &&
       TakeField(bytes, &ProgramSpell::program, &world->program_spells_) &&
       TakeField(bytes, &ProgramSpell::first, &world->program_spells_) &&
       TakeField(bytes, &ProgramSpell::last, &world->program_spells_) &&
       TakeField(bytes, &EnrollmentSpell::school_year, &world->classes_) &&
       TakeField(bytes, &EnrollmentSpell::school, &world->classes_) &&
       TakeField(bytes, &EnrollmentSpell::grade, &world->classes_) &&
       TakeField(bytes, &EnrollmentSpell::first, &world->classes_) &&
       TakeField(bytes, &EnrollmentSpell::last, &world->classes_) &&
       TakeNumber(bytes, &world->staff_classes_begin_);
  const std::size_t people = world->ids_.size();
  ok = ok && people <= WorldBuilder::kMaxPeople && world->languages_.size() == people &&
       world->contacts_.size() == people && world->staff_.size() == world->words() &&
       world->current_.size() == world->words() &&
       IsIndex(world->enrollment_begin_, people, world->enrollments_.size()) &&
       IsIndex(world->program_begin_, people, world->program_spells_.size()) &&
       world->staff_classes_begin_ <= world->classes_.size() &&
       std::all_of(world->enrollments_.begin(), world->enrollments_.end(),
                   [&](std::uint32_t c) { return c < world->classes_.size(); });
  if (!ok) return NoImage();
  world->Derive();
  if (world->school_years_.size() > WorldBuilder::kMaxSchoolYears) return NoImage();
  return std::shared_ptr<const World>(world);
}

}  // namespace rollcall::exposure
