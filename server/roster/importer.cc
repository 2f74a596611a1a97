#include "server/roster/importer.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/exposure/world.h"
#include "server/roster/handoff.h"
#include "server/roster/one_roster_reader.h"
#include "server/roster/plain_csv_reader.h"
#include "server/roster/register_index.h"
#include "server/roster/world_cache.h"
#include "storage/person_key_store.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/text_pack.h"
#include "storage/value_codec.h"

namespace rollcall::roster {
namespace {

static_assert(kMaxStayYears <= exposure::WorldBuilder::kMaxSchoolYears);

// 64-bit mixing of everything a row says, for telling rows of one file apart. A collision would
// lose a change, so all 64 bits count and every field is delimited. Never kept.
class ContentHash {
 public:
  void Add(std::uint64_t value) {
    state_ ^= value + 0x9E3779B97F4A7C15U + (state_ << 6U) + (state_ >> 2U);
    state_ *= 0xFF51AFD7ED558CCDU;
    state_ ^= state_ >> 32U;
  }
  void Add(std::string_view text) {
    Add(text.size());
    while (text.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, text.data(), sizeof(word));
      Add(word);
      text.remove_prefix(sizeof(word));
    }
    if (text.empty()) return;
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    Add(rest);
  }
  std::int64_t Value() const { return static_cast<std::int64_t>(state_); }

 private:
  std::uint64_t state_ = 0x524F4C4C43414C4CU;
};

// Everything a record says, as delimited bytes, for recognising people who did not change. What is
// kept of it is a keyed fingerprint: nobody can try out values against it.
class RecordText {
 public:
  void Add(std::uint64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void Add(std::string_view text) {
    AppendVarint(text.size(), &bytes_);
    bytes_.append(text);
  }

  // Never 0, which stands for "must be compared". The text is empty after it.
  std::int64_t TakeFingerprint(Vault& vault) {
    const BlindIndex index = vault.Index("person.content", bytes_);
    bytes_.clear();
    std::int64_t value = 0;
    std::memcpy(&value, index.data(), sizeof(value));
    return value == 0 ? 1 : value;
  }

 private:
  std::string bytes_;
};

// The fingerprints of the ids in a record by which people are recognised.
struct RecordIds {
  BlindIndex source = kNoIdIndex;
  BlindIndex district = kNoIdIndex;
  std::vector<BlindIndex> guardians;  // As the record's.
};

std::optional<std::int32_t> OptionalDay(Day day) {
  if (day == kNoDay) return std::nullopt;
  return day;
}

absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || !ErrorReason(status).empty()) return status;
  return MakeError(status.code(), "IMPORT_REFUSED", ToStd(status.message()));
}

absl::Status Unknown(std::string_view file, std::uint64_t row, std::string_view column) {
  return Refusal(file, row, column,
                 "is nobody in the register; import the roster or the enrollment history that "
                 "has this person first");
}

// Whether two rows are about the same stay, which may have different days in them.
bool SameStay(const EnrollmentRow& a, const EnrollmentRow& b) {
  return a.school_year == b.school_year && a.school_id == b.school_id && a.grade == b.grade;
}

bool Covers(const EnrollmentRow& stay, const EnrollmentRow& other) {
  if (stay.begin > other.begin) return false;
  return !stay.end || (other.end && *other.end <= *stay.end);
}

// Whether `row` stands under one school year with days that `wanted`, ascending by first day, says
// are all of other years.
bool IsOfOtherYears(const EnrollmentRow& row, const std::vector<EnrollmentRow>& wanted) {
  if (!row.end) return false;
  std::int32_t next = row.begin;  // The first day that is not found in another year.
  for (const EnrollmentRow& stay : wanted) {
    const bool elsewhere = stay.school_year != row.school_year && stay.school_id == row.school_id &&
                           stay.grade == row.grade && stay.begin <= next;
    if (elsewhere) next = std::max(next, *stay.end + 1);
  }
  return next > *row.end;
}

void Fingerprint(Vault& vault, const PersonRecord& record, RecordIds* ids) {
  ids->source = PersonIdIndex(vault, record.source_id);
  ids->district = PersonIdIndex(vault, record.district_id);
  ids->guardians.clear();
  for (const GuardianRef& guardian : record.guardians) {
    ids->guardians.push_back(PersonIdIndex(vault, guardian.source_id));
  }
}

// Records with their fingerprints, on their way from the reader to the writer.
class PersonBatch {
 public:
  // Takes the record, and leaves an older one in its place.
  void Add(PersonRecord& record, std::int64_t hash, Vault& vault) {
    if (size_ == records_.size()) {
      records_.emplace_back();
      hashes_.push_back(0);
      ids_.emplace_back();
    }
    Fingerprint(vault, record, &ids_[size_]);
    std::swap(records_[size_], record);
    hashes_[size_] = hash;
    ++size_;
  }
  void Clear() { size_ = 0; }
  bool full() const { return size_ == kCapacity; }
  std::size_t size() const { return size_; }
  const PersonRecord& record(std::size_t i) const { return records_[i]; }
  std::int64_t hash(std::size_t i) const { return hashes_[i]; }
  const RecordIds& ids(std::size_t i) const { return ids_[i]; }

 private:
  static constexpr std::size_t kCapacity = 512;
  std::vector<PersonRecord> records_;  // The first size_ count; the rest keeps its memory.
  std::vector<std::int64_t> hashes_;
  std::vector<RecordIds> ids_;
  std::size_t size_ = 0;
};

// One run. Counts go straight into the result.
class Import {
 public:
  Import(WriteTx& tx, const ImportInput& input, const ProgressCallback& progress,
         v1::RosterImport* result)
      : tx_(tx), vault_(*tx.vault()), input_(input), progress_(progress), result_(*result) {}

  absl::Status Run() {
    const v1::ImportRosterConfig& config = input_.config;
    as_of_ = config.has_as_of_date() ? ToDayNumber(ToCivilDay(config.as_of_date())) : kNoDay;
    RC_RETURN_IF_ERROR(WithReason(Dispatch()));
    for (const Warning& warning : warnings_.list()) {
      v1::ImportWarning* row = result_.add_warnings();
      row->set_file(warning.file);
      row->set_code(std::string(WarningName(warning.code)));
      row->set_count(static_cast<std::int64_t>(warning.count));
      row->set_first_row(static_cast<std::int64_t>(warning.first_row));
      row->set_message(warning.column.empty() ? std::string(WarningText(warning.code))
                                              : absl::StrCat("column ", warning.column, ": ",
                                                             ToAbsl(WarningText(warning.code))));
    }
    return Progress("committing", 0, 0, result_.rows());
  }

 private:
  absl::Status Progress(std::string_view phase, std::uint64_t done, std::uint64_t total,
                        std::int64_t rows) {
    if (!progress_) return absl::OkStatus();
    v1::ImportProgress message;
    message.set_phase(std::string(phase));
    message.set_bytes_done(static_cast<std::int64_t>(done));
    message.set_bytes_total(static_cast<std::int64_t>(total));
    message.set_rows(rows);
    return progress_(message);
  }

  absl::Status LoadRegister() {
    RC_RETURN_IF_ERROR(index_.Load(tx_));
    first_ = index_.people().empty();
    return first_ ? DropRosterIndexes(tx_) : absl::OkStatus();
  }

  absl::Status Dispatch() {
    RC_RETURN_IF_ERROR(Progress("loading the register", 0, 0, 0));
    if (input_.config.format() == v1::ROSTER_FORMAT_ONE_ROSTER) {
      RC_RETURN_IF_ERROR(ImportOneRoster());
    } else {
      RC_RETURN_IF_ERROR(LoadRegister());
      RC_RETURN_IF_ERROR(ImportPlainFormat());
    }
    RC_RETURN_IF_ERROR(growth_.Check(tx_));
    return first_ ? CreateRosterIndexes(tx_) : absl::OkStatus();
  }

  absl::Status ImportPlainFormat() {
    switch (input_.config.format()) {
      case v1::ROSTER_FORMAT_PROGRAM_SPELLS:
        return ImportPlain(ReadProgramSpells,
                           [&](const ProgramSpellRow& row) { return AddProgramSpell(row); });
      case v1::ROSTER_FORMAT_ADDRESSES:
        return ImportPlain(ReadAddresses,
                           [&](const roster::AddressRow& row) { return AddAddress(row); });
      case v1::ROSTER_FORMAT_GUARDIANS:
        return ImportPlain(ReadGuardians, [&](const GuardianRow& row) { return AddGuardian(row); });
      case v1::ROSTER_FORMAT_HOME_LANGUAGES:
        return ImportPlain(ReadLanguages, [&](const LanguageRow& row) { return AddLanguage(row); });
      case v1::ROSTER_FORMAT_ENROLLMENT_HISTORY:
        return ImportPlain(ReadHistory, [&](const HistoryRow& row) { return AddHistory(row); });
      default:
        return InvalidField("config.format", "is required");
    }
  }

  absl::StatusOr<std::unique_ptr<Package>> OpenPackage() {
    if (input_.files.size() == 1 && absl::EndsWithIgnoreCase(input_.files[0].name, ".zip")) {
      return Package::OpenZip(input_.files[0], input_.limits, &warnings_);
    }
    return Package::FromFiles(input_.files, input_.limits, &warnings_);
  }

  // --- OneRoster -----------------------------------------------------------------------------

  absl::Status ImportOneRoster() {
    RC_ASSIGN_OR_RETURN(std::unique_ptr<Package> package, OpenPackage());
    OneRosterOptions options;
    options.school_year = input_.config.school_year();
    options.as_of = as_of_;
    options.progress = [&](const ReadProgress& read) {
      return Progress(absl::StrCat("reading ", ToAbsl(read.file)), read.bytes_done,
                      read.bytes_total, static_cast<std::int64_t>(read.rows));
    };
    // Everything but users.csv is read on a second thread while the register is loaded here.
    std::future<absl::StatusOr<std::unique_ptr<OneRosterReader>>> opening = std::async(
        std::launch::async, [&] { return OneRosterReader::Open(*package, options, &warnings_); });
    const absl::Status loaded = LoadRegister();
    RC_ASSIGN_OR_RETURN(std::unique_ptr<OneRosterReader> reader, opening.get());
    RC_RETURN_IF_ERROR(loaded);
    result_.set_delta(reader->delta());
    result_.set_one_roster_version(reader->version() == 12 ? "1.2" : "1.1");
    school_year_ = options.school_year;
    delta_ = reader->delta();
    if (!delta_) RC_RETURN_IF_ERROR(RequireNewest());
    assumed_ = {reader->assumed_begin(), reader->assumed_end()};
    RC_RETURN_IF_ERROR(PutSchools(reader->schools()));
    if (first_) index_.ExpectFirstPeople(reader->people());
    RC_RETURN_IF_ERROR(PutEverybody(*reader));
    if (delta_) {
      RC_RETURN_IF_ERROR(reader->ForEachPartial([&](const PersonRecord& record) {
        RecordIds ids;
        Fingerprint(vault_, record, &ids);
        return PutPartial(record, ids);
      }));
      return absl::OkStatus();
    }
    return EndAbsent();
  }

  // A bulk package ends what it does not name, so an older one would end what a newer one named.
  absl::Status RequireNewest() {
    v1::RosterImport newest;
    RC_RETURN_IF_ERROR(ListImports(
        tx_, INT64_MAX, [&](std::int64_t, std::string_view json) -> absl::StatusOr<bool> {
          newest.Clear();
          RC_RETURN_IF_ERROR(JsonToMessage(json, &newest));
          return newest.delta() || newest.format() != v1::ROSTER_FORMAT_ONE_ROSTER;
        }));
    if (newest.delta() || newest.format() != v1::ROSTER_FORMAT_ONE_ROSTER) return absl::OkStatus();
    // No file shows a day after that of its import: a date mistyped as one far ahead must not keep
    // out all packages until then.
    const Day imported =
        ToDayNumber(absl::ToCivilDay(FromTimestamp(newest.import_time()), absl::UTCTimeZone()));
    const Day shown = std::min(ToDayNumber(ToCivilDay(newest.as_of_date())), imported);
    if (as_of_ >= shown) return absl::OkStatus();
    const std::string ours = DateText(input_.config.as_of_date());
    const std::string theirs = DateText(ToDate(FromDayNumber(shown)));
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "IMPORT_OLDER",
        absl::StrCat("the package shows ", ours, ", but ", newest.name(),
                     ", the newest bulk package, ", "shows ", theirs,
                     ": an older one would end what the newer one names. Correct ",
                     "as_of_date, or import the older days as enrollment history or as a delta"),
        {{"as_of_date", ours}, {"newest_import", newest.name()}, {"newest_as_of_date", theirs}});
  }

  // Two organisations that become one school would be told apart by no list.
  absl::Status PutSchools(const std::vector<SchoolRecord>& schools) {
    absl::flat_hash_map<std::int64_t, std::uint64_t> rows;
    for (const SchoolRecord& school : schools) {
      RC_ASSIGN_OR_RETURN(const std::int64_t school_id,
                          index_.School(tx_, school.source_id, school.identifier, school.name));
      const auto [known, added] = rows.try_emplace(school_id, school.row);
      if (!added) {
        // Schools that other files refer to have no row.
        const std::uint64_t row = std::max(school.row, known->second);
        const std::uint64_t other = std::min(school.row, known->second);
        return Refusal(
            "orgs.csv", row, school.identifier.empty() ? "sourcedId" : "identifier",
            absl::StrCat("gives the same school number as ",
                         other == 0 ? std::string("an organisation that other files name")
                                    : absl::StrCat("row ", other),
                         "; give each organisation an identifier of its own"));
      }
      school_ids_.push_back(school_id);
    }
    return absl::OkStatus();
  }

  // Reads on a second thread, and compares and writes on this one: each takes about half of the
  // time. The batches go round, so that their strings are allocated once.
  absl::Status PutEverybody(OneRosterReader& reader) {
    Handoff<PersonBatch> handoff;
    absl::Status read;
    std::thread reading([&] {
      PersonBatch batch = handoff.Recycled();
      read = reader.ForEachPerson([&](PersonRecord& record) -> absl::Status {
        batch.Add(record, delta_ || record.deleted ? 0 : HashOf(record), vault_);
        if (!batch.full()) return absl::OkStatus();
        if (!handoff.Give(std::move(batch))) return absl::CancelledError("writing has failed");
        batch = handoff.Recycled();
        return absl::OkStatus();
      });
      if (read.ok()) handoff.Give(std::move(batch));
      handoff.End();
    });
    absl::Status written;
    while (std::optional<PersonBatch> batch = handoff.Take()) {
      for (std::size_t i = 0; i < batch->size() && written.ok(); ++i) {
        written = PutPerson(batch->record(i), batch->ids(i), batch->hash(i));
      }
      if (!written.ok()) {
        handoff.Refuse();
        break;
      }
      handoff.Recycle(*std::move(batch));
    }
    reading.join();
    RC_RETURN_IF_ERROR(written);
    return read;
  }

  // On the reader's thread only.
  std::int64_t HashOf(const PersonRecord& record) {
    RecordText& hash = text_;
    hash.Add(static_cast<std::uint64_t>(school_year_));
    for (const std::string* text :
         {&record.source_id, &record.district_id, &record.state_id, &record.username,
          &record.given_name, &record.middle_name, &record.family_name,
          &record.preferred_given_name, &record.preferred_family_name, &record.email, &record.phone,
          &record.gender, &record.race, &record.birth_place, &record.language}) {
      hash.Add(*text);
    }
    hash.Add(static_cast<std::uint64_t>(static_cast<std::uint32_t>(record.birth_date)));
    hash.Add((std::uint64_t{record.known} << 32U) | record.populated);
    for (const SpellRecord& spell : record.spells) {
      hash.Add(static_cast<std::uint64_t>(school_ids_[spell.school]));
      hash.Add(static_cast<std::uint64_t>(spell.school_year));
      hash.Add(spell.grade);
      hash.Add((std::uint64_t{static_cast<std::uint32_t>(spell.begin)} << 32U) |
               static_cast<std::uint32_t>(spell.end));
    }
    hash.Add(record.spells.size());
    for (const GuardianRef& guardian : record.guardians) hash.Add(guardian.source_id);
    return hash.TakeFingerprint(vault_);
  }

  absl::StatusOr<std::uint32_t> Recognise(const PersonRecord& record, const RecordIds& ids) {
    const auto by_source = index_.FindBySource(record.kind, ids.source);
    const auto by_district = record.kind == Kind::kGuardian ? std::nullopt
                             : by_source
                                 ? index_.FindByDistrictId(record.kind, ids.district, *by_source)
                                 : index_.FindByDistrictId(record.kind, ids.district);
    if (by_source && by_district && *by_source != *by_district) {
      return Refusal("users.csv", record.row, "identifier",
                     "is the district's number of another person in the register than the "
                     "sourcedId names; correct one of the two in the source system");
    }
    if (by_source) return *by_source;
    if (by_district) {
      index_.AddIds(*by_district, ids.source, kNoIdIndex);
      return *by_district;
    }
    return index_.AddPerson(tx_, record.kind, ids.source, ids.district);
  }

  // Writes a fact that was merged with a record, whose fingerprints serve where the ids are its
  // own.
  absl::Status WriteFact(const PersonFact& fact, const PersonRecord& record, const RecordIds& ids,
                         bool existed) {
    if (fact.erased) return WritePersonFact(tx_, fact, existed);
    PersonIdIndexes indexes;
    indexes.source = ids.source;
    indexes.district = fact.district_id == record.district_id
                           ? ids.district
                           : PersonIdIndex(vault_, fact.district_id);
    indexes.state = PersonIdIndex(vault_, fact.state_id);
    return WritePersonFact(tx_, fact, indexes, existed);
  }

  // The fact that follows from an earlier one and a record: fields without a column stay. Nothing
  // is said of erased people any more.
  static PersonFact Merge(PersonFact fact, const PersonRecord& record) {
    if (fact.erased) return fact;
    const auto take = [&](RosterFieldNumber field, std::string* to, const std::string& from) {
      if ((record.known & FieldBit(field)) != 0) *to = from;
    };
    fact.source_id = record.source_id;
    take(kFieldDistrictId, &fact.district_id, record.district_id);
    take(kFieldStateId, &fact.state_id, record.state_id);
    take(kFieldUsername, &fact.username, record.username);
    take(kFieldName, &fact.given_name, record.given_name);
    take(kFieldName, &fact.middle_name, record.middle_name);
    take(kFieldName, &fact.family_name, record.family_name);
    take(kFieldName, &fact.preferred_given_name, record.preferred_given_name);
    take(kFieldName, &fact.preferred_family_name, record.preferred_family_name);
    take(kFieldEmail, &fact.email, record.email);
    take(kFieldPhone, &fact.phone, record.phone);
    take(kFieldGender, &fact.gender, record.gender);
    take(kFieldRace, &fact.race, record.race);
    take(kFieldBirthPlace, &fact.birth_place, record.birth_place);
    if ((record.known & FieldBit(kFieldBirthDate)) != 0) {
      fact.birth_date = OptionalDay(record.birth_date);
    }
    fact.known |= record.known;
    fact.populated = (fact.populated & ~record.known) | record.populated;
    return fact;
  }

  // `hash` is that of the record, 0 where it must be compared in any case.
  absl::Status PutPerson(const PersonRecord& record, const RecordIds& ids, std::int64_t hash) {
    result_.set_rows(result_.rows() + 1);
    if (record.deleted) return Delete(record, ids);
    RC_ASSIGN_OR_RETURN(const std::uint32_t place, Recognise(record, ids));
    if (index_.people()[place].seen) {
      return Refusal("users.csv", record.row, "sourcedId",
                     "is a person whom another row of the file names too");
    }
    index_.people()[place].seen = true;
    KnownPerson& person = index_.people()[place];
    if (person.has_fact && person.current && hash != 0 && person.content_hash == hash) {
      result_.set_unchanged(result_.unchanged() + 1);
      return absl::OkStatus();
    }
    const bool existed = person.existed;
    const bool was_current = person.current;
    PersonFact before;
    if (person.has_fact) {
      RC_ASSIGN_OR_RETURN(before, GetPersonFact(tx_, person.person_id));
    }
    if (before.erased) {
      CountErased(person);
      return absl::OkStatus();
    }
    PersonFact fact = Merge(person.has_fact ? before : PersonFact(), record);
    fact.person_id = person.person_id;
    fact.kind = static_cast<int>(record.kind);
    fact.current = true;
    fact.content_hash = hash;
    bool changed = !person.has_fact || !SameFact(before, fact);
    if (changed || before.content_hash != hash) {
      RC_RETURN_IF_ERROR(WriteFact(fact, record, ids, person.has_fact));
    }
    person.has_fact = true;
    person.current = true;
    person.has_source_id = true;
    person.content_hash = hash;
    index_.AddIds(place, ids.source,
                  fact.district_id == record.district_id ? ids.district
                                                         : PersonIdIndex(vault_, fact.district_id));
    RC_ASSIGN_OR_RETURN(const bool moved, PutSpells(record, place));
    RC_ASSIGN_OR_RETURN(const bool linked, PutGuardians(record, ids, place));
    bool spoke = false;
    if (!record.language.empty()) {
      RC_ASSIGN_OR_RETURN(spoke, PutLanguage(index_.people()[place].person_id, record.language));
    }
    changed = changed || moved || linked || spoke;
    Count(existed, was_current, changed);
    return absl::OkStatus();
  }

  static bool SameFact(const PersonFact& a, const PersonFact& b) {
    const auto tie = [](const PersonFact& fact) {
      return std::tie(fact.current, fact.source_id, fact.district_id, fact.state_id, fact.username,
                      fact.given_name, fact.middle_name, fact.family_name,
                      fact.preferred_given_name, fact.preferred_family_name, fact.birth_date,
                      fact.gender, fact.race, fact.birth_place, fact.email, fact.phone, fact.known,
                      fact.populated);
    };
    return tie(a) == tie(b);
  }

  void Count(bool existed, bool was_current, bool changed) {
    if (!existed) {
      result_.set_added(result_.added() + 1);
    } else if (!was_current) {
      result_.set_returned(result_.returned() + 1);
    } else if (changed) {
      result_.set_changed(result_.changed() + 1);
    } else {
      result_.set_unchanged(result_.unchanged() + 1);
    }
  }

  absl::StatusOr<bool> PutLanguage(std::int64_t person_id, std::string_view language) {
    growth_.AddLanguage(language);
    return SetLanguage(tx_, person_id, language);
  }

  absl::Status AddStay(const EnrollmentRow& row) {
    growth_.AddEnrollment(row.school_year, row.grade);
    return WriteEnrollment(tx_, row, /*existed=*/false);
  }

  // Makes the stays of the imported school year what the record says, as far as facts allow; those
  // of other years are added and extended only. Returns true if that changed any.
  absl::StatusOr<bool> PutSpells(const PersonRecord& record, std::uint32_t place) {
    const KnownPerson person = index_.people()[place];
    std::vector<EnrollmentRow> before;
    if (person.existed) {
      RC_ASSIGN_OR_RETURN(before, EnrollmentsOf(tx_, person.person_id));
    }
    std::vector<EnrollmentRow> wanted;
    wanted.reserve(record.spells.size());
    for (const SpellRecord& spell : record.spells) {
      wanted.push_back({person.person_id, spell.school_year, school_ids_[spell.school], spell.grade,
                        spell.begin, spell.end});
    }
    bool changed = false;
    // What once was recorded under the imported year goes where the files put it.
    const auto misplaced = [&](const EnrollmentRow& row) {
      return SaysAllOf(row.school_year) && IsOfOtherYears(row, wanted);
    };
    for (const EnrollmentRow& row : before) {
      if (!misplaced(row)) continue;
      RC_RETURN_IF_ERROR(CloseEnrollment(tx_, row));
      changed = true;
    }
    std::erase_if(before, misplaced);
    for (const EnrollmentRow& row : before) {
      const auto match =
          std::find_if(wanted.begin(), wanted.end(),
                       [&](const EnrollmentRow& other) { return SameStay(other, row); });
      if (match == wanted.end()) {
        if (!SaysAllOf(row.school_year)) continue;
        RC_ASSIGN_OR_RETURN(const bool ended, EndSpell(row));
        changed = changed || ended;
        continue;
      }
      const EnrollmentRow merged = MergeSpell(row, *match);
      wanted.erase(match);
      if (merged.begin == row.begin && merged.end == row.end) continue;
      RC_RETURN_IF_ERROR(CloseEnrollment(tx_, row));
      RC_RETURN_IF_ERROR(WriteEnrollment(tx_, merged, /*existed=*/true));
      changed = true;
    }
    for (const EnrollmentRow& row : wanted) {
      // Files have no grade for another year, which an import of that year may have recorded.
      const bool known = row.school_year != school_year_ && row.grade.empty() &&
                         std::any_of(before.begin(), before.end(), [&](const EnrollmentRow& stay) {
                           return stay.school_year == row.school_year &&
                                  stay.school_id == row.school_id && Covers(stay, row);
                         });
      if (known) continue;
      RC_RETURN_IF_ERROR(AddStay(row));
      changed = true;
    }
    return changed;
  }

  // Whether the files name every stay of a school year that there is.
  bool SaysAllOf(int school_year) const { return !delta_ && school_year == school_year_; }

  // A recorded stay and what the files say of it now. Days before the date of the files that were
  // recorded once are facts and stay.
  EnrollmentRow MergeSpell(const EnrollmentRow& recorded, const EnrollmentRow& said) const {
    EnrollmentRow merged = recorded;
    const bool assumed_only = said.begin == assumed_.first && said.end == assumed_.second;
    if (delta_ && assumed_only) return merged;
    merged.begin = std::min(recorded.begin, said.begin);
    const std::int32_t recorded_end = recorded.end.value_or(as_of_ - 1);
    const std::int32_t past =
        SaysAllOf(recorded.school_year) ? std::min(recorded_end, as_of_ - 1) : recorded_end;
    merged.end = std::max(*said.end, past);
    return merged;
  }

  // Ends a stay on the day before the date of the files, if it goes beyond it.
  absl::StatusOr<bool> EndSpell(const EnrollmentRow& row) {
    EnrollmentRow ended = row;
    ended.end = std::max(row.begin, std::min(row.end.value_or(as_of_ - 1), as_of_ - 1));
    if (ended.end == row.end) return false;
    RC_RETURN_IF_ERROR(WriteEnrollment(tx_, ended, /*existed=*/true));
    return true;
  }

  absl::StatusOr<bool> PutGuardians(const PersonRecord& record, const RecordIds& ids,
                                    std::uint32_t place) {
    if ((record.known & FieldBit(kFieldGuardianName)) == 0) return false;
    std::vector<std::int64_t> guardians;
    for (const BlindIndex& source : ids.guardians) {
      auto found = index_.FindAnyBySource(source);
      if (!found) {
        if (delta_) {
          return Refusal("users.csv", record.row, "agentSourcedIds",
                         "names somebody who is neither in this delta nor in the register");
        }
        RC_ASSIGN_OR_RETURN(found.emplace(),
                            index_.AddPerson(tx_, Kind::kGuardian, source, kNoIdIndex));
      }
      const std::int64_t guardian = index_.people()[*found].person_id;
      if (std::find(guardians.begin(), guardians.end(), guardian) == guardians.end()) {
        guardians.push_back(guardian);
      }
    }
    const KnownPerson& person = index_.people()[place];
    return SetGuardians(tx_, person.person_id, guardians, person.existed);
  }

  // Delta: a deleted row tells the source id and little else for certain.
  absl::Status Delete(const PersonRecord& record, const RecordIds& ids) {
    const auto place = index_.FindAnyBySource(ids.source);
    if (!place) return Unknown("users.csv", record.row, "sourcedId");
    index_.people()[*place].seen = true;
    return Leave(*place);
  }

  // Takes a person out of the current roster; history stays.
  absl::Status Leave(std::uint32_t place) {
    KnownPerson& person = index_.people()[place];
    if (!person.has_fact || !person.current) return absl::OkStatus();
    RC_ASSIGN_OR_RETURN(PersonFact fact, GetPersonFact(tx_, person.person_id));
    fact.current = false;
    fact.content_hash = 0;
    RC_RETURN_IF_ERROR(WritePersonFact(tx_, fact, /*existed=*/true));
    RC_ASSIGN_OR_RETURN(const std::vector<EnrollmentRow> stays,
                        EnrollmentsOf(tx_, person.person_id));
    for (const EnrollmentRow& row : stays) RC_RETURN_IF_ERROR(EndSpell(row).status());
    person.current = false;
    result_.set_left(result_.left() + 1);
    return absl::OkStatus();
  }

  absl::Status EndAbsent() {
    for (std::uint32_t place = 0; place < index_.people().size(); ++place) {
      const KnownPerson& person = index_.people()[place];
      if (!person.has_fact) {
        return Refusal("users.csv", 0, "agentSourcedIds",
                       "names a guardian who has no row in the file");
      }
      if (!person.seen && person.current) RC_RETURN_IF_ERROR(Leave(place));
    }
    return absl::OkStatus();
  }

  // Delta: stays and demographics of somebody whom users.csv of the delta does not name.
  absl::Status PutPartial(const PersonRecord& record, const RecordIds& ids) {
    result_.set_rows(result_.rows() + 1);
    const auto place = index_.FindAnyBySource(ids.source);
    if (!place) return Unknown("enrollments.csv", record.row, "userSourcedId");
    KnownPerson& person = index_.people()[*place];
    RC_ASSIGN_OR_RETURN(const PersonFact before, GetPersonFact(tx_, person.person_id));
    PersonFact fact = Merge(before, record);
    bool changed = !SameFact(before, fact);
    fact.content_hash = 0;
    if (changed) RC_RETURN_IF_ERROR(WritePersonFact(tx_, fact, /*existed=*/true));
    RC_ASSIGN_OR_RETURN(const bool moved, PutSpells(record, *place));
    if (!person.seen) Count(person.existed, person.current, changed || moved);
    person.seen = true;
    return absl::OkStatus();
  }

  // --- Plain files ---------------------------------------------------------------------------

  // Reads all files of the import with one reader.
  template <typename Reader, typename Visit>
  absl::Status ImportPlain(Reader reader, Visit visit) {
    RC_ASSIGN_OR_RETURN(std::unique_ptr<Package> package, OpenPackage());
    for (std::size_t i = 0; i < package->files().size(); ++i) {
      file_ = package->files()[i].name;
      RC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, package->Open(i));
      RC_RETURN_IF_ERROR(
          reader(std::move(source), file_, &warnings_, [&](const auto& row) -> absl::Status {
            result_.set_rows(result_.rows() + 1);
            if (result_.rows() % 50'000 == 0) {
              RC_RETURN_IF_ERROR(Progress(absl::StrCat("reading ", file_), 0, 0, result_.rows()));
            }
            return visit(row);
          }));
    }
    // Each person once, however many rows name him.
    for (const KnownPerson& person : index_.people()) {
      if (person.seen && !touched_.contains(person.person_id)) {
        result_.set_unchanged(result_.unchanged() + 1);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::uint32_t> Require(Kind kind, const std::string& district_id,
                                        std::uint64_t row, std::string_view column) {
    const auto place = index_.FindByDistrictId(kind, PersonIdIndex(vault_, district_id));
    if (!place) return Unknown(file_, row, column);
    index_.people()[*place].seen = true;
    return *place;
  }

  // Rows of plain files say nothing of erased people any more.
  absl::StatusOr<bool> Erased(const KnownPerson& person) {
    if (!person.existed) return false;
    RC_ASSIGN_OR_RETURN(const bool erased, tx_.person_keys().Erased(person.person_id));
    if (erased) CountErased(person);
    return erased;
  }

  void CountErased(const KnownPerson& person) {
    if (erased_.insert(person.person_id).second) result_.set_erased(result_.erased() + 1);
  }

  void Touch(const KnownPerson& person) {
    if (!touched_.insert(person.person_id).second) return;
    if (person.existed) {
      result_.set_changed(result_.changed() + 1);
    } else {
      result_.set_added(result_.added() + 1);
    }
  }

  // Refuses a row that says something else about the same thing than an earlier row of the file:
  // which of the two held would depend on their order, and a second import would change it back.
  absl::Status Once(std::initializer_list<std::string_view> key,
                    std::initializer_list<std::string_view> value, std::uint64_t row,
                    std::string_view column) {
    ContentHash key_hash;
    for (const std::string_view part : key) key_hash.Add(part);
    ContentHash value_hash;
    for (const std::string_view part : value) value_hash.Add(part);
    const auto [known, added] =
        said_.try_emplace(key_hash.Value(), std::make_pair(value_hash.Value(), row));
    if (added || known->second.first == value_hash.Value()) return absl::OkStatus();
    return Refusal(file_, row, column,
                   absl::StrCat("contradicts row ", known->second.second,
                                ", which is about the same person; keep one of the two"));
  }

  absl::Status AddProgramSpell(const ProgramSpellRow& row) {
    RC_ASSIGN_OR_RETURN(const std::uint32_t place,
                        Require(Kind::kStudent, row.student_id, row.row, "student_id"));
    const KnownPerson& person = index_.people()[place];
    RC_ASSIGN_OR_RETURN(const bool erased, Erased(person));
    if (erased) return absl::OkStatus();
    ProgramRow spell = {person.person_id, row.program, row.begin, OptionalDay(row.end),
                        row.identifier};
    std::transform(spell.program.begin(), spell.program.end(), spell.program.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    RC_RETURN_IF_ERROR(Once({row.student_id, spell.program, absl::StrCat(row.begin)},
                            {absl::StrCat(row.end), row.identifier}, row.row, "end_date"));
    RC_ASSIGN_OR_RETURN(const std::optional<ProgramRow> before, FindProgramSpell(tx_, spell));
    if (before && before->end == spell.end && before->identifier == spell.identifier) {
      return absl::OkStatus();
    }
    Touch(person);
    growth_.AddProgram(spell.program);
    return WriteProgramSpell(tx_, spell, before.has_value());
  }

  absl::StatusOr<bool> PutAddress(std::int64_t person_id, const PostalAddress& address,
                                  Day valid_from) {
    return SetAddress(tx_, {person_id, address.line1, address.line2, address.city, address.state,
                            address.postal_code, address.country, OptionalDay(valid_from)});
  }

  absl::Status AddAddress(const roster::AddressRow& row) {
    RC_ASSIGN_OR_RETURN(const std::uint32_t place,
                        Require(row.kind, row.district_id, row.row,
                                row.kind == Kind::kStaff ? "employee_id" : "student_id"));
    const KnownPerson& person = index_.people()[place];
    RC_ASSIGN_OR_RETURN(const bool erased, Erased(person));
    if (erased) return absl::OkStatus();
    const PostalAddress& address = row.address;
    // Of several dated addresses the newest counts; undated ones cannot be told apart from them.
    const bool dated = row.valid_from != kNoDay;
    RC_RETURN_IF_ERROR(Once({absl::StrCat(person.person_id), "dated"}, {dated ? "yes" : "no"},
                            row.row, "valid_from"));
    RC_RETURN_IF_ERROR(Once({absl::StrCat(person.person_id), absl::StrCat(row.valid_from)},
                            {address.line1, address.line2, address.city, address.state,
                             address.postal_code, address.country},
                            row.row, "line1"));
    RC_ASSIGN_OR_RETURN(const std::optional<rollcall::AddressRow> held,
                        AddressOf(tx_, person.person_id));
    if (dated && held && held->valid_from && *held->valid_from > row.valid_from) {
      return absl::OkStatus();
    }
    RC_ASSIGN_OR_RETURN(const bool changed,
                        PutAddress(person.person_id, row.address, row.valid_from));
    if (changed) Touch(person);
    return absl::OkStatus();
  }

  absl::Status AddLanguage(const LanguageRow& row) {
    RC_ASSIGN_OR_RETURN(const std::uint32_t place,
                        Require(Kind::kStudent, row.student_id, row.row, "student_id"));
    const KnownPerson& person = index_.people()[place];
    RC_ASSIGN_OR_RETURN(const bool erased, Erased(person));
    if (erased) return absl::OkStatus();
    RC_RETURN_IF_ERROR(Once({absl::StrCat(person.person_id)}, {row.language}, row.row, "language"));
    RC_ASSIGN_OR_RETURN(const bool changed, PutLanguage(person.person_id, row.language));
    if (changed) Touch(person);
    return absl::OkStatus();
  }

  // A guardian without an id is known by student and name, so that a second import finds him. The
  // id shows neither: the guardian's record stays when the student is erased.
  std::string IdFor(const GuardianRow& row) {
    std::string text;
    for (const std::string* part : {&row.student_id, &row.given_name, &row.family_name}) {
      AppendVarint(part->size(), &text);
      text.append(*part);
    }
    const BlindIndex index = vault_.Index("guardian.of_student", text);
    return absl::StrCat("guardian-of:", absl::BytesToHexString(ToAbsl(IdIndexBytes(index))));
  }

  absl::Status AddGuardian(const GuardianRow& row) {
    RC_ASSIGN_OR_RETURN(const std::uint32_t student,
                        Require(Kind::kStudent, row.student_id, row.row, "student_id"));
    const std::int64_t student_id = index_.people()[student].person_id;
    const std::string source_id = row.guardian_id.empty() ? IdFor(row) : row.guardian_id;
    const PostalAddress& address = row.address;
    RC_RETURN_IF_ERROR(
        Once({source_id},
             {row.given_name, row.family_name, row.email, row.phone, address.line1, address.line2,
              address.city, address.state, address.postal_code, address.country},
             row.row, "guardian_id"));
    const BlindIndex source = PersonIdIndex(vault_, source_id);
    auto place = index_.FindBySource(Kind::kGuardian, source);
    if (!place) {
      RC_ASSIGN_OR_RETURN(place.emplace(),
                          index_.AddPerson(tx_, Kind::kGuardian, source, kNoIdIndex));
    }
    KnownPerson& guardian = index_.people()[*place];
    guardian.seen = true;
    RC_ASSIGN_OR_RETURN(const bool erased, Erased(guardian));
    if (erased) return absl::OkStatus();
    PersonFact before;
    if (guardian.has_fact) {
      RC_ASSIGN_OR_RETURN(before, GetPersonFact(tx_, guardian.person_id));
    }
    PersonFact fact = before;
    fact.person_id = guardian.person_id;
    fact.kind = static_cast<int>(Kind::kGuardian);
    fact.source_id = source_id;
    fact.given_name = row.given_name;
    fact.family_name = row.family_name;
    if (!row.email.empty()) fact.email = row.email;
    if (!row.phone.empty()) fact.phone = row.phone;
    fact.populated |= FieldBit(kFieldName);
    if (!row.email.empty()) fact.populated |= FieldBit(kFieldEmail);
    if (!row.phone.empty()) fact.populated |= FieldBit(kFieldPhone);
    bool changed = !guardian.has_fact || !SameFact(before, fact);
    if (changed) RC_RETURN_IF_ERROR(WritePersonFact(tx_, fact, guardian.has_fact));
    guardian.has_fact = true;
    if (!row.address.line1.empty()) {
      RC_ASSIGN_OR_RETURN(const bool moved, PutAddress(guardian.person_id, row.address, kNoDay));
      changed = changed || moved;
    }
    if (changed) Touch(guardian);
    RC_ASSIGN_OR_RETURN(std::vector<std::int64_t> linked, GuardiansOf(tx_, student_id));
    if (std::find(linked.begin(), linked.end(), guardian.person_id) == linked.end()) {
      linked.push_back(guardian.person_id);
      RC_RETURN_IF_ERROR(SetGuardians(tx_, student_id, linked, /*existed=*/true).status());
      Touch(index_.people()[student]);
    }
    return absl::OkStatus();
  }

  // --- Enrollments of earlier years ----------------------------------------------------------

  // Rows about one stay add up to the days from the first to the last of them, with what is
  // recorded, so that their order decides nothing and no day that was recorded is lost.
  absl::Status AddHistory(const HistoryRow& row) {
    const BlindIndex district = PersonIdIndex(vault_, row.district_id);
    auto place = index_.FindByDistrictId(row.kind, district);
    if (!place) {
      RC_ASSIGN_OR_RETURN(place.emplace(), index_.AddPerson(tx_, row.kind, kNoIdIndex, district));
    }
    KnownPerson& person = index_.people()[*place];
    person.seen = true;
    RC_ASSIGN_OR_RETURN(const bool erased, Erased(person));
    if (erased) return absl::OkStatus();
    RC_RETURN_IF_ERROR(PutHistoryFact(row, person));
    RC_ASSIGN_OR_RETURN(const std::int64_t school,
                        index_.School(tx_, "", row.school_id, row.school_name));
    EnrollmentRow stay = {person.person_id, row.school_year, school, row.grade, row.begin, row.end};
    RC_ASSIGN_OR_RETURN(std::vector<EnrollmentRow> recorded, EnrollmentsOf(tx_, person.person_id));
    std::erase_if(recorded, [&](const EnrollmentRow& other) { return !SameStay(other, stay); });
    for (const EnrollmentRow& part : recorded) {
      stay.begin = std::min(stay.begin, part.begin);
      stay.end = stay.end && part.end ? std::max(stay.end, part.end) : std::nullopt;
    }
    if (recorded.size() == 1 && Covers(recorded.front(), stay)) return absl::OkStatus();
    Touch(person);
    for (const EnrollmentRow& part : recorded) RC_RETURN_IF_ERROR(CloseEnrollment(tx_, part));
    return AddStay(stay);
  }

  // What an old row says of the person: for somebody new the newest row counts; of somebody known
  // it only fills what is blank, and marks fields as having been filled once.
  absl::Status PutHistoryFact(const HistoryRow& row, KnownPerson& person) {
    const bool newest = !person.existed && row.school_year >= person.newest_year;
    const FieldMask unseen = row.populated & ~person.populated;
    if (!newest && unseen == 0) return absl::OkStatus();
    PersonFact fact;
    if (person.has_fact) {
      RC_ASSIGN_OR_RETURN(fact, GetPersonFact(tx_, person.person_id));
    }
    const PersonFact before = fact;
    const auto take = [&](std::string* to, const std::string& from) {
      if (!from.empty() && (newest || to->empty())) *to = from;
    };
    fact.person_id = person.person_id;
    fact.kind = static_cast<int>(row.kind);
    take(&fact.district_id, row.district_id);
    take(&fact.state_id, row.state_id);
    take(&fact.given_name, row.given_name);
    take(&fact.middle_name, row.middle_name);
    take(&fact.family_name, row.family_name);
    take(&fact.gender, row.gender);
    take(&fact.email, row.email);
    take(&fact.phone, row.phone);
    if (row.birth_date != kNoDay && (newest || !fact.birth_date)) fact.birth_date = row.birth_date;
    fact.populated |= row.populated;
    person.newest_year = std::max(person.newest_year, row.school_year);
    if (person.has_fact && SameFact(before, fact)) return absl::OkStatus();
    RC_RETURN_IF_ERROR(WritePersonFact(tx_, fact, person.has_fact));
    person.has_fact = true;
    person.populated = fact.populated;
    Touch(person);
    return absl::OkStatus();
  }

  WriteTx& tx_;
  Vault& vault_;
  const ImportInput& input_;
  const ProgressCallback& progress_;
  v1::RosterImport& result_;
  Warnings warnings_;
  RegisterIndex index_;
  RosterGrowth growth_;
  bool first_ = false;  // The register had nobody before.
  std::string file_;    // Being read.
  Day as_of_ = kNoDay;
  int school_year_ = 0;
  bool delta_ = false;
  std::pair<Day, Day> assumed_;
  RecordText text_;                       // Of the record being read.
  std::vector<std::int64_t> school_ids_;  // By the reader's school number.
  absl::flat_hash_set<std::int64_t> touched_;
  absl::flat_hash_set<std::int64_t> erased_;
  // Plain files: hash of what a row is about -> hash of what it says, and the row.
  absl::flat_hash_map<std::int64_t, std::pair<std::int64_t, std::uint64_t>> said_;
};

}  // namespace

absl::Status CheckImportConfig(const v1::ImportRosterConfig& config) {
  std::vector<FieldViolation> violations;
  if (config.format() == v1::ROSTER_FORMAT_ONE_ROSTER) {
    if (config.school_year() < 1901 || config.school_year() > 2200) {
      violations.push_back(
          {"config.school_year", "must be the year in which the school year ends, such as 2027"});
    }
    if (!config.has_as_of_date()) {
      violations.push_back(
          {"config.as_of_date", "is required: the day whose state the files show"});
    }
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(std::move(violations));
}

absl::StatusOr<v1::RosterSummary> SummarizeRoster(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const RosterCounts counts, CountRoster(tx));
  v1::RosterSummary summary;
  summary.set_current_students(counts.current_students);
  summary.set_former_students(counts.former_students);
  summary.set_current_staff(counts.current_staff);
  summary.set_former_staff(counts.former_staff);
  summary.set_guardians(counts.guardians);
  summary.set_schools(counts.schools);
  summary.set_enrollments(counts.enrollments);
  summary.set_program_spells(counts.program_spells);
  summary.set_revision(tx.revision());
  return summary;
}

absl::Status RunImport(WriteTx& tx, const ImportInput& input, const ProgressCallback& progress,
                       v1::RosterImport* result) {
  const v1::ImportRosterConfig& config = input.config;
  result->set_format(config.format());
  if (config.has_as_of_date()) *result->mutable_as_of_date() = config.as_of_date();
  result->set_school_year(config.school_year());
  result->set_source(config.source());
  result->set_dry_run(config.dry_run());
  result->set_digest(input.digest);
  if (tx.vault() == nullptr) return KeysNotLoaded();
  Import import(tx, input, progress, result);
  RC_RETURN_IF_ERROR(import.Run());
  RC_ASSIGN_OR_RETURN(*result->mutable_roster(), SummarizeRoster(tx));
  if (config.dry_run()) {
    tx.Abandon();
    return absl::OkStatus();
  }
  RC_ASSIGN_OR_RETURN(const std::int64_t import_id, NextImportId(tx));
  result->set_name(absl::StrCat("rosterImports/", import_id));
  result->set_revision(tx.NewRevision());
  result->mutable_roster()->set_revision(tx.NewRevision());
  *result->mutable_import_time() = ToTimestamp(tx.time());
  return InsertImport(tx, import_id, input.digest, MessageToJson(*result));
}

}  // namespace rollcall::roster
