// Messages that people read as a whole get a view of their own, the important things first.
#ifndef ROLLCALL_CLIENT_CLI_VIEWS_H_
#define ROLLCALL_CLIENT_CLI_VIEWS_H_

#include <google/protobuf/message.h>

#include <string>

#include "client/cli/command_context.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/register_service.pb.h"
#include "rollcall/v1/roster_service.pb.h"

namespace rollcall::cli {

// Writes the view of a message; false, and nothing written, if its type has none.
bool WriteView(const CommandContext& context, const google::protobuf::Message& message);

// The single views.
void WriteExposureSummary(const CommandContext& context, const v1::ExposureSummary& summary);
void WriteCase(const CommandContext& context, const v1::Case& a_case);
void WriteIncident(const CommandContext& context, const v1::Incident& incident);
void WriteRosterImport(const CommandContext& context, const v1::RosterImport& import);
void WriteRosterSummary(const CommandContext& context, const v1::RosterSummary& summary);
void WriteApplied(const CommandContext& context, const v1::ApplyVendorFileResponse& applied);

// A line in the colour of a warning, if colours are on.
void WriteWarning(const CommandContext& context, const std::string& text);
// A heading after an empty line.
void WriteHeading(const CommandContext& context, const std::string& text);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_VIEWS_H_
