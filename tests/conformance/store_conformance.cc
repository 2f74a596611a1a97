#include "tests/conformance/store_conformance.h"

#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"

namespace rollcall::testing {

using google::protobuf::Message;

std::ostream& operator<<(std::ostream& out, const Engine& engine) { return out << engine.name; }

StoreConformance::StoreConformance()
    : clock_(absl::FromCivil(absl::CivilSecond(2025, 2, 8, 15, 4, 5), absl::UTCTimeZone())) {}

void StoreConformance::SetUp() {
  database_ = GetParam().make();
  auto store = Open();
  RC_ASSERT_OK(store);
  store_ = *std::move(store);
}

absl::StatusOr<std::unique_ptr<Store>> StoreConformance::Open() {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver, database_->NewDriver());
  return Store::Open(std::move(driver), clock_.Now(), &vault_);
}

void StoreConformance::Reopen() {
  store_.reset();
  auto store = Open();
  RC_ASSERT_OK(store);
  store_ = *std::move(store);
}

absl::Status StoreConformance::Write(absl::FunctionRef<absl::Status(WriteTx&)> body) {
  return store_->Write({"test.Write", "tester", clock_.Now(), nullptr}, body);
}

absl::Status StoreConformance::Read(absl::FunctionRef<absl::Status(ReadTx&)> body) {
  return store_->Read(nullptr, body);
}

std::int64_t StoreConformance::MustWrite(absl::FunctionRef<absl::Status(WriteTx&)> body) {
  RC_EXPECT_OK(Write(body));
  return Revision();
}

std::int64_t StoreConformance::MustInsert(const RecordTable& table, Message* record) {
  return MustWrite([&](WriteTx& tx) { return table.Insert(tx, record); });
}

std::int64_t StoreConformance::Revision() {
  std::int64_t revision = -1;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    revision = tx.revision();
    return absl::OkStatus();
  }));
  return revision;
}

absl::Status StoreConformance::RunSql(const std::string& sql) {
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<Driver> driver, database_->NewDriver());
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                      driver->Connect(/*read_only=*/false));
  return connection->Execute(sql);
}

std::int64_t StoreConformance::QueryInt(std::string_view sql) {
  std::int64_t value = -1;
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(sql));
    ScopedReset reset(statement);
    RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
    if (found) value = statement->Int(0);
    return absl::OkStatus();
  }));
  return value;
}

void StoreConformance::AddVendor(const std::string& id) {
  v1::Vendor vendor;
  vendor.set_name("vendors/" + id);
  MustInsert(VendorTable(), &vendor);
}

void StoreConformance::AddParents() {
  MustWrite([](WriteTx& tx) -> absl::Status {
    v1::Vendor vendor;
    vendor.set_name("vendors/base");
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    v1::Contract contract;
    contract.set_name("vendors/base/contracts/base");
    RC_RETURN_IF_ERROR(ContractTable().Insert(tx, &contract));
    v1::Incident incident;
    incident.set_name("incidents/base");
    incident.set_vendor("vendors/base");
    return IncidentTable().Insert(tx, &incident);
  });
}

absl::StatusOr<std::vector<std::string>> NamesOf(ReadTx& tx, const RecordTable& table,
                                                 std::string_view parent, std::string_view after,
                                                 std::int64_t revision) {
  std::vector<std::string> names;
  const std::unique_ptr<Message> scratch = NewRecord(table);
  RC_RETURN_IF_ERROR(table.List(tx, parent, after, revision, scratch.get(),
                                [&](const Message& record) -> absl::StatusOr<bool> {
                                  names.push_back(StringField(record, "name"));
                                  return true;
                                }));
  return names;
}

std::unique_ptr<Message> NewRecord(const RecordTable& table) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(table.type())->New());
}

}  // namespace rollcall::testing
