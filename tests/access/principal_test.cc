#include "server/access/principal.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/status_matchers.h"

namespace rollcall::access {
namespace {

using testing::IsInvalidField;

TEST(PrincipalTest, TakesTheFourForms) {
  for (const char* principal :
       {"local", "spiffe://district.example/system/student-info", "oidc:00u1ab2CD3", "user:ana.b",
        "oidc:maría@district.example", "oidc:ana b", "spiffe://corp/ns/prod/sa/roster"}) {
    RC_EXPECT_OK(CheckPrincipal(principal, "p")) << principal;
  }
  RC_EXPECT_OK(CheckPrincipal("oidc:" + std::string(kMaxPrincipalBytes - 5, 'x'), "p"));
}

TEST(PrincipalTest, RefusesWhatCouldBeTakenForAnother) {
  for (const std::string principal :
       {"", "Local", "local ", "root", "user:", "user:Ana", "user:a b", "user:a/b",
        "oidc:", "oidc:a\n", "spiffe://", "spiffe://d", "spiffe://d/system/", "spiffe:///system/a",
        "spiffe://d/system/../a", "spiffe://D/system/a", "rollcalld"}) {
    EXPECT_THAT(CheckPrincipal(principal, "p"), IsInvalidField("p")) << principal;
  }
  EXPECT_THAT(CheckPrincipal("oidc:" + std::string(kMaxPrincipalBytes - 4, 'x'), "p"),
              IsInvalidField("p"));
}

}  // namespace
}  // namespace rollcall::access
