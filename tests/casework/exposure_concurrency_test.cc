// Readers and a writer together, on a real store: whatever a reader was told at a revision is what
// the register says of that revision when all is quiet again.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "server/casework/person_exposure.h"
#include "tests/casework/register_with_vendors.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::Parse;
using ::rollcall::testing::RegisterWithVendors;
using ::rollcall::testing::SmallRegister;

constexpr int kWrites = 120;
constexpr int kReaders = 3;

// Asks one of several questions of a revision; 0 means the transaction's own. The answer as text,
// with every field.
using Question = std::function<absl::StatusOr<std::string>(ReadTx&, Exposures&, Portfolio&,
                                                           std::int64_t revision)>;

absl::CivilDay Today() { return absl::CivilDay(2026, 12, 1); }

Question SummaryOf(const std::string& name) {
  return [name](ReadTx& tx, Exposures& exposures, Portfolio&,
                std::int64_t revision) -> absl::StatusOr<std::string> {
    RC_ASSIGN_OR_RETURN(const auto resolved,
                        exposures.Resolve(tx, {name, nullptr, revision, Today()}));
    RC_ASSIGN_OR_RETURN(const v1::ExposureSummary summary, SummarizeExposure(tx, *resolved, false));
    return summary.SerializeAsString();
  };
}

Question ListOf(const std::string& name) {
  return [name](ReadTx& tx, Exposures& exposures, Portfolio&,
                std::int64_t revision) -> absl::StatusOr<std::string> {
    v1::ListExposedPeopleRequest request;
    request.set_parent(name);
    request.set_page_size(3);
    request.set_revision(revision);
    std::string text;
    do {
      v1::ListExposedPeopleResponse page;
      RC_RETURN_IF_ERROR(ListExposedPeople(tx, exposures, Today(), request, &page));
      request.set_page_token(page.next_page_token());
      // A token is of a request, and requests of an earlier revision name it.
      page.clear_next_page_token();
      text += page.SerializeAsString();
    } while (!request.page_token().empty());
    return text;
  };
}

absl::StatusOr<std::string> AllVendors(ReadTx& tx, Exposures&, Portfolio& portfolio,
                                       std::int64_t revision) {
  RC_ASSIGN_OR_RETURN(const auto view, portfolio.Get(tx, revision, Today()));
  std::string text = absl::StrCat("of ", view->ground.revision, "\n");
  std::vector<std::string> pair;
  for (const auto& [vendor, row] : view->rows) {
    std::string counts =
        absl::StrCat(row->tally.people, " ", row->tally.current_students, " ", row->tally.cells,
                     " ", row->tally.cells_sensitive, " ", row->tally.cells_populated, " ",
                     row->unmatched, " ", row->problem);
    absl::StrAppend(&text, vendor, ": ", counts, "\n");
    if (vendor == "vendors/left" || vendor == "vendors/right") pair.push_back(std::move(counts));
  }
  // What is written about the two is committed together.
  if (pair.size() != 2 || pair[0] != pair[1]) return absl::InternalError("half a commit: " + text);
  return text;
}

absl::StatusOr<std::string> OnePerson(ReadTx& tx, Exposures&, Portfolio& portfolio,
                                      std::int64_t revision) {
  v1::GetPersonExposureRequest request;
  request.set_name("people/1");
  request.set_revision(revision);
  v1::PersonExposure response;
  RC_RETURN_IF_ERROR(GetPersonExposure(tx, portfolio, Today(), request, &response));
  return response.SerializeAsString();
}

// What somebody was told.
struct Told {
  std::size_t question = 0;
  std::int64_t revision = 0;
  std::string answer;

  friend auto operator<=>(const Told&, const Told&) = default;
};

class ConcurrencyTest : public ::testing::Test {
 protected:
  ConcurrencyTest() {
    for (const char* vendor : {"left", "right", "cloud"}) register_.AddVendor(vendor);
    register_.AddEdge(R"(parent: "vendors/cleo" subprocessor_id: "cloud"
                         subprocessor { processor: "vendors/cloud" })");
    register_.State("list_use: LIST_USE_ADDS", {"5004", "n1003"});
    questions_ = {SummaryOf("vendors/cleo"),  ListOf("incidents/breach"), AllVendors, OnePerson,
                  SummaryOf("vendors/cloud"), ListOf("vendors/left"),     AllVendors};
  }

  // One change after the other, of every kind.
  void Change(int number) {
    switch (number % 6) {
      case 0:
        register_.AddStudents(2);
        break;
      case 1:
        AddPairOfTransfers(number);
        break;
      case 2:
        register_.AddShare(absl::StrCat(R"(parent: "vendors/cleo" share_id: "s)", number, R"("
            share { elements { data_element: "dataElements/student.gender" }
                    population { subject: SUBJECT_KIND_STUDENT grades: "06" }
                    start_date { year: 2024 month: 7 day: 1 } })"));
        break;
      case 3:
        register_.AddDisposition(absl::StrCat(R"(parent: "vendors/cleo" disposition_id: "d)",
                                              number, R"("
            disposition { nature: DISPOSITION_NATURE_DESTROYED includes_subprocessors: true
                          disposition_date { year: 2018 month: 1 day: )",
                                              1 + number % 28, " } }"));
        break;
      case 4: {
        v1::DeleteShareRequest request;
        request.set_name(absl::StrCat("vendors/cleo/shares/s", number - 2));
        SmallRegister::Must(register_.Write(
            [&](WriteTx& tx) { return registry::DeleteRecord(tx, registry::Shares(), request); }));
        break;
      }
      default:
        register_.State(absl::StrCat("school_years: 2025 school_years: ", 2018 + number % 3));
    }
  }

  void AddPairOfTransfers(int number) {
    SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
      for (const char* vendor : {"vendors/left", "vendors/right"}) {
        v1::NewTransfer request;
        request.set_parent(vendor);
        request.set_transfer_id(absl::StrCat("t", number));
        request.mutable_transfer()->mutable_send_time()->set_seconds(1'700'000'000);
        request.mutable_transfer()->add_elements()->set_data_element("dataElements/student.name");
        request.mutable_transfer()->add_via("vendors/cloud");
        IdList list;
        RC_RETURN_IF_ERROR(list.Add(absl::StrCat("500", 1 + number % 5)));
        RC_RETURN_IF_ERROR(list.Add(absl::StrCat("n", 1001 + number)));  // Comes later, or never.
        TransferParts parts;
        parts.time_zone = absl::UTCTimeZone();
        parts.ids = &register_.ids;
        parts.indexes = &register_.exposures.ids();
        MatchedIds matched;
        v1::Transfer response;
        RC_RETURN_IF_ERROR(RecordTransfer(tx, parts, request, list, &matched, &response));
      }
      return absl::OkStatus();
    }));
  }

  // Asks until the writer is done, now and then of an earlier revision.
  void Read(std::size_t reader, std::set<Told>* told) {
    for (std::size_t i = reader; !done_ || i < reader + questions_.size(); ++i) {
      const std::size_t question = i % questions_.size();
      SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
        const bool earlier = i % 5 == 4;
        const std::int64_t revision = earlier ? tx.revision() - 2 : tx.revision();
        RC_ASSIGN_OR_RETURN(std::string answer,
                            questions_[question](tx, register_.exposures, register_.portfolio,
                                                 earlier ? revision : 0));
        told->insert({question, revision, std::move(answer)});
        return absl::OkStatus();
      }));
    }
  }

  RegisterWithVendors register_;
  std::vector<Question> questions_;
  std::atomic<bool> done_ = false;
};

TEST_F(ConcurrencyTest, EveryAnswerIsThatOfItsRevision) {
  std::vector<std::set<Told>> told(kReaders);
  std::vector<std::thread> readers;
  for (std::size_t reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([this, reader, &told] { Read(reader, &told[reader]); });
  }
  for (int i = 0; i < kWrites; ++i) Change(i);
  done_ = true;
  for (std::thread& reader : readers) reader.join();

  Exposures exposures;
  Portfolio portfolio(&exposures);
  std::set<std::int64_t> revisions;
  SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
    std::set<Told> all;
    for (const std::set<Told>& some : told) all.insert(some.begin(), some.end());
    for (const Told& one : all) {
      RC_ASSIGN_OR_RETURN(const std::string quiet,
                          questions_[one.question](tx, exposures, portfolio, one.revision));
      EXPECT_EQ(one.answer, quiet) << "question " << one.question << " at " << one.revision;
      revisions.insert(one.revision);
    }
    return absl::OkStatus();
  }));
  // They met while it happened.
  EXPECT_GT(revisions.size(), 2U);
}

}  // namespace
}  // namespace rollcall::casework
