// The client's side of OpenID Connect: how a person signs in at the issuer and how tokens are
// renewed. Knows nothing of Rollcall's server.
//
// The client is a public one: it has an id and no secret (RFC 8252).
#ifndef ROLLCALL_CLIENT_CLI_OIDC_CLIENT_H_
#define ROLLCALL_CLIENT_CLI_OIDC_CLIENT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/web_client.h"

namespace rollcall::cli {

// What an issuer gives out. A text is empty if it did not give that.
struct Tokens {
  std::string id_token;
  absl::Time id_expires;  // `exp` of the ID token.
  std::string access_token;
  absl::Time access_expires;  // Infinite past if the issuer did not say.
  std::string refresh_token;
};

// A sign-in that the person completes on any device with a browser (RFC 8628).
struct DeviceRequest {
  std::string device_code;       // Secret.
  std::string user_code;         // To show.
  std::string address;           // To show: where the code is entered.
  std::string complete_address;  // To show: the same with the code in it; may be empty.
  absl::Duration interval;       // Between two polls, at least 1 s.
  absl::Time expires;
};

// One sign-in by redirection to this machine (RFC 6749 with PKCE, RFC 7636).
struct CodeRequest {
  std::string redirect;       // Where the browser is sent back to.
  std::string code_verifier;  // Secret.
  std::string state;          // Comes back with the code, or the answer is not ours.
  std::string nonce;          // Stands in the ID token.
};

// Texts of the issuer that are shown must be printable ASCII; others count as not understood.
//
// Errors of all methods: kUnavailable: the issuer cannot be reached, see WebClient.
// kPermissionDenied: the issuer refuses, with its word for why. kInternal: its answer makes no
// sense, or what it says is unsafe. No message has any token, code or verifier in it.
// Not thread-safe.
class OidcClient {
 public:
  OidcClient(std::string issuer, std::string client_id, std::string ca_file)
      : issuer_(std::move(issuer)), client_id_(std::move(client_id)), web_(std::move(ca_file)) {}

  // Reads the issuer's discovery document; to be called first. The document must name `issuer`.
  // Errors: also kInvalidArgument, for an issuer that is no safe address.
  absl::Status Discover();

  absl::StatusOr<DeviceRequest> StartDevice(const std::string& scope);
  // None: not yet; `request.interval` may have become longer.
  absl::StatusOr<std::optional<Tokens>> PollDevice(DeviceRequest* request);

  // A request with fresh random texts, and where the browser must be sent for it.
  absl::StatusOr<CodeRequest> NewCodeRequest(const std::string& redirect) const;
  absl::StatusOr<std::string> AuthorizationUrl(const CodeRequest& request,
                                               const std::string& scope) const;
  absl::StatusOr<Tokens> RedeemCode(const CodeRequest& request, const std::string& code);

  // Without a new refresh token in the answer the old one goes on.
  absl::StatusOr<Tokens> Refresh(const std::string& refresh_token);

  // Makes a refresh token worthless (RFC 7009). OK also if the issuer offers no such thing.
  absl::Status Revoke(const std::string& refresh_token);

 private:
  absl::StatusOr<Tokens> ReadTokens(const WebAnswer& answer, const std::string& nonce) const;

  std::string issuer_;
  std::string client_id_;
  WebClient web_;
  std::string authorization_url_;
  std::string token_url_;
  std::string device_url_;
  std::string revocation_url_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_OIDC_CLIENT_H_
