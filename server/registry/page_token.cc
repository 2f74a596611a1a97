#include "server/registry/page_token.h"

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/digest.h"
#include "storage/record_table.h"
#include "storage/status.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr std::size_t kDigestLength = 16;

std::string QuestionDigest(const Message& request, std::string_view caller) {
  const std::unique_ptr<Message> question(request.New());
  question->CopyFrom(request);
  for (const char* paging : {"page_size", "page_token", "cursor"}) {
    const auto* field = question->GetDescriptor()->FindFieldByName(paging);
    if (field != nullptr) question->GetReflection()->ClearField(question.get(), field);
  }
  return Sha256Hex(absl::StrCat(request.GetDescriptor()->full_name(), "\n", ToAbsl(caller), "\n",
                                question->SerializeAsString()))
      .substr(0, kDigestLength);
}

std::string Write(const Message& request, std::string_view caller, const PagePosition& position) {
  return absl::WebSafeBase64Escape(absl::StrCat("1|", QuestionDigest(request, caller), "|",
                                                position.revision, "|", position.key));
}

absl::Status Foreign(std::string_view field) {
  return InvalidField(field,
                      "does not belong to this question; repeat the request that gave it, or "
                      "start again without it");
}

// Stands between a page token and what binds it to a caller; no character of Base64.
constexpr char kBinding = '~';

std::string BindingOf(std::string_view token, std::string_view caller) {
  return Sha256Hex(absl::StrCat("page token\n", ToAbsl(caller), "\n", ToAbsl(token)))
      .substr(0, kDigestLength);
}

absl::StatusOr<PagePosition> Read(const Message& request, const std::string& field,
                                  std::string_view caller) {
  std::string token = StringField(request, field);
  token = token.substr(0, token.find(kBinding));
  PagePosition position;
  if (token.empty()) return position;
  const absl::Status bad = Foreign(field);
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text)) return bad;
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('|', 3));
  if (parts.size() != 4 || parts[0] != "1" || parts[1] != QuestionDigest(request, caller) ||
      !absl::SimpleAtoi(parts[2], &position.revision) || position.revision < 0) {
    return bad;
  }
  position.key = parts[3];
  return position;
}

}  // namespace

int PageSize(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("page_size");
  const int size = field == nullptr ? 0 : request.GetReflection()->GetInt32(request, field);
  return size == 0 ? kDefaultPageSize : std::min(size, kMaxPageSize);
}

std::string MakePageToken(const Message& request, const PagePosition& position) {
  return Write(request, "", position);
}

absl::StatusOr<PagePosition> ReadPageToken(const Message& request) {
  return Read(request, "page_token", "");
}

void BindPageToken(std::string_view caller, Message* response) {
  const std::string token = StringField(*response, "next_page_token");
  if (token.empty()) return;
  SetStringField(response, "next_page_token",
                 absl::StrCat(token, std::string(1, kBinding), BindingOf(token, caller)));
}

absl::Status CheckPageTokenOwner(const Message& request, std::string_view caller) {
  const std::string bound = StringField(request, "page_token");
  if (bound.empty()) return absl::OkStatus();
  const std::string_view text = bound;
  const std::size_t end = text.find(kBinding);
  if (end == std::string_view::npos ||
      text.substr(end + 1) != BindingOf(text.substr(0, end), caller)) {
    return Foreign("page_token");
  }
  return absl::OkStatus();
}

std::string MakeCursor(const Message& request, std::string_view caller,
                       const PagePosition& position) {
  return Write(request, caller, position);
}

absl::StatusOr<PagePosition> ReadCursor(const Message& request, std::string_view caller) {
  return Read(request, "cursor", caller);
}

}  // namespace rollcall::registry
