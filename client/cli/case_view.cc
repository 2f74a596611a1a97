#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/field_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string Word(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  return value == nullptr ? absl::StrCat(number) : EnumWord(*value);
}

std::string DaysText(const v1::Obligation& duty) {
  if (!duty.has_due_date()) return {};
  if (duty.has_done_date()) return absl::StrCat("done ", DateText(duty.done_date()));
  const int days = duty.days_left();
  if (days < 0) return absl::StrCat(-days, days == -1 ? " day over" : " days over");
  return absl::StrCat(days, days == 1 ? " day left" : " days left");
}

std::string ProgressText(std::int64_t sent, std::int64_t people) {
  if (people == 0) return {};
  return absl::StrFormat("%s of %s (%d%%)", Grouped(sent), Grouped(people), sent * 100 / people);
}

bool NeedsAttention(v1::DutyOutcome outcome) {
  return outcome == v1::DUTY_OUTCOME_LATE || outcome == v1::DUTY_OUTCOME_OVERDUE;
}

void WriteDuties(const CommandContext& context, const v1::Case& a_case) {
  if (a_case.obligations().empty()) return;
  WriteHeading(context, "Duties");
  TextTable table({"duty", "due", "", "outcome", "sent", "counted from", "law"});
  for (const v1::Obligation& duty : a_case.obligations()) {
    std::string from = Word(v1::StartEvent_descriptor(), duty.start_event());
    if (duty.has_start_date()) from = absl::StrCat(DateText(duty.start_date()), " ", from);
    table.AddRow({duty.title(), duty.has_due_date() ? DateText(duty.due_date()) : "",
                  DaysText(duty), Word(v1::DutyOutcome_descriptor(), duty.outcome()),
                  ProgressText(duty.sent(), duty.people()), from, duty.citation()});
  }
  table.Write(context.io.out, false, 2);
  for (const v1::Obligation& duty : a_case.obligations()) {
    if (!duty.note().empty()) {
      context.io.out << "  " << OneLine(duty.title()) << ": " << OneLine(duty.note()) << "\n";
    }
  }
  for (const v1::Obligation& duty : a_case.obligations()) {
    if (!duty.time_zone().empty()) {
      context.io.out << "  Days end at midnight in " << OneLine(duty.time_zone()) << ".\n";
      break;
    }
  }
}

void WriteNotices(const CommandContext& context, const v1::Case& a_case) {
  if (a_case.notices().empty()) return;
  WriteHeading(context, "Notices");
  TextTable table({"channel", "status", "notices"});
  for (const v1::NoticeCount& count : a_case.notices()) {
    table.AddRow({Word(v1::NoticeChannel_descriptor(), count.channel()),
                  Word(v1::NoticeStatus_descriptor(), count.status()), Grouped(count.notices())});
  }
  table.Write(context.io.out, false, 2);
}

}  // namespace

void WriteCase(const CommandContext& context, const v1::Case& a_case) {
  context.io.out << "Case        " << OneLine(a_case.name()) << " ("
                 << Word(v1::CaseState_descriptor(), a_case.state()) << ")\n";
  context.io.out << "Incident    " << OneLine(a_case.incident()) << "\n";
  if (!a_case.statement().empty()) {
    context.io.out << "Statement   " << OneLine(a_case.statement()) << "\n";
  }
  if (!a_case.newer_statement().empty()) {
    context.io.out << "WARNING     " << a_case.newer_statement()
                   << " is newer and may concern more people: compare the two, and open a case for "
                      "it\n";
  }
  context.io.out << "Affected    " << Grouped(a_case.people()) << " people, "
                 << Grouped(a_case.cells()) << " fields; frozen at revision "
                 << a_case.basis().revision() << "\n";
  if (a_case.has_approval()) {
    context.io.out << "Approved    by " << OneLine(a_case.approval().principal()) << "\n";
  }
  for (const v1::Obligation& duty : a_case.obligations()) {
    if (NeedsAttention(duty.outcome())) {
      WriteWarning(
          context,
          absl::StrCat(duty.title(), " is ", Word(v1::DutyOutcome_descriptor(), duty.outcome()),
                       ": due ", DateText(duty.due_date()), ", ", DaysText(duty)));
    }
  }
  for (const std::string& warning : a_case.basis().warnings()) WriteWarning(context, warning);
  WriteDuties(context, a_case);
  WriteNotices(context, a_case);
  if (!a_case.close_reason().empty()) {
    context.io.out << "\nClosed because " << OneLine(a_case.close_reason()) << "\n";
  }
  context.io.out << "\nDigest      " << OneLine(a_case.digest()) << "\n";
}

}  // namespace rollcall::cli
