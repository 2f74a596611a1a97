// The calls of the benchmark: a real server, a bare echo, and a client, all over TLS.
//
//   exposure_calls serve DATA_DIR CERT  the whole server; its clock stands on the day of the
//                                       benchmark
//   exposure_calls echo CERT            a server that answers GetVendor with one and the same
//   message exposure_calls ask ADDRESS CERT IDS what a client sees of the server, as JSON
//   exposure_calls unary ADDRESS CERT   calls per second of GetVendor, as JSON
//
// Servers make certificates of their own, write their authority's to the file CERT, print their
// port and serve until their standard input ends.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/case_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/share_service.grpc.pb.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "server/access/certificate_authority.h"
#include "server/access/first_access.h"
#include "server/access/roles.h"
#include "server/access/secret_file.h"
#include "server/access/server_tls.h"
#include "server/casework/clock.h"
#include "server/server.h"
#include "storage/status.h"
#include "storage/value_codec.h"
#include "tests/bench/bench_district.h"
#include "tests/bench/bench_register.h"
#include "tests/bench/measure.h"
#include "tests/support/fake_clock.h"

namespace rollcall::bench {
namespace {

constexpr char kHost[] = "localhost";
// Valid at the machine's time and on the day of the benchmark.
constexpr absl::Duration kTlsLead = absl::Hours(24 * 365 * 10);
constexpr absl::Duration kTlsValidity = absl::Hours(24 * 365 * 40);
constexpr std::size_t kIdsPerMessage = 20'000;
constexpr double kUnarySeconds = 3;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "exposure_calls: %s\n", what.c_str());
  std::exit(1);
}

void Must(const grpc::Status& status, const std::string& call) {
  if (!status.ok()) Fail(absl::StrCat(call, ": ", status.error_message()));
}

void StatePurpose(grpc::ClientContext* context) {
  context->AddMetadata("rollcall-purpose", "benchmark");
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// --- Servers -----------------------------------------------------------------------------------

// The keys and certificates of one run: an authority in a folder beside `authority`, whose
// certificate goes there, with a certificate for the server and one for the client.
std::unique_ptr<access::ServerTls> MakeTls(const std::string& authority,
                                           const runtime::Clock* clock) {
  const std::string folder = authority + ".d";
  std::filesystem::create_directories(folder);
  auto made = access::CertificateAuthority::Create(folder, "bench.example", clock->Now() - kTlsLead,
                                                   kTlsValidity);
  if (!made.ok()) Fail(std::string(made.status().message()));
  const auto server = made->IssueServer({}, clock->Now() - kTlsLead, kTlsValidity);
  const auto client = made->IssueSystem("bench", clock->Now() - kTlsLead, kTlsValidity);
  if (!server.ok() || !client.ok()) Fail("cannot issue certificates");
  std::ofstream(folder + "/client.crt") << client->certificate_pem;
  std::ofstream(folder + "/client.key") << client->key_pem;
  std::ofstream(folder + "/server.crt") << server->certificate_pem;
  const absl::Status kept =
      access::ReplaceFile(folder + "/server.key", server->key_pem, access::kSecretMode);
  auto tls = access::ServerTls::Load(
      {folder + "/server.crt", folder + "/server.key", made->certificate_path(), made->list_path()},
      clock);
  if (!kept.ok() || !tls.ok()) Fail("cannot use the certificates");
  std::filesystem::copy_file(made->certificate_path(), authority);
  return *std::move(tls);
}

void ServeUntilTheEnd(int port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}

int Serve(const std::string& data, const std::string& certificate) {
  runtime::Config config;
  config.listen = {{"127.0.0.1:0", ""}};
  config.data_dir = data;
  auto zone = casework::LoadZone(config.time_zone_name);
  if (!zone.ok()) Fail("the time zone is unknown");
  config.time_zone = *zone;
  const testing::FakeClock clock(
      absl::FromCivil(absl::CivilHour(kTodayYear, kTodayMonth, kTodayDay, 12), config.time_zone));
  runtime::RandomIdGenerator ids;
  const auto bench = OpenBenchRegister(data, clock.Now());
  if (!bench.ok()) Fail(std::string(bench.status().message()));
  const std::unique_ptr<access::ServerTls> tls = MakeTls(certificate, &clock);
  // The client may do everything, as fast as it can.
  config.calls_per_second = 0;
  config.long_calls_per_second = 0;
  config.max_calls_per_caller = config.max_concurrent_calls;
  absl::Status ready = access::PrepareAccess(*bench->store, clock.Now());
  if (ready.ok()) {
    ready = bench->store->Write(
        {"benchmark", "benchmark", clock.Now(), nullptr}, [&](WriteTx& tx) -> absl::Status {
          for (const v1::Role& role : access::BuiltInRoles()) {
            RC_RETURN_IF_ERROR(access::GiveRole(tx, ids, "spiffe://bench.example/system/bench",
                                                role.name(), "a benchmark"));
          }
          return absl::OkStatus();
        });
  }
  if (!ready.ok()) Fail(std::string(ready.message()));
  auto server = Server::Start(
      config, {.store = bench->store.get(), .clock = &clock, .ids = &ids, .tls = tls.get()});
  if (!server.ok()) Fail(std::string(server.status().message()));
  ServeUntilTheEnd((*server)->ports().at(0));
  return 0;
}

// What GetVendor costs when nothing is behind it.
class Echo final : public v1::VendorService::Service {
 public:
  grpc::Status GetVendor(grpc::ServerContext*, const v1::GetVendorRequest* request,
                         v1::Vendor* response) override {
    *response = vendor_;
    response->set_name(request->name());
    return grpc::Status::OK;
  }

 private:
  const v1::Vendor vendor_ = [] {
    v1::Vendor vendor;
    vendor.set_legal_name("Vendor 1");
    vendor.set_kind(v1::VENDOR_KIND_OPERATOR);
    vendor.set_etag("\"0000000000000000\"");
    *vendor.mutable_create_time() = ToTimestamp(absl::Now());
    *vendor.mutable_update_time() = vendor.create_time();
    vendor.set_revision(3);
    return vendor;
  }();
};

int ServeEcho(const std::string& certificate) {
  Echo echo;
  runtime::Config config;
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota("echo");
  quota.SetMaxThreads(config.max_threads);
  builder.SetResourceQuota(quota);
  int port = 0;
  const runtime::SystemClock clock;
  const std::unique_ptr<access::ServerTls> tls = MakeTls(certificate, &clock);
  builder.AddListeningPort("127.0.0.1:0", tls->NewCredentials(), &port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) Fail("cannot listen");
  ServeUntilTheEnd(port);
  return 0;
}

// --- The client --------------------------------------------------------------------------------

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& certificate) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(certificate);
  options.pem_private_key = ReadFile(certificate + ".d/client.key");
  options.pem_cert_chain = ReadFile(certificate + ".d/client.crt");
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kHost);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    Fail("cannot connect to " + address);
  }
  return channel;
}

class Client {
 public:
  Client(std::shared_ptr<grpc::Channel> channel, std::vector<std::string> ids)
      : exposures_(v1::ExposureService::NewStub(channel)),
        shares_(v1::ShareService::NewStub(channel)),
        cases_(v1::CaseService::NewStub(channel)),
        transfers_(v1::TransferService::NewStub(channel)),
        ids_(std::move(ids)) {}

  void Run(const std::string& part) {
    if (part == "summaries") AskSummaries();
    if (part == "stream") AskStream();
    if (part == "vendors") AskVendors();
    if (part == "people") AskPeople();
    if (part == "cases") OpenCases();
    if (part == "transfers") SendTransfers();
    report_.Print();
  }

 private:
  // A call that may not be there yet: times it, or notes why not.
  template <typename Body>
  void Try(const std::string& name, int runs, const Body& body) {
    std::vector<double> ms;
    for (int i = 0; i < runs; ++i) {
      const StopWatch watch;
      const grpc::Status status = body(i);
      if (!status.ok()) {
        report_.Missing(name, status.error_message());
        return;
      }
      ms.push_back(watch.Ms());
    }
    report_.Times(name, std::move(ms));
  }

  void AskSummaries() {
    const auto ask = [&](const v1::GetExposureSummaryRequest& request) {
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::ExposureSummary summary;
      Must(exposures_->GetExposureSummary(&context, request, &summary), "GetExposureSummary");
      return summary.people();
    };
    std::int64_t first_day = Today();
    // Each question is a new one: no day of the window's beginning comes twice.
    const auto cold = [&](int vendor, bool omit_digest) {
      v1::GetExposureSummaryRequest request;
      request.mutable_what_if()->set_vendor(VendorName(vendor));
      *request.mutable_what_if()->mutable_window_start_date() =
          ToDate(FromDayNumber(static_cast<std::int32_t>(--first_day)));
      *request.mutable_what_if()->mutable_window_end_date() = ToDate(FromDayNumber(Today()));
      request.set_omit_digest(omit_digest);
      return ask(request);
    };
    report_.Time("rpc-summary-whole", 11, [&] { cold(0, true); });
    report_.Time("rpc-summary-whole-digest", 5, [&] { cold(0, false); });
    report_.Time("rpc-summary-one", 51, [&] { cold(1, true); });
    report_.Time("rpc-summary-schools", 21, [&] { cold(2, true); });
    v1::GetExposureSummaryRequest request;
    request.set_name("incidents/whole");
    ask(request);
    report_.Time("rpc-summary-kept", 11, [&] { ask(request); });
  }

  void AskStream() {
    std::int64_t people = 0;
    std::uint64_t sum = 0;
    const long before = StatusKb("VmRSS");
    const auto stream = [&] {
      people = 0;
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::StreamExposureRequest request;
      request.set_name("incidents/whole");
      const auto reader = exposures_->StreamExposure(&context, request);
      v1::StreamExposureResponse response;
      bool closed = false;
      std::vector<std::uint64_t> cells;
      while (reader->Read(&response)) {
        for (const v1::ExposureSet& set : response.header().sets()) {
          cells.push_back(static_cast<std::uint64_t>(set.elements_size()));
        }
        const v1::ExposureBatch& batch = response.batch();
        people += batch.people_size();
        for (int i = 0; i < batch.people_size(); ++i) sum += cells.at(batch.sets(i));
        closed = closed || (response.has_closing() && response.closing().people() == people);
      }
      Must(reader->Finish(), "StreamExposure");
      if (!closed) Fail("StreamExposure ended without its closing");
    };
    report_.Time("rpc-stream", 7, stream);
    report_.Number("rpc-stream-people", static_cast<double>(people));
    report_.Number("rpc-stream-client-kb", static_cast<double>(StatusKb("VmHWM") - before));
    if (sum == 0) Fail("StreamExposure sent no elements");
  }

  void AskVendors() {
    std::vector<std::int64_t> people;
    const auto ask = [&](int) {
      people.assign(kVendors, -1);
      v1::ListVendorExposuresRequest request;
      request.set_page_size(1000);
      do {
        grpc::ClientContext context;
        StatePurpose(&context);
        v1::ListVendorExposuresResponse response;
        const grpc::Status status = exposures_->ListVendorExposures(&context, request, &response);
        if (!status.ok()) return status;
        for (const v1::VendorExposure& vendor : response.vendors()) {
          people.at(static_cast<std::size_t>(CodeOf(vendor.vendor()))) = vendor.people();
        }
        request.set_page_token(response.next_page_token());
      } while (!request.page_token().empty());
      return grpc::Status::OK;
    };
    Try("rpc-vendors-first", 1, ask);
    Try("rpc-vendors-kept", 5, ask);
    std::ofstream file("rpc-vendors");
    for (std::size_t vendor = 0; vendor < people.size(); ++vendor) {
      file << vendor << ',' << people[vendor] << '\n';
    }
    std::vector<double> ms;
    for (int i = 0; i < 3; ++i) {
      v1::GetShareRequest get;
      get.set_name(VendorName(40 + i) + "/shares/s0");
      v1::UpdateShareRequest update;
      grpc::ClientContext get_context;
      Must(shares_->GetShare(&get_context, get, update.mutable_share()), "GetShare");
      update.mutable_share()->set_purpose("benchmark");
      grpc::ClientContext update_context;
      v1::Share updated;
      Must(shares_->UpdateShare(&update_context, update, &updated), "UpdateShare");
      const StopWatch watch;
      if (const grpc::Status status = ask(0); !status.ok()) {
        report_.Missing("rpc-vendors-one-changed", status.error_message());
        return;
      }
      ms.push_back(watch.Ms());
    }
    report_.Times("rpc-vendors-one-changed", ms);
  }

  void AskPeople() {
    const auto ask = [&](int i) {
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::GetPersonExposureRequest request;
      request.set_name(absl::StrCat("people/", 1 + 997 * i));
      v1::PersonExposure response;
      return exposures_->GetPersonExposure(&context, request, &response);
    };
    Try("rpc-person-first", 1, ask);
    Try("rpc-person", 100, ask);
  }

  void OpenCases() {
    Try("rpc-case", 5, [&](int i) {
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::OpenCaseRequest request;
      request.set_case_id(absl::StrCat("bench-", i));
      request.set_incident("incidents/whole");
      v1::Case response;
      return cases_->OpenCase(&context, request, &response);
    });
  }

  // Sends the ids and their number on either stream.
  template <typename Request, typename Stream>
  void WriteIds(Stream& stream) const {
    Request message;
    for (std::size_t at = 0; at < ids_.size();) {
      v1::TransferIds* ids = message.mutable_ids();
      ids->clear_ids();
      for (std::size_t i = 0; i < kIdsPerMessage && at < ids_.size(); ++i) {
        ids->add_ids(ids_[at++]);
      }
      if (!stream.Write(message)) return;
    }
    message.set_total_ids(std::ssize(ids_));
    stream.Write(message);
    stream.WritesDone();
  }

  void SendTransfers() {
    static constexpr const char* kFields[] = {"student.name", "student.birth_date",
                                              "student.local_id"};
    Try("rpc-record", 7, [&](int i) {
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::Transfer response;
      const auto stream = transfers_->RecordTransfer(&context, &response);
      v1::RecordTransferRequest message;
      v1::NewTransfer* request = message.mutable_request();
      request->set_parent(VendorName(0));
      request->set_transfer_id(absl::StrCat("bench-", i));
      *request->mutable_transfer()->mutable_send_time() = ToTimestamp(
          absl::FromCivil(absl::CivilDay(kTodayYear, kTodayMonth, kTodayDay), absl::UTCTimeZone()));
      request->mutable_transfer()->set_id_kind(v1::LIST_ID_KIND_DISTRICT_ID);
      request->mutable_transfer()->set_subject(v1::SUBJECT_KIND_STUDENT);
      for (const char* field : kFields) {
        request->mutable_transfer()->add_elements()->set_data_element(
            absl::StrCat("dataElements/", field));
      }
      if (stream->Write(message)) WriteIds<v1::RecordTransferRequest>(*stream);
      const grpc::Status status = stream->Finish();
      if (status.ok() && response.ids() != std::ssize(ids_)) Fail("RecordTransfer lost ids");
      return status;
    });
    Try("rpc-check", 7, [&](int) {
      grpc::ClientContext context;
      StatePurpose(&context);
      const auto stream = transfers_->CheckTransfer(&context);
      v1::CheckTransferRequest message;
      v1::PlannedTransfer* request = message.mutable_request();
      request->set_parent(VendorName(0));
      request->set_id_kind(v1::LIST_ID_KIND_DISTRICT_ID);
      request->set_subject(v1::SUBJECT_KIND_STUDENT);
      for (const char* field : kFields) {
        request->add_data_elements(absl::StrCat("dataElements/", field));
      }
      if (stream->Write(message)) WriteIds<v1::CheckTransferRequest>(*stream);
      v1::CheckTransferResponse response;
      bool closed = false;
      while (stream->Read(&response)) closed = closed || response.has_closing();
      const grpc::Status status = stream->Finish();
      if (status.ok() && !closed) Fail("CheckTransfer ended without its closing");
      return status;
    });
    report_.Number("ids", static_cast<double>(ids_.size()));
  }

  std::unique_ptr<v1::ExposureService::Stub> exposures_;
  std::unique_ptr<v1::ShareService::Stub> shares_;
  std::unique_ptr<v1::CaseService::Stub> cases_;
  std::unique_ptr<v1::TransferService::Stub> transfers_;
  const std::vector<std::string> ids_;
  Report report_;
};

int Ask(const std::string& part, const std::string& address, const std::string& certificate,
        const std::string& path) {
  std::vector<std::string> ids;
  std::ifstream file(path);
  for (std::string id; std::getline(file, id);) ids.push_back(id);
  Client(Connect(address, certificate), std::move(ids)).Run(part);
  return 0;
}

// Calls per second of so many callers, who share at most four connections.
double UnaryRate(const std::string& address, const std::string& certificate, int callers) {
  std::vector<std::unique_ptr<v1::VendorService::Stub>> stubs;
  for (int i = 0; i < std::min(callers, 4); ++i) {
    stubs.push_back(v1::VendorService::NewStub(Connect(address, certificate)));
  }
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> calls = 0;
  const auto call = [&](std::size_t caller) {
    v1::VendorService::Stub& stub = *stubs[caller % stubs.size()];
    v1::GetVendorRequest request;
    request.set_name(VendorName(1));
    std::int64_t done = 0;
    while (!stop) {
      grpc::ClientContext context;
      StatePurpose(&context);
      v1::Vendor response;
      Must(stub.GetVendor(&context, request, &response), "GetVendor");
      ++done;
    }
    calls += done;
  };
  std::vector<std::thread> threads;
  const StopWatch watch;
  for (int i = 0; i < callers; ++i) threads.emplace_back(call, static_cast<std::size_t>(i));
  std::this_thread::sleep_for(std::chrono::duration<double>(kUnarySeconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(calls) / watch.Ms() * 1000;
}

int AskUnary(const std::string& address, const std::string& certificate) {
  Report report;
  for (const int callers : {1, 8, 64}) {
    report.Number(absl::StrCat("calls-", callers), UnaryRate(address, certificate, callers));
  }
  report.Print();
  return 0;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string mode = words.empty() ? "" : words[0];
  if (mode == "serve" && words.size() == 3) return rollcall::bench::Serve(words[1], words[2]);
  if (mode == "echo" && words.size() == 2) return rollcall::bench::ServeEcho(words[1]);
  if (mode == "ask" && words.size() == 5) {
    return rollcall::bench::Ask(words[1], words[2], words[3], words[4]);
  }
  if (mode == "unary" && words.size() == 3) return rollcall::bench::AskUnary(words[1], words[2]);
  std::fprintf(
      stderr,
      "usage: exposure_calls serve DATA_DIR CERT | echo CERT | ask PART ADDRESS CERT IDS | "
      "unary ADDRESS CERT\n");
  return 2;
}
