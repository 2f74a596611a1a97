#include "storage/sealed_rows.h"

#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "storage/status.h"
#include "storage/text_pack.h"

namespace rollcall {
namespace {

// The texts of a fact, in the order in which they are packed around the birth date.
constexpr std::array kFactTexts = {&PersonFact::source_id,
                                   &PersonFact::district_id,
                                   &PersonFact::state_id,
                                   &PersonFact::username,
                                   &PersonFact::given_name,
                                   &PersonFact::middle_name,
                                   &PersonFact::family_name,
                                   &PersonFact::preferred_given_name,
                                   &PersonFact::preferred_family_name,
                                   &PersonFact::gender,
                                   &PersonFact::race,
                                   &PersonFact::birth_place,
                                   &PersonFact::email,
                                   &PersonFact::phone};
constexpr std::size_t kBirthDatePlace = 9;

constexpr std::array kAddressTexts = {&AddressRow::line1,       &AddressRow::line2,
                                      &AddressRow::city,        &AddressRow::state,
                                      &AddressRow::postal_code, &AddressRow::country};

// StrCat for rows of which there are millions.
void AppendNumber(std::string_view before, std::int64_t number, std::string* text) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text->append(before);
  text->append(digits.data(), end);
}

}  // namespace

std::string FactContext(std::int64_t person_id, std::int64_t revision_from,
                        const PersonIdIndexes& indexes) {
  std::string context;
  context.reserve(96);
  AppendNumber("person_fact/", person_id, &context);
  AppendNumber("/", revision_from, &context);
  context.push_back('/');
  for (const BlindIndex* index : {&indexes.source, &indexes.district, &indexes.state}) {
    context.append(reinterpret_cast<const char*>(index->data()), index->size());
  }
  return context;
}

std::string ProgramContext(std::int64_t person_id, std::string_view program, std::int32_t begin,
                           std::int64_t revision_from) {
  return absl::StrCat("program_spell/", person_id, "/", ToAbsl(program), "/", begin, "/",
                      revision_from);
}

std::string AddressContext(std::int64_t person_id, std::int64_t revision_from) {
  return absl::StrCat("postal_address/", person_id, "/", revision_from);
}

std::string EntryContext(std::string_view statement, std::int64_t position) {
  return absl::StrCat("statement_entry/", ToAbsl(statement), "/", position);
}

std::string UnmatchedContext(std::string_view owner, std::int64_t revision) {
  return absl::StrCat("named_people/", ToAbsl(owner), "/", revision);
}

std::string AnswerContext(std::string_view principal, std::string_view method,
                          std::string_view request_id) {
  return absl::StrCat("request/", ToAbsl(principal), "/", ToAbsl(method), "/", ToAbsl(request_id));
}

std::string KeyChunkContext(std::int64_t chunk) { return absl::StrCat("person_key_chunk/", chunk); }

std::vector<SealedColumn> SealedColumns() {
  using enum SealedColumn::KeyType;
  return {{"person_key_chunk",
           "sealed",
           {{"chunk", kInt}},
           [](Statement& row) { return KeyChunkContext(row.Int(0)); }},
          {"statement_entry",
           "sealed",
           {{"statement", kText}, {"position", kInt}},
           [](Statement& row) { return EntryContext(row.Text(0), row.Int(1)); }},
          {"named_people",
           "unmatched",
           {{"owner", kText}, {"revision", kInt}},
           [](Statement& row) { return UnmatchedContext(row.Text(0), row.Int(1)); }},
          {"request",
           "sealed",
           {{"principal", kText}, {"method", kText}, {"request_id", kText}},
           [](Statement& row) { return AnswerContext(row.Text(0), row.Text(1), row.Text(2)); }}};
}

void PackFact(const PersonFact& fact, std::string* packed) {
  std::array<std::string_view, kFactTexts.size() + 1> texts;
  const PackedDay birth_date(fact.birth_date);
  for (std::size_t i = 0; i < kFactTexts.size(); ++i) {
    texts[i < kBirthDatePlace ? i : i + 1] = fact.*kFactTexts[i];
  }
  texts[kBirthDatePlace] = birth_date.text();
  PackTexts(texts, packed);
}

bool UnpackFact(std::string_view packed, PersonFact* fact) {
  std::array<std::string_view, kFactTexts.size() + 1> texts;
  if (!UnpackTexts(packed, texts)) return false;
  for (std::size_t i = 0; i < kFactTexts.size(); ++i) {
    (fact->*kFactTexts[i]) = texts[i < kBirthDatePlace ? i : i + 1];
  }
  return PackedDay::Read(texts[kBirthDatePlace], &fact->birth_date);
}

void PackAddress(const AddressRow& address, std::string* packed) {
  std::array<std::string_view, kAddressTexts.size() + 1> texts;
  const PackedDay valid_from(address.valid_from);
  for (std::size_t i = 0; i < kAddressTexts.size(); ++i) texts[i] = address.*kAddressTexts[i];
  texts.back() = valid_from.text();
  PackTexts(texts, packed);
}

bool UnpackAddress(std::string_view packed, AddressRow* address) {
  std::array<std::string_view, kAddressTexts.size() + 1> texts;
  if (!UnpackTexts(packed, texts)) return false;
  for (std::size_t i = 0; i < kAddressTexts.size(); ++i) (address->*kAddressTexts[i]) = texts[i];
  return PackedDay::Read(texts.back(), &address->valid_from);
}

void PackAnswer(const StoredAnswer& answer, std::string* packed) {
  PackTexts(std::array<std::string_view, 2>{answer.request_sha256, answer.response}, packed);
}

bool UnpackAnswer(std::string_view packed, StoredAnswer* answer) {
  std::array<std::string_view, 2> texts;
  if (!UnpackTexts(packed, texts)) return false;
  answer->request_sha256 = texts[0];
  answer->response = texts[1];
  return true;
}

}  // namespace rollcall
