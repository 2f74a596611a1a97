// The key service: rotation of the register's keys, and erasure of people.

#ifndef ROLLCALL_SERVER_RPC_KEY_SERVICE_H_
#define ROLLCALL_SERVER_RPC_KEY_SERVICE_H_

#include "rollcall/v1/key_service.grpc.pb.h"
#include "server/access/key_ring.h"
#include "server/access/key_rotation.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class KeyService final : public v1::KeyService::Service {
 public:
  // All that is passed outlives the service. Without a ring, as in a server on a store that was
  // opened without keys, there is no rotation either, and only erasure does something.
  KeyService(const StandardCalls& calls, Store* store, access::KeyRing* ring,
             access::KeyRotation* rotation)
      : calls_(calls), store_(store), ring_(ring), rotation_(rotation) {}

  grpc::Status GetKeyStatus(grpc::ServerContext* context, const v1::GetKeyStatusRequest* request,
                            v1::KeyStatus* response) override;
  grpc::Status RotateDataKey(grpc::ServerContext* context, const v1::RotateDataKeyRequest* request,
                             v1::KeyStatus* response) override;
  grpc::Status ErasePerson(grpc::ServerContext* context, const v1::ErasePersonRequest* request,
                           v1::ErasePersonResponse* response) override;

 private:
  absl::Status FillStatus(ReadTx& tx, v1::KeyStatus* status) const;
  absl::Status Rotate(const CallContext& call, const v1::RotateDataKeyRequest& request,
                      v1::KeyStatus* response);

  StandardCalls calls_;
  Store* const store_;
  access::KeyRing* const ring_;
  access::KeyRotation* const rotation_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_KEY_SERVICE_H_
