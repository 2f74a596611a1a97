#include "client/cli/api_docs.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "client/cli/embedded_api.h"

namespace rollcall::cli {
namespace {

const google::protobuf::DescriptorPool& DocumentedPool() {
  static const std::unique_ptr<google::protobuf::DescriptorPool> pool = [] {
    auto made = std::make_unique<google::protobuf::DescriptorPool>();
    google::protobuf::FileDescriptorSet set;
    if (set.ParseFromArray(kEmbeddedApi, static_cast<int>(kEmbeddedApiSize))) {
      for (const google::protobuf::FileDescriptorProto& file : set.file()) made->BuildFile(file);
    }
    return made;
  }();
  return *pool;
}

template <typename Descriptor>
std::string LeadingComment(const Descriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return {};
  return location.leading_comments;
}

}  // namespace

std::string CommentOnMethod(const std::string& full_name) {
  return LeadingComment(DocumentedPool().FindMethodByName(full_name));
}

std::string CommentOnField(const std::string& message_full_name, const std::string& field) {
  const google::protobuf::Descriptor* message =
      DocumentedPool().FindMessageTypeByName(message_full_name);
  return message == nullptr ? std::string() : LeadingComment(message->FindFieldByName(field));
}

std::string FirstSentence(const std::string& comment) {
  std::string sentence;
  for (const char c : comment) {
    const char last = sentence.empty() ? ' ' : sentence.back();
    if (c == '`') continue;
    const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
    if (space && last == '.') break;
    if (space && last == ' ') continue;
    sentence += space ? ' ' : c;
  }
  while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == '.')) {
    sentence.pop_back();
  }
  return sentence;
}

}  // namespace rollcall::cli
