// The collections of the register with their rules: vendors, contracts, shares, subprocessors,
// dispositions, the catalogue. What a rule refuses, it refuses with the field's path and what to
// do.

#ifndef ROLLCALL_SERVER_REGISTRY_COLLECTIONS_H_
#define ROLLCALL_SERVER_REGISTRY_COLLECTIONS_H_

#include "server/registry/collection.h"

namespace rollcall::registry {

// Each lives as long as the program.
const Collection& Vendors();
const Collection& Products();
const Collection& Contacts();
const Collection& Contracts();
const Collection& Clauses();
const Collection& Documents();
const Collection& Shares();
const Collection& Subprocessors();
// Made by casework::CreateDisposition, which also matches the ids that came with it.
const Collection& Dispositions();
const Collection& DataElements();
const Collection& ClauseKinds();
const Collection& Regimes();

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_COLLECTIONS_H_
