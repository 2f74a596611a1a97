// Rules of shares.

#include "absl/strings/str_cat.h"
#include "storage/roster_store.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

constexpr char kElement[] = "elements { data_element: 'dataElements/student.test_name' } ";
constexpr char kStudents[] = "population { subject: SUBJECT_KIND_STUDENT } ";
constexpr char kStart[] = "start_date { year: 2024 month: 1 day: 1 } ";

class ShareTest : public RegistryTest {
 protected:
  absl::StatusOr<v1::Share> Add(const std::string& text, const std::string& id = "") {
    return Create<v1::Share>("vendors/acme", id, text);
  }
  // A right share for students with further filters.
  absl::StatusOr<v1::Share> AddFor(const std::string& filters) {
    return Add(absl::StrCat(kElement, kStart, "population { subject: SUBJECT_KIND_STUDENT ",
                            filters, " }"));
  }
  // A right share with something more.
  absl::StatusOr<v1::Share> AddWith(const std::string& more) {
    return Add(absl::StrCat(kElement, kStudents, kStart, more));
  }
};

auto UnknownReference() {
  return IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN");
}

TEST_F(ShareTest, AShareSaysWhetherAContractCoversIt) {
  RC_ASSERT_OK(Create<v1::Contract>("vendors/acme", "c", "form: CONTRACT_FORM_CUSTOM"));
  const auto outside = AddWith("");
  RC_ASSERT_OK(outside);
  EXPECT_TRUE(outside->outside_contract());
  const auto inside = AddWith("contract: 'vendors/acme/contracts/c' outside_contract: true");
  RC_ASSERT_OK(inside);
  EXPECT_FALSE(inside->outside_contract());
}

TEST_F(ShareTest, AShareNeedsElementsAPopulationAndAFirstDay) {
  EXPECT_EQ(Add(absl::StrCat(kStudents, kStart)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Add(absl::StrCat(kElement, kStart)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Add(absl::StrCat(kElement, kStudents)).status().code(),
            absl::StatusCode::kInvalidArgument);
  RC_EXPECT_OK(AddWith(""));
}

TEST_F(ShareTest, AnElementStandsOnceAndIsKnown) {
  EXPECT_THAT(AddWith(kElement), IsInvalidField("share.elements[1].data_element"));
  EXPECT_THAT(AddWith("elements { data_element: 'dataElements/student.unknown' }"),
              UnknownReference());
  EXPECT_THAT(AddWith("elements { data_element: 'vendors/acme' }"), UnknownReference());
}

TEST_F(ShareTest, ElementsBelongToTheRecordsOfThePopulation) {
  RC_EXPECT_OK(AddWith("elements { data_element: 'dataElements/guardian.test_phone' }"));
  EXPECT_THAT(AddWith("elements { data_element: 'dataElements/staff.test_name' }"),
              IsInvalidField("share.elements[1].data_element"));
  const std::string staff = "population { subject: SUBJECT_KIND_STAFF } ";
  RC_EXPECT_OK(Add(
      absl::StrCat(staff, kStart, "elements { data_element: 'dataElements/staff.test_name' }")));
  EXPECT_THAT(Add(absl::StrCat(staff, kStart, kElement)),
              IsInvalidField("share.elements[0].data_element"));
}

TEST_F(ShareTest, MoreThanFiveHundredElementsAreRefused) {
  std::string text;
  for (int i = 0; i < 501; ++i) {
    absl::StrAppend(&text, "elements { data_element: 'dataElements/student.e", i, "' } ");
  }
  EXPECT_THAT(Add(absl::StrCat(text, kStudents, kStart)), IsInvalidField("share.elements"));
}

TEST_F(ShareTest, APopulationIsStudentsOrStaff) {
  for (const char* subject : {"GUARDIAN", "UNSPECIFIED"}) {
    EXPECT_THAT(
        Add(absl::StrCat(kElement, kStart, "population { subject: SUBJECT_KIND_", subject, " }")),
        IsInvalidField("share.population.subject"))
        << subject;
  }
}

TEST_F(ShareTest, SchoolYearsAreTheYearInWhichTheyEnd) {
  RC_EXPECT_OK(AddFor("school_years: 1901 school_years: 2200"));
  for (const int year : {0, 18, 1900, 2201, -2018}) {
    EXPECT_THAT(AddFor(absl::StrCat("school_years: 2018 school_years: ", year)),
                IsInvalidField("share.population.school_years[1]"))
        << year;
  }
}

TEST_F(ShareTest, DaysAreInOrder) {
  EXPECT_THAT(AddWith("end_date { year: 2023 month: 12 day: 31 }"),
              IsInvalidField("share.end_date"));
  RC_EXPECT_OK(AddWith("end_date { year: 2024 month: 1 day: 1 }"));
  const std::string from = "from_date { year: 2024 month: 2 day: 29 } ";
  EXPECT_THAT(AddFor(from + "to_date { year: 2024 month: 2 day: 28 }"),
              IsInvalidField("share.population.to_date"));
  RC_EXPECT_OK(AddFor(from + "to_date { year: 2024 month: 2 day: 29 }"));
  RC_EXPECT_OK(AddFor(from));
}

TEST_F(ShareTest, SchoolsAreInTheRoster) {
  RC_ASSERT_OK(Write([](WriteTx& tx) {
    return InsertSchool(tx, {1, "schools/lane", "s", "Lane"});
  }));
  RC_EXPECT_OK(AddFor("schools: 'schools/lane'"));
  EXPECT_THAT(AddFor("schools: 'schools/lane' schools: 'schools/Lane'"), UnknownReference());
}

TEST_F(ShareTest, ProductAndContractAreOfTheSameVendorAndExist) {
  RC_ASSERT_OK(Create<v1::Contract>("vendors/other", "c", "form: CONTRACT_FORM_CUSTOM"));
  RC_EXPECT_OK(AddWith("product: 'vendors/acme/products/app'"));
  EXPECT_THAT(AddWith("product: 'vendors/other/products/app'"), IsInvalidField("share.product"));
  EXPECT_THAT(AddWith("product: 'vendors/acme/products/none'"), UnknownReference());
  EXPECT_THAT(AddWith("contract: 'vendors/other/contracts/c'"), IsInvalidField("share.contract"));
  EXPECT_THAT(AddWith("contract: 'vendors/acme/contracts/none'"), UnknownReference());
  EXPECT_THAT(AddWith("contract: 'vendors/acme/products/app'"), UnknownReference());
}

TEST_F(ShareTest, AShareCannotBeginAfterItsContractHasEnded) {
  RC_ASSERT_OK(Create<v1::Contract>("vendors/acme", "c",
                                    "form: CONTRACT_FORM_CUSTOM "
                                    "signed_date { year: 2023 month: 1 day: 1 } "
                                    "expiry_date { year: 2024 month: 1 day: 1 } "
                                    "termination_date { year: 2023 month: 12 day: 31 }"));
  const std::string share =
      absl::StrCat(kElement, kStudents, "contract: 'vendors/acme/contracts/c' ");
  EXPECT_THAT(Add(share + kStart),
              IsError(absl::StatusCode::kFailedPrecondition, "CONTRACT_ENDED"));
  RC_EXPECT_OK(Add(share + "start_date { year: 2023 month: 12 day: 31 }"));
  RC_EXPECT_OK(Add(share + "start_date { year: 2022 month: 1 day: 1 }"));
}

TEST_F(ShareTest, TheRulesHoldForUpdatesToo) {
  RC_ASSERT_OK(Add(absl::StrCat(kElement, kStudents, kStart), "s"));
  EXPECT_THAT(Update<v1::Share>("name: 'vendors/acme/shares/s' "
                                "end_date { year: 2023 month: 1 day: 1 }"),
              IsInvalidField("share.end_date"));
  EXPECT_EQ(Update<v1::Share>("name: 'vendors/acme/shares/s'", "elements").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Update<v1::Share>("name: 'vendors/acme/shares/s' "
                                "population { subject: SUBJECT_KIND_STAFF }",
                                "population"),
              IsInvalidField("share.elements[0].data_element"));
  EXPECT_FALSE(Get<v1::Share>("vendors/acme/shares/s")->has_end_date());
}

TEST_F(ShareTest, SharesAreListedByElementAndOutsideAnyContract) {
  RC_ASSERT_OK(Create<v1::Contract>("vendors/acme", "c", "form: CONTRACT_FORM_CUSTOM"));
  RC_ASSERT_OK(Add(
      absl::StrCat(kElement, kStudents, kStart, "contract: 'vendors/acme/contracts/c'"), "inside"));
  RC_ASSERT_OK(Add(absl::StrCat(kStudents, kStart,
                                "elements { data_element: 'dataElements/guardian.test_phone' }"),
                   "outside"));
  v1::ListSharesRequest request;
  request.set_parent("vendors/-");
  const auto names = [&] {
    std::vector<std::string> found;
    const auto response = List<v1::ListSharesResponse>(Shares(), request);
    RC_EXPECT_OK(response);
    for (const v1::Share& share : response->shares()) found.push_back(share.name());
    return found;
  };
  EXPECT_EQ(names().size(), 2U);
  request.set_data_element("dataElements/student.test_name");
  EXPECT_EQ(names(), std::vector<std::string>{"vendors/acme/shares/inside"});
  request.set_outside_contract_only(true);
  EXPECT_TRUE(names().empty());
  request.clear_data_element();
  EXPECT_EQ(names(), std::vector<std::string>{"vendors/acme/shares/outside"});
}

}  // namespace
}  // namespace rollcall::registry
