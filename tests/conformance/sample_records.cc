#include "tests/conformance/sample_records.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/type/date.pb.h"
#include "storage/register_tables.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMaxDepth = 6;

const std::set<std::string>& ReferenceFields() {
  static const std::set<std::string> fields = {
      "contract", "product",   "supersedes", "document", "vendor", "clause_kind",
      "incident", "statement", "processor",  "share",    "role"};
  return fields;
}

bool IsTail(const std::string& field) {
  return field == "name" || field == "etag" || field == "create_time" || field == "update_time" ||
         field == "revision";
}

void FillMessage(Message* message, int variant, int depth);

void FillField(Message* message, const FieldDescriptor* field, int variant, int depth) {
  const Reflection* reflection = message->GetReflection();
  const int count = field->is_repeated() ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    const int seed = variant + i;
    const std::string text = absl::StrCat(field->name(), " ", seed);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        field->is_repeated() ? reflection->AddString(message, field, text)
                             : reflection->SetString(message, field, text);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(message, field, variant % 2 == 1);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = field->enum_type()
                               ->value(std::min(seed, field->enum_type()->value_count() - 1))
                               ->number();
        field->is_repeated() ? reflection->AddEnumValue(message, field, number)
                             : reflection->SetEnumValue(message, field, number);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        field->is_repeated() ? reflection->AddInt32(message, field, seed)
                             : reflection->SetInt32(message, field, seed);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(message, field, seed + 5'000'000'000);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        FillMessage(field->is_repeated() ? reflection->AddMessage(message, field)
                                         : reflection->MutableMessage(message, field),
                    seed, depth + 1);
        break;
      default:
        ADD_FAILURE() << "no sample for " << field->full_name();
    }
  }
}

void FillMessage(Message* message, int variant, int depth) {
  if (message->GetDescriptor() == google::type::Date::descriptor()) {
    google::type::Date date;
    date.set_year(2020 + variant);
    date.set_month(2);
    date.set_day(28);
    message->CopyFrom(date);
    return;
  }
  if (depth > kMaxDepth) return;
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const auto* choice = field->real_containing_oneof();
    if (choice != nullptr && choice->field(variant % choice->field_count()) != field) continue;
    FillField(message, field, variant, depth);
  }
}

}  // namespace

const std::vector<SampleTable>& SampleTables() {
  static const std::vector<SampleTable> tables = {
      {&DataElementTable(), "dataElements/student.sample", {}},
      {&ClauseKindTable(), "clauseKinds/sample", {}},
      {&RegimeTable(), "regimes/sample", {}},
      {&VendorTable(), "vendors/sample", {}},
      {&ProductTable(), "vendors/base/products/sample", {}},
      {&ContactTable(), "vendors/base/contacts/sample", {}},
      {&DocumentTable(), "documents/sample", {}},
      {&ContractTable(), "vendors/base/contracts/sample", {"state", "superseded_by"}},
      {&ClauseTable(), "vendors/base/contracts/base/clauses/sample", {}},
      {&ShareTable(), "vendors/base/shares/sample", {"outside_contract"}},
      {&IncidentTable(),
       "incidents/sample",
       {"latest_statement", "vendor_duties", "days_to_notice"}},
      {&StatementTable(), "incidents/base/statements/1", {}},
      {&CaseTable(), "cases/sample", {"obligations", "notices", "newer_statement"}},
      {&SubprocessorTable(), "vendors/base/subprocessors/sample", {"depth"}},
      {&DispositionTable(), "vendors/base/dispositions/sample", {}},
      {&TransferTable(), "vendors/base/transfers/sample", {}},
      {&RoleTable(), "roles/sample", {}},
      {&GrantTable(), "grants/sample", {}},
      {&TokenTable(), "tokens/sample", {}},
      {&SeparationRuleTable(), "separationRules/sample", {}},
  };
  return tables;
}

std::unique_ptr<Message> FullRecord(const SampleTable& sample, int variant) {
  std::unique_ptr<Message> record = NewRecord(*sample.table);
  for (int i = 0; i < record->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = record->GetDescriptor()->field(i);
    const bool derived = std::find(sample.derived.begin(), sample.derived.end(), field->name()) !=
                         sample.derived.end();
    if (derived || IsTail(field->name())) continue;
    if (ReferenceFields().count(field->name()) > 0 &&
        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      SetStringField(record.get(), field->name(), "vendors/base");
    } else {
      FillField(record.get(), field, variant, 0);
    }
  }
  SetStringField(record.get(), "name", sample.name);
  return record;
}

std::unique_ptr<Message> BareRecord(const SampleTable& sample) {
  std::unique_ptr<Message> record = NewRecord(*sample.table);
  SetStringField(record.get(), "name", sample.name);
  if (sample.table == &ClauseTable()) SetStringField(record.get(), "clause_kind", "vendors/base");
  if (sample.table == &IncidentTable()) SetStringField(record.get(), "vendor", "vendors/base");
  if (sample.table == &CaseTable()) {
    SetStringField(record.get(), "incident", "vendors/base");
    SetStringField(record.get(), "statement", "vendors/base");
  }
  if (sample.table == &GrantTable()) SetStringField(record.get(), "role", "vendors/base");
  if (sample.table == &SubprocessorTable()) {
    SetStringField(record.get(), "processor", "vendors/base");
  }
  for (const auto& [table, field] :
       {std::pair(&ShareTable(), "start_date"), std::pair(&DispositionTable(), "disposition_date"),
        std::pair(&TransferTable(), "send_date")}) {
    if (sample.table == table) {
      FillField(record.get(), record->GetDescriptor()->FindFieldByName(field), 1, 0);
    }
  }
  return record;
}

void ClearTail(Message* record) {
  for (int i = 0; i < record->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = record->GetDescriptor()->field(i);
    if (IsTail(field->name()) && field->name() != "name") {
      record->GetReflection()->ClearField(record, field);
    }
  }
}

}  // namespace rollcall::testing
