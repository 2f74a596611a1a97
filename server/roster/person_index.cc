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

bool IdTable::GuessRight(std::string_view id, Guess& guess) const {
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t number = guess.last + static_cast<std::uint32_t>(i);
    if (number < ids_.size() && ids_[number] == id) {
      guess.last = number;
      return true;
    }
  }
  return false;
}

std::uint32_t IdTable::Find(std::string_view id, Guess& guess) const {
  if (GuessRight(id, guess)) return guess.last;
  const auto found = numbers_.find(id);
  if (found == numbers_.end()) return kNone;
  return guess.last = found->second;
}

std::uint32_t IdTable::Add(std::string_view id, Guess& guess) {
  if (GuessRight(id, guess)) return guess.last;
  const auto found = numbers_.lazy_emplace(id, [&](const auto& make) {
    ids_.push_back(pool_.Keep(id));
    make(ids_.back(), static_cast<std::uint32_t>(ids_.size() - 1));
  });
  return guess.last = found->second;
}

std::uint32_t PersonIndex::Add(std::string_view id, Guess& guess) {
  const std::uint32_t ordinal = ids_.Add(id, guess);
  if (ordinal == people_.size()) people_.emplace_back();
  return ordinal;
}

std::optional<std::uint32_t> PersonIndex::Find(std::string_view id, Guess& guess) const {
  const std::uint32_t ordinal = ids_.Find(id, guess);
  if (ordinal == IdTable::kNone) return std::nullopt;
  return ordinal;
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
  const auto place = birth_places_.lazy_emplace(demographics.birth_place, [&](const auto& make) {
    make(pool_.Keep(demographics.birth_place));
  });
  demographics.birth_place = *place;
  people_[ordinal].demographics = static_cast<std::uint32_t>(demographics_.size());
  demographics_.push_back(demographics);
}

const PersonIndex::Demographics* PersonIndex::GetDemographics(std::uint32_t ordinal) const {
  const std::uint32_t at = people_[ordinal].demographics;
  return at == kNone ? nullptr : &demographics_[at];
}

}  // namespace rollcall::roster
