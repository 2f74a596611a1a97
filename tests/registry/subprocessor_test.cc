// Rules of subprocessors: what is refused, cycles, how deep an edge goes.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using ::rollcall::testing::IsError;
using ::rollcall::testing::IsInvalidField;

constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

class SubprocessorTest : public RegistryTest {
 protected:
  void AddVendor(const std::string& id) {
    RC_ASSERT_OK(Create<v1::Vendor>("", id, "legal_name: 'V' kind: VENDOR_KIND_OPERATOR"));
  }

  absl::StatusOr<v1::Subprocessor> Edge(const std::string& from, const std::string& to,
                                        const std::string& more = "") {
    return Create<v1::Subprocessor>("vendors/" + from, "",
                                    absl::StrCat("processor: 'vendors/", to, "' ", more));
  }
};

TEST_F(SubprocessorTest, AnEdgeIsKeptWithAllItSays) {
  const std::string text =
      "processor: 'vendors/other' data_elements: 'dataElements/student.test_name' "
      "start_date { year: 2020 month: 1 day: 1 } end_date { year: 2020 month: 1 day: 1 } "
      "purpose: 'hosting' source: 'exhibit B' note: 'n'";
  RC_ASSERT_OK(Create<v1::Subprocessor>("vendors/acme", "host", text));
  const auto read = Get<v1::Subprocessor>("vendors/acme/subprocessors/host");
  RC_ASSERT_OK(read);
  v1::Subprocessor expected = Proto<v1::Subprocessor>(text);
  EXPECT_EQ(read->processor(), expected.processor());
  EXPECT_EQ(read->purpose(), "hosting");
  EXPECT_EQ(read->source(), "exhibit B");
  EXPECT_EQ(read->data_elements_size(), 1);
  EXPECT_EQ(read->depth(), 1);
  EXPECT_EQ(read->end_date().year(), 2020);
}

TEST_F(SubprocessorTest, WrongEdgesAreRefusedAndTellWhy) {
  EXPECT_THAT(Edge("acme", "acme"), IsInvalidField("subprocessor.processor"));
  EXPECT_THAT(Edge("acme", "acme", "allow_cycle: true"), IsInvalidField("subprocessor.processor"));
  EXPECT_THAT(Edge("acme", "nobody"), IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Edge("nobody", "acme"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Edge("acme", "other",
                   "start_date { year: 2020 month: 1 day: 2 } "
                   "end_date { year: 2020 month: 1 day: 1 }"),
              IsInvalidField("subprocessor.end_date"));
  EXPECT_THAT(Edge("acme", "other",
                   "data_elements: 'dataElements/student.test_name' "
                   "data_elements: 'dataElements/student.test_name'"),
              IsInvalidField("subprocessor.data_elements[1]"));
  EXPECT_THAT(Edge("acme", "other", "data_elements: 'dataElements/student.none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Create<v1::Subprocessor>("vendors/acme", "x", ""),
              IsInvalidField("subprocessor.processor"));
}

TEST_F(SubprocessorTest, ACycleIsRefusedWithItsChainUnlessItIsMeant) {
  AddVendor("third");
  RC_ASSERT_OK(Edge("acme", "other"));
  RC_ASSERT_OK(Edge("other", "third"));
  const auto refused = Edge("third", "acme");
  EXPECT_THAT(refused, IsError(kPrecondition, "SUBPROCESSOR_CYCLE"));
  EXPECT_TRUE(absl::StrContains(refused.status().message(),
                                "vendors/third -> vendors/acme -> vendors/other -> vendors/third"))
      << refused.status();
  const auto allowed = Edge("third", "acme", "allow_cycle: true");
  RC_ASSERT_OK(allowed);
  // Acme, other and third, each once.
  EXPECT_EQ(allowed->depth(), 3);
  // An edge of the cycle can still be changed only by saying that the cycle is meant.
  v1::ListSubprocessorsRequest request;
  request.set_parent("vendors/acme");
  const auto list = List<v1::ListSubprocessorsResponse>(Subprocessors(), request);
  RC_ASSERT_OK(list);
  ASSERT_EQ(list->subprocessors_size(), 1);
  EXPECT_EQ(list->subprocessors(0).depth(), 3);
  const std::string name = absl::StrCat("name: '", list->subprocessors(0).name(), "' ");
  EXPECT_THAT(Update<v1::Subprocessor>(name + "note: 'x'"),
              IsError(kPrecondition, "SUBPROCESSOR_CYCLE"));
  RC_EXPECT_OK(Update<v1::Subprocessor>(name + "note: 'x' allow_cycle: true"));
}

TEST_F(SubprocessorTest, AnEndedEdgeMakesNoCycle) {
  RC_ASSERT_OK(Create<v1::Subprocessor>("vendors/acme", "e", "processor: 'vendors/other'"));
  EXPECT_THAT(Edge("other", "acme"), IsError(kPrecondition, "SUBPROCESSOR_CYCLE"));
  RC_ASSERT_OK(Delete<v1::Subprocessor>("vendors/acme/subprocessors/e"));
  RC_EXPECT_OK(Edge("other", "acme"));
}

TEST_F(SubprocessorTest, DepthIsThatOfTheLongestWayBehind) {
  for (const char* id : {"a", "b", "c", "d"}) AddVendor(id);
  RC_ASSERT_OK(Edge("a", "d"));
  RC_ASSERT_OK(Edge("a", "b"));
  RC_ASSERT_OK(Edge("b", "c"));
  RC_ASSERT_OK(Edge("c", "d"));
  const auto edge = Edge("acme", "a");
  RC_ASSERT_OK(edge);
  EXPECT_EQ(edge->depth(), 4);  // a, b, c, d.
}

TEST_F(SubprocessorTest, AChainOfAThousandIsWalkedAndItsCycleFound) {
  constexpr int kLength = 1000;
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    for (int i = 0; i <= kLength; ++i) {
      v1::Vendor vendor;
      vendor.set_name(absl::StrCat("vendors/chain-", i));
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    }
    for (int i = 0; i < kLength; ++i) {
      v1::Subprocessor edge;
      edge.set_name(absl::StrCat("vendors/chain-", i, "/subprocessors/next"));
      edge.set_processor(absl::StrCat("vendors/chain-", i + 1));
      RC_RETURN_IF_ERROR(SubprocessorTable().Insert(tx, &edge));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(Get<v1::Subprocessor>("vendors/chain-0/subprocessors/next")->depth(), kLength);
  const auto refused = Edge(absl::StrCat("chain-", kLength), "chain-0");
  EXPECT_THAT(refused, IsError(kPrecondition, "SUBPROCESSOR_CYCLE"));
  EXPECT_TRUE(absl::StrContains(refused.status().message(),
                                "vendors/chain-1000 -> "
                                "vendors/chain-0 -> vendors/chain-1"));
  EXPECT_LT(refused.status().message().size(), 512);
  const auto allowed = Edge(absl::StrCat("chain-", kLength), "chain-0", "allow_cycle: true");
  RC_ASSERT_OK(allowed);
  EXPECT_EQ(allowed->depth(), kLength + 1);
}

TEST_F(SubprocessorTest, ListsAreByVendorAndByProcessor) {
  AddVendor("third");
  RC_ASSERT_OK(Edge("acme", "other"));
  RC_ASSERT_OK(Edge("acme", "third"));
  RC_ASSERT_OK(Edge("third", "other"));
  const auto count = [&](const std::string& parent, const std::string& processor) {
    v1::ListSubprocessorsRequest request;
    request.set_parent(parent);
    request.set_processor(processor);
    const auto list = List<v1::ListSubprocessorsResponse>(Subprocessors(), request);
    RC_EXPECT_OK(list);
    return list.ok() ? list->subprocessors_size() : -1;
  };
  EXPECT_EQ(count("vendors/-", ""), 3);
  EXPECT_EQ(count("vendors/acme", ""), 2);
  EXPECT_EQ(count("vendors/-", "vendors/other"), 2);
  EXPECT_EQ(count("vendors/acme", "vendors/other"), 1);
  EXPECT_EQ(count("vendors/other", ""), 0);
}

TEST_F(SubprocessorTest, AVendorOnAnEdgeCannotBeDeleted) {
  for (const char* id : {"from", "to"}) AddVendor(id);
  RC_ASSERT_OK(Create<v1::Subprocessor>("vendors/from", "e", "processor: 'vendors/to'"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/from"), IsError(kPrecondition, "IN_USE"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/to"), IsError(kPrecondition, "IN_USE"));
  RC_ASSERT_OK(Delete<v1::Subprocessor>("vendors/from/subprocessors/e"));
  RC_EXPECT_OK(Delete<v1::Vendor>("vendors/from"));
  RC_EXPECT_OK(Delete<v1::Vendor>("vendors/to"));
}

TEST_F(SubprocessorTest, WhatATransferNamesCannotBeDeleted) {
  for (const char* id : {"receiver", "carrier"}) AddVendor(id);
  RC_ASSERT_OK(Create<v1::Share>("vendors/acme", "s",
                                 "elements { data_element: 'dataElements/student.test_name' } "
                                 "population { subject: SUBJECT_KIND_STUDENT } "
                                 "start_date { year: 2020 month: 1 day: 1 }"));
  RC_ASSERT_OK(Write([](WriteTx& tx) {
    v1::Transfer transfer = Proto<v1::Transfer>(
        "name: 'vendors/receiver/transfers/t' via: 'vendors/carrier' "
        "share: 'vendors/acme/shares/s' product: 'vendors/other/products/app' "
        "send_date { year: 2020 month: 1 day: 1 }");
    return TransferTable().Insert(tx, &transfer);
  }));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/receiver"), IsError(kPrecondition, "IN_USE"));
  EXPECT_THAT(Delete<v1::Vendor>("vendors/carrier"), IsError(kPrecondition, "IN_USE"));
  EXPECT_THAT(Delete<v1::Share>("vendors/acme/shares/s"), IsError(kPrecondition, "IN_USE"));
  EXPECT_THAT(Delete<v1::Product>("vendors/other/products/app"), IsError(kPrecondition, "IN_USE"));
}

}  // namespace
}  // namespace rollcall::registry
