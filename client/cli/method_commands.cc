#include "client/cli/method_commands.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/field_words.h"
#include "client/cli/local_file.h"
#include "client/cli/request_flags.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_value.h"
#include "client/cli/uuid.h"
#include "client/cli/yaml_message.h"

namespace rollcall::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// How the name on the command line becomes fields of the request.
enum class NameForm {
  kNone,
  // One field of the request.
  kField,
  // The name of the resource within the request.
  kBody,
  // A parent and the id of something new.
  kNew,
};

// "vendors/*/products/*" -> "VENDOR/PRODUCT".
std::string ShapeOf(const std::string& pattern) {
  std::vector<std::string> words;
  for (const auto part : absl::StrSplit(pattern, '/')) {
    std::string word = absl::AsciiStrToUpper(part);
    if (word == "*") continue;
    if (word == "PEOPLE") word = "PERSON";
    if (word.back() == 'S') word.pop_back();
    words.push_back(word);
  }
  return absl::StrJoin(words, "/");
}

// Patterns whose ids alone would be taken for a name of an earlier pattern, so that names of theirs
// are written in full. A second id tells a product from a statement, whose id is a number.
bool WrittenInFull(const std::vector<std::string>& patterns, size_t index) {
  const auto ids = [](const std::string& pattern) {
    return std::count(pattern.begin(), pattern.end(), '*');
  };
  return ids(patterns[index]) == 1 &&
         std::any_of(patterns.begin(), patterns.begin() + static_cast<std::ptrdiff_t>(index),
                     [&](const std::string& p) { return ids(p) == 1; });
}

std::string ShapeOf(const std::vector<std::string>& patterns) {
  std::vector<std::string> shapes;
  for (size_t i = 0; i < patterns.size(); ++i) {
    const std::string shape = ShapeOf(patterns[i]);
    shapes.push_back(WrittenInFull(patterns, i)
                         ? absl::StrCat(patterns[i].substr(0, patterns[i].find('*')), shape)
                         : shape);
  }
  return absl::StrJoin(shapes, "|");
}

bool StartsWith(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

const FieldDescriptor* StringField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING ? field : nullptr;
}

// The elements of a list's answer, if it is one.
const FieldDescriptor* ElementsField(const MethodDescriptor& method) {
  if (!StartsWith(method.name(), "List")) return nullptr;
  for (int i = 0; i < method.output_type()->field_count(); ++i) {
    const FieldDescriptor* field = method.output_type()->field(i);
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return field;
  }
  return nullptr;
}

// One command.
class MethodCommand {
 public:
  explicit MethodCommand(const MethodDescriptor& method)
      : method_(method), input_(*method.input_type()), elements_(ElementsField(method)) {
    FindBody();
    FindName();
    FindSecondName();
  }

  void AddOptions(CLI::App* command) {
    std::set<std::string> except = {"request_id", "page_token", "page_size"};
    if (second_field_ != nullptr) except.insert(second_field_->name());
    if (name_field_ != nullptr && name_form_ != NameForm::kBody) except.insert(name_field_->name());
    if (name_form_ == NameForm::kNew) {
      except.insert("parent");
      if (id_field_ != nullptr) except.insert(id_field_->name());
    }
    if (name_form_ != NameForm::kNone) {
      CLI::Option* option =
          command->add_option("name", name_, NameHelp())->type_name(ShapeOf(patterns_));
      if (NameRequired()) option->required();
    }
    if (second_field_ != nullptr) {
      command
          ->add_option(absl::StrCat(second_field_->name(), ",--", FlagWord(second_field_->name())),
                       second_name_, SummaryOf(*second_field_))
          ->type_name(ShapeOf(NamePatterns(*second_field_)))
          ->required();
    }
    flags_.AddTo(command, input_, except, body_ == nullptr ? "" : body_->name());
    if (body_ != nullptr) {
      command->add_option("--file", file_, "YAML or JSON file with the resource; flags override it")
          ->type_name("FILE");
    }
    if (Pages()) {
      command->add_option("--page-size", page_size_, "Ask for so many at a time")
          ->check(CLI::Range(1, 1000));
    }
    if (elements_ != nullptr) {
      command
          ->add_option("--limit", limit_,
                       "Stop after so many; without it the list is read "
                       "to its end")
          ->check(CLI::PositiveNumber);
    }
  }

  ExitCode Run(const CommandContext& context) const {
    const std::unique_ptr<Message> request = NewMessage(input_);
    std::vector<std::string> file_paths;
    if (const ExitCode code = Build(context, request.get(), &file_paths); code != ExitCode::kOk) {
      return code;
    }
    std::string request_id;
    if (const FieldDescriptor* field = StringField(input_, "request_id")) {
      request_id = context.options.request_id.empty() ? NewUuid() : context.options.request_id;
      request->GetReflection()->SetString(request.get(), field, request_id);
    }
    Connection connection(context.options);
    if (elements_ != nullptr) return List(context, &connection, request.get());
    const std::unique_ptr<Message> response = NewMessage(*method_.output_type());
    const grpc::Status status = connection.Call(method_, *request, response.get());
    if (!status.ok()) return ReportCall(context, status, request_id);
    Show(context, *request, *response);
    return ExitCode::kOk;
  }

 private:
  void FindBody() {
    for (const std::string_view verb : {"Create", "Update"}) {
      if (!StartsWith(method_.name(), verb)) continue;
      const std::string resource = method_.name().substr(verb.size());
      for (int i = 0; i < input_.field_count(); ++i) {
        const FieldDescriptor* field = input_.field(i);
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated() &&
            field->message_type()->name() == resource) {
          body_ = field;
        }
      }
    }
  }

  void FindName() {
    if (body_ != nullptr) {
      name_field_ = body_->message_type()->FindFieldByName("name");
      patterns_ = NamePatterns(*name_field_);
      if (StartsWith(method_.name(), "Update")) {
        name_form_ = NameForm::kBody;
        return;
      }
      id_field_ = StringField(input_, absl::StrCat(body_->name(), "_id"));
      name_form_ = NameForm::kNew;
      if (id_field_ == nullptr) {
        name_form_ = NameForm::kField;
        name_field_ = StringField(input_, "parent");
        patterns_ = NamePatterns(*name_field_);
      }
      return;
    }
    for (const char* candidate : {"name", "parent"}) {
      if (name_field_ == nullptr) name_field_ = StringField(input_, candidate);
    }
    for (int i = 0; name_field_ == nullptr && i < input_.field_count(); ++i) {
      const FieldDescriptor* field = input_.field(i);
      if (IsRequired(*field) && !field->is_repeated() && !NamePatterns(*field).empty()) {
        name_field_ = field;
      }
    }
    if (name_field_ == nullptr) return;
    name_form_ = NameForm::kField;
    patterns_ = NamePatterns(*name_field_);
  }

  // A method about two things takes the second one's name after the first.
  void FindSecondName() {
    if (name_form_ != NameForm::kField || body_ != nullptr) return;
    for (int i = 0; i < input_.field_count(); ++i) {
      const FieldDescriptor* field = input_.field(i);
      if (field != name_field_ && IsRequired(*field) && !field->is_repeated() &&
          !NamePatterns(*field).empty()) {
        second_field_ = field;
      }
    }
  }

  // The field that can be asked about instead of a name, or nullptr.
  const FieldDescriptor* WhatIfField() const { return input_.FindFieldByName("what_if"); }

  bool Pages() const { return input_.FindFieldByName("page_token") != nullptr; }

  // True for a list over everything that belongs to vendors, where `-` stands for all.
  bool Wildcards() const {
    return elements_ != nullptr && !patterns_.empty() &&
           StartsWith(patterns_.front(), "vendors/") &&
           !StartsWith(method_.name(), "ListUnmatched") && method_.name() != "ListUpstreamVendors";
  }

  bool NameRequired() const {
    if (name_form_ == NameForm::kNew) {
      return IsRequired(*id_field_) || input_.FindFieldByName("parent") != nullptr;
    }
    return name_form_ == NameForm::kField && !Wildcards() && WhatIfField() == nullptr;
  }

  std::string NameHelp() const {
    switch (name_form_) {
      case NameForm::kNew:
        return "Name of what is new; without its last id the server chooses one";
      case NameForm::kBody:
        return "Name of what is changed";
      default:
        return absl::StrCat("Name, full or short", Wildcards() ? "; without it all" : "",
                            patterns_.size() > 2 ? "; a vendor only in full" : "");
    }
  }

  Message* MutableBody(Message* request) const {
    return request->GetReflection()->MutableMessage(request, body_);
  }

  // Sets the fields that the name on the command line speaks of. `*context_name` becomes the name
  // that completes short names in flags and files.
  absl::Status PutName(Message* request, std::string* context_name) const {
    const auto* reflection = request->GetReflection();
    if (name_form_ == NameForm::kNone) return absl::OkStatus();
    if (name_form_ == NameForm::kNew) return PutNewName(request, context_name);
    if (name_.empty() && (name_form_ == NameForm::kBody || WhatIfField() != nullptr)) {
      return absl::OkStatus();
    }
    if (!IsUtf8(name_)) return absl::InvalidArgumentError("the name is not valid UTF-8");
    const absl::StatusOr<std::string> name = ExpandName(name_, patterns_, {}, Wildcards());
    if (!name.ok()) return name.status();
    *context_name = *name;
    if (second_field_ != nullptr) {
      const absl::Status second = SetFromText(*second_field_, second_name_, "", request);
      if (!second.ok()) return second;
    }
    if (name_form_ == NameForm::kField) {
      reflection->SetString(request, name_field_, *name);
    } else {
      Message* body = MutableBody(request);
      body->GetReflection()->SetString(body, name_field_, *name);
    }
    return absl::OkStatus();
  }

  absl::Status PutNewName(Message* request, std::string* context_name) const {
    const auto* reflection = request->GetReflection();
    const FieldDescriptor* parent = StringField(input_, "parent");
    if (name_.empty()) return absl::OkStatus();
    if (!IsUtf8(name_)) return absl::InvalidArgumentError("the name is not valid UTF-8");
    const absl::StatusOr<std::string> full = ExpandName(name_, patterns_);
    if (full.ok()) {
      const std::vector<std::string> parts = absl::StrSplit(*full, '/');
      reflection->SetString(request, id_field_, parts.back());
      if (parent == nullptr) return absl::OkStatus();
      *context_name = absl::StrJoin(parts.begin(), parts.end() - 2, "/");
    } else {
      if (parent == nullptr) return full.status();
      const absl::StatusOr<std::string> of_parent = ExpandName(name_, NamePatterns(*parent));
      if (!of_parent.ok()) return full.status();
      *context_name = *of_parent;
    }
    reflection->SetString(request, parent, *context_name);
    return absl::OkStatus();
  }

  ExitCode Build(const CommandContext& context, Message* request,
                 std::vector<std::string>* file_paths) const {
    std::string context_name;
    if (const absl::Status put = PutName(request, &context_name); !put.ok()) {
      return ReportUsage(context, std::string(put.message()));
    }
    if (!file_.empty()) {
      const ExitCode code = FillFromFile(context, context_name, request, file_paths);
      if (code != ExitCode::kOk) return code;
    }
    if (const absl::Status filled = flags_.Fill(context_name, request); !filled.ok()) {
      return ReportInput(context, filled);
    }
    if (const FieldDescriptor* what_if = WhatIfField()) {
      if (name_.empty() != request->GetReflection()->HasField(*request, what_if)) {
        return ReportUsage(
            context, absl::StrCat("what is asked about? Give either a name, ", ShapeOf(patterns_),
                                  ", or --what-if VENDOR with its window and scope"));
      }
    }
    if (page_size_ > 0) {
      request->GetReflection()->SetInt32(request, input_.FindFieldByName("page_size"), page_size_);
    }
    return name_form_ == NameForm::kBody ? FinishUpdate(context, request, *file_paths)
                                         : ExitCode::kOk;
  }

  ExitCode FillFromFile(const CommandContext& context, const std::string& context_name,
                        Message* request, std::vector<std::string>* paths) const {
    const absl::StatusOr<std::string> text = ReadWholeFile(file_);
    if (!text.ok()) return ReportFile(context, std::string(text.status().message()));
    std::vector<FileProblem> problems;
    const YAML::Node node = ParseYaml(*text, &problems);
    Message* body = MutableBody(request);
    const FieldDescriptor* name_field = body->GetDescriptor()->FindFieldByName("name");
    const std::string name = body->GetReflection()->GetString(*body, name_field);
    if (problems.empty()) FillFromYaml(node, "", context_name, body, &problems);
    if (!problems.empty()) {
      return ReportUsage(context,
                         absl::StrCat("the file is not right\n", ProblemsText(file_, problems)));
    }
    // What the command line names is meant, whatever the file was copied from.
    if (!name.empty()) body->GetReflection()->SetString(body, name_field, name);
    for (const auto& entry : node) {
      const FieldDescriptor* field = FindField(*body->GetDescriptor(), entry.first.Scalar());
      for (int i = 0; field == nullptr && i < body->GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor* outer = body->GetDescriptor()->field(i);
        if (IsFlattened(*outer) && FindField(*outer->message_type(), entry.first.Scalar())) {
          field = outer;
        }
      }
      if (field == nullptr || IsOutputOnly(*field) || field->name() == "name" ||
          field->name() == "etag") {
        continue;
      }
      paths->push_back(field->name());
    }
    return ExitCode::kOk;
  }

  ExitCode FinishUpdate(const CommandContext& context, Message* request,
                        const std::vector<std::string>& file_paths) const {
    Message* body = MutableBody(request);
    if (body->GetReflection()->GetString(*body, name_field_).empty()) {
      return ReportUsage(
          context, absl::StrCat("what is to be changed? Give its name, ", ShapeOf(patterns_)));
    }
    const FieldDescriptor* mask_field = input_.FindFieldByName("update_mask");
    if (request->GetReflection()->HasField(*request, mask_field)) return ExitCode::kOk;
    std::vector<std::string> paths = file_paths;
    for (const std::string& path : flags_.GivenPaths(body_->name())) {
      const std::string outermost = path.substr(0, path.find('.'));
      if (std::find(paths.begin(), paths.end(), outermost) == paths.end()) paths.push_back(path);
    }
    if (paths.empty()) {
      return ReportUsage(context, "nothing to change; give flags or --file with the new values");
    }
    google::protobuf::FieldMask mask;
    for (const std::string& path : paths) mask.add_paths(path);
    request->GetReflection()->MutableMessage(request, mask_field)->CopyFrom(mask);
    return ExitCode::kOk;
  }

  ExitCode List(const CommandContext& context, Connection* connection, Message* request) const {
    const std::unique_ptr<Message> page = NewMessage(*method_.output_type());
    const FieldDescriptor* next = StringField(*method_.output_type(), "next_page_token");
    const FieldDescriptor* total = method_.output_type()->FindFieldByName("total_size");
    ListWriter writer(context, *elements_->message_type());
    std::string token;
    while (true) {
      page->Clear();
      const grpc::Status status = connection->Call(method_, *request, page.get());
      if (!status.ok()) {
        const ExitCode code = ReportCall(context, status, "");
        if (writer.count() == 0) return code;
        return ReportIncomplete(
            context, absl::StrCat("the list broke off after ", writer.count(), " entries"));
      }
      const auto* reflection = page->GetReflection();
      for (int i = 0; i < reflection->FieldSize(*page, elements_); ++i) {
        if (limit_ > 0 && writer.count() == limit_) break;
        writer.Add(reflection->GetRepeatedMessage(*page, elements_, i));
      }
      const std::string following =
          next == nullptr ? std::string() : reflection->GetString(*page, next);
      if (following.empty() || (limit_ > 0 && writer.count() >= limit_)) break;
      if (following == token) {
        return ReportIncomplete(context, "the server gave the same page token twice");
      }
      token = following;
      request->GetReflection()->SetString(request, input_.FindFieldByName("page_token"), token);
    }
    if (limit_ == 0 && total != nullptr) {
      const std::int64_t expected = page->GetReflection()->GetInt64(*page, total);
      if (expected != writer.count()) {
        return ReportIncomplete(context, absl::StrCat("the list has ", expected, " entries, but ",
                                                      writer.count(), " came"));
      }
    }
    writer.Finish();
    return ExitCode::kOk;
  }

  void Show(const CommandContext& context, const Message& request, const Message& response) const {
    const FieldDescriptor* checked = input_.FindFieldByName("validate_only");
    if (checked != nullptr && request.GetReflection()->GetBool(request, checked)) {
      context.io.err << "Checked only; nothing was recorded.\n";
    }
    if (response.GetDescriptor()->full_name() == "google.protobuf.Empty") {
      if (context.options.output == OutputFormat::kJson) context.io.out << "{}\n";
      if (context.options.output == OutputFormat::kTable) {
        context.io.out << "Done: " << request.GetReflection()->GetString(request, name_field_)
                       << "\n";
      }
      return;
    }
    WriteAnswer(context, response);
  }

  const MethodDescriptor& method_;
  const Descriptor& input_;
  // The repeated field of a list's answer, or nullptr.
  const FieldDescriptor* elements_;
  // The resource within a create or update request, or nullptr.
  const FieldDescriptor* body_ = nullptr;
  NameForm name_form_ = NameForm::kNone;
  const FieldDescriptor* name_field_ = nullptr;
  const FieldDescriptor* id_field_ = nullptr;
  std::vector<std::string> patterns_;
  // The name of a second thing that the method is about, or nullptr.
  const FieldDescriptor* second_field_ = nullptr;

  RequestFlags flags_;
  std::string name_;
  std::string second_name_;
  std::string file_;
  int page_size_ = 0;
  long long limit_ = 0;
};

bool WrittenByHand(const MethodDescriptor& method) {
  return method.client_streaming() || method.server_streaming() ||
         method.name() == "ApplyVendorFile" || method.name() == "ExportVendorFile" ||
         method.name() == "CompareExposures" || method.name() == "CreateToken" ||
         method.name() == "GetInclusionProof" || method.name() == "GetConsistencyProof";
}

}  // namespace

void AddMethodCommands(CommandTree* tree) {
  for (const ApiMethod& method : ApiMethods()) {
    if (WrittenByHand(*method.descriptor)) continue;
    CLI::App* app = tree->Add(method.noun, method.verb, SummaryOf(*method.descriptor));
    const auto command = tree->Keep(std::make_shared<MethodCommand>(*method.descriptor));
    command->AddOptions(app);
    tree->OnRun(app, [command](const CommandContext& context) { return command->Run(context); });
  }
}

}  // namespace rollcall::cli
