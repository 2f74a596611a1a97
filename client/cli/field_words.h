// How the fields and values of the API are called on the command line and in YAML files: friendly
// names beside the exact ones, flags, words for enum values. One place, so that a flag, a file
// and a table speak the same language.
#ifndef ROLLCALL_CLIENT_CLI_FIELD_WORDS_H_
#define ROLLCALL_CLIENT_CLI_FIELD_WORDS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

// The word for an enum value: VENDOR_KIND_OPERATOR is `operator`, CONTRACT_FORM_CLICK_WRAP is
// `click-wrap`. Empty for the unspecified value.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// All words of an enum, in the order of the API, without the unspecified value.
std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type);

// The value that a word or a full name stands for; letters' case, `-`, `_` and blanks do not
// count. nullptr if there is none.
const google::protobuf::EnumValueDescriptor* FindEnumValue(
    const google::protobuf::EnumDescriptor& type, std::string_view word);

// `legal_name` -> `legal-name`.
std::string FlagWord(std::string_view field_name);

// The field's friendly names, such as `kind` for a clause's clause_kind; often none. The first
// one is what files are written with.
std::vector<std::string> FieldAliases(const google::protobuf::FieldDescriptor& field);

// True for a message field whose own fields stand directly where the field would stand: the value
// of a clause, the filter of a list.
bool IsFlattened(const google::protobuf::FieldDescriptor& field);

// The field of a message that a bare text stands for, such as data_element of a shared element;
// nullptr if a bare text cannot stand for the message.
const google::protobuf::FieldDescriptor* BareTextField(const google::protobuf::Descriptor& message);

// The field that a key in a file or a flag speaks of: exact name in snake_case, its JSON name, the
// name with hyphens, or a friendly name. nullptr if the message has none such.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& message,
                                                   std::string_view key);

// What the API declares of a field: only the server fills it in; the caller must fill it in.
bool IsOutputOnly(const google::protobuf::FieldDescriptor& field);
bool IsRequired(const google::protobuf::FieldDescriptor& field);

// True for a school year, which is written 2026-27 or 2027.
bool IsSchoolYear(const google::protobuf::FieldDescriptor& field);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_FIELD_WORDS_H_
