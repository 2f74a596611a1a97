// A vendor in one piece: everything that hangs on it, written and read together.

#ifndef ROLLCALL_SERVER_REGISTRY_VENDOR_FILE_H_
#define ROLLCALL_SERVER_REGISTRY_VENDOR_FILE_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/register_service.pb.h"
#include "storage/store.h"

namespace rollcall::registry {

// Makes the register say what the file says. Errors name the entry of the file; nothing is kept
// unless all of it is right.
absl::Status ApplyVendorFile(WriteTx& tx, v1::VendorFile file,
                             v1::ApplyVendorFileResponse* response);

// Everything of one vendor, in the order that ApplyVendorFile needs.
absl::Status ExportVendorFile(ReadTx& tx, absl::CivilDay today, const std::string& vendor,
                              v1::VendorFile* response);

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_VENDOR_FILE_H_
