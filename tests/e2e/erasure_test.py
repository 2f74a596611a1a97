"""Erasing a person: what was said of him is gone from answers and files, and every count, exposure and
digest stays what it was."""

import sqlite3
import subprocess

import harness
import planted_markers_test as planted
from harness import REFUSED
from planted_markers_test import PLANTED


def without_revisions(answer):
    """An answer without the revisions that it was computed for."""
    if isinstance(answer, dict):
        return {key: without_revisions(value) for key, value in answer.items() if key != "revision"}
    return [without_revisions(part) for part in answer] if isinstance(answer, list) else answer


class ErasureTest(harness.TestCase):

    def setUp(self):
        super().setUp()
        self.files = self.folder / "files"
        self.files.mkdir()
        self.data = self.folder / "left" / "data"
        self.server = self.serve(data=self.data)
        planted.plant(self.server, self.files)
        planted.use(self, self.server, self.files)
        self.person = self.find()[0]["name"]

    def find(self):
        return self.server.ask("person", "list", "--district-id", PLANTED["district id"])

    def erase(self, *words, check=True):
        return self.server.cli("person", "erase", self.person, *words, check=check)

    def sealed_keys(self):
        """The row of the person's key as it lies in the database, in pieces that fit into a page."""
        with sqlite3.connect(f"file:{self.data / 'register.db'}?mode=ro", uri=True) as database:
            (row,), = database.execute("SELECT sealed FROM person_key_chunk")
        return [row[at:at + 64] for at in range(0, len(row) - 64, 64)]

    def found(self, pieces):
        """How many of the pieces any file of the data directory holds."""
        contents = [path.read_bytes() for path in self.data.iterdir()]
        return sum(any(piece in content for content in contents) for piece in pieces)

    def test_nothing_of_the_person_can_be_read_and_nothing_else_changes(self):
        questions = [("exposure", "summary", "cleo/1"), ("exposure", "summary", "cleo/2"),
                     ("roster", "summary"), ("transfer", "list", "cleo"), ("statement", "list", "cleo")]

        def answers():
            return [without_revisions(self.server.ask(*question)) for question in questions]

        before = answers()
        keys = self.sealed_keys()
        self.assertGreater(self.found(keys), len(keys) * 0.9)
        self.erase("--confirm")

        person = self.server.ask("person", "get", self.person)
        self.assertTrue(person["erased"])
        self.assertLessEqual({key for key, value in person.items() if value},
                             {"name", "kind", "current", "erased", "revision"})
        self.assertEqual(self.server.ask("program-spell", "list", self.person), [])
        everybody = self.server.cli("--output", "json", "person", "list").stdout
        for name in ("given name", "family name", "district id", "e-mail", "phone"):
            self.assertNotIn(PLANTED[name], everybody)
        self.assertEqual(answers(), before)

        # The key is in no file any more, not even sealed.
        self.assertEqual(self.found(keys), 0)
        self.assertEqual(planted.occurrences(self.data, PLANTED), [])
        # A restart reads the same from the disk.
        self.assertEqual(self.server.stop(), 0)
        self.server = self.serve(data=self.data)
        self.assertTrue(self.server.ask("person", "get", self.person)["erased"])
        self.assertEqual(answers(), before)

    def test_an_import_does_not_bring_him_back(self):
        self.erase("--confirm")
        package = self.files / "roster-planted"
        again = self.server.ask("roster", "import", package, "--school-year", "2024-25", "--as-of",
                                "2025-02-28")
        self.assertEqual(int(again["erased"]), 1)
        self.assertEqual(int(again.get("added", 0)), 0)
        spells = self.server.ask("roster", "import", self.files / "program-spells.csv", "--format",
                                 "program-spells", "--as-of", "2025-02-28")
        self.assertEqual(int(spells["erased"]), 1)
        self.assertTrue(self.server.ask("person", "get", self.person)["erased"])
        self.assertEqual(planted.occurrences(self.data, PLANTED), [])

    def test_it_must_be_meant_have_a_purpose_and_happen_once(self):
        unmeant = self.erase(check=False)
        self.assertNotEqual(unmeant.returncode, 0)
        self.assertIn("confirm", unmeant.stderr)
        aimless = subprocess.run(
            [harness.BIN / "rollcall", "--address", self.server.address, "person", "erase",
             self.person, "--confirm"], capture_output=True, text=True,
            timeout=harness.PATIENCE_S)
        self.assertNotEqual(aimless.returncode, 0)
        self.assertIn("purpose", aimless.stderr)
        tried = self.erase("--confirm", "--dry-run")
        self.assertEqual(tried.returncode, 0)
        self.assertEqual(self.find()[0]["givenName"], PLANTED["given name"])
        self.assertEqual(self.server.cli("person", "erase", "people/999999", "--confirm",
                                         check=False).returncode, harness.NOT_FOUND)
        self.erase("--confirm")
        twice = self.erase("--confirm", check=False)
        self.assertEqual(twice.returncode, REFUSED)
        self.assertIn("erased already", twice.stderr)


if __name__ == "__main__":
    harness.main()
