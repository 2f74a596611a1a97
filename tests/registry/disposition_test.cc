// Rules of dispositions: what a certificate may name.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using ::rollcall::testing::IsError;
using ::rollcall::testing::IsInvalidField;

constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

class DispositionTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    for (const char* vendor : {"acme", "other"}) {
      RC_ASSERT_OK(Create<v1::Share>(absl::StrCat("vendors/", vendor), "s",
                                     "elements { data_element: 'dataElements/student.test_name' } "
                                     "population { subject: SUBJECT_KIND_STUDENT } "
                                     "start_date { year: 2020 month: 6 day: 1 }"));
    }
  }

  absl::StatusOr<v1::Disposition> Certificate(const std::string& more,
                                              const std::string& date = "2024 month: 7 day: 1") {
    return Create<v1::Disposition>("vendors/acme", "",
                                   absl::StrCat("nature: DISPOSITION_NATURE_DESTROYED "
                                                "disposition_date { year: ",
                                                date, " } ", more));
  }
};

TEST_F(DispositionTest, ACertificateWithNothingButADateSpeaksOfEverything) {
  RC_EXPECT_OK(Certificate(""));
  EXPECT_THAT(Create<v1::Disposition>("vendors/acme", "", "nature: DISPOSITION_NATURE_RETURNED"),
              IsInvalidField("disposition.disposition_date"));
  EXPECT_THAT(Create<v1::Disposition>("vendors/acme", "",
                                      "disposition_date { year: 2024 month: 1 day: 1 }"),
              IsInvalidField("disposition.nature"));
}

TEST_F(DispositionTest, ItMayNotBeDatedBeforeAShareThatItNames) {
  const std::string share = "shares: 'vendors/acme/shares/s'";
  EXPECT_THAT(Certificate(share, "2020 month: 5 day: 31"),
              IsInvalidField("disposition.disposition_date"));
  RC_EXPECT_OK(Certificate(share, "2020 month: 6 day: 1"));
  RC_EXPECT_OK(Certificate("", "2020 month: 5 day: 31"));
}

TEST_F(DispositionTest, SharesAreOfTheVendorOrOfOneUpstream) {
  const std::string share = "shares: 'vendors/other/shares/s'";
  EXPECT_THAT(Certificate(share), IsInvalidField("disposition.shares[0]"));
  RC_ASSERT_OK(Create<v1::Vendor>("", "mid", "legal_name: 'M' kind: VENDOR_KIND_OPERATOR"));
  RC_ASSERT_OK(Create<v1::Subprocessor>("vendors/mid", "e", "processor: 'vendors/acme'"));
  EXPECT_THAT(Certificate(share), IsInvalidField("disposition.shares[0]"));
  RC_ASSERT_OK(Create<v1::Subprocessor>("vendors/other", "e", "processor: 'vendors/mid'"));
  RC_EXPECT_OK(Certificate(share));
  // Upstream is one direction only.
  EXPECT_THAT(Create<v1::Disposition>("vendors/other", "",
                                      "nature: DISPOSITION_NATURE_DESTROYED "
                                      "disposition_date { year: 2024 month: 1 day: 1 } "
                                      "shares: 'vendors/acme/shares/s'"),
              IsInvalidField("disposition.shares[0]"));
}

TEST_F(DispositionTest, WhatItNamesMustExistAndStandOnce) {
  EXPECT_THAT(Certificate("shares: 'vendors/acme/shares/none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Certificate("shares: 'vendors/acme/shares/s' shares: 'vendors/acme/shares/s'"),
              IsInvalidField("disposition.shares[1]"));
  EXPECT_THAT(Certificate("products: 'vendors/acme/products/none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Certificate("products: 'vendors/other/products/app'"),
              IsInvalidField("disposition.products[0]"));
  EXPECT_THAT(Certificate("products: 'vendors/acme/products/app' "
                          "products: 'vendors/acme/products/app'"),
              IsInvalidField("disposition.products[1]"));
  EXPECT_THAT(Certificate("data_elements: 'dataElements/student.none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Certificate("data_elements: 'dataElements/student.test_name' "
                          "data_elements: 'dataElements/student.test_name'"),
              IsInvalidField("disposition.data_elements[1]"));
  EXPECT_THAT(Certificate("document: 'documents/none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Certificate("subject: SUBJECT_KIND_GUARDIAN"), IsInvalidField("disposition.subject"));
  RC_EXPECT_OK(
      Certificate("shares: 'vendors/acme/shares/s' products: 'vendors/acme/products/app' "
                  "data_elements: 'dataElements/student.test_name'"));
}

TEST_F(DispositionTest, WhatItNamesCannotBeDeletedUntilItIsTakenBack) {
  const auto made =
      Certificate("shares: 'vendors/acme/shares/s' products: 'vendors/acme/products/app'");
  RC_ASSERT_OK(made);
  EXPECT_THAT(Delete<v1::Share>("vendors/acme/shares/s"), IsError(kPrecondition, "IN_USE"));
  EXPECT_THAT(Delete<v1::Product>("vendors/acme/products/app"), IsError(kPrecondition, "IN_USE"));
  RC_ASSERT_OK(Delete<v1::Disposition>(made->name()));
  RC_EXPECT_OK(Delete<v1::Share>("vendors/acme/shares/s"));
  RC_EXPECT_OK(Delete<v1::Product>("vendors/acme/products/app"));
}

TEST_F(DispositionTest, AVendorWithADispositionCannotBeDeleted) {
  RC_ASSERT_OK(Create<v1::Vendor>("", "v", "legal_name: 'V' kind: VENDOR_KIND_OPERATOR"));
  RC_ASSERT_OK(Create<v1::Disposition>("vendors/v", "d",
                                       "nature: DISPOSITION_NATURE_DESTROYED "
                                       "disposition_date { year: 2024 month: 1 day: 1 }"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/v"), IsError(kPrecondition, "IN_USE"));
  RC_ASSERT_OK(Delete<v1::Disposition>("vendors/v/dispositions/d"));
  RC_EXPECT_OK(Delete<v1::Vendor>("vendors/v"));
}

}  // namespace
}  // namespace rollcall::registry
