#include "server/access/peer_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/access/spiffe_id.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr char kRoster[] = "spiffe://district.example/system/roster";

PeerProperties OfRoster() { return {{"ssl"}, {kRoster}, {kRoster}, {"PEM"}}; }

void ExpectRefused(const PeerProperties& properties, std::string_view reason) {
  const absl::StatusOr<PeerIdentity> identity = IdentifyPeer(properties);
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ErrorReason(identity.status()), reason);
}

TEST(PeerIdentityTest, ReadsSystemsLocalCallersAndNobody) {
  const absl::StatusOr<PeerIdentity> system = IdentifyPeer(OfRoster());
  ASSERT_TRUE(system.ok()) << system.status();
  EXPECT_EQ(system->principal, kRoster);
  EXPECT_EQ(system->certificate_pem, "PEM");
  const absl::StatusOr<PeerIdentity> local = IdentifyPeer({{"local"}, {}, {}, {}});
  ASSERT_TRUE(local.ok());
  EXPECT_EQ(local->principal, "local");
  EXPECT_EQ(local->certificate_pem, "");
  const absl::StatusOr<PeerIdentity> nobody = IdentifyPeer({{"ssl"}, {}, {}, {}});
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(nobody->principal, "");
}

TEST(PeerIdentityTest, RefusesOtherTransports) {
  for (const std::vector<std::string>& types :
       {std::vector<std::string>{}, {"insecure"}, {"alts"}, {"tls"}, {"local", "ssl"}}) {
    PeerProperties properties = OfRoster();
    properties.security_types = types;
    ExpectRefused(properties, "TRANSPORT_NOT_SECURE");
  }
}

TEST(PeerIdentityTest, RefusesCertificatesWithoutExactlyOneSpiffeId) {
  ExpectRefused({{"ssl"}, {}, {}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {kRoster, "spiffe://d/b"}, {}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {kRoster, "https://d/b"}, {kRoster}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {kRoster}, {kRoster, kRoster}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {"https://d/b"}, {}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {kRoster}, {"spiffe://d/other"}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  // An identity without the certificate that proves it cannot be checked for revocation.
  ExpectRefused({{"ssl"}, {kRoster}, {kRoster}, {}}, "CERTIFICATE_IDENTITY");
  ExpectRefused({{"ssl"}, {kRoster}, {kRoster}, {"PEM", "PEM"}}, "CERTIFICATE_IDENTITY");
}

TEST(PeerIdentityTest, KnowsSpiffeIds) {
  for (const char* good : {kRoster, "spiffe://d/a", "spiffe://d_1.example-2/A/b.c/D_e-f"}) {
    EXPECT_TRUE(IsSpiffeId(good)) << good;
  }
  for (const char* bad : {"",
                          "spiffe://",
                          "spiffe:///system/a",
                          "spiffe://d",
                          "spiffe://d/",
                          "spiffe://d/a/",
                          "spiffe://d//a",
                          "spiffe://d/./a",
                          "spiffe://d/a/..",
                          "spiffe://D/a",
                          "SPIFFE://d/a",
                          "spiffe://d:1/a",
                          "spiffe://u@d/a",
                          "spiffe://d/a?b",
                          "spiffe://d/a#b",
                          "spiffe://d/a%20b",
                          "spiffe://d/a b",
                          "spiffe://d/a\nb",
                          "spiffe://d/\xc3\xa9",
                          "https://d/a",
                          "local"}) {
    EXPECT_FALSE(IsSpiffeId(bad)) << bad;
    ExpectRefused({{"ssl"}, {bad}, {bad}, {"PEM"}}, "CERTIFICATE_IDENTITY");
  }
  EXPECT_FALSE(IsSpiffeId(std::string(kRoster) + std::string(kMaxSpiffeIdBytes, 'a')));
  EXPECT_FALSE(IsSpiffeId(std::string_view("spiffe://d/a\0b", 14)));
}

}  // namespace
}  // namespace rollcall::access
