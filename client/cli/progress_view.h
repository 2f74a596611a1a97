// Draws how far a long import is: one line that is redrawn on a terminal, else a line now and
// then, so that a log stays short.
#ifndef ROLLCALL_CLIENT_CLI_PROGRESS_VIEW_H_
#define ROLLCALL_CLIENT_CLI_PROGRESS_VIEW_H_

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "rollcall/v1/roster_service.pb.h"

namespace rollcall::cli {

class ProgressView {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // `out` outlives the view. Without a terminal a line is written for every new phase and then
  // every 5 seconds by `clock`.
  ProgressView(std::ostream& out, bool terminal, Clock clock);

  void Show(const v1::ImportProgress& progress);
  // Ends the line, if one is open.
  void Finish();

 private:
  std::ostream& out_;
  bool terminal_;
  Clock clock_;
  std::string phase_;
  std::chrono::steady_clock::time_point last_;
  size_t drawn_width_ = 0;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_PROGRESS_VIEW_H_
