#include "server/roster/register_index.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/roster_store.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

constexpr std::size_t kTextBlockBytes = std::size_t{1} << 20U;

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
  RC_RETURN_IF_ERROR(ForEachPersonKey(tx, [&](const PersonOutline& key) -> absl::Status {
    KnownPerson person;
    person.person_id = key.person_id;
    person.kind = static_cast<Kind>(key.kind);
    person.current = key.current;
    person.content_hash = key.content_hash;
    person.populated = key.populated;
    person.has_source_id = !key.source_id.empty();
    person.has_fact = true;
    person.existed = true;
    people_.push_back(person);
    ids_.emplace_back();
    AddIds(static_cast<std::uint32_t>(people_.size() - 1), key.source_id, key.district_id);
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
bool RegisterIndex::GuessBySource(Kind kind, std::string_view source_id) {
  std::uint32_t& last = last_[Slot(kind)];
  const auto right = [&](std::uint32_t place) { return ids_[place].source == source_id; };
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

std::optional<std::uint32_t> RegisterIndex::FindBySource(Kind kind, std::string_view source_id) {
  if (source_id.empty()) return std::nullopt;
  if (GuessBySource(kind, source_id)) return last_[Slot(kind)];
  const auto found = by_source_.find(source_id);
  if (found == by_source_.end()) return std::nullopt;
  if (people_[found->second].kind == kind) return last_[Slot(kind)] = found->second;
  const Places& others = also_by_source_[Slot(kind)];
  const auto other = others.find(source_id);
  if (other == others.end()) return std::nullopt;
  return last_[Slot(kind)] = other->second;
}

std::optional<std::uint32_t> RegisterIndex::FindByDistrictId(Kind kind,
                                                             std::string_view district_id) const {
  if (district_id.empty()) return std::nullopt;
  const auto found = by_district_[Slot(kind)].find(district_id);
  if (found == by_district_[Slot(kind)].end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> RegisterIndex::FindByDistrictId(Kind kind,
                                                             std::string_view district_id,
                                                             std::uint32_t likely) const {
  if (!district_id.empty() && people_[likely].kind == kind &&
      ids_[likely].district == district_id) {
    return likely;
  }
  return FindByDistrictId(kind, district_id);
}

std::optional<std::uint32_t> RegisterIndex::FindAnyBySource(std::string_view source_id) {
  const bool mixed = std::any_of(also_by_source_.begin(), also_by_source_.end(),
                                 [](const Places& places) { return !places.empty(); });
  if (!mixed) {
    // No id stands for two kinds, so whoever has it is the one.
    if (source_id.empty()) return std::nullopt;
    if (GuessBySource(Kind::kGuardian, source_id)) return last_[Slot(Kind::kGuardian)];
    const auto found = by_source_.find(source_id);
    if (found == by_source_.end()) return std::nullopt;
    return last_[Slot(people_[found->second].kind)] = found->second;
  }
  for (const Kind kind : {Kind::kStudent, Kind::kStaff, Kind::kGuardian}) {
    if (const auto place = FindBySource(kind, source_id)) return place;
  }
  return std::nullopt;
}

absl::StatusOr<std::uint32_t> RegisterIndex::AddPerson(WriteTx& tx, Kind kind,
                                                       std::string_view source_id,
                                                       std::string_view district_id) {
  KnownPerson person;
  const bool apart = kind == Kind::kGuardian && next_guardian_id_ != 0;
  person.person_id = apart ? next_guardian_id_++ : next_person_id_++;
  person.kind = kind;
  person.has_source_id = !source_id.empty();
  RC_RETURN_IF_ERROR(InsertPerson(tx, person.person_id, static_cast<int>(kind)));
  people_.push_back(person);
  ids_.emplace_back();
  const auto place = static_cast<std::uint32_t>(people_.size() - 1);
  AddIds(place, source_id, district_id);
  return place;
}

void RegisterIndex::AddIds(std::uint32_t place, std::string_view source_id,
                           std::string_view district_id) {
  if (!source_id.empty() && ids_[place].source != source_id) AddSourceId(place, source_id);
  if (!district_id.empty() && people_[place].kind != Kind::kGuardian &&
      ids_[place].district != district_id) {
    AddDistrictId(place, district_id);
  }
}

void RegisterIndex::AddSourceId(std::uint32_t place, std::string_view source_id) {
  const Kind kind = people_[place].kind;
  Places* places = &by_source_;
  const auto first = by_source_.find(source_id);
  if (first != by_source_.end() && people_[first->second].kind != kind) {
    places = &also_by_source_[Slot(kind)];
  }
  const auto entry =
      places->lazy_emplace(source_id, [&](const auto& make) { make(Keep(source_id), place); });
  if (entry->second != place) {
    ids_[entry->second].source = {};
    entry->second = place;
  }
  ids_[place].source = entry->first;
}

void RegisterIndex::AddDistrictId(std::uint32_t place, std::string_view district_id) {
  const auto entry = by_district_[Slot(people_[place].kind)].lazy_emplace(
      district_id, [&](const auto& make) { make(Keep(district_id), place); });
  if (entry->second != place) {
    ids_[entry->second].district = {};
    entry->second = place;
  }
  ids_[place].district = entry->first;
}

std::string_view RegisterIndex::Keep(std::string_view text) {
  if (text.size() > text_room_) {
    text_room_ = std::max(kTextBlockBytes, text.size());
    texts_.push_back(std::make_unique<char[]>(text_room_));
    text_end_ = texts_.back().get();
  }
  char* const copy = text_end_;
  std::copy(text.begin(), text.end(), copy);
  text_end_ += text.size();
  text_room_ -= text.size();
  return {copy, text.size()};
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
