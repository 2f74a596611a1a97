// Timings of a benchmark, written as one JSON object.

#ifndef ROLLCALL_TESTS_BENCH_MEASURE_H_
#define ROLLCALL_TESTS_BENCH_MEASURE_H_

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace rollcall::bench {

class StopWatch {
 public:
  double Ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Kilobytes in a line of /proc/self/status, such as VmRSS or VmHWM; 0 if there is none.
inline long StatusKb(const std::string& line) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != line + ":") continue;
    long kb = 0;
    status >> kb;
    return kb;
  }
  return 0;
}

// Collects named values. Not thread-safe.
class Report {
 public:
  void Number(const std::string& name, double value) {
    rows_.push_back(absl::StrFormat("\"%s\": %.6g", name, value));
  }

  // Milliseconds of several runs.
  void Times(const std::string& name, std::vector<double> ms) {
    std::sort(ms.begin(), ms.end());
    const std::size_t middle = ms.size() / 2;
    const double median = ms.size() % 2 == 1 ? ms[middle] : (ms[middle - 1] + ms[middle]) / 2;
    rows_.push_back(
        absl::StrFormat("\"%s\": {\"median\": %.6g, \"min\": %.6g, \"max\": %.6g, \"runs\": %d}",
                        name, median, ms.front(), ms.back(), ms.size()));
  }

  // Runs `body` `runs` times after one run that is not counted.
  template <typename Body>
  void Time(const std::string& name, int runs, const Body& body) {
    body();
    std::vector<double> ms;
    for (int i = 0; i < runs; ++i) {
      const StopWatch watch;
      body();
      ms.push_back(watch.Ms());
    }
    Times(name, std::move(ms));
  }

  // Says why something could not be measured.
  void Missing(const std::string& name, const std::string& reason) {
    std::string plain;
    for (const char c : reason) plain += c == '"' || c == '\\' || c < ' ' ? ' ' : c;
    rows_.push_back(absl::StrCat("\"", name, "\": {\"missing\": \"", plain, "\"}"));
  }

  void Print() const { std::printf("{%s}\n", absl::StrJoin(rows_, ",\n ").c_str()); }

 private:
  std::vector<std::string> rows_;
};

}  // namespace rollcall::bench

#endif  // ROLLCALL_TESTS_BENCH_MEASURE_H_
