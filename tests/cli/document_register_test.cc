#include "client/cli/document_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;

TEST(DocumentRegister, SendsDigestSizeAndMediaTypeOfTheFile) {
  FakeServer server;
  v1::CreateDocumentRequest seen;
  server.create_document = [&](const v1::CreateDocumentRequest& request, v1::Document* document) {
    seen = request;
    *document = request.document();
    document->set_name("documents/" + request.document_id());
    return grpc::Status::OK;
  };
  const TempFolder folder;
  const std::string file = folder.Write("Agreement.PDF", "abc");
  const Outcome outcome = RunClient(server, {"document", "register", file, "--location", "vault"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  // SHA-256 of "abc", FIPS 180-4 example.
  EXPECT_EQ(seen.document_id(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(seen.document().size_bytes(), 3);
  EXPECT_EQ(seen.document().media_type(), "application/pdf");
  EXPECT_EQ(seen.document().title(), "Agreement.PDF");
  EXPECT_EQ(seen.document().location(), "vault");
  EXPECT_THAT(outcome.out, HasSubstr("documents/ba7816bf"));
}

TEST(DocumentRegister, AFileThatCannotBeReadIsNine) {
  const TempFolder folder;
  EXPECT_EQ(RunClient({"document", "register", folder.Path("none.pdf")}).code, 9);
  EXPECT_EQ(RunClient({"document", "register", folder.Path("")}).code, 9);
}

}  // namespace
}  // namespace rollcall::cli
