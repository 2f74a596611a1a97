// Feeds arbitrary bytes to what says who calls and why: certificates, their names, tokens,
// purposes, addresses of peers. No input may crash them or become an identity that it is not.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "server/access/client_certificates.h"
#include "server/access/peer_identity.h"
#include "server/access/principal.h"
#include "server/access/token_text.h"
#include "server/rpc/admission.h"
#include "server/rpc/purpose.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rollcall::access::PeerProperties;
  const std::string text(reinterpret_cast<const char*>(data), size);

  PeerProperties peer{{"ssl"}, {text}, {text}, {text}};
  const auto system = rollcall::access::IdentifyPeer(peer);
  if (system.ok() && !absl::StartsWith(system->principal, "spiffe://")) std::abort();
  peer.security_types = {text};
  const auto other = rollcall::access::IdentifyPeer(peer);
  if (other.ok() && text != "ssl" && text != "local") std::abort();
  peer = {{"ssl"}, {text, text}, {text, text}, {text}};
  if (rollcall::access::IdentifyPeer(peer).ok()) std::abort();

  rollcall::access::ClientCertificates::Make(text, "").status().IgnoreError();
  rollcall::access::ClientCertificates::Make(text, text).status().IgnoreError();
  rollcall::access::CheckPrincipal(text, "principal").IgnoreError();
  if (rollcall::access::IsTokenText(text) && text.size() != rollcall::access::kTokenCharacters) {
    std::abort();
  }
  const auto purpose = rollcall::rpc::ParsePurpose(text);
  if (purpose.ok() && (purpose->size() < rollcall::rpc::kMinPurposeBytes ||
                       purpose->size() > rollcall::rpc::kMaxPurposeBytes)) {
    std::abort();
  }
  rollcall::rpc::HostOf(text);
  return 0;
}
