#include "client/cli/progress_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/text_table.h"

namespace rollcall::cli {
namespace {

constexpr auto kLineEvery = std::chrono::seconds(5);
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::int64_t kBarCells = 24;

std::string BytesText(std::int64_t bytes) {
  constexpr double kKib = 1024;
  const auto number = static_cast<double>(bytes);
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  if (number < kKib * kKib) return absl::StrFormat("%.1f KiB", number / kKib);
  if (number < kKib * kKib * kKib) return absl::StrFormat("%.1f MiB", number / kKib / kKib);
  return absl::StrFormat("%.2f GiB", number / kKib / kKib / kKib);
}

std::string ProgressText(const v1::ImportProgress& progress, bool bar) {
  std::string text = OneLine(progress.phase());
  const std::int64_t total = progress.bytes_total();
  const std::int64_t done =
      std::clamp<std::int64_t>(progress.bytes_done(), 0, total > 0 ? total : INT64_MAX);
  if (total > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(total);
    if (bar) {
      const auto full = static_cast<size_t>(share * kBarCells);
      absl::StrAppend(&text, " [", std::string(full, '#'),
                      std::string(static_cast<size_t>(kBarCells) - full, '.'), "]");
    }
    absl::StrAppend(&text, absl::StrFormat(" %3.0f%%", share * 100));
  }
  if (done > 0) absl::StrAppend(&text, " ", BytesText(done));
  if (progress.rows() > 0) absl::StrAppend(&text, " ", Grouped(progress.rows()), " rows");
  return text;
}

}  // namespace

ProgressView::ProgressView(std::ostream& out, bool terminal, Clock clock)
    : out_(out), terminal_(terminal), clock_(std::move(clock)), last_(clock_()) {}

void ProgressView::Show(const v1::ImportProgress& progress) {
  const auto now = clock_();
  const bool new_phase = progress.phase() != phase_;
  if (!new_phase && now - last_ < (terminal_ ? kRedrawEvery : kLineEvery)) return;
  phase_ = progress.phase();
  last_ = now;
  const std::string text = ProgressText(progress, terminal_);
  if (!terminal_) {
    out_ << text << "\n" << std::flush;
    return;
  }
  const size_t width = DisplayWidth(text);
  out_ << "\r" << text << std::string(drawn_width_ > width ? drawn_width_ - width : 0, ' ')
       << std::flush;
  drawn_width_ = width;
}

void ProgressView::Finish() {
  if (terminal_ && drawn_width_ > 0) out_ << "\n" << std::flush;
  drawn_width_ = 0;
}

}  // namespace rollcall::cli
