// Exposures: resolves what a request asks about, asks the engine, and puts the answer into the
// API's words.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/casework/exposure_question.h"
#include "server/casework/register_facts.h"
#include "server/exposure/digest.h"
#include "server/exposure/engine.h"
#include "server/exposure/filter.h"
#include "server/roster/world_cache.h"
#include "storage/store.h"

namespace rollcall::casework {

// What a request asks about: a name in one of the forms that ExposureService lists, or a what-if.
struct ExposureSubject {
  std::string name;
  const v1::WhatIf* what_if = nullptr;  // Null if the request has none.
  // The revision of the register; 0 means the transaction's own.
  std::int64_t revision = 0;
  // The local day of the call. Of a vendor or product it is asked what would be exposed if it were
  // compromised on this day.
  absl::CivilDay today;
};

// What the engine gave, and what follows from it alone. Worked out at the first use, which is safe
// on any thread; shared by all revisions at which the same question has the same answer.
class ComputedExposure {
 public:
  ComputedExposure(std::shared_ptr<const exposure::World> world,
                   std::shared_ptr<const Catalogue> catalogue, exposure::Exposure exposure)
      : world_(std::move(world)),
        catalogue_(std::move(catalogue)),
        exposure_(std::move(exposure)) {}

  const exposure::Exposure& exposure() const { return exposure_; }

  // The exposed people in ascending order of number.
  const exposure::PeopleById& people_by_id() const;

  // docs/exposure-format.md. `secret` is that of the register.
  absl::StatusOr<exposure::SaltKey> SaltKey(std::string_view secret) const;
  absl::StatusOr<exposure::ExposureDigest> Digest(std::string_view secret) const;
  absl::StatusOr<exposure::ExposureProof> Proof(std::string_view secret,
                                                std::uint64_t person) const;

  // Bytes of memory, about, with everything worked out.
  std::size_t bytes() const;

 private:
  exposure::ExposureColumns Columns() const;

  const std::shared_ptr<const exposure::World> world_;
  const std::shared_ptr<const Catalogue> catalogue_;
  const exposure::Exposure exposure_;
  mutable std::mutex mutex_;
  mutable std::optional<exposure::PeopleById> people_by_id_;  // Guarded by mutex_.
  mutable std::optional<exposure::SaltKey> salt_key_;         // Guarded by mutex_.
  mutable std::optional<exposure::ExposureDigest> digest_;    // Guarded by mutex_.
};

// An exposure with everything that is needed to speak of it. Immutable.
struct ResolvedExposure {
  v1::Incident incident;    // Made up if nobody reported one.
  v1::Statement statement;  // Likewise.
  ExposureGround ground;
  GatheredQuestion gathered;  // Its basis is complete, with warnings.
  std::shared_ptr<const ComputedExposure> computed;

  const exposure::Exposure& exposure() const { return computed->exposure(); }
  const v1::ExposureBasis& basis() const { return gathered.basis; }
  const exposure::World& world() const { return *ground.roster->world; }
  const Catalogue& catalogue() const { return *ground.facts->catalogue; }
};

// Resolves exposures and keeps the last ones: a list is turned page by page, a summary is followed
// by a case. Thread-safe.
class Exposures {
 public:
  // `limits` bound what one question may take.
  explicit Exposures(const exposure::Limits& limits = {}) : limits_(limits) {}

  // The exposure of a subject.
  // Errors: kNotFound, kFailedPrecondition (no statement), kInvalidArgument (a revision that does
  // not exist yet, a name of another form, neither or both of name and what-if),
  // kResourceExhausted (the question is too large).
  absl::StatusOr<std::shared_ptr<const ResolvedExposure>> Resolve(ReadTx& tx,
                                                                  const ExposureSubject& subject);

  // The ids of the roster in memory.
  roster::IdIndexCache& ids() { return ids_; }

  const exposure::Limits& limits() const { return limits_; }

  // Forgets everything of other rosters than that of `ground`. Calls that use one keep it until
  // they end; it is loaded again for whoever asks for it.
  void KeepOnly(const ExposureGround& ground);

  // Roster and register at a revision, 0 meaning the transaction's own.
  absl::StatusOr<ExposureGround> Ground(ReadTx& tx, std::int64_t revision);

 private:
  struct Kept {
    std::string key;        // Subject, revision and day.
    std::string substance;  // All that the answer depends on.
    std::shared_ptr<const ResolvedExposure> resolved;
  };
  static constexpr std::size_t kMaxKept = 8;
  static constexpr std::size_t kMaxKeptBytes = std::size_t{40} << 20;

  // What was computed for the same substance; null if nothing was.
  std::shared_ptr<const ComputedExposure> FindComputed(const std::string& substance);
  void Keep(Kept kept);

  const exposure::Limits limits_;
  roster::WorldCache worlds_;
  RegisterFactsCache facts_;
  roster::IdIndexCache ids_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // Guarded by mutex_; newest use first.
};

// The newest statement of an incident at a revision. kFailedPrecondition if it has none.
absl::Status ReadNewestStatement(ReadTx& tx, std::string_view incident, std::int64_t revision,
                                 v1::Statement* statement);

// The register's secret, from which the salts of digests are derived; 32 bytes.
absl::StatusOr<std::string> ExposureSecret(ReadTx& tx);

// One of the distinct sets in the API's form.
v1::ExposureSet SetMessage(const ResolvedExposure& resolved, const exposure::ElementSet& set);

// The digest, lower-case hexadecimal.
absl::StatusOr<std::string> ExposureDigest(ReadTx& tx, const ResolvedExposure& resolved);

// The exposure in numbers.
absl::StatusOr<v1::ExposureSummary> SummarizeExposure(ReadTx& tx, const ResolvedExposure& resolved,
                                                      bool omit_digest);

// Fills a row of a list with what the roster says of the person, without elements.
absl::Status DescribePerson(ReadTx& tx, const roster::RosterWorld& roster, std::uint32_t ordinal,
                            v1::ExposedPerson* person);

// Where a list or a stream goes on: behind a person, on the day of its first page, so that midnight
// does not change the question.
struct ListPlace {
  std::uint64_t after = 0;
  absl::CivilDay today;
};
std::string PlaceText(const ListPlace& place);
std::optional<ListPlace> ParsePlace(std::string_view text);

// One page of the list; see the API.
absl::Status ListExposedPeople(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                               const v1::ListExposedPeopleRequest& request,
                               v1::ListExposedPeopleResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_
