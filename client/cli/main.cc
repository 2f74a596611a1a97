#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "client/cli/program.h"

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) shows as a failed write, not as the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  rollcall::cli::Io io{std::cout, std::cerr, isatty(STDOUT_FILENO) == 1,
                       isatty(STDERR_FILENO) == 1};
  return rollcall::cli::RunProgram(std::vector<std::string>(argv + 1, argv + argc), io);
}
