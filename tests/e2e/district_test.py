"""A generated district: the product's counts against those that the generator took itself."""

import json
import subprocess

import harness
from harness import BIN, counts, element_counts, heads

# One vendor that has something of everybody, for whom the truth has whole-district counts.
EVERYTHING = """
vendor: {id: everything, legal_name: Everything, kind: operator}
shares:
  - id: students
    elements:
      - student.name
      - student.birth_date
      - student.gender
      - student.state_id
      - {element: student.medicaid_id, condition: medicaid}
    population: {subject: student}
    start_date: 1990-01-01
  - id: staff
    elements: [staff.name]
    population: {subject: staff}
    start_date: 1990-01-01
"""


class District(harness.TestCase):
    @classmethod
    def flags(cls):
        return ["--students", "300", "--window", "cleo-days:2017-07-01:2024-12-13"]

    def generate(self, *more):
        out = self.folder / "district"
        subprocess.run([BIN / "rollcall-district", "--out", out, *self.flags(), *more],
                       check=True, stdout=subprocess.DEVNULL)
        return out, json.loads((out / "truth.json").read_text())

    def import_plain(self, server, out):
        for name, form in (("program-spells.csv", "program-spells"),
                           ("addresses.csv", "addresses"),
                           ("home-languages.csv", "home-languages")):
            server.cli("roster", "import", out / name, "--format", form)

    def check(self, server, out, truth):
        """Holds the incidents' counts against the truth."""
        windows = {window["name"]: window for window in truth["windows"]}

        harness.report_cleo(server)
        cleo = server.ask("exposure", "summary", "cleo")
        window = windows["cleo-days"]
        self.assertEqual(heads(cleo), {
            "people": window["students"], "currentStudents": window["current_students"],
            "formerStudents": window["students"] - window["current_students"],
            "currentStaff": 0, "formerStaff": 0})
        found = element_counts(cleo)
        self.assertEqual(found["student.medicaid_id"][0], window["students_with_medicaid"])
        self.assertEqual(found["student.medicaid_eligibility_dates"][0],
                         window["students_with_medicaid"])
        self.assertEqual(found["student.local_id"][0], window["students"])

        harness.report_battelle(server)
        server.cli("statement", "create", "battelle",
                   *harness.flags("--school-years", harness.BATTELLE_YEARS),
                   *harness.flags("--elements",
                                  harness.BATTELLE_STUDENT + harness.BATTELLE_STAFF))
        battelle = server.ask("exposure", "summary", "battelle")
        window = windows["battelle"]
        self.assertEqual(heads(battelle), {
            "people": window["students"] + window["staff"],
            "currentStudents": window["current_students"],
            "formerStudents": window["students"] - window["current_students"],
            "currentStaff": window["current_staff"],
            "formerStaff": window["staff"] - window["current_staff"]})
        self.assertEqual(counts(battelle["bySchoolYear"]), {
            str(year["school_year"]): year["students"] + year["staff"]
            for year in truth["school_years"] if 2016 <= year["school_year"] <= 2019})

        statement = harness.report_noble(server, out / "vendor-lists/noble.csv")
        noble = server.ask("exposure", "summary", "noble")
        self.assertEqual(int(statement["listEntries"]), truth["noble"]["listed"])
        self.assertEqual(int(noble["people"]), truth["noble"]["known"])
        self.assertEqual(int(noble["unmatchedEntries"]),
                         truth["noble"]["listed"] - truth["noble"]["known"])

        everything = self.folder / "everything.yaml"
        everything.write_text(EVERYTHING)
        server.cli("apply", "-f", everything)
        server.cli("incident", "create", "everything", "--vendor", "everything", "--title", "All")
        server.cli("statement", "create", "everything", "--description", "all of it")
        summary = server.ask("exposure", "summary", "everything")
        self.assertEqual(heads(summary), {
            "people": truth["people"]["students"] + truth["people"]["staff"],
            "currentStudents": truth["current"]["students"],
            "formerStudents": truth["former"]["students"],
            "currentStaff": truth["current"]["staff"],
            "formerStaff": truth["former"]["staff"]})
        found = element_counts(summary)
        students = truth["people"]["students"]
        self.assertEqual(found["student.name"], (students, students, 0))
        self.assertEqual(found["student.medicaid_id"][:2],
                         (truth["students_with"]["medicaid"],) * 2)
        languages = counts(summary["byLanguage"])
        languages.pop("")
        self.assertEqual(languages, truth["languages"])
        programs = counts(summary["byProgram"])
        self.assertEqual({name: programs[name] for name in ("medicaid", "iep", "el")},
                         {name: truth["students_with"][name] for name in ("medicaid", "iep", "el")})
        self.assertEqual(counts(summary["bySchoolYear"]), {
            str(year["school_year"]): year["students"] + year["staff"]
            for year in truth["school_years"]})
        return found, students

    def test_packages_of_twelve_years(self):
        out, truth = self.generate()
        server = self.serve()
        students = staff = 0
        for year in truth["school_years"]:
            number = year["school_year"]
            last = number == truth["options"]["to_year"]
            result = server.ask("roster", "import", out / f"roster-{number}.zip",
                                "--school-year", number, "--as-of",
                                truth["as_of"] if last else year["end"])
            students += year["arrived"]["students"]
            staff += year["arrived"]["staff"]
            roster = result["roster"]
            self.assertEqual(
                {key: int(roster[key]) for key in ("currentStudents", "formerStudents",
                                                   "currentStaff", "formerStaff", "schools")},
                {"currentStudents": year["students"],
                 "formerStudents": students - year["students"],
                 "currentStaff": year["staff"], "formerStaff": staff - year["staff"],
                 "schools": truth["schools"]["all"]}, number)
            self.assertEqual(result["warnings"], [])
        self.assertEqual(int(roster["guardians"]), truth["guardians"])
        self.import_plain(server, out)
        found, students = self.check(server, out, truth)
        # The packages say of every student whether there is a value.
        for name in ("birth_date", "gender", "state_id"):
            filled = students - truth["students_without"][name]
            self.assertEqual(found[f"student.{name}"], (filled, filled, 0), name)

    def test_history_file_and_a_package_of_version_1_2(self):
        out, truth = self.generate("--history-csv", "--oneroster", "1.2", "--seed", "7")
        server = self.serve()
        server.cli("roster", "import", out / "enrollment-history.csv", "--format",
                   "enrollment-history")
        result = server.ask("roster", "import", out / "roster-2027.zip", "--school-year",
                            "2026-27", "--as-of", truth["as_of"])
        self.assertEqual(result["oneRosterVersion"], "1.2")
        self.import_plain(server, out)
        found, students = self.check(server, out, truth)
        # A blank cell in a history says nothing: the field may have been there.
        for name in ("birth_date", "gender", "state_id"):
            self.assertEqual(found[f"student.{name}"][1],
                             students - truth["students_without"][name], name)
            self.assertGreaterEqual(found[f"student.{name}"][0], found[f"student.{name}"][1])

    def test_the_stream_agrees_with_the_summary(self):
        out, truth = self.generate()
        server = self.serve()
        server.cli("roster", "import", out / "roster-2027.zip", "--school-year", "2026-27",
                   "--as-of", truth["as_of"])
        everything = self.folder / "everything.yaml"
        everything.write_text(EVERYTHING)
        server.cli("apply", "-f", everything)
        server.cli("incident", "create", "everything", "--vendor", "everything", "--title", "All")
        server.cli("statement", "create", "everything", "--description", "all of it")
        summary = server.ask("exposure", "summary", "everything")
        target = self.folder / "all.csv"
        done = server.cli("exposure", "stream", "everything", "-o", target)
        self.assertIn(summary["digest"], done.stdout + done.stderr)
        self.assertEqual(len(target.read_text().splitlines()), int(summary["people"]) + 1)
        listed = server.ask("exposure", "list", "everything", "--page-size", "7")
        self.assertEqual(len(listed), int(summary["people"]))
        self.assertEqual(sum(len(person["elements"]) for person in listed),
                         int(summary["cells"]))


if __name__ == "__main__":
    harness.main()
