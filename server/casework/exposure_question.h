// From the register to the engine's question: what a party held, through whom, what was sent to
// it, what was destroyed, and what its statement says.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURE_QUESTION_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURE_QUESTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/casework/register_facts.h"
#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/supply_chain.h"
#include "server/roster/id_index.h"
#include "server/roster/world_cache.h"
#include "storage/store.h"

namespace rollcall::casework {

// The register at one revision, as far as exposures rest on it.
struct ExposureGround {
  std::int64_t revision = 0;
  std::shared_ptr<const roster::RosterWorld> roster;
  std::shared_ptr<const RegisterFacts> facts;
  roster::IdIndexCache* ids = nullptr;  // Never null; outlives what is gathered from here.
};

// A population in the codes of a roster.
exposure::Population PopulationOf(const roster::RosterWorld& roster,
                                  const v1::Population& population);

// A party and everybody whose data may have come to it by a day, the party first; see
// exposure/supply_chain.h. Vendors are numbered by their place in `vendor_names`, which ascend.
struct SupplyChain {
  std::vector<std::string> vendor_names;
  exposure::SupplyQuestion question;  // What was asked; no edges if the party processes for nobody.
  std::vector<exposure::UpstreamVendor> upstream;
};
absl::StatusOr<SupplyChain> FindSupplyChain(const RegisterFacts& facts, const std::string& party,
                                            exposure::Day until);

// A file with a person in it.
struct FileOfPerson {
  std::string transfer;  // `vendors/{vendor}/transfers/{transfer}`.
  std::string holder;    // The party, or the first vendor behind it that had the file.
  std::string product;   // Empty if none was named.
  exposure::Day day = 0;
};

// A question with the names behind its numbers.
struct GatheredQuestion {
  exposure::Question question;
  // vendor, revision, window, shares, transfer_groups, dispositions and upstream are filled in;
  // transfer groups stand at the place that is their number in the question.
  v1::ExposureBasis basis;
  std::vector<std::string> share_names;        // By share number.
  std::vector<std::string> disposition_names;  // By disposition number.
  std::int64_t unmatched_entries = 0;          // Of the statement's list.
  // If the question was gathered for a person: by the number of each group, its files that have
  // the person in them.
  std::vector<std::vector<FileOfPerson>> files_of_person;
  // Everything that the answer rests on beside roster and catalogue, as text: two questions of the
  // same party with the same text, roster, catalogue and window are the same.
  std::string ingredients;
};

// Gathers the question about a compromise of `incident.vendor` as the statement describes it. Both
// may be made up for the purpose; of the incident only vendor and window count. The list is that
// of the statement if it has a name, else the ids of `what_if`, which may be null.
//
// Dispositions count if they are dated before the window; without a first day none does. What came
// through other vendors is limited by the statement's elements and school years, but not by its
// products and shares, which are those of the party.
//
// With `person`, an ordinal of the ground's World, the files with that person are kept, too.
//
// Errors: kFailedPrecondition (an element that the catalogue does not have at that revision),
// kDataLoss (stored people that cannot be read), and the store's.
absl::StatusOr<GatheredQuestion> GatherQuestion(ReadTx& tx, const ExposureGround& ground,
                                                const v1::Incident& incident,
                                                const v1::Statement& statement,
                                                const v1::WhatIf* what_if,
                                                std::optional<std::uint32_t> person = std::nullopt);

// Adds to the basis what a reader must know that only the answer shows.
void AddWarnings(const GatheredQuestion& gathered, const v1::Incident& incident,
                 const ExposureGround& ground, const exposure::Exposure& exposure,
                 v1::ExposureBasis* basis);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURE_QUESTION_H_
