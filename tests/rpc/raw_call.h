// Calls with bytes instead of messages, as a client of another making may send them.

#ifndef ROLLCALL_TESTS_RPC_RAW_CALL_H_
#define ROLLCALL_TESTS_RPC_RAW_CALL_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>

#include "google/protobuf/descriptor.h"

namespace rollcall::testing {

// Sends one message and half-closes, whatever kind of method it is; returns the status.
inline grpc::Status RawCall(const std::shared_ptr<grpc::Channel>& channel,
                            const std::string& method, const std::string& bytes) {
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(),
      grpc::internal::RpcMethod(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context,
      request, &response);
}

// `/package.Service/Method`.
inline std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RPC_RAW_CALL_H_
