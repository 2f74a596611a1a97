#include "server/rpc/access_gate.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/access/principal.h"
#include "server/access/token_text.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr char kAuthorization[] = "authorization";

absl::Status Refused() {
  return MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is not accepted; sign in again, or ask for a new one");
}

}  // namespace

Credentials TakeCredentials(const grpc::ServerContext& context) {
  Credentials credentials;
  const auto connection = context.auth_context();
  if (connection != nullptr) credentials.peer = access::ReadPeerProperties(*connection);
  const auto [begin, end] = context.client_metadata().equal_range(kAuthorization);
  for (auto it = begin; it != end; ++it) {
    credentials.tokens.emplace_back(it->second.data(), it->second.size());
  }
  return credentials;
}

absl::StatusOr<Caller> AccessGate::Identify(ReadTx& tx, const Credentials& credentials,
                                            absl::Time now) {
  RC_ASSIGN_OR_RETURN(const access::PeerIdentity peer, access::IdentifyPeer(credentials.peer));
  if (!peer.certificate_pem.empty()) {
    if (tls_ == nullptr) return absl::InternalError("a certificate came in without TLS");
    RC_RETURN_IF_ERROR(tls_->CheckClient(peer.certificate_pem));
  }
  RC_ASSIGN_OR_RETURN(const std::shared_ptr<const access::AccessView> view,
                      directory_->Current(tx));
  Caller caller;
  if (credentials.tokens.empty()) {
    if (peer.principal.empty()) {
      return MakeError(absl::StatusCode::kUnauthenticated, "IDENTITY_MISSING",
                       "the call brings no identity: show a client certificate or send a token");
    }
    caller.principal = peer.principal;
  } else {
    std::string_view text = credentials.tokens.front();
    // Two tokens are two identities.
    if (credentials.tokens.size() > 1 ||
        !absl::EqualsIgnoreCase(ToAbsl(text.substr(0, kScheme.size())), ToAbsl(kScheme))) {
      return Refused();
    }
    text.remove_prefix(kScheme.size());
    RC_ASSIGN_OR_RETURN(caller, IdentifyToken(*view, text, now));
    caller.via = peer.principal;
  }
  caller.expires = std::min(caller.expires, view->NextExpiry(caller.principal, now));
  return caller;
}

absl::StatusOr<Caller> AccessGate::IdentifyToken(const access::AccessView& view,
                                                 std::string_view text, absl::Time now) {
  Caller caller;
  if (absl::StartsWith(ToAbsl(text), ToAbsl(access::kTokenPrefix))) {
    RC_ASSIGN_OR_RETURN(access::TokenHolder holder, view.FindToken(text, now));
    caller.principal = std::move(holder.principal);
    caller.expires = holder.expires;
    return caller;
  }
  if (people_ == nullptr) return Refused();
  RC_ASSIGN_OR_RETURN(const access::VerifiedToken token, people_->Verify(text, now));
  caller.principal = absl::StrCat(ToAbsl(access::kOidcPrefix), token.subject);
  caller.expires = token.expires;
  return caller;
}

absl::StatusOr<std::set<v1::Permission>> AccessGate::Rights(ReadTx& tx, std::string_view principal,
                                                            absl::Time now) {
  RC_ASSIGN_OR_RETURN(const std::shared_ptr<const access::AccessView> view,
                      directory_->Current(tx));
  return view->Permissions(principal, now);
}

}  // namespace rollcall::rpc
