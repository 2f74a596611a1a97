"""The three real incidents on the fixture, against counts worked out by hand.

fixture/README.md has the people and the counts in a table; nothing here is taken from the product.
"""

import csv

import harness
from harness import (BATTELLE_STAFF, BATTELLE_STUDENT, BATTELLE_YEARS, FIXTURE, counts, day,
                     element_counts, flags, heads, notices, tiers)

COMMON = ("student.birth_date", "student.gender", "student.local_id", "student.name")
MEDICAID = ("student.medicaid_eligibility_dates", "student.medicaid_id")


class Replays(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.results = harness.load_fixture(self.server, self.folder)

    def district_ids(self, incident):
        """The district's numbers of the affected people, from the whole stream."""
        path = self.folder / f"{incident}.csv"
        self.server.cli("exposure", "stream", incident, "--details", "-o", path)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return sorted(row["district_id"] for row in rows), rows

    def open_case(self, incident):
        case = self.server.ask("case", "open", incident, "--case-id", incident)
        harness.approve(self.server, incident)
        return case

    def test_roster_is_what_the_files_say(self):
        roster = self.server.ask("roster", "summary")
        self.assertEqual(
            {key: int(roster[key]) for key in ("currentStudents", "formerStudents",
                                               "currentStaff", "formerStaff", "guardians",
                                               "schools", "programSpells")},
            {"currentStudents": 4, "formerStudents": 8, "currentStaff": 2, "formerStaff": 1,
             "guardians": 4, "schools": 3, "programSpells": 6})
        effect = {name: tuple(int(result[key]) for key in ("added", "left", "returned"))
                  for name, result in self.results.items()}
        self.assertEqual(effect, {
            "history": (8, 0, 0), "2019": (4, 0, 3), "2025": (6, 5, 0), "2027": (1, 2, 1),
            "programs": (0, 0, 0), "addresses": (0, 0, 0), "languages": (0, 0, 0)})
        # Each file of the package of 2019 begins with a byte order mark.
        marks = [warning for warning in self.results["2019"]["warnings"]
                 if warning["code"] == "BYTE_ORDER_MARK"]
        self.assertEqual(len(marks), 7)

    def test_cleo(self):
        harness.report_cleo(self.server)
        summary = self.server.ask("exposure", "summary", "cleo")
        self.assertEqual(heads(summary), {"people": 7, "currentStudents": 2, "formerStudents": 5,
                                          "currentStaff": 0, "formerStaff": 0})
        self.assertEqual(int(summary["cells"]), 32)
        found = element_counts(summary)
        # The product need not know how many eligibility dates the roster has.
        self.assertEqual(found.pop("student.medicaid_eligibility_dates")[0], 3)
        self.assertEqual(found, {
            "student.name": (7, 7, 0), "student.local_id": (7, 7, 0),
            "student.birth_date": (6, 6, 0), "student.gender": (6, 5, 0),
            "student.medicaid_id": (3, 3, 0)})
        self.assertEqual(tiers(summary), {
            COMMON: 3,
            tuple(sorted(COMMON + MEDICAID)): 2,
            tuple(sorted(set(COMMON + MEDICAID) - {"student.gender"})): 1,
            tuple(sorted(set(COMMON) - {"student.birth_date"})): 1})
        self.assertEqual(counts(summary["bySchoolYear"]), {"2018": 2, "2019": 4, "2025": 3})
        self.assertEqual(counts(summary["byLanguage"]), {"": 5, "es": 1, "pl": 1})
        self.assertEqual(counts(summary["byProgram"]), {"medicaid": 4, "iep": 1})
        self.assertEqual(counts(summary["byGrade"]), {"07": 3, "08": 1, "09": 2, "12": 1})
        self.assertEqual(counts(summary["bySchool"]),
                         {"schools/610": 3, "schools/620": 3, "schools/630": 1})
        self.assertEqual(int(summary["enrollment"]), 4)
        self.assertEqual(summary["shareOfEnrollment"], 0.5)
        ids, rows = self.district_ids("cleo")
        self.assertEqual(ids, ["1002", "1003", "1004", "1005", "1007", "1009", "1010"])
        with_medicaid = {row["district_id"] for row in rows
                         if "student.medicaid_id" in row["elements"]}
        self.assertEqual(with_medicaid, {"1003", "1004", "1007"})

        case = self.open_case("cleo")
        self.assertEqual(case["digest"], summary["digest"])
        self.assertEqual((int(case["people"]), int(case["cells"])), (7, 32))
        self.assertEqual(notices(case), {("EMAIL", "PENDING"): 4, ("US_MAIL", "PENDING"): 2,
                                         ("NO_CONTACT", "PENDING"): 1})
        duty, = case["obligations"]
        self.assertEqual(day(duty["startDate"]), "2025-02-08")
        self.assertEqual(day(duty["dueDate"]), "2025-03-10")
        self.assertEqual(duty["dueTime"], "2025-03-11T05:00:00Z")  # midnight, daylight saving time
        self.assertEqual(duty["timeZone"], "America/Chicago")
        self.assertEqual(duty["outcome"], "DUTY_OUTCOME_OVERDUE")

        for channel, recorded in (("email", 4), ("us-mail", 2), ("no-contact", 1)):
            answer = self.server.ask("case", "record-sent", "cleo", "--sent-date", "2025-03-07",
                                     "--channel", channel)
            self.assertEqual((int(answer["recorded"]), int(answer["alreadySent"])), (recorded, 0))
        case = self.server.ask("case", "get", "cleo")
        duty, = case["obligations"]
        self.assertEqual((int(duty["sent"]), int(duty["people"])), (7, 7))
        self.assertEqual(day(duty["doneDate"]), "2025-03-07")
        self.assertEqual(duty["outcome"], "DUTY_OUTCOME_MET")

    def test_every_notice_names_exactly_the_fields_of_its_person(self):
        harness.report_cleo(self.server)
        self.open_case("cleo")
        named = {}
        for notice in self.server.ask("notice", "list", "cleo"):
            person = self.server.ask("person", "get", notice["person"])
            named[person["districtId"]] = (
                notice["channel"].removeprefix("NOTICE_CHANNEL_"),
                {row["dataElement"].removeprefix("dataElements/student.")
                 for row in notice["elements"]})
        plain = {"name", "local_id", "birth_date", "gender"}
        medicaid = {"medicaid_id", "medicaid_eligibility_dates"}
        self.assertEqual(named, {
            "1002": ("US_MAIL", plain), "1003": ("EMAIL", plain - {"gender"} | medicaid),
            "1004": ("EMAIL", plain | medicaid), "1005": ("EMAIL", plain),
            "1007": ("US_MAIL", plain | medicaid), "1009": ("NO_CONTACT", plain),
            "1010": ("EMAIL", plain - {"birth_date"})})

    def test_battelle(self):
        harness.report_battelle(self.server)
        years = flags("--school-years", BATTELLE_YEARS)
        self.server.cli("statement", "create", "battelle", "--statement-date", "2022-04-26",
                        *years, *flags("--elements", BATTELLE_STUDENT))
        first = self.server.ask("exposure", "summary", "battelle")
        self.assertEqual(heads(first), {"people": 8, "currentStudents": 1, "formerStudents": 7,
                                        "currentStaff": 0, "formerStaff": 0})
        self.server.cli("statement", "create", "battelle", "--statement-date", "2022-05-11",
                        *years, *flags("--elements", BATTELLE_STUDENT + BATTELLE_STAFF))
        summary = self.server.ask("exposure", "summary", "battelle")
        self.assertEqual(heads(summary), {"people": 10, "currentStudents": 1,
                                          "formerStudents": 7, "currentStaff": 1,
                                          "formerStaff": 1})
        self.assertEqual(int(summary["cells"]), 81)
        self.assertEqual(element_counts(summary), {
            "student.name": (8, 8, 0), "student.birth_date": (7, 7, 0),
            "student.gender": (7, 6, 0), "student.grade": (8, 8, 0),
            "student.school": (8, 8, 0), "student.local_id": (8, 8, 0),
            "student.state_id": (7, 6, 0), "student.course_information": (8, 0, 0),
            "student.performance_task_scores": (8, 0, 0), "staff.name": (2, 2, 0),
            "staff.school": (2, 2, 0), "staff.employee_id": (2, 2, 0), "staff.email": (2, 1, 0),
            "staff.username": (2, 0, 0), "staff.course_information": (2, 0, 0)})
        self.assertEqual(counts(summary["bySchoolYear"]),
                         {"2016": 3, "2017": 5, "2018": 3, "2019": 5})
        self.assertEqual(sorted(tiers(summary).values()), [1, 1, 1, 2, 5])
        ids, _ = self.district_ids("battelle")
        self.assertEqual(ids, ["1001", "1002", "1003", "1004", "1009", "1010", "1011", "1012",
                               "300001", "300002"])
        # The first statement stays answerable, and says what it said.
        again = self.server.ask("exposure", "summary", "battelle/1")
        self.assertEqual(again["digest"], first["digest"])

        incident = self.server.ask("incident", "get", "battelle")
        self.assertEqual(incident["daysToNotice"], 146)
        duty, = incident["vendorDuties"]
        self.assertEqual((duty["source"], duty["daysTaken"], duty["daysLate"], duty["outcome"]),
                         ("regimes/us-il-soppa-15-5", 146, 116, "DUTY_OUTCOME_LATE"))
        self.assertEqual(day(duty["dueDate"]), "2021-12-31")

        case = self.open_case("battelle")
        self.assertEqual(notices(case), {("EMAIL", "PENDING"): 4, ("US_MAIL", "PENDING"): 4,
                                         ("NO_CONTACT", "PENDING"): 2})
        duty, = case["obligations"]
        self.assertEqual((day(duty["dueDate"]), int(duty["people"])), ("2022-05-26", 8))
        for channel in ("email", "us-mail", "no-contact"):
            self.server.cli("case", "record-sent", "battelle", "--sent-date", "2022-05-20",
                            "--channel", channel)
        duty, = self.server.ask("case", "get", "battelle")["obligations"]
        self.assertEqual((duty["outcome"], day(duty["doneDate"])),
                         ("DUTY_OUTCOME_MET", "2022-05-20"))

    def test_notices_after_the_last_day_are_late(self):
        harness.report_cleo(self.server)
        self.open_case("cleo")
        for channel, sent in (("email", "2025-03-10"), ("us-mail", "2025-03-11"),
                              ("no-contact", "2025-03-07")):
            self.server.cli("case", "record-sent", "cleo", "--sent-date", sent, "--channel",
                            channel)
        duty, = self.server.ask("case", "get", "cleo")["obligations"]
        self.assertEqual((duty["outcome"], day(duty["doneDate"])),
                         ("DUTY_OUTCOME_LATE", "2025-03-11"))

    def test_noble(self):
        statement = harness.report_noble(self.server, FIXTURE / "noble.csv")
        self.assertEqual({key: int(statement[key]) for key in (
            "listEntries", "listPeople", "listUnmatched", "listRepeated", "listAmbiguous")},
            {"listEntries": 5, "listPeople": 3, "listUnmatched": 1, "listRepeated": 1,
             "listAmbiguous": 0})
        unmatched, = self.server.ask("statement", "unmatched", "noble/1")
        self.assertEqual((unmatched["id"], int(unmatched["position"])), ("9999", 4))
        summary = self.server.ask("exposure", "summary", "noble")
        self.assertEqual(heads(summary), {"people": 3, "currentStudents": 0, "formerStudents": 3,
                                          "currentStaff": 0, "formerStaff": 0})
        self.assertEqual(int(summary["cells"]), 12)
        self.assertEqual(element_counts(summary),
                         {name: (3, 3, 3) for name in harness.NOBLE_ELEMENTS})
        self.assertEqual(counts(summary["byCertainty"]), {"CONFIRMED": 3})
        self.assertEqual(int(summary["unmatchedEntries"]), 1)
        self.assertEqual(self.district_ids("noble")[0], ["1001", "1002", "1012"])

        case = self.open_case("noble")
        self.assertEqual(notices(case), {("US_MAIL", "PENDING"): 3})
        self.assertEqual(int(case["unmatchedEntries"]), 1)
        duty, = case["obligations"]
        self.assertEqual(duty["outcome"], "DUTY_OUTCOME_NOT_APPLICABLE")
        self.assertIn("2021-07-01", duty["note"])
        self.assertNotIn("dueDate", duty)
        duty, = self.server.ask("incident", "get", "noble")["vendorDuties"]
        self.assertEqual(duty["outcome"], "DUTY_OUTCOME_NOT_APPLICABLE")

    def test_applying_a_vendor_file_again_changes_nothing(self):
        for name in ("cleo", "battelle-for-kids", "noble"):
            first = self.server.ask("apply", "-f", harness.DEMO / f"{name}.yaml")
            self.assertIn(f"vendors/{name}", first["created"])
            second = self.server.ask("apply", "-f", harness.DEMO / f"{name}.yaml")
            self.assertEqual((second["created"], second["updated"]), ([], []))
            exported = self.folder / f"{name}.yaml"
            self.server.cli("export", name, "-o", exported)
            third = self.server.ask("apply", "-f", exported)
            self.assertEqual((third["created"], third["updated"]), ([], []))


class History(harness.TestCase):
    def test_who_leaves_the_roster_stays_in_the_exposure(self):
        server = self.serve()
        for path, options in (
                ("history.csv", ["--format", "enrollment-history", "--as-of", "2018-07-01"]),
                ("roster-2019", ["--school-year", "2018-19", "--as-of", "2019-06-14"]),
                ("roster-2025", ["--school-year", "2024-25", "--as-of", "2025-01-31"])):
            server.cli("roster", "import", FIXTURE / path, *options)
        harness.report_cleo(server)
        before = server.ask("exposure", "summary", "cleo")
        self.assertEqual(heads(before), {"people": 7, "currentStudents": 3, "formerStudents": 4,
                                         "currentStaff": 0, "formerStaff": 0})
        case = server.ask("case", "open", "cleo", "--case-id", "cleo")
        server.cli("roster", "import", FIXTURE / "roster-2027", "--school-year", "2026-27",
                   "--as-of", "2026-10-01")
        after = server.ask("exposure", "summary", "cleo")
        self.assertEqual(heads(after), {"people": 7, "currentStudents": 2, "formerStudents": 5,
                                        "currentStaff": 0, "formerStaff": 0})
        # The case keeps what it froze, and the old state can be computed again.
        self.assertEqual(server.ask("case", "get", "cleo")["digest"], case["digest"])
        again = server.ask("exposure", "summary", "cleo", "--revision",
                           before["basis"]["revision"])
        self.assertEqual(again["digest"], before["digest"])
        self.assertEqual(heads(again), heads(before))

    def test_an_import_repeated_changes_nothing(self):
        server = self.serve()
        harness.load_fixture(server, self.folder)
        harness.report_cleo(server)
        before = server.ask("exposure", "summary", "cleo")
        roster = server.ask("roster", "summary")
        again = server.ask("roster", "import", FIXTURE / "roster-2027", "--school-year",
                           "2026-27", "--as-of", "2026-10-01")
        self.assertEqual(
            {key: int(again[key]) for key in ("added", "changed", "left", "returned",
                                              "unchanged")},
            {"added": 0, "changed": 0, "left": 0, "returned": 0, "unchanged": 8})
        programs = server.ask("roster", "import", FIXTURE / "programs.csv", "--format",
                              "program-spells")
        self.assertEqual(int(programs["changed"]), 0)
        roster_after = server.ask("roster", "summary")
        roster.pop("revision"), roster_after.pop("revision")
        self.assertEqual(roster_after, roster)
        self.assertEqual(server.ask("exposure", "summary", "cleo")["digest"], before["digest"])

    def test_a_dry_run_writes_nothing(self):
        server = self.serve()
        result = server.ask("roster", "import", FIXTURE / "roster-2027", "--school-year",
                            "2026-27", "--as-of", "2026-10-01", "--dry-run")
        self.assertEqual((result["dryRun"], int(result["added"]), result["name"]), (True, 8, ""))
        roster = server.ask("roster", "summary")
        self.assertEqual((int(roster["currentStudents"]), int(roster["enrollments"])), (0, 0))
        self.assertEqual(server.ask("roster", "imports"), [])

    def test_passwords_are_nowhere_on_disk(self):
        server = self.serve()
        harness.load_fixture(server, self.folder)
        self.assertEqual(server.stop(), 0)
        files = [path for path in (self.folder / "data").rglob("*") if path.is_file()]
        self.assertTrue(files)
        for path in files + [server.log]:
            self.assertNotIn(b"made-up-secret", path.read_bytes(), path)
        # No personal field in the log either.
        log = server.log.read_text()
        for text in ("Ashe", "Birk", "dunn@home.example", "2004-02-29"):
            self.assertNotIn(text, log)


if __name__ == "__main__":
    harness.main()
