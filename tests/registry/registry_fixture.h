// A register with a few vendors over a real database, and the standard methods in one line.

#ifndef ROLLCALL_TESTS_REGISTRY_REGISTRY_FIXTURE_H_
#define ROLLCALL_TESTS_REGISTRY_REGISTRY_FIXTURE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/register_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/registry/collection.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/store.h"
#include "tests/conformance/status_matchers.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_ids.h"
#include "tests/support/test_vault.h"

namespace rollcall::registry {

// A message from protobuf text format; the test fails if it cannot be read.
template <typename Message>
Message Proto(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// What Proto and the methods below make is a record of a collection: these tell which.
template <typename Record>
struct Standard;
template <>
struct Standard<v1::Vendor> {
  using Create = v1::CreateVendorRequest;
  using Update = v1::UpdateVendorRequest;
  using Delete = v1::DeleteVendorRequest;
  static const Collection& collection() { return Vendors(); }
  static constexpr char kField[] = "vendor";
};
template <>
struct Standard<v1::Product> {
  using Create = v1::CreateProductRequest;
  using Update = v1::UpdateProductRequest;
  using Delete = v1::DeleteProductRequest;
  static const Collection& collection() { return Products(); }
  static constexpr char kField[] = "product";
};
template <>
struct Standard<v1::Contact> {
  using Create = v1::CreateContactRequest;
  using Update = v1::UpdateContactRequest;
  using Delete = v1::DeleteContactRequest;
  static const Collection& collection() { return Contacts(); }
  static constexpr char kField[] = "contact";
};
template <>
struct Standard<v1::Contract> {
  using Create = v1::CreateContractRequest;
  using Update = v1::UpdateContractRequest;
  using Delete = v1::DeleteContractRequest;
  static const Collection& collection() { return Contracts(); }
  static constexpr char kField[] = "contract";
};
template <>
struct Standard<v1::Clause> {
  using Create = v1::CreateClauseRequest;
  using Update = v1::UpdateClauseRequest;
  using Delete = v1::DeleteClauseRequest;
  static const Collection& collection() { return Clauses(); }
  static constexpr char kField[] = "clause";
};
template <>
struct Standard<v1::Document> {
  using Create = v1::CreateDocumentRequest;
  static const Collection& collection() { return Documents(); }
  static constexpr char kField[] = "document";
};
template <>
struct Standard<v1::Share> {
  using Create = v1::CreateShareRequest;
  using Update = v1::UpdateShareRequest;
  using Delete = v1::DeleteShareRequest;
  static const Collection& collection() { return Shares(); }
  static constexpr char kField[] = "share";
};
template <>
struct Standard<v1::Subprocessor> {
  using Create = v1::CreateSubprocessorRequest;
  using Update = v1::UpdateSubprocessorRequest;
  using Delete = v1::DeleteSubprocessorRequest;
  static const Collection& collection() { return Subprocessors(); }
  static constexpr char kField[] = "subprocessor";
};
template <>
struct Standard<v1::Disposition> {
  using Create = v1::CreateDispositionRequest;
  using Delete = v1::DeleteDispositionRequest;
  static const Collection& collection() { return Dispositions(); }
  static constexpr char kField[] = "disposition";
};
template <>
struct Standard<v1::DataElement> {
  using Create = v1::CreateDataElementRequest;
  using Update = v1::UpdateDataElementRequest;
  static const Collection& collection() { return DataElements(); }
  static constexpr char kField[] = "data_element";
};
template <>
struct Standard<v1::ClauseKind> {
  using Create = v1::CreateClauseKindRequest;
  static const Collection& collection() { return ClauseKinds(); }
  static constexpr char kField[] = "clause_kind";
};

// The register: vendors acme and other, each with the product `app`; three data elements
// (student.test_name, guardian.test_phone, staff.test_name); two clause kinds (notice, security);
// today is 2025-02-08.
class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest();
  ~RegistryTest() override;

  void SetUp() override;

  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> body);
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> body);
  std::int64_t Revision();

  // The standard methods. `id` empty lets the server choose.
  template <typename Record>
  absl::StatusOr<Record> Create(const std::string& parent, const std::string& id,
                                const std::string& text) {
    typename Standard<Record>::Create request;
    const auto* type = request.GetDescriptor();
    const std::string field = Standard<Record>::kField;
    SetStringField(&request, "parent", parent);
    SetStringField(&request, field + "_id", id);
    request.GetReflection()
        ->MutableMessage(&request, type->FindFieldByName(field))
        ->CopyFrom(Proto<Record>(text));
    Record record;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) {
      return CreateRecord(tx, Standard<Record>::collection(), today_, ids_, request, &record);
    }));
    return record;
  }

  // `mask` holds paths separated by commas.
  template <typename Record>
  absl::StatusOr<Record> Update(const std::string& text, const std::string& mask = "") {
    typename Standard<Record>::Update request;
    const auto* type = request.GetDescriptor();
    request.GetReflection()
        ->MutableMessage(&request, type->FindFieldByName(Standard<Record>::kField))
        ->CopyFrom(Proto<Record>(text));
    AddPaths(mask, request.mutable_update_mask());
    Record record;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) {
      return UpdateRecord(tx, Standard<Record>::collection(), today_, request, &record);
    }));
    return record;
  }

  template <typename Record>
  absl::Status Delete(const std::string& name, const std::string& etag = "") {
    typename Standard<Record>::Delete request;
    request.set_name(name);
    request.set_etag(etag);
    return Write(
        [&](WriteTx& tx) { return DeleteRecord(tx, Standard<Record>::collection(), request); });
  }

  template <typename Record>
  absl::StatusOr<Record> Get(const std::string& name) {
    v1::GetVendorRequest request;  // Every such request has just a name.
    request.set_name(name);
    Record record;
    RC_RETURN_IF_ERROR(Read([&](ReadTx& tx) {
      return GetRecord(tx, Standard<Record>::collection(), today_, request, &record);
    }));
    return record;
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> List(const Collection& collection, const Request& request) {
    Response response;
    RC_RETURN_IF_ERROR(
        Read([&](ReadTx& tx) { return ListRecords(tx, collection, today_, request, &response); }));
    return response;
  }

  absl::CivilDay today_{2025, 2, 8};
  testing::FakeClock clock_;
  testing::TestVault vault_;
  testing::FakeIds ids_;
  std::unique_ptr<Store> store_;

 private:
  static void AddPaths(const std::string& paths, google::protobuf::FieldMask* mask);

  std::string folder_;
};

// The shipped catalogue's folder.
std::string CatalogFolder();

}  // namespace rollcall::registry

#endif  // ROLLCALL_TESTS_REGISTRY_REGISTRY_FIXTURE_H_
