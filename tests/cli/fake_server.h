// A server on a Unix socket that answers as a test tells it, and the client run against it.
#ifndef ROLLCALL_TESTS_CLI_FAKE_SERVER_H_
#define ROLLCALL_TESTS_CLI_FAKE_SERVER_H_

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rollcall/v1/audit_service.grpc.pb.h"
#include "rollcall/v1/backup_service.grpc.pb.h"
#include "rollcall/v1/contract_service.grpc.pb.h"
#include "rollcall/v1/disclosure_service.grpc.pb.h"
#include "rollcall/v1/disposition_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/incident_service.grpc.pb.h"
#include "rollcall/v1/register_service.grpc.pb.h"
#include "rollcall/v1/roster_service.grpc.pb.h"
#include "rollcall/v1/subprocessor_service.grpc.pb.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"

namespace rollcall::cli {

// A fresh folder that goes away with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and returns its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);
bool FileExists(const std::string& path);

template <typename Request, typename Response>
using Handler = std::function<grpc::Status(const Request&, Response*)>;

// Handlers are set before the first call; a method without one is UNIMPLEMENTED.
class FakeServer {
 public:
  FakeServer();
  ~FakeServer();

  std::string address() const;

  // The metadata `authorization` of the last GetVendor.
  std::string authorization;
  Handler<v1::GetVendorRequest, v1::Vendor> get_vendor;
  Handler<v1::ListVendorsRequest, v1::ListVendorsResponse> list_vendors;
  Handler<v1::CreateVendorRequest, v1::Vendor> create_vendor;
  Handler<v1::UpdateVendorRequest, v1::Vendor> update_vendor;
  Handler<v1::CreateProductRequest, v1::Product> create_product;
  Handler<v1::ListProductsRequest, v1::ListProductsResponse> list_products;
  Handler<v1::CreateDocumentRequest, v1::Document> create_document;
  Handler<v1::ListExposedPeopleRequest, v1::ListExposedPeopleResponse> list_exposed_people;
  Handler<v1::GetExposureSummaryRequest, v1::ExposureSummary> get_exposure_summary;
  Handler<v1::GetPersonExposureRequest, v1::PersonExposure> get_person_exposure;
  Handler<v1::GetDisclosureRecordRequest, v1::DisclosureRecord> get_disclosure_record;
  Handler<v1::ListDisclosuresRequest, v1::ListDisclosuresResponse> list_disclosures;
  Handler<v1::ListVendorExposuresRequest, v1::ListVendorExposuresResponse> list_vendor_exposures;
  Handler<v1::CompareExposuresRequest, v1::CompareExposuresResponse> compare_exposures;
  Handler<v1::ProveExposureRequest, v1::ExposureProof> prove_exposure;
  Handler<v1::CreateDispositionRequest, v1::Disposition> create_disposition;
  Handler<v1::ListUpstreamVendorsRequest, v1::ListUpstreamVendorsResponse> list_upstream_vendors;
  Handler<v1::ListTransfersRequest, v1::ListTransfersResponse> list_transfers;
  Handler<v1::ListUnmatchedTransferIdsRequest, v1::ListUnmatchedTransferIdsResponse>
      list_unmatched_transfer_ids;
  Handler<v1::ApplyVendorFileRequest, v1::ApplyVendorFileResponse> apply_vendor_file;
  Handler<v1::ExportVendorFileRequest, v1::VendorFile> export_vendor_file;

  Handler<v1::GetAuditCheckpointRequest, v1::AuditCheckpoint> get_audit_checkpoint;
  Handler<v1::GetInclusionProofRequest, v1::InclusionProof> get_inclusion_proof;
  Handler<v1::GetConsistencyProofRequest, v1::ConsistencyProof> get_consistency_proof;

  std::function<grpc::Status(grpc::ServerWriter<v1::StreamAuditEntriesResponse>*)>
      stream_audit_entries;
  std::function<grpc::Status(grpc::ServerWriter<v1::CreateBackupResponse>*)> create_backup;
  using ImportStream = grpc::ServerReaderWriter<v1::ImportRosterResponse, v1::ImportRosterRequest>;
  std::function<grpc::Status(ImportStream*)> import_roster;
  std::function<grpc::Status(grpc::ServerReader<v1::ImportStatementRequest>*, v1::Statement*)>
      import_statement;
  std::function<grpc::Status(const v1::StreamExposureRequest&,
                             grpc::ServerWriter<v1::StreamExposureResponse>*)>
      stream_exposure;
  std::function<grpc::Status(grpc::ServerReader<v1::RecordTransferRequest>*, v1::Transfer*)>
      record_transfer;
  using CheckStream = grpc::ServerReaderWriter<v1::CheckTransferResponse, v1::CheckTransferRequest>;
  std::function<grpc::Status(CheckStream*)> check_transfer;

 private:
  class Vendors;
  class Contracts;
  class Roster;
  class Incidents;
  class Exposures;
  class Transfers;
  class Disclosures;
  class Dispositions;
  class Subprocessors;
  class Register;
  class Audit;
  class Backups;

  TempFolder folder_;
  std::unique_ptr<Vendors> vendors_;
  std::unique_ptr<Contracts> contracts_;
  std::unique_ptr<Roster> roster_;
  std::unique_ptr<Incidents> incidents_;
  std::unique_ptr<Exposures> exposures_;
  std::unique_ptr<Transfers> transfers_;
  std::unique_ptr<Disclosures> disclosures_;
  std::unique_ptr<Dispositions> dispositions_;
  std::unique_ptr<Subprocessors> subprocessors_;
  std::unique_ptr<Register> register_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<grpc::Server> server_;
};

// What one run of the client did.
struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

// Runs the client without a terminal and without tokens of whoever runs the test, unless the test
// sets XDG_STATE_HOME.
Outcome RunClient(const std::vector<std::string>& arguments);
// The same against a server.
Outcome RunClient(const FakeServer& server, std::vector<std::string> arguments);

// A status with google.rpc details, as the server sends it.
grpc::Status RefusedField(const std::string& field, const std::string& what);

}  // namespace rollcall::cli

#endif  // ROLLCALL_TESTS_CLI_FAKE_SERVER_H_
