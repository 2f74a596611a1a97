// The people that transfers and dispositions name, the ids that match nobody, the edges between
// vendors.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/people_set_store.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/value_codec.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

using Ids = std::vector<std::pair<std::int64_t, std::string>>;

constexpr char kTransfer[] = "vendors/base/transfers/a";

v1::Transfer TransferOf(const std::string& name) {
  v1::Transfer transfer;
  transfer.set_name(name);
  *transfer.mutable_send_date() = ToDate(absl::CivilDay(2024, 9, 1));
  return transfer;
}

// Writes a transfer with its people, as RecordTransfer does.
absl::Status AddTransfer(WriteTx& tx, v1::Transfer transfer, std::string_view people,
                         std::int64_t size, const UnmatchedIds& unmatched = {}) {
  RC_RETURN_IF_ERROR(TransferTable().Insert(tx, &transfer));
  RC_RETURN_IF_ERROR(PutTransferParts(tx, transfer));
  return PutPeople(tx, transfer.name(), people, size, unmatched);
}

absl::StatusOr<Ids> IdsIn(std::string_view bytes, std::size_t limit = 1'000'000) {
  Ids ids;
  RC_RETURN_IF_ERROR(ForEachUnmatchedId(
      bytes, [&](std::int64_t position, std::string_view id) -> absl::StatusOr<bool> {
        ids.emplace_back(position, std::string(id));
        return ids.size() < limit;
      }));
  return ids;
}

// What TransfersOf visits, in short: `name carried`.
absl::StatusOr<std::vector<std::string>> NamesOfTransfers(ReadTx& tx, std::string_view vendor,
                                                          std::int64_t revision = kNewest) {
  std::vector<std::string> names;
  RC_RETURN_IF_ERROR(TransfersOf(tx, vendor, revision, [&](const TransferRow& row) {
    names.push_back(absl::StrCat(ToAbsl(row.name), row.carried ? " carried" : ""));
    return absl::OkStatus();
  }));
  return names;
}

TEST(UnmatchedIds, KeepPlacesAndBytes) {
  UnmatchedIds ids;
  const Ids expected = {{1, "a"},
                        {2, std::string(300, 'x')},
                        {1000, std::string("\0\xFF", 2)},
                        {5'000'000, "\xC3\xA9"}};
  for (const auto& [position, id] : expected) ids.Add(static_cast<std::uint32_t>(position), id);
  EXPECT_EQ(ids.size(), 4);
  const auto read = IdsIn(ids.bytes());
  RC_ASSERT_OK(read);
  EXPECT_EQ(*read, expected);
  EXPECT_EQ(IdsIn(ids.bytes(), 2)->size(), 2);
  EXPECT_TRUE(IdsIn("")->empty());
}

TEST(UnmatchedIds, DamageIsDataLoss) {
  UnmatchedIds ids;
  ids.Add(1, "abcdef");
  for (std::size_t size = 1; size < ids.bytes().size(); ++size) {
    EXPECT_THAT(IdsIn(ids.bytes().substr(0, size)),
                IsError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE"))
        << size;
  }
  EXPECT_THAT(IdsIn(std::string(20, '\xFF')),
              IsError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE"));
}

TEST_P(StoreConformance, EqualSetsOfPeopleAreKeptOnce) {
  AddParents();
  UnmatchedIds unmatched;
  unmatched.Add(3, "nobody");
  const std::string bytes("\x00set\xFF", 5);
  const std::int64_t first = MustWrite([&](WriteTx& tx) {
    return AddTransfer(tx, TransferOf("vendors/base/transfers/a"), bytes, 2, unmatched);
  });
  const std::int64_t second = MustWrite([&](WriteTx& tx) {
    return AddTransfer(tx, TransferOf("vendors/base/transfers/b"), bytes, 2);
  });
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM people_set"), 1);
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    for (const auto& [name, revision] : {std::pair("a", first), std::pair("b", second)}) {
      RC_ASSIGN_OR_RETURN(const NamedPeople people,
                          GetPeople(tx, absl::StrCat("vendors/base/transfers/", name), revision));
      EXPECT_EQ(people.people, bytes);
      EXPECT_EQ(people.size, 2);
    }
    RC_ASSIGN_OR_RETURN(const std::string kept,
                        GetUnmatched(tx, "vendors/base/transfers/a", first));
    EXPECT_EQ(*IdsIn(kept), (Ids{{3, "nobody"}}));
    EXPECT_EQ(*GetUnmatched(tx, "vendors/base/transfers/b", second), "");
    EXPECT_THAT(GetPeople(tx, "vendors/base/transfers/a", second),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_THAT(GetPeople(tx, "vendors/base/transfers/c", first),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, ANameUsedTwiceNamesItsOwnPeopleEachTime) {
  AddParents();
  const auto record = [&](std::string_view people) {
    return MustWrite(
        [&](WriteTx& tx) { return AddTransfer(tx, TransferOf(kTransfer), people, 1); });
  };
  const std::int64_t first = record("one");
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(TransferTable().Close(tx, kTransfer));
    RC_ASSIGN_OR_RETURN(Statement * parts, tx.Prepare("DELETE FROM transfer_elements"));
    return parts->Run();
  });
  const std::int64_t second = record("two");
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    EXPECT_EQ(GetPeople(tx, kTransfer, first)->people, "one");
    EXPECT_EQ(GetPeople(tx, kTransfer, second)->people, "two");
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, PeopleNeedARecordAndComeOnce) {
  AddParents();
  const auto put = [](const char* owner, int times) {
    return [owner, times](WriteTx& tx) -> absl::Status {
      for (int i = 0; i < times; ++i) RC_RETURN_IF_ERROR(PutPeople(tx, owner, "x", 1, {}));
      return absl::OkStatus();
    };
  };
  EXPECT_THAT(Write(put("vendors/nowhere", 1)),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Write(put("vendors/base", 2)),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM people_set"), 0);
}

TEST_P(StoreConformance, AListOfThreeHundredThousandUnknownIdsIsKept) {
  AddParents();
  UnmatchedIds unmatched;
  for (std::uint32_t i = 1; i <= 300'000; ++i) unmatched.Add(i, absl::StrCat(900'000'000 + i));
  const std::int64_t revision = MustWrite(
      [&](WriteTx& tx) { return AddTransfer(tx, TransferOf(kTransfer), "", 0, unmatched); });
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::string kept, GetUnmatched(tx, kTransfer, revision));
    RC_ASSIGN_OR_RETURN(const Ids ids, IdsIn(kept));
    EXPECT_EQ(ids.size(), 300'000);
    EXPECT_EQ(ids.back(), std::pair(std::int64_t{300'000}, std::string("900300000")));
    EXPECT_EQ(GetPeople(tx, kTransfer, revision)->people, "");
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, TransfersOfAVendorAreThoseItReceivedAndThoseItCarried) {
  AddParents();
  AddVendor("carrier");
  AddVendor("other");
  std::int64_t revision = 0;
  revision = MustWrite([](WriteTx& tx) -> absl::Status {
    v1::Transfer transfer = TransferOf("vendors/base/transfers/b");
    transfer.add_via("vendors/carrier");
    transfer.add_via("vendors/carrier");
    transfer.add_via("vendors/base");
    RC_RETURN_IF_ERROR(AddTransfer(tx, transfer, "b", 1));
    RC_RETURN_IF_ERROR(AddTransfer(tx, TransferOf("vendors/base/transfers/a"), "a", 1));
    return AddTransfer(tx, TransferOf("vendors/carrier/transfers/c"), "c", 1);
  });
  MustWrite([](WriteTx& tx) { return TransferTable().Close(tx, "vendors/base/transfers/b"); });
  const auto visited = [&](const char* vendor, std::int64_t at) {
    std::vector<std::string> names;
    RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(names, NamesOfTransfers(tx, vendor, at));
      return absl::OkStatus();
    }));
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(visited("vendors/base", revision),
            (Names{"vendors/base/transfers/a", "vendors/base/transfers/b"}));
  EXPECT_EQ(visited("vendors/carrier", revision),
            (Names{"vendors/carrier/transfers/c", "vendors/base/transfers/b carried"}));
  EXPECT_EQ(visited("vendors/carrier", kNewest), (Names{"vendors/carrier/transfers/c"}));
  EXPECT_EQ(visited("vendors/base", kNewest), (Names{"vendors/base/transfers/a"}));
  EXPECT_EQ(visited("vendors/base", revision - 1), Names{});
  EXPECT_EQ(visited("vendors/other", kNewest), Names{});
}

TEST_P(StoreConformance, ATransferIsVisitedWithAllThatAnExposureNeeds) {
  AddParents();
  v1::Transfer transfer = TransferOf(kTransfer);
  transfer.set_share("vendors/base/contracts/base");
  transfer.set_product("vendors/base");
  transfer.set_id_kind(v1::LIST_ID_KIND_STATE_ID);
  transfer.set_subject(v1::SUBJECT_KIND_STAFF);
  transfer.set_ids(9);
  transfer.set_people(5);
  transfer.set_unmatched(4);
  v1::TransferElement* element = transfer.add_elements();
  element->set_data_element("dataElements/student.name");
  element->set_populated(0);
  transfer.add_elements()->set_data_element("dataElements/student.email");
  const std::int64_t revision =
      MustWrite([&](WriteTx& tx) { return AddTransfer(tx, transfer, "people", 5); });
  int visits = 0;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    return TransfersOf(tx, "vendors/base", kNewest, [&](const TransferRow& row) -> absl::Status {
      ++visits;
      EXPECT_EQ(row.name, kTransfer);
      EXPECT_EQ(row.vendor, "vendors/base");
      EXPECT_EQ(row.share, "vendors/base/contracts/base");
      EXPECT_EQ(row.product, "vendors/base");
      EXPECT_EQ(FromDayNumber(row.send_day), absl::CivilDay(2024, 9, 1));
      EXPECT_EQ(row.id_kind, v1::LIST_ID_KIND_STATE_ID);
      EXPECT_EQ(row.subject, v1::SUBJECT_KIND_STAFF);
      EXPECT_EQ(row.ids, 9);
      EXPECT_EQ(row.people, 5);
      EXPECT_EQ(row.unmatched, 4);
      EXPECT_EQ(row.revision, revision);
      v1::Transfer elements;
      EXPECT_TRUE(elements.ParseFromString(std::string(row.elements)));
      EXPECT_EQ(elements.elements_size(), 2);
      EXPECT_TRUE(elements.elements(0).has_populated());
      EXPECT_FALSE(elements.elements(1).has_populated());
      EXPECT_EQ(elements.name(), "");
      RC_ASSIGN_OR_RETURN(const std::string people, GetPeopleSet(tx, row.people_sha256));
      EXPECT_EQ(people, "people");
      return absl::OkStatus();
    });
  }));
  EXPECT_EQ(visits, 1);
  RC_EXPECT_OK(Read([](ReadTx& tx) {
    EXPECT_THAT(GetPeopleSet(tx, std::string(32, 'x')),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, EdgesBetweenVendorsAreThoseThatHoldNow) {
  AddParents();
  for (const char* id : {"p", "q"}) AddVendor(id);
  const auto add = [&](const char* name, const char* processor) {
    v1::Subprocessor edge;
    edge.set_name(name);
    edge.set_processor(processor);
    MustInsert(SubprocessorTable(), &edge);
  };
  add("vendors/base/subprocessors/1", "vendors/q");
  add("vendors/base/subprocessors/2", "vendors/p");
  add("vendors/base/subprocessors/3", "vendors/p");
  add("vendors/q/subprocessors/1", "vendors/p");
  using Names = std::vector<std::string>;
  const auto check = [&](const Names& processors, const Names& suppliers) {
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      EXPECT_EQ(*ProcessorsOf(tx, "vendors/base"), processors);
      EXPECT_EQ(*SuppliersOf(tx, "vendors/p"), suppliers);
      EXPECT_EQ(*ProcessorsOf(tx, "vendors/p"), Names{});
      return absl::OkStatus();
    }));
  };
  check({"vendors/p", "vendors/q"}, {"vendors/base", "vendors/q"});
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(SubprocessorTable().Close(tx, "vendors/base/subprocessors/1"));
    return SubprocessorTable().Close(tx, "vendors/q/subprocessors/1");
  });
  check({"vendors/p"}, {"vendors/base"});
}

TEST_P(StoreConformance, IdsOfPeopleAreThoseOfAllVersionsWithoutGuardians) {
  std::int64_t first = 0;
  const auto write = [&](std::int64_t person, int kind, const std::string& id, bool existed) {
    return MustWrite([&](WriteTx& tx) -> absl::Status {
      if (!existed) RC_RETURN_IF_ERROR(InsertPerson(tx, person, kind));
      PersonFact fact;
      fact.person_id = person;
      fact.district_id = id;
      fact.state_id = id.empty() ? "" : "s" + id;
      fact.source_id = id.empty() ? "" : "x" + id;
      return WritePersonFact(tx, fact, existed);
    });
  };
  write(2, 2, "200", false);
  write(3, 3, "300", false);
  write(4, 1, "", false);
  first = write(1, 1, "100", false);
  write(1, 1, "101", true);
  const auto word = [&](const BlindIndex& index) -> std::string {
    for (const char* id : {"100", "101", "200", "s100", "s101", "s200", "x100", "x101", "x200"}) {
      if (index == PersonIdIndex(vault_, id)) return id;
    }
    return "?";
  };
  const auto ids = [&](PersonIdColumn column, std::int64_t revision) {
    std::vector<std::string> found;
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      return ForEachPersonId(tx, column, revision,
                             [&](std::int64_t person, int kind, const BlindIndex& id) {
                               found.push_back(absl::StrCat(person, "/", kind, "/", word(id)));
                               return absl::OkStatus();
                             });
    }));
    return found;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(ids(PersonIdColumn::kDistrict, kNewest), (Texts{"1/1/100", "1/1/101", "2/2/200"}));
  EXPECT_EQ(ids(PersonIdColumn::kDistrict, first), (Texts{"1/1/100", "2/2/200"}));
  EXPECT_EQ(ids(PersonIdColumn::kState, kNewest), (Texts{"1/1/s100", "1/1/s101", "2/2/s200"}));
  EXPECT_EQ(ids(PersonIdColumn::kSource, kNewest), (Texts{"1/1/x100", "1/1/x101", "2/2/x200"}));
}

}  // namespace
}  // namespace rollcall::testing
