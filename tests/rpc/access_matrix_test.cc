// Every method of the API as every role and as nobody, on a running server, beside the reviewed
// table tests/golden/access_matrix.txt.
//
// ROLLCALL_WRITE_GOLDEN=1 writes the table anew; read what has changed before it is committed.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/options.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "server/access/first_access.h"
#include "server/access/roles.h"
#include "server/access/token_text.h"
#include "server/access/tokens.h"
#include "tests/rpc/raw_call.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using google::protobuf::MethodDescriptor;

// All methods of all services in the folder of the API, in ascending order of their full names: a
// new file cannot be forgotten.
std::vector<const MethodDescriptor*> MethodsOfTheApi() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto& entry :
       std::filesystem::directory_iterator(ROLLCALL_SOURCE_DIR "/proto/rollcall/v1")) {
    const std::string file = absl::StrCat("rollcall/v1/", entry.path().filename().string());
    if (!file.ends_with("_service.proto")) continue;
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(file);
    EXPECT_NE(descriptor, nullptr) << file;
    if (descriptor == nullptr) continue;
    for (int i = 0; i < descriptor->service_count(); ++i) {
      for (int j = 0; j < descriptor->service(i)->method_count(); ++j) {
        methods.push_back(descriptor->service(i)->method(j));
      }
    }
  }
  std::sort(methods.begin(), methods.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  return methods;
}

// One column of the table.
struct Column {
  std::string title;
  std::string token;
  bool known = true;  // Whether the token is somebody's.
};

class AccessMatrix : public ::testing::Test {
 protected:
  AccessMatrix() {
    for (const v1::Role& role : access::BuiltInRoles()) {
      const std::string id = role.name().substr(role.name().find('/') + 1);
      Give(absl::StrCat("user:", id), role.name());
      columns_.push_back({Title(id), TokenOf(absl::StrCat("user:", id))});
    }
    columns_.push_back({"signed-in", TokenOf("user:without-role")});
    columns_.push_back({"nobody", *access::NewTokenText(), false});
    // Not over TCP, where an address that fails so often is kept waiting.
    channel_ = server_.channel();
  }

  static std::string Title(const std::string& role) {
    static const std::map<std::string, std::string> kShort = {
        {"administrator", "admin"}, {"case-approver", "approver"}, {"privacy-officer", "officer"},
        {"procurement", "procure"}, {"roster-system", "roster"},   {"transfer-system", "transfer"}};
    const auto found = kShort.find(role);
    return found == kShort.end() ? role : found->second;
  }

  void Give(const std::string& principal, const std::string& role) {
    SmallRegister::Must(server_.reg().Write(
        [&](WriteTx& tx) { return access::GiveRole(tx, server_.reg().ids, principal, role, ""); }));
  }

  std::string TokenOf(const std::string& principal) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    v1::Token token;
    std::string secret;
    SmallRegister::Must(server_.reg().Write([&](WriteTx& tx) {
      return access::CreateToken(tx, absl::CivilDay(), server_.reg().ids, request, &token, &secret);
    }));
    return secret;
  }

  grpc::Status Call(const MethodDescriptor& method, const std::string& token, bool purpose,
                    const std::string& bytes = "") {
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    if (purpose) TestServer::StatePurpose(&context);
    return RawCallToTheEnd(channel_, PathOf(method), bytes, &context);
  }

  // `.` refused, `x` let through, `p` let through and may show people unmasked.
  std::string Cell(const MethodDescriptor& method, const Column& column) {
    const bool reads = method.options().GetExtension(v1::policy).reads_personal_data();
    const grpc::Status plain = Call(method, column.token, /*purpose=*/false);
    const auto code = plain.error_code();
    EXPECT_NE(code, grpc::StatusCode::UNIMPLEMENTED) << method.full_name();
    EXPECT_NE(code, grpc::StatusCode::UNAVAILABLE) << method.full_name();
    EXPECT_NE(code, grpc::StatusCode::RESOURCE_EXHAUSTED) << method.full_name();
    EXPECT_EQ(code == grpc::StatusCode::UNAUTHENTICATED, !column.known)
        << method.full_name() << ": " << plain.error_message();
    if (code == grpc::StatusCode::UNAUTHENTICATED || code == grpc::StatusCode::PERMISSION_DENIED) {
      return ".";
    }
    if (!reads) return "x";
    const grpc::Status unmasked = Call(method, column.token, /*purpose=*/true);
    return unmasked.error_code() == grpc::StatusCode::PERMISSION_DENIED ? "x" : "p";
  }

  std::vector<std::string> Table() {
    std::vector<std::string> lines = {
        "# Who may call what. One line a method, one column a role; signed-in has no role.",
        "#   x  let through; people come masked   p  let through; people unmasked for a purpose",
        "#   .  refused"};
    std::string head = absl::StrCat(Pad("method", kMethodWidth), Pad("right", kRightWidth));
    for (const Column& column : columns_) absl::StrAppend(&head, Pad(column.title, kCellWidth));
    lines.push_back(Trimmed(head));
    for (const MethodDescriptor* method : MethodsOfTheApi()) {
      const std::string right =
          v1::Permission_Name(method->options().GetExtension(v1::policy).permission());
      std::string line = absl::StrCat(
          Pad(absl::StrCat(method->service()->name(), ".", method->name()), kMethodWidth),
          Pad(right.substr(right.find('_') + 1), kRightWidth));
      for (const Column& column : columns_) {
        absl::StrAppend(&line, Pad(Cell(*method, column), kCellWidth));
      }
      lines.push_back(Trimmed(line));
    }
    return lines;
  }

  // So many calls of one caller at once are more than a real server takes.
  TestServer server_{[](runtime::Config* config) { config->calls_per_second = 100'000; }};
  std::vector<Column> columns_;
  std::shared_ptr<grpc::Channel> channel_;

 private:
  static constexpr std::size_t kMethodWidth = 52;
  static constexpr std::size_t kRightWidth = 16;
  static constexpr std::size_t kCellWidth = 10;

  static std::string Pad(const std::string& text, std::size_t width) {
    return text + std::string(width > text.size() ? width - text.size() : 1, ' ');
  }
  static std::string Trimmed(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }
};

TEST_F(AccessMatrix, IsAsItWasReviewed) {
  const std::string path = ROLLCALL_SOURCE_DIR "/tests/golden/access_matrix.txt";
  const std::vector<std::string> table = Table();
  if (std::getenv("ROLLCALL_WRITE_GOLDEN") != nullptr) {
    std::ofstream file(path);
    for (const std::string& line : table) file << line << "\n";
  }
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> reviewed = absl::StrSplit(text, '\n', absl::SkipEmpty());
  EXPECT_THAT(table, ::testing::ElementsAreArray(reviewed));
}

// What the table says of a role is what its rights say: nothing is let through by another way.
TEST_F(AccessMatrix, RightsAloneDecide) {
  for (const MethodDescriptor* method : MethodsOfTheApi()) {
    const v1::Permission needed = method->options().GetExtension(v1::policy).permission();
    for (std::size_t i = 0; i < access::BuiltInRoles().size(); ++i) {
      const auto& rights = access::BuiltInRoles()[i].permissions();
      const bool has = needed == v1::PERMISSION_SIGNED_IN ||
                       std::find(rights.begin(), rights.end(), needed) != rights.end();
      const grpc::Status status = Call(*method, columns_[i].token, false);
      EXPECT_EQ(status.error_code() == grpc::StatusCode::PERMISSION_DENIED, !has)
          << method->full_name() << " as " << columns_[i].title << ": " << status.error_message();
    }
  }
}

// A refusal is the same for what exists, for what does not and for what is no name at all.
TEST_F(AccessMatrix, ARefusalTellsNothing) {
  const std::string& token = columns_[columns_.size() - 2].token;
  for (const MethodDescriptor* method : MethodsOfTheApi()) {
    if (method->options().GetExtension(v1::policy).permission() == v1::PERMISSION_SIGNED_IN) {
      continue;
    }
    for (const char* field : {"name", "parent"}) {
      const auto* names = method->input_type()->FindFieldByName(field);
      if (names == nullptr) continue;
      const std::unique_ptr<google::protobuf::Message> request(
          google::protobuf::MessageFactory::generated_factory()
              ->GetPrototype(method->input_type())
              ->New());
      std::vector<std::string> answers;
      for (const char* name : {"vendors/cleo", "vendors/none", "incidents/breach", "people/1",
                               "people/99", "roles/viewer", "", "\x01"}) {
        request->GetReflection()->SetString(request.get(), names, name);
        const grpc::Status status =
            Call(*method, token, /*purpose=*/false, request->SerializeAsString());
        const ErrorDetails details = DetailsOf(status);
        std::string answer = absl::StrCat(status.error_code(), status.error_message(),
                                          details.info.reason(), details.fields.size());
        for (const auto& [key, value] : details.info.metadata()) {
          if (key != "correlation_id") absl::StrAppend(&answer, key, value);
        }
        answers.push_back(answer);
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << method->full_name();
      }
      EXPECT_EQ(std::count(answers.begin(), answers.end(), answers.front()),
                static_cast<std::ptrdiff_t>(answers.size()))
          << method->full_name();
    }
  }
}

}  // namespace
}  // namespace rollcall::testing
