// The way to the server.
#ifndef ROLLCALL_CLIENT_CLI_CONNECTION_H_
#define ROLLCALL_CLIENT_CLI_CONNECTION_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>

#include "client/cli/command_context.h"

namespace rollcall::cli {

// One channel. Nothing is sent before the first call. Not thread-safe, but calls on `channel()`
// may come from any thread.
class Connection {
 public:
  // `options.address` is host:port, reached over TLS, or `unix:` and a path.
  explicit Connection(const GlobalOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Gives a call its deadline (what the user asked for, else what the method allows) and the
  // purpose that the user stated.
  void PrepareCall(const google::protobuf::MethodDescriptor& method,
                   grpc::ClientContext* context) const;

  // Calls a method that takes one message and returns one. `request` and `response` are of the
  // method's types. If personal fields came masked, the options' `masked` becomes true.
  // Errors: the status of the call, with its details.
  grpc::Status Call(const google::protobuf::MethodDescriptor& method,
                    const google::protobuf::Message& request, google::protobuf::Message* response);

 private:
  GlobalOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

// An empty message of a compiled-in type.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// True if a call that has ended says that its answer was masked.
bool CameMasked(const grpc::ClientContext& context);

// The method of a service of the register by its name, such as "ImportRoster"; it exists.
const google::protobuf::MethodDescriptor& MethodNamed(const std::string& name);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_CONNECTION_H_
