#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/exposure_words.h"
#include "client/cli/field_words.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string FieldText(const v1::Transfer& transfer, const char* field) {
  return TextOf(transfer, *v1::Transfer::descriptor()->FindFieldByName(field), NameStyle::kFull,
                ", ");
}

void WriteFacts(const CommandContext& context, const v1::Transfer& transfer) {
  struct Row {
    const char* title;
    const char* field;
  };
  constexpr Row kRows[] = {
      {"Sent", "send_time"},  {"Day", "send_date"},       {"Share", "share"},
      {"Product", "product"}, {"SHA-256", "file_sha256"}, {"Reference", "reference"},
      {"Note", "note"}};
  TextTable table({"", ""});
  table.AddRow({"Transfer", transfer.name()});
  for (const Row& row : kRows) {
    const std::string text = FieldText(transfer, row.field);
    if (!text.empty()) table.AddRow({row.title, OneLine(text)});
  }
  if (!transfer.via().empty()) table.AddRow({"Carried by", ChainText(transfer.via())});
  table.Write(context.io.out);
}

void WriteElements(const CommandContext& context, const v1::Transfer& transfer) {
  WriteHeading(context, "Fields in the file");
  TextTable table({"field", "populated"});
  for (const v1::TransferElement& element : transfer.elements()) {
    table.AddRow({ElementId(element.data_element()),
                  element.has_populated() ? Grouped(element.populated()) : "not counted"});
  }
  table.Write(context.io.out, false, 2);
}

}  // namespace

std::string FindingWord(v1::TransferFindingReason reason) {
  const auto* value = v1::TransferFindingReason_descriptor()->FindValueByNumber(reason);
  return value == nullptr ? absl::StrCat(static_cast<int>(reason)) : EnumWord(*value);
}

void WriteFindings(const CommandContext& context,
                   const std::vector<v1::TransferFinding>& findings) {
  if (findings.empty()) return;
  WriteHeading(context, "What no share covers, or speaks against sending");
  TextTable table({"reason", "ids", "fields", "because of", "explanation"});
  for (const v1::TransferFinding& finding : findings) {
    table.AddRow({FindingWord(finding.reason()), Grouped(finding.ids()),
                  finding.data_elements().empty() ? "(whole file)"
                                                  : ElementIds(finding.data_elements(), " "),
                  finding.resource(), OneLine(finding.explanation())});
  }
  table.Write(context.io.out, false, 2);
}

void WriteTransfer(const CommandContext& context, const v1::Transfer& transfer) {
  WriteFacts(context, transfer);
  if (transfer.undeclared()) {
    WriteWarning(context, "something in it was outside every share when it was recorded");
  }
  WriteHeading(context, absl::StrCat(Grouped(transfer.ids()), " ids in the file"));
  TextTable counts({"people", "unmatched", "repeated", "ambiguous"});
  counts.AddRow({Grouped(transfer.people()), Grouped(transfer.unmatched()),
                 Grouped(transfer.repeated()), Grouped(transfer.ambiguous())});
  counts.Write(context.io.out, false, 2);
  WriteElements(context, transfer);
  WriteFindings(context, {transfer.findings().begin(), transfer.findings().end()});
}

}  // namespace rollcall::cli
