// The standard methods: names, etags, masks, pages.

#include "absl/strings/str_cat.h"
#include "server/registry/page_token.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

constexpr char kVendor[] = "legal_name: 'New' kind: VENDOR_KIND_OPERATOR ";

TEST_F(RegistryTest, IdsHaveOneForm) {
  for (const std::string& id :
       {std::string("a"), std::string("7"), std::string("a-b.c_d9"), std::string(64, 'x')}) {
    RC_EXPECT_OK(Create<v1::Vendor>("", id, kVendor)) << id;
  }
  for (const std::string& id :
       {std::string("A"), std::string("-a"), std::string("a-"), std::string("a b"),
        std::string("a/b"), std::string("a%"), std::string("\xC3\xA9"), std::string("."),
        std::string("_a"), std::string(65, 'x')}) {
    EXPECT_THAT(Create<v1::Vendor>("", id, kVendor), IsInvalidField("vendor_id")) << id;
  }
}

TEST_F(RegistryTest, AnEmptyIdIsChosenByTheServer) {
  const auto first = Create<v1::Vendor>("", "", kVendor);
  const auto second = Create<v1::Vendor>("", "", kVendor);
  RC_ASSERT_OK(first);
  RC_ASSERT_OK(second);
  EXPECT_EQ(first->name(), "vendors/id00000000000001");
  EXPECT_EQ(second->name(), "vendors/id00000000000002");
}

TEST_F(RegistryTest, ANewRecordIgnoresWhatOnlyTheServerSays) {
  const auto vendor =
      Create<v1::Vendor>("", "v",
                         absl::StrCat(kVendor,
                                      "name: 'vendors/else' etag: 'e' revision: 99 "
                                      "create_time { seconds: 1 } update_time { seconds: 1 }"));
  RC_ASSERT_OK(vendor);
  EXPECT_EQ(vendor->name(), "vendors/v");
  EXPECT_EQ(vendor->revision(), Revision());
  EXPECT_NE(vendor->etag(), "e");
  EXPECT_NE(vendor->create_time().seconds(), 1);
}

TEST_F(RegistryTest, AnIdIsTakenOnceAndFreeAgainAfterADelete) {
  RC_ASSERT_OK(Create<v1::Vendor>("", "v", kVendor));
  EXPECT_THAT(Create<v1::Vendor>("", "v", kVendor),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  RC_ASSERT_OK(Delete<v1::Vendor>("vendors/v"));
  RC_EXPECT_OK(Create<v1::Vendor>("", "v", kVendor));
}

TEST_F(RegistryTest, AParentIsThereAndIsOne) {
  const std::string product = "display_name: 'P'";
  EXPECT_THAT(Create<v1::Product>("vendors/none", "p", product),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  for (const char* parent : {"vendors/-", "", "vendors", "vendors/", "vendors/acme/products/app",
                             "contracts/acme", "vendors/A"}) {
    EXPECT_THAT(Create<v1::Product>(parent, "p", product), IsInvalidField("parent")) << parent;
  }
}

TEST_F(RegistryTest, NamesHaveTheFormOfTheirCollection) {
  for (const char* name : {"", "vendors", "vendors/", "vendors/acme/", "vendors/ACME",
                           "vendors/acme/products/app", "products/acme", "/vendors/acme"}) {
    EXPECT_THAT(Get<v1::Vendor>(name), IsInvalidField("name")) << name;
    EXPECT_THAT(Delete<v1::Vendor>(name), IsInvalidField("name")) << name;
    EXPECT_THAT(Update<v1::Vendor>(absl::StrCat("name: '", name, "' note: 'x'")),
                IsInvalidField("vendor.name"))
        << name;
  }
  EXPECT_THAT(Get<v1::Vendor>("vendors/none"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/none"),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Update<v1::Vendor>("name: 'vendors/none' note: 'x'"),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(RegistryTest, AnOldEtagIsRefusedAndTheCurrentOneTaken) {
  const auto first = Create<v1::Vendor>("", "v", kVendor);
  RC_ASSERT_OK(first);
  const auto second = Update<v1::Vendor>("name: 'vendors/v' note: 'second'");
  RC_ASSERT_OK(second);
  ASSERT_NE(first->etag(), second->etag());
  const auto mismatch = IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH");
  const auto update = [&](const std::string& etag, const std::string& note) {
    return Update<v1::Vendor>(
        absl::StrCat("name: 'vendors/v' etag: '", etag, "' note: '", note, "'"));
  };
  EXPECT_THAT(update(first->etag(), "lost"), mismatch);
  EXPECT_THAT(Delete<v1::Vendor>("vendors/v", first->etag()), mismatch);
  const auto third = update(second->etag(), "third");
  RC_ASSERT_OK(third);
  EXPECT_EQ(third->note(), "third");
  RC_EXPECT_OK(Delete<v1::Vendor>("vendors/v", third->etag()));
}

class MaskTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    const auto vendor = Create<v1::Vendor>(
        "", "v",
        "legal_name: 'Old' kind: VENDOR_KIND_OPERATOR aliases: 'a' aliases: 'b' note: 'old' "
        "website: 'w' business_address { lines: '1' city: 'Chicago' state: 'IL' }");
    RC_ASSERT_OK(vendor);
    vendor_ = *vendor;
  }
  v1::Vendor vendor_;
};

TEST_F(MaskTest, WithoutAMaskEveryFieldThatIsSetIsWritten) {
  const auto changed = Update<v1::Vendor>("name: 'vendors/v' note: 'new' aliases: 'c'");
  RC_ASSERT_OK(changed);
  EXPECT_EQ(changed->note(), "new");
  EXPECT_EQ(changed->legal_name(), "Old");
  EXPECT_EQ(changed->website(), "w");
  ASSERT_EQ(changed->aliases_size(), 1);
  EXPECT_EQ(changed->aliases(0), "c");
}

TEST_F(MaskTest, AMaskWritesItsFieldsAlsoWhenTheyAreEmpty) {
  const auto changed =
      Update<v1::Vendor>("name: 'vendors/v' legal_name: 'ignored'", "note,aliases");
  RC_ASSERT_OK(changed);
  EXPECT_EQ(changed->note(), "");
  EXPECT_EQ(changed->aliases_size(), 0);
  EXPECT_EQ(changed->legal_name(), "Old");
}

TEST_F(MaskTest, AStarReplacesTheWholeRecord) {
  const auto changed =
      Update<v1::Vendor>("name: 'vendors/v' legal_name: 'New' kind: VENDOR_KIND_AGENCY", "*");
  RC_ASSERT_OK(changed);
  EXPECT_EQ(changed->legal_name(), "New");
  EXPECT_EQ(changed->note(), "");
  EXPECT_EQ(changed->aliases_size(), 0);
  EXPECT_FALSE(changed->business_address().lines_size() > 0);
  EXPECT_EQ(changed->name(), "vendors/v");
  EXPECT_EQ(changed->create_time().seconds(), vendor_.create_time().seconds());
}

TEST_F(MaskTest, APathGoesIntoAStructure) {
  const auto changed =
      Update<v1::Vendor>("name: 'vendors/v' business_address { city: 'Peoria' state: 'ignored' }",
                         "business_address.city");
  RC_ASSERT_OK(changed);
  EXPECT_EQ(changed->business_address().city(), "Peoria");
  EXPECT_EQ(changed->business_address().state(), "IL");
  EXPECT_EQ(changed->business_address().lines_size(), 1);
}

TEST_F(MaskTest, AStructureThatIsNamedIsReplacedWhole) {
  const auto changed = Update<v1::Vendor>("name: 'vendors/v' business_address { city: 'Peoria' }",
                                          "business_address");
  RC_ASSERT_OK(changed);
  EXPECT_EQ(changed->business_address().city(), "Peoria");
  EXPECT_EQ(changed->business_address().state(), "");
  EXPECT_EQ(changed->business_address().lines_size(), 0);
}

TEST_F(MaskTest, APathThatIsNoFieldIsRefused) {
  for (const char* mask :
       {"colour", "note,colour", "business_address.colour", "note.x", "*,note", "Note"}) {
    EXPECT_THAT(Update<v1::Vendor>("name: 'vendors/v' note: 'x'", mask),
                IsInvalidField("update_mask"))
        << mask;
  }
}

TEST_F(MaskTest, WhatOnlyTheServerSaysIsIgnored) {
  const std::int64_t before = Revision();
  const auto same = Update<v1::Vendor>("name: 'vendors/v' revision: 99 create_time { seconds: 1 }",
                                       "revision,create_time,etag,name");
  RC_ASSERT_OK(same);
  EXPECT_EQ(same->etag(), vendor_.etag());
  EXPECT_EQ(same->revision(), vendor_.revision());
  EXPECT_EQ(Revision(), before);
}

TEST_F(MaskTest, AnUpdateThatChangesNothingLeavesNoRevision) {
  const std::int64_t before = Revision();
  const auto same = Update<v1::Vendor>("name: 'vendors/v' note: 'old'");
  RC_ASSERT_OK(same);
  EXPECT_EQ(same->etag(), vendor_.etag());
  EXPECT_EQ(Revision(), before);
}

TEST_F(MaskTest, ARequiredFieldCannotBeEmptied) {
  EXPECT_THAT(Update<v1::Vendor>("name: 'vendors/v'", "legal_name"),
              IsInvalidField("vendor.legal_name"));
  EXPECT_EQ(Get<v1::Vendor>("vendors/v")->legal_name(), "Old");
}

class PageTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    for (int i = 0; i < 5; ++i) {
      RC_ASSERT_OK(Create<v1::Product>("vendors/acme", absl::StrCat("p", i), "display_name: 'P'"));
    }
    request_.set_parent("vendors/acme");
    request_.set_page_size(2);
  }

  // One page's ids; the request's token moves on.
  absl::StatusOr<std::vector<std::string>> Next() {
    RC_ASSIGN_OR_RETURN(const auto response, List<v1::ListProductsResponse>(Products(), request_));
    request_.set_page_token(response.next_page_token());
    std::vector<std::string> names;
    for (const v1::Product& product : response.products()) names.push_back(product.name());
    return names;
  }

  v1::ListProductsRequest request_;
};

using Names = std::vector<std::string>;

TEST_F(PageTest, PagesFollowEachOtherWithoutGapOrOverlap) {
  Names all;
  int pages = 0;
  do {
    const auto page = Next();
    RC_ASSERT_OK(page);
    EXPECT_LE(page->size(), 2U);
    all.insert(all.end(), page->begin(), page->end());
    ++pages;
  } while (!request_.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(all, (Names{"vendors/acme/products/app", "vendors/acme/products/p0",
                        "vendors/acme/products/p1", "vendors/acme/products/p2",
                        "vendors/acme/products/p3", "vendors/acme/products/p4"}));
}

TEST_F(PageTest, WhatIsMadeAndEndedBetweenPagesDisturbsNoOtherRow) {
  RC_ASSERT_OK(Next());
  RC_ASSERT_OK(Create<v1::Product>("vendors/acme", "a", "display_name: 'before'"));
  RC_ASSERT_OK(Create<v1::Product>("vendors/acme", "p00", "display_name: 'behind'"));
  RC_ASSERT_OK(Delete<v1::Product>("vendors/acme/products/p0"));
  RC_ASSERT_OK(Delete<v1::Product>("vendors/acme/products/p1"));
  EXPECT_EQ(*Next(), (Names{"vendors/acme/products/p00", "vendors/acme/products/p2"}));
}

TEST_F(PageTest, AFullLastPageIsTheLast) {
  request_.set_page_size(6);
  EXPECT_EQ(Next()->size(), 6U);
  EXPECT_EQ(request_.page_token(), "");
}

TEST_F(PageTest, ThePageSizeMayChangeOnTheWay) {
  RC_ASSERT_OK(Next());
  request_.set_page_size(100);
  EXPECT_EQ(Next()->size(), 4U);
  EXPECT_EQ(request_.page_token(), "");
}

TEST_F(PageTest, ATokenOfAnotherQuestionIsRefused) {
  RC_ASSERT_OK(Next());
  v1::ListProductsRequest other_parent = request_;
  other_parent.set_parent("vendors/other");
  EXPECT_THAT(List<v1::ListProductsResponse>(Products(), other_parent),
              IsInvalidField("page_token"));
  v1::ListContactsRequest other_method;
  other_method.set_parent("vendors/acme");
  other_method.set_page_token(request_.page_token());
  EXPECT_THAT(List<v1::ListContactsResponse>(Contacts(), other_method),
              IsInvalidField("page_token"));
}

TEST_F(PageTest, ATokenThatWasTamperedWithIsRefused) {
  RC_ASSERT_OK(Next());
  const std::string token = request_.page_token();
  for (const std::string& bad :
       {std::string("x"), std::string("!!!!"), token + "!", "A" + token.substr(1),
        token.substr(0, 8), std::string("MXww"), std::string(10'000, 'A')}) {
    request_.set_page_token(bad);
    EXPECT_THAT(List<v1::ListProductsResponse>(Products(), request_), IsInvalidField("page_token"))
        << bad;
  }
}

TEST_F(PageTest, ATokenKeepsKeyAndRevision) {
  const PagePosition position = {"a|b|\xC3\xA9", 42};
  request_.set_page_token(MakePageToken(request_, position));
  const auto read = ReadPageToken(request_);
  RC_ASSERT_OK(read);
  EXPECT_EQ(read->key, position.key);
  EXPECT_EQ(read->revision, 42);
}

TEST_F(PageTest, ThePageSizeHasADefaultAndAMaximum) {
  for (const auto& [asked, given] :
       {std::pair(0, 100), std::pair(1, 1), std::pair(1000, 1000), std::pair(1001, 1000)}) {
    request_.set_page_size(asked);
    EXPECT_EQ(PageSize(request_), given);
  }
}

TEST_F(PageTest, ADashStandsForEveryParent) {
  request_.set_parent("vendors/-");
  request_.set_page_size(0);
  EXPECT_EQ(Next()->size(), 7U);
  request_.set_page_size(6);
  RC_ASSERT_OK(Next());
  EXPECT_EQ(*Next(), Names{"vendors/other/products/app"});
  request_.set_parent("vendors/none");
  request_.clear_page_token();
  EXPECT_THAT(Next(), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  for (const char* parent : {"", "-", "vendors", "vendors/-/products/-", "vendors/acme/"}) {
    request_.set_parent(parent);
    EXPECT_THAT(Next(), IsInvalidField("parent")) << parent;
  }
}

TEST_F(PageTest, ADashInAPathStandsForOneSegmentOnly) {
  for (const char* vendor : {"acme", "other"}) {
    for (const char* contract : {"c", "d"}) {
      const std::string parent = absl::StrCat("vendors/", vendor);
      RC_ASSERT_OK(Create<v1::Contract>(parent, contract, "form: CONTRACT_FORM_CUSTOM"));
      RC_ASSERT_OK(Create<v1::Clause>(absl::StrCat(parent, "/contracts/", contract), "x",
                                      "clause_kind: 'clauseKinds/security' "
                                      "status: CLAUSE_STATUS_PRESENT"));
    }
  }
  const auto count = [&](const char* parent) {
    v1::ListClausesRequest request;
    request.set_parent(parent);
    const auto response = List<v1::ListClausesResponse>(Clauses(), request);
    RC_EXPECT_OK(response);
    return response.ok() ? response->clauses_size() : -1;
  };
  EXPECT_EQ(count("vendors/-/contracts/-"), 4);
  EXPECT_EQ(count("vendors/acme/contracts/-"), 2);
  EXPECT_EQ(count("vendors/-/contracts/d"), 2);
  EXPECT_EQ(count("vendors/acme/contracts/d"), 1);
}

TEST_F(PageTest, APageOfLongRecordsIsClosedEarly) {
  const std::string note(300'000, 'x');
  for (int i = 0; i < 8; ++i) {
    RC_ASSERT_OK(Create<v1::Product>("vendors/other", absl::StrCat("long", i),
                                     absl::StrCat("display_name: 'P' purpose: '", note, "'")));
  }
  request_.set_parent("vendors/other");
  request_.set_page_size(1000);
  std::size_t rows = 0;
  int pages = 0;
  do {
    const auto page = Next();
    RC_ASSERT_OK(page);
    EXPECT_LE(page->size(), 5U);
    rows += page->size();
    ++pages;
  } while (!request_.page_token().empty());
  EXPECT_EQ(rows, 9U);
  EXPECT_GE(pages, 2);
}

}  // namespace
}  // namespace rollcall::registry
