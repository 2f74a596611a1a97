// The vendor service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_VENDOR_SERVICE_H_
#define ROLLCALL_SERVER_RPC_VENDOR_SERVICE_H_

#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "server/registry/collections.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class VendorService final : public v1::VendorService::Service {
 public:
  explicit VendorService(const StandardCalls& calls) : calls_(calls) {}

  grpc::Status GetVendor(grpc::ServerContext* context, const v1::GetVendorRequest* request,
                         v1::Vendor* response) override {
    return calls_.Get(context, registry::Vendors(), request, response);
  }

  grpc::Status ListVendors(grpc::ServerContext* context, const v1::ListVendorsRequest* request,
                           v1::ListVendorsResponse* response) override {
    return calls_.List(context, registry::Vendors(), request, response);
  }

  grpc::Status CreateVendor(grpc::ServerContext* context, const v1::CreateVendorRequest* request,
                            v1::Vendor* response) override {
    return calls_.Create(context, registry::Vendors(), request, response);
  }

  grpc::Status UpdateVendor(grpc::ServerContext* context, const v1::UpdateVendorRequest* request,
                            v1::Vendor* response) override {
    return calls_.Update(context, registry::Vendors(), request, response);
  }

  grpc::Status DeleteVendor(grpc::ServerContext* context, const v1::DeleteVendorRequest* request,
                            google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Vendors(), request, response);
  }

  grpc::Status GetProduct(grpc::ServerContext* context, const v1::GetProductRequest* request,
                          v1::Product* response) override {
    return calls_.Get(context, registry::Products(), request, response);
  }

  grpc::Status ListProducts(grpc::ServerContext* context, const v1::ListProductsRequest* request,
                            v1::ListProductsResponse* response) override {
    return calls_.List(context, registry::Products(), request, response);
  }

  grpc::Status CreateProduct(grpc::ServerContext* context, const v1::CreateProductRequest* request,
                             v1::Product* response) override {
    return calls_.Create(context, registry::Products(), request, response);
  }

  grpc::Status UpdateProduct(grpc::ServerContext* context, const v1::UpdateProductRequest* request,
                             v1::Product* response) override {
    return calls_.Update(context, registry::Products(), request, response);
  }

  grpc::Status DeleteProduct(grpc::ServerContext* context, const v1::DeleteProductRequest* request,
                             google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Products(), request, response);
  }

  grpc::Status GetContact(grpc::ServerContext* context, const v1::GetContactRequest* request,
                          v1::Contact* response) override {
    return calls_.Get(context, registry::Contacts(), request, response);
  }

  grpc::Status ListContacts(grpc::ServerContext* context, const v1::ListContactsRequest* request,
                            v1::ListContactsResponse* response) override {
    return calls_.List(context, registry::Contacts(), request, response);
  }

  grpc::Status CreateContact(grpc::ServerContext* context, const v1::CreateContactRequest* request,
                             v1::Contact* response) override {
    return calls_.Create(context, registry::Contacts(), request, response);
  }

  grpc::Status UpdateContact(grpc::ServerContext* context, const v1::UpdateContactRequest* request,
                             v1::Contact* response) override {
    return calls_.Update(context, registry::Contacts(), request, response);
  }

  grpc::Status DeleteContact(grpc::ServerContext* context, const v1::DeleteContactRequest* request,
                             google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Contacts(), request, response);
  }

 private:
  StandardCalls calls_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_VENDOR_SERVICE_H_
