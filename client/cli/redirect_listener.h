// Takes the browser that comes back from the issuer to this machine (RFC 8252 section 7.3).
#ifndef ROLLCALL_CLIENT_CLI_REDIRECT_LISTENER_H_
#define ROLLCALL_CLIENT_CLI_REDIRECT_LISTENER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollcall::cli {

// Not thread-safe.
class RedirectListener {
 public:
  // Listens on 127.0.0.1, on a port that the system chooses. Errors: kInternal.
  static absl::StatusOr<std::unique_ptr<RedirectListener>> Open();
  ~RedirectListener();
  RedirectListener(const RedirectListener&) = delete;
  RedirectListener& operator=(const RedirectListener&) = delete;

  // The address that the browser is to come back to.
  std::string address() const;

  // Waits until a browser comes with `state` and returns the code that it brings. Whoever comes
  // with anything else gets a page that says so, and the waiting goes on: anybody on this
  // machine can come, and nobody else may end the sign-in.
  // Errors: kPermissionDenied: the issuer sent an error instead of a code, or another issuer than
  // `issuer` sent the browser (RFC 9207). kDeadlineExceeded: nobody came until `deadline`.
  absl::StatusOr<std::string> Wait(const std::string& state, const std::string& issuer,
                                   absl::Time deadline);

 private:
  RedirectListener(int socket, int port) : socket_(socket), port_(port) {}

  const int socket_;
  const int port_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_REDIRECT_LISTENER_H_
