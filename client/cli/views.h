// Messages that people read as a whole get a view of their own, the important things first.
#ifndef ROLLCALL_CLIENT_CLI_VIEWS_H_
#define ROLLCALL_CLIENT_CLI_VIEWS_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "client/cli/command_context.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/disclosure_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/register_service.pb.h"
#include "rollcall/v1/roster_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"

namespace rollcall::cli {

// Writes the view of a message; false, and nothing written, if its type has none.
bool WriteView(const CommandContext& context, const google::protobuf::Message& message);

// Writes a message that is a list in itself as CSV lines, and what no line can tell to the error
// stream; false, and nothing written, if it is none.
bool WriteCsvView(const CommandContext& context, const google::protobuf::Message& message);

// The single views.
void WriteExposureSummary(const CommandContext& context, const v1::ExposureSummary& summary);
void WritePersonExposure(const CommandContext& context, const v1::PersonExposure& exposure);
void WritePersonExposureCsv(const CommandContext& context, const v1::PersonExposure& exposure);
void WriteDisclosureRecord(const CommandContext& context, const v1::DisclosureRecord& record);
void WriteDisclosureRecordCsv(const CommandContext& context, const v1::DisclosureRecord& record);
void WriteComparison(const CommandContext& context, const v1::CompareExposuresResponse& comparison);
void WriteTransfer(const CommandContext& context, const v1::Transfer& transfer);
void WriteCase(const CommandContext& context, const v1::Case& a_case);
void WriteIncident(const CommandContext& context, const v1::Incident& incident);
void WriteRosterImport(const CommandContext& context, const v1::RosterImport& import);
void WriteRosterSummary(const CommandContext& context, const v1::RosterSummary& summary);
void WriteApplied(const CommandContext& context, const v1::ApplyVendorFileResponse& applied);

// Findings about a transfer as a table; nothing if there are none.
void WriteFindings(const CommandContext& context, const std::vector<v1::TransferFinding>& findings);
// `element-not-shared` for TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED.
std::string FindingWord(v1::TransferFindingReason reason);
// What an exposure was asked about: the statement, else the incident, else the party.
std::string AskedAbout(const v1::ExposureBasis& basis);

// A line in the colour of a warning, if colours are on.
void WriteWarning(const CommandContext& context, const std::string& text);
// A heading after an empty line.
void WriteHeading(const CommandContext& context, const std::string& text);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_VIEWS_H_
