// Calls with bytes instead of messages, as a client of another making may send them.

#ifndef ROLLCALL_TESTS_RPC_RAW_CALL_H_
#define ROLLCALL_TESTS_RPC_RAW_CALL_H_

#include <grpcpp/generic/generic_stub.h>
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

// The same with metadata of the caller's, reading whatever comes to its end: a stream that is not
// read to its end never has a status.
inline grpc::Status RawCallToTheEnd(const std::shared_ptr<grpc::Channel>& channel,
                                    const std::string& method, const std::string& bytes,
                                    grpc::ClientContext* context) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(context, method, &queue);
  call->StartCall(nullptr);
  if (done()) {
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    done();
    grpc::ByteBuffer response;
    do {
      call->Read(&response, nullptr);
    } while (done());
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return status;
}

// `/package.Service/Method`.
inline std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RPC_RAW_CALL_H_
