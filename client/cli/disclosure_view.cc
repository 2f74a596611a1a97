#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/csv.h"
#include "client/cli/disclosure_words.h"
#include "client/cli/exposure_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kTextWidth = 76;

// Text broken between words, so that it can be printed.
std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > kTextWidth) {
      lines.push_back(std::move(line));
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
    begin = end + 1;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

constexpr char kLimitsTitle[] = "What this record cannot know";

std::string UnstatedText(const std::string& incident) {
  return incident + ": nothing is stated yet; the student may be affected";
}

void AddText(const std::string& label, const std::string& text, TextTable* table) {
  bool first = true;
  for (const std::string& line : Lines(OneLine(text))) {
    table->AddRow({first ? label : "", line});
    first = false;
  }
}

void WriteDisclosure(const CommandContext& context, int number, const v1::Disclosure& row) {
  WriteHeading(context, absl::StrCat(number, ". ", DisclosureKindWord(row.kind()), "  ",
                                     OneLine(PartyText(row.party_name(), row.party())), "  ",
                                     DisclosureDaysText(row)));
  TextTable table({"", ""});
  AddText("fields", FieldsText(row), &table);
  AddText("known by", KnownByText(row), &table);
  for (const v1::DisclosureGround& ground : row.grounds()) {
    AddText("ground", GroundText(ground), &table);
  }
  AddText("why", FindingsText(row), &table);
  for (const v1::OnwardStep& step : row.onward()) AddText("through", OnwardText(step), &table);
  std::vector<std::string> parties;
  for (const std::string& party : row.additional_parties()) parties.push_back(VendorId(party));
  AddText("passed on to", absl::StrJoin(parties, ", "), &table);
  AddText("told in", absl::StrJoin(row.cases(), ", "), &table);
  for (const v1::DisclosureEnd& end : row.ends()) AddText("ended", EndText(row, end), &table);
  if (row.has_exemption()) AddText("may be left out", ExemptionText(row.exemption()), &table);
  table.Write(context.io.out, false, 3);
}

std::string StudentText(const v1::DisclosureRecord& record) {
  std::vector<std::string> parts = {OneLine(record.person())};
  const std::string name = record.given_name() + " " + record.family_name();
  if (name != " ") parts.push_back(OneLine(name));
  if (!record.district_id().empty()) {
    parts.push_back("district number " + OneLine(record.district_id()));
  }
  parts.emplace_back(record.current() ? "in the current roster" : "former");
  return absl::StrJoin(parts, ", ");
}

}  // namespace

void WriteDisclosureRecord(const CommandContext& context, const v1::DisclosureRecord& record) {
  std::ostream& out = context.io.out;
  out << "Record of disclosures, " << OneLine(record.citation()) << "\n"
      << "Student   " << StudentText(record) << "\n"
      << "Made on   " << DateText(record.made_date()) << ", from revision " << record.revision()
      << " of the register\n";
  if (record.disclosures().empty()) out << "\nNo disclosure is known.\n";
  int number = 0;
  for (const v1::Disclosure& row : record.disclosures()) WriteDisclosure(context, ++number, row);
  for (const std::string& incident : record.unstated_incidents()) {
    out << "\n";
    WriteWarning(context, UnstatedText(incident));
  }
  WriteHeading(context, kLimitsTitle);
  for (const std::string& limit : record.limits()) {
    TextTable table({"", ""});
    AddText("-", limit, &table);
    table.Write(out, false, 1);
  }
}

void WriteDisclosureRecordCsv(const CommandContext& context, const v1::DisclosureRecord& record) {
  // They are no entries, and a record without them would seem to say more than it does.
  for (const std::string& incident : record.unstated_incidents()) {
    context.io.err << "WARNING  " << OneLine(UnstatedText(incident)) << "\n";
  }
  if (!record.limits().empty()) context.io.err << kLimitsTitle << ":\n";
  for (const std::string& limit : record.limits()) {
    context.io.err << "- " << OneLine(limit) << "\n";
  }
  std::ostream& out = context.io.out;
  out << CsvLine({"person",         "revision",  "made_date",  "number",
                  "kind",           "party",     "party_name", "first_date",
                  "last_date",      "element",   "certainty",  "known_by",
                  "grounds",        "why",       "through",    "additional_parties",
                  "incident",       "statement", "cases",      "ended",
                  "may_be_left_out"});
  int number = 0;
  for (const v1::Disclosure& row : record.disclosures()) {
    ++number;
    std::vector<std::string> grounds;
    for (const auto& ground : row.grounds()) grounds.push_back(GroundText(ground));
    std::vector<std::string> through;
    for (const auto& step : row.onward()) through.push_back(OnwardText(step));
    for (const v1::DisclosedElement& element : row.elements()) {
      std::vector<std::string> ended;
      for (const v1::DisclosureEnd& end : row.ends()) {
        for (const std::string& name : element.dispositions()) {
          if (name == end.disposition()) ended.push_back(EndText(end));
        }
      }
      const bool incident = row.kind() == v1::DISCLOSURE_KIND_UNAUTHORISED;
      out << CsvLine({record.person(),
                      absl::StrCat(record.revision()),
                      DateText(record.made_date()),
                      absl::StrCat(number),
                      DisclosureKindWord(row.kind()),
                      row.party(),
                      row.party_name(),
                      row.has_first_date() ? DateText(row.first_date()) : "",
                      row.has_last_date() ? DateText(row.last_date()) : "",
                      ElementId(element.data_element()),
                      CertaintyWord(element.certainty()),
                      KnownByText(row),
                      absl::StrJoin(grounds, ";"),
                      FindingsText(row),
                      absl::StrJoin(through, ";"),
                      absl::StrJoin(row.additional_parties(), ";"),
                      row.incident(),
                      element.stated() ? row.statement() : "",
                      absl::StrJoin(incident ? element.cases() : row.cases(), ";"),
                      absl::StrJoin(ended, ";"),
                      row.has_exemption() ? ExemptionText(row.exemption()) : ""});
    }
  }
}

}  // namespace rollcall::cli
