#include "server/access/client_certificates.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr absl::Duration kRemembered = absl::Minutes(1);
// More systems than this at one time are no district's.
constexpr std::size_t kMaxRemembered = 1024;

struct ContextFree {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};
using Context = std::unique_ptr<X509_STORE_CTX, ContextFree>;

absl::Status Wrong(std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "CLIENT_AUTHORITY", message);
}

absl::Status Refused(std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kUnauthenticated, reason, message);
}

bool IsIssuer(X509& authority, X509_CRL& list) {
  if (X509_NAME_cmp(X509_get_subject_name(&authority), X509_CRL_get_issuer(&list)) != 0) {
    return false;
  }
  const bool verified = X509_CRL_verify(&list, X509_get0_pubkey(&authority)) == 1;
  ERR_clear_error();
  return verified;
}

absl::Status StatusOf(int error) {
  switch (error) {
    case X509_V_ERR_CERT_REVOKED:
      return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_REVOKED",
                       "the client certificate is revoked");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_EXPIRED",
                       "the client certificate is not valid any more");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_EXPIRED",
                       "the client certificate is not valid yet");
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return MakeError(absl::StatusCode::kUnauthenticated, "REVOCATION_UNKNOWN",
                       "whether the client certificate is revoked cannot be told: the server's "
                       "list of revocations is out of date");
    default:
      return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_NOT_TRUSTED",
                       "the client certificate was not issued for clients of this server");
  }
}

}  // namespace

ClientCertificates::~ClientCertificates() = default;

absl::StatusOr<std::unique_ptr<ClientCertificates>> ClientCertificates::Make(
    std::string_view authorities_pem, std::string_view lists_pem) {
  RC_ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                      ReadCertificates(authorities_pem));
  std::vector<RevocationFile> lists;
  if (!lists_pem.empty()) {
    RC_ASSIGN_OR_RETURN(lists, ReadRevocationLists(lists_pem));
  }
  std::unique_ptr<ClientCertificates> made(new ClientCertificates());
  made->store_.reset(X509_STORE_new());
  for (const RevocationFile& list : lists) {
    const bool ours =
        std::any_of(authorities.begin(), authorities.end(),
                    [&](const Certificate& authority) { return IsIssuer(*authority, *list); });
    if (!ours) return Wrong("a list of revocations is of none of the authorities");
    X509_STORE_add_crl(made->store_.get(), list.get());
    made->lists_end_ = std::min(made->lists_end_, ToTime(X509_CRL_get0_nextUpdate(list.get())));
  }
  for (const Certificate& authority : authorities) {
    if (X509_check_ca(authority.get()) == 0) {
      return Wrong("a certificate among the authorities may not issue certificates");
    }
    const bool has_list = std::any_of(lists.begin(), lists.end(), [&](const RevocationFile& list) {
      return IsIssuer(*authority, *list);
    });
    if (!lists.empty() && !has_list) {
      return Wrong("one of the authorities has no list of revocations");
    }
    X509_STORE_add_cert(made->store_.get(), authority.get());
  }
  // Every authority of the file is trusted by itself, so a chain ends at the certificate's issuer.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!lists.empty()) flags |= X509_V_FLAG_CRL_CHECK;
  X509_STORE_set_flags(made->store_.get(), flags);
  return made;
}

absl::Status ClientCertificates::Check(const std::string& certificate_pem, absl::Time now) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = accepted_.find(certificate_pem);
    if (found != accepted_.end() && now >= found->second.from && now < found->second.until) {
      return absl::OkStatus();
    }
  }
  const absl::StatusOr<std::vector<Certificate>> certificates = ReadCertificates(certificate_pem);
  if (!certificates.ok())
    return Refused("CERTIFICATE_NOT_TRUSTED", "the client certificate is damaged");
  X509* const certificate = certificates->front().get();
  RC_RETURN_IF_ERROR(Verify(certificate, now));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (accepted_.size() >= kMaxRemembered) accepted_.clear();
  accepted_[certificate_pem] = {now,
                                std::min({now + kRemembered, NotAfter(*certificate), lists_end_})};
  return absl::OkStatus();
}

absl::Status ClientCertificates::Verify(X509* certificate, absl::Time now) const {
  const Context context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), store_.get(), certificate, nullptr) != 1 ||
      X509_STORE_CTX_set_default(context.get(), "ssl_client") != 1) {
    return OpensslError("cannot check a client certificate");
  }
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  return StatusOf(error);
}

}  // namespace rollcall::access
