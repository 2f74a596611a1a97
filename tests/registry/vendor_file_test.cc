// A vendor in one piece: written, read and written again.

#include "server/registry/vendor_file.h"

#include "absl/strings/str_cat.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

const char* Digest() {
  static const std::string digest(64, 'd');
  return digest.c_str();
}

// A vendor with an amendment whose name stands before that of the contract it amends, and a
// document that both share.
std::string File() {
  return absl::StrCat(R"(
    vendor { name: 'vendors/new' legal_name: 'New Inc.' kind: VENDOR_KIND_OPERATOR }
    contacts { name: 'vendors/new/contacts/desk' role: CONTACT_ROLE_BREACH display_name: 'Desk'
               phone: '555' }
    products { name: 'vendors/new/products/app' display_name: 'App' }
    documents { name: 'documents/)",
                      Digest(), R"(' title: 'Signed' }
    contracts { name: 'vendors/new/contracts/z-first' form: CONTRACT_FORM_IL_NDPA
                signed_date { year: 2023 month: 1 day: 1 } document: 'documents/)",
                      Digest(), R"(' }
    contracts { name: 'vendors/new/contracts/a-second' form: CONTRACT_FORM_IL_NDPA
                signed_date { year: 2024 month: 1 day: 1 } document: 'documents/)",
                      Digest(), R"('
                supersedes: 'vendors/new/contracts/z-first'
                products: 'vendors/new/products/app' }
    clauses { name: 'vendors/new/contracts/z-first/clauses/security'
              clause_kind: 'clauseKinds/security' status: CLAUSE_STATUS_PRESENT }
    shares { name: 'vendors/new/shares/roster' contract: 'vendors/new/contracts/a-second'
             product: 'vendors/new/products/app'
             elements { data_element: 'dataElements/student.test_name' }
             population { subject: SUBJECT_KIND_STUDENT }
             start_date { year: 2024 month: 1 day: 1 } }
    subprocessors { name: 'vendors/new/subprocessors/hosting' processor: 'vendors/acme'
                    data_elements: 'dataElements/student.test_name' }
  )");
}

class VendorFileTest : public RegistryTest {
 protected:
  absl::StatusOr<v1::ApplyVendorFileResponse> Apply(const v1::VendorFile& file) {
    v1::ApplyVendorFileResponse response;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) { return ApplyVendorFile(tx, file, &response); }));
    return response;
  }
  absl::StatusOr<v1::VendorFile> Export(const std::string& vendor) {
    v1::VendorFile file;
    RC_RETURN_IF_ERROR(
        Read([&](ReadTx& tx) { return ExportVendorFile(tx, today_, vendor, &file); }));
    return file;
  }
};

TEST_F(VendorFileTest, MakesWhatIsMissingAndThenNothing) {
  const std::int64_t before = Revision();
  const auto first = Apply(Proto<v1::VendorFile>(File()));
  RC_ASSERT_OK(first);
  EXPECT_EQ(first->created_size(), 9);
  EXPECT_EQ(first->updated_size(), 0);
  EXPECT_EQ(first->unchanged(), 0);
  EXPECT_EQ(first->revision(), before + 1);
  EXPECT_EQ(Revision(), before + 1);
  const auto second = Apply(Proto<v1::VendorFile>(File()));
  RC_ASSERT_OK(second);
  EXPECT_EQ(second->created_size(), 0);
  EXPECT_EQ(second->updated_size(), 0);
  EXPECT_EQ(second->unchanged(), 9);
  EXPECT_EQ(second->revision(), before + 1);
  EXPECT_EQ(Revision(), before + 1);
}

TEST_F(VendorFileTest, ChangesWhatDiffersAndLeavesTheRestAlone) {
  RC_ASSERT_OK(Apply(Proto<v1::VendorFile>(File())));
  auto file = Proto<v1::VendorFile>(File());
  file.mutable_vendor()->set_note("changed");
  file.mutable_vendor()->set_etag("of long ago");
  file.clear_shares();
  const auto response = Apply(file);
  RC_ASSERT_OK(response);
  ASSERT_EQ(response->updated_size(), 1);
  EXPECT_EQ(response->updated(0), "vendors/new");
  EXPECT_EQ(response->unchanged(), 7);
  EXPECT_EQ(Get<v1::Vendor>("vendors/new")->note(), "changed");
  RC_EXPECT_OK(Get<v1::Share>("vendors/new/shares/roster"));
}

TEST_F(VendorFileTest, AFieldThatTheFileLeavesOutIsEmptied) {
  RC_ASSERT_OK(Apply(Proto<v1::VendorFile>(File())));
  auto file = Proto<v1::VendorFile>(File());
  file.mutable_contracts(1)->clear_products();
  const auto response = Apply(file);
  RC_ASSERT_OK(response);
  EXPECT_EQ(response->updated_size(), 1);
  EXPECT_EQ(Get<v1::Contract>("vendors/new/contracts/a-second")->products_size(), 0);
}

TEST_F(VendorFileTest, AnErrorNamesTheEntryAndKeepsNothing) {
  const std::int64_t before = Revision();
  auto file = Proto<v1::VendorFile>(File());
  file.mutable_shares(0)->mutable_elements(0)->set_data_element("dataElements/student.none");
  const auto unknown = Apply(file);
  EXPECT_THAT(unknown, IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_EQ(std::string(unknown.status().message()).rfind("file.shares[0]: ", 0), 0U)
      << unknown.status();

  file = Proto<v1::VendorFile>(File());
  file.mutable_contracts(1)->mutable_expiry_date()->set_year(2000);
  file.mutable_contracts(1)->mutable_expiry_date()->set_month(1);
  file.mutable_contracts(1)->mutable_expiry_date()->set_day(1);
  const auto wrong = Apply(file);
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(wrong.status().message()).rfind("file.contracts[1]", 0), 0U)
      << wrong.status();

  EXPECT_EQ(Revision(), before);
  EXPECT_THAT(Get<v1::Vendor>("vendors/new"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(VendorFileTest, EntriesLieUnderTheVendorAndStandOnce) {
  const auto file = Proto<v1::VendorFile>(File());
  v1::VendorFile foreign = file;
  foreign.mutable_products(0)->set_name("vendors/acme/products/app");
  EXPECT_THAT(Apply(foreign), IsInvalidField("file.products[0].name"));
  foreign = file;
  foreign.mutable_products(0)->set_name("vendors/newer/products/app");
  EXPECT_THAT(Apply(foreign), IsInvalidField("file.products[0].name"));
  v1::VendorFile twice = file;
  *twice.add_products() = file.products(0);
  EXPECT_THAT(Apply(twice), IsInvalidField("file.products[1].name"));
  v1::VendorFile nameless = file;
  nameless.mutable_vendor()->clear_name();
  EXPECT_THAT(Apply(nameless), IsInvalidField("file.vendor.name"));
  v1::VendorFile wrong_form = file;
  wrong_form.mutable_contacts(0)->set_name("vendors/new/products/desk");
  EXPECT_EQ(Apply(wrong_form).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Get<v1::Vendor>("vendors/new"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(VendorFileTest, AClauseNeedsItsContract) {
  auto file = Proto<v1::VendorFile>(File());
  file.mutable_clauses(0)->set_name("vendors/new/contracts/none/clauses/security");
  EXPECT_THAT(Apply(file), IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
}

TEST_F(VendorFileTest, ASubprocessorMustBeInTheRegister) {
  auto file = Proto<v1::VendorFile>(File());
  file.mutable_subprocessors(0)->set_processor("vendors/none");
  EXPECT_THAT(Apply(file), IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Get<v1::Vendor>("vendors/new"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(VendorFileTest, AnExportIsWhatWasAppliedAndAppliesElsewhereUnchanged) {
  RC_ASSERT_OK(Apply(Proto<v1::VendorFile>(File())));
  const auto exported = Export("vendors/new");
  RC_ASSERT_OK(exported);
  ASSERT_EQ(exported->contracts_size(), 2);
  EXPECT_EQ(exported->contracts(0).name(), "vendors/new/contracts/z-first");
  EXPECT_EQ(exported->contracts(0).state(), v1::CONTRACT_STATE_SUPERSEDED);
  EXPECT_EQ(exported->contracts(1).name(), "vendors/new/contracts/a-second");
  EXPECT_EQ(exported->documents_size(), 1) << "two contracts share one document";
  EXPECT_EQ(exported->contacts_size(), 1);
  EXPECT_EQ(exported->products_size(), 1);
  EXPECT_EQ(exported->clauses_size(), 1);
  EXPECT_EQ(exported->shares_size(), 1);
  EXPECT_EQ(exported->subprocessors_size(), 1);

  const auto again = Apply(*exported);
  RC_ASSERT_OK(again);
  EXPECT_EQ(again->unchanged(), 9);
  EXPECT_EQ(again->created_size() + again->updated_size(), 0);

  // The same file, into a register that does not have the vendor.
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(SubprocessorTable().Close(tx, "vendors/new/subprocessors/hosting"));
    RC_RETURN_IF_ERROR(ShareTable().Close(tx, "vendors/new/shares/roster"));
    RC_RETURN_IF_ERROR(ClauseTable().Close(tx, "vendors/new/contracts/z-first/clauses/security"));
    RC_RETURN_IF_ERROR(ContractTable().Close(tx, "vendors/new/contracts/a-second"));
    RC_RETURN_IF_ERROR(ContractTable().Close(tx, "vendors/new/contracts/z-first"));
    RC_RETURN_IF_ERROR(ProductTable().Close(tx, "vendors/new/products/app"));
    RC_RETURN_IF_ERROR(ContactTable().Close(tx, "vendors/new/contacts/desk"));
    return VendorTable().Close(tx, "vendors/new");
  }));
  const auto restored = Apply(*exported);
  RC_ASSERT_OK(restored);
  EXPECT_EQ(restored->created_size(), 8);
  EXPECT_EQ(restored->unchanged(), 1);
}

TEST_F(VendorFileTest, AVendorThatDoesNotExistCannotBeExported) {
  EXPECT_THAT(Export("vendors/none"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Export("none"), IsInvalidField("name"));
}

TEST_F(VendorFileTest, ADryRunAnswersAndKeepsNothing) {
  v1::ApplyVendorFileResponse response;
  const std::int64_t before = Revision();
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(ApplyVendorFile(tx, Proto<v1::VendorFile>(File()), &response));
    tx.Abandon();
    return absl::OkStatus();
  }));
  EXPECT_EQ(response.created_size(), 9);
  EXPECT_EQ(Revision(), before);
}

}  // namespace
}  // namespace rollcall::registry
