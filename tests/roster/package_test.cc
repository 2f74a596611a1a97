#include "server/roster/package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/roster/fixtures.h"

namespace rollcall::roster {
namespace {

using ::testing::HasSubstr;

struct Opened {
  absl::Status status;
  std::unique_ptr<TempFile> file;
  std::unique_ptr<Package> package;
  std::unique_ptr<Warnings> warnings = std::make_unique<Warnings>();
};

Opened OpenBytes(std::string_view bytes, const PackageLimits& limits = {}) {
  Opened opened;
  opened.file = std::make_unique<TempFile>(bytes);
  auto package =
      Package::OpenZip({"package.zip", opened.file->fd()}, limits, opened.warnings.get());
  opened.status = package.status();
  if (package.ok()) opened.package = *std::move(package);
  return opened;
}

absl::StatusOr<std::string> ReadAll(Package& package, std::size_t place) {
  auto source = package.Open(place);
  if (!source.ok()) return source.status();
  std::string all;
  std::vector<char> buffer(65536);
  for (;;) {
    auto size = (*source)->Read(buffer);
    if (!size.ok()) return size.status();
    if (*size == 0) return all;
    all.append(buffer.data(), *size);
  }
}

// Text that does not compress well and is the same in each run.
std::string Noise(std::size_t size) {
  std::string noise(size, '\0');
  std::uint64_t state = 88172645463325252U;
  for (char& c : noise) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    c = static_cast<char>('!' + state % 90);
  }
  return noise;
}

void ExpectRefused(const absl::Status& status, const std::string& reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
}

TEST(Package, ReadsEntriesAsOftenAsAsked) {
  const std::string noise = Noise(300000);
  Opened opened = OpenBytes(MakeZip({{"orgs.csv", "a,b\n"}, {"users.csv", noise}}));
  ASSERT_TRUE(opened.status.ok()) << opened.status;
  ASSERT_EQ(opened.package->files().size(), 2U);
  EXPECT_EQ(opened.package->files()[1].bytes, noise.size());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ReadAll(*opened.package, *opened.package->Find("users.csv")).value(), noise);
    EXPECT_EQ(ReadAll(*opened.package, *opened.package->Find("orgs.csv")).value(), "a,b\n");
  }
  EXPECT_FALSE(opened.package->Find("roles.csv").has_value());
  EXPECT_TRUE(opened.warnings->list().empty());
}

TEST(Package, RefusesNamesThatLeadElsewhere) {
  for (const char* name :
       {"../users.csv", "a/../../users.csv", "/etc/users.csv", "C:users.csv", "c:/users.csv",
        "..\\users.csv", "a\\users.csv", "./users.csv", "a//users.csv", "..", "a/.."}) {
    SCOPED_TRACE(name);
    ExpectRefused(OpenBytes(MakeZip({{"orgs.csv", "x"}, {name, "x"}})).status, "the entry name");
    const TempFile file("x");
    Warnings warnings;
    ExpectRefused(Package::FromFiles({{name, file.fd()}}, {}, &warnings).status(),
                  "the entry name");
  }
}

TEST(Package, RefusesTwoFilesOfOneName) {
  ExpectRefused(OpenBytes(MakeZip({{"users.csv", "x"}, {"Users.csv", "y"}})).status,
                "holds users.csv twice");
  const TempFile file("x");
  Warnings warnings;
  ExpectRefused(
      Package::FromFiles({{"orgs.csv", file.fd()}, {"orgs.csv", file.fd()}}, {}, &warnings)
          .status(),
      "holds orgs.csv twice");
}

TEST(Package, RefusesZipCutShortAtEveryQuarter) {
  const std::string zip = MakeZip({{"users.csv", Noise(20000)}, {"orgs.csv", "a,b\n"}});
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, zip.size() / 4, zip.size() / 2,
                                 zip.size() * 3 / 4, zip.size() - 1}) {
    SCOPED_TRACE(size);
    ExpectRefused(OpenBytes(zip.substr(0, size)).status, "is not a complete zip file");
  }
  ExpectRefused(OpenBytes("sourcedId,status\n1,\n").status, "is not a complete zip file");
}

TEST(Package, RefusesDamagedContent) {
  const std::string noise = Noise(50000);
  std::string zip = MakeZip({{"users.csv", noise}});
  for (std::size_t at = 10000; at < 10016; ++at) zip[at] = static_cast<char>(zip[at] ^ 0x55);
  Opened opened = OpenBytes(zip);
  ASSERT_TRUE(opened.status.ok());
  const auto read = ReadAll(*opened.package, 0);
  ExpectRefused(read.status(), "users.csv: is damaged in the zip");
}

TEST(Package, RefusesContentWhoseChecksumIsWrong) {
  const std::string content = "sourcedId\n1\n";
  std::string zip = MakeZip({{"users.csv", content}});
  // The CRC stands 14 bytes into the local header and 16 into the central one.
  const std::size_t central = zip.find("PK\x01\x02");
  ASSERT_NE(central, std::string::npos);
  zip[14] = static_cast<char>(zip[14] ^ 1);
  zip[central + 16] = static_cast<char>(zip[central + 16] ^ 1);
  Opened opened = OpenBytes(zip);
  ASSERT_TRUE(opened.status.ok()) << opened.status;
  ExpectRefused(ReadAll(*opened.package, 0).status(), "is damaged in the zip");
}

TEST(Package, RefusesContentLongerOrShorterThanDeclared) {
  for (const int change : {-1, 1}) {
    std::string zip = MakeZip({{"users.csv", std::string(1000, 'x')}});
    const std::size_t central = zip.find("PK\x01\x02");
    // The inflated size stands 22 bytes into the local header and 24 into the central one.
    zip[22] = static_cast<char>(zip[22] + change);
    zip[central + 24] = static_cast<char>(zip[central + 24] + change);
    Opened opened = OpenBytes(zip);
    if (opened.status.ok()) opened.status = ReadAll(*opened.package, 0).status();
    EXPECT_EQ(opened.status.code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Package, RefusesZipBombByDeclaredRatio) {
  const std::string zip = MakeZip({{"users.csv", std::string(80U << 20, 'a')}});
  ASSERT_LT(zip.size(), 200000U);
  ExpectRefused(OpenBytes(zip).status, "zip bomb");
}

TEST(Package, RefusesZipBombThatDeclaresASmallSize) {
  std::string zip = MakeZip({{"users.csv", std::string(8U << 20, 'a')}});
  const std::size_t central = zip.find("PK\x01\x02");
  for (const std::size_t at : {std::size_t{22}, central + 24}) {
    zip[at] = 100;
    zip[at + 1] = zip[at + 2] = zip[at + 3] = 0;
  }
  Opened opened = OpenBytes(zip);
  if (opened.status.ok()) opened.status = ReadAll(*opened.package, 0).status();
  EXPECT_EQ(opened.status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(Package, AllowsGoodCompressionBelowTheRatiosThreshold) {
  const std::string content(1U << 20, 'a');
  Opened opened = OpenBytes(MakeZip({{"users.csv", content}}));
  ASSERT_TRUE(opened.status.ok());
  EXPECT_EQ(ReadAll(*opened.package, 0).value(), content);
}

TEST(Package, HoldsItsLimits) {
  PackageLimits limits;
  limits.max_file_bytes = 1000;
  EXPECT_TRUE(OpenBytes(MakeZip({{"a.csv", std::string(1000, 'x')}}), limits).status.ok());
  ExpectRefused(OpenBytes(MakeZip({{"a.csv", std::string(1001, 'x')}}), limits).status,
                "a.csv: is larger than 1000 bytes");
  limits.max_total_bytes = 1500;
  ExpectRefused(
      OpenBytes(MakeZip({{"a.csv", std::string(900, 'x')}, {"b.csv", Noise(700)}}), limits).status,
      "more than 1500 bytes in all");
  limits.max_entries = 2;
  ExpectRefused(OpenBytes(MakeZip({{"a", "x"}, {"b", "x"}, {"c", "x"}}), limits).status,
                "holds 3 entries; at most 2");
}

TEST(Package, RefusesEncryptedEntries) {
  std::string zip = MakeZip({{"users.csv", "a,b\n"}});
  const std::size_t central = zip.find("PK\x01\x02");
  // Bit 0 of the general purpose flags, 6 bytes into the local header and 8 into the central one.
  zip[6] = static_cast<char>(zip[6] | 1);
  zip[central + 8] = static_cast<char>(zip[central + 8] | 1);
  ExpectRefused(OpenBytes(zip).status, "users.csv: is encrypted");
}

TEST(Package, TakesFilesFromOneFolderWithWarning) {
  Opened opened = OpenBytes(MakeZip({{"export/", ""},
                                     {"export/users.csv", "u"},
                                     {"export/orgs.csv", "o"},
                                     {"__MACOSX/export/._users.csv", "x"},
                                     {"export/.DS_Store", "x"}}));
  ASSERT_TRUE(opened.status.ok()) << opened.status;
  ASSERT_EQ(opened.package->files().size(), 2U);
  EXPECT_EQ(ReadAll(*opened.package, *opened.package->Find("users.csv")).value(), "u");
  EXPECT_EQ(opened.warnings->Count(WarningCode::kTopFolder), 1U);
}

TEST(Package, LeavesFoldersAloneWhenThereAreSeveral) {
  Opened opened = OpenBytes(MakeZip({{"a/users.csv", "u"}, {"b/users.csv", "o"}}));
  ASSERT_TRUE(opened.status.ok());
  EXPECT_FALSE(opened.package->Find("users.csv").has_value());
}

TEST(Package, FindsNamesInAnotherCaseWithOneWarning) {
  Opened opened = OpenBytes(MakeZip({{"Users.CSV", "u"}}));
  ASSERT_TRUE(opened.status.ok());
  EXPECT_TRUE(opened.package->Find("users.csv").has_value());
  EXPECT_TRUE(opened.package->Find("users.csv").has_value());
  EXPECT_EQ(opened.warnings->Count(WarningCode::kFileNameCase), 1U);
}

TEST(Package, ReadsSpooledFilesWithoutMovingTheirOffsets) {
  const TempFile users("sourcedId\n1\n");
  Warnings warnings;
  auto package = Package::FromFiles({{"users.csv", users.fd()}}, {}, &warnings);
  ASSERT_TRUE(package.ok());
  EXPECT_EQ((*package)->files()[0].bytes, 12U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ReadAll(**package, 0).value(), "sourcedId\n1\n");
}

// --- Enciphered files --------------------------------------------------------------------------

// A spooled file with these bytes, enciphered in parts of odd sizes as they might be received.
struct Enciphered {
  explicit Enciphered(std::string bytes) : cipher(FileCipher::Draw().value()) {
    std::size_t part = 1;
    for (std::size_t at = 0; at < bytes.size(); at += part, part = part * 3 % 1009) {
      part = std::min(part, bytes.size() - at);
      EXPECT_TRUE(cipher->Apply(at, {bytes.data() + at, part}).ok());
    }
    on_disk = bytes;
    file = std::make_unique<TempFile>(bytes);
  }
  SpooledFile Spooled(const std::string& name) const { return {name, file->fd(), cipher}; }

  std::shared_ptr<const FileCipher> cipher;
  std::string on_disk;
  std::unique_ptr<TempFile> file;
};

TEST(Package, ReadsEncipheredFilesFromAnyPlace) {
  const std::string text = Noise(5000) + "Ada,Moss";
  const Enciphered stored(text);
  EXPECT_EQ(stored.on_disk.find("Moss"), std::string::npos);
  EXPECT_EQ(stored.on_disk.size(), text.size());
  for (const std::size_t offset : {0, 1, 15, 16, 17, 4095, 4999, 5007, 5008}) {
    std::string part(100, '\0');
    const auto size = ReadAt(stored.Spooled("a"), offset, part);
    ASSERT_TRUE(size.ok());
    EXPECT_EQ(part.substr(0, *size), text.substr(offset, 100)) << offset;
  }
  EXPECT_NE(Enciphered(text).on_disk, stored.on_disk);
  Warnings warnings;
  auto package = Package::FromFiles({stored.Spooled("users.csv")}, {}, &warnings);
  ASSERT_TRUE(package.ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ReadAll(**package, 0).value(), text);
}

TEST(Package, ReadsAnEncipheredZip) {
  const std::string noise = Noise(300'000);
  const Enciphered stored(MakeZip({{"users.csv", noise}, {"orgs.csv", "a,b\n"}}));
  EXPECT_EQ(stored.on_disk.find("users.csv"), std::string::npos);
  Warnings warnings;
  auto package = Package::OpenZip(stored.Spooled("package.zip"), {}, &warnings);
  ASSERT_TRUE(package.ok()) << package.status();
  EXPECT_EQ(ReadAll(**package, *(*package)->Find("users.csv")).value(), noise);
  EXPECT_EQ(ReadAll(**package, *(*package)->Find("orgs.csv")).value(), "a,b\n");
}

}  // namespace
}  // namespace rollcall::roster
