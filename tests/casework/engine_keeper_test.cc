#include "server/casework/engine_keeper.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <memory>

#include "storage/engine_image_store.h"
#include "storage/roster_store.h"
#include "tests/casework/small_register.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::PersonSpec;
using ::rollcall::testing::PutPerson;
using ::rollcall::testing::RecordImport;
using ::rollcall::testing::SmallRegister;

class EngineKeeperTest : public ::testing::Test {
 protected:
  EngineKeeperTest() { register_.State(""); }

  // One round of a keeper.
  void Refresh() {
    Exposures exposures;
    Portfolio portfolio(&exposures);
    EngineKeeper keeper(
        &register_.store(), &exposures, &portfolio, [this] { return register_.clock.Now(); },
        [this] { return register_.today(); }, [](const absl::Status&) {});
    const absl::Status status = keeper.Refresh();
    ASSERT_TRUE(status.ok()) << status;
  }

  bool HasImage() {
    bool has = false;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const std::int64_t revision, RosterRevision(tx, tx.revision()));
      RC_ASSIGN_OR_RETURN(has, HasEngineImage(tx, revision));
      return absl::OkStatus();
    }));
    return has;
  }

  // The answer of a server that has just started.
  std::string FreshAnswer() {
    Exposures exposures;
    std::string text;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto resolved, exposures.Resolve(tx, {"incidents/breach", nullptr,
                                                                      0, register_.today()}));
      RC_ASSIGN_OR_RETURN(const v1::ExposureSummary summary,
                          SummarizeExposure(tx, *resolved, false));
      text = summary.DebugString();
      return absl::OkStatus();
    }));
    return text;
  }

  SmallRegister register_;
};

TEST_F(EngineKeeperTest, KeepsAnImageThatAnswersLikeTheRows) {
  EXPECT_FALSE(HasImage());
  const std::string from_rows = FreshAnswer();
  const std::int64_t revision = register_.Revision();
  Refresh();
  EXPECT_TRUE(HasImage());
  EXPECT_EQ(register_.Revision(), revision) << "an image changes nothing that can be asked";
  EXPECT_EQ(FreshAnswer(), from_rows);
}

TEST_F(EngineKeeperTest, AnImageThatWasDamagedIsNotUsed) {
  const std::string from_rows = FreshAnswer();
  Refresh();
  {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    EXPECT_EQ(db.exec("UPDATE engine_image SET bytes = zeroblob(length(bytes))"), 1);
  }
  EXPECT_EQ(FreshAnswer(), from_rows);
}

TEST_F(EngineKeeperTest, ANewRosterIsNotAnsweredFromTheOldImage) {
  Refresh();
  SmallRegister::Must(register_.Write([](WriteTx& tx) -> absl::Status {
    PersonSpec person{.id = 50, .current = true, .number = "5050", .name = "New"};
    person.stays = {{0, 2025, 1, "06", testing::DayOf(2024, 9, 1), testing::DayOf(2025, 6, 15)}};
    RC_RETURN_IF_ERROR(PutPerson(tx, person));
    return RecordImport(tx);
  }));
  EXPECT_FALSE(HasImage());
  const std::string from_rows = FreshAnswer();
  EXPECT_NE(from_rows.find("people: 6"), std::string::npos) << from_rows;
  Refresh();
  EXPECT_TRUE(HasImage());
  EXPECT_EQ(FreshAnswer(), from_rows);
}

}  // namespace
}  // namespace rollcall::casework
