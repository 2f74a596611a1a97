// Reading people, their history, schools and imports in the API's form.

#ifndef ROLLCALL_SERVER_ROSTER_PEOPLE_H_
#define ROLLCALL_SERVER_ROSTER_PEOPLE_H_

#include "absl/status/status.h"
#include "rollcall/v1/roster_service.pb.h"
#include "storage/store.h"

namespace rollcall::roster {

// The methods of the API; errors as documented there.
absl::Status GetPerson(ReadTx& tx, const v1::GetPersonRequest& request, v1::Person* response);
absl::Status ListPeople(ReadTx& tx, const v1::ListPeopleRequest& request,
                        v1::ListPeopleResponse* response);
absl::Status ListEnrollments(ReadTx& tx, const v1::ListEnrollmentsRequest& request,
                             v1::ListEnrollmentsResponse* response);
absl::Status ListProgramSpells(ReadTx& tx, const v1::ListProgramSpellsRequest& request,
                               v1::ListProgramSpellsResponse* response);
absl::Status ListSchools(ReadTx& tx, const v1::ListSchoolsRequest& request,
                         v1::ListSchoolsResponse* response);
absl::Status GetRosterImport(ReadTx& tx, const v1::GetRosterImportRequest& request,
                             v1::RosterImport* response);
absl::Status ListRosterImports(ReadTx& tx, const v1::ListRosterImportsRequest& request,
                               v1::ListRosterImportsResponse* response);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PEOPLE_H_
