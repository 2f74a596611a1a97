#include "server/casework/exposure_question.h"

#include <algorithm>
#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/exposure/bits.h"
#include "server/exposure/supply_chain.h"
#include "storage/people_set_store.h"
#include "storage/record_table.h"
#include "storage/statement_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using exposure::Day;
using exposure::kMaxDay;
using exposure::kMinDay;

constexpr int kNamesInWarning = 8;

Day DayOr(bool set, const google::type::Date& date, Day otherwise) {
  return set ? ToDayNumber(ToCivilDay(date)) : otherwise;
}

template <typename List>
bool Has(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Names for a warning, at most a few of them.
std::string SomeOf(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(), names.begin() + std::min<std::ptrdiff_t>(kNamesInWarning, std::ssize(names)));
  std::string text = absl::StrJoin(shown, ", ");
  if (names.size() > shown.size()) {
    absl::StrAppend(&text, " and ", names.size() - shown.size(), " more");
  }
  return text;
}

// A stored set of people.
absl::StatusOr<Roaring> Unpack(std::string_view bytes) {
  roaring_bitmap_t* people = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (people == nullptr) {
    return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                     "a stored set of people cannot be read");
  }
  return Roaring(people);
}

// A disposition in force before the window.
struct LiveDisposition {
  const v1::Disposition* record;
  Day day;
  std::uint16_t position;  // In Question::dispositions.
};

// A transfer, copied from its row.
struct TransferFacts {
  std::string name;
  std::string vendor;
  bool upstream = false;
  std::string share;
  std::string product;
  Day day = 0;
  std::vector<v1::TransferElement> elements;
  std::int64_t ids = 0;
  std::int64_t unmatched = 0;
  v1::ListIdKind id_kind = v1::LIST_ID_KIND_UNSPECIFIED;
  v1::SubjectKind subject = v1::SUBJECT_KIND_UNSPECIFIED;
  std::int64_t revision = 0;
  bool undeclared = false;
  std::string people_sha256;
};

// Files that say the same, while they are gathered.
struct Group {
  v1::TransferGroup message;
  std::vector<std::uint16_t> elements;
  std::vector<std::uint16_t> overrule_empty;
  std::vector<std::uint16_t> cuts;
  bool upstream = false;
  exposure::Bits people;
  std::set<std::string> sets;     // Digests of the sets that are in `people`.
  std::set<std::string> carried;  // Files upstream that have been counted.
  std::vector<FileOfPerson> of_person;
};

class Gatherer {
 public:
  Gatherer(ReadTx& tx, const ExposureGround& ground, const v1::Incident& incident,
           const v1::Statement& statement, const v1::WhatIf* what_if,
           std::optional<std::uint32_t> person, GatheredQuestion* out)
      : tx_(tx),
        ground_(ground),
        facts_(*ground.facts),
        catalogue_(*ground.facts->catalogue),
        world_(*ground.roster->world),
        incident_(incident),
        statement_(statement),
        what_if_(what_if),
        person_(person),
        out_(*out),
        question_(out->question) {}

  absl::Status Run() {
    question_.elements = catalogue_.elements;
    RC_RETURN_IF_ERROR(ReadScope());
    RC_RETURN_IF_ERROR(FindVendors());
    RC_RETURN_IF_ERROR(ReadDispositions());
    if (!DispositionsOf(incident_.vendor()).empty()) {
      RC_ASSIGN_OR_RETURN(last_arrivals_, exposure::FindLastArrivals(supply_));
      for (const auto& [vendor, days] : last_arrivals_) {
        absl::StrAppend(&out_.ingredients, vendor_names_[vendor], " arrives ",
                        absl::StrJoin(days, ","), "\n");
      }
    }
    for (const exposure::UpstreamVendor& vendor : upstream_) {
      RC_RETURN_IF_ERROR(ReadShares(vendor));
    }
    for (const exposure::UpstreamVendor& vendor : upstream_) {
      RC_RETURN_IF_ERROR(ReadTransfers(vendor));
    }
    AddGroups();
    RC_RETURN_IF_ERROR(ReadList());
    AddBasis();
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::vector<std::uint16_t>> Numbers(
      const google::protobuf::RepeatedPtrField<std::string>& names) const {
    std::vector<std::uint16_t> numbers;
    for (const std::string& name : names) {
      RC_ASSIGN_OR_RETURN(const std::uint16_t number, catalogue_.NumberOf(name));
      numbers.push_back(number);
    }
    return numbers;
  }

  absl::Status ReadScope() {
    question_.window_last =
        DayOr(incident_.has_window_end_date(), incident_.window_end_date(), kMaxDay);
    for (const int year : statement_.school_years()) {
      question_.scope.school_years.push_back(static_cast<std::int16_t>(year));
    }
    question_.scope.limit_to_list = statement_.list_use() == v1::LIST_USE_LIMITS;
    RC_ASSIGN_OR_RETURN(question_.statement_elements, Numbers(statement_.data_elements()));
    question_.scope.elements = question_.statement_elements;
    return absl::OkStatus();
  }

  // The party and everybody whose data may have come to it.
  absl::Status FindVendors() {
    RC_ASSIGN_OR_RETURN(SupplyChain chain,
                        FindSupplyChain(facts_, incident_.vendor(), question_.window_last));
    vendor_names_ = std::move(chain.vendor_names);
    upstream_ = std::move(chain.upstream);
    supply_ = std::move(chain.question);
    for (const exposure::UpstreamVendor& vendor : upstream_) {
      if (vendor.depth() == 0) continue;
      for (const std::uint32_t number : vendor.chain) {
        absl::StrAppend(&out_.ingredients, vendor_names_[number], " ");
      }
      for (const exposure::UpstreamElements& reached : vendor.reached) {
        absl::StrAppend(&out_.ingredients, "until ", reached.last_day, ":",
                        absl::StrJoin(reached.elements, ","), "\n");
      }
    }
    return absl::OkStatus();
  }

  const std::string& NameOf(const exposure::UpstreamVendor& vendor) const {
    return vendor_names_[vendor.vendor];
  }

  // Dispositions of the party, and those of the others that speak for their subprocessors.
  absl::Status ReadDispositions() {
    for (const exposure::UpstreamVendor& vendor : upstream_) {
      absl::Status status;
      ForEachChild(facts_.dispositions, NameOf(vendor) + "/dispositions",
                   [&](const v1::Disposition& record) {
                     if (status.ok()) status = ReadDisposition(vendor, record);
                   });
      RC_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

  absl::Status ReadDisposition(const exposure::UpstreamVendor& vendor,
                               const v1::Disposition& record) {
    if (vendor.depth() > 0 && !record.includes_subprocessors()) return absl::OkStatus();
    const Day day = ToDayNumber(ToCivilDay(record.disposition_date()));
    if (!incident_.has_window_start_date() ||
        day >= ToDayNumber(ToCivilDay(incident_.window_start_date()))) {
      return absl::OkStatus();
    }
    exposure::Disposition disposition;
    disposition.disposition = static_cast<std::uint32_t>(out_.disposition_names.size());
    RC_ASSIGN_OR_RETURN(disposition.elements, Numbers(record.data_elements()));
    if (record.lists_people()) {
      RC_ASSIGN_OR_RETURN(const NamedPeople named,
                          GetPeople(tx_, record.name(), record.revision()));
      RC_ASSIGN_OR_RETURN(exposure::Bits people, BitsOf(named.people));
      if (record.unmatched() > 0) {
        // As in CreateDisposition: an id of several people takes nothing away.
        RC_RETURN_IF_ERROR(MatchLater(record.name(), record.revision(), record.id_kind(),
                                      record.subject(), /*several=*/false, &people)
                               .status());
      }
      disposition.people = OrdinalsOf(people);
    }
    dispositions_[NameOf(vendor)].push_back(
        {&record, day, static_cast<std::uint16_t>(question_.dispositions.size())});
    question_.dispositions.push_back(std::move(disposition));
    out_.disposition_names.push_back(record.name());
    NoteIngredient(record.name(), record.revision());
    return absl::OkStatus();
  }

  bool InScope(const v1::Share& share) const {
    return (statement_.products().empty() || share.product().empty() ||
            Has(statement_.products(), share.product())) &&
           (statement_.shares().empty() || Has(statement_.shares(), share.name()));
  }

  absl::Status ReadShares(const exposure::UpstreamVendor& vendor) {
    absl::Status status;
    ForEachChild(facts_.shares, NameOf(vendor) + "/shares", [&](const v1::Share& share) {
      if (status.ok() && (vendor.depth() > 0 || InScope(share))) status = AddShare(vendor, share);
    });
    return status;
  }

  // A share, in one part for each last day on which its elements could have reached the party.
  absl::Status AddShare(const exposure::UpstreamVendor& vendor, const v1::Share& share) {
    exposure::DeclaredShare declared;
    declared.share = static_cast<std::uint32_t>(out_.share_names.size());
    declared.period = {ToDayNumber(ToCivilDay(share.start_date())),
                       DayOr(share.has_end_date(), share.end_date(), kMaxDay)};
    declared.population = PopulationOf(*ground_.roster, share.population());
    std::vector<exposure::SharedElement> elements;
    for (const v1::SharedElement& element : share.elements()) {
      exposure::SharedElement shared;
      RC_ASSIGN_OR_RETURN(shared.element, catalogue_.NumberOf(element.data_element()));
      if (!element.condition_program().empty()) {
        shared.condition_program = ground_.roster->programs.Find(element.condition_program());
      }
      elements.push_back(shared);
    }
    NoteIngredient(share.name(), share.revision());
    out_.share_names.push_back(share.name());
    if (vendor.depth() == 0) {
      declared.elements = std::move(elements);
      declared.cuts = CutsOf(vendor, share, kMaxDay);
      question_.shares.push_back(std::move(declared));
      return absl::OkStatus();
    }
    for (const exposure::UpstreamElements& reached : vendor.reached) {
      exposure::DeclaredShare part = declared;
      part.period.last = std::min(part.period.last, reached.last_day);
      if (part.period.empty()) continue;
      std::map<Day, std::vector<exposure::SharedElement>> by_arrival;
      for (const exposure::SharedElement& shared : elements) {
        if (std::binary_search(reached.elements.begin(), reached.elements.end(), shared.element)) {
          by_arrival[LastArrival(vendor, shared.element)].push_back(shared);
        }
      }
      for (auto& [last_arrival, arriving] : by_arrival) {
        part.elements = std::move(arriving);
        part.cuts = CutsOf(vendor, share, last_arrival);
        question_.shares.push_back(part);
      }
    }
    return absl::OkStatus();
  }

  // Whether a disposition speaks of what went under a share to a product.
  static bool SpeaksOf(const v1::Disposition& disposition, const std::string& share,
                       const std::string& product) {
    return (disposition.shares().empty() || Has(disposition.shares(), share)) &&
           (disposition.products().empty() || product.empty() ||
            Has(disposition.products(), product));
  }

  // The dispositions that speak of a share. What the party says of data that came through others
  // holds only if nothing could come any more behind its date: the others still had it.
  std::vector<exposure::Cut> CutsOf(const exposure::UpstreamVendor& vendor, const v1::Share& share,
                                    Day last_arrival) const {
    std::vector<exposure::Cut> cuts;
    for (const LiveDisposition& disposition : DispositionsOf(NameOf(vendor))) {
      if (SpeaksOf(*disposition.record, share.name(), share.product())) {
        cuts.push_back({disposition.position, disposition.day});
      }
    }
    if (vendor.depth() == 0) return cuts;
    for (const LiveDisposition& disposition : DispositionsOf(incident_.vendor())) {
      if (last_arrival <= disposition.day && SpeaksOf(*disposition.record, share.name(), "")) {
        cuts.push_back({disposition.position, kMaxDay});
      }
    }
    return cuts;
  }

  const std::vector<LiveDisposition>& DispositionsOf(const std::string& vendor) const {
    static const std::vector<LiveDisposition> none;
    const auto found = dispositions_.find(vendor);
    return found == dispositions_.end() ? none : found->second;
  }

  // --- Transfers -------------------------------------------------------------------------------

  absl::Status ReadTransfers(const exposure::UpstreamVendor& vendor) {
    if (facts_.newest_transfer.find(NameOf(vendor)) == facts_.newest_transfer.end()) {
      return absl::OkStatus();
    }
    NoteIngredient(NameOf(vendor), facts_.newest_transfer.find(NameOf(vendor))->second);
    // The rows are collected first: sets of people are read by statements of their own.
    std::vector<TransferFacts> transfers;
    RC_RETURN_IF_ERROR(TransfersOf(
        tx_, NameOf(vendor), ground_.revision, [&](const TransferRow& row) -> absl::Status {
          if (row.send_day > question_.window_last) return absl::OkStatus();
          if (vendor.depth() == 0) {
            // A file that the party carried for another one is none of its own products.
            if (!row.carried && !InScope(row)) return absl::OkStatus();
            own_transfers_.insert(std::string(row.name));
          } else if (own_transfers_.contains(std::string(row.name))) {
            return absl::OkStatus();
          }
          v1::Transfer elements;
          if (!elements.ParseFromArray(row.elements.data(),
                                       static_cast<int>(row.elements.size()))) {
            return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                             "the elements of a stored transfer cannot be read");
          }
          transfers.push_back({std::string(row.name),
                               std::string(row.vendor),
                               vendor.depth() > 0,
                               std::string(row.share),
                               std::string(row.product),
                               row.send_day,
                               {elements.elements().begin(), elements.elements().end()},
                               row.ids,
                               row.unmatched,
                               row.id_kind,
                               row.subject,
                               row.revision,
                               row.undeclared,
                               std::string(row.people_sha256)});
          return absl::OkStatus();
        }));
    for (TransferFacts& transfer : transfers) {
      RC_RETURN_IF_ERROR(AddTransfer(vendor, std::move(transfer)));
    }
    return absl::OkStatus();
  }

  bool InScope(const TransferRow& row) const {
    return (statement_.products().empty() || row.product.empty() ||
            Has(statement_.products(), row.product)) &&
           (statement_.shares().empty() || row.share.empty() ||
            Has(statement_.shares(), row.share));
  }

  absl::Status AddTransfer(const exposure::UpstreamVendor& vendor, TransferFacts transfer) {
    RC_ASSIGN_OR_RETURN(const exposure::Bits* people, SetOf(transfer.people_sha256));
    exposure::Bits extended;
    if (transfer.unmatched > 0) {
      // Ids that matched nobody may name somebody whom a later import has brought.
      extended = *people;
      RC_ASSIGN_OR_RETURN(transfer.unmatched,
                          MatchLater(transfer.name, transfer.revision, transfer.id_kind,
                                     transfer.subject, /*several=*/true, &extended));
      people = &extended;
      // No other file has exactly these people.
      transfer.people_sha256 = transfer.name;
    }
    Group group;
    group.upstream = transfer.upstream;
    for (const v1::TransferElement& row : transfer.elements) {
      // Nobody in the file had a value: nothing of this element was sent.
      if (row.has_populated() && row.populated() == 0) continue;
      RC_ASSIGN_OR_RETURN(const std::uint16_t element, catalogue_.NumberOf(row.data_element()));
      if (transfer.upstream && !Reaches(vendor, element, transfer.day)) continue;
      group.elements.push_back(element);
      if (OverrulesEmpty(row, element, *people, transfer)) group.overrule_empty.push_back(element);
    }
    if (group.elements.empty()) return absl::OkStatus();
    std::sort(group.elements.begin(), group.elements.end());
    std::sort(group.overrule_empty.begin(), group.overrule_empty.end());
    // What the receiver of a file destroyed says nothing of the copy of one that carried it.
    const std::string& holder = NameOf(vendor);
    const std::string product = transfer.vendor == holder ? transfer.product : "";
    for (const LiveDisposition& disposition : DispositionsOf(holder)) {
      if (transfer.day <= disposition.day &&
          SpeaksOf(*disposition.record, transfer.share, product)) {
        group.cuts.push_back(disposition.position);
      }
    }
    if (transfer.upstream) {
      for (const LiveDisposition& disposition : DispositionsOf(incident_.vendor())) {
        if (LastArrival(vendor) <= disposition.day &&
            SpeaksOf(*disposition.record, transfer.share, "")) {
          group.cuts.push_back(disposition.position);
        }
      }
    }
    std::sort(group.cuts.begin(), group.cuts.end());
    group.cuts.erase(std::unique(group.cuts.begin(), group.cuts.end()), group.cuts.end());

    Group& kept = groups_[{transfer.upstream, transfer.vendor, transfer.share, group.elements,
                           group.overrule_empty, group.cuts}];
    v1::TransferGroup& message = kept.message;
    if (message.transfers() == 0) {
      kept.elements = std::move(group.elements);
      kept.overrule_empty = std::move(group.overrule_empty);
      kept.cuts = std::move(group.cuts);
      kept.upstream = group.upstream;
      kept.people.assign(world_.words(), 0);
      message.set_vendor(transfer.vendor);
      message.set_share(transfer.share);
      for (const std::uint16_t element : kept.elements) {
        message.add_data_elements(catalogue_.names[element]);
      }
      *message.mutable_first_date() = ToDate(FromDayNumber(transfer.day));
      *message.mutable_last_date() = message.first_date();
    }
    // Several vendors on the way may have had the same file.
    if (transfer.upstream && !kept.carried.insert(transfer.name).second) return absl::OkStatus();
    const google::type::Date date = ToDate(FromDayNumber(transfer.day));
    if (ToCivilDay(date) < ToCivilDay(message.first_date())) *message.mutable_first_date() = date;
    if (ToCivilDay(message.last_date()) < ToCivilDay(date)) *message.mutable_last_date() = date;
    message.set_transfers(message.transfers() + 1);
    message.set_unmatched(message.unmatched() + transfer.unmatched);
    message.set_undeclared(message.undeclared() + (transfer.undeclared ? 1 : 0));
    if (person_ && exposure::TestBit(*people, *person_)) {
      kept.of_person.push_back({transfer.name, holder, transfer.product, transfer.day});
    }
    if (kept.sets.insert(transfer.people_sha256).second) exposure::OrInto(*people, kept.people);
    return absl::OkStatus();
  }

  // Whether an element that a vendor had on a day could still come to the party.
  static bool Reaches(const exposure::UpstreamVendor& vendor, std::uint16_t element, Day day) {
    for (const exposure::UpstreamElements& reached : vendor.reached) {
      if (day <= reached.last_day &&
          std::binary_search(reached.elements.begin(), reached.elements.end(), element)) {
        return true;
      }
    }
    return false;
  }

  // The last day on which an element of a vendor behind the party could come to it. Not known, and
  // of no consequence, if the party has no disposition.
  Day LastArrival(const exposure::UpstreamVendor& vendor, std::uint16_t element) const {
    const auto found = last_arrivals_.find(vendor.vendor);
    return found == last_arrivals_.end() ? kMaxDay : found->second[element];
  }

  // The same for anything of the vendor.
  Day LastArrival(const exposure::UpstreamVendor& vendor) const {
    Day last = kMinDay;
    for (const exposure::UpstreamElements& reached : vendor.reached) {
      for (const std::uint16_t element : reached.elements) {
        last = std::max(last, LastArrival(vendor, element));
      }
    }
    return last;
  }

  // The roster's word that a field is empty is taken unless the file had more values than it leaves
  // room for, or nobody counted them.
  bool OverrulesEmpty(const v1::TransferElement& row, std::uint16_t element,
                      const exposure::Bits& people, const TransferFacts& transfer) const {
    const std::uint8_t field = catalogue_.elements[element].roster_field;
    if (field == 0 || world_.known_empty(field).empty()) return false;
    if (!row.has_populated()) return true;
    const auto empty =
        static_cast<std::int64_t>(exposure::CountCommon(people, world_.known_empty(field)));
    return row.populated() > transfer.ids - empty;
  }

  // Adds whom the unmatched ids of a record name by now, those that name several people only if
  // `several` is true; returns how many still name nobody.
  absl::StatusOr<std::int64_t> MatchLater(const std::string& owner, std::int64_t revision,
                                          v1::ListIdKind id_kind, v1::SubjectKind subject,
                                          bool several, exposure::Bits* people) {
    RC_ASSIGN_OR_RETURN(const std::string bytes, GetUnmatched(tx_, owner, revision));
    std::vector<std::string_view> ids;
    RC_RETURN_IF_ERROR(
        ForEachUnmatchedId(bytes, [&](std::int64_t, std::string_view id) -> absl::StatusOr<bool> {
          ids.push_back(id);
          return true;
        }));
    std::int64_t unmatched = 0;
    RC_RETURN_IF_ERROR(FindIds(ids, id_kind, subject, [&](std::span<const std::uint32_t> ordinals) {
      if (ordinals.empty()) ++unmatched;
      if (ordinals.size() > 1 && !several) return;
      for (const std::uint32_t ordinal : ordinals) exposure::SetBit(*people, ordinal);
    }));
    return unmatched;
  }

  // Visits the people of each id, in order.
  absl::Status FindIds(std::span<const std::string_view> ids, v1::ListIdKind id_kind,
                       v1::SubjectKind subject,
                       absl::FunctionRef<void(std::span<const std::uint32_t>)> visit) {
    RC_ASSIGN_OR_RETURN(const roster::IdIndexCache::Entry entry,
                        ground_.ids->Get(tx_, id_kind, ground_.revision));
    bool missing = false;
    std::vector<std::uint32_t> ordinals;
    entry.index->Find(ids, subject, [&](std::size_t, const roster::IdIndex::Match& match) {
      ordinals.clear();
      for (const std::uint32_t person : match.people) {
        const auto ordinal = world_.OrdinalOf(person);
        if (ordinal) {
          ordinals.push_back(*ordinal);
        } else {
          missing = true;
        }
      }
      visit(ordinals);
    });
    return missing ? absl::InternalError("a matched person is missing from the world")
                   : absl::OkStatus();
  }

  // The people of a stored set, read once.
  absl::StatusOr<const exposure::Bits*> SetOf(const std::string& sha256) {
    const auto found = sets_.find(sha256);
    if (found != sets_.end()) return &found->second;
    RC_ASSIGN_OR_RETURN(const std::string bytes, GetPeopleSet(tx_, sha256));
    RC_ASSIGN_OR_RETURN(exposure::Bits people, BitsOf(bytes));
    if (sets_.size() >= kMaxSets) sets_.clear();
    return &sets_.emplace(sha256, std::move(people)).first->second;
  }

  absl::StatusOr<exposure::Bits> BitsOf(std::string_view bytes) const {
    RC_ASSIGN_OR_RETURN(const Roaring numbers, Unpack(bytes));
    exposure::Bits people(world_.words());
    for (const std::uint32_t number : numbers) {
      const auto ordinal = world_.OrdinalOf(number);
      if (!ordinal) {
        return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                         "a stored set names people whom the roster does not have");
      }
      exposure::SetBit(people, *ordinal);
    }
    return people;
  }

  static std::shared_ptr<const std::vector<std::uint32_t>> OrdinalsOf(
      const exposure::Bits& people) {
    auto ordinals = std::make_shared<std::vector<std::uint32_t>>();
    ordinals->reserve(exposure::CountBits(people));
    for (std::size_t block = 0; block < people.size(); ++block) {
      exposure::ForEachBit(people[block], block * exposure::kWordBits, [&](std::size_t ordinal) {
        ordinals->push_back(static_cast<std::uint32_t>(ordinal));
      });
    }
    return ordinals;
  }

  void AddGroups() {
    for (auto& [key, group] : groups_) {
      exposure::ObservedTransfers observed;
      observed.group = static_cast<std::uint32_t>(question_.transfers.size());
      observed.upstream = group.upstream;
      observed.people = OrdinalsOf(group.people);
      observed.elements = group.elements;
      observed.overrule_empty = group.overrule_empty;
      observed.cuts = group.cuts;
      group.message.set_people(std::ssize(*observed.people));
      *out_.basis.add_transfer_groups() = group.message;
      question_.transfers.push_back(std::move(observed));
      if (person_) out_.files_of_person.push_back(std::move(group.of_person));
    }
  }

  // --- The list --------------------------------------------------------------------------------

  absl::Status ReadList() {
    if (what_if_ != nullptr) return ReadWhatIfList();
    if (statement_.name().empty() || statement_.list_entries() == 0) return absl::OkStatus();
    return ForEachEntryMatch(
        tx_, statement_.name(), statement_.list_id_kind(), statement_.list_subject(),
        ground_.revision, [&](const EntryMatch& match) -> absl::Status {
          if (match.person_id == 0) {
            ++out_.unmatched_entries;
            return absl::OkStatus();
          }
          const auto ordinal = world_.OrdinalOf(static_cast<std::uint64_t>(match.person_id));
          if (!ordinal) return absl::InternalError("a listed person is missing from the world");
          exposure::ClaimedPerson claimed;
          claimed.ordinal = *ordinal;
          for (const std::string& name : match.data_elements) {
            RC_ASSIGN_OR_RETURN(const std::uint16_t element, catalogue_.NumberOf(name));
            claimed.elements.push_back(element);
          }
          question_.claimed.push_back(std::move(claimed));
          return absl::OkStatus();
        });
  }

  absl::Status ReadWhatIfList() {
    if (what_if_->ids().empty()) return absl::OkStatus();
    const std::vector<std::string_view> ids(what_if_->ids().begin(), what_if_->ids().end());
    return FindIds(ids, what_if_->id_kind(), what_if_->subject(),
                   [&](std::span<const std::uint32_t> ordinals) {
                     if (ordinals.empty()) ++out_.unmatched_entries;
                     for (const std::uint32_t ordinal : ordinals) {
                       question_.claimed.push_back({.ordinal = ordinal, .elements = {}});
                     }
                   });
  }

  void AddBasis() {
    v1::ExposureBasis& basis = out_.basis;
    basis.set_vendor(incident_.vendor());
    basis.set_incident(incident_.name());
    basis.set_statement(statement_.name());
    basis.set_revision(ground_.revision);
    if (incident_.has_window_start_date()) {
      *basis.mutable_window_start_date() = incident_.window_start_date();
    }
    if (incident_.has_window_end_date()) {
      *basis.mutable_window_end_date() = incident_.window_end_date();
    }
    for (const std::string& share : out_.share_names) basis.add_shares(share);
    for (const std::string& disposition : out_.disposition_names) {
      basis.add_dispositions(disposition);
    }
    for (const exposure::UpstreamVendor& vendor : upstream_) {
      if (vendor.depth() == 0) continue;
      v1::UpstreamSource* source = basis.add_upstream();
      source->set_vendor(NameOf(vendor));
      for (const std::uint32_t number : vendor.chain) source->add_chain(vendor_names_[number]);
    }
  }

  void NoteIngredient(std::string_view name, std::int64_t revision) {
    absl::StrAppend(&out_.ingredients, ToAbsl(name), "@", revision, "\n");
  }

  // Sets of people that are kept decoded while one question is gathered.
  static constexpr std::size_t kMaxSets = 64;

  ReadTx& tx_;
  const ExposureGround& ground_;
  const RegisterFacts& facts_;
  const Catalogue& catalogue_;
  const exposure::World& world_;
  const v1::Incident& incident_;
  const v1::Statement& statement_;
  const v1::WhatIf* what_if_;
  const std::optional<std::uint32_t> person_;
  GatheredQuestion& out_;
  exposure::Question& question_;
  std::vector<std::string> vendor_names_;  // By the numbers of the supply chain.
  std::vector<exposure::UpstreamVendor> upstream_;
  exposure::SupplyQuestion supply_;
  std::map<std::uint32_t, std::vector<Day>> last_arrivals_;  // See FindLastArrivals.
  std::map<std::string, std::vector<LiveDisposition>, std::less<>> dispositions_;
  std::set<std::string> own_transfers_;
  std::map<std::string, exposure::Bits> sets_;  // By SHA-256.
  std::map<std::tuple<bool, std::string, std::string, std::vector<std::uint16_t>,
                      std::vector<std::uint16_t>, std::vector<std::uint16_t>>,
           Group>
      groups_;
};

}  // namespace

exposure::Population PopulationOf(const roster::RosterWorld& roster,
                                  const v1::Population& population) {
  exposure::Population result;
  result.subject = static_cast<exposure::SubjectKind>(population.subject());
  result.dates = {DayOr(population.has_from_date(), population.from_date(), kMinDay),
                  DayOr(population.has_to_date(), population.to_date(), kMaxDay)};
  for (const int year : population.school_years()) {
    result.school_years.push_back(static_cast<std::int16_t>(year));
  }
  for (const std::string& school : population.schools()) {
    result.schools.push_back(roster.schools.Find(school));
  }
  for (const std::string& grade : population.grades()) {
    result.grades.push_back(roster.grades.Find(grade));
  }
  for (const std::string& program : population.programs()) {
    result.programs.push_back(roster.programs.Find(program));
  }
  return result;
}

absl::StatusOr<SupplyChain> FindSupplyChain(const RegisterFacts& facts, const std::string& party,
                                            exposure::Day until) {
  SupplyChain chain;
  exposure::SupplyQuestion& supply = chain.question;
  supply.element_count = facts.catalogue->elements.size();
  supply.until = until;
  // Most parties process for nobody.
  if (!facts.processors.contains(party)) {
    chain.vendor_names = {party};
    RC_ASSIGN_OR_RETURN(chain.upstream, exposure::FindUpstream(supply));
    return chain;
  }
  // Vendors are numbered by name, so that chains are the same whatever order the edges were
  // recorded in.
  std::set<std::string_view> names = {party};
  for (const auto& [name, edge] : facts.subprocessors) {
    names.insert(ParentName(name));
    names.insert(edge->processor());
  }
  chain.vendor_names.assign(names.begin(), names.end());
  const auto number_of = [&](std::string_view name) {
    return static_cast<std::uint32_t>(
        std::lower_bound(chain.vendor_names.begin(), chain.vendor_names.end(), name) -
        chain.vendor_names.begin());
  };
  for (const auto& [name, record] : facts.subprocessors) {
    exposure::SupplyEdge edge;
    edge.from = number_of(ParentName(name));
    edge.to = number_of(record->processor());
    for (const std::string& element : record->data_elements()) {
      RC_ASSIGN_OR_RETURN(const std::uint16_t number, facts.catalogue->NumberOf(element));
      edge.elements.push_back(number);
    }
    edge.days = {DayOr(record->has_start_date(), record->start_date(), kMinDay),
                 DayOr(record->has_end_date(), record->end_date(), kMaxDay)};
    supply.edges.push_back(std::move(edge));
  }
  supply.party = number_of(party);
  RC_ASSIGN_OR_RETURN(chain.upstream, exposure::FindUpstream(supply));
  return chain;
}

absl::StatusOr<GatheredQuestion> GatherQuestion(ReadTx& tx, const ExposureGround& ground,
                                                const v1::Incident& incident,
                                                const v1::Statement& statement,
                                                const v1::WhatIf* what_if,
                                                std::optional<std::uint32_t> person) {
  GatheredQuestion gathered;
  RC_RETURN_IF_ERROR(Gatherer(tx, ground, incident, statement, what_if, person, &gathered).Run());
  return gathered;
}

void AddWarnings(const GatheredQuestion& gathered, const v1::Incident& incident,
                 const ExposureGround& ground, const exposure::Exposure& exposure,
                 v1::ExposureBasis* basis) {
  const std::size_t listed_without_cells = exposure.listed_without_cells.size();
  const auto warn = [&](const std::string& text) { basis->add_warnings(text); };
  const exposure::Question& question = gathered.question;
  if (gathered.unmatched_entries > 0) {
    warn(absl::StrCat(gathered.unmatched_entries,
                      " entries of the vendor's list match nobody in the roster; they are "
                      "listed under the statement and must be looked at"));
  }
  if (listed_without_cells > 0) {
    warn(absl::StrCat(listed_without_cells,
                      " people on the vendor's list have no element left: neither the list nor "
                      "the statement nor a share names one that fits them"));
  }
  std::int64_t unmatched = 0;
  std::int64_t undeclared = 0;
  for (const v1::TransferGroup& group : basis->transfer_groups()) {
    unmatched += group.unmatched();
    undeclared += group.undeclared();
  }
  if (unmatched > 0) {
    warn(absl::StrCat(unmatched,
                      " ids in files that were sent match nobody in the roster; they are listed "
                      "under the transfers and must be looked at"));
  }
  if (undeclared > 0) {
    warn(absl::StrCat(undeclared, " files carried something outside every share"));
  }
  std::set<std::uint16_t> shared;
  for (const exposure::DeclaredShare& share : question.shares) {
    for (const exposure::SharedElement& element : share.elements) shared.insert(element.element);
  }
  std::vector<std::string> unlisted;
  for (const std::uint16_t element : question.statement_elements) {
    if (!shared.contains(element)) {
      unlisted.push_back(ground.facts->catalogue->names[element]);
    }
  }
  if (!unlisted.empty()) {
    warn(absl::StrCat("the statement names elements that no share of the vendor lists: ",
                      SomeOf(unlisted)));
  }
  std::vector<std::string> outside_contract;
  std::vector<std::string> empty;
  for (const std::string& name : gathered.share_names) {
    const v1::Share& share = *ground.facts->shares.find(name)->second;
    if (share.contract().empty()) outside_contract.push_back(name);
    if (share.elements().empty()) empty.push_back(name);
  }
  if (!outside_contract.empty()) {
    warn(absl::StrCat("shares outside any contract: ", SomeOf(outside_contract)));
  }
  if (!empty.empty()) warn(absl::StrCat("shares without any element: ", SomeOf(empty)));
  std::vector<std::string> nobody;
  for (const std::uint32_t share : exposure.shares_without_people) {
    nobody.push_back(gathered.share_names[share]);
  }
  if (!nobody.empty()) {
    warn(absl::StrCat("shares whose population nobody in the roster matches: ", SomeOf(nobody)));
  }
  if (question.shares.empty() && question.claimed.empty() && question.transfers.empty()) {
    warn(
        "the register has no share of this vendor within the statement, no file that was sent to "
        "it, and no list is attached: the register cannot tell who is affected");
  } else if (exposure.ordinals.empty()) {
    warn(
        "no person in the roster matches: check the shares' populations and the statement's "
        "school years");
  }
  if (!incident.has_window_end_date()) {
    warn("the window of the compromise has no end: no share is cut off");
  }
  if (!incident.has_window_start_date()) {
    std::int64_t dispositions = 0;
    ForEachChild(ground.facts->dispositions, incident.vendor() + "/dispositions",
                 [&](const v1::Disposition&) { ++dispositions; });
    if (dispositions > 0) {
      warn(absl::StrCat("the beginning of the compromise is not known: ", dispositions,
                        " dispositions of the vendor take nothing away"));
    }
  }
}

}  // namespace rollcall::casework
