// Holds a question against its contract before anything is computed from it.

#ifndef ROLLCALL_SERVER_EXPOSURE_QUESTION_CHECK_H_
#define ROLLCALL_SERVER_EXPOSURE_QUESTION_CHECK_H_

#include "absl/status/status.h"
#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// OK if `question` can be asked of `world`; errors as Enumerate() says. Linear in the question.
absl::Status CheckQuestion(const World& world, const Question& question, const Limits& limits);

// That a question passed a limit.
absl::Status TooLarge(const char* what, std::size_t limit);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_QUESTION_CHECK_H_
