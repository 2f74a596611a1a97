// Notification cases: opening one freezes an exposure and makes a notice for each person in it.
//
// Notices are not rows. What a notice says and how it goes out is fixed when the case is opened
// and kept as sets of people (one for each set of elements, channel, ...); what was sent is a set
// for each sending. A case of a million people opens in milliseconds.

#ifndef ROLLCALL_SERVER_CASEWORK_CASES_H_
#define ROLLCALL_SERVER_CASEWORK_CASES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "rollcall/v1/case_service.pb.h"
#include "server/casework/exposures.h"
#include "server/registry/collection.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::casework {

// The day and the zone in which clocks are read.
struct LocalTime {
  absl::CivilDay today;
  std::string zone_name;
  absl::TimeZone zone;
};

// The channel of a notice, by rule. Current people: e-mail (of a guardian for a student, the own
// one for staff), else US mail, else a student's own e-mail. Former people: US mail, else e-mail
// of a guardian or the own one. An address is the own one or a guardian's. Chicago Public Schools
// told current families by e-mail and former ones by mail in 2025; no statute read prescribes it.
v1::NoticeChannel ChannelFor(v1::SubjectKind kind, bool current, std::uint8_t contact);

// The methods of the API; errors as documented there.
absl::Status OpenCase(WriteTx& tx, Exposures& exposures, const LocalTime& local,
                      runtime::IdGenerator& ids, const v1::OpenCaseRequest& request,
                      v1::Case* response);
absl::Status GetCase(ReadTx& tx, const LocalTime& local, const std::string& name,
                     v1::Case* response);
absl::Status ListCases(ReadTx& tx, const LocalTime& local, const v1::ListCasesRequest& request,
                       v1::ListCasesResponse* response);
absl::Status GetNotice(ReadTx& tx, const v1::GetNoticeRequest& request, v1::Notice* response);
absl::Status ListNotices(ReadTx& tx, const v1::ListNoticesRequest& request,
                         v1::ListNoticesResponse* response);
absl::Status RecordNoticesSent(WriteTx& tx, const LocalTime& local,
                               const v1::RecordNoticesSentRequest& request,
                               v1::RecordNoticesSentResponse* response);
absl::Status CloseCase(WriteTx& tx, const LocalTime& local, const v1::CloseCaseRequest& request,
                       v1::Case* response);

// Computes what OpenCase will need, so that it finds it ready. Errors as OpenCase, for the
// exposure.
absl::Status PrepareCase(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                         const v1::OpenCaseRequest& request);

// What a case has frozen of one person.
struct FrozenNotice {
  std::string case_name;
  std::string statement;     // Whose exposure was frozen.
  v1::ExposureSet elements;  // As they were when the case was opened.
};

// The cases of an incident, as they were on record at a revision, in which a person has a notice;
// ascending by name.
absl::StatusOr<std::vector<FrozenNotice>> FindNotices(ReadTx& tx, std::string_view incident,
                                                      std::uint64_t person, std::int64_t revision);

// The frozen exposure of a case as columns; `element_names` are ids of elements. kNotFound,
// kFailedPrecondition (a case of format 1 has no digest that could be proven), kDataLoss.
struct FrozenExposure {
  std::string digest;
  exposure::PeopleById people;
  std::vector<exposure::ElementSet> sets;
  std::vector<std::string> element_names;
};
absl::StatusOr<FrozenExposure> ReadFrozenExposure(ReadTx& tx, const std::string& case_name);

// Computes the digest of what is stored of a case's exposure and compares it with the one of the
// case; takes as long as the digest of an exposure of that size. A case of format 1, whose digest
// cannot be computed any more, is let through. Errors: kDataLoss, reason CASE_INCOMPLETE.
absl::Status CheckFrozenDigest(ReadTx& tx, const v1::Case& record);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_CASES_H_
