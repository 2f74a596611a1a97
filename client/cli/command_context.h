// What every command is given: where to write, and what the user chose for all commands.
#ifndef ROLLCALL_CLIENT_CLI_COMMAND_CONTEXT_H_
#define ROLLCALL_CLIENT_CLI_COMMAND_CONTEXT_H_

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "client/cli/server_access.h"

namespace rollcall::cli {

// How an answer is written.
enum class OutputFormat { kTable, kJson, kCsv };

// The streams of the process. Answers go to `out`; errors, warnings and progress go to `err`, so
// that an answer can be piped on.
struct Io {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

// The options that stand before or after any command.
struct GlobalOptions {
  // host:port, or `unix:` and a path.
  std::string address;
  // What is shown to the server there, and whom to trust about it.
  ServerAccess access;
  OutputFormat output = OutputFormat::kTable;
  // None means the longest time that the method's deadline class allows.
  std::optional<std::chrono::milliseconds> timeout;
  // True if escape sequences for colour may be written.
  bool color = false;
  // UUID that makes a repeated change happen once; empty means a fresh one for every call.
  std::string request_id;
  // What personal data is needed for; empty: it comes masked.
  std::string purpose;
  // Set once an answer came masked, so that the user can be told.
  std::shared_ptr<bool> masked = std::make_shared<bool>(false);
  // Says who calls; a secret. Empty: the connection alone says it.
  std::string token;
};

// Both together; outlives the command.
struct CommandContext {
  Io& io;
  GlobalOptions options;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_COMMAND_CONTEXT_H_
