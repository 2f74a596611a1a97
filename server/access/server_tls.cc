#include "server/access/server_tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <utility>

#include "storage/status.h"

namespace rollcall::access {

// What one listening address was last given. gRPC asks for one address at a time.
struct ServerTls::Listener {
  ServerTls* tls = nullptr;
  std::int64_t generation = 0;

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    auto* const listener = static_cast<Listener*>(self);
    std::shared_ptr<const TlsMaterial> material;
    {
      const std::lock_guard<std::mutex> lock(listener->tls->mutex_);
      if (listener->generation == listener->tls->generation_) {
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
      }
      listener->generation = listener->tls->generation_;
      material = listener->tls->material_;
    }
    const grpc_ssl_pem_key_cert_pair pair = {material->key_pem.c_str(),
                                             material->certificate_pem.c_str()};
    const char* const authority =
        material->client_authority_pem.empty() ? nullptr : material->client_authority_pem.c_str();
    *config = grpc_ssl_server_certificate_config_create(authority, &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }
};

// gRPC's C++ layer offers certificates that change as an experiment only; the layer below it has
// had them for years. This joins the two.
class ServerTls::Credentials final : public grpc::ServerCredentials {
 public:
  Credentials(Listener* listener, grpc_ssl_client_certificate_request_type request)
      : credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                request, &Listener::Fetch, listener))) {}
  ~Credentials() override { grpc_server_credentials_release(credentials_); }

  // Identities are taken from each call, never added to a connection.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::Load(const TlsFiles& files,
                                                           const runtime::Clock* clock) {
  std::unique_ptr<ServerTls> tls(new ServerTls(files, clock));
  RC_RETURN_IF_ERROR(tls->ReloadIfChanged().status());
  return tls;
}

ServerTls::ServerTls(TlsFiles files, const runtime::Clock* clock)
    : files_(std::move(files)), clock_(clock) {}

ServerTls::~ServerTls() = default;

std::shared_ptr<grpc::ServerCredentials> ServerTls::NewCredentials() {
  const std::lock_guard<std::mutex> lock(mutex_);
  listeners_.push_back(std::make_unique<Listener>());
  listeners_.back()->tls = this;
  // Asked for even if no authority could verify one by now: a reload may bring it.
  return std::make_shared<Credentials>(listeners_.back().get(),
                                       GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
}

absl::StatusOr<bool> ServerTls::ReloadIfChanged() {
  // Taken before the files are read: what changes meanwhile is read the next time.
  std::string fingerprint = FingerprintOf(files_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (fingerprint == fingerprint_) return false;
  }
  RC_ASSIGN_OR_RETURN(TlsMaterial loaded, LoadTlsFiles(files_, clock_->Now()));
  const std::lock_guard<std::mutex> lock(mutex_);
  material_ = std::make_shared<const TlsMaterial>(std::move(loaded));
  fingerprint_ = std::move(fingerprint);
  ++generation_;
  return true;
}

std::shared_ptr<const TlsMaterial> ServerTls::material() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return material_;
}

absl::Status ServerTls::CheckClient(const std::string& certificate_pem) const {
  const std::shared_ptr<const TlsMaterial> now = material();
  if (now->clients == nullptr) {
    return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_NOT_TRUSTED",
                     "this server takes no client certificates");
  }
  return now->clients->Check(certificate_pem, clock_->Now());
}

absl::Time ServerTls::certificate_end() const { return material()->certificate_end; }

absl::StatusOr<PeerIdentity> IdentifyConnection(const grpc::AuthContext& context,
                                                const ServerTls* tls) {
  RC_ASSIGN_OR_RETURN(PeerIdentity identity, IdentifyPeer(ReadPeerProperties(context)));
  if (identity.certificate_pem.empty()) return identity;
  if (tls == nullptr) return absl::InternalError("a client certificate without TLS");
  RC_RETURN_IF_ERROR(tls->CheckClient(identity.certificate_pem));
  return identity;
}

}  // namespace rollcall::access
