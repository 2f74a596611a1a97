// Fills the requests of every method from arbitrary bytes and sends them to a whole server through
// its real pipeline: names, page tokens, filters, masks, dates, enums out of range. Whatever comes,
// the answer is a proper status: never an internal error, never one that says data is damaged.

#include <google/protobuf/dynamic_message.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "tests/rpc/raw_call.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Texts that lead somewhere; arbitrary ones seldom do.
constexpr std::array kTexts = {"vendors/cleo",
                               "vendors/cleo/shares/s",
                               "incidents/breach",
                               "incidents/breach/statements/1",
                               "people/5004",
                               "people/0",
                               "people/-1",
                               "people/99999999999999999999",
                               "cases/1",
                               "roles/viewer",
                               "grants/x",
                               "dataElements/student.email",
                               "dataElements/",
                               "schools/610",
                               "*",
                               "legal_name",
                               "note,legal_name",
                               "../../etc",
                               "\"1\"",
                               "00000000-0000-4000-8000-0000000000a1",
                               "MXxhfDB8"};

// Takes values from the front of the input.
class Source {
 public:
  explicit Source(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  std::int64_t Number() {
    std::uint64_t number = 0;
    for (int i = Byte() % 9; i > 0; --i) number = number << 8U | Byte();
    return static_cast<std::int64_t>(number);
  }
  std::string Text() {
    const std::uint8_t kind = Byte();
    if (kind < 160) return kTexts[kind % kTexts.size()];
    const std::size_t size = std::min<std::size_t>(kind - 160U, bytes_.size());
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    // What is no UTF-8 never reaches a handler.
    for (char& c : text) c = static_cast<char>(c & 0x7F);
    return text;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

void Fill(Source& source, int depth, Message* message);

void FillOne(Source& source, int depth, const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      many ? reflection->AddString(message, field, source.Text())
           : reflection->SetString(message, field, source.Text());
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? reflection->AddBool(message, field, true) : reflection->SetBool(message, field, true);
      break;
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto number = static_cast<std::int32_t>(source.Number());
      many ? reflection->AddInt32(message, field, number)
           : reflection->SetInt32(message, field, number);
      break;
    }
    case FieldDescriptor::CPPTYPE_INT64:
      many ? reflection->AddInt64(message, field, source.Number())
           : reflection->SetInt64(message, field, source.Number());
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = source.Byte() % 20;
      many ? reflection->AddEnumValue(message, field, number)
           : reflection->SetEnumValue(message, field, number);
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Fill(source, depth + 1,
           many ? reflection->AddMessage(message, field)
                : reflection->MutableMessage(message, field));
      break;
    default:
      break;
  }
}

void Fill(Source& source, int depth, Message* message) {
  constexpr int kDeepest = 5;
  if (depth > kDeepest) return;
  const auto* type = message->GetDescriptor();
  for (int i = 0; i < type->field_count() && !source.empty(); ++i) {
    for (int count = source.Byte() % (type->field(i)->is_repeated() ? 4 : 2); count > 0; --count) {
      FillOne(source, depth, type->field(i), message);
    }
  }
}

std::vector<const google::protobuf::MethodDescriptor*> UnaryMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const cli::ApiMethod& method : cli::ApiMethods()) {
    if (!method.descriptor->client_streaming() && !method.descriptor->server_streaming()) {
      methods.push_back(method.descriptor);
    }
  }
  return methods;
}

}  // namespace
}  // namespace rollcall::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rollcall::testing::TestServer;
  // For as long as the process lives: what one input leaves behind, the next one meets.
  static auto* const server = new TestServer();
  static const auto methods = rollcall::testing::UnaryMethods();
  rollcall::testing::Source source(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto& method = *methods[source.Byte() % methods.size()];
  const auto request = rollcall::cli::NewMessage(*method.input_type());
  rollcall::testing::Fill(source, 0, request.get());
  const grpc::Status status = rollcall::testing::RawCall(
      server->channel(), rollcall::testing::PathOf(method), request->SerializeAsString());
  switch (status.error_code()) {
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DATA_LOSS:
    case grpc::StatusCode::UNAVAILABLE:
      std::fprintf(stderr, "%s: %s\n%s\n", method.full_name().c_str(),
                   status.error_message().c_str(), request->DebugString().c_str());
      std::abort();
    default:
      return 0;
  }
}
