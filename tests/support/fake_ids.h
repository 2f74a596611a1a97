// Identifiers that count upwards, so that a test can predict them.

#ifndef ROLLCALL_TESTS_SUPPORT_FAKE_IDS_H_
#define ROLLCALL_TESTS_SUPPORT_FAKE_IDS_H_

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include "server/runtime/ids.h"

namespace rollcall::testing {

// Thread-safe. UUIDs and resource ids share one counter that begins at 1:
// `00000000-0000-4000-8000-000000000001`, `id00000000000002`, ... Both have the length and the
// syntax of the real ones.
class FakeIds final : public runtime::IdGenerator {
 public:
  std::string NewUuid() override { return Next("00000000-0000-4000-8000-%012llu"); }
  std::string NewResourceId() override { return Next("id%014llu"); }

 private:
  std::string Next(const char* format) {
    char text[64];
    std::snprintf(text, sizeof(text), format, static_cast<unsigned long long>(++count_));
    return text;
  }

  std::atomic<std::uint64_t> count_{0};
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_FAKE_IDS_H_
