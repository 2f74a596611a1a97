// The little of the web that signing in needs: asking an issuer, and posting forms to it.
#ifndef ROLLCALL_CLIENT_CLI_WEB_CLIENT_H_
#define ROLLCALL_CLIENT_CLI_WEB_CLIENT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::cli {

// What a web server answered, whatever its status.
struct WebAnswer {
  long status = 0;
  std::string body;
};

// Names and values in order; each is sent once.
using Form = std::vector<std::pair<std::string, std::string>>;

// `application/x-www-form-urlencoded`.
std::string EncodeForm(const Form& form);

// Accepts https, and http where nobody can listen in: on 127.0.0.1, [::1] and localhost. Errors:
// kInvalidArgument, with a message that begins with the address.
absl::Status CheckSafeAddress(const std::string& url);

// Not thread-safe.
class WebClient {
 public:
  // `ca_file`: PEM certificates that alone are trusted; empty means the system's.
  explicit WebClient(std::string ca_file) : ca_file_(std::move(ca_file)) {}

  // Fetches, or posts a form to, an address. The server's certificate and name are verified;
  // redirections are not followed.
  // Errors: kInvalidArgument, see CheckSafeAddress; kUnavailable, with a message that names the
  // address and nothing that was sent: no connection, more than 1 MiB, or 30 seconds are over.
  absl::StatusOr<WebAnswer> Get(const std::string& url) { return Ask(url, nullptr); }
  absl::StatusOr<WebAnswer> Post(const std::string& url, const Form& form);

 private:
  absl::StatusOr<WebAnswer> Ask(const std::string& url, const std::string* form);

  std::string ca_file_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_WEB_CLIENT_H_
