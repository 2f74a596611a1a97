#include "client/cli/progress_view.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rollcall::cli {
namespace {

class ProgressViewTest : public ::testing::Test {
 protected:
  void Show(ProgressView* view, const std::string& phase, std::int64_t done, std::int64_t total) {
    v1::ImportProgress progress;
    progress.set_phase(phase);
    progress.set_bytes_done(done);
    progress.set_bytes_total(total);
    view->Show(progress);
  }
  ProgressView::Clock Clock() {
    return [this] { return std::chrono::steady_clock::time_point(now_); };
  }

  std::chrono::milliseconds now_{0};
  std::ostringstream out_;
};

TEST_F(ProgressViewTest, WithoutATerminalALineComesForEveryPhaseAndEveryFiveSeconds) {
  ProgressView view(out_, false, Clock());
  Show(&view, "receiving", 0, 1000);
  now_ += std::chrono::milliseconds(4999);
  Show(&view, "receiving", 400, 1000);
  now_ += std::chrono::milliseconds(1);
  Show(&view, "receiving", 500, 1000);
  Show(&view, "writing", 0, 0);
  view.Finish();
  EXPECT_EQ(out_.str(), "receiving   0%\nreceiving  50% 500 B\nwriting\n");
}

TEST_F(ProgressViewTest, OnATerminalOneLineIsRedrawnAndShorterTextErasesTheRest) {
  ProgressView view(out_, true, Clock());
  Show(&view, "receiving", 500, 1000);
  Show(&view, "receiving", 600, 1000);
  Show(&view, "done", 0, 0);
  view.Finish();
  const std::string first = "receiving [############............]  50% 500 B";
  EXPECT_EQ(out_.str(), "\r" + first + "\rdone" + std::string(first.size() - 4, ' ') + "\n");
}

TEST_F(ProgressViewTest, MoreThanAllIsStillAll) {
  ProgressView view(out_, true, Clock());
  Show(&view, "x", 5000, 1000);
  EXPECT_EQ(out_.str(), "\rx [########################] 100% 1000 B");
}

}  // namespace
}  // namespace rollcall::cli
