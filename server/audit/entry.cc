#include "server/audit/entry.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/audit/json_text.h"

namespace rollcall::audit {
namespace {

// A value of no more bytes than this is never longer than its SHA-256.
constexpr std::size_t kShortValueBytes = 64;
// What most entries take.
constexpr std::size_t kUsualEntryBytes = 768;

// Writes members of one object; the caller gives names in ascending order.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string* out) : out_(out) { out_->push_back('{'); }
  void Close() { out_->push_back('}'); }

  // The place for the value of a member.
  std::string* Name(std::string_view name) {
    if (!first_) out_->push_back(',');
    first_ = false;
    out_->push_back('"');
    out_->append(name);
    out_->append("\":");
    return out_;
  }
  void Text(std::string_view name, std::string_view value) {
    if (!value.empty()) AppendJsonString(value, Name(name));
  }
  void Number(std::string_view name, std::uint64_t value) { absl::StrAppend(Name(name), value); }
  void HashOf(std::string_view name, const Hash& hash) { Text(name, Base64(Bytes(hash))); }

 private:
  std::string* const out_;
  bool first_ = true;
};

enum class Detail { kFull, kShortValues, kShortChanges, kNothing };

void WriteValue(const std::string& name, const ChangedValue& value, Detail detail,
                ObjectWriter* object) {
  switch (value.form) {
    case ChangedValue::Form::kAbsent:
      break;
    case ChangedValue::Form::kJson:
      if (detail != Detail::kFull && value.json.size() > kShortValueBytes) {
        object->HashOf(name + "_sha256", Sha256(value.json));
      } else {
        object->Name(name)->append(value.json);
      }
      break;
    case ChangedValue::Form::kCommitment:
      object->HashOf(name + "_commitment", value.commitment);
      break;
  }
}

template <typename List, typename WriteItem>
void WriteList(const List& list, std::string* out, WriteItem write) {
  out->push_back('[');
  bool first = true;
  for (const auto& item : list) {
    if (!first) out->push_back(',');
    first = false;
    write(item);
  }
  out->push_back(']');
}

void WriteChanges(const std::vector<EntryChange>& changes, Detail detail, std::string* out) {
  WriteList(changes, out, [&](const EntryChange& change) {
    ObjectWriter object(out);
    if (!change.fields.empty()) {
      WriteList(change.fields, object.Name("fields"), [&](const FieldChange& field) {
        ObjectWriter inner(out);
        WriteValue("after", field.after, detail, &inner);
        WriteValue("before", field.before, detail, &inner);
        inner.Text("field", field.field);
        inner.Close();
      });
    }
    object.Text("name", change.name);
    object.Close();
  });
}

std::string Encode(const Entry& entry, Detail detail) {
  std::string out;
  out.reserve(kUsualEntryBytes);
  ObjectWriter object(&out);
  if (!entry.changes.empty()) {
    if (detail >= Detail::kShortChanges) {
      std::string full;
      WriteChanges(entry.changes, Detail::kFull, &full);
      object.Number("changes_count", entry.changes.size());
      object.HashOf("changes_sha256", Sha256(full));
    } else {
      WriteChanges(entry.changes, detail, object.Name("changes"));
    }
  }
  object.Text("correlation_id", entry.correlation_id);
  if (!entry.elements.empty() && detail != Detail::kNothing) {
    WriteList(entry.elements, object.Name("elements"),
              [&](const std::string& element) { AppendJsonString(element, &out); });
  }
  if (!entry.facts.empty() && detail != Detail::kNothing) {
    object.Name("facts");
    ObjectWriter facts(&out);
    for (const auto& [name, value] : entry.facts) {
      std::string quoted;
      AppendJsonString(name, &quoted);
      AppendJsonString(value, facts.Name(std::string_view(quoted).substr(1, quoted.size() - 2)));
    }
    facts.Close();
  }
  object.Number("index", entry.index);
  object.Text("kind", entry.kind);
  object.Text("method", entry.method);
  if (!entry.people.empty() && detail != Detail::kNothing) {
    WriteList(entry.people, object.Name("people"),
              [&](const Hash& hash) { AppendJsonString(Base64(Bytes(hash)), &out); });
  }
  if (entry.people_count >= 0) {
    object.Number("people_count", static_cast<std::uint64_t>(entry.people_count));
  }
  object.Text("principal", entry.principal);
  object.Text("purpose", entry.purpose);
  if (entry.revision > 0) object.Number("revision", static_cast<std::uint64_t>(entry.revision));
  if (detail != Detail::kFull) object.Name("shortened")->append("true");
  object.Text("source", entry.source);
  object.Text("time", TimeText(entry.time));
  object.Text("via", entry.via);
  object.Close();
  return out;
}

}  // namespace

Hash Commitment(const Salt& salt, std::string_view value) {
  std::string bytes(salt.begin(), salt.end());
  bytes.append(value);
  return Sha256(bytes);
}

std::string EncodeEntry(const Entry& entry) {
  std::string bytes = Encode(entry, Detail::kFull);
  for (const Detail detail : {Detail::kShortValues, Detail::kShortChanges, Detail::kNothing}) {
    if (bytes.size() <= kMaxEntryBytes) break;
    bytes = Encode(entry, detail);
  }
  return bytes;
}

absl::StatusOr<std::uint64_t> EntryIndex(std::string_view bytes) {
  if (bytes.size() > kMaxEntryBytes) {
    return absl::InvalidArgumentError("it is longer than an entry may be");
  }
  const auto members = ReadJsonObject(bytes);
  if (!members.ok()) return members.status();
  for (const auto& [name, value] : *members) {
    if (name != "index") continue;
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), index);
    if (error != std::errc() || end != value.data() + value.size()) break;
    return index;
  }
  return absl::InvalidArgumentError("it does not say its index");
}

std::string TimeText(absl::Time time) {
  // By hand: this stands in every entry, and absl::FormatTime takes as long as hashing it.
  const auto utc = absl::UTCTimeZone().At(time);
  const absl::CivilSecond& second = utc.cs;
  return absl::StrCat(
      absl::Dec(second.year(), absl::kZeroPad4), "-", absl::Dec(second.month(), absl::kZeroPad2),
      "-", absl::Dec(second.day(), absl::kZeroPad2), "T", absl::Dec(second.hour(), absl::kZeroPad2),
      ":", absl::Dec(second.minute(), absl::kZeroPad2), ":",
      absl::Dec(second.second(), absl::kZeroPad2), ".",
      absl::Dec(absl::ToInt64Microseconds(utc.subsecond), absl::kZeroPad6), "Z");
}

}  // namespace rollcall::audit
