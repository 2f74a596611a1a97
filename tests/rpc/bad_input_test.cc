// Input that is wrong in every way that callers have found so far: refused with a reason and the
// field to blame, and nothing changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rollcall/v1/case_service.grpc.pb.h"
#include "rollcall/v1/contract_service.grpc.pb.h"
#include "rollcall/v1/incident_service.grpc.pb.h"
#include "rollcall/v1/share_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/rpc/raw_call.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using grpc::StatusCode;
using ::testing::Contains;
using ::testing::HasSubstr;

class BadInputTest : public ::testing::Test {
 protected:
  // Sends the text form of a request and expects it refused, with nothing changed.
  template <typename Service, typename Request, typename Response>
  grpc::Status Refused(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                       std::string_view text, StatusCode code, const std::string& field = "") {
    const Dump before = server_.reg().Tables();
    Response response;
    const grpc::Status status = server_.Call<Service>(method, Parse<Request>(text), &response);
    EXPECT_EQ(status.error_code(), code) << text << ": " << status.error_message();
    EXPECT_NE(ReasonOf(status), "") << text;
    if (!field.empty()) {
      EXPECT_THAT(DetailsOf(status).fields, Contains(field)) << status.error_message();
    }
    EXPECT_TRUE(server_.reg().Tables() == before) << text;
    return status;
  }

  grpc::Status Share(const std::string& share, StatusCode code, const std::string& field = "") {
    return Refused<v1::ShareService>(
        &v1::ShareService::Stub::CreateShare,
        absl::StrCat("parent: 'vendors/cleo' share_id: 'bad' share { ", share, " }"), code, field);
  }

  grpc::Status Incident(const std::string& incident, StatusCode code,
                        const std::string& field = "") {
    return Refused<v1::IncidentService>(
        &v1::IncidentService::Stub::CreateIncident,
        absl::StrCat("incident { vendor: 'vendors/cleo' title: 'T' ", incident, " }"), code, field);
  }

  grpc::Status Vendor(const v1::CreateVendorRequest& request) {
    v1::Vendor vendor;
    return server_.Call<v1::VendorService>(&v1::VendorService::Stub::CreateVendor, request,
                                           &vendor);
  }

  static v1::CreateVendorRequest Acme() {
    return Parse<v1::CreateVendorRequest>(
        "vendor_id: 'acme' vendor { legal_name: 'Acme' kind: VENDOR_KIND_OPERATOR }");
  }

  TestServer server_;
};

constexpr char kElement[] = "elements { data_element: 'dataElements/student.name' } ";
constexpr char kStudents[] = "population { subject: SUBJECT_KIND_STUDENT } ";
constexpr char kStart[] = "start_date { year: 2020 month: 1 day: 1 } ";

TEST_F(BadInputTest, UnknownIds) {
  Refused<v1::VendorService>(&v1::VendorService::Stub::GetVendor, "name: 'vendors/none'",
                             StatusCode::NOT_FOUND);
  Refused<v1::ShareService>(
      &v1::ShareService::Stub::CreateShare,
      absl::StrCat("parent: 'vendors/none' share { ", kElement, kStudents, kStart, "}"),
      StatusCode::NOT_FOUND);
  Share(absl::StrCat(kStudents, kStart, "elements { data_element: 'dataElements/none' }"),
        StatusCode::FAILED_PRECONDITION);
  Share(absl::StrCat(kElement, kStudents, kStart, "product: 'vendors/cleo/products/none'"),
        StatusCode::FAILED_PRECONDITION);
  Share(absl::StrCat(kElement, kStudents, kStart, "contract: 'vendors/cleo/contracts/none'"),
        StatusCode::FAILED_PRECONDITION);
  Share(absl::StrCat(kElement, kStart,
                     "population { subject: SUBJECT_KIND_STUDENT schools: 'schools/none' }"),
        StatusCode::FAILED_PRECONDITION);
  Refused<v1::CaseService>(&v1::CaseService::Stub::GetCase, "name: 'cases/none'",
                           StatusCode::NOT_FOUND);
  Refused<v1::CaseService>(&v1::CaseService::Stub::GetNotice, "name: 'cases/none/notices/1'",
                           StatusCode::NOT_FOUND);
  Refused<v1::RosterService>(&v1::RosterService::Stub::GetPerson, "name: 'people/999'",
                             StatusCode::NOT_FOUND);
  Refused<v1::RosterService>(&v1::RosterService::Stub::GetRosterImport, "name: 'rosterImports/999'",
                             StatusCode::NOT_FOUND);
}

TEST_F(BadInputTest, MalformedNames) {
  for (const std::string name :
       {"vendors", "vendors/", "/vendors/cleo", "vendors/cleo/", "vendors/cleo/products", "cleo",
        "vendors/../cleo", "vendors/Cleo Inc", "people/1", "vendors/-"}) {
    Refused<v1::VendorService>(&v1::VendorService::Stub::GetVendor,
                               absl::StrCat("name: '", name, "'"), StatusCode::INVALID_ARGUMENT,
                               "name");
  }
  for (const std::string name : {"people/", "people/x", "people/1.5", "people/1/2",
                                 "people/99999999999999999999", "person/1"}) {
    Refused<v1::RosterService>(&v1::RosterService::Stub::GetPerson,
                               absl::StrCat("name: '", name, "'"), StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(BadInputTest, MalformedDates) {
  for (const std::string date :
       {"year: 2025 month: 2 day: 29", "year: 2025 month: 13 day: 1", "year: 2025 month: 4 day: 31",
        "year: 2025", "year: 2025 month: 5", "month: 5 day: 1", "", "year: -1 month: 1 day: 1",
        "year: 1899 month: 12 day: 31", "year: 2201 month: 1 day: 1",
        "year: 2147483647 month: 2147483647 day: 2147483647"}) {
    Incident("window_start_date { " + date + " }", StatusCode::INVALID_ARGUMENT,
             "incident.window_start_date");
    Share(absl::StrCat(kElement, kStudents, "start_date { ", date, " }"),
          StatusCode::INVALID_ARGUMENT, "share.start_date");
  }
}

TEST_F(BadInputTest, PeriodsThatEndBeforeTheyStart) {
  Incident(
      "window_start_date { year: 2025 month: 2 day: 2 } "
      "window_end_date { year: 2025 month: 2 day: 1 }",
      StatusCode::INVALID_ARGUMENT, "incident.window_end_date");
  Share(absl::StrCat(kElement, kStudents, kStart, "end_date { year: 2019 month: 12 day: 31 }"),
        StatusCode::INVALID_ARGUMENT, "share.end_date");
  Share(absl::StrCat(kElement, kStart,
                     "population { subject: SUBJECT_KIND_STUDENT "
                     "from_date { year: 2020 month: 5 day: 2 } "
                     "to_date { year: 2020 month: 5 day: 1 } }"),
        StatusCode::INVALID_ARGUMENT, "share.population.to_date");
  Refused<v1::ContractService>(
      &v1::ContractService::Stub::CreateContract,
      "parent: 'vendors/cleo' contract { form: CONTRACT_FORM_CUSTOM "
      "signed_date { year: 2020 month: 1 day: 1 } effective_date { year: 2020 month: 1 day: 2 } "
      "expiry_date { year: 2020 month: 1 day: 1 } }",
      StatusCode::INVALID_ARGUMENT);
}

TEST_F(BadInputTest, SharesOfContractsThatEnded) {
  v1::Contract contract;
  ASSERT_TRUE(
      server_
          .Call<v1::ContractService>(&v1::ContractService::Stub::TerminateContract,
                                     Parse<v1::TerminateContractRequest>(
                                         "name: 'vendors/cleo/contracts/main' "
                                         "termination_date { year: 2024 month: 6 day: 30 }"),
                                     &contract)
          .ok());
  const std::string share =
      absl::StrCat(kElement, kStudents, "contract: 'vendors/cleo/contracts/main' ");
  const grpc::Status status =
      Share(share + "start_date { year: 2024 month: 7 day: 1 }", StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "CONTRACT_ENDED");
  v1::Share kept;
  EXPECT_TRUE(server_
                  .Call<v1::ShareService>(&v1::ShareService::Stub::CreateShare,
                                          Parse<v1::CreateShareRequest>(absl::StrCat(
                                              "parent: 'vendors/cleo' share { ", share,
                                              "start_date { year: 2024 month: 6 day: 30 } }")),
                                          &kept)
                  .ok());
}

TEST_F(BadInputTest, DuplicateIds) {
  v1::CreateVendorRequest again = Acme();
  again.set_vendor_id("cleo");
  EXPECT_EQ(Vendor(again).error_code(), StatusCode::ALREADY_EXISTS);
  Refused<v1::ShareService>(&v1::ShareService::Stub::CreateShare,
                            absl::StrCat("parent: 'vendors/cleo' share_id: 'tasks' share { ",
                                         kElement, kStudents, kStart, "}"),
                            StatusCode::ALREADY_EXISTS);
  Share(absl::StrCat(kElement, kElement, kStudents, kStart), StatusCode::INVALID_ARGUMENT,
        "share.elements[1].data_element");
  Refused<v1::IncidentService>(
      &v1::IncidentService::Stub::CreateIncident,
      "incident_id: 'breach' incident { vendor: 'vendors/cleo' title: 'T' }",
      StatusCode::ALREADY_EXISTS);
}

TEST_F(BadInputTest, ElementsOfOtherPeopleThanThePopulation) {
  Share(absl::StrCat(kStudents, kStart, "elements { data_element: 'dataElements/staff.name' }"),
        StatusCode::INVALID_ARGUMENT, "share.elements[0].data_element");
  Share(absl::StrCat(kElement, kStart, "population { subject: SUBJECT_KIND_GUARDIAN }"),
        StatusCode::INVALID_ARGUMENT, "share.population.subject");
}

TEST_F(BadInputTest, MissingFieldsAreNamedAllAtOnce) {
  const grpc::Status status = Share("", StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(
      DetailsOf(status).fields,
      ::testing::UnorderedElementsAre("share.elements", "share.population", "share.start_date"));
}

TEST_F(BadInputTest, TextsThatAreTooLong) {
  const Dump before = server_.reg().Tables();
  v1::CreateVendorRequest request = Acme();
  // Larger than a message may be.
  request.mutable_vendor()->set_note(std::string(10 << 20, 'x'));
  grpc::Status status = Vendor(request);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  // Just below that.
  request.mutable_vendor()->set_note(std::string((4 << 20) - 1024, 'x'));
  status = Vendor(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, Contains("vendor.note"));
  EXPECT_LT(status.error_message().size() + status.error_details().size(), 8000U);
  request.mutable_vendor()->set_note(std::string(20'001, 'x'));
  EXPECT_EQ(Vendor(request).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(server_.reg().Tables() == before);
  request.mutable_vendor()->set_note(std::string(20'000, 'x'));
  EXPECT_TRUE(Vendor(request).ok());
}

// An update says what changes; what is required must be there afterwards.
TEST_F(BadInputTest, AnUpdateNeedsNoMoreThanWhatItChanges) {
  v1::UpdateVendorRequest request;
  request.mutable_vendor()->set_name("vendors/cleo");
  request.mutable_vendor()->set_note("changed");
  request.mutable_update_mask()->add_paths("note");
  v1::Vendor vendor;
  const auto update = [&] {
    return server_.Call<v1::VendorService>(&v1::VendorService::Stub::UpdateVendor, request,
                                           &vendor);
  };
  EXPECT_TRUE(update().ok());
  EXPECT_EQ(vendor.note(), "changed");
  EXPECT_EQ(vendor.legal_name(), "Cleo LLC");
  request.mutable_update_mask()->add_paths("legal_name");
  const grpc::Status emptied = update();
  EXPECT_EQ(emptied.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(emptied).fields, Contains("vendor.legal_name"));
}

TEST_F(BadInputTest, ListsThatAreTooLong) {
  v1::RecordNoticesSentRequest request;
  request.set_name("cases/cleo");
  *request.mutable_sent_date() = DateOf(2025, 2, 18);
  for (int i = 0; i < 100'001; ++i) request.add_people("people/1");
  v1::RecordNoticesSentResponse response;
  const grpc::Status status =
      server_.Call<v1::CaseService>(&v1::CaseService::Stub::RecordNoticesSent, request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, Contains("people"));
}

TEST_F(BadInputTest, NulBytes) {
  v1::CreateVendorRequest request = Acme();
  request.mutable_vendor()->set_legal_name(std::string("Ac\0me", 5));
  grpc::Status status = Vendor(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, Contains("vendor.legal_name"));
  v1::GetVendorRequest get;
  get.set_name(std::string("vendors/cleo\0", 13));
  v1::Vendor vendor;
  EXPECT_EQ(server_.Call<v1::VendorService>(&v1::VendorService::Stub::GetVendor, get, &vendor)
                .error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(BadInputTest, InvalidUtf8) {
  const Dump before = server_.reg().Tables();
  const auto* create =
      v1::Vendor::descriptor()->file()->service(0)->FindMethodByName("CreateVendor");
  std::string bytes = Acme().SerializeAsString();
  ASSERT_TRUE(RawCall(server_.channel(), PathOf(*create), Acme().SerializeAsString()).ok());
  v1::CreateVendorRequest other = Acme();
  other.set_vendor_id("other");
  bytes = other.SerializeAsString();
  for (const std::string bad : {"\xff\xfe\xfd\xfc", "\xc0\x80zz", "\xed\xa0\x80z", "abc\xe2"}) {
    std::string broken = bytes;
    broken.replace(broken.find("Acme"), 4, bad);
    const grpc::Status status = RawCall(server_.channel(), PathOf(*create), broken);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.error_code(), StatusCode::ALREADY_EXISTS);
  }
  EXPECT_EQ(server_.reg().Tables()["vendor"].size(), before.at("vendor").size() + 1);
}

TEST_F(BadInputTest, UnknownEnumNumbers) {
  v1::CreateVendorRequest request = Acme();
  request.mutable_vendor()->set_kind(static_cast<v1::VendorKind>(99));
  grpc::Status status = Vendor(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, Contains("vendor.kind"));
  request.mutable_vendor()->set_kind(static_cast<v1::VendorKind>(-1));
  EXPECT_EQ(Vendor(request).error_code(), StatusCode::INVALID_ARGUMENT);
  Share(absl::StrCat(kElement, kStart, "population { subject: 7 }"), StatusCode::INVALID_ARGUMENT,
        "share.population.subject");
}

TEST_F(BadInputTest, RequestIdsThatAreNoUuids) {
  for (const std::string id :
       {"1", "00000000-0000-4000-8000-00000000000g", "{00000000-0000-4000-8000-000000000001}"}) {
    v1::CreateVendorRequest request = Acme();
    request.set_request_id(id);
    const grpc::Status status = Vendor(request);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(DetailsOf(status).fields, Contains("request_id"));
  }
}

TEST_F(BadInputTest, PageSizesAndTokens) {
  for (const char* id : {"a", "b", "c"}) {
    v1::CreateVendorRequest request = Acme();
    request.set_vendor_id(id);
    ASSERT_TRUE(Vendor(request).ok());
  }
  Refused<v1::VendorService>(&v1::VendorService::Stub::ListVendors, "page_size: -1",
                             StatusCode::INVALID_ARGUMENT, "page_size");
  for (const std::string token : {"x", "AAAA", "!!!!", "Zm9yZWlnbg=="}) {
    Refused<v1::VendorService>(&v1::VendorService::Stub::ListVendors,
                               absl::StrCat("page_token: '", token, "'"),
                               StatusCode::INVALID_ARGUMENT, "page_token");
    Refused<v1::RosterService>(&v1::RosterService::Stub::ListPeople,
                               absl::StrCat("page_token: '", token, "'"),
                               StatusCode::INVALID_ARGUMENT, "page_token");
  }
  v1::ListVendorsResponse page;
  ASSERT_TRUE(server_
                  .Call<v1::VendorService>(&v1::VendorService::Stub::ListVendors,
                                           Parse<v1::ListVendorsRequest>("page_size: 1"), &page)
                  .ok());
  ASSERT_NE(page.next_page_token(), "");
  // A token of another list, and of the same list with one byte changed.
  Refused<v1::RosterService>(&v1::RosterService::Stub::ListPeople,
                             absl::StrCat("page_token: '", page.next_page_token(), "'"),
                             StatusCode::INVALID_ARGUMENT, "page_token");
  Refused<v1::ShareService>(
      &v1::ShareService::Stub::ListShares,
      absl::StrCat("parent: 'vendors/cleo' page_token: '", page.next_page_token(), "'"),
      StatusCode::INVALID_ARGUMENT, "page_token");
  // More than the largest page is taken as the largest.
  ASSERT_TRUE(server_
                  .Call<v1::VendorService>(&v1::VendorService::Stub::ListVendors,
                                           Parse<v1::ListVendorsRequest>("page_size: 2147483647"),
                                           &page)
                  .ok());
  EXPECT_EQ(page.vendors_size(), 4);
}

}  // namespace
}  // namespace rollcall::testing
