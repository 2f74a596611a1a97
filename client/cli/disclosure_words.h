// Plain words for the entries of a record of disclosures, the same in tables, prints and CSV.
#ifndef ROLLCALL_CLIENT_CLI_DISCLOSURE_WORDS_H_
#define ROLLCALL_CLIENT_CLI_DISCLOSURE_WORDS_H_

#include <string>

#include "rollcall/v1/disclosure_service.pb.h"

namespace rollcall::cli {

// `authorised`, `undeclared` or `unauthorised`; empty if not stated.
std::string DisclosureKindWord(v1::DisclosureKind kind);

// `Cleo LLC (cleo)`, or the id alone without a legal name.
std::string PartyText(const std::string& legal_name, const std::string& party);

// `2017-09-01 to 2018-06-15`, one day alone if both are the same, `unknown` for a missing one.
std::string DisclosureDaysText(const v1::Disclosure& row);

// Ids of the elements, joined by ", ".
std::string FieldsText(const v1::Disclosure& row);

// `a share`, `3 files`, `2 files sent to cleo`, or the incident with its statement.
std::string KnownByText(const v1::Disclosure& row);

// `share tasks of cleo, contract cleo/main, for: ...`.
std::string GroundText(const v1::DisclosureGround& ground);

// Why no share covered it; empty if one did.
std::string FindingsText(const v1::Disclosure& row);

// `Cloud Inc. (cloud), for: ..., edge cleo/cloud`.
std::string OnwardText(const v1::OnwardStep& step);

// `destroyed by 2025-12-31, disposition cleo/purge`; with the entry, of which fields.
std::string EndText(const v1::DisclosureEnd& end);
std::string EndText(const v1::Disclosure& row, const v1::DisclosureEnd& end);

// `school official, 34 CFR ..., clause cleo/main/official`.
std::string ExemptionText(const v1::DisclosureExemption& exemption);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_DISCLOSURE_WORDS_H_
