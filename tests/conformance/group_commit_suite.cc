// Writers that wait at the same time share a commit: each keeps all of its change or nothing, and
// knows which.

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/register_tables.h"
#include "tests/conformance/faulty_driver.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A log of one line for each entry, kept in the database, with a count of what was sealed.
class LineJournal final : public Journal {
 public:
  std::int64_t Mark() override { return pending_; }
  void Discard(std::int64_t mark) override { pending_ = mark; }
  absl::Status Append(WriteTx& tx) override {
    if (tx.options().method == refused_method) return absl::UnavailableError("refused");
    return AppendLine(tx, absl::StrCat(tx.options().method, "@", tx.NewRevision()));
  }
  absl::Status AppendLine(WriteTx& tx, const std::string& line) {
    ++pending_;
    RC_ASSIGN_OR_RETURN(const std::string log, GetSetting(tx, "log"));
    return SetSetting(tx, "log", absl::StrCat(log, line, " "));
  }
  absl::Status Seal(WriteTx& tx) override {
    ++seals;
    if (fail_seal) return absl::UnavailableError("no seal");
    return SetSetting(tx, "sealed", absl::StrCat(sealed_entries + pending_));
  }
  void Sealed(bool committed) override {
    if (committed) {
      sealed_entries += pending_;
      ++commits;
    }
    pending_ = 0;
  }

  std::string refused_method;
  bool fail_seal = false;
  std::int64_t seals = 0;
  std::int64_t commits = 0;
  std::int64_t sealed_entries = 0;

 private:
  std::int64_t pending_ = 0;
};

using Body = std::function<absl::Status(WriteTx&)>;

Body Put(std::string key) {
  return [key = std::move(key)](WriteTx& tx) {
    tx.NewRevision();
    return SetSetting(tx, key, "there");
  };
}

// Ends only because its caller's time is over.
absl::Status RunEndlessQuery(WriteTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * count, tx.Prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
                                                    "SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"));
  ScopedReset reset(count);
  return count->Step().status();
}

// What a test can do to a group besides giving it bodies.
struct GroupOptions {
  bool last_alone = false;                   // The last body wants to be alone.
  std::atomic<bool>* cancel_last = nullptr;  // Its cancel check, from when it runs.
  std::function<void()> before = nullptr;    // Called when all wait, before any body runs.
};

// Runs `bodies` in one group, in this order: all wait until a write before them, which leaves
// nothing, lets them go. The methods are m0, m1, ... Returns what each caller was told; kUnknown
// with what was thrown at it.
std::vector<absl::Status> RunGroup(Store& store, const std::vector<Body>& bodies,
                                   const GroupOptions& group = {}) {
  std::vector<absl::Status> results(bodies.size());
  std::vector<std::atomic<bool>> waits(bodies.size());
  std::vector<std::thread> threads;
  const auto run = [&](std::size_t i) {
    const bool last = i + 1 == bodies.size();
    WriteOptions options{absl::StrCat("m", i), "tester", absl::UnixEpoch(), [&, i, last] {
                           waits[i] = true;
                           return last && group.cancel_last != nullptr && *group.cancel_last;
                         }};
    options.alone = last && group.last_alone;
    try {
      results[i] = store.Write(options, bodies[i]);
    } catch (const std::runtime_error& error) {
      results[i] = absl::UnknownError(error.what());
    }
  };
  WriteOptions gate{"gate", "tester", absl::UnixEpoch(), nullptr};
  gate.alone = true;
  RC_EXPECT_OK(store.Write(gate, [&](WriteTx& tx) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      threads.emplace_back(run, i);
      // Only a caller that waits asks whether its time is over.
      while (!waits[i]) std::this_thread::yield();
    }
    if (group.before) group.before();
    tx.Abandon();
    return absl::OkStatus();
  }));
  for (std::thread& thread : threads) thread.join();
  return results;
}

std::string Setting(Store& store, const std::string& key) {
  std::string value;
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(value, GetSetting(tx, key));
    return absl::OkStatus();
  }));
  return value;
}

// The methods that wrote revisions 1, 2, 3, ... as "m0 m1 "; fails on a gap.
std::string Methods(Store& store) {
  std::string methods;
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row,
                        tx.Prepare("SELECT revision, method FROM revision ORDER BY revision"));
    ScopedReset reset(row);
    std::int64_t expected = 0;
    while (true) {
      RC_ASSIGN_OR_RETURN(const bool more, row->Step());
      if (!more) return absl::OkStatus();
      EXPECT_EQ(row->Int(0), ++expected);
      methods.append(row->Text(1)).append(" ");
    }
  }));
  return methods;
}

TEST_P(StoreConformance, WritersThatWaitShareACommitAndHaveTheirOwnRevisions) {
  LineJournal journal;
  store_->SetJournal(&journal);
  std::atomic<int> told = 0;
  store_->OnCommit([&] { ++told; });
  std::vector<std::int64_t> seen;
  const auto body = [&](WriteTx& tx) {
    seen.push_back(tx.revision());
    return Put(absl::StrCat("k", tx.revision()))(tx);
  };
  EXPECT_THAT(RunGroup(*store_, {body, body, body, body}),
              ElementsAre(IsOk(), IsOk(), IsOk(), IsOk()));
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(Methods(*store_), "m0 m1 m2 m3 ");
  EXPECT_EQ(Setting(*store_, "log"), "m0@1 m1@2 m2@3 m3@4 ");
  EXPECT_EQ(Setting(*store_, "sealed"), "4");
  EXPECT_EQ(journal.seals, 1);
  EXPECT_EQ(journal.commits, 1);
  EXPECT_EQ(told, 1);
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, ANeighbourThatFailsAbandonsOrThrowsTakesNothingWithIt) {
  LineJournal journal;
  journal.refused_method = "m6";
  store_->SetJournal(&journal);
  const std::vector<Body> bodies = {
      Put("a"),
      [](WriteTx& tx) -> absl::Status {
        RC_RETURN_IF_ERROR(Put("failed")(tx));
        RC_RETURN_IF_ERROR(SetSetting(tx, "a", "spoiled"));
        return absl::UnavailableError("own error");
      },
      Put("b"),
      [](WriteTx& tx) -> absl::Status {
        RC_RETURN_IF_ERROR(Put("abandoned")(tx));
        tx.Abandon();
        return absl::OkStatus();
      },
      [](WriteTx& tx) -> absl::Status {
        RC_RETURN_IF_ERROR(Put("thrown")(tx));
        throw std::runtime_error("from the body");
      },
      Put("c"),
      Put("refused by the journal"),
      [](WriteTx& tx) {
        EXPECT_EQ(*GetSetting(tx, "a"), "there");
        EXPECT_EQ(tx.revision(), 3);
        return absl::OkStatus();
      },
  };
  const std::vector<absl::Status> results = RunGroup(*store_, bodies);
  EXPECT_THAT(results, ElementsAre(IsOk(), absl::UnavailableError("own error"), IsOk(), IsOk(),
                                   absl::UnknownError("from the body"), IsOk(),
                                   absl::UnavailableError("refused"), IsOk()));
  EXPECT_EQ(Methods(*store_), "m0 m2 m5 ");
  EXPECT_EQ(Setting(*store_, "log"), "m0@1 m2@2 m5@3 ");
  EXPECT_EQ(Setting(*store_, "sealed"), "3");
  EXPECT_EQ(journal.seals, 1);
  for (const char* key : {"failed", "abandoned", "thrown", "refused by the journal"}) {
    EXPECT_EQ(Setting(*store_, key), "") << key;
  }
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, AFirstBodyThatFailsDoesNotStopThoseAfterIt) {
  LineJournal journal;
  store_->SetJournal(&journal);
  const Body failing = [](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(Put("failed")(tx));
    return absl::UnavailableError("own error");
  };
  EXPECT_THAT(RunGroup(*store_, {failing, Put("a"), failing, Put("b")}),
              ElementsAre(absl::UnavailableError("own error"), IsOk(),
                          absl::UnavailableError("own error"), IsOk()));
  EXPECT_EQ(Methods(*store_), "m1 m3 ");
  EXPECT_EQ(Setting(*store_, "log"), "m1@1 m3@2 ");
  EXPECT_EQ(Setting(*store_, "failed"), "");
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, ACancelledNeighbourTakesNothingWithItEvenWhileItWrites) {
  std::atomic<bool> cancelled = false;
  const Body cancelled_body = [&](WriteTx& tx) -> absl::Status {
    cancelled = true;
    tx.NewRevision();
    // Long enough that the engine asks in the middle of it.
    RC_ASSIGN_OR_RETURN(Statement * insert,
                        tx.Prepare("INSERT INTO setting (key, value) "
                                   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
                                   "SELECT i + 1 FROM n WHERE i < 20000) "
                                   "SELECT 'n' || i, 'x' FROM n"));
    RC_RETURN_IF_ERROR(insert->Run());
    return RunEndlessQuery(tx);
  };
  const auto results =
      RunGroup(*store_, {Put("first"), cancelled_body}, {.cancel_last = &cancelled});
  RC_EXPECT_OK(results[0]);
  EXPECT_THAT(results[1], IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"));
  EXPECT_EQ(Setting(*store_, "first"), "there");
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM setting WHERE key LIKE 'n%'"), 0);
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, ACallerWhoseTimeIsOverWhileItWaitsNeverRuns) {
  std::atomic<bool> returned = false;
  bool ran = false;
  absl::Status result;
  std::thread other;
  RC_EXPECT_OK(Write([&](WriteTx& tx) {
    other = std::thread([&] {
      result = store_->Write({"m1", "tester", clock_.Now(), [] { return true; }}, [&](WriteTx&) {
        ran = true;
        return absl::OkStatus();
      });
      returned = true;
    });
    // It does not wait for the one that writes.
    while (!returned) std::this_thread::yield();
    return Put("first")(tx);
  }));
  other.join();
  EXPECT_THAT(result, IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"));
  EXPECT_FALSE(ran);
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, AWriteThatWantsToBeAloneSharesItsCommitWithNobody) {
  LineJournal journal;
  store_->SetJournal(&journal);
  EXPECT_THAT(RunGroup(*store_, {Put("a"), Put("b"), Put("c")}, {.last_alone = true}),
              ElementsAre(IsOk(), IsOk(), IsOk()));
  EXPECT_EQ(journal.commits, 2);
  EXPECT_EQ(Methods(*store_), "m0 m1 m2 ");
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, AnEntryWithoutARevisionIsSealedToo) {
  LineJournal journal;
  store_->SetJournal(&journal);
  const Body reading = [&](WriteTx& tx) {
    tx.NoteAppended();
    return journal.AppendLine(tx, "read");
  };
  const Body failed_reading = [&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(reading(tx));
    return absl::UnavailableError("own error");
  };
  EXPECT_THAT(RunGroup(*store_, {reading, Put("a"), failed_reading, reading}),
              ElementsAre(IsOk(), IsOk(), absl::UnavailableError("own error"), IsOk()));
  EXPECT_EQ(Setting(*store_, "log"), "read m1@1 read ");
  EXPECT_EQ(Setting(*store_, "sealed"), "3");
  EXPECT_EQ(journal.commits, 1);
  RC_EXPECT_OK(Write(reading));
  EXPECT_EQ(Setting(*store_, "sealed"), "4");
  EXPECT_EQ(Revision(), 1);
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, WithoutASealNobodysChangeIsKept) {
  LineJournal journal;
  journal.fail_seal = true;
  store_->SetJournal(&journal);
  const auto results = RunGroup(
      *store_, {Put("a"), Put("b"), [](WriteTx&) { return absl::NotFoundError("as it seemed"); }});
  // The third was refused in view of what never was.
  EXPECT_THAT(results,
              ElementsAre(absl::UnavailableError("no seal"), absl::UnavailableError("no seal"),
                          absl::UnavailableError("no seal")));
  EXPECT_EQ(Revision(), 0);
  EXPECT_EQ(Setting(*store_, "log"), "");
  journal.fail_seal = false;
  RC_EXPECT_OK(Write(Put("c")));
  EXPECT_EQ(Setting(*store_, "log"), "test.Write@1 ");
  EXPECT_EQ(Setting(*store_, "sealed"), "1");
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, AnEngineThatEndsTheTransactionTakesTheWholeGroupAndNothingIsHalfKept) {
  LineJournal journal;
  store_->SetJournal(&journal);
  const auto end_it = [](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * rollback, tx.Prepare("ROLLBACK"));
    return rollback->Run();
  };
  for (const bool goes_on : {false, true}) {
    const auto results =
        RunGroup(*store_, {Put("a"),
                           [&](WriteTx& tx) -> absl::Status {
                             RC_RETURN_IF_ERROR(Put("b")(tx));
                             RC_RETURN_IF_ERROR(end_it(tx));
                             if (!goes_on) return absl::ResourceExhaustedError("own error");
                             // A body that takes no notice: what it writes now must not be kept
                             // either.
                             EXPECT_THAT(SetSetting(tx, "outside", "x"),
                                         IsError(absl::StatusCode::kAborted, "COMMIT_LOST"));
                             return absl::OkStatus();
                           },
                           Put("c")});
    const auto lost = IsError(absl::StatusCode::kAborted, "COMMIT_LOST");
    EXPECT_THAT(results[0], lost);
    if (goes_on) {
      EXPECT_THAT(results[1], lost);
    } else {
      EXPECT_EQ(results[1], absl::ResourceExhaustedError("own error"));
    }
    // It had not begun and has a commit of its own.
    RC_EXPECT_OK(results[2]);
    for (const char* key : {"a", "b", "outside"}) EXPECT_EQ(Setting(*store_, key), "") << key;
  }
  EXPECT_EQ(Methods(*store_), "m2 m2 ");
  EXPECT_EQ(Setting(*store_, "log"), "m2@1 m2@2 ");
  EXPECT_EQ(Setting(*store_, "sealed"), "2");
  store_->SetJournal(nullptr);
}

TEST_P(StoreConformance, AFaultAtAnyMomentOfAGroupIsTheWholeTruthForEachCaller) {
  for (const bool ends_transaction : {false, true}) {
    bool reached_the_end = false;
    for (int moment = 1; !reached_the_end; ++moment) {
      SCOPED_TRACE(absl::StrCat(ends_transaction ? "ending, " : "", "moment ", moment));
      ASSERT_LT(moment, 200);
      database_ = GetParam().make();
      Fault fault;
      fault.ends_transaction = ends_transaction;
      auto driver = database_->NewDriver();
      RC_ASSERT_OK(driver);
      auto faulty = Store::Open(MakeFaulty(*std::move(driver), &fault), clock_.Now());
      RC_ASSERT_OK(faulty);
      LineJournal journal;
      (*faulty)->SetJournal(&journal);
      const Body failing = [](WriteTx& tx) -> absl::Status {
        RC_RETURN_IF_ERROR(Put("failed")(tx));
        return absl::UnavailableError("own error");
      };
      const auto results = RunGroup(**faulty, {Put("k0"), Put("k1"), failing, Put("k3")},
                                    {.before = [&] { fault.countdown = moment; }});
      reached_the_end = fault.countdown > 0;
      fault.countdown = 0;
      // It goes on as if nothing had been.
      RC_EXPECT_OK((*faulty)->Write({"last", "tester", clock_.Now(), nullptr}, Put("last")));
      faulty->reset();

      Reopen();
      std::string expected;
      for (const std::size_t i : {0, 1, 3}) {
        EXPECT_EQ(Setting(*store_, absl::StrCat("k", i)), results[i].ok() ? "there" : "") << i;
        if (results[i].ok()) absl::StrAppend(&expected, "m", i, " ");
      }
      EXPECT_FALSE(results[2].ok());
      EXPECT_EQ(Setting(*store_, "failed"), "");
      EXPECT_EQ(Methods(*store_), expected + "last ");
      std::string logged;
      for (absl::string_view line : absl::StrSplit(Setting(*store_, "log"), ' ')) {
        if (!line.empty()) absl::StrAppend(&logged, line.substr(0, line.find('@')), " ");
      }
      EXPECT_EQ(logged, expected + "last ");
      EXPECT_EQ(Setting(*store_, "sealed"),
                absl::StrCat(std::count(logged.begin(), logged.end(), ' ')));
      EXPECT_TRUE(!reached_the_end || expected == "m0 m1 m3 ") << expected;
      store_.reset();
      RC_EXPECT_OK(database_->CheckIntegrity());
    }
  }
  store_.reset();
}

TEST_P(StoreConformance, ManyWritersOfAllKindsEachKeepTheirWordAfterReopening) {
  constexpr int kThreads = 16;
  constexpr int kWrites = 40;
  LineJournal journal;
  store_->SetJournal(&journal);
  std::mutex mutex;
  std::set<std::string> kept;
  std::set<std::string> not_kept;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::minstd_rand random(static_cast<unsigned>(thread) + 1U);
      for (int i = 0; i < kWrites; ++i) {
        const std::string key = absl::StrCat("t", thread, "-", i);
        const auto kind = random() % 8;
        std::atomic<bool> cancelled = kind == 4;
        WriteOptions options{key, "tester", clock_.Now(), [&] { return cancelled.load(); }};
        options.alone = kind == 5;
        const absl::Status status = store_->Write(options, [&](WriteTx& tx) -> absl::Status {
          RC_RETURN_IF_ERROR(Put(key)(tx));
          switch (kind) {
            case 1:
              return absl::UnavailableError(key);
            case 2:
              tx.Abandon();
              return absl::OkStatus();
            case 3: {
              cancelled = true;
              return RunEndlessQuery(tx);
            }
            default:
              return absl::OkStatus();
          }
        });
        const absl::StatusCode expected = kind == 1 ? absl::StatusCode::kUnavailable
                                          : kind == 3 || kind == 4
                                              ? absl::StatusCode::kDeadlineExceeded
                                              : absl::StatusCode::kOk;
        if (status.code() != expected) ++wrong;
        if (kind == 1 && status.message() != key) ++wrong;
        const std::lock_guard<std::mutex> lock(mutex);
        (status.ok() && kind != 2 ? kept : not_kept).insert(key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  store_->SetJournal(nullptr);
  Reopen();
  for (const std::string& key : kept) EXPECT_EQ(Setting(*store_, key), "there") << key;
  for (const std::string& key : not_kept) EXPECT_EQ(Setting(*store_, key), "") << key;
  EXPECT_EQ(Revision(), static_cast<std::int64_t>(kept.size()));
  std::string expected;
  std::int64_t revision = 0;
  for (absl::string_view method : absl::StrSplit(Methods(*store_), ' ', absl::SkipEmpty())) {
    absl::StrAppend(&expected, method, "@", ++revision, " ");
    kept.erase(std::string(method));
  }
  EXPECT_THAT(kept, IsEmpty());
  EXPECT_EQ(Setting(*store_, "log"), expected);
  EXPECT_EQ(Setting(*store_, "sealed"), absl::StrCat(revision));
  store_.reset();
  RC_EXPECT_OK(database_->CheckIntegrity());
}

}  // namespace
}  // namespace rollcall::testing
