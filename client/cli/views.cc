#include "client/cli/views.h"

#include "client/cli/text_table.h"

namespace rollcall::cli {
namespace {

template <typename View>
bool Show(const CommandContext& context, const google::protobuf::Message& message,
          void (*write)(const CommandContext&, const View&)) {
  if (message.GetDescriptor() != View::descriptor()) return false;
  write(context, static_cast<const View&>(message));
  return true;
}

bool ColorsOn(const CommandContext& context) {
  return context.options.color && context.io.out_is_terminal;
}

void WriteRecorded(const CommandContext& context, const v1::RecordNoticesSentResponse& response) {
  context.io.out << "Recorded " << Grouped(response.recorded()) << " notices as sent; "
                 << Grouped(response.already_sent()) << " had been sent before.\n\n";
  WriteCase(context, response.case_());
}

void WriteProof(const CommandContext& context, const v1::ExposureProof& proof) {
  context.io.out << ManyLines(proof.text());
}

}  // namespace

bool WriteView(const CommandContext& context, const google::protobuf::Message& message) {
  return Show(context, message, &WriteExposureSummary) || Show(context, message, &WriteCase) ||
         Show(context, message, &WriteIncident) || Show(context, message, &WriteRosterImport) ||
         Show(context, message, &WriteRosterSummary) || Show(context, message, &WriteApplied) ||
         Show(context, message, &WriteRecorded) || Show(context, message, &WritePersonExposure) ||
         Show(context, message, &WriteComparison) || Show(context, message, &WriteTransfer) ||
         Show(context, message, &WriteDisclosureRecord) || Show(context, message, &WriteProof);
}

bool WriteCsvView(const CommandContext& context, const google::protobuf::Message& message) {
  return Show(context, message, &WritePersonExposureCsv) ||
         Show(context, message, &WriteDisclosureRecordCsv);
}

void WriteApplied(const CommandContext& context, const v1::ApplyVendorFileResponse& applied) {
  for (const std::string& name : applied.created())
    context.io.out << "created  " << OneLine(name) << "\n";
  for (const std::string& name : applied.updated())
    context.io.out << "changed  " << OneLine(name) << "\n";
  context.io.out << applied.created_size() << " created, " << applied.updated_size() << " changed, "
                 << applied.unchanged() << " unchanged; revision " << applied.revision() << "\n";
}

void WriteWarning(const CommandContext& context, const std::string& text) {
  const bool color = ColorsOn(context);
  context.io.out << (color ? "\x1b[33m" : "") << "WARNING  " << OneLine(text)
                 << (color ? "\x1b[0m" : "") << "\n";
}

void WriteHeading(const CommandContext& context, const std::string& text) {
  const bool color = ColorsOn(context);
  context.io.out << "\n"
                 << (color ? "\x1b[1m" : "") << OneLine(text) << (color ? "\x1b[0m" : "") << "\n";
}

}  // namespace rollcall::cli
