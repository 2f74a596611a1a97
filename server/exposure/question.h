// What the exposure engine is asked: what the compromised party held and through whom, what was
// really sent, what was destroyed, what its statement says, and what the catalogue says about
// elements. Plain values, all of them numbers; the caller keeps the names.
//
// The sources of truth know nothing of one another; each adds reasons to pairs of person and
// element. Only dispositions take reasons away, and only from shares and transfers.

#ifndef ROLLCALL_SERVER_EXPOSURE_QUESTION_H_
#define ROLLCALL_SERVER_EXPOSURE_QUESTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/exposure/types.h"

namespace rollcall::exposure {

// What the engine must know about a data element. An element is named by its position in
// Question::elements.
struct ElementInfo {
  // Whose record it belongs to.
  SubjectKind subject = SubjectKind::kStudent;
  // The roster field that holds its value, 1 to 31; 0 if the roster does not hold it. Only an
  // element with a roster field can be known to be empty for a person.
  std::uint8_t roster_field = 0;
};

// Part of the people in the roster. A person belongs to it if the kind agrees and there are one
// enrollment spell and one day of that spell on which all the filters hold together.
struct Population {
  SubjectKind subject = SubjectKind::kStudent;  // kStudent or kStaff.
  std::vector<std::int16_t> school_years;       // Of the spell; empty means all.
  Interval dates;                               // Contains the day.
  std::vector<std::uint16_t> schools;           // Of the spell; empty means all.
  std::vector<std::uint16_t> grades;            // Of the spell; empty means all. 0: none stated.
  std::vector<std::uint16_t> programs;          // In one of them on that day; empty means any.
};

// An element of a share.
struct SharedElement {
  std::uint16_t element = 0;
  // If set, the element is shared only for people with a spell in this program on some day of
  // the share's effective period (see docs/decisions/0003); not necessarily the day on which
  // they matched the population.
  std::optional<std::uint16_t> condition_program;
};

// That a disposition speaks of a share: of all that it covers, what went to the vendor on days up
// to `removed_until`, inclusive, is gone. kMaxDay takes all.
struct Cut {
  std::uint16_t disposition = 0;  // Position in Question::dispositions.
  Day removed_until = kMaxDay;
};

// What a vendor is given: elements of the records of a population over a period.
struct DeclaredShare {
  // The caller's number of it, which reasons give back. A share whose elements came down
  // different chains may stand here in parts, each with its own period and the same number.
  std::uint32_t share = 0;
  Interval period;  // Days on which data goes to the vendor, both inclusive.
  Population population;
  // An element may stand here more than once, under different conditions: one that holds is
  // enough.
  std::vector<SharedElement> elements;
  std::vector<Cut> cuts;
};

// Files that say the same: sent with the same elements, subject to the same dispositions.
struct ObservedTransfers {
  std::uint32_t group = 0;  // The caller's number, which reasons give back; unique.
  // True if the files were sent to a vendor that passes data on to the party, and were never in
  // the party's own hands: then they confirm nothing about the party.
  bool upstream = false;
  // The people in them, ordinals of the World, ascending, each once. May be shared.
  std::shared_ptr<const std::vector<std::uint32_t>> people;
  // The elements; those of another kind than the person's count for nothing.
  std::vector<std::uint16_t> elements;
  // Elements of the above that count although the roster knows the field to be empty for the
  // person, because the file is known to have had more values than that leaves room for, or
  // because nobody counted its values.
  std::vector<std::uint16_t> overrule_empty;
  // Dispositions (positions in Question::dispositions) dated on or after the last of the files.
  std::vector<std::uint16_t> cuts;
};

// A certificate that was in force before the compromise began.
struct Disposition {
  std::uint32_t disposition = 0;        // The caller's number, which cells give back; unique.
  std::vector<std::uint16_t> elements;  // Only these; empty means all.
  // Only these people, ordinals ascending, each once; null means all.
  std::shared_ptr<const std::vector<std::uint32_t>> people;
};

// What the statement limits the compromise to.
struct Scope {
  // Only enrollment spells of these school years count; empty means all. A file that was sent
  // counts for people with a spell in one of these years, and for those without any spell.
  std::vector<std::int16_t> school_years;
  // Only these elements count, except where the list names an element for a person; empty means
  // all.
  std::vector<std::uint16_t> elements;
  // True if the statement says that nobody else than the people on its list is affected.
  bool limit_to_list = false;
};

// An entry of the statement's list of people.
struct ClaimedPerson {
  std::uint32_t ordinal = 0;  // In the World that the question is asked of.
  // The elements that the list names for this very person; empty if it names the person only.
  // These are believed as they stand: neither the scope, nor the kind of person, nor what the
  // roster knows to be empty, nor a disposition takes one away.
  std::vector<std::uint16_t> elements;
};

// The whole question. Vectors of codes may be in any order and may repeat themselves, unless it
// says otherwise above.
struct Question {
  // The last day of the compromise, inclusive; kMaxDay if it is not known to have ended. What
  // happened after it was not there to be taken.
  Day window_last = kMaxDay;
  Scope scope;
  // The shares of the compromised party and of the vendors whose data came to it, already
  // narrowed to the products and shares of the statement.
  std::vector<DeclaredShare> shares;
  // What was sent by the end of the window, narrowed in the same way.
  std::vector<ObservedTransfers> transfers;
  // What shares and transfers refer to in their cuts.
  std::vector<Disposition> dispositions;
  // The people on the statement's list. A person may stand on it several times; the entries add
  // up.
  std::vector<ClaimedPerson> claimed;
  // The elements that the statement names for everybody.
  std::vector<std::uint16_t> statement_elements;
  // The catalogue; a position here is an element's number everywhere else.
  std::vector<ElementInfo> elements;
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_QUESTION_H_
