// The vendor file: one YAML file that says everything about one vendor, for `rollcall apply` and
// `rollcall export`.
//
//   vendor:    {id: cleo, legal_name: Cleo Communications US LLC, kind: infrastructure}
//   contacts:  [{id: security, role: breach, display_name: Security desk, email: ...}]
//   products:  [{id: tasks, display_name: Harmony}]
//   documents: [{id: <sha256>, title: Signed agreement}]
//   contracts: [{id: ndpa-2021, form: il-ndpa, signed_date: 2021-07-01,
//                clauses: [{kind: breach-notice, notice_period: {length: 72, unit: hours,
//                           start_event: vendor-confirmed}}]}]
//   shares:    [{id: roster, contract: ndpa-2021, elements: [student.name, ...],
//                population: {subject: student, school_years: [2017-18]},
//                start_date: 2017-08-01}]
//   subprocessors: [{id: nimbus, processor: nimbus, elements: [student.name],
//                    start_date: 2023-09-01, purpose: Hosting, source: Exhibit B}]
//
// An entry is called by its `id`, or by its full `name`. Names within the vendor may be short. A
// clause without an id is called after its kind, and a clause without a status is present.
// docs/cli.md explains it to its users.
#ifndef ROLLCALL_CLIENT_CLI_VENDOR_FILE_H_
#define ROLLCALL_CLIENT_CLI_VENDOR_FILE_H_

#include <string>
#include <vector>

#include "client/cli/yaml_message.h"
#include "rollcall/v1/register_service.pb.h"

namespace rollcall::cli {

// Reads a vendor file. On any problem the result must not be used.
v1::VendorFile ParseVendorFile(const std::string& text, std::vector<FileProblem>* problems);

// Writes a vendor file that ParseVendorFile reads back as the same, apart from output-only fields
// and etags. Every entry of `file` has its full name.
std::string WriteVendorFile(const v1::VendorFile& file);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_VENDOR_FILE_H_
