// Rules of the catalogue, and the loading of its shipped rows.

#include "server/registry/catalog.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

constexpr char kVersionSetting[] = "catalog_version";

absl::Status CheckLabels(const google::protobuf::RepeatedPtrField<v1::LocalizedText>& labels,
                         const char* field) {
  for (const char* language : {"en", "es"}) {
    const bool found = std::any_of(labels.begin(), labels.end(), [&](const auto& label) {
      return label.language_code() == language && !label.text().empty();
    });
    if (!found) {
      return InvalidField(field, absl::StrCat("needs plain words for the language ", language));
    }
  }
  return absl::OkStatus();
}

absl::Status Shipped(std::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "SHIPPED_ROW",
                   absl::StrCat(ToAbsl(name),
                                " is a shipped row of the catalogue; it changes by upgrade only. "
                                "Add a row of your own instead"),
                   {{"resource", std::string(name)}});
}

absl::Status CheckDataElement(ReadTx&, const Message* before, Message* record) {
  auto& element = dynamic_cast<v1::DataElement&>(*record);
  if (before != nullptr && !dynamic_cast<const v1::DataElement&>(*before).district_defined()) {
    return Shipped(element.name());
  }
  element.set_district_defined(true);
  return CheckLabels(element.labels(), "data_element.labels");
}

absl::Status CheckClauseKind(ReadTx&, const Message* before, Message* record) {
  auto& kind = dynamic_cast<v1::ClauseKind&>(*record);
  if (before != nullptr && !dynamic_cast<const v1::ClauseKind&>(*before).district_defined()) {
    return Shipped(kind.name());
  }
  kind.set_district_defined(true);
  return CheckLabels(kind.labels(), "clause_kind.labels");
}

std::string CheckElementId(std::string_view id) {
  const std::size_t dot = id.find('.');
  const std::string_view subject = id.substr(0, dot);
  const bool known = subject == "student" || subject == "staff" || subject == "guardian";
  return dot != std::string_view::npos && known && id.find('.', dot + 1) == std::string_view::npos
             ? ""
             : "must read subject.field, such as student.lunch_pin, with the subject student, "
               "staff or guardian";
}

// True if the row is a district's own.
bool DistrictDefined(const Message& record) {
  const auto* field = record.GetDescriptor()->FindFieldByName("district_defined");
  return field != nullptr && record.GetReflection()->GetBool(record, field);
}

// Writes one shipped row. Returns true if that changed anything.
absl::StatusOr<bool> PutShipped(WriteTx& tx, const RecordTable& table, Message* record) {
  ClearOutputOnly(record);
  const std::string name = StringField(*record, "name");
  const std::unique_ptr<Message> current(record->New());
  const absl::Status found = table.Get(tx, name, kNewest, current.get());
  if (absl::IsNotFound(found)) {
    RC_RETURN_IF_ERROR(table.Insert(tx, record));
    return true;
  }
  RC_RETURN_IF_ERROR(found);
  if (DistrictDefined(*current)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CATALOG_CLASH",
                     absl::StrCat("the shipped catalogue has a row ", name,
                                  " which this district has made itself; it must be renamed "
                                  "before the upgrade"),
                     {{"resource", name}});
  }
  ClearOutputOnly(current.get());
  if (google::protobuf::util::MessageDifferencer::Equals(*current, *record)) return false;
  RC_RETURN_IF_ERROR(table.Replace(tx, record));
  return true;
}

// Collects the parser's first complaint.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

const Collection& DataElements() {
  static const Collection collection = {.table = &DataElementTable(),
                                        .pattern = "dataElements/{data_element}",
                                        .check_id = CheckElementId,
                                        .check = CheckDataElement};
  return collection;
}

const Collection& ClauseKinds() {
  static const Collection collection = {.table = &ClauseKindTable(),
                                        .pattern = "clauseKinds/{clause_kind}",
                                        .check = CheckClauseKind};
  return collection;
}

const Collection& Regimes() {
  static const Collection collection = {.table = &RegimeTable(), .pattern = "regimes/{regime}"};
  return collection;
}

absl::StatusOr<v1::CatalogFile> ReadCatalog(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txtpb") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  if (error || paths.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CATALOG_MISSING",
                     absl::StrCat("no catalogue (*.txtpb) in ", folder,
                                  "; set catalog_dir to the folder that was installed with the "
                                  "program"));
  }
  v1::CatalogFile all;
  std::string version;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    v1::CatalogFile part;
    google::protobuf::TextFormat::Parser parser;
    FirstError first_error;
    parser.RecordErrorsTo(&first_error);
    if (!parser.ParseFromString(text.str(), &part)) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "CATALOG_UNREADABLE",
                       absl::StrCat(path.string(), ": ", first_error.text()));
    }
    version = std::max(version, part.version());
    all.MergeFrom(part);
  }
  all.set_version(version);
  return all;
}

absl::StatusOr<int> LoadCatalog(Store& store, absl::Time now, v1::CatalogFile catalog) {
  int written = 0;
  const WriteOptions options = {"load catalog", "rollcalld", now, nullptr};
  RC_RETURN_IF_ERROR(store.Write(options, [&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::string loaded, GetSetting(tx, kVersionSetting));
    if (loaded > catalog.version()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "CATALOG_OLDER",
                       absl::StrCat("the register has the catalogue of ", loaded,
                                    ", the shipped one is of ", catalog.version(),
                                    "; start the program version that came with the newer one"));
    }
    const auto put_all = [&](const RecordTable& table, auto* rows) -> absl::Status {
      for (auto& row : *rows) {
        RC_ASSIGN_OR_RETURN(const bool changed, PutShipped(tx, table, &row));
        if (changed) ++written;
      }
      return absl::OkStatus();
    };
    RC_RETURN_IF_ERROR(put_all(DataElementTable(), catalog.mutable_data_elements()));
    RC_RETURN_IF_ERROR(put_all(ClauseKindTable(), catalog.mutable_clause_kinds()));
    RC_RETURN_IF_ERROR(put_all(RegimeTable(), catalog.mutable_regimes()));
    return loaded == catalog.version() ? absl::OkStatus()
                                       : SetSetting(tx, kVersionSetting, catalog.version());
  }));
  return written;
}

}  // namespace rollcall::registry
