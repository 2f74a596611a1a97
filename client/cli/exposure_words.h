// Plain words for what exposures are made of.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_WORDS_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_WORDS_H_

#include <google/protobuf/repeated_field.h>

#include <string>

#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall::cli {

using Names = google::protobuf::RepeatedPtrField<std::string>;
using TransferGroups = google::protobuf::RepeatedPtrField<v1::TransferGroup>;

// `dataElements/student.name` as `student.name`, `vendors/cleo` as `cleo`.
std::string ElementId(const std::string& name);
std::string VendorId(const std::string& name);

// Ids of elements, joined by `separator`.
std::string ElementIds(const Names& names, const std::string& separator);

// From the district's own vendor to the party: `cleo > acme > nimbus`.
std::string ChainText(const Names& vendors);

// `confirmed` or `believed`; empty if not stated.
std::string CertaintyWord(v1::Certainty certainty);

// Why a field counts, such as `share students of cleo` or `sent 14 times since 2023-08-01`.
// The reason refers to `groups` by position; for a group that is not there the words do without
// its numbers.
std::string GroundText(const v1::ExposureReason& reason, const TransferGroups& groups);

// All grounds, joined by "; ", each once.
std::string GroundsText(const google::protobuf::RepeatedPtrField<v1::ExposureReason>& reasons,
                        const TransferGroups& groups);

// `removed by disposition cleo/2024`; empty if there are none.
std::string RemovedByText(const Names& dispositions);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_WORDS_H_
