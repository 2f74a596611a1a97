// A SmallRegister with more vendors around it: edges, files that were sent and certificates.

#ifndef ROLLCALL_TESTS_CASEWORK_REGISTER_WITH_VENDORS_H_
#define ROLLCALL_TESTS_CASEWORK_REGISTER_WITH_VENDORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "server/casework/dispositions.h"
#include "server/casework/portfolio.h"
#include "server/casework/transfers.h"
#include "tests/casework/small_register.h"

namespace rollcall::testing {

class RegisterWithVendors : public SmallRegister {
 public:
  RegisterWithVendors() : portfolio(&exposures) {}

  void AddVendor(const std::string& id) {
    v1::CreateVendorRequest request;
    request.set_vendor_id(id);
    request.mutable_vendor()->set_legal_name(id + " Inc.");
    request.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
    Must(Create<v1::Vendor>(registry::Vendors(), request).status());
  }

  void AddShare(std::string_view request) {
    Must(Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(request)).status());
  }

  void AddEdge(std::string_view request) {
    Must(Create<v1::Subprocessor>(registry::Subprocessors(),
                                  Parse<v1::CreateSubprocessorRequest>(request))
             .status());
  }

  // Sent at noon, UTC.
  v1::Transfer AddTransfer(const std::string& parent, absl::CivilDay day, std::string_view transfer,
                           const std::vector<std::string>& ids) {
    v1::NewTransfer request;
    request.set_parent(parent);
    *request.mutable_transfer() = Parse<v1::Transfer>(transfer);
    request.mutable_transfer()->mutable_send_time()->set_seconds(
        std::int64_t{ToDayNumber(day)} * 86'400 + 43'200);
    casework::IdList list;
    for (const std::string& id : ids) Must(list.Add(id));
    casework::TransferParts parts;
    parts.time_zone = absl::UTCTimeZone();
    parts.ids = &this->ids;
    parts.indexes = &exposures.ids();
    v1::Transfer response;
    Must(Write([&](WriteTx& tx) {
      casework::MatchedIds matched;
      return casework::RecordTransfer(tx, parts, request, list, &matched, &response);
    }));
    return response;
  }

  v1::Disposition AddDisposition(std::string_view request) {
    v1::Disposition response;
    Must(Write([&](WriteTx& tx) {
      return casework::CreateDisposition(tx, exposures.ids(), today(), ids,
                                         Parse<v1::CreateDispositionRequest>(request), &response);
    }));
    return response;
  }

  // Adds students who are in the shares of the register, numbered from 1000 on.
  void AddStudents(int count) {
    Must(Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const std::int64_t largest, LargestPersonId(tx));
      for (int i = 1; i <= count; ++i) {
        const std::int64_t id = std::max<std::int64_t>(largest, 1000) + i;
        RC_RETURN_IF_ERROR(PutPerson(
            tx, PersonSpec{.id = id,
                           .current = true,
                           .number = absl::StrCat("n", id),
                           .name = "Student",
                           .stays = {{0, 2025, 1, "06", DayOf(2024, 9, 1), DayOf(2025, 6, 15)}}}));
      }
      return RecordImport(tx);
    }));
  }

  absl::StatusOr<v1::ListVendorExposuresResponse> Portfolio(
      const v1::ListVendorExposuresRequest& request = {}) {
    v1::ListVendorExposuresResponse response;
    RC_RETURN_IF_ERROR(Read([&](ReadTx& tx) {
      return casework::ListVendorExposures(tx, portfolio, today(), request, &response);
    }));
    return response;
  }

  casework::Portfolio portfolio;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CASEWORK_REGISTER_WITH_VENDORS_H_
