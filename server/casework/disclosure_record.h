// The record of disclosures of one student (34 CFR 99.32): every party that received or was
// exposed to his or her fields, when, which, on what ground, and through whom.
//
// Derived, never typed. What parties received is asked of the same questions as the portfolio
// (portfolio.h), each put a second time as if nothing had ever been destroyed: a disclosure stays
// one, and the certificates are shown beside it. Files are held against the shares, for this
// student and the day of each file, by the rules of transfer_check.h. Incidents are those of
// person_exposure.h, with what open and closed cases have frozen: a statement that shrinks later
// takes nothing out of the record.

#ifndef ROLLCALL_SERVER_CASEWORK_DISCLOSURE_RECORD_H_
#define ROLLCALL_SERVER_CASEWORK_DISCLOSURE_RECORD_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/disclosure_service.pb.h"
#include "server/casework/portfolio.h"
#include "storage/store.h"

namespace rollcall::casework {

// The methods of the API; errors as documented there. The same register, revision and day always
// give the same record. Takes about as long as GetPersonExposure, and for each party that has
// files with the student in them once through the files of that party.
absl::Status GetDisclosureRecord(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                                 const v1::GetDisclosureRecordRequest& request,
                                 v1::DisclosureRecord* response);
absl::Status ListDisclosures(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                             const v1::ListDisclosuresRequest& request,
                             v1::ListDisclosuresResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_DISCLOSURE_RECORD_H_
