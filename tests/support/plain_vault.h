// A vault that hides nothing, for the side of a benchmark that is measured without encryption. It
// is in the tests alone: no configuration of the server leads to it.

#ifndef ROLLCALL_TESTS_SUPPORT_PLAIN_VAULT_H_
#define ROLLCALL_TESTS_SUPPORT_PLAIN_VAULT_H_

#include <cstring>
#include <string>
#include <string_view>

#include "storage/status.h"
#include "storage/vault.h"

namespace rollcall::testing {

class PlainVault final : public Vault {
 public:
  absl::StatusOr<std::string> Seal(std::string_view, std::string_view plain) override {
    return std::string(plain);
  }
  absl::StatusOr<std::string> Open(std::string_view, std::string_view sealed) override {
    return std::string(sealed);
  }
  bool IsNewest(std::string_view) override { return true; }
  PersonKey NewPersonKey() override {
    PersonKey key{};
    key.fill(1);
    return key;
  }
  absl::Status SealFor(const PersonKey&, std::string_view, std::string_view plain,
                       std::string* out) override {
    out->assign(plain);
    return absl::OkStatus();
  }
  absl::Status OpenFor(const PersonKey&, std::string_view, std::string_view sealed,
                       std::string* out) override {
    out->assign(sealed);
    return absl::OkStatus();
  }
  // As cheap as a hash can be, and different enough for a benchmark's values.
  BlindIndex Index(std::string_view domain, std::string_view value) override {
    std::uint64_t halves[2] = {14695981039346656037U, 1099511628211U};
    for (const std::string_view text : {domain, value}) {
      for (const char c : text) {
        halves[0] = (halves[0] ^ static_cast<unsigned char>(c)) * 1099511628211U;
        halves[1] = (halves[1] + static_cast<unsigned char>(c)) * 11400714819323198485U;
      }
    }
    BlindIndex index;
    std::memcpy(index.data(), halves, index.size());
    return index;
  }
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_PLAIN_VAULT_H_
