#include "server/casework/transfer_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/case_service.pb.h"
#include "server/exposure/bits.h"
#include "server/exposure/population.h"
#include "server/registry/collections.h"
#include "server/registry/contract_state.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using exposure::Bits;
using exposure::Day;
using google::protobuf::Message;

constexpr std::uint32_t kNobody = UINT32_MAX;

// How a share stands to the day of sending.
enum class Standing { kInForce, kContractNotInForce, kOutsideContract };

struct Candidate {
  const v1::Share* share;
  Standing standing;
  exposure::Interval days;  // Of its period and dates, up to the day of sending.
  std::optional<Bits> people;
};

class Checker {
 public:
  Checker(const ExposureGround& ground, const v1::PlannedTransfer& planned,
          const MatchedIds& matched, absl::CivilDay day)
      : facts_(*ground.facts),
        roster_(*ground.roster),
        world_(*ground.roster->world),
        planned_(planned),
        matched_(matched),
        civil_day_(day),
        day_(ToDayNumber(day)) {}

  absl::StatusOr<std::vector<TransferObstacle>> Run() {
    RC_RETURN_IF_ERROR(FindPeople());
    FindCandidates();
    for (const std::string& name : planned_.data_elements()) {
      RC_ASSIGN_OR_RETURN(const std::uint16_t element, facts_.catalogue->NumberOf(name));
      Judge(name, element);
    }
    AddUnknown();
    return Obstacles();
  }

 private:
  // The ordinals of the file's people, by position and as a set.
  absl::Status FindPeople() {
    const auto ordinal_of = [&](std::uint32_t number) -> absl::StatusOr<std::uint32_t> {
      const auto ordinal = world_.OrdinalOf(number);
      if (!ordinal) return absl::InternalError("a matched person is missing from the world");
      return *ordinal;
    };
    listed_.assign(world_.words(), 0);
    ordinals_.assign(matched_.person.size(), kNobody);
    for (std::size_t i = 0; i < matched_.person.size(); ++i) {
      if (matched_.person[i] == 0) continue;
      RC_ASSIGN_OR_RETURN(ordinals_[i], ordinal_of(matched_.person[i]));
      exposure::SetBit(listed_, ordinals_[i]);
    }
    for (const auto& [position, person] : matched_.further) {
      RC_ASSIGN_OR_RETURN(const std::uint32_t ordinal, ordinal_of(person));
      exposure::SetBit(listed_, ordinal);
      further_.emplace_back(position, ordinal);
    }
    return absl::OkStatus();
  }

  void FindCandidates() {
    ForEachChild(facts_.shares, planned_.parent() + "/shares", [&](const v1::Share& share) {
      if (!planned_.share().empty() && share.name() != planned_.share()) return;
      if (!planned_.product().empty() && !share.product().empty() &&
          share.product() != planned_.product()) {
        return;
      }
      if (ToDayNumber(ToCivilDay(share.start_date())) > day_) return;
      if (share.has_end_date() && ToDayNumber(ToCivilDay(share.end_date())) < day_) return;
      Candidate candidate{&share, StandingOf(share), {}, std::nullopt};
      const exposure::Population population = PopulationOf(roster_, share.population());
      candidate.days =
          exposure::Interval{ToDayNumber(ToCivilDay(share.start_date())), day_}.Intersect(
              population.dates);
      candidates_.push_back(std::move(candidate));
    });
  }

  Standing StandingOf(const v1::Share& share) const {
    if (share.contract().empty()) return Standing::kOutsideContract;
    const auto found = facts_.contracts.find(share.contract());
    if (found == facts_.contracts.end()) return Standing::kContractNotInForce;
    const auto first = registry::FirstDay(*found->second);
    const auto last = registry::LastDay(*found->second);
    const bool in_force =
        first.has_value() && *first <= civil_day_ && (!last.has_value() || civil_day_ <= *last);
    return in_force ? Standing::kInForce : Standing::kContractNotInForce;
  }

  const Bits& PeopleOf(Candidate& candidate) {
    if (!candidate.people.has_value()) {
      candidate.people.emplace(world_.words());
      const exposure::SpellFilter filter(
          world_, PopulationOf(roster_, candidate.share->population()), {}, candidate.days);
      filter.AddPeople(&*candidate.people, nullptr);
    }
    return *candidate.people;
  }

  const Bits& InProgram(const std::string& program, const exposure::Interval& days) {
    const auto [found, added] = programs_.try_emplace({program, days.first, days.last});
    if (added) {
      found->second.assign(world_.words(), 0);
      exposure::AddInProgram(world_, roster_.programs.Find(program), days, &found->second);
    }
    return found->second;
  }

  // For one element: who may have it sent, and for the others why not, the nearest reason first.
  void Judge(const std::string& name, std::uint16_t element) {
    using Reason = v1::TransferFindingReason;
    const exposure::SubjectKind holder =
        exposure::HolderOf(facts_.catalogue->elements[element].subject);
    Bits left = listed_;
    bool listed_by_any = false;
    // What each kind of share would cover.
    std::map<std::pair<Reason, std::string>, Bits> explained;
    const auto explain = [&](Reason reason, const std::string& resource) -> Bits& {
      Bits& people = explained[{reason, resource}];
      people.resize(world_.words());
      return people;
    };
    for (Candidate& candidate : candidates_) {
      for (const v1::SharedElement& shared : candidate.share->elements()) {
        if (shared.data_element() != name) continue;
        listed_by_any = true;
        const Bits& people = PeopleOf(candidate);
        const std::string& program = shared.condition_program();
        const Bits* condition = program.empty() ? nullptr : &InProgram(program, candidate.days);
        switch (candidate.standing) {
          case Standing::kInForce:
            for (std::size_t i = 0; i < left.size(); ++i) {
              left[i] &=
                  ~(people[i] & (condition == nullptr ? ~exposure::Word{0} : (*condition)[i]));
            }
            if (condition != nullptr) {
              exposure::OrInto(people, explain(v1::TRANSFER_FINDING_REASON_CONDITION_NOT_MET,
                                               candidate.share->name()));
            }
            break;
          case Standing::kContractNotInForce:
            exposure::AddProduct(people, condition, nullptr,
                                 explain(v1::TRANSFER_FINDING_REASON_CONTRACT_NOT_IN_FORCE,
                                         candidate.share->contract()));
            break;
          case Standing::kOutsideContract:
            exposure::AddProduct(
                people, condition, nullptr,
                explain(v1::TRANSFER_FINDING_REASON_OUTSIDE_CONTRACT, candidate.share->name()));
            break;
        }
      }
    }
    for (auto& [key, people] : explained) {
      for (std::size_t i = 0; i < left.size(); ++i) {
        people[i] &= left[i];
        left[i] &= ~people[i];
      }
      AddFinding(key.first, key.second, name, people);
    }
    Reason rest = v1::TRANSFER_FINDING_REASON_OUTSIDE_POPULATION;
    if (candidates_.empty()) {
      rest = v1::TRANSFER_FINDING_REASON_NO_SHARE;
    } else if (!listed_by_any) {
      rest = v1::TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED;
    }
    if (rest == v1::TRANSFER_FINDING_REASON_OUTSIDE_POPULATION) {
      // A field that people of this kind do not have says nothing about them.
      for (std::size_t i = 0; i < left.size(); ++i) {
        const exposure::Word staff = world_.staff()[i];
        left[i] &= holder == exposure::SubjectKind::kStaff ? staff : ~staff;
      }
      AddFinding(rest, "", name, left);
    } else {
      whole_file_[{rest, ""}].push_back(name);
    }
  }

  void AddFinding(v1::TransferFindingReason reason, const std::string& resource,
                  const std::string& element, const Bits& people) {
    if (std::all_of(people.begin(), people.end(), [](exposure::Word w) { return w == 0; })) return;
    some_people_[{reason, resource, people}].push_back(element);
  }

  void AddUnknown() {
    if (matched_.unmatched.size() == 0) return;
    TransferObstacle obstacle;
    obstacle.finding.set_reason(v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON);
    for (std::uint32_t i = 0; i < ordinals_.size(); ++i) {
      if (ordinals_[i] == kNobody) obstacle.positions.push_back(i);
    }
    unknown_ = std::move(obstacle);
  }

  std::vector<TransferObstacle> Obstacles() {
    std::vector<TransferObstacle> obstacles;
    for (const auto& [key, elements] : whole_file_) {
      TransferObstacle& obstacle = obstacles.emplace_back();
      Fill(key.first, key.second, elements, &obstacle);
    }
    for (const auto& [key, elements] : some_people_) {
      const auto& [reason, resource, people] = key;
      TransferObstacle& obstacle = obstacles.emplace_back();
      auto next = further_.begin();
      for (std::uint32_t i = 0; i < ordinals_.size(); ++i) {
        bool about = ordinals_[i] != kNobody && exposure::TestBit(people, ordinals_[i]);
        for (; next != further_.end() && next->first == i; ++next) {
          about = about || exposure::TestBit(people, next->second);
        }
        if (about) obstacle.positions.push_back(i);
      }
      Fill(reason, resource, elements, &obstacle);
    }
    if (unknown_.has_value()) {
      Fill(v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON, "", {}, &*unknown_);
      obstacles.push_back(*std::move(unknown_));
    }
    std::stable_sort(obstacles.begin(), obstacles.end(), [](const auto& a, const auto& b) {
      return a.finding.reason() < b.finding.reason();
    });
    return obstacles;
  }

  void Fill(v1::TransferFindingReason reason, const std::string& resource,
            const std::vector<std::string>& elements, TransferObstacle* obstacle) const {
    v1::TransferFinding& finding = obstacle->finding;
    finding.set_reason(reason);
    finding.set_resource(resource);
    for (const std::string& element : elements) finding.add_data_elements(element);
    const bool whole = obstacle->positions.empty();
    finding.set_ids(whole ? static_cast<std::int64_t>(ordinals_.size())
                          : std::ssize(obstacle->positions));
    finding.set_explanation(Explain(reason, resource));
  }

  std::string Explain(v1::TransferFindingReason reason, const std::string& resource) const {
    const std::string day = DateText(ToDate(civil_day_));
    switch (reason) {
      case v1::TRANSFER_FINDING_REASON_NO_SHARE:
        return absl::StrCat(planned_.parent(), " has no share on ", day);
      case v1::TRANSFER_FINDING_REASON_CONTRACT_NOT_IN_FORCE:
        return absl::StrCat(resource, " is not in force on ", day);
      case v1::TRANSFER_FINDING_REASON_OUTSIDE_CONTRACT:
        return absl::StrCat("no contract stands behind ", resource);
      case v1::TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED:
        return absl::StrCat("no share on ", day, " lists it");
      case v1::TRANSFER_FINDING_REASON_CONDITION_NOT_MET:
        return absl::StrCat(resource, " has it only for people in a program, and these are not");
      case v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON:
        return "the ids match nobody in the roster";
      default:
        return "a share lists it, but not for these people";
    }
  }

  const RegisterFacts& facts_;
  const roster::RosterWorld& roster_;
  const exposure::World& world_;
  const v1::PlannedTransfer& planned_;
  const MatchedIds& matched_;
  const absl::CivilDay civil_day_;
  const Day day_;
  std::vector<std::uint32_t> ordinals_;  // By position; kNobody for an unknown id.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> further_;  // Position, ordinal; ascending.
  Bits listed_;
  std::vector<Candidate> candidates_;
  std::map<std::tuple<std::string, Day, Day>, Bits> programs_;
  std::map<std::pair<v1::TransferFindingReason, std::string>, std::vector<std::string>> whole_file_;
  std::map<std::tuple<v1::TransferFindingReason, std::string, Bits>, std::vector<std::string>>
      some_people_;
  std::optional<TransferObstacle> unknown_;
};

// An incident is over once it has a case and all of its cases are closed.
absl::StatusOr<bool> IsOver(ReadTx& tx, const std::string& incident) {
  bool any = false;
  bool all_closed = true;
  v1::Case scratch;
  RC_RETURN_IF_ERROR(CaseTable().List(
      tx, "", "", kNewest, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& row = dynamic_cast<const v1::Case&>(record);
        if (row.incident() != incident) return true;
        any = true;
        all_closed = all_closed && row.state() == v1::CASE_STATE_CLOSED;
        return true;
      }));
  return any && all_closed;
}

absl::Status AddOpenIncidents(ReadTx& tx, const v1::PlannedTransfer& planned, std::int64_t ids,
                              std::vector<TransferObstacle>* obstacles) {
  std::vector<std::string> names;
  v1::Incident scratch;
  RC_RETURN_IF_ERROR(IncidentTable().List(
      tx, "", "", kNewest, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& row = dynamic_cast<const v1::Incident&>(record);
        if (row.vendor() == planned.parent() ||
            std::find(planned.via().begin(), planned.via().end(), row.vendor()) !=
                planned.via().end()) {
          names.push_back(row.name());
        }
        return true;
      }));
  for (const std::string& name : names) {
    RC_ASSIGN_OR_RETURN(const bool over, IsOver(tx, name));
    if (over) continue;
    v1::TransferFinding& finding = obstacles->emplace_back().finding;
    finding.set_reason(v1::TRANSFER_FINDING_REASON_OPEN_INCIDENT);
    finding.set_ids(ids);
    finding.set_resource(name);
    finding.set_explanation(absl::StrCat(name, " is not over"));
  }
  return absl::OkStatus();
}

absl::Status CheckPlanned(ReadTx& tx, const v1::PlannedTransfer& planned) {
  RC_RETURN_IF_ERROR(registry::CheckName(registry::Vendors(), planned.parent(), "parent"));
  v1::Vendor vendor;
  RC_RETURN_IF_ERROR(VendorTable().Get(tx, planned.parent(), kNewest, &vendor));
  if (!planned.share().empty()) {
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, ShareTable(), planned.share(), "share"));
  }
  if (!planned.product().empty()) {
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, ProductTable(), planned.product(), "product"));
  }
  for (int i = 0; i < planned.via_size(); ++i) {
    RC_RETURN_IF_ERROR(
        registry::RequireRecord(tx, VendorTable(), planned.via(i), absl::StrCat("via[", i, "]")));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<TransferObstacle>> FindObstacles(ReadTx& tx, Exposures& exposures,
                                                            const v1::PlannedTransfer& planned,
                                                            const MatchedIds& matched,
                                                            absl::CivilDay today) {
  RC_RETURN_IF_ERROR(CheckPlanned(tx, planned));
  RC_ASSIGN_OR_RETURN(const ExposureGround ground, exposures.Ground(tx, 0));
  const absl::CivilDay day = planned.has_send_date() ? ToCivilDay(planned.send_date()) : today;
  RC_ASSIGN_OR_RETURN(std::vector<TransferObstacle> obstacles,
                      Checker(ground, planned, matched, day).Run());
  RC_RETURN_IF_ERROR(AddOpenIncidents(tx, planned, std::ssize(matched.person), &obstacles));
  return obstacles;
}

absl::Status FindUndeclaredParts(ReadTx& tx, Exposures& exposures,
                                 const v1::PlannedTransfer& planned, const MatchedIds& matched,
                                 std::vector<v1::TransferFinding>* findings) {
  RC_ASSIGN_OR_RETURN(const ExposureGround ground, exposures.Ground(tx, 0));
  RC_ASSIGN_OR_RETURN(const std::vector<TransferObstacle> obstacles,
                      Checker(ground, planned, matched, ToCivilDay(planned.send_date())).Run());
  for (const TransferObstacle& obstacle : obstacles) {
    if (obstacle.finding.reason() != v1::TRANSFER_FINDING_REASON_UNKNOWN_PERSON) {
      findings->push_back(obstacle.finding);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::TransferFinding>> UndeclaredForPerson(
    const ExposureGround& ground, const v1::PlannedTransfer& planned, std::uint32_t person) {
  MatchedIds matched;
  matched.person = {person};
  matched.people = {person};
  RC_ASSIGN_OR_RETURN(std::vector<TransferObstacle> obstacles,
                      Checker(ground, planned, matched, ToCivilDay(planned.send_date())).Run());
  std::vector<v1::TransferFinding> findings;
  for (TransferObstacle& obstacle : obstacles) findings.push_back(std::move(obstacle.finding));
  return findings;
}

}  // namespace rollcall::casework
