#include "client/cli/exposure_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "client/cli/exposure_digest.h"
#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Writer = grpc::ServerWriter<v1::StreamExposureResponse>;

std::string SaltKey() { return std::string(32, 'k'); }

void SendHeader(Writer* writer, const std::string& salt_key = SaltKey()) {
  v1::StreamExposureResponse response;
  v1::ExposureHeader& header = *response.mutable_header();
  header.set_salt_key(salt_key);
  header.mutable_basis()->set_revision(9);
  header.mutable_basis()->add_warnings("a share outside any contract");
  v1::ExposureSet* first = header.add_sets();
  first->add_elements()->set_data_element("dataElements/student.birth_date");
  first->mutable_elements(0)->set_certainty(v1::CERTAINTY_BELIEVED);
  v1::ExposedElement* name = first->add_elements();
  name->set_data_element("dataElements/student.name");
  name->set_certainty(v1::CERTAINTY_CONFIRMED);
  v1::ExposedElement* only = header.add_sets()->add_elements();
  only->set_data_element("dataElements/student.name");
  only->set_certainty(v1::CERTAINTY_BELIEVED);
  writer->Write(response);
}

void SendPeople(Writer* writer, bool details, const std::vector<int>& numbers = {3, 5},
                const std::string& cursor = "") {
  v1::StreamExposureResponse response;
  v1::ExposureBatch& batch = *response.mutable_batch();
  batch.set_cursor(cursor);
  for (const int number : numbers) {
    batch.add_people(number);
    batch.add_sets(number == 3 ? 0 : 1);
    if (!details) continue;
    v1::ExposedPerson* person = batch.add_details();
    person->set_person("people/" + std::to_string(number));
    person->set_kind(v1::SUBJECT_KIND_STUDENT);
    person->set_given_name("=Ana");
    person->set_school("schools/610038");
  }
  writer->Write(response);
}

// The digest of what SendHeader and SendPeople send.
std::string DigestOfPeople() {
  v1::ExposureSet first;
  first.add_elements()->set_data_element("dataElements/student.birth_date");
  first.mutable_elements(0)->set_certainty(v1::CERTAINTY_BELIEVED);
  first.add_elements()->set_data_element("dataElements/student.name");
  first.mutable_elements(1)->set_certainty(v1::CERTAINTY_CONFIRMED);
  v1::ExposureSet second;
  second.add_elements()->set_data_element("dataElements/student.name");
  second.mutable_elements(0)->set_certainty(v1::CERTAINTY_BELIEVED);
  ExposureDigest digest(SaltKey());
  digest.Add(3, HashOfSet(first));
  digest.Add(5, HashOfSet(second));
  return digest.Finish(3);
}

void SendClosing(Writer* writer, int people, int cells,
                 const std::string& digest = DigestOfPeople(), int format = 2) {
  v1::StreamExposureResponse response;
  response.mutable_closing()->set_people(people);
  response.mutable_closing()->set_cells(cells);
  response.mutable_closing()->set_digest(digest);
  response.mutable_closing()->set_revision(9);
  response.mutable_closing()->set_digest_format(format);
  writer->Write(response);
}

class ExposureStream : public ::testing::Test {
 protected:
  void Serve(std::function<grpc::Status(const v1::StreamExposureRequest&, Writer*)> answer) {
    server_.stream_exposure = std::move(answer);
  }
  void ServeWhole() {
    Serve([](const v1::StreamExposureRequest& request, Writer* writer) {
      SendHeader(writer);
      SendPeople(writer, request.with_details());
      SendClosing(writer, 2, 3);
      return grpc::Status::OK;
    });
  }

  FakeServer server_;
  TempFolder folder_;
};

TEST_F(ExposureStream, WritesOneCsvLineForEachPersonAndTheDigest) {
  ServeWhole();
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "person,elements,confirmed_elements\r\n"
            "people/3,student.birth_date;student.name,student.name\r\n"
            "people/5,student.name,\r\n");
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("Complete: 2 people, 3 fields"), HasSubstr(DigestOfPeople()),
                    HasSubstr("WARNING  a share outside any contract")));
}

TEST_F(ExposureStream, WritesDetailsOnRequestAndDisarmsFormulas) {
  ServeWhole();
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak", "--details"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("people/5,student,no,,'=Ana,,610038,,student.name,\r\n"));
}

TEST_F(ExposureStream, WritesJsonLines) {
  ServeWhole();
  const std::string file = folder_.Path("list.jsonl");
  ASSERT_EQ(RunClient(server_, {"exposure", "stream", "leak", "-o", file}).code, 0);
  EXPECT_THAT(ReadFile(file), HasSubstr("{\"person\":\"people/5\",\"elements\":[{\"dataElement\":"
                                        "\"dataElements/student.name\""));
}

TEST_F(ExposureStream, TheFileGetsItsNameOnlyWhenTheListIsComplete) {
  ServeWhole();
  const std::string file = folder_.Path("list.csv");
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak", "-o", file}).code, 0);
  EXPECT_TRUE(FileExists(file));
  EXPECT_FALSE(FileExists(file + ".partial"));
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ExposureStream, WithoutClosingTheExitCodeIsEightEvenIfTheStatusIsOk) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    SendPeople(writer, false);
    return grpc::Status::OK;
  });
  const std::string file = folder_.Path("list.csv");
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak", "-o", file});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err, HasSubstr("INCOMPLETE"));
  EXPECT_FALSE(FileExists(file));
  EXPECT_TRUE(FileExists(file + ".partial"));
}

TEST_F(ExposureStream, AStreamThatBreaksOffIsIncomplete) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
}

TEST_F(ExposureStream, AClosingThatCountsOtherwiseIsIncomplete) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    SendPeople(writer, false);
    SendClosing(writer, 2, 4);
    return grpc::Status::OK;
  });
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak"});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err, HasSubstr("counts 2 people and 4 fields, but 2 and 3 came"));
}

TEST_F(ExposureStream, AClosingWithTheDigestOfAnotherListIsIncomplete) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    SendPeople(writer, false);
    SendClosing(writer, 2, 3, ExposureDigest(SaltKey()).Finish(0));
    return grpc::Status::OK;
  });
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak"});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err, HasSubstr("but what came has " + DigestOfPeople()));
}

TEST_F(ExposureStream, ADigestThatCannotBeComputedIsIncomplete) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    SendPeople(writer, false);
    SendClosing(writer, 2, 3, DigestOfPeople(), 3);
    return grpc::Status::OK;
  });
  const Outcome later = RunClient(server_, {"exposure", "stream", "leak"});
  EXPECT_EQ(later.code, 8);
  EXPECT_THAT(later.err, HasSubstr("the digest is of format 3"));
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer, "");
    SendPeople(writer, false);
    SendClosing(writer, 2, 3, "");
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
}

TEST_F(ExposureStream, GoesOnWhereTheConnectionBroke) {
  std::vector<v1::StreamExposureRequest> calls;
  Serve([&](const v1::StreamExposureRequest& request, Writer* writer) {
    calls.push_back(request);
    if (calls.size() == 2) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
    SendHeader(writer);
    if (request.cursor().empty()) {
      SendPeople(writer, false, {3}, "behind 3");
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
    }
    SendPeople(writer, false, {5}, "behind 5");
    SendClosing(writer, 2, 3);
    return grpc::Status::OK;
  });
  const std::string file = folder_.Path("list.csv");
  const Outcome outcome =
      RunClient(server_, {"exposure", "stream", "leak", "--revision", "9", "-o", file});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(ReadFile(file),
            "person,elements,confirmed_elements\r\n"
            "people/3,student.birth_date;student.name,student.name\r\n"
            "people/5,student.name,\r\n");
  EXPECT_THAT(outcome.err, HasSubstr("The connection broke after 1 people"));
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].cursor(), "");
  for (const std::size_t resumed : {1U, 2U}) {
    EXPECT_EQ(calls[resumed].cursor(), "behind 3");
    EXPECT_EQ(calls[resumed].name(), "incidents/leak");
    EXPECT_EQ(calls[resumed].revision(), 9);
  }
}

TEST_F(ExposureStream, GivesUpAfterThreeMoreConnections) {
  int calls = 0;
  Serve([&](const v1::StreamExposureRequest& request, Writer* writer) {
    ++calls;
    SendHeader(writer);
    if (request.cursor().empty()) SendPeople(writer, false, {3}, "behind 3");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
  EXPECT_EQ(calls, 4);
}

TEST_F(ExposureStream, DoesNotGoOnInAnotherExposure) {
  int calls = 0;
  Serve([&](const v1::StreamExposureRequest& request, Writer* writer) {
    ++calls;
    if (request.cursor().empty()) {
      SendHeader(writer);
      SendPeople(writer, false, {3}, "behind 3");
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
    }
    SendHeader(writer, std::string(32, 'x'));
    SendPeople(writer, false, {5}, "behind 5");
    SendClosing(writer, 2, 3);
    return grpc::Status::OK;
  });
  const Outcome outcome = RunClient(server_, {"exposure", "stream", "leak"});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err, HasSubstr("of another exposure"));
  EXPECT_EQ(calls, 2);
}

TEST_F(ExposureStream, DoesNotGoOnAfterWhatTheServerMeant) {
  int calls = 0;
  for (const grpc::StatusCode code :
       {grpc::StatusCode::OK, grpc::StatusCode::PERMISSION_DENIED, grpc::StatusCode::ABORTED}) {
    Serve([&](const v1::StreamExposureRequest&, Writer* writer) {
      ++calls;
      SendHeader(writer);
      SendPeople(writer, false, {3}, "behind 3");
      return grpc::Status(code, "");
    });
    EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
  }
  EXPECT_EQ(calls, 3);
}

TEST_F(ExposureStream, TakesAPartyOrAWhatIfButNotBoth) {
  v1::StreamExposureRequest asked;
  Serve([&](const v1::StreamExposureRequest& request, Writer* writer) {
    asked = request;
    SendHeader(writer);
    SendPeople(writer, false);
    SendClosing(writer, 2, 3);
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "vendors/cleo"}).code, 0);
  EXPECT_EQ(asked.name(), "vendors/cleo");
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "--what-if", "cleo"}).code, 0);
  EXPECT_EQ(asked.what_if().vendor(), "vendors/cleo");
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak", "--what-if", "cleo"}).code, 2);
  EXPECT_EQ(RunClient(server_, {"exposure", "stream"}).code, 2);
}

TEST_F(ExposureStream, PeopleTwiceOrOfAnUnknownSetAreIncomplete) {
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    SendPeople(writer, false);
    SendPeople(writer, false);
    SendClosing(writer, 4, 6);
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
  Serve([](const v1::StreamExposureRequest&, Writer* writer) {
    SendHeader(writer);
    v1::StreamExposureResponse response;
    response.mutable_batch()->add_people(1);
    response.mutable_batch()->add_sets(2);
    writer->Write(response);
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak"}).code, 8);
}

TEST_F(ExposureStream, AnErrorBeforeAnythingCameKeepsItsOwnCodeAndLeavesNoFile) {
  Serve([](const v1::StreamExposureRequest&, Writer*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no incidents/leak");
  });
  const std::string file = folder_.Path("list.csv");
  EXPECT_EQ(RunClient(server_, {"exposure", "stream", "leak", "-o", file}).code, 3);
  EXPECT_FALSE(FileExists(file + ".partial"));
}

}  // namespace
}  // namespace rollcall::cli
