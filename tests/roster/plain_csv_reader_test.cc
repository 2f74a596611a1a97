#include "server/roster/plain_csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "server/roster/calendar.h"

namespace rollcall::roster {
namespace {

using ::testing::HasSubstr;

template <typename Row>
struct Outcome {
  absl::Status status;
  std::vector<Row> rows;
  Warnings warnings;
};

template <typename Row, typename Reader>
Outcome<Row> Collect(Reader reader, std::string_view text) {
  Outcome<Row> outcome;
  outcome.status = reader(NewMemorySource(text), "file.csv", &outcome.warnings,
                          [&](const Row& row) -> absl::Status {
                            outcome.rows.push_back(row);
                            return absl::OkStatus();
                          });
  return outcome;
}

Outcome<ProgramSpellRow> Programs(std::string_view text) {
  return Collect<ProgramSpellRow>(ReadProgramSpells, text);
}
Outcome<AddressRow> Addresses(std::string_view text) {
  return Collect<AddressRow>(ReadAddresses, text);
}
Outcome<GuardianRow> Guardians(std::string_view text) {
  return Collect<GuardianRow>(ReadGuardians, text);
}
Outcome<LanguageRow> Languages(std::string_view text) {
  return Collect<LanguageRow>(ReadLanguages, text);
}
Outcome<HistoryRow> History(std::string_view text) {
  return Collect<HistoryRow>(ReadHistory, text);
}

TEST(PlainCsvReader, ReadsProgramSpellsWithInclusiveEnds) {
  const auto outcome = Programs(
      "student_id,program,begin_date,end_date,identifier\n"
      "5001,Medicaid,2024-02-29,2025-06-30,R1\n"
      "5002,Medicaid,2024-07-01,,\n"
      "5003,IEP,2024-07-01,2024-07-01,\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.rows[0].student_id, "5001");
  EXPECT_EQ(outcome.rows[0].program, "Medicaid");
  EXPECT_EQ(outcome.rows[0].begin, MakeDay(2024, 2, 29));
  EXPECT_EQ(outcome.rows[0].end, MakeDay(2025, 6, 30));
  EXPECT_EQ(outcome.rows[0].identifier, "R1");
  EXPECT_EQ(outcome.rows[1].end, kNoDay);
  EXPECT_EQ(outcome.rows[1].row, 3U);
  EXPECT_EQ(outcome.rows[2].begin, outcome.rows[2].end);
  EXPECT_TRUE(outcome.warnings.list().empty());
}

TEST(PlainCsvReader, ReadsAddressesOfStudentsAndStaff) {
  const auto outcome = Addresses(
      "student_id,employee_id,line1,line2,city,state,postal_code,country,valid_from\n"
      "5001,,\"1 Elm St, Apt 2\",,Chicago,IL,60601,,2025-08-01\n"
      ",7001,9 Oak Ave,Rear,Chicago,IL,60602-1234,US,\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 2U);
  EXPECT_EQ(outcome.rows[0].kind, Kind::kStudent);
  EXPECT_EQ(outcome.rows[0].address,
            (PostalAddress{"1 Elm St, Apt 2", "", "Chicago", "IL", "60601", ""}));
  EXPECT_EQ(outcome.rows[0].valid_from, MakeDay(2025, 8, 1));
  EXPECT_EQ(outcome.rows[1].kind, Kind::kStaff);
  EXPECT_EQ(outcome.rows[1].district_id, "7001");
  EXPECT_EQ(outcome.rows[1].address.country, "US");
}

TEST(PlainCsvReader, ReadsGuardians) {
  const auto outcome = Guardians(
      "student_id,guardian_id,given_name,family_name,email,phone,line1,line2,city,state,"
      "postal_code,country\n"
      "5001,g1,Gus,Moss,gus@x.org,773,1 Elm St,,Chicago,IL,60601,\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 1U);
  EXPECT_EQ(outcome.rows[0].guardian_id, "g1");
  EXPECT_EQ(outcome.rows[0].family_name, "Moss");
  EXPECT_EQ(outcome.rows[0].address.postal_code, "60601");
}

TEST(PlainCsvReader, PutsLanguageTagsIntoTheirUsualCase) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"es", "es"},
                                                                  {"ES", "es"},
                                                                  {"zh-hant", "zh-Hant"},
                                                                  {"PT-br", "pt-BR"},
                                                                  {"sr-latn-rs", "sr-Latn-RS"},
                                                                  {"es-419", "es-419"},
                                                                  {"fil", "fil"},
                                                                  {"en-x-ca", "en-x-ca"}};
  for (const auto& [text, tag] : cases) {
    const auto outcome = Languages("student_id,language\n5001," + text + "\n");
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.rows[0].language, tag);
  }
  for (const char* text : {"", "Spanish language", "spanish", "e", "es-", "-es", "es--MX", "12",
                           "es_MX", "es-abcdefghi"}) {
    const auto outcome = Languages(std::string("student_id,language\n5001,") + text + "\n");
    EXPECT_THAT(std::string(outcome.status.message()),
                HasSubstr("file.csv, row 2, column language:"))
        << text;
  }
}

TEST(PlainCsvReader, ReadsHistoryOfEarlierYears) {
  const auto outcome = History(
      "student_id,employee_id,state_id,given_name,middle_name,family_name,birth_date,gender,email,"
      "phone,school_year,school_id,school_name,grade,begin_date,end_date,subject\n"
      "5001,,9001,Ada,Q,Moss,2006-03-04,F,,,2017-2018,100,North,6,2017-09-05,2018-06-19,student\n"
      "5001,,,Ada,,Moss,,,,,2018-19,100,,7,,,\n"
      ",7001,,Tea,,Cher,,,tea@x.org,,2018,200,South,6,,2018-01-31,staff\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 3U);
  const HistoryRow& first = outcome.rows[0];
  EXPECT_EQ(first.kind, Kind::kStudent);
  EXPECT_EQ(first.school_year, 2018);
  EXPECT_EQ(first.grade, "06");
  EXPECT_EQ(first.gender, "female");
  EXPECT_EQ(first.begin, MakeDay(2017, 9, 5));
  EXPECT_EQ(first.end, MakeDay(2018, 6, 19));
  EXPECT_EQ(first.birth_date, MakeDay(2006, 3, 4));
  EXPECT_NE(first.populated & FieldBit(kFieldStateId), 0U);
  const HistoryRow& second = outcome.rows[1];
  EXPECT_EQ(second.school_year, 2019);
  EXPECT_EQ(second.begin, MakeDay(2018, 7, 1));
  EXPECT_EQ(second.end, MakeDay(2019, 6, 30));
  EXPECT_EQ(second.state_id, "");
  EXPECT_EQ(second.populated & FieldBit(kFieldBirthDate), 0U);
  const HistoryRow& third = outcome.rows[2];
  EXPECT_EQ(third.kind, Kind::kStaff);
  EXPECT_EQ(third.grade, "");
  EXPECT_EQ(third.end, MakeDay(2018, 1, 31));
}

TEST(PlainCsvReader, RefusesWhatIsNotCertain) {
  struct Case {
    std::string name;
    std::function<absl::Status()> read;
    std::string place;
    std::string reason;
  };
  const std::string program = "student_id,program,begin_date,end_date\n";
  const std::string address = "student_id,employee_id,line1,city,state,postal_code\n";
  const std::string history =
      "student_id,employee_id,given_name,family_name,birth_date,school_year,school_id,begin_date,"
      "end_date,subject\n";
  const auto programs = [](const std::string& text) {
    return [text] { return Programs(text).status; };
  };
  const auto addresses = [](const std::string& text) {
    return [text] { return Addresses(text).status; };
  };
  const auto histories = [](const std::string& text) {
    return [text] { return History(text).status; };
  };
  const std::vector<Case> cases = {
      {"blank student", programs(program + ",Medicaid,2024-01-01,\n"),
       "row 2, column student_id:", "blank"},
      {"blank program", programs(program + "1,,2024-01-01,\n"), "row 2, column program:", "blank"},
      {"blank begin", programs(program + "1,Medicaid,,\n"), "row 2, column begin_date:", "blank"},
      {"bad date", programs(program + "1,Medicaid,2023-02-29,\n"),
       "row 2, column begin_date:", "not a date"},
      {"end before begin", programs(program + "1,Medicaid,2024-01-02,2024-01-01\n"),
       "row 2, column end_date:", "before the begin"},
      {"ambiguous dates", programs(program + "1,Medicaid,1/2/2024,\n"),
       "row 2, column begin_date:", "no date of the file settles it"},
      {"missing column", programs("student_id,begin_date\n1,2024-01-01\n"),
       "row 1, column program:", "missing"},
      {"other file", programs("SIS ID,Name\n1,x\n"), "row 1:", "names none of the columns"},
      {"two people", addresses(address + "1,2,1 Elm,,,\n"),
       "row 2, column employee_id:", "both filled"},
      {"nobody", addresses(address + ",,1 Elm,,,\n"), "row 2, column student_id:", "blank"},
      {"no street", addresses(address + "1,,,Chicago,IL,60601\n"), "row 2, column line1:", "blank"},
      {"school year", histories(history + "1,,A,B,,18,100,,,\n"),
       "row 2, column school_year:", "not a school year"},
      {"dates outside the year", histories(history + "1,,A,B,,2018,100,2019-01-01,2019-02-01,\n"),
       "row 2, column school_year:", "outside the school year"},
      {"subject", histories(history + "1,,A,B,,2018,100,,,guardian\n"),
       "row 2, column subject:", "neither student nor staff"},
      {"subject against id", histories(history + ",7,A,B,,2018,100,,,student\n"),
       "row 2, column subject:", "employee_id is filled"},
      {"no name", histories(history + "1,,,,,2018,100,,,\n"),
       "row 2, column family_name:", "no name"},
      {"no school", histories(history + "1,,A,B,,2018,,,,\n"), "row 2, column school_id:", "blank"},
      {"born later", histories(history + "1,,A,B,2018-07-01,2018,100,,,\n"),
       "row 2, column birth_date:", "after the stay"},
      {"guardian without name", [] { return Guardians("student_id,given_name\n1,\n").status; },
       "row 2, column family_name:", "no name"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const absl::Status status = test.read();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("file.csv, " + test.place));
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.reason));
  }
}

TEST(PlainCsvReader, AcceptsLocalDatesThatTheFileSettlesLater) {
  const auto outcome = Programs(
      "student_id,program,begin_date,end_date\n"
      "1,Medicaid,1/2/2024,\n"
      "2,Medicaid,1/31/2024,\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows[0].begin, MakeDay(2024, 1, 2));
  EXPECT_EQ(outcome.warnings.Count(WarningCode::kLocalDate), 2U);
}

TEST(PlainCsvReader, PassesOnTheVisitorsError) {
  Warnings warnings;
  const absl::Status status =
      ReadLanguages(NewMemorySource("student_id,language\n1,es\n"), "f", &warnings,
                    [](const LanguageRow&) { return absl::NotFoundError("who"); });
  EXPECT_EQ(status, absl::NotFoundError("who"));
}

}  // namespace
}  // namespace rollcall::roster
