#include "server/roster/person_index.h"

#include <algorithm>
#include <cstring>

namespace rollcall::roster {

std::string_view TextPool::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > kBlock - used_) {
    blocks_.push_back(std::make_unique<char[]>(std::max(kBlock, text.size())));
    used_ = 0;
  }
  char* to = blocks_.back().get() + used_;
  std::memcpy(to, text.data(), text.size());
  used_ = std::min(kBlock, used_ + text.size());
  return {to, text.size()};
}

std::uint32_t PersonIndex::Add(std::string_view id) {
  if (last_ < ids_.size() && ids_[last_] == id) return last_;
  const auto found = ordinals_.find(id);
  if (found != ordinals_.end()) return last_ = found->second;
  const auto ordinal = static_cast<std::uint32_t>(people_.size());
  ids_.push_back(pool_.Keep(id));
  people_.emplace_back();
  ordinals_.emplace(ids_.back(), ordinal);
  return ordinal;
}

std::optional<std::uint32_t> PersonIndex::Find(std::string_view id) const {
  const auto found = ordinals_.find(id);
  if (found == ordinals_.end()) return std::nullopt;
  return found->second;
}

void PersonIndex::AddStay(std::uint32_t ordinal, std::uint32_t org, std::int32_t school_year,
                          Day begin, Day end) {
  std::uint32_t at = people_[ordinal].first_stay;
  while (at != kNone && (stays_[at].org != org || stays_[at].school_year != school_year)) {
    at = stays_[at].next;
  }
  if (at == kNone) {
    stays_.push_back({people_[ordinal].first_stay, org, school_year, begin, end});
    people_[ordinal].first_stay = static_cast<std::uint32_t>(stays_.size() - 1);
    return;
  }
  if (begin == kNoDay) return;
  Stay& stay = stays_[at];
  stay.begin = stay.begin == kNoDay ? begin : std::min(stay.begin, begin);
  stay.end = stay.end == kNoDay ? end : std::max(stay.end, end);
}

void PersonIndex::SetDemographics(std::uint32_t ordinal, Demographics demographics) {
  const auto place = places_.find(demographics.birth_place);
  if (place != places_.end()) {
    demographics.birth_place = place->second;
  } else {
    demographics.birth_place = pool_.Keep(demographics.birth_place);
    places_.emplace(demographics.birth_place, demographics.birth_place);
  }
  people_[ordinal].demographics = static_cast<std::uint32_t>(demographics_.size());
  demographics_.push_back(demographics);
}

const PersonIndex::Demographics* PersonIndex::GetDemographics(std::uint32_t ordinal) const {
  const std::uint32_t at = people_[ordinal].demographics;
  return at == kNone ? nullptr : &demographics_[at];
}

}  // namespace rollcall::roster
