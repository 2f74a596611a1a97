#include "client/cli/answer_writer.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/csv.h"
#include "client/cli/field_words.h"
#include "client/cli/list_rows.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Columns {
  std::string_view message;
  std::array<std::string_view, 10> fields;
};

// The columns of lists; messages that are not here show all their plain fields.
constexpr std::array kColumns = {
    Columns{"Vendor", {"name", "legal_name", "kind", "website"}},
    Columns{"Product", {"name", "display_name", "pass_through", "purpose"}},
    Columns{"Contact", {"name", "role", "display_name", "title", "email", "phone"}},
    Columns{"Contract",
            {"name", "form", "number", "state", "signed_date", "expiry_date", "termination_date",
             "title"}},
    Columns{"Clause", {"name", "clause_kind", "status", "value", "section"}},
    Columns{"Document", {"name", "title", "media_type", "size_bytes", "location"}},
    Columns{
        "Share",
        {"name", "contract", "product", "start_date", "end_date", "outside_contract", "elements"}},
    Columns{"DataElement", {"name", "category", "sensitivity", "subject", "labels"}},
    Columns{"ClauseKind", {"name", "value_type", "required_by_soppa", "labels"}},
    Columns{"Regime", {"name", "jurisdiction", "obliged", "beneficiary", "period", "title"}},
    Columns{"RosterImport",
            {"name", "format", "as_of_date", "added", "changed", "left", "returned", "unchanged"}},
    Columns{"Person",
            {"name", "kind", "current", "district_id", "given_name", "family_name", "birth_date",
             "email"}},
    Columns{"Incident",
            {"name", "vendor", "title", "cause", "window_start_date", "window_end_date",
             "district_received_date", "latest_statement"}},
    Columns{"Statement",
            {"name", "statement_date", "list_use", "list_entries", "list_people", "list_unmatched",
             "data_elements"}},
    Columns{"ExposedPerson",
            {"person", "kind", "current", "district_id", "given_name", "family_name", "school",
             "elements", "removed"}},
    Columns{"Transfer",
            {"name", "send_date", "share", "ids", "people", "unmatched", "undeclared", "via",
             "elements"}},
    Columns{"Disposition",
            {"name", "nature", "disposition_date", "shares", "products", "data_elements",
             "lists_people", "people", "unmatched", "ambiguous"}},
    Columns{"Subprocessor",
            {"name", "processor", "start_date", "end_date", "depth", "data_elements", "purpose",
             "source"}},
    Columns{"Case", {"name", "incident", "state", "people", "cells", "create_time"}},
    Columns{"Notice",
            {"name", "given_name", "family_name", "current", "channel", "status", "sent_date",
             "elements"}},
};

// Cells of a table are cut here; JSON and CSV have the whole text.
constexpr size_t kMaxCellBytes = 120;

std::vector<const FieldDescriptor*> TableFields(const Descriptor& type) {
  std::vector<const FieldDescriptor*> fields;
  for (const Columns& columns : kColumns) {
    if (columns.message != type.name()) continue;
    for (const std::string_view name : columns.fields) {
      if (!name.empty()) fields.push_back(type.FindFieldByName(std::string(name)));
    }
  }
  if (fields.empty()) {
    for (int k = 0; k < type.field_count(); ++k) fields.push_back(type.field(k));
  }
  return fields;
}

std::string Title(const std::string& field) {
  std::string title = absl::AsciiStrToUpper(field);
  for (char& c : title) {
    if (c == '_') c = ' ';
  }
  constexpr std::string_view kDate = " DATE";
  if (title.size() > kDate.size() &&
      title.compare(title.size() - kDate.size(), kDate.size(), kDate) == 0) {
    title.resize(title.size() - kDate.size());
  }
  return title;
}

std::vector<std::string> TableTitles(const Descriptor& type) {
  if (const ListRows* rows = RowsOfType(type)) return rows->titles;
  std::vector<std::string> titles;
  for (const FieldDescriptor* field : TableFields(type)) titles.push_back(Title(field->name()));
  return titles;
}

std::string Cut(std::string text) {
  if (text.size() <= kMaxCellBytes) return text;
  size_t end = kMaxCellBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + "...";
}

// True for a message field that is shown through its own fields.
bool Opens(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field.is_repeated()) return false;
  const std::string& type = field.message_type()->full_name();
  return !TakesText(field) && type != "google.protobuf.Timestamp" &&
         type != "rollcall.v1.NoticePeriod" && type != "rollcall.v1.Citation";
}

void AppendTitles(const Descriptor& type, const std::string& prefix,
                  std::vector<std::string>* titles) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (Opens(field)) {
      AppendTitles(*field.message_type(), absl::StrCat(prefix, field.name(), "."), titles);
    } else {
      titles->push_back(absl::StrCat(prefix, field.name()));
    }
  }
}

std::string RepeatedMessagesText(const Message& message, const FieldDescriptor& field) {
  if (BareTextField(*field.message_type()) != nullptr) {
    return TextOf(message, field, NameStyle::kFull, ";");
  }
  const auto* reflection = message.GetReflection();
  const int count = reflection->FieldSize(message, &field);
  if (count == 0) return {};
  std::string text = "[";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, i > 0 ? "," : "",
                    JsonText(reflection->GetRepeatedMessage(message, &field, i), false));
  }
  return text + "]";
}

void AppendCells(const Message& message, std::vector<std::string>* cells) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (Opens(field)) {
      AppendCells(message.GetReflection()->GetMessage(message, &field), cells);
    } else if (field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      cells->push_back(RepeatedMessagesText(message, field));
    } else {
      cells->push_back(TextOf(message, field, NameStyle::kFull, ";"));
    }
  }
}

void AppendLines(const Message& message, const std::string& prefix, TextTable* table) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string label = absl::StrCat(prefix, FlagWord(field.name()));
    const auto* reflection = message.GetReflection();
    if (Opens(field)) {
      if (!reflection->HasField(message, &field)) continue;
      AppendLines(reflection->GetMessage(message, &field), absl::StrCat(label, "."), table);
      continue;
    }
    if (field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      std::string lines = TextOf(message, field, NameStyle::kShort, "\n");
      size_t start = 0;
      for (int n = 0; n < reflection->FieldSize(message, &field); ++n) {
        const size_t end = lines.find('\n', start);
        table->AddRow({n == 0 ? label : "", lines.substr(start, end - start)});
        if (end == std::string::npos) break;
        start = end + 1;
      }
      continue;
    }
    const std::string text = TextOf(message, field, NameStyle::kFull, ", ");
    if (!text.empty()) table->AddRow({label, text});
  }
}

void WriteLines(const CommandContext& context, const Message& message) {
  TextTable table({"", ""});
  AppendLines(message, "", &table);
  table.Write(context.io.out);
}

}  // namespace

std::string JsonText(const Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "null";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<std::string> CsvTitles(const Descriptor& type) {
  std::vector<std::string> titles;
  AppendTitles(type, "", &titles);
  return titles;
}

std::vector<std::string> CsvCells(const Message& message) {
  std::vector<std::string> cells;
  AppendCells(message, &cells);
  return cells;
}

void WriteAnswer(const CommandContext& context, const Message& message) {
  switch (context.options.output) {
    case OutputFormat::kJson:
      context.io.out << JsonText(message, true) << "\n";
      break;
    case OutputFormat::kCsv:
      if (WriteCsvView(context, message)) break;
      context.io.out << CsvLine(CsvTitles(*message.GetDescriptor())) << CsvLine(CsvCells(message));
      break;
    case OutputFormat::kTable:
      if (!WriteView(context, message)) WriteLines(context, message);
      break;
  }
}

ListWriter::ListWriter(const CommandContext& context, const Descriptor& type)
    : context_(context), type_(type), table_(TableTitles(type)) {
  if (context.options.output == OutputFormat::kJson) context.io.out << "[";
  if (context.options.output == OutputFormat::kCsv) context.io.out << CsvLine(CsvTitles(type));
}

void ListWriter::Add(const Message& element) {
  switch (context_.options.output) {
    case OutputFormat::kJson:
      context_.io.out << (count_ > 0 ? ",\n" : "\n") << JsonText(element, false);
      break;
    case OutputFormat::kCsv:
      context_.io.out << CsvLine(CsvCells(element));
      break;
    case OutputFormat::kTable: {
      std::vector<std::string> cells;
      if (const ListRows* rows = RowsOfType(type_)) {
        for (std::string& cell : rows->cells(element)) cells.push_back(Cut(std::move(cell)));
      } else {
        for (const FieldDescriptor* field : TableFields(type_)) {
          cells.push_back(Cut(TextOf(element, *field, NameStyle::kShort, "; ")));
        }
      }
      table_.AddRow(std::move(cells));
      break;
    }
  }
  ++count_;
}

void ListWriter::Finish() {
  if (context_.options.output == OutputFormat::kJson) {
    context_.io.out << (count_ > 0 ? "\n]\n" : "]\n");
  }
  if (context_.options.output == OutputFormat::kTable) {
    table_.Write(context_.io.out, context_.options.color && context_.io.out_is_terminal);
    if (count_ == 0) context_.io.err << "Nothing found.\n";
  }
  const ListRows* rows = RowsOfType(type_);
  if (rows != nullptr && rows->note != nullptr) context_.io.err << rows->note << "\n";
}

}  // namespace rollcall::cli
