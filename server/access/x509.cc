#include "server/access/x509.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

struct NamesFree {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, NamesFree>;

// No password is ever asked for on a terminal: an encrypted key is an unreadable one.
int NoPassword(char*, int, int, void*) { return -1; }

Bio ReadingBio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

template <typename Write>
std::string Written(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) {
    ERR_clear_error();
    return "";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

absl::Status Unreadable(std::string_view what) {
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInvalidArgument, "CERTIFICATE_UNREADABLE", what);
}

// Reads all objects of one kind; `read` gives null at the end and at a damaged one.
template <typename Object, typename Read>
absl::StatusOr<std::vector<Object>> ReadAll(std::string_view pem, Read read,
                                            std::string_view what) {
  std::vector<Object> all;
  ERR_clear_error();
  const Bio bio = ReadingBio(pem);
  while (Object object = Object(read(bio.get(), nullptr, NoPassword, nullptr))) {
    all.push_back(std::move(object));
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) return Unreadable(absl::StrCat("a ", ToAbsl(what), " in it is damaged"));
  ERR_clear_error();
  if (all.empty()) return Unreadable(absl::StrCat("there is no ", ToAbsl(what), " in PEM in it"));
  return all;
}

std::string TextOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

Names AlternativeNames(const X509& certificate) {
  return Names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
}

std::string AddressText(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return "";
  return inet_ntop(family, bytes.data(), text, sizeof(text)) == nullptr ? "" : text;
}

}  // namespace

absl::StatusOr<std::vector<Certificate>> ReadCertificates(std::string_view pem) {
  return ReadAll<Certificate>(pem, PEM_read_bio_X509, "certificate");
}

absl::StatusOr<std::vector<RevocationFile>> ReadRevocationLists(std::string_view pem) {
  return ReadAll<RevocationFile>(pem, PEM_read_bio_X509_CRL, "revocation list");
}

absl::StatusOr<PrivateKey> ReadPrivateKey(std::string_view pem) {
  PrivateKey key(PEM_read_bio_PrivateKey(ReadingBio(pem).get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) {
    return Unreadable("there is no private key in PEM without a password in it");
  }
  return key;
}

std::string ToPem(const X509& certificate) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); });
}

std::string ToPem(const X509_CRL& list) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, &list); });
}

std::string ToPem(const EVP_PKEY& key) {
  return Written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string SerialOf(const X509& certificate) {
  return SerialText(*X509_get0_serialNumber(&certificate));
}

std::string SerialText(const ASN1_INTEGER& serial) {
  return absl::BytesToHexString(ToAbsl(TextOf(&serial)));
}

std::string NameBytes(const X509_NAME& name) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_NAME(&name, &bytes);
  if (size < 0) return "";
  std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return text;
}

std::vector<std::string> UrisOf(const X509& certificate) {
  std::vector<std::string> uris;
  const Names names = AlternativeNames(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) uris.push_back(TextOf(name->d.uniformResourceIdentifier));
  }
  return uris;
}

std::vector<std::string> HostsOf(const X509& certificate) {
  std::vector<std::string> hosts;
  const Names names = AlternativeNames(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) hosts.push_back(TextOf(name->d.dNSName));
    if (name->type == GEN_IPADD) hosts.push_back(AddressText(TextOf(name->d.iPAddress)));
  }
  return hosts;
}

absl::Time NotBefore(const X509& certificate) { return ToTime(X509_get0_notBefore(&certificate)); }

absl::Time NotAfter(const X509& certificate) { return ToTime(X509_get0_notAfter(&certificate)); }

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts = {};
  // A missing time would be read as the present one.
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return absl::InfinitePast();
  }
  return absl::FromTM(parts, absl::UTCTimeZone());
}

absl::Status OpensslError(std::string_view what) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInternal, "OPENSSL",
                   absl::StrCat(ToAbsl(what), ": ", reason == nullptr ? "OpenSSL failed" : reason));
}

}  // namespace rollcall::access
