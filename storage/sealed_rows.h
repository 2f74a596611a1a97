// What lies sealed, where, and in which form. Everything else of the database lies in the open.
//
// Under the key of the person (PersonKeyStore::Seal):
//
//   person_fact.sealed         context `person_fact/PERSON/REVISION_FROM/` and the row's three
//   blind
//                              indexes, 16 bytes each, zero if empty, so that these cannot be
//                              changed or swapped either; a pack of source id, district id, state
//                              id, username, given, middle and family name, preferred given and
//                              family name, birth date, gender, race, birth place, email, phone
//   program_spell.identifier   context `program_spell/PERSON/PROGRAM/BEGIN/REVISION_FROM`; the
//   text,
//                              such as a Medicaid number; nothing if it is empty
//   postal_address.sealed      context `postal_address/PERSON/REVISION_FROM`; a pack of line 1,
//                              line 2, city, state, postal code, country, first day
//
// Under the newest data key (Vault::Seal):
//
//   person_key_chunk.sealed    context `person_key_chunk/CHUNK`; see storage/person_key_store.h
//   statement_entry.sealed     context `statement_entry/STATEMENT/POSITION`; an id as a vendor sent
//   it named_people.unmatched     context `named_people/OWNER/REVISION`; ids that name nobody, in
//   the form
//                              of UnmatchedIds; nothing if there are none
//   request.sealed             context `request/PRINCIPAL/METHOD/REQUEST_ID`; a pack of the
//   request's
//                              digest and the answer
//
// Packs are those of storage/text_pack.h. These forms are kept in databases: a change needs a step
// of the schema.

#ifndef ROLLCALL_STORAGE_SEALED_ROWS_H_
#define ROLLCALL_STORAGE_SEALED_ROWS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/register_tables.h"
#include "storage/resealing.h"
#include "storage/roster_store.h"

namespace rollcall {

std::string FactContext(std::int64_t person_id, std::int64_t revision_from,
                        const PersonIdIndexes& indexes);
std::string ProgramContext(std::int64_t person_id, std::string_view program, std::int32_t begin,
                           std::int64_t revision_from);
std::string AddressContext(std::int64_t person_id, std::int64_t revision_from);
std::string KeyChunkContext(std::int64_t chunk);
std::string EntryContext(std::string_view statement, std::int64_t position);
std::string UnmatchedContext(std::string_view owner, std::int64_t revision);
std::string AnswerContext(std::string_view principal, std::string_view method,
                          std::string_view request_id);

// The columns under data keys, for ResealSome.
std::vector<SealedColumn> SealedColumns();

// Pack what is sealed of a record; `*packed` is replaced. Unpacking fills the same fields and
// returns false if the bytes are no such pack.
void PackFact(const PersonFact& fact, std::string* packed);
bool UnpackFact(std::string_view packed, PersonFact* fact);
void PackAddress(const AddressRow& address, std::string* packed);
bool UnpackAddress(std::string_view packed, AddressRow* address);
void PackAnswer(const StoredAnswer& answer, std::string* packed);
bool UnpackAnswer(std::string_view packed, StoredAnswer* answer);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SEALED_ROWS_H_
