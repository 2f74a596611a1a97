// Asks the exposure engine, on a real register, what the peers of the benchmark are asked in SQL.
//
//   exposure_peers engine DATA_DIR OUT    timings as JSON; the answers as files in OUT:
//                                         list-QUESTION (person,mask), summary-QUESTION
//                                         (histogram,key,key,people), vendors (vendor,people)
//   exposure_peers bitmaps DATA_DIR CASE  how long the bare sets of a case take to be durable
//
// A mask has a bit for each element that the vendor's shares list, ascending.

#include <SQLiteCpp/SQLiteCpp.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/casework/exposures.h"
#include "server/casework/portfolio.h"
#include "server/exposure/engine.h"
#include "server/exposure/summary.h"
#include "server/exposure/tally.h"
#include "storage/case_store.h"
#include "storage/status.h"
#include "storage/store.h"
#include "storage/value_codec.h"
#include "tests/bench/bench_district.h"
#include "tests/bench/bench_register.h"
#include "tests/bench/measure.h"

namespace rollcall::bench {
namespace {

using casework::ExposureGround;
using casework::GatheredQuestion;
using exposure::Exposure;
using exposure::World;

struct Asked {
  const char* name;
  int vendor;
  int runs;
};
constexpr Asked kQuestions[] = {{"whole", 0, 15}, {"one", 1, 101}, {"schools", 2, 51}};

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "exposure_peers: %s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) Fail(value.status());
  return *std::move(value);
}

BenchRegister OpenStore(const std::string& data) {
  return Take(OpenBenchRegister(data, absl::Now()));
}

v1::Incident IncidentOf(int vendor) {
  v1::Incident incident;
  incident.set_vendor(VendorName(vendor));
  *incident.mutable_window_start_date() = ToDate(FromDayNumber(Today()));
  *incident.mutable_window_end_date() = incident.window_start_date();
  return incident;
}

GatheredQuestion Gather(ReadTx& tx, const ExposureGround& ground, int vendor) {
  return Take(casework::GatherQuestion(tx, ground, IncidentOf(vendor), v1::Statement(), nullptr));
}

// Elements of a question's shares, ascending.
std::vector<std::uint16_t> ElementsOf(const exposure::Question& question) {
  std::set<std::uint16_t> elements;
  for (const exposure::DeclaredShare& share : question.shares) {
    for (const exposure::SharedElement& shared : share.elements) elements.insert(shared.element);
  }
  return {elements.begin(), elements.end()};
}

void WriteList(const std::string& path, const World& world, const exposure::Question& question,
               const Exposure& exposure) {
  const std::vector<std::uint16_t> elements = ElementsOf(question);
  std::vector<std::uint64_t> masks;
  for (const exposure::ElementSet& set : exposure.sets) {
    std::uint64_t mask = 0;
    for (const exposure::Cell& cell : set.cells) {
      const auto at = std::lower_bound(elements.begin(), elements.end(), cell.element);
      mask |= std::uint64_t{1} << (at - elements.begin());
    }
    masks.push_back(mask);
  }
  std::ofstream file(path);
  for (const std::uint32_t row : exposure::RowsById(world, exposure.ordinals)) {
    file << absl::StrCat(world.id(exposure.ordinals[row]), ",", masks[exposure.set_of[row]], "\n");
  }
}

void WriteSummary(const std::string& path, const roster::RosterWorld& roster,
                  const exposure::Summary& summary) {
  std::ofstream file(path);
  const auto row = [&](std::string_view histogram, int a, int b, std::uint64_t people) {
    if (people != 0) file << absl::StrCat(ToAbsl(histogram), ",", a, ",", b, ",", people, "\n");
  };
  const auto school = [&](std::uint16_t code) { return CodeOf(roster.schools.WordOf(code)); };
  row("kind", 1, 1, summary.current_students);
  row("kind", 1, 0, summary.former_students);
  row("kind", 2, 1, summary.current_staff);
  row("kind", 2, 0, summary.former_staff);
  for (const auto& count : summary.by_element) {
    row("element", count.element, 0, count.people);
    row("populated", count.element, 0, count.populated);
  }
  for (const auto& count : summary.by_school) row("school", school(count.code), 0, count.people);
  for (const auto& count : summary.by_grade) {
    row("grade", count.code == 0 ? 0 : CodeOf(roster.grades.WordOf(count.code)), 0, count.people);
  }
  for (const auto& count : summary.by_school_year) row("year", count.school_year, 0, count.people);
  for (const auto& count : summary.by_language) {
    row("language", count.code == 0 ? 0 : CodeOf(roster.languages.WordOf(count.code)), 0,
        count.people);
  }
  for (const auto& count : summary.by_program) {
    row("program", CodeOf(roster.programs.WordOf(count.code)), 0, count.people);
  }
  for (const auto& count : summary.by_school_and_element) {
    row("school-element", school(count.school), count.element, count.people);
  }
}

void Ask(ReadTx& tx, const ExposureGround& ground, const Asked& asked, const std::string& out,
         Report& report) {
  const World& world = *ground.roster->world;
  const std::string suffix = absl::StrCat("-", asked.name);
  const GatheredQuestion gathered = Gather(tx, ground, asked.vendor);
  const exposure::Question& question = gathered.question;
  const Exposure exposure = Take(exposure::Enumerate(world, question));
  const exposure::Summary summary = exposure::Summarize(world, exposure, question);
  WriteList(absl::StrCat(out, "/list", suffix), world, question, exposure);
  WriteSummary(absl::StrCat(out, "/summary", suffix), *ground.roster, summary);
  const std::uint64_t people = Take(exposure::CountExposed(world, question));
  if (people != exposure.ordinals.size()) Fail(absl::InternalError("count and list differ"));
  report.Number("people" + suffix, static_cast<double>(people));
  report.Number("cells" + suffix, static_cast<double>(summary.cells));
  report.Number("sets" + suffix, static_cast<double>(exposure.sets.size()));

  report.Time("gather" + suffix, asked.runs, [&] { Gather(tx, ground, asked.vendor); });
  report.Time("count" + suffix, asked.runs, [&] { Take(exposure::CountExposed(world, question)); });
  report.Time("list" + suffix, asked.runs, [&] { Take(exposure::Enumerate(world, question)); });
  report.Time("summarize" + suffix, asked.runs,
              [&] { exposure::Summarize(world, exposure, question); });
  report.Time("summary" + suffix, asked.runs, [&] {
    const Exposure cold = Take(exposure::Enumerate(world, question));
    exposure::Summarize(world, cold, question);
  });
  // From the register to the message that is sent.
  report.Time("message" + suffix, asked.runs, [&] {
    casework::ResolvedExposure resolved;
    resolved.ground = ground;
    resolved.gathered = Gather(tx, ground, asked.vendor);
    resolved.computed = std::make_shared<const casework::ComputedExposure>(
        ground.roster->world, ground.facts->catalogue,
        Take(exposure::Enumerate(world, resolved.gathered.question)));
    Take(casework::SummarizeExposure(tx, resolved, /*omit_digest=*/true));
  });
}

// Every vendor, on two threads, each with a view of its own.
template <typename PerVendor>
void EveryVendor(Store& store, const PerVendor& per_vendor) {
  std::atomic<int> next = 0;
  const auto work = [&] {
    const absl::Status status = store.Read(nullptr, [&](ReadTx& tx) {
      for (int vendor = next++; vendor < kVendors; vendor = next++) per_vendor(tx, vendor);
      return absl::OkStatus();
    });
    if (!status.ok()) Fail(status);
  };
  std::thread second(work);
  work();
  second.join();
}

void AskAll(Store& store, const ExposureGround& ground, const std::string& out, Report& report) {
  const World& world = *ground.roster->world;
  std::vector<std::uint64_t> people(kVendors);
  report.Time("count-all", 3, [&] {
    EveryVendor(store, [&](ReadTx& tx, int vendor) {
      people[static_cast<std::size_t>(vendor)] =
          Take(exposure::CountExposed(world, Gather(tx, ground, vendor).question));
    });
  });
  std::ofstream file(out + "/vendors");
  for (std::size_t vendor = 0; vendor < people.size(); ++vendor) {
    file << vendor << ',' << people[vendor] << '\n';
  }
  report.Time("summary-all", 1, [&] {
    EveryVendor(store, [&](ReadTx& tx, int vendor) {
      const GatheredQuestion gathered = Gather(tx, ground, vendor);
      const Exposure exposure = Take(exposure::Enumerate(world, gathered.question));
      exposure::Summarize(world, exposure, gathered.question);
    });
  });
}

// The view of all vendors that the server keeps, made from nothing, and asked for again.
void AskPortfolio(Store& store, casework::Exposures& exposures, Report& report) {
  std::vector<double> cold;
  std::vector<double> kept;
  for (int run = 0; run < 3; ++run) {
    casework::Portfolio portfolio(&exposures);
    for (std::vector<double>* ms : {&cold, &kept}) {
      const StopWatch watch;
      const absl::Status status = store.Read(nullptr, [&](ReadTx& tx) {
        return portfolio.Get(tx, 0, FromDayNumber(Today())).status();
      });
      if (!status.ok()) Fail(status);
      ms->push_back(watch.Ms());
    }
    if (portfolio.rows_computed() != kVendors) Fail(absl::InternalError("rows computed twice"));
  }
  report.Times("portfolio-cold", cold);
  report.Times("portfolio-kept", kept);
}

int RunEngine(const std::string& data, const std::string& out) {
  const BenchRegister bench = OpenStore(data);
  const std::unique_ptr<Store>& store = bench.store;
  casework::Exposures exposures;
  ExposureGround ground;
  Report report;
  const StopWatch watch;
  const absl::Status status = store->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(ground, exposures.Ground(tx, 0));
    report.Number("load_ms", watch.Ms());
    report.Number("rss_loaded_kb", static_cast<double>(StatusKb("VmRSS")));
    report.Number("people", ground.roster->world->size());
    report.Number("world_bytes", static_cast<double>(ground.roster->world->bytes()));
    for (const Asked& asked : kQuestions) Ask(tx, ground, asked, out, report);
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(status);
  AskAll(*store, ground, out, report);
  AskPortfolio(*store, exposures, report);
  report.Number("rss_asked_kb", static_cast<double>(StatusKb("VmRSS")));
  report.Number("peak_kb", static_cast<double>(StatusKb("VmHWM")));
  report.Print();
  return 0;
}

int RunBitmaps(const std::string& data, const std::string& name) {
  const BenchRegister bench = OpenStore(data);
  const std::unique_ptr<Store>& store = bench.store;
  std::vector<CaseGroup> groups;
  const absl::Status status = store->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(groups, CaseGroups(tx, name));
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(status);
  const std::string path = data + "/bitmaps.db";
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
      "CREATE TABLE bitmap (run INTEGER, position INTEGER, people BLOB, "
      "PRIMARY KEY (run, position))");
  Report report;
  report.Number("bitmaps", static_cast<double>(groups.size()));
  std::size_t bytes = 0;
  for (const CaseGroup& group : groups) bytes += group.people.size();
  report.Number("bitmap_bytes", static_cast<double>(bytes));
  int run = 0;
  report.Time("bitmaps_ms", 9, [&] {
    SQLite::Transaction transaction(db);
    SQLite::Statement insert(db, "INSERT INTO bitmap VALUES (?, ?, ?)");
    for (std::size_t i = 0; i < groups.size(); ++i) {
      insert.bind(1, run);
      insert.bind(2, static_cast<std::int64_t>(i));
      insert.bindNoCopy(3, groups[i].people.data(), static_cast<int>(groups[i].people.size()));
      insert.exec();
      insert.reset();
    }
    transaction.commit();
    ++run;
  });
  report.Print();
  return 0;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  if (mode == "engine") return rollcall::bench::RunEngine(argv[2], argv[3]);
  if (mode == "bitmaps") return rollcall::bench::RunBitmaps(argv[2], argv[3]);
  std::fprintf(stderr, "usage: exposure_peers engine DATA_DIR OUT | bitmaps DATA_DIR CASE\n");
  return 2;
}
