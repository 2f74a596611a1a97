// Rules of vendors, products, contacts and documents.

#include "absl/strings/str_cat.h"
#include "rollcall/v1/incident_service.pb.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

constexpr char kVendor[] = "legal_name: 'New' kind: VENDOR_KIND_OPERATOR ";

TEST_F(RegistryTest, AVendorMayHaveFiftyAliasesAndNoMore) {
  std::string text = kVendor;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&text, "aliases: 'alias ", i, "' ");
  RC_EXPECT_OK(Create<v1::Vendor>("", "fifty", text));
  EXPECT_THAT(Create<v1::Vendor>("", "more", text + "aliases: 'one more'"),
              IsInvalidField("vendor.aliases"));
}

TEST_F(RegistryTest, AnAddressHasFourLinesAndACountryCode) {
  const std::string address = absl::StrCat(
      kVendor, "business_address { lines: '1' lines: '2' lines: '3' lines: '4' country: 'US' ");
  RC_EXPECT_OK(Create<v1::Vendor>("", "fits", address + "}"));
  EXPECT_THAT(Create<v1::Vendor>("", "long", address + "lines: '5' }"),
              IsInvalidField("vendor.business_address.lines"));
  EXPECT_THAT(
      Create<v1::Vendor>("", "usa", absl::StrCat(kVendor, "business_address { country: 'USA' }")),
      IsInvalidField("vendor.business_address.country"));
}

TEST_F(RegistryTest, AContactCanBeReached) {
  const std::string head = "role: CONTACT_ROLE_BREACH display_name: 'Desk' ";
  const std::string parent = "vendors/acme";
  EXPECT_THAT(Create<v1::Contact>(parent, "none", head), IsInvalidField("contact.email"));
  EXPECT_THAT(Create<v1::Contact>(parent, "word", head + "email: 'desk'"),
              IsInvalidField("contact.email"));
  EXPECT_THAT(Create<v1::Contact>(parent, "city", head + "address { city: 'Chicago' }"),
              IsInvalidField("contact.email"));
  RC_EXPECT_OK(Create<v1::Contact>(parent, "mail", head + "email: 'desk@acme.example'"));
  RC_EXPECT_OK(Create<v1::Contact>(parent, "phone", head + "phone: '555'"));
  RC_EXPECT_OK(Create<v1::Contact>(parent, "letter", head + "address { lines: '1 Main St' }"));
  EXPECT_THAT(
      Create<v1::Contact>(parent, "where", head + "phone: '555' address { country: 'Narnia' }"),
      IsInvalidField("contact.address.country"));
}

TEST_F(RegistryTest, ADocumentIsNamedByItsDigest) {
  const std::string digest(64, 'a');
  RC_EXPECT_OK(Create<v1::Document>("", digest, "title: 'Signed'"));
  for (const std::string& id : {digest.substr(1), "g" + digest.substr(1), "A" + digest.substr(1),
                                digest + "a", std::string("signed.pdf")}) {
    EXPECT_THAT(Create<v1::Document>("", id, "title: 'Signed'"), IsInvalidField("document_id"))
        << id;
  }
  EXPECT_THAT(Create<v1::Document>("", std::string(64, 'b'), "title: 'x' size_bytes: -1"),
              IsInvalidField("document.size_bytes"));
  EXPECT_THAT(Create<v1::Document>("", "", "title: 'x'"), IsInvalidField("document_id"));
}

TEST_F(RegistryTest, VendorsAreFoundByNameAliasOrIdInAnyCase) {
  RC_ASSERT_OK(Create<v1::Vendor>(
      "", "quux", "legal_name: 'Bright Minds LLC' aliases: 'ReadWell' kind: VENDOR_KIND_OPERATOR"));
  const auto found = [&](const std::string& query) {
    v1::ListVendorsRequest request;
    request.set_query(query);
    const auto response = List<v1::ListVendorsResponse>(Vendors(), request);
    RC_EXPECT_OK(response);
    std::vector<std::string> names;
    for (const v1::Vendor& vendor : response->vendors()) names.push_back(vendor.name());
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(found("").size(), 3U);
  EXPECT_EQ(found("BRIGHT"), Names{"vendors/quux"});
  EXPECT_EQ(found("readwell"), Names{"vendors/quux"});
  EXPECT_EQ(found("QUU"), Names{"vendors/quux"});
  EXPECT_EQ(found("%"), Names{});
  EXPECT_EQ(found("vendors/"), Names{}) << "the collection is no part of the id";
}

TEST_F(RegistryTest, AVendorOnWhomSomethingHangsCannotBeDeleted) {
  const auto in_use = IsError(absl::StatusCode::kFailedPrecondition, "IN_USE");
  EXPECT_THAT(Delete<v1::Vendor>("vendors/acme"), in_use);
  RC_ASSERT_OK(Delete<v1::Product>("vendors/acme/products/app"));

  RC_ASSERT_OK(Create<v1::Contact>("vendors/acme", "c",
                                   "role: CONTACT_ROLE_BREACH display_name: 'x' phone: '1'"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/acme"), in_use);
  RC_ASSERT_OK(Delete<v1::Contact>("vendors/acme/contacts/c"));

  RC_ASSERT_OK(Create<v1::Contract>("vendors/acme", "c", "form: CONTRACT_FORM_CUSTOM"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/acme"), in_use);
  RC_ASSERT_OK(Delete<v1::Contract>("vendors/acme/contracts/c"));

  RC_ASSERT_OK(Create<v1::Share>("vendors/acme", "s",
                                 "elements { data_element: 'dataElements/student.test_name' } "
                                 "population { subject: SUBJECT_KIND_STUDENT } "
                                 "start_date { year: 2024 month: 1 day: 1 }"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/acme"), in_use);
  RC_ASSERT_OK(Delete<v1::Share>("vendors/acme/shares/s"));

  RC_ASSERT_OK(Write([](WriteTx& tx) {
    v1::Incident incident;
    incident.set_name("incidents/i");
    incident.set_vendor("vendors/acme");
    return IncidentTable().Insert(tx, &incident);
  }));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/acme"), in_use);
  RC_ASSERT_OK(Write([](WriteTx& tx) { return IncidentTable().Close(tx, "incidents/i"); }));

  RC_EXPECT_OK(Delete<v1::Vendor>("vendors/acme"));
  EXPECT_THAT(Get<v1::Vendor>("vendors/acme"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(RegistryTest, AProductThatSomethingNamesCannotBeDeleted) {
  const auto in_use = IsError(absl::StatusCode::kFailedPrecondition, "IN_USE");
  const std::string app = "vendors/acme/products/app";
  RC_ASSERT_OK(Create<v1::Contract>("vendors/acme", "c",
                                    "form: CONTRACT_FORM_CUSTOM products: '" + app + "'"));
  EXPECT_THAT(Delete<v1::Product>(app), in_use);
  RC_ASSERT_OK(Delete<v1::Contract>("vendors/acme/contracts/c"));

  RC_ASSERT_OK(
      Create<v1::Share>("vendors/acme", "s",
                        "product: '" + app +
                            "' elements { data_element: 'dataElements/student.test_name' } "
                            "population { subject: SUBJECT_KIND_STUDENT } "
                            "start_date { year: 2024 month: 1 day: 1 }"));
  EXPECT_THAT(Delete<v1::Product>(app), in_use);
  RC_ASSERT_OK(Delete<v1::Share>("vendors/acme/shares/s"));

  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    v1::Incident incident;
    incident.set_name("incidents/i");
    incident.set_vendor("vendors/acme");
    RC_RETURN_IF_ERROR(IncidentTable().Insert(tx, &incident));
    v1::Statement statement;
    statement.set_name("incidents/i/statements/1");
    statement.add_products(app);
    return StatementTable().Insert(tx, &statement);
  }));
  EXPECT_THAT(Delete<v1::Product>(app), in_use);
  RC_EXPECT_OK(Delete<v1::Product>("vendors/other/products/app"));
}

}  // namespace
}  // namespace rollcall::registry
