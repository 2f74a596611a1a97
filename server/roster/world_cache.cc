#include "server/roster/world_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/roster/records.h"
#include "server/roster/world_image.h"
#include "storage/engine_image_store.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

constexpr std::uint16_t kUnknownCode = 0xFFFF;

// A person on the way into the world. Guardians are in no world, but their contacts count.
struct Row {
  exposure::PersonFacts facts;
  bool guardian = false;
};

// The row of a person; null if there is none. Rows are in ascending order of id.
Row* Find(std::vector<Row>& rows, std::int64_t person_id) {
  const auto id = static_cast<std::uint64_t>(person_id);
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), id,
                       [](const Row& row, std::uint64_t wanted) { return row.facts.id < wanted; });
  return found == rows.end() || found->facts.id != id ? nullptr : &*found;
}

// Spells of all people, in ascending order of person.
template <typename Spell>
struct SpellColumn {
  std::vector<std::uint64_t> person;
  std::vector<Spell> spell;

  // The spells of `id`, beginning at `*next`, which moves behind them.
  std::span<const Spell> Take(std::uint64_t id, std::size_t* next) const {
    while (*next < person.size() && person[*next] < id) ++*next;
    const std::size_t begin = *next;
    while (*next < person.size() && person[*next] == id) ++*next;
    return {spell.data() + begin, spell.data() + *next};
  }
};

void MarkPopulated(Row& row, RosterFieldNumber field) {
  row.facts.populated_fields |= FieldBit(field);
}

absl::Status CheckCount(std::size_t count, std::size_t limit, std::string_view what) {
  if (count <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the roster would have ", count, " different ", ToAbsl(what), ", and ", limit,
      " is the most it can have; look for a column of the files that holds something else"));
}

// Different values of one sort: those that a change writes and those that were there before.
template <typename Set>
class DifferentValues {
 public:
  explicit DifferentValues(const Set& written) : fresh_(written) {}

  template <typename Value>
  void AddEarlier(const Value& value) {
    if (settled()) return;
    fresh_.erase(value);
    if (!earlier_.contains(value)) earlier_.emplace(value);
  }

  // Nothing that is written is new, so that there are no more values than before.
  bool settled() const { return fresh_.empty(); }

  absl::Status Check(std::size_t limit, std::string_view what) const {
    return settled() ? absl::OkStatus() : CheckCount(fresh_.size() + earlier_.size(), limit, what);
  }

 private:
  Set fresh_;
  Set earlier_;
};

}  // namespace

absl::StatusOr<std::uint16_t> CodeTable::CodeOf(std::string_view word) {
  const auto [entry, made] = codes_.try_emplace(
      std::string(word), static_cast<std::uint16_t>(words_.size() + first_code_));
  if (made) {
    if (words_.size() >= kMaxWords) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_CODES",
                       "the roster has more than 65,000 schools, grades, programs or languages");
    }
    words_.emplace_back(word);
  }
  return entry->second;
}

std::uint16_t CodeTable::Find(std::string_view word) const {
  const auto found = codes_.find(std::string(word));
  return found == codes_.end() ? kUnknownCode : found->second;
}

absl::StatusOr<std::shared_ptr<const RosterWorld>> LoadWorld(ReadTx& tx, std::int64_t revision) {
  auto roster = std::make_shared<RosterWorld>();
  RC_ASSIGN_OR_RETURN(roster->roster_revision, RosterRevision(tx, revision));
  RC_ASSIGN_OR_RETURN(const std::vector<SchoolRow> schools, AllSchools(tx));
  std::unordered_map<std::int64_t, std::uint16_t> school_codes;
  for (const SchoolRow& school : schools) {
    RC_ASSIGN_OR_RETURN(school_codes[school.school_id], roster->schools.CodeOf(school.name));
    roster->school_names[school.name] = school.display_name;
  }

  std::vector<Row> rows;
  RC_RETURN_IF_ERROR(
      ForEachPersonColumns(tx, revision, [&](const PersonColumns& person) -> absl::Status {
        Row row;
        row.guardian = person.kind == static_cast<int>(Kind::kGuardian);
        row.facts.id = static_cast<std::uint64_t>(person.person_id);
        row.facts.kind = static_cast<exposure::SubjectKind>(person.kind);
        row.facts.current = person.current;
        row.facts.known_fields = person.known;
        row.facts.populated_fields = person.populated;
        row.facts.contact = person.has_email ? kOwnEmail : 0;
        rows.push_back(row);
        return absl::OkStatus();
      }));

  RC_RETURN_IF_ERROR(ForEachAddressHolder(tx, revision, [&](std::int64_t person) -> absl::Status {
    if (Row* row = Find(rows, person)) {
      row->facts.contact |= kOwnAddress;
      MarkPopulated(*row, kFieldAddress);
    }
    return absl::OkStatus();
  }));
  RC_RETURN_IF_ERROR(ForEachGuardianLink(
      tx, revision, [&](std::int64_t student, std::int64_t guardian) -> absl::Status {
        Row* child = Find(rows, student);
        const Row* parent = Find(rows, guardian);
        if (child == nullptr || parent == nullptr) return absl::OkStatus();
        if ((parent->facts.contact & kOwnEmail) != 0) child->facts.contact |= kGuardianEmail;
        if ((parent->facts.contact & kOwnAddress) != 0) child->facts.contact |= kGuardianAddress;
        const FieldMask has = parent->facts.populated_fields;
        if ((has & FieldBit(kFieldName)) != 0) MarkPopulated(*child, kFieldGuardianName);
        if ((has & FieldBit(kFieldEmail)) != 0) MarkPopulated(*child, kFieldGuardianEmail);
        if ((has & FieldBit(kFieldPhone)) != 0) MarkPopulated(*child, kFieldGuardianPhone);
        return absl::OkStatus();
      }));
  RC_RETURN_IF_ERROR(ForEachLanguage(
      tx, revision, [&](std::int64_t person, std::string_view language) -> absl::Status {
        Row* row = Find(rows, person);
        if (row == nullptr || language.empty()) return absl::OkStatus();
        RC_ASSIGN_OR_RETURN(row->facts.language, roster->languages.CodeOf(language));
        MarkPopulated(*row, kFieldLanguage);
        return absl::OkStatus();
      }));

  SpellColumn<exposure::EnrollmentSpell> enrollments;
  RC_RETURN_IF_ERROR(ForEachEnrollment(tx, revision, [&](const EnrollmentRow& row) -> absl::Status {
    exposure::EnrollmentSpell spell;
    spell.school_year = static_cast<std::int16_t>(row.school_year);
    spell.school = school_codes[row.school_id];
    if (!row.grade.empty()) {
      RC_ASSIGN_OR_RETURN(spell.grade, roster->grades.CodeOf(row.grade));
    }
    spell.first = row.begin;
    spell.last = row.end.value_or(exposure::kMaxDay);
    enrollments.person.push_back(static_cast<std::uint64_t>(row.person_id));
    enrollments.spell.push_back(spell);
    return absl::OkStatus();
  }));
  SpellColumn<exposure::ProgramSpell> programs;
  std::vector<std::uint64_t> with_program_id;
  RC_RETURN_IF_ERROR(
      ForEachProgramSpell(tx, revision, [&](const ProgramColumns& row) -> absl::Status {
        exposure::ProgramSpell spell;
        RC_ASSIGN_OR_RETURN(spell.program, roster->programs.CodeOf(row.program));
        spell.first = row.begin;
        spell.last = row.end.value_or(exposure::kMaxDay);
        programs.person.push_back(static_cast<std::uint64_t>(row.person_id));
        programs.spell.push_back(spell);
        if (row.has_identifier) {
          if (Row* person = Find(rows, row.person_id)) MarkPopulated(*person, kFieldProgramId);
        }
        return absl::OkStatus();
      }));

  exposure::WorldBuilder builder(static_cast<std::uint64_t>(revision));
  builder.Reserve(rows.size(), enrollments.spell.size(), programs.spell.size());
  std::size_t next_enrollment = 0;
  std::size_t next_program = 0;
  for (Row& row : rows) {
    const auto spells = enrollments.Take(row.facts.id, &next_enrollment);
    const auto program_spells = programs.Take(row.facts.id, &next_program);
    if (row.guardian) continue;
    if (!spells.empty()) MarkPopulated(row, kFieldSchool);
    for (const exposure::EnrollmentSpell& spell : spells) {
      if (spell.grade != 0) MarkPopulated(row, kFieldGrade);
    }
    RC_RETURN_IF_ERROR(builder.AddPerson(row.facts, spells, program_spells));
  }
  RC_ASSIGN_OR_RETURN(roster->world, std::move(builder).Build());
  return roster;
}

absl::StatusOr<std::shared_ptr<const RosterWorld>> WorldCache::Get(ReadTx& tx,
                                                                   std::int64_t revision) {
  RC_ASSIGN_OR_RETURN(const std::int64_t roster_revision, RosterRevision(tx, revision));
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto entry = worlds_.begin(); entry != worlds_.end(); ++entry) {
    if ((*entry)->roster_revision == roster_revision) {
      worlds_.splice(worlds_.begin(), worlds_, entry);
      return worlds_.front();
    }
  }
  std::shared_ptr<const RosterWorld> loaded;
  absl::StatusOr<std::string> image = GetEngineImage(tx, roster_revision);
  if (image.ok()) {
    auto from_image = ReadImage(*image);
    image->clear();
    image->shrink_to_fit();
    if (from_image.ok() && (*from_image)->roster_revision == roster_revision) loaded = *from_image;
  }
  if (loaded == nullptr) {
    RC_ASSIGN_OR_RETURN(loaded, LoadWorld(tx, roster_revision));
  }
  if (worlds_.size() >= kWorlds) worlds_.pop_back();
  worlds_.push_front(loaded);
  return loaded;
}

void RosterGrowth::Insert(std::string_view word, Words* words) {
  if (!word.empty() && !words->contains(word)) words->emplace(word);
}

void RosterGrowth::AddEnrollment(int school_year, std::string_view grade) {
  school_years_.insert(school_year);
  Insert(grade, &grades_);
}

void RosterGrowth::AddProgram(std::string_view program) { Insert(program, &programs_); }

void RosterGrowth::AddLanguage(std::string_view language) { Insert(language, &languages_); }

absl::Status RosterGrowth::Check(ReadTx& tx) const {
  DifferentValues<absl::flat_hash_set<int>> years(school_years_);
  DifferentValues<Words> grades(grades_);
  DifferentValues<Words> programs(programs_);
  DifferentValues<Words> languages(languages_);
  // Visits earlier rows until nothing is new.
  const auto visit = [](const auto& settled, const auto& rows) -> absl::Status {
    if (settled()) return absl::OkStatus();
    const absl::Status read =
        rows([&] { return settled() ? absl::CancelledError("settled") : absl::OkStatus(); });
    return settled() ? absl::OkStatus() : read;
  };
  RC_ASSIGN_OR_RETURN(const std::int64_t earlier, RosterRevision(tx, tx.revision()));
  if (earlier != 0) {
    RC_RETURN_IF_ERROR(visit([&] { return years.settled() && grades.settled(); },
                             [&](const auto& next) {
                               return ForEachEnrollment(tx, earlier, [&](const EnrollmentRow& row) {
                                 years.AddEarlier(row.school_year);
                                 if (!row.grade.empty()) grades.AddEarlier(row.grade);
                                 return next();
                               });
                             }));
    RC_RETURN_IF_ERROR(visit([&] { return programs.settled(); },
                             [&](const auto& next) {
                               return ForEachProgramSpell(tx, earlier,
                                                          [&](const ProgramColumns& row) {
                                                            programs.AddEarlier(row.program);
                                                            return next();
                                                          });
                             }));
    RC_RETURN_IF_ERROR(visit([&] { return languages.settled(); },
                             [&](const auto& next) {
                               return ForEachLanguage(tx, earlier,
                                                      [&](std::int64_t, std::string_view language) {
                                                        languages.AddEarlier(language);
                                                        return next();
                                                      });
                             }));
  }
  RC_RETURN_IF_ERROR(years.Check(exposure::WorldBuilder::kMaxSchoolYears, "school years"));
  RC_RETURN_IF_ERROR(grades.Check(CodeTable::kMaxWords, "grades"));
  RC_RETURN_IF_ERROR(programs.Check(CodeTable::kMaxWords, "programs"));
  RC_RETURN_IF_ERROR(languages.Check(CodeTable::kMaxWords, "languages"));
  RC_ASSIGN_OR_RETURN(const std::vector<SchoolRow> schools, AllSchools(tx));
  return CheckCount(schools.size(), CodeTable::kMaxWords, "schools");
}

void WorldCache::KeepOnly(std::int64_t roster_revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  worlds_.remove_if([&](const std::shared_ptr<const RosterWorld>& world) {
    return world->roster_revision != roster_revision;
  });
}

}  // namespace rollcall::roster
