#include "server/access/tls_files.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/access/secret_file.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

absl::Status Wrong(const std::string& path, std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "TLS_FILE",
                   absl::StrCat(path, ": ", ToAbsl(what)), {{"path", path}});
}

std::string Day(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

absl::Status CheckServerCertificate(const std::string& path, X509& certificate, absl::Time now) {
  if (now > NotAfter(certificate)) {
    return Wrong(path, absl::StrCat("the certificate ended on ", Day(NotAfter(certificate)),
                                    "; have a new one issued"));
  }
  if (now < NotBefore(certificate)) {
    return Wrong(path, absl::StrCat("the certificate begins on ", Day(NotBefore(certificate)),
                                    "; is the machine's clock right?"));
  }
  if (X509_check_purpose(&certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
    return Wrong(path, "the first certificate is not one for servers");
  }
  if (HostsOf(certificate).empty()) {
    return Wrong(path, "the certificate names no host among its alternative names");
  }
  return absl::OkStatus();
}

absl::Status LoadClients(const TlsFiles& files, absl::Time now, TlsMaterial& material) {
  if (files.client_authority.empty()) {
    if (files.revocations.empty()) return absl::OkStatus();
    return Wrong(files.revocations,
                 "a list of revocations needs tls_client_ca_file, the authority whose it is");
  }
  RC_ASSIGN_OR_RETURN(material.client_authority_pem, ReadPublicFile(files.client_authority));
  std::string lists;
  if (!files.revocations.empty()) {
    RC_ASSIGN_OR_RETURN(lists, ReadPublicFile(files.revocations));
  }
  absl::StatusOr<std::unique_ptr<ClientCertificates>> clients =
      ClientCertificates::Make(material.client_authority_pem, lists);
  if (!clients.ok()) {
    const std::string both = lists.empty()
                                 ? files.client_authority
                                 : absl::StrCat(files.client_authority, ", ", files.revocations);
    return Wrong(both, ToStd(clients.status().message()));
  }
  if (now >= (*clients)->lists_end()) {
    return Wrong(files.revocations,
                 absl::StrCat("the list of revocations ended on ", Day((*clients)->lists_end()),
                              "; fetch or make a new one"));
  }
  material.clients = *std::move(clients);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsMaterial> LoadTlsFiles(const TlsFiles& files, absl::Time now) {
  TlsMaterial material;
  RC_ASSIGN_OR_RETURN(material.certificate_pem, ReadPublicFile(files.certificate));
  RC_ASSIGN_OR_RETURN(material.key_pem, ReadSecretFile(files.key));
  const absl::StatusOr<std::vector<Certificate>> certificates =
      ReadCertificates(material.certificate_pem);
  if (!certificates.ok()) {
    return Wrong(files.certificate, ToStd(certificates.status().message()));
  }
  X509& certificate = *certificates->front();
  const absl::StatusOr<PrivateKey> key = ReadPrivateKey(material.key_pem);
  if (!key.ok()) return Wrong(files.key, ToStd(key.status().message()));
  if (X509_check_private_key(&certificate, key->get()) != 1) {
    ERR_clear_error();
    return Wrong(files.key,
                 absl::StrCat("this is not the key of the certificate in ", files.certificate));
  }
  RC_RETURN_IF_ERROR(CheckServerCertificate(files.certificate, certificate, now));
  material.certificate_end = NotAfter(certificate);
  RC_RETURN_IF_ERROR(LoadClients(files, now, material));
  return material;
}

std::string FingerprintOf(const TlsFiles& files) {
  std::string fingerprint;
  for (const std::string* path :
       {&files.certificate, &files.key, &files.client_authority, &files.revocations}) {
    struct stat info = {};
    if (path->empty() || stat(path->c_str(), &info) != 0) {
      fingerprint += "-;";
      continue;
    }
    absl::StrAppend(&fingerprint, info.st_dev, ",", info.st_ino, ",", info.st_size, ",",
                    info.st_mode, ",", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, ";");
  }
  return fingerprint;
}

}  // namespace rollcall::access
