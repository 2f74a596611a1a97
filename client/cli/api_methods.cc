#include "client/cli/api_methods.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "client/cli/api_docs.h"
#include "rollcall/v1/access_service.pb.h"
#include "rollcall/v1/audit_service.pb.h"
#include "rollcall/v1/backup_service.pb.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/disclosure_service.pb.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/key_service.pb.h"
#include "rollcall/v1/options.pb.h"
#include "rollcall/v1/register_service.pb.h"
#include "rollcall/v1/roster_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"

namespace rollcall::cli {
namespace {

struct WordsRow {
  std::string_view method;
  std::string_view noun;
  std::string_view verb;
};

constexpr std::array kWords = {
    WordsRow{"ImportRoster", "roster", "import"},
    WordsRow{"GetRosterImport", "roster", "get-import"},
    WordsRow{"ListRosterImports", "roster", "imports"},
    WordsRow{"GetRosterSummary", "roster", "summary"},
    WordsRow{"ListPeople", "person", "list"},
    WordsRow{"GetDataElement", "element", "get"},
    WordsRow{"ListDataElements", "element", "list"},
    WordsRow{"CreateDataElement", "element", "create"},
    WordsRow{"UpdateDataElement", "element", "update"},
    WordsRow{"ListUnmatchedEntries", "statement", "unmatched"},
    WordsRow{"GetExposureSummary", "exposure", "summary"},
    WordsRow{"ListExposedPeople", "exposure", "list"},
    WordsRow{"GetPersonExposure", "exposure", "person"},
    WordsRow{"GetDisclosureRecord", "person", "disclosures"},
    WordsRow{"ListVendorExposures", "exposure", "vendors"},
    WordsRow{"CompareExposures", "exposure", "compare"},
    WordsRow{"ListUnmatchedTransferIds", "transfer", "unmatched"},
    WordsRow{"ListUnmatchedDispositionIds", "disposition", "unmatched"},
    WordsRow{"ListUpstreamVendors", "vendor", "upstream"},
    WordsRow{"RecordNoticesSent", "case", "record-sent"},
    WordsRow{"ApplyVendorFile", "", "apply"},
    WordsRow{"ExportVendorFile", "", "export"},
    WordsRow{"ListAuditEntries", "audit", "list"},
    WordsRow{"GetAuditCheckpoint", "audit", "checkpoint"},
    WordsRow{"GetInclusionProof", "audit", "prove"},
    WordsRow{"GetConsistencyProof", "audit", "consistency"},
    WordsRow{"StreamAuditEntries", "audit", "export"},
    WordsRow{"CheckBackup", "backup", "verify"},
    WordsRow{"GetServerInfo", "server", "info"},
    WordsRow{"WhoAmI", "", "whoami"},
    WordsRow{"GetKeyStatus", "key", "status"},
    WordsRow{"RotateDataKey", "key", "rotate"},
};

// "ClauseKind" -> {"clause", "kind"}.
std::vector<std::string> CamelWords(const std::string& name) {
  std::vector<std::string> words;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 || words.empty()) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

ApiMethod WithWords(const google::protobuf::MethodDescriptor* method) {
  const auto row = std::find_if(kWords.begin(), kWords.end(),
                                [&](const WordsRow& r) { return r.method == method->name(); });
  if (row != kWords.end()) return {method, std::string(row->noun), std::string(row->verb)};
  const std::vector<std::string> words = CamelWords(method->name());
  std::string noun;
  for (size_t i = 1; i < words.size(); ++i) {
    if (!noun.empty()) noun += '-';
    noun += words[i];
  }
  if (words.front() == "list" && !noun.empty() && noun.back() == 's') noun.pop_back();
  return {method, noun, words.front()};
}

}  // namespace

std::vector<ApiMethod> ApiMethods() {
  namespace v1 = rollcall::v1;
  const std::array files = {
      v1::Vendor::descriptor()->file(),      v1::Contract::descriptor()->file(),
      v1::Share::descriptor()->file(),       v1::Subprocessor::descriptor()->file(),
      v1::Transfer::descriptor()->file(),    v1::Disposition::descriptor()->file(),
      v1::DataElement::descriptor()->file(), v1::RosterImport::descriptor()->file(),
      v1::Incident::descriptor()->file(),    v1::ExposureBasis::descriptor()->file(),
      v1::Case::descriptor()->file(),        v1::AuditEntry::descriptor()->file(),
      v1::VendorFile::descriptor()->file(),  v1::Role::descriptor()->file(),
      v1::KeyStatus::descriptor()->file(),   v1::DisclosureRecord::descriptor()->file(),
      v1::Backup::descriptor()->file(),
  };
  std::vector<ApiMethod> methods;
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(WithWords(file->service(s)->method(m)));
      }
    }
  }
  return methods;
}

std::string SummaryOf(const google::protobuf::MethodDescriptor& method) {
  return FirstSentence(CommentOnMethod(method.full_name()));
}

std::string SummaryOf(const google::protobuf::FieldDescriptor& field) {
  return FirstSentence(CommentOnField(field.containing_type()->full_name(), field.name()));
}

std::chrono::milliseconds DefaultTimeout(const google::protobuf::MethodDescriptor& method) {
  switch (method.options().GetExtension(rollcall::v1::policy).deadline_class()) {
    case rollcall::v1::DEADLINE_CLASS_LONG:
      return std::chrono::minutes(5);
    case rollcall::v1::DEADLINE_CLASS_STREAM:
      return std::chrono::hours(2);
    default:
      return std::chrono::seconds(30);
  }
}

}  // namespace rollcall::cli
