// Erasing people of a small district: what cannot be read any more, and what stays as it was.

#include "server/roster/erasure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/roster/people.h"
#include "storage/person_key_store.h"
#include "tests/casework/small_register.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;

class ErasureTest : public ::testing::Test {
 protected:
  absl::Status Erase(const std::string& name, bool confirm = true) {
    v1::ErasePersonRequest request;
    request.set_name(name);
    request.set_confirm(confirm);
    return register_.Write([&](WriteTx& tx) {
      const absl::Status status = roster::ErasePerson(tx, request, &response_);
      people_ = tx.notes().people;
      return status;
    });
  }

  v1::Person Person(const std::string& name) {
    v1::GetPersonRequest request;
    request.set_name(name);
    v1::Person person;
    SmallRegister::Must(
        register_.Read([&](ReadTx& tx) { return roster::GetPerson(tx, request, &person); }));
    return person;
  }

  std::int64_t Sql(const std::string& text) {
    const SQLite::Database db(register_.path(), SQLite::OPEN_READONLY);
    SQLite::Statement statement(db, text);
    statement.executeStep();
    return statement.getColumn(0).getInt64();
  }

  SmallRegister register_;
  v1::ErasePersonResponse response_;
  std::vector<std::int64_t> people_;
};

TEST_F(ErasureTest, NothingIsReadAndEverythingStillCounts) {
  register_.State("data_elements: 'dataElements/student.name' list_use: LIST_USE_ADDS",
                  {"5001", "9"});
  const v1::ExposureSummary before = register_.Summary();
  const std::vector<std::string> exposed = register_.Exposed();
  std::int64_t revision_before = 0;
  SmallRegister::Must(register_.Read([&](ReadTx& tx) {
    revision_before = tx.revision();
    return absl::OkStatus();
  }));
  ASSERT_TRUE(Erase("people/1").ok());
  EXPECT_EQ(response_.name(), "people/1");
  EXPECT_EQ(response_.blanked_ids(), 1);
  EXPECT_THAT(people_, ElementsAre(1));

  v1::Person left;
  left.set_name("people/1");
  left.set_kind(v1::SUBJECT_KIND_STUDENT);
  left.set_current(true);
  left.set_erased(true);
  left.set_revision(Person("people/1").revision());
  EXPECT_EQ(Person("people/1").DebugString(), left.DebugString());
  EXPECT_EQ(Person("people/2").given_name(), "Ben");
  EXPECT_FALSE(Person("people/2").erased());

  // Both at the revision before and at the one after, computed anew from the disk.
  for (const std::int64_t revision : {revision_before, std::int64_t{0}}) {
    casework::Exposures fresh;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto resolved, fresh.Resolve(tx, {"incidents/breach", nullptr,
                                                                  revision, register_.today()}));
      RC_ASSIGN_OR_RETURN(const v1::ExposureSummary after,
                          casework::SummarizeExposure(tx, *resolved, false));
      EXPECT_EQ(after.digest(), before.digest());
      EXPECT_EQ(after.people(), before.people());
      return absl::OkStatus();
    }));
  }
  EXPECT_EQ(register_.Exposed(), exposed);
}

TEST_F(ErasureTest, OnlyEntriesThatNameThePersonAreBlanked) {
  // "5001" is nobody's state id, and no member of staff has it.
  register_.State(
      "data_elements: 'dataElements/student.name' list_use: LIST_USE_ADDS "
      "list_id_kind: LIST_ID_KIND_STATE_ID",
      {"5001"});
  register_.State(
      "data_elements: 'dataElements/staff.name' list_use: LIST_USE_ADDS "
      "list_subject: SUBJECT_KIND_STAFF",
      {"5001", "7001"});
  ASSERT_TRUE(Erase("people/1").ok());
  EXPECT_EQ(response_.blanked_ids(), 0);
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM statement_entry WHERE length(sealed) = 0"), 0);
  ASSERT_TRUE(Erase("people/6").ok());
  EXPECT_EQ(response_.blanked_ids(), 1);
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM statement_entry WHERE length(sealed) = 0"), 1);
  // What matches nobody can still be shown.
  v1::ListUnmatchedEntriesRequest request;
  request.set_parent("incidents/breach/statements/2");
  v1::ListUnmatchedEntriesResponse unmatched;
  SmallRegister::Must(register_.Read(
      [&](ReadTx& tx) { return casework::ListUnmatchedEntries(tx, request, &unmatched); }));
  EXPECT_THAT(unmatched.entries_size(), 1);
}

TEST_F(ErasureTest, TakesWhatOpensTheLogsCommitments) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    for (const char* sql :
         {"INSERT INTO audit_salt VALUES (0, 0, 'people/1', x'000102030405060708090a0b0c0d0e0f')",
          "INSERT INTO audit_salt VALUES (0, 1, 'people/12', "
          "x'000102030405060708090a0b0c0d0e0f')"}) {
      RC_ASSIGN_OR_RETURN(Statement * insert, tx.Prepare(sql));
      RC_RETURN_IF_ERROR(insert->Run());
    }
    return absl::OkStatus();
  }));
  ASSERT_TRUE(Erase("people/1").ok());
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM audit_salt"), 1);
  EXPECT_EQ(Sql("SELECT content_hash FROM person_fact WHERE person_id = 1"), 0);
}

TEST_F(ErasureTest, RefusesWhatIsNotMeantNobodyAndTwice) {
  EXPECT_EQ(Erase("people/1", /*confirm=*/false).code(), absl::StatusCode::kInvalidArgument);
  for (const char* name : {"people/", "people/x", "people/-1", "people/01", "1", "vendors/1"}) {
    EXPECT_EQ(Erase(name).code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(Erase("people/99").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Person("people/1").given_name(), "Ana");
  ASSERT_TRUE(Erase("people/1").ok());
  EXPECT_EQ(ErrorReason(Erase("people/1")), "PERSON_ERASED");
}

TEST_F(ErasureTest, NothingCanBeWrittenOfTheErased) {
  ASSERT_TRUE(Erase("people/11").ok());
  const absl::Status status = register_.Write([&](WriteTx& tx) -> absl::Status {
    std::string sealed;
    return tx.person_keys().Seal(11, "somewhere", "Gia", &sealed);
  });
  EXPECT_EQ(ErrorReason(status), "PERSON_ERASED");
  // The student keeps the link, without anything of the guardian.
  const v1::Person student = Person("people/1");
  ASSERT_EQ(student.guardians_size(), 1);
  EXPECT_EQ(student.guardians(0).person(), "people/11");
  EXPECT_EQ(student.guardians(0).given_name(), "");
  EXPECT_EQ(student.guardians(0).email(), "");
}

}  // namespace
}  // namespace rollcall::testing
