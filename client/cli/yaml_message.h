// YAML and JSON files to messages and back, in the words of field_words.h.
//
// JSON is read as the YAML that it is. Keys may be written as in the API (`legal_name`), as in
// proto3 JSON (`legalName`) or with hyphens; values as SetFromText takes them. Every scalar is a
// text whatever it looks like, so a grade 06 stays 06. Unknown and repeated keys are refused.
#ifndef ROLLCALL_CLIENT_CLI_YAML_MESSAGE_H_
#define ROLLCALL_CLIENT_CLI_YAML_MESSAGE_H_

#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

// Something wrong in a file.
struct FileProblem {
  // From 1; 0 if the problem has no place.
  int line = 0;
  int column = 0;
  // Such as `shares[2].elements[0].condition`.
  std::string key;
  // What is wrong and what to do.
  std::string what;
};

// All problems as text, one line each: `vendor.yaml:12:5: shares[2].title: ...`.
std::string ProblemsText(const std::string& file, const std::vector<FileProblem>& problems);

// A problem at the place of a node.
FileProblem ProblemAt(const YAML::Node& node, std::string key, std::string what);

// Parses one document of YAML or JSON. On a syntax error the problem is added and the result is
// a null node.
YAML::Node ParseYaml(const std::string& text, std::vector<FileProblem>* problems);

// Fills `message` from a mapping; `key` is the path of the mapping itself, for error texts;
// `context` is the full name that completes short names. Output-only fields are passed over, so
// that what `get --output json` printed can be given back. All problems found are added; on any of
// them the message is partly filled and must not be used.
void FillFromYaml(const YAML::Node& node, const std::string& key, std::string_view context,
                  google::protobuf::Message* message, std::vector<FileProblem>* problems);

// Fills one field from the node that is its value; a null leaves the field unset.
void FillFieldFromYaml(const YAML::Node& node, const std::string& key, std::string_view context,
                       const google::protobuf::FieldDescriptor& field,
                       google::protobuf::Message* message, std::vector<FileProblem>* problems);

// Writes the fields of a message as pairs of key and value into an open mapping of the emitter:
// only fields that are set, none that is output-only, no etag and none in `except`. Reading the
// result with the same context gives an equal message, apart from those fields.
void EmitFields(const google::protobuf::Message& message, std::string_view context,
                const std::set<std::string>& except, YAML::Emitter* out);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_YAML_MESSAGE_H_
