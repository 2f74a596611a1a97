#include "server/access/child_process.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/status.h"

extern char** environ;

namespace rollcall::access {
namespace {

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  ~Pipe() {
    CloseReading();
    CloseWriting();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool good() const { return ends_[0] >= 0; }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void CloseReading() { Close(ends_[0]); }
  void CloseWriting() { Close(ends_[1]); }

 private:
  static void Close(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
  }

  std::array<int, 2> ends_{-1, -1};
};

// How the child is started: its own process group, the pipes, all signals as usual.
class Spawning {
 public:
  Spawning() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  // Returns the process's number, or 0.
  pid_t Start(const std::vector<std::string>& command, int input, int output) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawn(&child, command.front().c_str(), &actions_, &attributes_, arguments.data(),
                    environ) != 0) {
      return 0;
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

int MillisecondsUntil(absl::Time deadline) {
  const auto left = absl::ToInt64Milliseconds(deadline - absl::Now());
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

enum class ReadEnd { kAll, kTooMuch, kTooLate, kFailed };

ReadEnd ReadAll(int descriptor, absl::Time deadline, std::string* output) {
  std::array<char, 1024> buffer;
  while (true) {
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = poll(&waiting, 1, MillisecondsUntil(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return ReadEnd::kFailed;
    if (ready == 0) {
      if (absl::Now() >= deadline) return ReadEnd::kTooLate;
      continue;
    }
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ReadEnd::kFailed;
    if (got == 0) return ReadEnd::kAll;
    output->append(buffer.data(), static_cast<std::size_t>(got));
    OPENSSL_cleanse(buffer.data(), buffer.size());
    if (output->size() > kMaxChildOutputBytes) return ReadEnd::kTooMuch;
  }
}

// Waits for the child's end; false if it has not come at the deadline.
bool WaitUntil(pid_t child, absl::Time deadline, int* status) {
  constexpr auto kStep = std::chrono::milliseconds(2);
  while (true) {
    const pid_t ended = waitpid(child, status, WNOHANG);
    if (ended == child) return true;
    if (ended < 0 && errno != EINTR) return false;
    if (absl::Now() >= deadline) return false;
    std::this_thread::sleep_for(kStep);
  }
}

absl::Status Failed(absl::string_view how) {
  return MakeError(absl::StatusCode::kUnavailable, "KEY_COMMAND",
                   absl::StrCat("the key command ", how));
}

}  // namespace

absl::Status RunChild(const std::vector<std::string>& command, std::string_view input,
                      absl::Duration timeout, std::string* output) {
  output->clear();
  if (input.size() > kMaxChildInputBytes) return Failed("would get more input than it may");
  const absl::Time deadline = absl::Now() + timeout;
  Pipe to_child;
  Pipe from_child;
  if (!to_child.good() || !from_child.good()) return Failed("got no pipes: too many open files");
  // Fits into a pipe of the usual size, and the reading end is still ours: no SIGPIPE. Of a user
  // who has many pipes they are smaller; then it fails rather than block.
  fcntl(to_child.writing(), F_SETFL, O_NONBLOCK);
  if (write(to_child.writing(), input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    return Failed("did not take its input");
  }
  to_child.CloseWriting();
  const pid_t child = Spawning().Start(command, to_child.reading(), from_child.writing());
  if (child == 0) return Failed("cannot be run");
  to_child.CloseReading();
  from_child.CloseWriting();

  const ReadEnd end = ReadAll(from_child.reading(), deadline, output);
  int status = 0;
  const bool ended = end == ReadEnd::kAll && WaitUntil(child, deadline, &status);
  if (!ended) {
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (end == ReadEnd::kTooMuch) return Failed("wrote more than it may");
    if (end == ReadEnd::kFailed) return Failed("cannot be read from");
    return Failed(absl::StrCat("did not end within ", absl::FormatDuration(timeout)));
  }
  if (WIFSIGNALED(status)) return Failed(absl::StrCat("ended by signal ", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) {
    return Failed(absl::StrCat("ended with status ", WEXITSTATUS(status)));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::access
