// An engine's driver with only the first steps of its schema, as an older program has it.

#ifndef ROLLCALL_TESTS_CONFORMANCE_OLDER_DRIVER_H_
#define ROLLCALL_TESTS_CONFORMANCE_OLDER_DRIVER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/driver.h"

namespace rollcall::testing {

class OlderDriver final : public Driver {
 public:
  // The steps before the first one whose file name has `before` in it.
  OlderDriver(std::unique_ptr<Driver> driver, std::string_view before)
      : driver_(std::move(driver)),
        migrations_(driver_->migrations().begin(),
                    std::find_if(driver_->migrations().begin(), driver_->migrations().end(),
                                 [&](const Migration& step) {
                                   return step.name.find(before) != std::string::npos;
                                 })) {}

  std::string_view engine() const override { return driver_->engine(); }
  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool read_only) override {
    return driver_->Connect(read_only);
  }
  const std::vector<Migration>& migrations() const override { return migrations_; }
  absl::StatusOr<DatabaseFacts> Backup(const std::string& path,
                                       const ProgressCheck& progress) override {
    return driver_->Backup(path, progress);
  }
  absl::StatusOr<DatabaseFacts> Check(const std::string& path, const ProgressCheck& progress,
                                      const DatabaseVisit& visit) override {
    return driver_->Check(path, progress, visit);
  }

 private:
  const std::unique_ptr<Driver> driver_;
  const std::vector<Migration> migrations_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CONFORMANCE_OLDER_DRIVER_H_
