// What sealing costs: the same register twice, once with the real vault and once with one that
// hides nothing, asked the same things by turns in one run.
//
//   sealing_bench FOLDER PEOPLE [PACKAGE]
//
// FOLDER must not exist. Prints one JSON object a line:
//   write   PEOPLE new people with a fact and an enrollment in one transaction, once each
//   stream  all of them with names, in the batches of StreamExposure with details, each batch
//           in a transaction of its own and serialized; without the wire, which costs both the same
//   find    one person by the district's number, in a transaction of its own
//   import  the first import of PACKAGE, a OneRoster zip, into an empty register
// `sealed` and `plain` are wall time, the best of the rounds; `throughput_kept` is plain / sealed.
// `cpu_kept` is the same of the process's CPU time, which other work on the machine disturbs less.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "server/casework/exposures.h"
#include "server/roster/importer.h"
#include "server/roster/people.h"
#include "server/roster/world_cache.h"
#include "storage/roster_store.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"
#include "tests/support/plain_vault.h"
#include "tests/support/test_vault.h"

namespace rollcall::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kFinds = 20'000;
constexpr std::size_t kBatch = 1000;  // As StreamExposure with details.

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "sealing_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}
void Must(const absl::Status& status) {
  if (!status.ok()) Fail(status);
}
template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) Fail(value.status());
  return *std::move(value);
}

// Seconds of one thing done once, or the best of several times.
struct Cost {
  double wall = 1e9;
  double cpu = 1e9;

  void Best(const Cost& other) {
    wall = std::min(wall, other.wall);
    cpu = std::min(cpu, other.cpu);
  }
};

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Cost CostOf(absl::FunctionRef<void()> body) {
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          CpuSeconds() - cpu};
}

std::string DistrictId(std::int64_t person) { return absl::StrCat(40'000'000 + person * 7); }

PersonFact FactOf(std::int64_t person) {
  static const char* const kGiven[] = {"Ana", "Benjamin", "Chidi", "Dolores", "Emeka", "Fatima"};
  static const char* const kFamily[] = {"Garcia", "Huang", "Ivanova", "Johnson", "Kowalski", "Lee"};
  PersonFact fact;
  fact.person_id = person;
  fact.current = true;
  fact.source_id = absl::StrCat("00000000-0000-4000-8000-", 100'000'000'000 + person);
  fact.district_id = DistrictId(person);
  fact.state_id = absl::StrCat(900'000'000 + person);
  fact.given_name = kGiven[person % 6];
  fact.middle_name = "M.";
  fact.family_name = absl::StrCat(kFamily[person / 6 % 6], "-", person % 1000);
  fact.birth_date = static_cast<std::int32_t>(14'000 + person % 4000);
  fact.gender = "female";
  fact.race = "asian,white";
  fact.email = absl::StrCat("student", person, "@students.example.org");
  fact.phone = "+1 312 555 0100";
  return fact;
}

// One of the two registers.
class Side {
 public:
  Side(const std::string& folder, Vault* vault) : vault_(vault), folder_(folder) {
    mkdir(folder.c_str(), 0700);
    store_ = Open("register.db");
  }

  Cost Write(std::int64_t people) {
    return CostOf([&] {
      Must(store_->Write({"benchmark", "benchmark", absl::Now(), nullptr},
                         [&](WriteTx& tx) { return Put(tx, people); }));
    });
  }

  void Load() {
    Must(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(world_, roster::LoadWorld(tx, tx.revision()));
      return absl::OkStatus();
    }));
  }

  // Returns the bytes that would go out.
  std::size_t Stream() {
    const std::size_t total = world_->world->size();
    std::size_t bytes = 0;
    v1::StreamExposureResponse message;
    std::string wire;
    for (std::size_t begin = 0; begin < total; begin += kBatch) {
      v1::ExposureBatch* batch = message.mutable_batch();
      batch->Clear();
      Must(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
        for (std::size_t i = begin; i < std::min(begin + kBatch, total); ++i) {
          RC_RETURN_IF_ERROR(casework::DescribePerson(tx, *world_, static_cast<std::uint32_t>(i),
                                                      batch->add_details()));
        }
        return absl::OkStatus();
      }));
      message.SerializeToString(&wire);
      bytes += wire.size();
    }
    return bytes;
  }

  void Find(std::int64_t people) {
    std::mt19937_64 random(7);
    v1::ListPeopleRequest request;
    v1::ListPeopleResponse response;
    for (int i = 0; i < kFinds; ++i) {
      request.set_district_id(
          DistrictId(1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(people))));
      response.Clear();
      Must(store_->Read(nullptr,
                        [&](ReadTx& tx) { return roster::ListPeople(tx, request, &response); }));
      if (response.people_size() != 1) Fail(absl::InternalError("not exactly one person"));
    }
  }

  Cost Import(const std::string& package) {
    const std::unique_ptr<Store> store = Open("import.db");
    const int fd = open(package.c_str(), O_RDONLY);
    if (fd < 0) Fail(absl::NotFoundError(package));
    roster::ImportInput input;
    input.config.set_format(v1::ROSTER_FORMAT_ONE_ROSTER);
    input.config.set_school_year(2026);
    input.config.mutable_as_of_date()->set_year(2026);
    input.config.mutable_as_of_date()->set_month(3);
    input.config.mutable_as_of_date()->set_day(15);
    input.files.push_back({"roster.zip", fd});
    v1::RosterImport result;
    const Cost cost = CostOf([&] {
      Must(store->Write({"benchmark", "benchmark", absl::Now(), nullptr}, [&](WriteTx& tx) {
        return roster::RunImport(tx, input, nullptr, &result);
      }));
    });
    close(fd);
    return cost;
  }

 private:
  std::unique_ptr<Store> Open(const std::string& file) {
    return Take(
        Store::Open(Take(OpenSqlite(absl::StrCat(folder_, "/", file))), absl::Now(), vault_));
  }

  static absl::Status Put(WriteTx& tx, std::int64_t people) {
    RC_RETURN_IF_ERROR(InsertSchool(tx, {1, "schools/1", "1", "School 1"}));
    RC_RETURN_IF_ERROR(DropRosterIndexes(tx));
    for (std::int64_t person = 1; person <= people; ++person) {
      RC_RETURN_IF_ERROR(InsertPerson(tx, person, 1));
      RC_RETURN_IF_ERROR(WritePersonFact(tx, FactOf(person), /*existed=*/false));
      RC_RETURN_IF_ERROR(
          WriteEnrollment(tx, {person, 2026, 1, "07", 20'000, std::nullopt}, /*existed=*/false));
    }
    RC_RETURN_IF_ERROR(CreateRosterIndexes(tx));
    return InsertImport(tx, 1, "digest", "{}");
  }

  Vault* const vault_;
  const std::string folder_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<const roster::RosterWorld> world_;
};

// `per` turns seconds into the unit that is shown.
void Report(const char* what, std::int64_t people, const Cost& sealed, const Cost& plain,
            double per) {
  std::printf(
      "{\"what\": \"%s\", \"people\": %lld, \"sealed\": %.3f, \"plain\": %.3f, \"unit\": "
      "\"%s\", \"throughput_kept\": %.3f, \"cpu_kept\": %.3f}\n",
      what, static_cast<long long>(people), sealed.wall * per, plain.wall * per,
      per == 1 ? "s" : "us", plain.wall / sealed.wall, plain.cpu / sealed.cpu);
  std::fflush(stdout);
}

// The best cost of each side over rounds in which they take turns.
template <typename Body>
void Compare(const char* what, std::int64_t people, Side& sealed, Side& plain, double per,
             Body body) {
  Cost best[2];
  for (int round = 0; round < kRounds; ++round) {
    best[0].Best(CostOf([&] { body(sealed); }));
    best[1].Best(CostOf([&] { body(plain); }));
  }
  Report(what, people, best[0], best[1], per);
}

int Run(const std::string& folder, std::int64_t people, const std::string& package) {
  mkdir(folder.c_str(), 0700);
  testing::TestVault vault;
  testing::PlainVault open;
  Side sealed(folder + "/sealed", &vault);
  Side plain(folder + "/plain", &open);
  const Cost sealed_write = sealed.Write(people);
  Report("write", people, sealed_write, plain.Write(people), 1);
  sealed.Load();
  plain.Load();
  Compare("stream", people, sealed, plain, 1, [](Side& side) { side.Stream(); });
  Compare("find", people, sealed, plain, 1e6 / kFinds, [&](Side& side) { side.Find(people); });
  if (!package.empty()) {
    const Cost sealed_import = sealed.Import(package);
    Report("import", people, sealed_import, plain.Import(package), 1);
  }
  return 0;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  std::int64_t people = 0;
  if (argc < 3 || argc > 4 || !absl::SimpleAtoi(argv[2], &people) || people < 1) {
    std::fprintf(stderr, "usage: sealing_bench FOLDER PEOPLE [PACKAGE]\n");
    return 2;
  }
  return rollcall::bench::Run(argv[1], people, argc == 4 ? argv[3] : "");
}
