// Exposures over the wire: the stream against its own closing, and pages of one revision.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "storage/digest.h"
#include "tests/rpc/log_capture.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string BigEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
  }
  return text;
}

std::string Sha256(const std::string& bytes) {
  rollcall::Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

// One block under a key of 32 bytes.
std::string Aes256(const std::string& key, const std::string& block) {
  std::string result(block.size(), '\0');
  int size = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EXPECT_EQ(EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr,
                               reinterpret_cast<const unsigned char*>(key.data()), nullptr),
            1);
  EXPECT_EQ(EVP_CIPHER_CTX_set_padding(context, 0), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(result.data()), &size,
                              reinterpret_cast<const unsigned char*>(block.data()),
                              static_cast<int>(block.size())),
            1);
  EVP_CIPHER_CTX_free(context);
  EXPECT_EQ(size, 16);
  return result;
}

// The root of a Merkle tree as RFC 6962 defines it, word by word.
std::string Root(std::span<const std::string> leaves) {
  if (leaves.empty()) return Sha256("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t left = 1;
  while (2 * left < leaves.size()) left *= 2;
  return Sha256("\x01" + Root(leaves.first(left)) + Root(leaves.subspan(left)));
}

// A whole stream, with the counts and the digest worked out from what was sent.
struct Streamed {
  grpc::Status status;
  v1::ExposureHeader header;
  std::vector<std::int64_t> people;
  std::vector<std::uint32_t> sets;
  std::vector<v1::ExposedPerson> details;
  std::optional<v1::ExposureClosing> closing;
  int messages_after_closing = 0;

  std::int64_t Cells() const {
    std::int64_t cells = 0;
    for (const std::uint32_t set : sets) {
      cells += header.sets(static_cast<int>(set)).elements_size();
    }
    return cells;
  }

  // As docs/exposure-format.md says.
  std::string Digest() const {
    std::vector<std::string> leaves;
    for (std::size_t i = 0; i < people.size(); ++i) {
      std::map<std::string, int> cells;
      for (const auto& element : header.sets(static_cast<int>(sets[i])).elements()) {
        cells[element.data_element().substr(element.data_element().find('/') + 1)] =
            element.certainty();
      }
      std::string encoded;
      for (const auto& [name, certainty] : cells) {
        encoded += BigEndian(name.size(), 4) + name + static_cast<char>(certainty);
      }
      const std::string number = BigEndian(static_cast<std::uint64_t>(people[i]), 8);
      leaves.push_back(Sha256(std::string(1, '\0') +
                              Aes256(header.salt_key(), BigEndian(0, 8) + number) + number +
                              Sha256(encoded)));
    }
    return Hex(Sha256("\x02" + std::string("rollcall.exposure.v2\0", 21) +
                      BigEndian(people.size(), 8) +
                      BigEndian(static_cast<std::uint64_t>(Cells()), 8) + Root(leaves)));
  }
};

Streamed Stream(const TestServer& server, std::string_view text) {
  Streamed streamed;
  grpc::ClientContext context;
  TestServer::StatePurpose(&context);
  const auto stub = server.Stub<v1::ExposureService>();
  const auto reader = stub->StreamExposure(&context, Parse<v1::StreamExposureRequest>(text));
  v1::StreamExposureResponse message;
  while (reader->Read(&message)) {
    if (streamed.closing) ++streamed.messages_after_closing;
    if (message.has_header()) {
      EXPECT_TRUE(streamed.people.empty());
      streamed.header = message.header();
    } else if (message.has_batch()) {
      EXPECT_EQ(message.batch().people_size(), message.batch().sets_size());
      streamed.people.insert(streamed.people.end(), message.batch().people().begin(),
                             message.batch().people().end());
      streamed.sets.insert(streamed.sets.end(), message.batch().sets().begin(),
                           message.batch().sets().end());
      streamed.details.insert(streamed.details.end(), message.batch().details().begin(),
                              message.batch().details().end());
    } else {
      streamed.closing = message.closing();
    }
  }
  streamed.status = reader->Finish();
  return streamed;
}

// Adds students who are in the shares of the register, numbered from 1000 on.
void AddStudents(SmallRegister& reg, int count) {
  SmallRegister::Must(reg.Write([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::int64_t largest, LargestPersonId(tx));
    for (int i = 1; i <= count; ++i) {
      const std::int64_t id = std::max<std::int64_t>(largest, 1000) + i;
      RC_RETURN_IF_ERROR(PutPerson(
          tx, PersonSpec{.id = id,
                         .current = true,
                         .number = absl::StrCat("n", id),
                         .name = "Student",
                         .stays = {{0, 2025, 1, "06", DayOf(2024, 9, 1), DayOf(2025, 6, 15)}}}));
    }
    return RecordImport(tx);
  }));
}

class ExposureStreamTest : public ::testing::Test {
 protected:
  ExposureStreamTest() { server_.reg().State("list_use: LIST_USE_ADDS", {"5004", "9999"}); }

  v1::ExposureSummary Summary() {
    v1::GetExposureSummaryRequest request;
    request.set_name("incidents/breach");
    v1::ExposureSummary summary;
    const grpc::Status status = server_.Call<v1::ExposureService>(
        &v1::ExposureService::Stub::GetExposureSummary, request, &summary);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return summary;
  }

  grpc::Status List(const v1::ListExposedPeopleRequest& request,
                    v1::ListExposedPeopleResponse* response) {
    return server_.Call<v1::ExposureService>(&v1::ExposureService::Stub::ListExposedPeople, request,
                                             response);
  }

  TestServer server_;
};

TEST_F(ExposureStreamTest, TheClosingEqualsARecountAndTheSummary) {
  AddStudents(server_.reg(), 9000);  // More than two batches.
  const Streamed streamed = Stream(server_, "name: 'incidents/breach'");
  ASSERT_TRUE(streamed.status.ok()) << streamed.status.error_message();
  ASSERT_TRUE(streamed.closing.has_value());
  EXPECT_EQ(streamed.messages_after_closing, 0);
  EXPECT_EQ(streamed.people.size(), 9006U);
  EXPECT_TRUE(std::is_sorted(streamed.people.begin(), streamed.people.end()));
  EXPECT_EQ(streamed.closing->people(), static_cast<std::int64_t>(streamed.people.size()));
  EXPECT_EQ(streamed.closing->cells(), streamed.Cells());
  EXPECT_EQ(streamed.closing->digest(), streamed.Digest());
  EXPECT_TRUE(streamed.details.empty());

  const v1::ExposureSummary summary = Summary();
  EXPECT_EQ(summary.people(), streamed.closing->people());
  EXPECT_EQ(summary.cells(), streamed.closing->cells());
  EXPECT_EQ(summary.digest(), streamed.closing->digest());
  EXPECT_EQ(summary.basis().SerializeAsString(), streamed.header.basis().SerializeAsString());
  EXPECT_EQ(streamed.closing->revision(), summary.basis().revision());
}

TEST_F(ExposureStreamTest, DetailsNameTheSamePeople) {
  const Streamed streamed = Stream(server_, "name: 'incidents/breach' with_details: true");
  ASSERT_EQ(streamed.details.size(), streamed.people.size());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < streamed.details.size(); ++i) {
    const v1::ExposedPerson& person = streamed.details[i];
    EXPECT_EQ(person.person(), absl::StrCat("people/", streamed.people[i]));
    EXPECT_EQ(person.elements_size(), 0);
    lines.push_back(absl::StrCat(person.given_name(), " ", person.school(), " ", person.grade()));
  }
  EXPECT_THAT(lines, ElementsAre("Ana schools/200 12", "Ben schools/100 06", "Cal schools/100 07",
                                 "Dee schools/100 05", "Eve schools/200 08", "Tom schools/100 "));
}

TEST_F(ExposureStreamTest, AStreamWithNamesEndsAtAPersonWhoCannotBeRead) {
  const absl::Status damaged = server_.reg().Write([](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(
        Statement * swap,
        tx.Prepare("UPDATE person_fact SET sealed = (SELECT sealed FROM person_fact WHERE "
                   "person_id = 1) WHERE person_id = 4"));
    return swap->Run();
  });
  ASSERT_TRUE(damaged.ok()) << damaged;
  const Streamed named = Stream(server_, "name: 'incidents/breach' with_details: true");
  EXPECT_EQ(named.status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(named.status), "SEALED_VALUE_UNREADABLE");
  EXPECT_FALSE(named.closing.has_value());
  // Nobody's name is needed to count.
  const Streamed counted = Stream(server_, "name: 'incidents/breach'");
  EXPECT_TRUE(counted.status.ok());
  EXPECT_TRUE(counted.closing.has_value());
}

TEST_F(ExposureStreamTest, AnEmptyExposureHasHeaderAndClosing) {
  server_.reg().State("school_years: 1999");
  const Streamed streamed = Stream(server_, "name: 'incidents/breach'");
  ASSERT_TRUE(streamed.status.ok());
  ASSERT_TRUE(streamed.closing.has_value());
  EXPECT_EQ(streamed.closing->people(), 0);
  EXPECT_EQ(streamed.closing->digest(), streamed.Digest());
}

TEST_F(ExposureStreamTest, AStreamThatFailsHasNoClosing) {
  const Streamed streamed = Stream(server_, "name: 'incidents/none'");
  EXPECT_EQ(streamed.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_FALSE(streamed.closing.has_value());
}

TEST_F(ExposureStreamTest, AReaderThatGoesAwayEndsTheCall) {
  AddStudents(server_.reg(), 30'000);
  const std::size_t before = LogText().size();
  {
    grpc::ClientContext context;
    TestServer::StatePurpose(&context);
    const auto stub = server_.Stub<v1::ExposureService>();
    const auto reader = stub->StreamExposure(
        &context, Parse<v1::StreamExposureRequest>("name: 'incidents/breach' with_details: true"));
    v1::StreamExposureResponse message;
    ASSERT_TRUE(reader->Read(&message));
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // Shutdown returns when no call is left; it need not cancel this one.
  server_.server().Shutdown(absl::Now() + absl::Seconds(60));
  const std::string log = LogText().substr(before);
  EXPECT_THAT(log, HasSubstr("StreamExposure"));
  EXPECT_THAT(log, HasSubstr("CANCELLED"));
}

TEST_F(ExposureStreamTest, PagesAreOfOneRevisionAlthoughTheRegisterChanges) {
  auto request = Parse<v1::ListExposedPeopleRequest>("parent: 'incidents/breach' page_size: 2");
  v1::ListExposedPeopleResponse page;
  ASSERT_TRUE(List(request, &page).ok());
  const std::int64_t revision = page.basis().revision();
  std::vector<std::string> people;
  int round = 0;
  while (true) {
    EXPECT_EQ(page.total_size(), 6);
    EXPECT_EQ(page.basis().revision(), revision);
    EXPECT_EQ(page.basis().statement(), "incidents/breach/statements/1");
    for (const auto& person : page.people()) people.push_back(person.person());
    if (page.next_page_token().empty()) break;
    // Between the pages: more people, and another statement.
    AddStudents(server_.reg(), 10);
    if (++round == 1) server_.reg().State("school_years: 1999");
    request.set_page_token(page.next_page_token());
    page.Clear();
    ASSERT_TRUE(List(request, &page).ok());
  }
  EXPECT_THAT(people,
              ElementsAre("people/1", "people/2", "people/3", "people/4", "people/5", "people/6"));
}

TEST_F(ExposureStreamTest, ATokenOfAnotherQuestionIsRefused) {
  auto request = Parse<v1::ListExposedPeopleRequest>("parent: 'incidents/breach' page_size: 2");
  v1::ListExposedPeopleResponse page;
  ASSERT_TRUE(List(request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.mutable_filter()->set_kind(v1::SUBJECT_KIND_STAFF);
  EXPECT_EQ(List(request, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_filter();
  request.set_parent("incidents/breach/statements/1");
  EXPECT_EQ(List(request, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_parent("incidents/breach");
  EXPECT_TRUE(List(request, &page).ok());
}

}  // namespace
}  // namespace rollcall::testing
