#include "server/access/peer_identity.h"

#include <grpc/grpc_security_constants.h>

#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/access/spiffe_id.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr char kLocalTransport[] = "local";

std::vector<std::string> ValuesOf(const grpc::AuthContext& context, const char* name) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(name)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

absl::Status NoIdentity(std::string_view what) {
  return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_IDENTITY",
                   absl::StrCat("the client certificate ", ToAbsl(what),
                                "; it must have exactly one URI among its alternative names, "
                                "such as spiffe://district.example/system/roster"));
}

}  // namespace

PeerProperties ReadPeerProperties(const grpc::AuthContext& context) {
  return {ValuesOf(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME),
          ValuesOf(context, GRPC_PEER_URI_PROPERTY_NAME),
          ValuesOf(context, GRPC_PEER_SPIFFE_ID_PROPERTY_NAME),
          ValuesOf(context, GRPC_X509_PEM_CERT_PROPERTY_NAME)};
}

absl::StatusOr<PeerIdentity> IdentifyPeer(const PeerProperties& properties) {
  const std::vector<std::string>& types = properties.security_types;
  if (types == std::vector<std::string>{kLocalTransport}) return PeerIdentity{"local", ""};
  if (types != std::vector<std::string>{GRPC_SSL_TRANSPORT_SECURITY_TYPE}) {
    return MakeError(absl::StatusCode::kUnauthenticated, "TRANSPORT_NOT_SECURE",
                     "the connection is neither TLS nor a Unix socket");
  }
  const std::size_t uris = properties.uris.size();
  if (properties.certificates.empty()) {
    if (uris == 0 && properties.spiffe_ids.empty()) return PeerIdentity{};
    return NoIdentity("is not known any more");
  }
  if (properties.certificates.size() > 1) return NoIdentity("is not the only one");
  if (uris == 0) return NoIdentity("has no URI");
  if (uris > 1) return NoIdentity("has several URIs");
  if (properties.spiffe_ids != properties.uris || !IsSpiffeId(properties.uris[0])) {
    return NoIdentity("has a URI that is no SPIFFE ID");
  }
  return PeerIdentity{properties.spiffe_ids[0], properties.certificates[0]};
}

}  // namespace rollcall::access
