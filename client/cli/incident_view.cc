#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/field_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string FieldText(const google::protobuf::Message& message, const char* field) {
  return TextOf(message, *message.GetDescriptor()->FindFieldByName(field), NameStyle::kFull, ", ");
}

std::string LateText(const v1::DutyCheck& duty) {
  if (duty.days_late() <= 0) return {};
  return absl::StrCat(duty.days_late(), duty.days_late() == 1 ? " day late" : " days late");
}

void WriteDates(const CommandContext& context, const v1::Incident& incident) {
  struct Row {
    const char* title;
    const char* field;
  };
  constexpr Row kRows[] = {{"vendor learned", "vendor_learned_date"},
                           {"vendor confirmed", "vendor_confirmed_date"},
                           {"vendor's notice dated", "vendor_notice_date"},
                           {"district received it", "district_received_date"},
                           {"district determined", "district_determined_date"}};
  WriteHeading(context, "Dates");
  TextTable table({"", ""});
  std::string window = absl::StrCat(
      incident.has_window_start_date() ? DateText(incident.window_start_date()) : "unknown", " to ",
      incident.has_window_end_date() ? DateText(incident.window_end_date()) : "open");
  if (incident.window_estimated()) window += " (estimated)";
  table.AddRow({"compromise", window});
  for (const Row& row : kRows) {
    const std::string date = FieldText(incident, row.field);
    table.AddRow({row.title, date.empty() ? "unknown" : date});
  }
  table.Write(context.io.out, false, 2);
  if (incident.days_to_notice() >= 0) {
    context.io.out << "  " << incident.days_to_notice()
                   << " days from the first day of the compromise to the district's receipt\n";
  }
}

void WriteDuties(const CommandContext& context, const v1::Incident& incident) {
  if (incident.vendor_duties().empty()) return;
  WriteHeading(context, "The vendor's duties to tell the district");
  TextTable table({"source", "within", "due", "told", "days", "", "outcome"});
  for (const v1::DutyCheck& duty : incident.vendor_duties()) {
    table.AddRow({duty.source(), FieldText(duty, "period"), FieldText(duty, "due_date"),
                  FieldText(duty, "done_date"), absl::StrCat(duty.days_taken()), LateText(duty),
                  FieldText(duty, "outcome")});
  }
  table.Write(context.io.out, false, 2);
  for (const v1::DutyCheck& duty : incident.vendor_duties()) {
    if (!duty.note().empty()) {
      context.io.out << "  " << OneLine(duty.source()) << ": " << OneLine(duty.note()) << "\n";
    }
  }
}

}  // namespace

void WriteIncident(const CommandContext& context, const v1::Incident& incident) {
  context.io.out << "Incident    " << OneLine(incident.name()) << "\n";
  context.io.out << "Title       " << OneLine(incident.title()) << "\n";
  context.io.out << "Vendor      " << OneLine(incident.vendor()) << "\n";
  if (const std::string cause = FieldText(incident, "cause"); !cause.empty()) {
    context.io.out << "Cause       " << cause << "\n";
  }
  context.io.out << "Statement   "
                 << (incident.latest_statement().empty() ? "none yet"
                                                         : OneLine(incident.latest_statement()))
                 << "\n";
  if (!incident.law_enforcement_reference().empty()) {
    context.io.out << "Police file " << OneLine(incident.law_enforcement_reference()) << "\n";
  }
  for (const v1::DutyCheck& duty : incident.vendor_duties()) {
    if (duty.days_late() > 0) {
      WriteWarning(context, absl::StrCat("the vendor is ", LateText(duty), " by ", duty.source()));
    }
  }
  WriteDates(context, incident);
  WriteDuties(context, incident);
  if (!incident.description().empty()) {
    context.io.out << "\n" << ManyLines(incident.description()) << "\n";
  }
  context.io.out << "\nEtag        " << OneLine(incident.etag()) << "\n";
}

}  // namespace rollcall::cli
