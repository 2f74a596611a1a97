// The shipped catalogue: loading and upgrading it from the reviewed files.

#ifndef ROLLCALL_SERVER_REGISTRY_CATALOG_H_
#define ROLLCALL_SERVER_REGISTRY_CATALOG_H_

#include <string>

#include "absl/status/statusor.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "storage/store.h"

namespace rollcall::registry {

// Reads every `*.txtpb` file of a folder as a CatalogFile and puts them together; the version is
// the newest of theirs.
// Errors: kFailedPrecondition naming the file and line, or that there is no such file.
absl::StatusOr<v1::CatalogFile> ReadCatalog(const std::string& folder);

// Brings the register's catalogue to the shipped state in one transaction: makes missing rows,
// changes those that differ. Rows that a district made stay. Does nothing, and leaves no
// revision, if all rows are as shipped. Returns the number of rows written.
// Errors: kFailedPrecondition if a shipped row has the name of a row made by the district, or
// if the register's catalogue is newer than the shipped one.
absl::StatusOr<int> LoadCatalog(Store& store, absl::Time now, v1::CatalogFile catalog);

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_CATALOG_H_
