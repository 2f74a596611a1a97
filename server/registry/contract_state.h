// Where a contract stands: days in force and the state that follows from them.

#ifndef ROLLCALL_SERVER_REGISTRY_CONTRACT_STATE_H_
#define ROLLCALL_SERVER_REGISTRY_CONTRACT_STATE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/contract_service.pb.h"
#include "storage/store.h"

namespace rollcall::registry {

// The first day in force: the effective date, or else the day of signature. Unset for a draft
// without dates.
std::optional<absl::CivilDay> FirstDay(const v1::Contract& contract);

// The last day in force, inclusive: the earlier of expiry and termination. Unset if open.
std::optional<absl::CivilDay> LastDay(const v1::Contract& contract);

// The state on a day. `replaced` says that an amendment in force has taken its place.
v1::ContractState StateOf(const v1::Contract& contract, bool replaced, absl::CivilDay today);

// The custom method of the API; errors as documented there.
absl::Status TerminateContract(WriteTx& tx, absl::CivilDay today,
                               const v1::TerminateContractRequest& request, v1::Contract* response);

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_CONTRACT_STATE_H_
