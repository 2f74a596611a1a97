#include "server/roster/register_index.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/roster_store.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

// How far behind the last person the next one of the same kind is looked for.
constexpr std::uint32_t kGuessDistance = 6;

// A resource id from a district's number or a source id: lower case, other characters as '-'.
std::string SchoolSlug(std::string_view id) {
  std::string slug;
  for (const char c : id.substr(0, 64)) {
    if (c >= 'A' && c <= 'Z') {
      slug.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_') {
      slug.push_back(c);
    } else {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && !std::isalnum(static_cast<unsigned char>(slug.back()))) slug.pop_back();
  const auto begin =
      std::find_if(slug.begin(), slug.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  slug.erase(slug.begin(), begin);
  return slug.empty() ? "unnamed" : slug;
}

}  // namespace

absl::Status RegisterIndex::Load(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const std::int64_t largest, LargestPersonId(tx));
  next_person_id_ = largest + 1;
  RC_ASSIGN_OR_RETURN(const std::int64_t count, CountPeople(tx));
  Reserve(static_cast<std::uint64_t>(count));
  RC_RETURN_IF_ERROR(ForEachPersonOutline(tx, [&](const PersonOutline& key) -> absl::Status {
    KnownPerson person;
    person.person_id = key.person_id;
    person.kind = static_cast<Kind>(key.kind);
    person.current = key.current;
    person.content_hash = key.content_hash;
    person.populated = key.populated;
    person.has_source_id = key.source != kNoIdIndex;
    person.has_fact = true;
    person.existed = true;
    people_.push_back(person);
    ids_.emplace_back();
    AddIds(static_cast<std::uint32_t>(people_.size() - 1), key.source, key.district);
    return absl::OkStatus();
  }));
  RC_ASSIGN_OR_RETURN(const std::vector<SchoolRow> schools, AllSchools(tx));
  for (const SchoolRow& school : schools) {
    const std::size_t place = schools_.size();
    schools_.push_back({school.school_id, school.display_name});
    if (!school.source_id.empty()) school_by_source_[school.source_id] = place;
    school_by_name_[school.name] = place;
    next_school_id_ = std::max(next_school_id_, school.school_id + 1);
  }
  return absl::OkStatus();
}

void RegisterIndex::Reserve(std::uint64_t people) {
  people_.reserve(people);
  ids_.reserve(people);
  by_source_.reserve(people);
}

void RegisterIndex::ExpectFirstPeople(std::uint64_t people) {
  Reserve(people);
  next_guardian_id_ = next_person_id_ + static_cast<std::int64_t>(people);
}

// Files mostly name people in the order in which an earlier one did, so the person found last and
// the next one of the same kind are tried before the whole map.
bool RegisterIndex::GuessBySource(Kind kind, const BlindIndex& source) {
  std::uint32_t& last = last_[Slot(kind)];
  const auto right = [&](std::uint32_t place) { return ids_[place].source == source; };
  if (last < people_.size() && people_[last].kind == kind && right(last)) return true;
  const std::size_t end = std::min<std::size_t>(people_.size(), last + kGuessDistance);
  for (std::uint32_t place = last + 1; place < end; ++place) {
    if (people_[place].kind != kind) continue;
    if (!right(place)) return false;
    last = place;
    return true;
  }
  return false;
}

std::optional<std::uint32_t> RegisterIndex::FindBySource(Kind kind, const BlindIndex& source) {
  if (source == kNoIdIndex) return std::nullopt;
  if (GuessBySource(kind, source)) return last_[Slot(kind)];
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return std::nullopt;
  if (people_[found->second].kind == kind) return last_[Slot(kind)] = found->second;
  const Places& others = also_by_source_[Slot(kind)];
  const auto other = others.find(source);
  if (other == others.end()) return std::nullopt;
  return last_[Slot(kind)] = other->second;
}

std::optional<std::uint32_t> RegisterIndex::FindByDistrictId(Kind kind,
                                                             const BlindIndex& district) const {
  if (district == kNoIdIndex) return std::nullopt;
  const auto found = by_district_[Slot(kind)].find(district);
  if (found == by_district_[Slot(kind)].end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> RegisterIndex::FindByDistrictId(Kind kind, const BlindIndex& district,
                                                             std::uint32_t likely) const {
  if (district != kNoIdIndex && people_[likely].kind == kind && ids_[likely].district == district) {
    return likely;
  }
  return FindByDistrictId(kind, district);
}

std::optional<std::uint32_t> RegisterIndex::FindAnyBySource(const BlindIndex& source) {
  const bool mixed = std::any_of(also_by_source_.begin(), also_by_source_.end(),
                                 [](const Places& places) { return !places.empty(); });
  if (!mixed) {
    // No id stands for two kinds, so whoever has it is the one.
    if (source == kNoIdIndex) return std::nullopt;
    if (GuessBySource(Kind::kGuardian, source)) return last_[Slot(Kind::kGuardian)];
    const auto found = by_source_.find(source);
    if (found == by_source_.end()) return std::nullopt;
    return last_[Slot(people_[found->second].kind)] = found->second;
  }
  for (const Kind kind : {Kind::kStudent, Kind::kStaff, Kind::kGuardian}) {
    if (const auto place = FindBySource(kind, source)) return place;
  }
  return std::nullopt;
}

absl::StatusOr<std::uint32_t> RegisterIndex::AddPerson(WriteTx& tx, Kind kind,
                                                       const BlindIndex& source,
                                                       const BlindIndex& district) {
  KnownPerson person;
  const bool apart = kind == Kind::kGuardian && next_guardian_id_ != 0;
  person.person_id = apart ? next_guardian_id_++ : next_person_id_++;
  person.kind = kind;
  person.has_source_id = source != kNoIdIndex;
  RC_RETURN_IF_ERROR(InsertPerson(tx, person.person_id, static_cast<int>(kind)));
  people_.push_back(person);
  ids_.emplace_back();
  const auto place = static_cast<std::uint32_t>(people_.size() - 1);
  AddIds(place, source, district);
  return place;
}

void RegisterIndex::AddIds(std::uint32_t place, const BlindIndex& source,
                           const BlindIndex& district) {
  if (source != kNoIdIndex && ids_[place].source != source) AddSourceId(place, source);
  if (district != kNoIdIndex && people_[place].kind != Kind::kGuardian &&
      ids_[place].district != district) {
    AddDistrictId(place, district);
  }
}

void RegisterIndex::AddSourceId(std::uint32_t place, const BlindIndex& source) {
  const Kind kind = people_[place].kind;
  Places* places = &by_source_;
  const auto first = by_source_.find(source);
  if (first != by_source_.end() && people_[first->second].kind != kind) {
    places = &also_by_source_[Slot(kind)];
  }
  const auto entry = places->try_emplace(source, place).first;
  if (entry->second != place) {
    ids_[entry->second].source = kNoIdIndex;
    entry->second = place;
  }
  ids_[place].source = source;
}

void RegisterIndex::AddDistrictId(std::uint32_t place, const BlindIndex& district) {
  const auto entry = by_district_[Slot(people_[place].kind)].try_emplace(district, place).first;
  if (entry->second != place) {
    ids_[entry->second].district = kNoIdIndex;
    entry->second = place;
  }
  ids_[place].district = district;
}

absl::StatusOr<std::int64_t> RegisterIndex::School(WriteTx& tx, std::string_view source_id,
                                                   std::string_view identifier,
                                                   std::string_view display_name) {
  std::size_t place = schools_.size();
  const auto by_source = school_by_source_.find(std::string(source_id));
  if (!source_id.empty() && by_source != school_by_source_.end()) place = by_source->second;
  const std::string name =
      absl::StrCat("schools/", SchoolSlug(identifier.empty() ? source_id : identifier));
  const auto by_name = school_by_name_.find(name);
  if (place == schools_.size() && by_name != school_by_name_.end()) {
    place = by_name->second;
    if (!source_id.empty()) school_by_source_[std::string(source_id)] = place;
  }
  if (place < schools_.size()) {
    KnownSchool& school = schools_[place];
    if (!display_name.empty() && school.display_name != display_name) {
      school.display_name = display_name;
      RC_RETURN_IF_ERROR(RenameSchool(tx, school.school_id, display_name));
    }
    return school.school_id;
  }
  const SchoolRow row = {next_school_id_++, name, std::string(source_id),
                         std::string(display_name)};
  RC_RETURN_IF_ERROR(InsertSchool(tx, row));
  schools_.push_back({row.school_id, row.display_name});
  if (!source_id.empty()) school_by_source_[row.source_id] = place;
  school_by_name_[name] = place;
  return row.school_id;
}

}  // namespace rollcall::roster
