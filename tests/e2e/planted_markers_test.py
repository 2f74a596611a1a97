"""Values of people that nobody else has are planted, the register is used, and every file that the
server left is searched for them: database, its logs, the server's log, answers to failed calls."""

import csv
import os
import pathlib
import shutil
import sqlite3

import harness
from harness import FIXTURE

# As a school's system would have them: no value is part of another, none occurs by chance.
PLANTED = {
    "source id": "src-qzxv-48151623",
    "district id": "738205519",
    "state id": "916447380",
    "given name": "Zqyvonnika",
    "middle name": "Wrothwyx",
    "family name": "Quxbarrowmere",
    "user name": "zq.quxbarrow",
    "e-mail": "zqyvonnika@qxmail.example",
    "phone": "312-555-84629",
    "birth place": "Vexhollowton",
    "Medicaid number": "MCD770041958",
    "street": "4711 Plinthwickle Row",
    "second line": "Unit Zephyrquill",
    "guardian's id": "gdn-xvq-90210777",
    "guardian's given name": "Morgwendolix",
    "guardian's family name": "Tharnquistle",
    "guardian's e-mail": "morgw@thq-home.example",
    "guardian's phone": "773-555-90318",
    "id that matches nobody": "660918275",
    "id in a statement": "550172936",
}
BIRTH_DATE = "2011-07-19"


def write_csv(path, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def plant(server, folder):
    """Imports a roster with the planted values among the fixture's."""
    package = shutil.copytree(FIXTURE / "roster-2025", folder / "roster-planted")
    with (package / "users.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow([
            PLANTED["source id"], "", "", "true", "610", "student", PLANTED["user name"],
            f"{{State:{PLANTED['state id']}}}", PLANTED["given name"], PLANTED["family name"],
            PLANTED["middle name"], PLANTED["district id"], PLANTED["e-mail"], "",
            PLANTED["phone"], "", "07", ""])
    with (package / "demographics.csv").open("a", newline="", encoding="utf-8") as file:
        row = [PLANTED["source id"], "", "", BIRTH_DATE, "female"] + [""] * 11
        row[14] = PLANTED["birth place"]
        csv.writer(file).writerow(row)
    with (package / "enrollments.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["E-planted", "", "", "C2025-610", "610", PLANTED["source id"],
                                   "student", "false", "2024-08-26", "2025-06-14"])
    server.cli("roster", "import", package, "--school-year", "2024-25", "--as-of", "2025-01-31")
    number = PLANTED["district id"]
    plain = (
        ("program-spells", ["student_id", "program", "begin_date", "end_date", "identifier"],
         [number, "medicaid", "2020-01-01", "", PLANTED["Medicaid number"]]),
        ("addresses", ["student_id", "employee_id", "line1", "line2", "city", "state",
                       "postal_code", "country"],
         [number, "", PLANTED["street"], PLANTED["second line"], "Lakeshore", "IL", "00495", "US"]),
        ("guardians", ["student_id", "guardian_id", "given_name", "family_name", "email", "phone"],
         [number, PLANTED["guardian's id"], PLANTED["guardian's given name"],
          PLANTED["guardian's family name"], PLANTED["guardian's e-mail"],
          PLANTED["guardian's phone"]]),
    )
    for name, title, row in plain:
        server.cli("roster", "import", write_csv(folder / f"{name}.csv", title, row), "--format",
                   name, "--as-of", "2025-01-31")


def use(test, server, folder):
    """Calls that read, write and fail, with planted values in their requests."""
    server.cli("apply", "-f", harness.DEMO / "cleo.yaml")
    harness.report_cleo(server)
    ids = write_csv(folder / "ids.csv", ["student_id"], [PLANTED["district id"]],
                    [PLANTED["id that matches nobody"]])
    sent = ("--file-list", ids, "--send-time", "2025-01-15T06:00:00Z")
    server.cli("transfer", "record", "cleo", "--transfer-id", "planted", *sent, "--element",
               "student.name")
    server.cli("transfer", "check", "cleo", "--file-list", ids, "--send-date", "2025-01-15",
               "--elements", "student.name", check=False)
    server.cli("transfer", "unmatched", "cleo/planted")
    listed = write_csv(folder / "listed.csv", ["student_id"], [PLANTED["district id"]],
                       [PLANTED["id in a statement"]])
    server.cli("statement", "import", "cleo", "--list", listed, "--id-column", "student_id",
               "--list-use", "limits", "--list-subject", "student", "--elements", "student.name")
    server.cli("statement", "unmatched", "cleo/2")

    found = server.ask("person", "list", "--district-id", PLANTED["district id"])
    test.assertEqual([person["givenName"] for person in found], [PLANTED["given name"]])
    person = found[0]["name"]
    whole = server.cli("--output", "json", "person", "get", person).stdout
    for what in ("family name", "Medicaid number", "street", "guardian's e-mail"):
        test.assertIn(PLANTED[what], whole)
    for words in (("person", "get", person), ("program-spell", "list", person),
                  ("exposure", "summary", "cleo/1"), ("exposure", "stream", "cleo/1", "--details"),
                  ("exposure", "person", person)):
        server.cli(*words)

    # What fails has planted values in its request, too.
    bad = write_csv(folder / "bad.csv", ["student_id", "program", "begin_date", "end_date",
                                         "identifier"],
                    [PLANTED["district id"], "medicaid", "2020-02-31", "",
                     PLANTED["Medicaid number"]])
    twice = write_csv(folder / "twice.csv", ["student_id", "language"],
                      [PLANTED["district id"], "es"], [PLANTED["district id"], "pl"])
    unknown = write_csv(folder / "unknown.csv", ["student_id", "language"],
                        [PLANTED["id that matches nobody"], "es"])
    failures = [
        server.cli("roster", "import", bad, "--format", "program-spells", "--as-of", "2025-01-31",
                   check=False),
        server.cli("roster", "import", twice, "--format", "home-languages", "--as-of",
                   "2025-01-31", check=False),
        server.cli("roster", "import", unknown, "--format", "home-languages", "--as-of",
                   "2025-01-31", check=False),
        server.cli("transfer", "record", "cleo", *sent, "--element", "student.nonsense",
                   check=False),
        server.cli("transfer", "record", "nobody", *sent, "--element", "student.name",
                   check=False),
        server.cli("vendor", "get", PLANTED["source id"], check=False),
        server.cli("person", "get", f"people/{PLANTED['district id']}99", check=False),
    ]
    for failure in failures:
        test.assertNotEqual(failure.returncode, 0, failure.args)
    # The client may repeat what its user typed; what the server says of files must not.
    return "".join(failure.stderr for failure in failures[:5])


def occurrences(folder, names):
    """Every (file, planted value) that occurs, in either case, in UTF-8 or UTF-16."""
    found = []
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes().lower()
        for name in names:
            text = PLANTED[name].lower()
            if text.encode() in content or text.encode("utf-16-le") in content:
                found.append((path.name, name))
    return found


class PlantedMarkersTest(harness.TestCase):

    def setUp(self):
        super().setUp()
        # Apart from the files that are imported, which have everything in the open.
        self.files = self.folder / "files"
        self.files.mkdir()
        self.temporary = self.folder / "left" / "tmp"
        self.temporary.mkdir(parents=True)
        self.left = self.temporary.parent
        os.environ["TMPDIR"] = str(self.temporary)
        self.addCleanup(os.environ.pop, "TMPDIR")

    def test_no_planted_value_is_left_anywhere(self):
        server = self.serve(data=self.left / "data")
        plant(server, self.files)
        said = use(self, server, self.files)
        for name, text in PLANTED.items():
            self.assertNotIn(text, said, name)
        # The search finds what is there to be found.
        self.assertLessEqual({"given name", "Medicaid number", "street", "id in a statement"},
                             {name for _, name in occurrences(self.files, PLANTED)})
        names = sorted(path.name for path in self.left.rglob("*") if path.is_file())
        self.assertIn("register.db-wal", names)
        self.assertEqual(occurrences(self.left, PLANTED), [])
        # A copy made by SQLite's own program while the server runs, and what a crash leaves.
        with sqlite3.connect(f"file:{self.left / 'data/register.db'}?mode=ro", uri=True) as source:
            with sqlite3.connect(self.left / "copy.db") as copy:
                source.backup(copy)
        self.assertEqual(occurrences(self.left, PLANTED), [])
        server.kill()
        self.assertEqual(occurrences(self.left, PLANTED), [])
        server = self.serve(data=self.left / "data")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(occurrences(self.left, PLANTED), [])

    def test_nothing_but_numbers_is_left_of_a_rotation(self):
        server = self.serve(data=self.left / "data")
        plant(server, self.files)
        status = server.ask("key", "rotate")
        self.assertEqual(len(status["dataKeys"]), 2)
        harness.wait_until(lambda: len(server.ask("key", "status")["dataKeys"]) == 1)
        newest = server.ask("key", "status")["dataKeys"][0]
        self.assertNotIn(newest["number"], [key["number"] for key in status["dataKeys"][:1]])
        found = server.ask("person", "list", "--district-id", PLANTED["district id"])
        self.assertEqual([person["givenName"] for person in found], [PLANTED["given name"]])
        self.assertEqual(occurrences(self.left, PLANTED), [])
        # A server that is killed in the midst goes on by itself.
        server.cli("key", "rotate")
        server.kill()
        server = self.serve(data=self.left / "data")
        harness.wait_until(lambda: len(server.ask("key", "status")["dataKeys"]) == 1)
        found = server.ask("person", "list", "--district-id", PLANTED["district id"])
        self.assertEqual([person["givenName"] for person in found], [PLANTED["given name"]])


if __name__ == "__main__":
    harness.main()
