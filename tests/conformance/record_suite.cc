// Records of every collection: versions, order, values, references.

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/type/date.pb.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "storage/value_codec.h"
#include "tests/conformance/sample_records.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Texts that engines confuse: by case, by trailing space, by composition, by wildcards.
const std::vector<std::string>& AdversarialTexts() {
  static const std::vector<std::string> texts = {
      "a",
      "A",
      "a ",
      " a",
      "a\t",
      "stra\xC3\x9F"
      "e",
      "strasse",
      "\xC3\xA9",          // e with acute accent, one code point.
      "e\xCC\x81",         // The same letter as two.
      "\xF0\x9F\x8F\xAB",  // A school, outside the basic plane.
      "%",
      "_",
      "a_b",
      "axb",
      "a%b",
      "'",
      "''",
      "\"",
      "\\",
      "$1",
      "?",
      "null",
      "0",
      "00",
      "1e3",
      "{}",
      "[\"x\"]",
      "line\nbreak",
      std::string(63, 'z'),
      std::string(64, 'z'),
      std::string(255, 'z'),
      "\xEF\xBF\xBD",
      "\x7F",
      "\xC4\xB0stanbul",
      "istanbul",
  };
  return texts;
}

google::type::Date DateOf(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

class RecordReader {
 public:
  RecordReader(Store& store, const RecordTable& table) : store_(store), table_(table) {}

  absl::StatusOr<std::unique_ptr<Message>> Get(std::string_view name,
                                               std::int64_t revision = kNewest) {
    std::unique_ptr<Message> record = NewRecord(table_);
    RC_RETURN_IF_ERROR(store_.Read(
        nullptr, [&](ReadTx& tx) { return table_.Get(tx, name, revision, record.get()); }));
    return record;
  }

  std::vector<std::string> List(std::string_view parent = "", std::string_view after = "",
                                std::int64_t revision = kNewest) {
    std::vector<std::string> names;
    RC_EXPECT_OK(store_.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(names, NamesOf(tx, table_, parent, after, revision));
      return absl::OkStatus();
    }));
    return names;
  }

 private:
  Store& store_;
  const RecordTable& table_;
};

TEST_P(StoreConformance, EveryTableKeepsEveryFieldThatIsNotDerived) {
  AddParents();
  for (const SampleTable& sample : SampleTables()) {
    SCOPED_TRACE(sample.name);
    for (const int variant : {1, 2, 3}) {
      const std::unique_ptr<Message> written = FullRecord(sample, variant);
      RC_ASSERT_OK(Write([&](WriteTx& tx) {
        return variant == 1 ? sample.table->Insert(tx, written.get())
                            : sample.table->Replace(tx, written.get());
      }));
      const auto read = RecordReader(*store_, *sample.table).Get(sample.name);
      RC_ASSERT_OK(read);
      EXPECT_TRUE(MessageDifferencer::Equals(**read, *written))
          << (*read)->DebugString() << "is not\n"
          << written->DebugString();
    }
  }
}

TEST_P(StoreConformance, EveryTableKeepsARecordWithoutContent) {
  AddParents();
  for (const SampleTable& sample : SampleTables()) {
    SCOPED_TRACE(sample.name);
    const std::unique_ptr<Message> written = BareRecord(sample);
    MustInsert(*sample.table, written.get());
    const auto read = RecordReader(*store_, *sample.table).Get(sample.name);
    RC_ASSERT_OK(read);
    EXPECT_TRUE(MessageDifferencer::Equals(**read, *written)) << (*read)->DebugString();
  }
}

TEST_P(StoreConformance, EveryTableKeepsEveryVersion) {
  AddParents();
  for (const SampleTable& sample : SampleTables()) {
    SCOPED_TRACE(sample.name);
    const RecordTable& table = *sample.table;
    RecordReader reader(*store_, table);
    const auto exists = [&](std::int64_t revision) {
      const auto names = reader.List("", "", revision);
      const bool listed = std::find(names.begin(), names.end(), sample.name) != names.end();
      const auto record = reader.Get(sample.name, revision);
      EXPECT_EQ(record.ok(), listed);
      if (!record.ok()) {
        EXPECT_THAT(record, IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
      }
      return listed;
    };
    const auto first = FullRecord(sample, 1);
    const auto second = FullRecord(sample, 2);
    const auto third = FullRecord(sample, 3);
    const std::int64_t before = Revision();

    EXPECT_THAT(Write([&](WriteTx& tx) { return table.Replace(tx, second.get()); }),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_THAT(Write([&](WriteTx& tx) { return table.Close(tx, sample.name); }),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_EQ(Revision(), before);

    const std::int64_t inserted = MustInsert(table, first.get());
    const auto again = FullRecord(sample, 2);
    const absl::Status twice = Write([&](WriteTx& tx) { return table.Insert(tx, again.get()); });
    EXPECT_THAT(twice, IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
    EXPECT_EQ(ErrorMetadata(twice)["resource"], sample.name);
    EXPECT_EQ(Revision(), inserted);

    const std::int64_t replaced =
        MustWrite([&](WriteTx& tx) { return table.Replace(tx, second.get()); });
    const std::int64_t closed =
        MustWrite([&](WriteTx& tx) { return table.Close(tx, sample.name); });
    EXPECT_FALSE(exists(kNewest));
    const std::int64_t recreated = MustInsert(table, third.get());

    EXPECT_FALSE(exists(before));
    EXPECT_TRUE(exists(inserted));
    EXPECT_TRUE(exists(replaced));
    EXPECT_FALSE(exists(closed));
    EXPECT_TRUE(exists(recreated));
    EXPECT_TRUE(exists(kNewest));
    for (const auto& [revision, expected] :
         {std::pair(inserted, first.get()), std::pair(replaced, second.get()),
          std::pair(recreated, third.get()), std::pair(kNewest, third.get())}) {
      const auto read = reader.Get(sample.name, revision);
      RC_ASSERT_OK(read);
      EXPECT_TRUE(MessageDifferencer::Equals(**read, *expected)) << (*read)->DebugString();
    }
  }
}

TEST_P(StoreConformance, AWriteFillsInTheTail) {
  clock_.Set(absl::FromUnixMicros(1'000'001));
  v1::Vendor vendor;
  vendor.set_name("vendors/v");
  MustInsert(VendorTable(), &vendor);
  EXPECT_EQ(vendor.revision(), 1);
  EXPECT_EQ(vendor.etag(), "\"1\"");
  EXPECT_EQ(FromTimestamp(vendor.create_time()), absl::FromUnixMicros(1'000'001));
  EXPECT_EQ(FromTimestamp(vendor.update_time()), absl::FromUnixMicros(1'000'001));

  clock_.Set(absl::FromUnixMicros(2'000'002));
  MustWrite([&](WriteTx& tx) { return VendorTable().Replace(tx, &vendor); });
  EXPECT_EQ(vendor.etag(), "\"2\"");
  EXPECT_EQ(FromTimestamp(vendor.create_time()), absl::FromUnixMicros(1'000'001));
  EXPECT_EQ(FromTimestamp(vendor.update_time()), absl::FromUnixMicros(2'000'002));

  MustWrite([](WriteTx& tx) { return VendorTable().Close(tx, "vendors/v"); });
  clock_.Set(absl::FromUnixMicros(4'000'004));
  MustInsert(VendorTable(), &vendor);
  EXPECT_EQ(vendor.etag(), "\"4\"");
  EXPECT_EQ(FromTimestamp(vendor.create_time()), absl::FromUnixMicros(4'000'004));
}

TEST_P(StoreConformance, TwoWritesOfOneTransactionLeaveOneVersion) {
  clock_.Set(absl::FromUnixMicros(5));
  AddVendor("v");
  clock_.Set(absl::FromUnixMicros(6));
  v1::Vendor vendor;
  vendor.set_name("vendors/v");
  MustWrite([&](WriteTx& tx) -> absl::Status {
    vendor.set_legal_name("first");
    RC_RETURN_IF_ERROR(VendorTable().Replace(tx, &vendor));
    vendor.set_legal_name("second");
    return VendorTable().Replace(tx, &vendor);
  });
  const auto now = Get<v1::Vendor>(VendorTable(), "vendors/v");
  RC_ASSERT_OK(now);
  EXPECT_EQ(now->legal_name(), "second");
  EXPECT_EQ(FromTimestamp(now->create_time()), absl::FromUnixMicros(5));
  EXPECT_EQ(Get<v1::Vendor>(VendorTable(), "vendors/v", 1)->legal_name(), "");
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), 2);
}

TEST_P(StoreConformance, ARecordMadeAndEndedInOneTransactionWasNeverThere) {
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    v1::Vendor vendor;
    vendor.set_name("vendors/v");
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    RC_RETURN_IF_ERROR(VendorTable().Close(tx, "vendors/v"));
    EXPECT_THAT(VendorTable().Close(tx, "vendors/v"),
                IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
    return absl::OkStatus();
  }));
  EXPECT_TRUE(RecordReader(*store_, VendorTable()).List().empty());
}

TEST_P(StoreConformance, ARecordChangedAndEndedInOneTransactionEndsAtIt) {
  AddVendor("v");
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    v1::Vendor vendor;
    vendor.set_name("vendors/v");
    vendor.set_note("for a moment");
    RC_RETURN_IF_ERROR(VendorTable().Replace(tx, &vendor));
    return VendorTable().Close(tx, "vendors/v");
  }));
  EXPECT_THAT(Get<v1::Vendor>(VendorTable(), "vendors/v"),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(Get<v1::Vendor>(VendorTable(), "vendors/v", 1)->note(), "");
}

TEST_P(StoreConformance, ARecordEndedAndMadeAgainInOneTransactionIsNew) {
  AddVendor("v");
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(VendorTable().Close(tx, "vendors/v"));
    v1::Vendor vendor;
    vendor.set_name("vendors/v");
    vendor.set_note("again");
    return VendorTable().Insert(tx, &vendor);
  }));
  EXPECT_EQ(Get<v1::Vendor>(VendorTable(), "vendors/v")->note(), "again");
  EXPECT_EQ(Get<v1::Vendor>(VendorTable(), "vendors/v", 1)->note(), "");
}

TEST_P(StoreConformance, ListsAreInByteOrderWhateverTheOrderOfWriting) {
  std::vector<std::string> names;
  for (const std::string& text : AdversarialTexts()) names.push_back("vendors/" + text);
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      v1::Vendor vendor;
      vendor.set_name(*name);
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    }
    return absl::OkStatus();
  }));
  std::sort(names.begin(), names.end());
  RecordReader reader(*store_, VendorTable());
  EXPECT_EQ(reader.List(), names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::vector<std::string> rest(names.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                        names.end());
    EXPECT_EQ(reader.List("", names[i]), rest) << names[i];
  }
}

TEST_P(StoreConformance, NamesThatLookAlikeAreDifferentRecords) {
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    for (const std::string& text : AdversarialTexts()) {
      v1::Vendor vendor;
      vendor.set_name("vendors/" + text);
      vendor.set_note(text);
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
      v1::Product product;
      product.set_name("vendors/" + text + "/products/p");
      RC_RETURN_IF_ERROR(ProductTable().Insert(tx, &product));
    }
    return absl::OkStatus();
  }));
  RecordReader products(*store_, ProductTable());
  for (const std::string& text : AdversarialTexts()) {
    const auto vendor = Get<v1::Vendor>(VendorTable(), "vendors/" + text);
    RC_ASSERT_OK(vendor) << text;
    EXPECT_EQ(vendor->note(), text);
    EXPECT_EQ(products.List("vendors/" + text),
              std::vector<std::string>{"vendors/" + text + "/products/p"});
  }
  EXPECT_EQ(products.List().size(), AdversarialTexts().size());
}

TEST_P(StoreConformance, TextsComeBackByteForByteFromColumnsAndLists) {
  v1::Vendor vendor;
  vendor.set_name("vendors/v");
  for (const std::string& text : AdversarialTexts()) vendor.add_aliases(text);
  MustInsert(VendorTable(), &vendor);
  for (const std::string& text : AdversarialTexts()) {
    vendor.set_note(text);
    vendor.mutable_business_address()->set_city(text);
    MustWrite([&](WriteTx& tx) { return VendorTable().Replace(tx, &vendor); });
    const auto read = Get<v1::Vendor>(VendorTable(), "vendors/v");
    RC_ASSERT_OK(read);
    EXPECT_TRUE(MessageDifferencer::Equals(*read, vendor)) << text;
  }
}

TEST_P(StoreConformance, ChildrenOfOneParentAreListedAlone) {
  AddVendor("a");
  AddVendor("a-b");
  AddVendor("b");
  for (const char* name : {"vendors/a/products/2", "vendors/b/products/1", "vendors/a/products/1",
                           "vendors/a-b/products/1"}) {
    v1::Product product;
    product.set_name(name);
    MustInsert(ProductTable(), &product);
  }
  RecordReader reader(*store_, ProductTable());
  using Names = std::vector<std::string>;
  EXPECT_EQ(reader.List("vendors/a"), (Names{"vendors/a/products/1", "vendors/a/products/2"}));
  EXPECT_EQ(reader.List("vendors/a", "vendors/a/products/1"), Names{"vendors/a/products/2"});
  EXPECT_EQ(reader.List("vendors/none"), Names{});
  EXPECT_EQ(reader.List(), (Names{"vendors/a-b/products/1", "vendors/a/products/1",
                                  "vendors/a/products/2", "vendors/b/products/1"}));
}

TEST_P(StoreConformance, AVisitorStopsAListOrFailsIt) {
  for (const char* id : {"a", "b", "c"}) AddVendor(id);
  v1::Vendor scratch;
  int seen = 0;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    return VendorTable().List(tx, "", "", kNewest, &scratch,
                              [&](const Message&) -> absl::StatusOr<bool> { return ++seen < 2; });
  }));
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(Read([&](ReadTx& tx) {
              return VendorTable().List(tx, "", "", kNewest, &scratch,
                                        [](const Message&) -> absl::StatusOr<bool> {
                                          return absl::UnavailableError("x");
                                        });
            }),
            absl::UnavailableError("x"));
}

TEST_P(StoreConformance, WholeNumbersKeepTheirFullRange) {
  AddParents();
  for (const std::int64_t number :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
        std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, std::int64_t{-1}}) {
    v1::Case record;
    record.set_name(absl::StrCat("cases/n", number));
    record.set_incident("incidents/base");
    record.set_statement("incidents/base");
    record.set_people(number);
    record.set_cells(number);
    record.mutable_basis()->set_revision(number);
    MustInsert(CaseTable(), &record);
    const auto read = Get<v1::Case>(CaseTable(), record.name());
    RC_ASSERT_OK(read);
    EXPECT_TRUE(MessageDifferencer::Equals(*read, record)) << read->DebugString();
  }
}

TEST_P(StoreConformance, DatesAreKeptIncludingLeapDaysAndTheEndsOfTheCalendar) {
  AddVendor("v");
  for (const auto& date : {DateOf(2024, 2, 29), DateOf(2000, 2, 29), DateOf(1900, 1, 1),
                           DateOf(2200, 12, 31), DateOf(1969, 12, 31), DateOf(1970, 1, 1)}) {
    v1::Contract contract;
    contract.set_name("vendors/v/contracts/c" + DateText(date));
    *contract.mutable_signed_date() = date;
    *contract.mutable_effective_date() = date;
    *contract.mutable_expiry_date() = date;
    MustInsert(ContractTable(), &contract);
    const auto read = Get<v1::Contract>(ContractTable(), contract.name());
    RC_ASSERT_OK(read);
    EXPECT_TRUE(MessageDifferencer::Equals(*read, contract)) << read->DebugString();
    EXPECT_FALSE(read->has_termination_date());
  }
}

TEST_P(StoreConformance, ADateThatCannotBeReadIsDataLossAndNotANearbyDay) {
  AddVendor("v");
  v1::Contract contract;
  contract.set_name("vendors/v/contracts/c");
  *contract.mutable_signed_date() = DateOf(2023, 2, 28);
  MustInsert(ContractTable(), &contract);
  RC_ASSERT_OK(RunSql("UPDATE contract SET signed_date = '2023-02-29'"));
  EXPECT_THAT(Get<v1::Contract>(ContractTable(), contract.name()),
              IsError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE"));
}

TEST_P(StoreConformance, ListsThatCannotBeReadAreDataLoss) {
  AddVendor("v");
  RC_ASSERT_OK(RunSql("UPDATE vendor SET aliases = '{\"aliases\": 7}'"));
  EXPECT_THAT(Get<v1::Vendor>(VendorTable(), "vendors/v"),
              IsError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE"));
}

TEST_P(StoreConformance, TimesAreKeptToTheMicrosecond) {
  int i = 0;
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::UnixEpoch() - absl::Microseconds(1),
        absl::FromUnixMicros(1'738'987'445'123'456), absl::FromUnixMicros(253'402'300'799'999'999),
        absl::FromUnixSeconds(-62'135'596'800)}) {
    clock_.Set(time);
    AddVendor(absl::StrCat("v", ++i));
    const auto read = Get<v1::Vendor>(VendorTable(), absl::StrCat("vendors/v", i));
    RC_ASSERT_OK(read);
    EXPECT_EQ(FromTimestamp(read->create_time()), time);
    EXPECT_GE(read->create_time().nanos(), 0);
  }
}

TEST_P(StoreConformance, AnEmptyReferenceIsNoReference) {
  AddVendor("v");
  v1::Contract contract;
  contract.set_name("vendors/v/contracts/c");
  MustInsert(ContractTable(), &contract);
  const auto read = Get<v1::Contract>(ContractTable(), contract.name());
  RC_ASSERT_OK(read);
  EXPECT_EQ(read->document(), "");
  EXPECT_EQ(read->supersedes(), "");
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM contract WHERE document IS NULL AND "
                     "supersedes IS NULL AND title = '' AND title IS NOT NULL"),
            1);
}

TEST_P(StoreConformance, AReferenceToNothingIsRefused) {
  AddVendor("v");
  v1::Contract contract;
  contract.set_name("vendors/v/contracts/c");
  contract.set_document("documents/none");
  EXPECT_THAT(Write([&](WriteTx& tx) { return ContractTable().Insert(tx, &contract); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  v1::Product orphan;
  orphan.set_name("vendors/none/products/p");
  EXPECT_THAT(Write([&](WriteTx& tx) { return ProductTable().Insert(tx, &orphan); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, AReferenceHoldsOnToANameThatHasEnded) {
  AddVendor("v");
  MustWrite([](WriteTx& tx) { return VendorTable().Close(tx, "vendors/v"); });
  v1::Incident incident;
  incident.set_name("incidents/i");
  incident.set_vendor("vendors/v");
  EXPECT_EQ(MustInsert(IncidentTable(), &incident), 3);
}

TEST_P(StoreConformance, ValuesThatBreakARuleOfTheSchemaAreRefused) {
  AddVendor("v");
  v1::Contract contract;
  contract.set_name("vendors/v/contracts/c");
  *contract.mutable_effective_date() = DateOf(2025, 1, 2);
  *contract.mutable_expiry_date() = DateOf(2025, 1, 1);
  EXPECT_THAT(Write([&](WriteTx& tx) { return ContractTable().Insert(tx, &contract); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
  v1::Share share;
  share.set_name("vendors/v/shares/s");
  EXPECT_THAT(Write([&](WriteTx& tx) { return ShareTable().Insert(tx, &share); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
  v1::Document document;
  document.set_name("documents/d");
  document.set_size_bytes(-1);
  EXPECT_THAT(Write([&](WriteTx& tx) { return DocumentTable().Insert(tx, &document); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, ATextInANumbersPlaceIsRefused) {
  EXPECT_THAT(RunSql("INSERT INTO revision (revision, commit_time, method, principal) "
                     "VALUES (1, 'noon', 'm', 'p')"),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
}

TEST_P(StoreConformance, ANameHasFourHundredCharactersAtMost) {
  AddVendor(std::string(392, 'x'));
  v1::Vendor vendor;
  vendor.set_name("vendors/" + std::string(393, 'x'));
  EXPECT_THAT(Write([&](WriteTx& tx) { return VendorTable().Insert(tx, &vendor); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
}

TEST_P(StoreConformance, TheSameKeyTwiceAlreadyExists) {
  const std::string insert =
      "INSERT INTO revision (revision, commit_time, method, principal) VALUES (1, 0, 'm', 'p')";
  RC_ASSERT_OK(RunSql(insert));
  EXPECT_THAT(RunSql(insert), IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
}

TEST_P(StoreConformance, NamesFindsWhoRefersToARecordNow) {
  AddVendor("v");
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    v1::Product product;
    product.set_name("vendors/v/products/p");
    RC_RETURN_IF_ERROR(ProductTable().Insert(tx, &product));
    v1::Contract contract;
    contract.set_name("vendors/v/contracts/c");
    contract.add_products("vendors/v/products/other");
    contract.add_products("vendors/v/products/p");
    return ContractTable().Insert(tx, &contract);
  }));
  const auto names = [&](const RecordTable& table, const std::string& field,
                         const std::string& value) {
    bool found = false;
    RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(found, table.Names(tx, field, value));
      return absl::OkStatus();
    }));
    return found;
  };
  EXPECT_TRUE(names(ProductTable(), "parent", "vendors/v"));
  EXPECT_FALSE(names(ProductTable(), "parent", "vendors/V"));
  EXPECT_TRUE(names(ContractTable(), "products", "vendors/v/products/p"));
  EXPECT_FALSE(names(ContractTable(), "products", "vendors/v/products/_"));
  EXPECT_FALSE(names(ContractTable(), "document", ""));
  MustWrite([](WriteTx& tx) { return ContractTable().Close(tx, "vendors/v/contracts/c"); });
  EXPECT_FALSE(names(ContractTable(), "products", "vendors/v/products/p"));
}

TEST_P(StoreConformance, TheSuccessorOfAContractIsTheNewestThatHolds) {
  AddVendor("v");
  const auto successor = [&] {
    std::string name;
    RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(name, ContractSuccessor(tx, "vendors/v/contracts/first"));
      return absl::OkStatus();
    }));
    return name;
  };
  v1::Contract contract;
  contract.set_name("vendors/v/contracts/first");
  MustInsert(ContractTable(), &contract);
  EXPECT_EQ(successor(), "");
  for (const char* id : {"z", "a"}) {
    contract.Clear();
    contract.set_name(absl::StrCat("vendors/v/contracts/", id));
    contract.set_supersedes("vendors/v/contracts/first");
    MustInsert(ContractTable(), &contract);
    EXPECT_EQ(successor(), contract.name());
  }
  MustWrite([](WriteTx& tx) { return ContractTable().Close(tx, "vendors/v/contracts/a"); });
  EXPECT_EQ(successor(), "vendors/v/contracts/z");
}

TEST_P(StoreConformance, ThousandsOfRecordsAndAMegabyteOfTextFitInOneTransaction) {
  constexpr int kRecords = 5000;
  const std::string text(1 << 20, 'x');
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    for (int i = 0; i < kRecords; ++i) {
      v1::Vendor vendor;
      vendor.set_name(absl::StrCat("vendors/v", i));
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    }
    v1::Vendor vendor;
    vendor.set_name("vendors/long");
    vendor.set_note(text);
    vendor.add_aliases(text);
    return VendorTable().Insert(tx, &vendor);
  }));
  EXPECT_EQ(Revision(), 1);
  EXPECT_EQ(RecordReader(*store_, VendorTable()).List().size(), kRecords + 1U);
  const auto read = Get<v1::Vendor>(VendorTable(), "vendors/long");
  RC_ASSERT_OK(read);
  EXPECT_EQ(read->note(), text);
  EXPECT_EQ(read->aliases(0), text);
}

TEST_P(StoreConformance, SettingsAreReadBackAndChanged) {
  const auto get = [&](std::string_view key) {
    std::string value;
    RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(value, GetSetting(tx, key));
      return absl::OkStatus();
    }));
    return value;
  };
  EXPECT_EQ(get("a"), "");
  RC_ASSERT_OK(Write([](WriteTx& tx) { return SetSetting(tx, "a", "1"); }));
  RC_ASSERT_OK(Write([](WriteTx& tx) { return SetSetting(tx, "A", "2"); }));
  EXPECT_EQ(get("a"), "1");
  RC_ASSERT_OK(Write([](WriteTx& tx) { return SetSetting(tx, "a", "3"); }));
  EXPECT_EQ(get("a"), "3");
  EXPECT_EQ(get("A"), "2");
}

TEST_P(StoreConformance, AnAnswerIsFoundByPrincipalMethodAndId) {
  const std::string response("\0\xFF\n\0", 4);
  const auto put = [&](const char* method, const char* principal, const char* id,
                       const StoredAnswer& answer) {
    return store_->Write({method, principal, clock_.Now(), nullptr},
                         [&](WriteTx& tx) { return PutAnswer(tx, id, answer); });
  };
  const auto get = [&](const char* principal, const char* method,
                       const char* id) -> absl::StatusOr<StoredAnswer> {
    StoredAnswer answer;
    RC_RETURN_IF_ERROR(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(answer, GetAnswer(tx, principal, method, id));
      return absl::OkStatus();
    }));
    return answer;
  };
  RC_ASSERT_OK(put("m", "ana", "id", {"sha-1", response}));
  RC_ASSERT_OK(put("m", "ben", "id", {"sha-2", ""}));
  RC_ASSERT_OK(put("n", "ana", "id", {"sha-3", "three"}));
  EXPECT_EQ(put("m", "ana", "id", {"sha-4", "four"}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(get("ana", "m", "id")->response, response);
  EXPECT_EQ(get("ana", "m", "id")->request_sha256, "sha-1");
  EXPECT_EQ(get("ben", "m", "id")->response, "");
  EXPECT_EQ(get("ana", "n", "id")->response, "three");
  for (const auto& answer : {get("Ana", "m", "id"), get("ana", "m", "ID"), get("ana", "o", "id")}) {
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kNotFound);
  }
}

}  // namespace
}  // namespace rollcall::testing
