#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string FieldText(const google::protobuf::Message& message, const char* field) {
  return TextOf(message, *message.GetDescriptor()->FindFieldByName(field), NameStyle::kFull, ", ");
}

}  // namespace

void WriteRosterImport(const CommandContext& context, const v1::RosterImport& import) {
  std::string what = FieldText(import, "format");
  if (!import.one_roster_version().empty()) {
    absl::StrAppend(&what, " ", import.one_roster_version());
  }
  if (import.delta()) what += ", delta";
  context.io.out << (import.dry_run() ? "Dry run, nothing was written"
                                      : absl::StrCat("Import ", OneLine(import.name())))
                 << ": " << OneLine(what);
  if (import.has_as_of_date()) context.io.out << ", as of " << DateText(import.as_of_date());
  if (import.school_year() != 0) {
    context.io.out << ", school year " << SchoolYearText(import.school_year());
  }
  context.io.out << ", " << Grouped(import.rows()) << " rows\n";
  TextTable counts({"added", "changed", "left", "returned", "unchanged"});
  counts.AddRow({Grouped(import.added()), Grouped(import.changed()), Grouped(import.left()),
                 Grouped(import.returned()), Grouped(import.unchanged())});
  counts.Write(context.io.out, false, 2);
  if (!import.warnings().empty()) {
    WriteHeading(context,
                 absl::StrCat(import.warnings_size(), " kinds of deviation were accepted"));
    TextTable warnings({"file", "code", "count", "first row", "meaning"});
    for (const v1::ImportWarning& warning : import.warnings()) {
      warnings.AddRow({warning.file(), warning.code(), Grouped(warning.count()),
                       warning.first_row() == 0 ? "" : absl::StrCat(warning.first_row()),
                       warning.message()});
    }
    warnings.Write(context.io.out, false, 2);
  }
  if (import.has_roster()) {
    context.io.out << "\n";
    WriteRosterSummary(context, import.roster());
  }
}

void WriteRosterSummary(const CommandContext& context, const v1::RosterSummary& summary) {
  TextTable people({"Roster", "current", "former"});
  people.AddRow(
      {"students", Grouped(summary.current_students()), Grouped(summary.former_students())});
  people.AddRow({"staff", Grouped(summary.current_staff()), Grouped(summary.former_staff())});
  people.Write(context.io.out);
  context.io.out << Grouped(summary.guardians()) << " guardians, " << Grouped(summary.schools())
                 << " schools, " << Grouped(summary.enrollments()) << " enrollments, "
                 << Grouped(summary.program_spells()) << " program spells; revision "
                 << summary.revision() << "\n";
}

}  // namespace rollcall::cli
