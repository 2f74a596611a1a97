// Which client certificates count: those that one of the district's authorities has issued, that
// are valid at the moment, and that are not revoked.
//
// The handshake checks the chain once. A connection outlives that moment, so every call asks again.

#ifndef ROLLCALL_SERVER_ACCESS_CLIENT_CERTIFICATES_H_
#define ROLLCALL_SERVER_ACCESS_CLIENT_CERTIFICATES_H_

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/x509.h"

namespace rollcall::access {

// Authorities and their lists of revocations at one moment. Thread-safe.
class ClientCertificates {
 public:
  // `authorities_pem` has at least one certificate of an authority, every one of them trusted to
  // issue client certificates: intermediate ones must stand in it too. `lists_pem` is empty, and
  // then nothing is revoked, or has the list of every authority in it.
  //
  // Errors:  kInvalidArgument, reason CERTIFICATE_UNREADABLE, or CLIENT_AUTHORITY: a certificate
  //          that may not issue others, a list of another authority, an authority without a list.
  static absl::StatusOr<std::unique_ptr<ClientCertificates>> Make(std::string_view authorities_pem,
                                                                  std::string_view lists_pem);
  ~ClientCertificates();

  // Decides about one certificate at `now`.
  //
  // Errors:  kUnauthenticated, with a message that does not repeat the certificate:
  //          CERTIFICATE_REVOKED; CERTIFICATE_EXPIRED: not valid yet, or not any more;
  //          REVOCATION_UNKNOWN: the list of its authority is out of date, so nobody can tell;
  //          CERTIFICATE_NOT_TRUSTED: everything else.
  // Cost:    some 300 microseconds; a look-up for a certificate that was accepted within the
  //          last minute.
  absl::Status Check(const std::string& certificate_pem, absl::Time now);

  // When the first of the lists is out of date; InfiniteFuture without lists.
  absl::Time lists_end() const { return lists_end_; }

 private:
  ClientCertificates() = default;
  absl::Status Verify(X509* certificate, absl::Time now) const;

  struct StoreFree {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };
  struct Accepted {
    absl::Time from;
    absl::Time until;
  };

  std::unique_ptr<X509_STORE, StoreFree> store_;
  absl::Time lists_end_ = absl::InfiniteFuture();
  std::mutex mutex_;
  std::unordered_map<std::string, Accepted> accepted_;  // By PEM. Guarded by mutex_.
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_CLIENT_CERTIFICATES_H_
