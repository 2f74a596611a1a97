#include "tests/conformance/faulty_driver.h"

#include <map>
#include <string>
#include <utility>

#include "storage/status.h"

namespace rollcall::testing {
namespace {

class FaultyConnection;

class FaultyStatement final : public Statement {
 public:
  FaultyStatement(Statement* statement, FaultyConnection* connection)
      : statement_(statement), connection_(connection) {}

  void BindInt(int parameter, std::int64_t value) override {
    statement_->BindInt(parameter, value);
  }
  void BindText(int parameter, std::string_view value) override {
    statement_->BindText(parameter, value);
  }
  void BindBlob(int parameter, std::string_view value) override {
    statement_->BindBlob(parameter, value);
  }
  void BindNull(int parameter) override { statement_->BindNull(parameter); }
  absl::StatusOr<bool> Step() override;
  absl::Status Run() override;
  std::int64_t Int(int column) override { return statement_->Int(column); }
  std::string_view Text(int column) override { return statement_->Text(column); }
  std::string_view Blob(int column) override { return statement_->Blob(column); }
  bool IsNull(int column) override { return statement_->IsNull(column); }
  void Reset() override { statement_->Reset(); }

 private:
  Statement* const statement_;
  FaultyConnection* const connection_;
};

class FaultyConnection final : public Connection {
 public:
  FaultyConnection(std::unique_ptr<Connection> connection, Fault* fault)
      : connection_(std::move(connection)), fault_(fault) {}

  // The error, if this is the moment.
  absl::Status Check() {
    if (!fault_->Now()) return absl::OkStatus();
    if (fault_->ends_transaction) {
      const absl::StatusOr<Statement*> rollback = connection_->Prepare("ROLLBACK");
      if (rollback.ok()) (*rollback)->Run().IgnoreError();
    }
    return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL", "injected");
  }

  absl::StatusOr<Statement*> Prepare(std::string_view sql) override {
    RC_ASSIGN_OR_RETURN(Statement * statement, connection_->Prepare(sql));
    std::unique_ptr<FaultyStatement>& faulty = statements_[std::string(sql)];
    faulty = std::make_unique<FaultyStatement>(statement, this);
    return faulty.get();
  }
  absl::Status Execute(const std::string& sql) override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->Execute(sql);
  }
  absl::Status Checkpoint() override { return connection_->Checkpoint(); }
  absl::Status Compact() override { return connection_->Compact(); }
  absl::Status BeginRead() override { return connection_->BeginRead(); }
  absl::Status BeginWrite() override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->BeginWrite();
  }
  absl::Status Commit() override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->Commit();
  }
  absl::Status Rollback() override { return connection_->Rollback(); }
  bool InTransaction() override { return connection_->InTransaction(); }
  absl::Status Savepoint() override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->Savepoint();
  }
  absl::Status ReleaseSavepoint() override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->ReleaseSavepoint();
  }
  absl::Status RollbackToSavepoint() override {
    RC_RETURN_IF_ERROR(Check());
    return connection_->RollbackToSavepoint();
  }
  std::int64_t Changes() override { return connection_->Changes(); }
  void SetCancelCheck(std::function<bool()> cancelled) override {
    connection_->SetCancelCheck(std::move(cancelled));
  }

 private:
  const std::unique_ptr<Connection> connection_;
  Fault* const fault_;
  std::map<std::string, std::unique_ptr<FaultyStatement>> statements_;
};

absl::StatusOr<bool> FaultyStatement::Step() {
  RC_RETURN_IF_ERROR(connection_->Check());
  return statement_->Step();
}

absl::Status FaultyStatement::Run() {
  RC_RETURN_IF_ERROR(connection_->Check());
  return statement_->Run();
}

class FaultyDriver final : public Driver {
 public:
  FaultyDriver(std::unique_ptr<Driver> driver, Fault* fault)
      : driver_(std::move(driver)), fault_(fault) {}

  std::string_view engine() const override { return driver_->engine(); }
  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool read_only) override {
    RC_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, driver_->Connect(read_only));
    if (read_only) return connection;
    return std::make_unique<FaultyConnection>(std::move(connection), fault_);
  }
  const std::vector<Migration>& migrations() const override { return driver_->migrations(); }
  absl::StatusOr<DatabaseFacts> Backup(const std::string& path,
                                       const ProgressCheck& progress) override {
    return driver_->Backup(path, progress);
  }
  absl::StatusOr<DatabaseFacts> Check(const std::string& path, const ProgressCheck& progress,
                                      const DatabaseVisit& visit) override {
    return driver_->Check(path, progress, visit);
  }

 private:
  const std::unique_ptr<Driver> driver_;
  Fault* const fault_;
};

}  // namespace

std::unique_ptr<Driver> MakeFaulty(std::unique_ptr<Driver> driver, Fault* fault) {
  return std::make_unique<FaultyDriver>(std::move(driver), fault);
}

}  // namespace rollcall::testing
