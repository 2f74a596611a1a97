#include "client/cli/field_words.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"

namespace rollcall::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

struct AliasRow {
  std::string_view field;
  std::string_view alias;
};

constexpr std::array kAliases = {
    AliasRow{"Clause.clause_kind", "kind"},
    AliasRow{"SharedElement.data_element", "element"},
    AliasRow{"SharedElement.condition_program", "condition"},
    AliasRow{"StatementEntry.data_elements", "elements"},
    AliasRow{"Statement.data_elements", "elements"},
    AliasRow{"ImportRosterConfig.as_of_date", "as_of"},
    AliasRow{"ListSharesRequest.data_element", "element"},
    AliasRow{"StreamExposureRequest.with_details", "details"},
    AliasRow{"ExposureFilter.data_element", "element"},
    AliasRow{"WhatIf.vendor", "what_if"},
    AliasRow{"WhatIf.data_elements", "elements"},
    AliasRow{"Transfer.elements", "element"},
    AliasRow{"TransferElement.data_element", "element"},
    AliasRow{"PlannedTransfer.data_elements", "element"},
    AliasRow{"ListTransfersRequest.data_element", "element"},
    AliasRow{"Disposition.data_elements", "elements"},
    AliasRow{"Subprocessor.data_elements", "elements"},
};

constexpr std::array<std::string_view, 5> kFlattened = {
    "Clause.value", "ListExposedPeopleRequest.filter", "GetExposureSummaryRequest.what_if",
    "ListExposedPeopleRequest.what_if", "StreamExposureRequest.what_if"};

constexpr std::array<std::string_view, 5> kBareText = {
    "SharedElement.data_element", "StatementEntry.id", "ExposedElement.data_element",
    "RemovedElement.data_element", "TransferElement.data_element"};

std::string QualifiedName(const FieldDescriptor& field) {
  return absl::StrCat(field.containing_type()->name(), ".", field.name());
}

// "VendorKind" -> "VENDOR_KIND_".
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + '_';
}

// Only letters and digits, in lower case.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      plain += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
  }
  return plain;
}

std::string UpperWord(const EnumValueDescriptor& value) {
  const std::string prefix = EnumPrefix(*value.type());
  return value.name().compare(0, prefix.size(), prefix) == 0 ? value.name().substr(prefix.size())
                                                             : value.name();
}

bool HasBehavior(const FieldDescriptor& field, google::api::FieldBehavior wanted) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

}  // namespace

std::string EnumWord(const EnumValueDescriptor& value) {
  if (value.number() == 0) return {};
  return FlagWord(absl::AsciiStrToLower(UpperWord(value)));
}

std::vector<std::string> EnumWords(const EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) words.push_back(EnumWord(*type.value(i)));
  }
  return words;
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, std::string_view word) {
  const std::string wanted = Plain(word);
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* value = type.value(i);
    if (wanted == Plain(UpperWord(*value)) || wanted == Plain(value->name())) return value;
  }
  return nullptr;
}

std::string FlagWord(std::string_view field_name) {
  std::string word(field_name);
  std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

std::vector<std::string> FieldAliases(const FieldDescriptor& field) {
  std::vector<std::string> aliases;
  for (const AliasRow& row : kAliases) {
    if (row.field == QualifiedName(field)) aliases.emplace_back(row.alias);
  }
  return aliases;
}

bool IsFlattened(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
         std::find(kFlattened.begin(), kFlattened.end(), QualifiedName(field)) != kFlattened.end();
}

const FieldDescriptor* BareTextField(const Descriptor& message) {
  for (const std::string_view row : kBareText) {
    const size_t dot = row.find('.');
    if (row.substr(0, dot) == message.name()) {
      return message.FindFieldByName(std::string(row.substr(dot + 1)));
    }
  }
  return nullptr;
}

const FieldDescriptor* FindField(const Descriptor& message, std::string_view key) {
  const std::string plain = Plain(key);
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    for (const std::string& alias : FieldAliases(*field)) {
      if (Plain(alias) == plain) return field;
    }
  }
  for (int i = 0; i < message.field_count(); ++i) {
    if (Plain(message.field(i)->name()) == plain) return message.field(i);
  }
  return nullptr;
}

bool IsOutputOnly(const FieldDescriptor& field) {
  return HasBehavior(field, google::api::OUTPUT_ONLY);
}

bool IsRequired(const FieldDescriptor& field) { return HasBehavior(field, google::api::REQUIRED); }

bool IsSchoolYear(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 &&
         (field.name() == "school_year" || field.name() == "school_years");
}

}  // namespace rollcall::cli
