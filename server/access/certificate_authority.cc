#include "server/access/certificate_authority.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/access/certificate_builder.h"
#include "server/access/secret_file.h"
#include "server/access/spiffe_id.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr std::size_t kMaxNameBytes = 63;
constexpr std::size_t kMaxHostBytes = 253;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// A label of a DNS name, which also is the syntax of a system's name.
bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && IsLowerOrDigit(text.front()) &&
         IsLowerOrDigit(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLowerOrDigit(c) || c == '-';
         });
}

bool IsAddress(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address) == 1;
}

bool IsHost(const std::string& text) {
  if (text.find('\0') != std::string::npos || text.size() > kMaxHostBytes) return false;
  if (IsAddress(text)) return true;
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = rest.find('.');
    if (!IsLabel(rest.substr(0, dot))) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // 300.1.2.3 is a mistyped address and no name.
  return !std::all_of(text.begin(), text.end(),
                      [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

absl::Status DoNotBelongTogether(const std::string& directory, std::string_view what) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "CERTIFICATE_AUTHORITY",
      absl::StrCat("the certificate authority in ", directory, " is not whole: ", ToAbsl(what)));
}

// Held while a list is read, added to and replaced.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory)
      : file_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (file_ >= 0) flock(file_, LOCK_EX);
  }
  ~DirectoryLock() {
    if (file_ >= 0) close(file_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int file_;
};

std::string NameIn(const X509& certificate, const std::string& trust_domain) {
  const std::vector<std::string> uris = UrisOf(certificate);
  const std::string prefix = absl::StrCat("spiffe://", trust_domain, "/");
  if (uris.size() == 1 && uris[0].starts_with(prefix)) return uris[0].substr(prefix.size());
  return "server";
}

}  // namespace

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(const std::string& directory,
                                                                  std::string_view trust_domain,
                                                                  absl::Time now,
                                                                  absl::Duration validity) {
  if (!IsTrustDomain(trust_domain)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_TRUST_DOMAIN",
                     "a trust domain has 1 to 255 characters of a-z, 0-9, dot, hyphen and "
                     "underscore, such as district.example");
  }
  CertificateAuthority authority;
  authority.directory_ = directory;
  authority.trust_domain_ = std::string(trust_domain);
  RC_ASSIGN_OR_RETURN(authority.key_, NewPrivateKey());
  CertificateContent content;
  content.use = CertificateUse::kAuthority;
  content.common_name = "Rollcall certificate authority";
  content.uris = {absl::StrCat("spiffe://", authority.trust_domain_)};
  content.not_before = now - kBackdating;
  content.not_after = now + validity;
  RC_ASSIGN_OR_RETURN(authority.certificate_, MakeCertificate(content, *authority.key_, {}));
  if (mkdir(absl::StrCat(directory, "/issued").c_str(), 0755) != 0 && errno != EEXIST) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                     absl::StrCat("cannot make the directory ", directory, "/issued: ",
                                  std::error_code(errno, std::generic_category()).message()));
  }
  RC_RETURN_IF_ERROR(
      WriteNewFile(absl::StrCat(directory, "/ca.key"), ToPem(*authority.key_), kSecretMode));
  RC_RETURN_IF_ERROR(
      WriteNewFile(authority.certificate_path(), ToPem(*authority.certificate_), kPublicMode));
  RC_ASSIGN_OR_RETURN(const RevocationFile list,
                      MakeRevocationList({}, 1, now - kBackdating, content.not_after,
                                         {authority.certificate_.get(), authority.key_.get()}));
  RC_RETURN_IF_ERROR(WriteNewFile(authority.list_path(), ToPem(*list), kPublicMode));
  return authority;
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Open(const std::string& directory) {
  CertificateAuthority authority;
  authority.directory_ = directory;
  RC_ASSIGN_OR_RETURN(const std::string pem, ReadPublicFile(authority.certificate_path()));
  RC_ASSIGN_OR_RETURN(const std::string key, ReadSecretFile(absl::StrCat(directory, "/ca.key")));
  RC_ASSIGN_OR_RETURN(std::vector<Certificate> certificates, ReadCertificates(pem));
  RC_ASSIGN_OR_RETURN(authority.key_, ReadPrivateKey(key));
  authority.certificate_ = std::move(certificates.front());
  if (X509_check_private_key(authority.certificate_.get(), authority.key_.get()) != 1) {
    return DoNotBelongTogether(directory, "ca.key is not the key of ca.crt");
  }
  const std::vector<std::string> uris = UrisOf(*authority.certificate_);
  constexpr std::string_view kScheme = "spiffe://";
  if (uris.size() != 1 || !uris[0].starts_with(kScheme) ||
      !IsTrustDomain(std::string_view(uris[0]).substr(kScheme.size()))) {
    return DoNotBelongTogether(directory, "ca.crt does not name its trust domain");
  }
  authority.trust_domain_ = uris[0].substr(kScheme.size());
  RC_RETURN_IF_ERROR(authority.ReadList().status());
  return authority;
}

std::string CertificateAuthority::certificate_path() const {
  return absl::StrCat(directory_, "/ca.crt");
}

std::string CertificateAuthority::list_path() const { return absl::StrCat(directory_, "/ca.crl"); }

absl::StatusOr<IssuedCertificate> CertificateAuthority::IssueServer(
    const std::vector<std::string>& hosts, absl::Time now, absl::Duration validity) {
  CertificateContent content;
  content.use = CertificateUse::kServer;
  content.common_name = "rollcalld";
  content.hosts = {"localhost", "127.0.0.1", "::1"};
  for (const std::string& host : hosts) {
    if (!IsHost(host)) {
      return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_HOST",
                       "a host is a DNS name in lower case without wildcard, or an IP address");
    }
    if (std::find(content.hosts.begin(), content.hosts.end(), host) == content.hosts.end()) {
      content.hosts.push_back(host);
    }
  }
  content.not_before = now - kBackdating;
  content.not_after = now + validity;
  return Issue(content);
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::IssueSystem(std::string_view name,
                                                                    absl::Time now,
                                                                    absl::Duration validity) {
  if (!IsLabel(name)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_SYSTEM_NAME",
                     "a system's name has 1 to 63 characters of a-z, 0-9 and hyphen, the first "
                     "and the last of them no hyphen");
  }
  CertificateContent content;
  content.use = CertificateUse::kClient;
  content.common_name = std::string(name);
  content.uris = {SystemIdentity(name)};
  content.not_before = now - kBackdating;
  content.not_after = now + validity;
  return Issue(content);
}

std::string CertificateAuthority::SystemIdentity(std::string_view name) const {
  return absl::StrCat("spiffe://", trust_domain_, "/system/", ToAbsl(name));
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::Issue(const CertificateContent& content) {
  CertificateContent bounded = content;
  bounded.not_after = std::min(content.not_after, NotAfter(*certificate_));
  RC_ASSIGN_OR_RETURN(const PrivateKey key, NewPrivateKey());
  RC_ASSIGN_OR_RETURN(const Certificate certificate,
                      MakeCertificate(bounded, *key, {certificate_.get(), key_.get()}));
  IssuedCertificate issued{ToPem(*certificate), ToPem(*key), SerialOf(*certificate)};
  RC_RETURN_IF_ERROR(WriteNewFile(absl::StrCat(directory_, "/issued/", issued.serial, ".crt"),
                                  issued.certificate_pem, kPublicMode));
  return issued;
}

absl::StatusOr<std::vector<std::string>> CertificateAuthority::Revoke(
    std::string_view serial_or_name, absl::Time now) {
  const DirectoryLock lock(directory_);
  RC_ASSIGN_OR_RETURN(const std::vector<IssuedEntry> entries, List());
  const std::string name = absl::StrCat("system/", ToAbsl(serial_or_name));
  bool known = false;
  std::vector<std::string> serials;
  for (const IssuedEntry& entry : entries) {
    if (entry.serial != serial_or_name && entry.name != name) continue;
    known = true;
    if (entry.revoked == absl::InfiniteFuture()) serials.push_back(entry.serial);
  }
  if (!known) {
    return MakeError(absl::StatusCode::kNotFound, "CERTIFICATE_UNKNOWN",
                     "this authority has issued no certificate of that serial number or system; "
                     "`rollcalld certificate list` shows what it has issued");
  }
  if (!serials.empty()) RC_RETURN_IF_ERROR(ReplaceList(now, serials));
  return serials;
}

absl::Status CertificateAuthority::ReplaceList(absl::Time now,
                                               const std::vector<std::string>& serials) {
  RC_ASSIGN_OR_RETURN(const RevocationFile before, ReadList());
  std::vector<RevokedSerial> revoked = RevokedOf(*before);
  for (const std::string& serial : serials) revoked.push_back({serial, now});
  RC_ASSIGN_OR_RETURN(
      const RevocationFile list,
      MakeRevocationList(revoked, NumberOf(*before) + 1, now - kBackdating, NotAfter(*certificate_),
                         {certificate_.get(), key_.get()}));
  return ReplaceFile(list_path(), ToPem(*list), kPublicMode);
}

absl::StatusOr<RevocationFile> CertificateAuthority::ReadList() const {
  RC_ASSIGN_OR_RETURN(const std::string pem, ReadPublicFile(list_path()));
  RC_ASSIGN_OR_RETURN(std::vector<RevocationFile> lists, ReadRevocationLists(pem));
  if (lists.size() != 1 || X509_CRL_verify(lists.front().get(), key_.get()) != 1) {
    return DoNotBelongTogether(directory_, "ca.crl is not the list of ca.crt");
  }
  return std::move(lists.front());
}

absl::StatusOr<std::vector<IssuedEntry>> CertificateAuthority::List() const {
  RC_ASSIGN_OR_RETURN(const RevocationFile list, ReadList());
  std::map<std::string, absl::Time> revoked;
  for (const RevokedSerial& entry : RevokedOf(*list)) revoked[entry.serial] = entry.time;
  std::vector<IssuedEntry> entries;
  std::error_code error;
  for (const auto& file :
       std::filesystem::directory_iterator(absl::StrCat(directory_, "/issued"), error)) {
    if (file.path().extension() != ".crt") continue;
    RC_ASSIGN_OR_RETURN(const std::string pem, ReadPublicFile(file.path().string()));
    RC_ASSIGN_OR_RETURN(const std::vector<Certificate> certificates, ReadCertificates(pem));
    const X509& certificate = *certificates.front();
    IssuedEntry entry{SerialOf(certificate), NameIn(certificate, trust_domain_),
                      NotBefore(certificate), NotAfter(certificate)};
    const auto found = revoked.find(entry.serial);
    if (found != revoked.end()) entry.revoked = found->second;
    entries.push_back(std::move(entry));
  }
  if (error) return DoNotBelongTogether(directory_, "its folder `issued` cannot be read");
  std::sort(entries.begin(), entries.end(), [](const IssuedEntry& a, const IssuedEntry& b) {
    return std::pair(a.not_before, a.serial) < std::pair(b.not_before, b.serial);
  });
  return entries;
}

}  // namespace rollcall::access
