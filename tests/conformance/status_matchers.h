// Matchers for absl::Status and absl::StatusOr with the reasons of storage/status.h.

#ifndef ROLLCALL_TESTS_CONFORMANCE_STATUS_MATCHERS_H_
#define ROLLCALL_TESTS_CONFORMANCE_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "storage/status.h"

namespace rollcall::testing {

inline absl::Status StatusOf(const absl::Status& status) { return status; }

template <typename Value>
absl::Status StatusOf(const absl::StatusOr<Value>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// An error of this code with this reason.
MATCHER_P2(IsError, code, reason,
           std::string("is ") + absl::StatusCodeToString(code) + " " + reason) {
  const absl::Status status = StatusOf(arg);
  *result_listener << status.ToString() << " with reason " << ErrorReason(status);
  return status.code() == code && ErrorReason(status) == reason;
}

// kInvalidArgument whose first wrong field is `field`.
MATCHER_P(IsInvalidField, field, std::string("blames the field ") + field) {
  const absl::Status status = StatusOf(arg);
  *result_listener << status.ToString();
  const auto violations = ErrorViolations(status);
  return status.code() == absl::StatusCode::kInvalidArgument && !violations.empty() &&
         violations.front().field == field;
}

}  // namespace rollcall::testing

#define RC_EXPECT_OK(expression) EXPECT_THAT(expression, ::rollcall::testing::IsOk())
#define RC_ASSERT_OK(expression) ASSERT_THAT(expression, ::rollcall::testing::IsOk())

#endif  // ROLLCALL_TESTS_CONFORMANCE_STATUS_MATCHERS_H_
