#include "server/access/certificate_builder.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr int kSerialBits = 128;
constexpr char kOrganization[] = "Rollcall";

struct BnFree {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using BigNumber = std::unique_ptr<BIGNUM, BnFree>;

struct IntegerFree {
  void operator()(ASN1_INTEGER* integer) const { ASN1_INTEGER_free(integer); }
};
using Integer = std::unique_ptr<ASN1_INTEGER, IntegerFree>;

struct TimeFree {
  void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
};
using Asn1Time = std::unique_ptr<ASN1_TIME, TimeFree>;

struct ExtensionFree {
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Extension = std::unique_ptr<X509_EXTENSION, ExtensionFree>;

struct NamesFree {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, NamesFree>;

Asn1Time ToAsn1(absl::Time time) { return Asn1Time(ASN1_TIME_set(nullptr, absl::ToTimeT(time))); }

bool SetRandomSerial(X509* certificate) {
  const BigNumber number(BN_new());
  // The top bit is set: all serial numbers have one length, and none is zero.
  return number != nullptr &&
         BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool AddNameEntry(X509_NAME* name, const char* field, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

// `value` is in the notation of OpenSSL's configuration and always a constant of this file: names
// from outside never go through that notation.
bool AddExtension(X509* certificate, X509V3_CTX* context, int id, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, context, id, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AddIa5(GENERAL_NAMES* names, int type, const std::string& text) {
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  GENERAL_NAME* const name = GENERAL_NAME_new();
  if (value == nullptr || name == nullptr ||
      ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1) {
    ASN1_IA5STRING_free(value);
    GENERAL_NAME_free(name);
    return false;
  }
  GENERAL_NAME_set0_value(name, type, value);
  return sk_GENERAL_NAME_push(names, name) > 0;
}

bool AddHost(GENERAL_NAMES* names, const std::string& host) {
  ASN1_OCTET_STRING* const address = a2i_IPADDRESS(host.c_str());
  if (address == nullptr) return AddIa5(names, GEN_DNS, host);
  GENERAL_NAME* const name = GENERAL_NAME_new();
  if (name == nullptr) {
    ASN1_OCTET_STRING_free(address);
    return false;
  }
  GENERAL_NAME_set0_value(name, GEN_IPADD, address);
  return sk_GENERAL_NAME_push(names, name) > 0;
}

bool AddAlternativeNames(X509* certificate, const CertificateContent& content) {
  if (content.uris.empty() && content.hosts.empty()) return true;
  const Names names(GENERAL_NAMES_new());
  bool added = names != nullptr;
  for (const std::string& uri : content.uris) added = added && AddIa5(names.get(), GEN_URI, uri);
  for (const std::string& host : content.hosts) added = added && AddHost(names.get(), host);
  return added && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0,
                                    X509V3_ADD_DEFAULT) == 1;
}

bool AddExtensions(X509* certificate, const CertificateContent& content, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const auto add = [&](int id, const char* value) {
    return AddExtension(certificate, &context, id, value);
  };
  bool added =
      add(NID_subject_key_identifier, "hash") && add(NID_authority_key_identifier, "keyid:always");
  switch (content.use) {
    case CertificateUse::kAuthority:
      added = added && add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
              add(NID_key_usage, "critical,keyCertSign,cRLSign");
      break;
    case CertificateUse::kServer:
      added = added && add(NID_basic_constraints, "critical,CA:FALSE") &&
              add(NID_key_usage, "critical,digitalSignature") &&
              add(NID_ext_key_usage, "serverAuth");
      break;
    case CertificateUse::kClient:
      added = added && add(NID_basic_constraints, "critical,CA:FALSE") &&
              add(NID_key_usage, "critical,digitalSignature") &&
              add(NID_ext_key_usage, "clientAuth");
      break;
  }
  return added && AddAlternativeNames(certificate, content);
}

// The identifier of the issuer's key and the number: what RFC 5280 asks of every list.
bool AddListExtensions(X509_CRL* list, X509* issuer, long number) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
  const Extension key(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  const Integer value(ASN1_INTEGER_new());
  return key != nullptr && X509_CRL_add_ext(list, key.get(), -1) == 1 && value != nullptr &&
         ASN1_INTEGER_set(value.get(), number) == 1 &&
         X509_CRL_add1_ext_i2d(list, NID_crl_number, value.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

bool AddRevoked(X509_CRL* list, const RevokedSerial& revoked) {
  BIGNUM* number = nullptr;
  if (BN_hex2bn(&number, revoked.serial.c_str()) == 0) return false;
  const BigNumber owned(number);
  const Integer serial(BN_to_ASN1_INTEGER(number, nullptr));
  const Asn1Time time = ToAsn1(revoked.time);
  X509_REVOKED* const entry = X509_REVOKED_new();
  if (entry != nullptr && serial != nullptr && time != nullptr &&
      X509_REVOKED_set_serialNumber(entry, serial.get()) == 1 &&
      X509_REVOKED_set_revocationDate(entry, time.get()) == 1 &&
      X509_CRL_add0_revoked(list, entry) == 1) {
    return true;
  }
  X509_REVOKED_free(entry);
  return false;
}

}  // namespace

absl::StatusOr<PrivateKey> NewPrivateKey() {
  PrivateKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpensslError("cannot make a private key");
  return key;
}

absl::StatusOr<Certificate> MakeCertificate(const CertificateContent& content, EVP_PKEY& key,
                                            const Signer& signer) {
  Certificate certificate(X509_new());
  if (certificate == nullptr) return OpensslError("cannot make a certificate");
  X509* const issuer = signer.certificate == nullptr ? certificate.get() : signer.certificate;
  EVP_PKEY* const issuer_key = signer.key == nullptr ? &key : signer.key;
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const Asn1Time begin = ToAsn1(content.not_before);
  const Asn1Time end = ToAsn1(content.not_after);
  const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    SetRandomSerial(certificate.get()) &&
                    AddNameEntry(subject, "O", kOrganization) &&
                    AddNameEntry(subject, "CN", content.common_name) &&
                    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
                    begin != nullptr && X509_set1_notBefore(certificate.get(), begin.get()) == 1 &&
                    end != nullptr && X509_set1_notAfter(certificate.get(), end.get()) == 1 &&
                    X509_set_pubkey(certificate.get(), &key) == 1 &&
                    AddExtensions(certificate.get(), content, issuer) &&
                    X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0;
  if (!made) return OpensslError("cannot make a certificate");
  return certificate;
}

absl::StatusOr<RevocationFile> MakeRevocationList(const std::vector<RevokedSerial>& revoked,
                                                  long number, absl::Time this_update,
                                                  absl::Time next_update, const Signer& signer) {
  RevocationFile list(X509_CRL_new());
  const Asn1Time begin = ToAsn1(this_update);
  const Asn1Time end = ToAsn1(next_update);
  bool made =
      list != nullptr && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
      X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(signer.certificate)) == 1 &&
      begin != nullptr && X509_CRL_set1_lastUpdate(list.get(), begin.get()) == 1 &&
      end != nullptr && X509_CRL_set1_nextUpdate(list.get(), end.get()) == 1 &&
      AddListExtensions(list.get(), signer.certificate, number);
  for (const RevokedSerial& entry : revoked) made = made && AddRevoked(list.get(), entry);
  made = made && X509_CRL_sort(list.get()) == 1 &&
         X509_CRL_sign(list.get(), signer.key, EVP_sha256()) > 0;
  if (!made) return OpensslError("cannot make a revocation list");
  return list;
}

std::vector<RevokedSerial> RevokedOf(X509_CRL& list) {
  std::vector<RevokedSerial> all;
  STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(&list);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    const X509_REVOKED* const entry = sk_X509_REVOKED_value(entries, i);
    all.push_back({SerialText(*X509_REVOKED_get0_serialNumber(entry)),
                   ToTime(X509_REVOKED_get0_revocationDate(entry))});
  }
  return all;
}

long NumberOf(const X509_CRL& list) {
  const Integer number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(&list, NID_crl_number, nullptr, nullptr)));
  return number == nullptr ? 0 : ASN1_INTEGER_get(number.get());
}

}  // namespace rollcall::access
