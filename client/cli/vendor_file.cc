#include "client/cli/vendor_file.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/resource_name.h"

namespace rollcall::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The sections of a file that are lists of resources, in the order of writing. Clauses stand
// within their contracts.
constexpr const char* kSections[] = {"contacts",  "products", "documents",
                                     "contracts", "shares",   "subprocessors"};

const FieldDescriptor& NameField(const Message& resource) {
  return *resource.GetDescriptor()->FindFieldByName("name");
}

class Reader {
 public:
  explicit Reader(std::vector<FileProblem>* problems) : problems_(problems) {}

  v1::VendorFile Read(const YAML::Node& root) {
    if (!root.IsMap()) {
      problems_->push_back(ProblemAt(root, "", "must be a mapping that begins with `vendor:`"));
      return file_;
    }
    const YAML::Node vendor = root["vendor"];
    if (!vendor.IsDefined() || !vendor.IsMap()) {
      problems_->push_back(ProblemAt(root, "vendor", "is missing; a file speaks of one vendor"));
      return file_;
    }
    ReadEntry(vendor, "vendor", "", file_.mutable_vendor());
    std::set<std::string> seen;
    for (const auto& entry : root) ReadSection(entry.first, entry.second, &seen);
    return file_;
  }

 private:
  void ReadSection(const YAML::Node& key, const YAML::Node& value, std::set<std::string>* seen) {
    const std::string word = key.IsScalar() ? key.Scalar() : std::string();
    if (!seen->insert(word).second) {
      problems_->push_back(ProblemAt(key, word, "the key stands here for the second time"));
      return;
    }
    if (word == "vendor") return;
    if (std::find(std::begin(kSections), std::end(kSections), word) == std::end(kSections)) {
      problems_->push_back(ProblemAt(key, word,
                                     "there is no such key here; known are vendor, contacts, "
                                     "products, documents, contracts, shares, subprocessors"));
      return;
    }
    if (value.IsNull()) return;
    if (!value.IsSequence()) {
      problems_->push_back(ProblemAt(value, word, "must be a list"));
      return;
    }
    const FieldDescriptor* section = file_.GetDescriptor()->FindFieldByName(word);
    int index = 0;
    for (const YAML::Node& item : value) {
      Message* resource = file_.GetReflection()->AddMessage(&file_, section);
      ReadEntry(item, absl::StrCat(word, "[", index++, "]"), file_.vendor().name(), resource);
    }
  }

  // Reads one resource. `parent` is the full name of what it belongs to.
  void ReadEntry(const YAML::Node& node, const std::string& path, const std::string& parent,
                 Message* resource) {
    if (!node.IsMap()) {
      problems_->push_back(ProblemAt(node, path, "must be a mapping"));
      return;
    }
    YAML::Node rest(YAML::NodeType::Map);
    YAML::Node id;
    YAML::Node clauses;
    for (const auto& entry : node) {
      const std::string word = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      if (word == "id" || word == "name") {
        if (id.IsScalar()) {
          problems_->push_back(
              ProblemAt(entry.first, absl::StrCat(path, ".", word), "the entry has two names"));
        }
        id = entry.second;
      } else if (word == "clauses" && resource->GetDescriptor() == v1::Contract::descriptor()) {
        clauses = entry.second;
      } else {
        rest.force_insert(entry.first, entry.second);
      }
    }
    FillFromYaml(rest, path, parent, resource, problems_);
    const std::string name = ReadName(node, id, path, parent, resource);
    if (clauses.IsDefined() && !clauses.IsNull()) ReadClauses(clauses, path, name);
  }

  std::string ReadName(const YAML::Node& node, const YAML::Node& id, const std::string& path,
                       const std::string& parent, Message* resource) {
    const FieldDescriptor& field = NameField(*resource);
    std::string text = id.IsScalar() ? id.Scalar() : std::string();
    if (text.empty() && resource->GetDescriptor() == v1::Clause::descriptor()) {
      const std::vector<std::string> kind =
          NameIds(static_cast<const v1::Clause*>(resource)->clause_kind());
      text = kind.back();
    }
    if (text.empty()) {
      problems_->push_back(ProblemAt(node, absl::StrCat(path, ".id"), "is missing"));
      return {};
    }
    const absl::StatusOr<std::string> name = ExpandName(text, NamePatterns(field), parent);
    const YAML::Node& place = id.IsScalar() ? id : node;
    if (!name.ok()) {
      problems_->push_back(
          ProblemAt(place, absl::StrCat(path, ".id"), std::string(name.status().message())));
      return {};
    }
    if (!parent.empty() && resource->GetDescriptor() != v1::Document::descriptor() &&
        name->compare(0, parent.size() + 1, parent + "/") != 0) {
      problems_->push_back(
          ProblemAt(place, absl::StrCat(path, ".id"), absl::StrCat("is not part of ", parent)));
    }
    const auto [first, fresh] = places_.emplace(*name, path);
    if (!fresh) {
      problems_->push_back(ProblemAt(
          place, absl::StrCat(path, ".id"),
          absl::StrCat("has the same name as ", first->second, "; give each its own id")));
    }
    resource->GetReflection()->SetString(resource, &field, *name);
    return *name;
  }

  void ReadClauses(const YAML::Node& node, const std::string& path, const std::string& contract) {
    if (!node.IsSequence()) {
      problems_->push_back(ProblemAt(node, absl::StrCat(path, ".clauses"), "must be a list"));
      return;
    }
    if (contract.empty()) return;
    int index = 0;
    for (const YAML::Node& item : node) {
      v1::Clause* clause = file_.add_clauses();
      ReadEntry(item, absl::StrCat(path, ".clauses[", index++, "]"), contract, clause);
      if (clause->status() == v1::CLAUSE_STATUS_UNSPECIFIED) {
        clause->set_status(v1::CLAUSE_STATUS_PRESENT);
      }
    }
  }

  std::vector<FileProblem>* problems_;
  v1::VendorFile file_;
  // The path of every entry by its full name.
  std::map<std::string, std::string> places_;
};

void WriteEntry(const Message& resource, const std::string& parent, const v1::VendorFile& file,
                YAML::Emitter* out) {
  const FieldDescriptor& field = NameField(resource);
  const std::string name = resource.GetReflection()->GetString(resource, &field);
  std::set<std::string> except = {"name"};
  *out << YAML::Block << YAML::BeginMap;
  const bool is_clause = resource.GetDescriptor() == v1::Clause::descriptor();
  const std::string id = ShortenName(name, NamePatterns(field).front(), parent);
  if (is_clause) {
    const auto& clause = static_cast<const v1::Clause&>(resource);
    if (clause.status() == v1::CLAUSE_STATUS_PRESENT) except.insert("status");
    if (id != NameIds(clause.clause_kind()).back()) *out << YAML::Key << "id" << YAML::Value << id;
  } else {
    *out << YAML::Key << "id" << YAML::Value << id;
  }
  EmitFields(resource, parent, except, out);
  if (resource.GetDescriptor() == v1::Contract::descriptor()) {
    bool open = false;
    for (const v1::Clause& clause : file.clauses()) {
      if (clause.name().compare(0, name.size() + 9, name + "/clauses/") != 0) continue;
      if (!open) *out << YAML::Key << "clauses" << YAML::Value << YAML::Block << YAML::BeginSeq;
      open = true;
      WriteEntry(clause, name, file, out);
    }
    if (open) *out << YAML::EndSeq;
  }
  *out << YAML::EndMap;
}

}  // namespace

v1::VendorFile ParseVendorFile(const std::string& text, std::vector<FileProblem>* problems) {
  const size_t before = problems->size();
  const YAML::Node root = ParseYaml(text, problems);
  if (problems->size() > before) return {};
  return Reader(problems).Read(root);
}

std::string WriteVendorFile(const v1::VendorFile& file) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "vendor" << YAML::Value;
  WriteEntry(file.vendor(), "", file, &out);
  for (const char* section : kSections) {
    const FieldDescriptor* field = file.GetDescriptor()->FindFieldByName(section);
    const int count = file.GetReflection()->FieldSize(file, field);
    if (count == 0) continue;
    out << YAML::Key << section << YAML::Value << YAML::Block << YAML::BeginSeq;
    for (int i = 0; i < count; ++i) {
      WriteEntry(file.GetReflection()->GetRepeatedMessage(file, field, i), file.vendor().name(),
                 file, &out);
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  return absl::StrCat(out.c_str(), "\n");
}

}  // namespace rollcall::cli
