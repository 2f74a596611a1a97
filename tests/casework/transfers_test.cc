// Transfers and dispositions with the ids that came with them.

#include "server/casework/transfers.h"

#include <gtest/gtest.h>

#include <roaring/roaring.hh>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/casework/dispositions.h"
#include "storage/people_set_store.h"
#include "storage/register_tables.h"
#include "tests/casework/small_register.h"
#include "tests/conformance/status_matchers.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::IsError;
using ::rollcall::testing::IsInvalidField;
using ::rollcall::testing::Parse;
using ::rollcall::testing::SmallRegister;

constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

using Numbers = std::vector<std::uint32_t>;
using Unmatched = std::vector<std::pair<std::int64_t, std::string>>;

class TransfersTest : public ::testing::Test {
 protected:
  TransfersTest() {
    v1::CreateVendorRequest request;
    request.set_vendor_id("carrier");
    request.mutable_vendor()->set_legal_name("C");
    request.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
    SmallRegister::Must(register_.Create<v1::Vendor>(registry::Vendors(), request).status());
  }

  static IdList ListOf(const std::vector<std::string>& ids) {
    IdList list;
    for (const std::string& id : ids) SmallRegister::Must(list.Add(id));
    return list;
  }

  static v1::NewTransfer Request(const std::string& more) {
    v1::NewTransfer request = Parse<v1::NewTransfer>("parent: 'vendors/cleo'");
    *request.mutable_transfer() = Parse<v1::Transfer>(
        "send_time { seconds: 1735700400 } elements { data_element: 'dataElements/student.name' "
        "} ");
    request.mutable_transfer()->MergeFrom(Parse<v1::Transfer>(more));
    return request;
  }

  absl::StatusOr<v1::Transfer> Record(const v1::NewTransfer& request,
                                      const std::vector<std::string>& ids) {
    const IdList list = ListOf(ids);
    MatchedIds matched;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(matched, MatchIds(tx, indexes_, list, request.transfer().id_kind(),
                                            request.transfer().subject()));
      return absl::OkStatus();
    }));
    if (between_) between_();
    v1::Transfer response;
    const TransferParts parts = {zone_, &register_.ids, &indexes_, &find_undeclared_};
    RC_RETURN_IF_ERROR(register_.Write([&](WriteTx& tx) {
      return RecordTransfer(tx, parts, request, list, &matched, &response);
    }));
    return response;
  }

  absl::StatusOr<v1::Transfer> Record(const std::string& more,
                                      const std::vector<std::string>& ids = {"5001"}) {
    return Record(Request(more), ids);
  }

  Numbers PeopleOf(const std::string& owner, std::int64_t revision) {
    Numbers numbers;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const NamedPeople people, GetPeople(tx, owner, revision));
      const Roaring set = Roaring::readSafe(people.people.data(), people.people.size());
      for (const std::uint32_t number : set) numbers.push_back(number);
      EXPECT_EQ(people.size, static_cast<std::int64_t>(numbers.size()));
      return absl::OkStatus();
    }));
    return numbers;
  }

  Unmatched UnmatchedOf(const v1::Transfer& transfer, int page_size = 0) {
    Unmatched all;
    v1::ListUnmatchedTransferIdsRequest request;
    request.set_parent(transfer.name());
    request.set_page_size(page_size);
    do {
      v1::ListUnmatchedTransferIdsResponse response;
      SmallRegister::Must(register_.Read(
          [&](ReadTx& tx) { return ListUnmatchedTransferIds(tx, request, &response); }));
      for (const auto& entry : response.entries()) all.emplace_back(entry.position(), entry.id());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  SmallRegister register_;
  roster::IdIndexCache indexes_;
  FindUndeclared find_undeclared_;
  absl::TimeZone zone_ = *LoadZone("America/Chicago");
  std::function<void()> between_;
};

TEST_F(TransfersTest, AFileIsKeptWithWhomItNamesAndWhomItDoesNot) {
  const auto made =
      Record("share: 'vendors/cleo/shares/tasks' via: 'vendors/carrier' reference: 'job 7'",
             {" 5001 ", "9999", "5003", "5001", "nobody", "9999", "7001"});
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->ids(), 7);
  EXPECT_EQ(made->people(), 3);
  EXPECT_EQ(made->unmatched(), 3);
  EXPECT_EQ(made->repeated(), 2);
  EXPECT_EQ(made->ambiguous(), 0);
  EXPECT_FALSE(made->undeclared());
  EXPECT_EQ(made->product(), "vendors/cleo/products/tasks");
  // 2025-01-01 03:00 UTC is still the old year in Chicago.
  EXPECT_EQ(made->send_date().year(), 2024);
  EXPECT_EQ(made->send_date().day(), 31);
  EXPECT_EQ(made->revision(), register_.Revision());
  EXPECT_EQ(PeopleOf(made->name(), made->revision()), (Numbers{1, 3, 6}));
  const Unmatched expected = {{2, "9999"}, {5, "nobody"}, {6, "9999"}};
  EXPECT_EQ(UnmatchedOf(*made), expected);
  EXPECT_EQ(UnmatchedOf(*made, 1), expected);
  v1::Transfer kept;
  RC_ASSERT_OK(register_.Read(
      [&](ReadTx& tx) { return TransferTable().Get(tx, made->name(), kNewest, &kept); }));
  EXPECT_EQ(kept.SerializeAsString(), made->SerializeAsString());
}

TEST_F(TransfersTest, TheSubjectSaysWhoseIdsTheyAre) {
  const auto students = Record("subject: SUBJECT_KIND_STUDENT", {"5001", "7001"});
  RC_ASSERT_OK(students);
  EXPECT_EQ(students->people(), 1);
  EXPECT_EQ(UnmatchedOf(*students), (Unmatched{{2, "7001"}}));
  EXPECT_THAT(Record("subject: SUBJECT_KIND_GUARDIAN"), IsInvalidField("transfer.subject"));
}

TEST_F(TransfersTest, AnIdOfTwoPeopleNamesBoth) {
  RC_ASSERT_OK(register_.Write([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(testing::PutPerson(
        tx, {.id = 20, .kind = v1::SUBJECT_KIND_STAFF, .number = "5001", .name = "Zoe"}));
    return testing::RecordImport(tx);
  }));
  const auto made = Record("", {"5001", "5002", "5001"});
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->people(), 3);
  EXPECT_EQ(made->ambiguous(), 2);
  EXPECT_EQ(made->repeated(), 1);
  EXPECT_EQ(PeopleOf(made->name(), made->revision()), (Numbers{1, 2, 20}));
}

TEST_F(TransfersTest, AnImportBetweenMatchingAndRecordingIsSeen) {
  between_ = [&] {
    RC_ASSERT_OK(register_.Write([](WriteTx& tx) -> absl::Status {
      RC_RETURN_IF_ERROR(testing::PutPerson(tx, {.id = 30, .number = "6000", .name = "Uma"}));
      return testing::RecordImport(tx);
    }));
  };
  const auto made = Record("", {"6000"});
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->people(), 1);
  EXPECT_EQ(made->unmatched(), 0);
}

TEST_F(TransfersTest, AFileWithoutIdsIsAFile) {
  const auto made = Record("", {});
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->ids(), 0);
  EXPECT_EQ(PeopleOf(made->name(), made->revision()), Numbers{});
}

TEST_F(TransfersTest, WrongTransfersAreRefusedAndLeaveNothing) {
  const std::int64_t before = register_.Revision();
  const auto request = [](const std::string& text) {
    v1::NewTransfer wrong = Request("");
    wrong.MergeFrom(Parse<v1::NewTransfer>(text));
    return wrong;
  };
  v1::NewTransfer bare = Request("");
  bare.mutable_transfer()->clear_elements();
  EXPECT_THAT(Record(bare, {}), IsInvalidField("transfer.elements"));
  bare = Request("");
  bare.mutable_transfer()->clear_send_time();
  EXPECT_THAT(Record(bare, {}), IsInvalidField("transfer.send_time"));
  bare = Request("");
  bare.set_parent("vendors/nobody");
  EXPECT_THAT(Record(bare, {}), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  bare.set_parent("cleo");
  EXPECT_THAT(Record(bare, {}), IsInvalidField("parent"));
  EXPECT_THAT(Record(request("transfer_id: 'Not An Id'"), {}), IsInvalidField("transfer_id"));
  EXPECT_THAT(Record("send_time { seconds: 99999999999 }"), IsInvalidField("transfer.send_time"));
  EXPECT_THAT(Record("elements { data_element: 'dataElements/student.name' }"),
              IsInvalidField("transfer.elements[1]"));
  EXPECT_THAT(Record("elements { data_element: 'dataElements/student.none' }"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  for (const int populated : {-1, 2}) {
    EXPECT_THAT(Record(absl::StrCat("elements { data_element: 'dataElements/student.birth_date' "
                                    "populated: ",
                                    populated, " }")),
                IsInvalidField("transfer.elements[1].populated"));
  }
  EXPECT_THAT(Record("share: 'vendors/cleo/shares/none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Record("share: 'vendors/carrier/shares/x'"), IsInvalidField("transfer.share"));
  EXPECT_THAT(Record("product: 'vendors/cleo/products/none'"),
              IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Record("product: 'vendors/carrier/products/x'"), IsInvalidField("transfer.product"));
  EXPECT_THAT(
      Record("share: 'vendors/cleo/shares/tasks' product: 'vendors/cleo/products/staffing'"),
      IsInvalidField("transfer.product"));
  EXPECT_THAT(Record("via: 'vendors/nobody'"), IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Record("file_sha256: 'ABC'"), IsInvalidField("transfer.file_sha256"));
  EXPECT_EQ(register_.Revision(), before);

  RC_ASSERT_OK(Record(request("transfer_id: 'a'"), {}));
  EXPECT_THAT(Record(request("transfer_id: 'a'"), {}),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
}

TEST_F(TransfersTest, ValuesAreCountedUpToTheIdsOfTheFile) {
  for (const int populated : {0, 1}) {
    const auto made = Record(absl::StrCat(
        "elements { data_element: 'dataElements/student.birth_date' populated: ", populated, " }"));
    RC_ASSERT_OK(made);
    EXPECT_TRUE(made->elements(1).has_populated());
  }
}

TEST_F(TransfersTest, WhatIsFoundUndeclaredIsKept) {
  find_undeclared_ = [](ReadTx&, const v1::PlannedTransfer& planned, const MatchedIds& matched,
                        std::vector<v1::TransferFinding>* findings) {
    EXPECT_EQ(planned.parent(), "vendors/cleo");
    EXPECT_EQ(planned.data_elements_size(), 1);
    EXPECT_EQ(planned.send_date().year(), 2024);
    EXPECT_EQ(matched.person, (Numbers{1, 0}));
    v1::TransferFinding& finding = findings->emplace_back();
    finding.set_reason(v1::TRANSFER_FINDING_REASON_NO_SHARE);
    finding.set_ids(2);
    return absl::OkStatus();
  };
  const auto flagged = Record("", {"5001", "x"});
  RC_ASSERT_OK(flagged);
  EXPECT_TRUE(flagged->undeclared());
  ASSERT_EQ(flagged->findings_size(), 1);
  find_undeclared_ = nullptr;
  RC_ASSERT_OK(Record("elements { data_element: 'dataElements/student.birth_date' }"));
  const auto listed = [&](const std::string& text) {
    v1::ListTransfersResponse response;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) {
      return registry::ListRecords(tx, Transfers(), register_.today(),
                                   Parse<v1::ListTransfersRequest>(text), &response);
    }));
    return response.transfers_size();
  };
  EXPECT_EQ(listed("parent: 'vendors/-'"), 2);
  EXPECT_EQ(listed("parent: 'vendors/cleo' undeclared_only: true"), 1);
  EXPECT_EQ(listed("parent: 'vendors/cleo' data_element: 'dataElements/student.birth_date'"), 1);
  EXPECT_EQ(listed("parent: 'vendors/carrier'"), 0);
}

TEST_F(TransfersTest, WrongIdsAreRefusedByTheirPlace) {
  IdList list;
  RC_ASSERT_OK(list.Add("a"));
  EXPECT_THAT(list.Add(" \t"), IsInvalidField("ids[1]"));
  EXPECT_THAT(list.Add(std::string(257, 'x')), IsInvalidField("ids[1]"));
  EXPECT_THAT(list.Add(std::string_view("a\0b", 3)), IsInvalidField("ids[1]"));
  RC_EXPECT_OK(list.Add(std::string(256, 'x')));
  EXPECT_EQ(list.size(), 2);
  EXPECT_NE(ListOf({"ab", "c"}).Digest(), ListOf({"a", "bc"}).Digest());
  EXPECT_EQ(ListOf({"ab", " c"}).Digest(), ListOf({"ab", "c"}).Digest());
}

class DispositionsTest : public TransfersTest {
 protected:
  absl::StatusOr<v1::Disposition> Make(const std::string& text) {
    v1::Disposition response;
    RC_RETURN_IF_ERROR(register_.Write([&](WriteTx& tx) {
      return CreateDisposition(tx, indexes_, register_.today(), register_.ids,
                               Parse<v1::CreateDispositionRequest>(text), &response);
    }));
    return response;
  }

  static std::string Dated(int year, const std::string& more = "") {
    return absl::StrCat(
        "parent: 'vendors/cleo' disposition { nature: DISPOSITION_NATURE_DESTROYED "
        "disposition_date { year: ",
        year, " month: 12 day: 1 } ", more, " } ");
  }
};

TEST_F(DispositionsTest, WithoutIdsItSpeaksOfEverybody) {
  const auto made = Make(Dated(2020));
  RC_ASSERT_OK(made);
  EXPECT_FALSE(made->lists_people());
  EXPECT_EQ(made->ids(), 0);
}

TEST_F(DispositionsTest, WithIdsItSpeaksOfThosePeopleOnly) {
  const auto made =
      Make(Dated(2020, "lists_people: false ids: 77") + "ids: '5001' ids: 'x' ids: '5001'");
  RC_ASSERT_OK(made);
  EXPECT_TRUE(made->lists_people());
  EXPECT_EQ(made->ids(), 3);
  EXPECT_EQ(made->people(), 1);
  EXPECT_EQ(made->unmatched(), 1);
  EXPECT_EQ(PeopleOf(made->name(), made->revision()), Numbers{1});
  v1::ListUnmatchedDispositionIdsRequest request;
  request.set_parent(made->name());
  v1::ListUnmatchedDispositionIdsResponse response;
  RC_ASSERT_OK(register_.Read(
      [&](ReadTx& tx) { return ListUnmatchedDispositionIds(tx, request, &response); }));
  ASSERT_EQ(response.entries_size(), 1);
  EXPECT_EQ(response.entries(0).position(), 2);
  EXPECT_EQ(response.entries(0).id(), "x");
}

TEST_F(DispositionsTest, IdsOfWhichNoneMatchesStillLimitIt) {
  const auto made = Make(Dated(2020) + "ids: 'x'");
  RC_ASSERT_OK(made);
  EXPECT_TRUE(made->lists_people());
  EXPECT_EQ(made->people(), 0);
  EXPECT_EQ(PeopleOf(made->name(), made->revision()), Numbers{});
}

TEST_F(DispositionsTest, TodayIsAllowedAndTomorrowIsNot) {
  RC_EXPECT_OK(Make(Dated(2026)));
  EXPECT_THAT(Make(Dated(2027)), IsInvalidField("disposition.disposition_date"));
  EXPECT_THAT(Make(Dated(2016, "shares: 'vendors/cleo/shares/tasks'")),
              IsInvalidField("disposition.disposition_date"));
  EXPECT_THAT(Make(Dated(2020) + "ids: ''"), IsInvalidField("ids[0]"));
}

TEST_F(DispositionsTest, AStatementNamesSharesOfItsVendorOnly) {
  v1::CreateStatementRequest request;
  request.set_parent("incidents/breach");
  request.mutable_statement()->add_shares("vendors/cleo/shares/tasks");
  const auto made = register_.State(request);
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->shares(0), "vendors/cleo/shares/tasks");
  request.mutable_statement()->add_shares("vendors/cleo/shares/none");
  EXPECT_THAT(register_.State(request), IsError(kPrecondition, "REFERENCE_UNKNOWN"));
  request.mutable_statement()->set_shares(1, "vendors/carrier/shares/x");
  EXPECT_THAT(register_.State(request), IsInvalidField("statement.shares[1]"));
}

}  // namespace
}  // namespace rollcall::casework
