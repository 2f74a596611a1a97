#include "client/cli/connection.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "client/cli/api_methods.h"

namespace rollcall::cli {
namespace {

// Pages are bounded by the server in rows, not in bytes.
constexpr int kMaxReceiveBytes = 64 * 1024 * 1024;
// Details of errors travel in trailers, for which 8 KiB is the default.
constexpr int kMaxMetadataBytes = 32 * 1024;

grpc::ChannelArguments ChannelOptions() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const GlobalOptions& options) {
  if (IsSocketAddress(options.address)) return grpc::experimental::LocalCredentials(UDS);
  return grpc::SslCredentials(
      {options.access.authority_pem, options.access.key_pem, options.access.certificate_pem});
}

// Metadata carry printable ASCII only.
std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return encoded;
}

}  // namespace

Connection::Connection(const GlobalOptions& options)
    : options_(options),
      channel_(
          grpc::CreateCustomChannel(options.address, CredentialsFor(options), ChannelOptions())),
      stub_(channel_) {}

void Connection::PrepareCall(const google::protobuf::MethodDescriptor& method,
                             grpc::ClientContext* context) const {
  context->set_deadline(std::chrono::system_clock::now() +
                        options_.timeout.value_or(DefaultTimeout(method)));
  if (!options_.purpose.empty()) {
    context->AddMetadata("rollcall-purpose", PercentEncoded(options_.purpose));
  }
  if (!options_.token.empty()) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", options_.token));
  }
}

grpc::Status Connection::Call(const google::protobuf::MethodDescriptor& method,
                              const google::protobuf::Message& request,
                              google::protobuf::Message* response) {
  grpc::ClientContext context;
  PrepareCall(method, &context);
  const grpc::Slice bytes(request.SerializeAsString());
  const grpc::ByteBuffer sent(&bytes, 1);
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  grpc::CompletionQueue queue;
  const auto call = stub_.PrepareUnaryCall(&context, path, sent, &queue);
  call->StartCall();
  grpc::ByteBuffer received;
  grpc::Status status;
  call->Finish(&received, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return status;
  if (CameMasked(context)) *options_.masked = true;
  std::vector<grpc::Slice> slices;
  std::string all;
  if (received.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      all.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    if (response->ParseFromString(all)) return grpc::Status::OK;
  }
  return {grpc::StatusCode::INTERNAL, "the server's answer cannot be read"};
}

bool CameMasked(const grpc::ClientContext& context) {
  return context.GetServerTrailingMetadata().contains("rollcall-masked");
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

const google::protobuf::MethodDescriptor& MethodNamed(const std::string& name) {
  for (const ApiMethod& method : ApiMethods()) {
    if (method.descriptor->name() == name) return *method.descriptor;
  }
  std::abort();
}

}  // namespace rollcall::cli
