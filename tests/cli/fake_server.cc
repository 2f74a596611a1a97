#include "tests/cli/fake_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "client/cli/command_context.h"
#include "client/cli/program.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rollcall::cli {
namespace {

template <typename Request, typename Response>
grpc::Status Answer(const Handler<Request, Response>& handler, const Request* request,
                    Response* response) {
  if (!handler) return {grpc::StatusCode::UNIMPLEMENTED, ""};
  return handler(*request, response);
}

}  // namespace

class FakeServer::Vendors final : public v1::VendorService::Service {
 public:
  explicit Vendors(FakeServer* owner) : owner_(owner) {}
  grpc::Status GetVendor(grpc::ServerContext* context, const v1::GetVendorRequest* request,
                         v1::Vendor* response) override {
    const auto sent = context->client_metadata().find("authorization");
    owner_->authorization = sent == context->client_metadata().end()
                                ? ""
                                : std::string(sent->second.data(), sent->second.size());
    return Answer(owner_->get_vendor, request, response);
  }
  grpc::Status ListVendors(grpc::ServerContext*, const v1::ListVendorsRequest* request,
                           v1::ListVendorsResponse* response) override {
    return Answer(owner_->list_vendors, request, response);
  }
  grpc::Status CreateVendor(grpc::ServerContext*, const v1::CreateVendorRequest* request,
                            v1::Vendor* response) override {
    return Answer(owner_->create_vendor, request, response);
  }
  grpc::Status UpdateVendor(grpc::ServerContext*, const v1::UpdateVendorRequest* request,
                            v1::Vendor* response) override {
    return Answer(owner_->update_vendor, request, response);
  }
  grpc::Status CreateProduct(grpc::ServerContext*, const v1::CreateProductRequest* request,
                             v1::Product* response) override {
    return Answer(owner_->create_product, request, response);
  }
  grpc::Status ListProducts(grpc::ServerContext*, const v1::ListProductsRequest* request,
                            v1::ListProductsResponse* response) override {
    return Answer(owner_->list_products, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Contracts final : public v1::ContractService::Service {
 public:
  explicit Contracts(FakeServer* owner) : owner_(owner) {}
  grpc::Status CreateDocument(grpc::ServerContext*, const v1::CreateDocumentRequest* request,
                              v1::Document* response) override {
    return Answer(owner_->create_document, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Roster final : public v1::RosterService::Service {
 public:
  explicit Roster(FakeServer* owner) : owner_(owner) {}
  grpc::Status ImportRoster(grpc::ServerContext*, ImportStream* stream) override {
    return owner_->import_roster(stream);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Incidents final : public v1::IncidentService::Service {
 public:
  explicit Incidents(FakeServer* owner) : owner_(owner) {}
  grpc::Status ImportStatement(grpc::ServerContext*,
                               grpc::ServerReader<v1::ImportStatementRequest>* reader,
                               v1::Statement* response) override {
    return owner_->import_statement(reader, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Exposures final : public v1::ExposureService::Service {
 public:
  explicit Exposures(FakeServer* owner) : owner_(owner) {}
  grpc::Status ListExposedPeople(grpc::ServerContext*, const v1::ListExposedPeopleRequest* request,
                                 v1::ListExposedPeopleResponse* response) override {
    return Answer(owner_->list_exposed_people, request, response);
  }
  grpc::Status GetExposureSummary(grpc::ServerContext*,
                                  const v1::GetExposureSummaryRequest* request,
                                  v1::ExposureSummary* response) override {
    return Answer(owner_->get_exposure_summary, request, response);
  }
  grpc::Status GetPersonExposure(grpc::ServerContext*, const v1::GetPersonExposureRequest* request,
                                 v1::PersonExposure* response) override {
    return Answer(owner_->get_person_exposure, request, response);
  }
  grpc::Status ListVendorExposures(grpc::ServerContext*,
                                   const v1::ListVendorExposuresRequest* request,
                                   v1::ListVendorExposuresResponse* response) override {
    return Answer(owner_->list_vendor_exposures, request, response);
  }
  grpc::Status CompareExposures(grpc::ServerContext*, const v1::CompareExposuresRequest* request,
                                v1::CompareExposuresResponse* response) override {
    return Answer(owner_->compare_exposures, request, response);
  }
  grpc::Status ProveExposure(grpc::ServerContext*, const v1::ProveExposureRequest* request,
                             v1::ExposureProof* response) override {
    return Answer(owner_->prove_exposure, request, response);
  }
  grpc::Status StreamExposure(grpc::ServerContext*, const v1::StreamExposureRequest* request,
                              grpc::ServerWriter<v1::StreamExposureResponse>* writer) override {
    return owner_->stream_exposure(*request, writer);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Transfers final : public v1::TransferService::Service {
 public:
  explicit Transfers(FakeServer* owner) : owner_(owner) {}
  grpc::Status ListTransfers(grpc::ServerContext*, const v1::ListTransfersRequest* request,
                             v1::ListTransfersResponse* response) override {
    return Answer(owner_->list_transfers, request, response);
  }
  grpc::Status ListUnmatchedTransferIds(grpc::ServerContext*,
                                        const v1::ListUnmatchedTransferIdsRequest* request,
                                        v1::ListUnmatchedTransferIdsResponse* response) override {
    return Answer(owner_->list_unmatched_transfer_ids, request, response);
  }
  grpc::Status RecordTransfer(grpc::ServerContext*,
                              grpc::ServerReader<v1::RecordTransferRequest>* reader,
                              v1::Transfer* response) override {
    return owner_->record_transfer(reader, response);
  }
  grpc::Status CheckTransfer(grpc::ServerContext*, CheckStream* stream) override {
    return owner_->check_transfer(stream);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Disclosures final : public v1::DisclosureService::Service {
 public:
  explicit Disclosures(FakeServer* owner) : owner_(owner) {}
  grpc::Status GetDisclosureRecord(grpc::ServerContext*,
                                   const v1::GetDisclosureRecordRequest* request,
                                   v1::DisclosureRecord* response) override {
    return Answer(owner_->get_disclosure_record, request, response);
  }
  grpc::Status ListDisclosures(grpc::ServerContext*, const v1::ListDisclosuresRequest* request,
                               v1::ListDisclosuresResponse* response) override {
    return Answer(owner_->list_disclosures, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Dispositions final : public v1::DispositionService::Service {
 public:
  explicit Dispositions(FakeServer* owner) : owner_(owner) {}
  grpc::Status CreateDisposition(grpc::ServerContext*, const v1::CreateDispositionRequest* request,
                                 v1::Disposition* response) override {
    return Answer(owner_->create_disposition, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Subprocessors final : public v1::SubprocessorService::Service {
 public:
  explicit Subprocessors(FakeServer* owner) : owner_(owner) {}
  grpc::Status ListUpstreamVendors(grpc::ServerContext*,
                                   const v1::ListUpstreamVendorsRequest* request,
                                   v1::ListUpstreamVendorsResponse* response) override {
    return Answer(owner_->list_upstream_vendors, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Register final : public v1::RegisterService::Service {
 public:
  explicit Register(FakeServer* owner) : owner_(owner) {}
  grpc::Status ApplyVendorFile(grpc::ServerContext*, const v1::ApplyVendorFileRequest* request,
                               v1::ApplyVendorFileResponse* response) override {
    return Answer(owner_->apply_vendor_file, request, response);
  }
  grpc::Status ExportVendorFile(grpc::ServerContext*, const v1::ExportVendorFileRequest* request,
                                v1::VendorFile* response) override {
    return Answer(owner_->export_vendor_file, request, response);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Audit final : public v1::AuditService::Service {
 public:
  explicit Audit(FakeServer* owner) : owner_(owner) {}
  grpc::Status GetAuditCheckpoint(grpc::ServerContext*,
                                  const v1::GetAuditCheckpointRequest* request,
                                  v1::AuditCheckpoint* response) override {
    return Answer(owner_->get_audit_checkpoint, request, response);
  }
  grpc::Status GetInclusionProof(grpc::ServerContext*, const v1::GetInclusionProofRequest* request,
                                 v1::InclusionProof* response) override {
    return Answer(owner_->get_inclusion_proof, request, response);
  }
  grpc::Status GetConsistencyProof(grpc::ServerContext*,
                                   const v1::GetConsistencyProofRequest* request,
                                   v1::ConsistencyProof* response) override {
    return Answer(owner_->get_consistency_proof, request, response);
  }
  grpc::Status StreamAuditEntries(
      grpc::ServerContext*, const v1::StreamAuditEntriesRequest*,
      grpc::ServerWriter<v1::StreamAuditEntriesResponse>* writer) override {
    return owner_->stream_audit_entries(writer);
  }

 private:
  FakeServer* owner_;
};

class FakeServer::Backups final : public v1::BackupService::Service {
 public:
  explicit Backups(FakeServer* owner) : owner_(owner) {}
  grpc::Status CreateBackup(grpc::ServerContext*, const v1::CreateBackupRequest*,
                            grpc::ServerWriter<v1::CreateBackupResponse>* writer) override {
    return owner_->create_backup(writer);
  }

 private:
  FakeServer* owner_;
};

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rollcall-cli-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Write(const std::string& name, const std::string& content) const {
  std::ofstream(Path(name), std::ios::binary) << content;
  return Path(name);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

bool FileExists(const std::string& path) { return std::filesystem::exists(path); }

FakeServer::FakeServer()
    : vendors_(std::make_unique<Vendors>(this)),
      contracts_(std::make_unique<Contracts>(this)),
      roster_(std::make_unique<Roster>(this)),
      incidents_(std::make_unique<Incidents>(this)),
      exposures_(std::make_unique<Exposures>(this)),
      transfers_(std::make_unique<Transfers>(this)),
      disclosures_(std::make_unique<Disclosures>(this)),
      dispositions_(std::make_unique<Dispositions>(this)),
      subprocessors_(std::make_unique<Subprocessors>(this)),
      register_(std::make_unique<Register>(this)),
      audit_(std::make_unique<Audit>(this)),
      backups_(std::make_unique<Backups>(this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::experimental::LocalServerCredentials(UDS));
  builder.RegisterService(vendors_.get());
  builder.RegisterService(contracts_.get());
  builder.RegisterService(roster_.get());
  builder.RegisterService(incidents_.get());
  builder.RegisterService(exposures_.get());
  builder.RegisterService(transfers_.get());
  builder.RegisterService(disclosures_.get());
  builder.RegisterService(dispositions_.get());
  builder.RegisterService(subprocessors_.get());
  builder.RegisterService(register_.get());
  builder.RegisterService(audit_.get());
  builder.RegisterService(backups_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();
}

FakeServer::~FakeServer() { server_->Shutdown(); }

std::string FakeServer::address() const { return "unix:" + folder_.Path("server.sock"); }

Outcome RunClient(const std::vector<std::string>& arguments) {
  setenv("XDG_STATE_HOME", "/nonexistent", /*overwrite=*/0);
  std::ostringstream out;
  std::ostringstream err;
  Io io{out, err};
  const int code = RunProgram(arguments, io);
  return {code, out.str(), err.str()};
}

Outcome RunClient(const FakeServer& server, std::vector<std::string> arguments) {
  arguments.push_back("--address");
  arguments.push_back(server.address());
  return RunClient(arguments);
}

grpc::Status RefusedField(const std::string& field, const std::string& what) {
  google::rpc::Status rich;
  rich.set_code(grpc::StatusCode::INVALID_ARGUMENT);
  rich.set_message("the request is not right");
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field(field);
  violation->set_description(what);
  rich.add_details()->PackFrom(bad);
  google::rpc::ErrorInfo info;
  info.set_reason("BAD_FIELD");
  info.set_domain("rollcall");
  rich.add_details()->PackFrom(info);
  return {grpc::StatusCode::INVALID_ARGUMENT, rich.message(), rich.SerializeAsString()};
}

}  // namespace rollcall::cli
