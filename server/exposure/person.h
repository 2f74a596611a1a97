// What the rules say of one person: the same engine, asked about a World of one.

#ifndef ROLLCALL_SERVER_EXPOSURE_PERSON_H_
#define ROLLCALL_SERVER_EXPOSURE_PERSON_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// Answers questions, which are put for the whole World, for one of its people. Any thread.
class PersonAnswers {
 public:
  // `world` outlives the object; `ordinal` is one of its.
  PersonAnswers(const World& world, std::uint32_t ordinal);

  // What Enumerate(world, question) would give this person: with cells if exposed, with removed
  // cells only if dispositions removed everything, empty if neither. Takes microseconds where
  // nothing of the question can concern the person. Errors as Enumerate().
  absl::StatusOr<ElementSet> Ask(const Question& question) const;

  // From the first to the last day on which the share at this place of the question gives the
  // person anything, whatever was destroyed since; nullopt if it gives nothing. kMinDay and
  // kMaxDay where there is no first or last day.
  std::optional<Interval> Days(const Question& question, std::size_t share) const;

  // A World with this person only, whose ordinal there is 0.
  const std::shared_ptr<const World>& alone() const { return alone_; }

 private:
  bool MayConcern(const Question& question) const;
  bool MayMatch(const DeclaredShare& share, Day window_last) const;

  const World& world_;
  const std::uint32_t ordinal_;
  const std::shared_ptr<const World> alone_;
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_PERSON_H_
