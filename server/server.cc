#include "server/server.h"

#include <dlfcn.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/access/directory.h"
#include "server/access/first_access.h"
#include "server/access/key_rotation.h"
#include "server/backup/log_check.h"
#include "server/casework/clock.h"
#include "server/casework/engine_keeper.h"
#include "server/casework/exposures.h"
#include "server/casework/portfolio.h"
#include "server/rpc/access_gate.h"
#include "server/rpc/access_service.h"
#include "server/rpc/audit_service.h"
#include "server/rpc/backup_service.h"
#include "server/rpc/case_service.h"
#include "server/rpc/catalog_service.h"
#include "server/rpc/contract_service.h"
#include "server/rpc/disclosure_service.h"
#include "server/rpc/disposition_service.h"
#include "server/rpc/exposure_service.h"
#include "server/rpc/health_service.h"
#include "server/rpc/incident_service.h"
#include "server/rpc/key_service.h"
#include "server/rpc/pipeline.h"
#include "server/rpc/register_service.h"
#include "server/rpc/roster_service.h"
#include "server/rpc/share_service.h"
#include "server/rpc/subprocessor_service.h"
#include "server/rpc/transfer_service.h"
#include "server/rpc/vendor_service.h"
#include "server/runtime/listen_address.h"
#include "server/runtime/logging.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"

namespace rollcall {
namespace {

// What clients get to read the last answers in, if calls were running when the server was told to
// stop.
constexpr absl::Duration kLinger = absl::Seconds(1);

// Calls of one connection at one time: a gateway may send those of many people over one.
// And gRPC reads the request of each, up to max_message_bytes, before anything is known of its
// caller.
constexpr int kMaxCallsPerConnection = 32;

// Clients ping at most this often; the client program keeps well above it.
constexpr int kMinPingIntervalMs = 20'000;

const std::vector<const google::protobuf::ServiceDescriptor*>& Services() {
  static const std::vector<const google::protobuf::ServiceDescriptor*> services = [] {
    std::vector<const google::protobuf::ServiceDescriptor*> all;
    for (const auto* file :
         {v1::Vendor::descriptor()->file(), v1::Contract::descriptor()->file(),
          v1::DataElement::descriptor()->file(), v1::Share::descriptor()->file(),
          v1::Subprocessor::descriptor()->file(), v1::Disposition::descriptor()->file(),
          v1::Transfer::descriptor()->file(), v1::Person::descriptor()->file(),
          v1::Incident::descriptor()->file(), v1::ExposureSummary::descriptor()->file(),
          v1::Case::descriptor()->file(), v1::Role::descriptor()->file(),
          v1::AuditEntry::descriptor()->file(), v1::ServerInfo::descriptor()->file(),
          v1::KeyStatus::descriptor()->file(), v1::DisclosureRecord::descriptor()->file(),
          v1::Backup::descriptor()->file()}) {
      for (int i = 0; i < file->service_count(); ++i) all.push_back(file->service(i));
    }
    return all;
  }();
  return services;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsFor(
    const runtime::ListenAddress& address, access::ServerTls* tls) {
  if (!address.socket_path.empty()) return grpc::experimental::LocalServerCredentials(UDS);
  if (tls != nullptr) return tls->NewCredentials();
  return MakeError(absl::StatusCode::kFailedPrecondition, "LISTEN",
                   absl::StrCat("cannot listen on ", address.target, " without TLS"));
}

// Lets gRPC servers describe the API. The library adds itself to every server that is built once it
// is loaded, so that it is not linked.
absl::Status LoadReflection() {
  if (dlopen(ROLLCALL_REFLECTION_LIBRARY, RTLD_NOW | RTLD_GLOBAL) != nullptr) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "REFLECTION",
                   absl::StrCat("cannot load ", ROLLCALL_REFLECTION_LIBRARY,
                                ", a part of gRPC for C++; install it again"));
}

audit::Reading ToLogEntry(const WriteOptions& options, const rpc::Reading& reading) {
  audit::Reading entry;
  entry.principal = options.principal;
  entry.via = options.via;
  entry.source = options.source;
  entry.method = options.method;
  entry.purpose = options.purpose;
  entry.correlation_id = options.correlation_id;
  entry.people_count = reading.people;
  // Either everybody or nobody: a part of the people would look like all of them.
  if (std::ssize(reading.numbers) == reading.people) entry.people = reading.numbers;
  entry.elements.assign(reading.fields.begin(), reading.fields.end());
  return entry;
}

// Asks the store now and then whether it answers, and tells health. Stops with the object.
class HealthMonitor {
 public:
  HealthMonitor(Store* store, rpc::HealthService* health)
      : thread_([this, store, health] {
          std::unique_lock<std::mutex> lock(mutex_);
          while (!stopped_.wait_for(lock, kPeriod, [this] { return stopping_; })) {
            const absl::Status status = store->Ready();
            if (status.ok() != serving_) {
              serving_ = status.ok();
              runtime::LogEvent(serving_ ? runtime::LogLevel::kInfo : runtime::LogLevel::kError,
                                serving_ ? "storage_recovered" : "storage_failed",
                                {{"code", std::string(absl::StatusCodeToString(status.code()))}});
            }
            health->SetAll(serving_);
          }
        }) {}
  ~HealthMonitor() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    thread_.join();
  }
  HealthMonitor(const HealthMonitor&) = delete;
  HealthMonitor& operator=(const HealthMonitor&) = delete;

 private:
  static constexpr std::chrono::seconds kPeriod{5};

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // Guarded by mutex_.
  bool serving_ = true;    // Used by the thread only.
  std::thread thread_;     // Last: it uses all of the above.
};

}  // namespace

struct Server::Parts {
  Store* store = nullptr;
  access::AccessDirectory directory;
  std::unique_ptr<rpc::AccessGate> gate;
  rpc::District district;
  casework::Exposures exposures;
  casework::Portfolio portfolio{&exposures};
  std::unique_ptr<rpc::Pipeline> pipeline;
  std::unique_ptr<backup::BackupFolder> backups;
  rpc::HealthService health;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::vector<int> ports;
  std::unique_ptr<HealthMonitor> monitor;
  std::unique_ptr<casework::EngineKeeper> keeper;
  std::unique_ptr<access::KeyRotation> rotation;  // Null without a key ring.
  // Last: they must be gone before what they call.
  std::vector<std::unique_ptr<grpc::Server>> servers;

  // Starts a server on the addresses of the network, or on the sockets, if there are any.
  absl::Status Listen(const runtime::Config& config, access::ServerTls* tls, bool network);
};

absl::Status Server::Parts::Listen(const runtime::Config& config, access::ServerTls* tls,
                                   bool network) {
  std::vector<std::size_t> mine;
  std::vector<std::string> targets;
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    if (config.listen[i].socket_path.empty() != network) continue;
    mine.push_back(i);
    targets.push_back(config.listen[i].target);
  }
  if (mine.empty()) return absl::OkStatus();
  // For every server that is built from now on: those of the network come first.
  if (config.reflection || !network) RC_RETURN_IF_ERROR(LoadReflection());
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota(network ? "network" : "local");
  quota.SetMaxThreads(config.max_threads);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(static_cast<int>(config.max_message_bytes));
  // Two servers on one port would each answer half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (const std::size_t i : mine) {
    RC_ASSIGN_OR_RETURN(auto credentials, CredentialsFor(config.listen[i], tls));
    builder.AddListeningPort(config.listen[i].target, std::move(credentials), &ports[i]);
  }
  for (const std::unique_ptr<grpc::Service>& service : services) {
    builder.RegisterService(service.get());
  }
  builder.RegisterService(&health);
  servers.push_back(builder.BuildAndStart());
  if (servers.back() != nullptr &&
      std::none_of(mine.begin(), mine.end(), [&](std::size_t i) { return ports[i] == 0; })) {
    return absl::OkStatus();
  }
  if (servers.back() == nullptr) servers.pop_back();
  return MakeError(absl::StatusCode::kFailedPrecondition, "LISTEN",
                   absl::StrCat("cannot listen on ", absl::StrJoin(targets, ", "),
                                "; is another server running there?"));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(absl::Now()); }

const std::vector<int>& Server::ports() const { return parts_->ports; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const runtime::Config& config,
                                                      const ServerParts& with) {
  Store* const store = with.store;
  const runtime::Clock* const clock = with.clock;
  runtime::IdGenerator* const ids = with.ids;
  RC_RETURN_IF_ERROR(access::PrepareAccess(*store, clock->Now()));
  auto parts = std::make_unique<Parts>();
  parts->district = {config.time_zone_name, config.time_zone};
  rpc::PipelineParts pipeline_parts;
  pipeline_parts.store = store;
  pipeline_parts.clock = clock;
  pipeline_parts.ids = ids;
  parts->gate = std::make_unique<rpc::AccessGate>(&parts->directory, with.tls, with.people);
  pipeline_parts.gatekeeper = parts->gate.get();
  if (with.audit_log != nullptr) {
    pipeline_parts.record_reading = [log = with.audit_log](WriteTx& tx,
                                                           const rpc::Reading& reading) {
      return log->AppendReading(tx, ToLogEntry(tx.options(), reading));
    };
  }
  pipeline_parts.limits.concurrent = config.max_concurrent_calls;
  pipeline_parts.limits.concurrent_per_caller = config.max_calls_per_caller;
  pipeline_parts.limits.streams_per_caller = config.max_streams_per_caller;
  pipeline_parts.limits.calls = {static_cast<double>(config.calls_per_second),
                                 2.0 * static_cast<double>(config.calls_per_second)};
  pipeline_parts.limits.heavy_calls = {static_cast<double>(config.long_calls_per_second),
                                       8.0 * static_cast<double>(config.long_calls_per_second)};
  pipeline_parts.patience = config.patience;
  RC_ASSIGN_OR_RETURN(parts->pipeline, rpc::Pipeline::Create(pipeline_parts, Services()));

  const rpc::StandardCalls calls(parts->pipeline.get(), &parts->district, ids);
  rpc::ImportLimits limits;
  limits.spool_directory = config.data_dir;
  limits.max_package_bytes = static_cast<std::uint64_t>(config.max_package_bytes);
  limits.package.max_total_bytes = static_cast<std::uint64_t>(config.max_unpacked_bytes);
  limits.package.max_file_bytes =
      std::min(limits.package.max_file_bytes, limits.package.max_total_bytes);
  auto& services = parts->services;
  services.push_back(std::make_unique<rpc::VendorService>(calls));
  services.push_back(std::make_unique<rpc::ContractService>(calls));
  services.push_back(std::make_unique<rpc::CatalogService>(calls));
  services.push_back(std::make_unique<rpc::ShareService>(calls));
  services.push_back(std::make_unique<rpc::SubprocessorService>(calls, &parts->exposures));
  services.push_back(std::make_unique<rpc::DispositionService>(calls, &parts->exposures.ids()));
  services.push_back(std::make_unique<rpc::TransferService>(calls, store, &parts->exposures));
  services.push_back(std::make_unique<rpc::RosterService>(calls, limits));
  services.push_back(std::make_unique<rpc::IncidentService>(calls));
  services.push_back(
      std::make_unique<rpc::ExposureService>(calls, store, &parts->exposures, &parts->portfolio));
  services.push_back(std::make_unique<rpc::DisclosureService>(calls, &parts->portfolio));
  services.push_back(std::make_unique<rpc::CaseService>(calls, store, &parts->exposures));
  if (with.audit_log != nullptr) {
    services.push_back(std::make_unique<rpc::AuditService>(calls, store, with.audit_log->key()));
  }
  services.push_back(std::make_unique<rpc::AccessService>(calls, &parts->directory));
  parts->backups = std::make_unique<backup::BackupFolder>(
      backup::FolderOptions{config.backup_dir, config.backup_keep,
                            with.audit_log == nullptr
                                ? backup::CheckLog()
                                : backup::LogCheckWith(with.audit_log->key().key)},
      store, clock);
  services.push_back(
      std::make_unique<rpc::BackupService>(calls, store, parts->backups.get(), with.audit_log));
  services.push_back(std::make_unique<rpc::RegisterService>(calls, store, clock->Now()));
  if (with.key_ring != nullptr) {
    parts->rotation = std::make_unique<access::KeyRotation>(
        store, with.key_ring, SealedColumns(), [clock] { return clock->Now(); },
        [](const absl::Status& status) {
          runtime::LogEvent(runtime::LogLevel::kError, "key_rotation_stands_still",
                            {{"reason", ErrorReason(status)},
                             {"code", std::string(absl::StatusCodeToString(status.code()))}});
        });
  }
  services.push_back(
      std::make_unique<rpc::KeyService>(calls, store, with.key_ring, parts->rotation.get()));

  parts->health.SetServing("", false);
  for (const auto* service : Services()) parts->health.SetServing(service->full_name(), false);
  parts->ports.assign(config.listen.size(), 0);
  // What those on the network take away is not taken from the administrator at the machine: each
  // kind of listener has threads of its own.
  for (const bool network : {true, false}) {
    RC_RETURN_IF_ERROR(parts->Listen(config, with.tls, network));
  }
  for (const runtime::ListenAddress& address : config.listen) {
    if (!address.socket_path.empty()) {
      RC_RETURN_IF_ERROR(runtime::SetSocketMode(address.socket_path, config.socket_mode));
    }
  }
  // Exact from the first answer on: the roster is in memory before health says so.
  RC_RETURN_IF_ERROR(
      store->Read(nullptr, [&](ReadTx& tx) { return parts->exposures.Ground(tx, 0).status(); }));
  parts->store = store;
  parts->keeper = std::make_unique<casework::EngineKeeper>(
      store, &parts->exposures, &parts->portfolio, [clock] { return clock->Now(); },
      [clock, zone = config.time_zone] { return casework::LocalDay(clock->Now(), zone); },
      [](const absl::Status& status) {
        runtime::LogEvent(runtime::LogLevel::kError, "engine_refresh_failed",
                          {{"code", std::string(absl::StatusCodeToString(status.code()))}});
      });
  store->OnCommit([keeper = parts->keeper.get()] { keeper->Notify(); });
  parts->health.SetAll(true);
  parts->monitor = std::make_unique<HealthMonitor>(store, &parts->health);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::Announce() { parts_->health.Stop(); }

void Server::Shutdown(absl::Time deadline) {
  if (parts_->servers.empty()) return;
  parts_->monitor.reset();
  parts_->health.Stop();
  const bool busy = parts_->pipeline->busy();
  std::vector<std::thread> ends;
  for (const std::unique_ptr<grpc::Server>& server : parts_->servers) {
    ends.emplace_back([&server, deadline] { server->Shutdown(absl::ToChronoTime(deadline)); });
  }
  for (std::thread& end : ends) end.join();
  // A client that writes to a closed connection loses the answer that it has not read yet.
  if (busy) absl::SleepFor(kLinger);
  parts_->servers.clear();
  // Not before: the store takes it only between two writes, and an import would be waited for.
  parts_->store->OnCommit(nullptr);
  parts_->keeper.reset();
  parts_->rotation.reset();
}

}  // namespace rollcall
