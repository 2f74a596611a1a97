"""Bad input from outside: refused with what, where and why; nothing is half-imported."""

import subprocess
import zipfile

import harness
from harness import BIN, FIXTURE, REFUSED

WORDS = ("--school-year", "2026-27", "--as-of", "2026-10-01")


class BadInput(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--max-unpacked-bytes", str(8 << 20))
        self.package = {path.name: path.read_bytes()
                        for path in (FIXTURE / "roster-2027").iterdir()}

    def zip(self, files, name="package.zip"):
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for entry, data in files.items():
                package.writestr(entry, data)
        return path

    def refused(self, path, *needles):
        done = self.server.cli("roster", "import", path, *WORDS, check=False)
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        for needle in needles:
            self.assertIn(needle, done.stderr)
        roster = self.server.ask("roster", "summary")
        self.assertEqual([int(roster[key]) for key in ("currentStudents", "guardians", "schools",
                                                       "enrollments")], [0, 0, 0, 0])
        self.assertEqual(self.server.cli("server", "health").stdout.strip(), "SERVING")

    def changed(self, name, old, new):
        self.assertIn(old, self.package[name])
        return self.zip({**self.package, name: self.package[name].replace(old, new, 1)})

    def test_the_package_itself_is_good(self):
        self.server.cli("roster", "import", self.zip(self.package), *WORDS)
        self.assertEqual(int(self.server.ask("roster", "summary")["currentStudents"]), 4)

    def test_a_truncated_zip(self):
        path = self.zip(self.package)
        path.write_bytes(path.read_bytes()[:-200])
        self.refused(path, "zip")

    def test_a_file_that_is_no_zip(self):
        path = self.folder / "package.zip"
        path.write_bytes(b"PK\x03\x04" + bytes(5000))
        self.refused(path, "zip")

    def test_a_zip_bomb(self):
        path = self.zip({**self.package, "users.csv": self.package["users.csv"]
                         + b"x" * (9 << 20)})
        self.assertLess(path.stat().st_size, 100_000)
        done = self.server.cli("roster", "import", path, *WORDS, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(int(self.server.ask("roster", "summary")["currentStudents"]), 0)
        self.assertEqual(self.server.cli("server", "health").stdout.strip(), "SERVING")

    def test_names_that_leave_the_package(self):
        self.refused(self.zip({**self.package, "../../users.csv": b"sourcedId\n"}), "..")
        self.refused(self.zip({**self.package, "/etc/passwd": b"x"}))

    def test_a_malformed_date(self):
        self.refused(self.changed("enrollments.csv", b"2026-08-31", b"2026-02-30"),
                     "enrollments.csv", "row 2", "beginDate")

    def test_an_end_before_its_begin(self):
        self.refused(self.changed("enrollments.csv", b"2027-06-19", b"2025-06-19"),
                     "enrollments.csv", "row 2", "endDate")

    def test_an_id_twice(self):
        self.refused(self.changed("users.csv", b"s05,,,", b"s04,,,"), "users.csv", "row 3",
                     "sourcedId")

    def test_an_unknown_person(self):
        self.refused(self.changed("enrollments.csv", b"s05", b"s99"), "enrollments.csv", "row 3",
                     "userSourcedId")

    def test_invalid_utf8(self):
        self.refused(self.changed("users.csv", b"Dee", b"D\xff\xfe"), "users.csv", "row 2")

    def test_a_nul_byte(self):
        self.refused(self.changed("users.csv", b"Dee", b"D\x00e"), "users.csv", "row 2")

    def test_an_unknown_format_of_words(self):
        self.refused(self.changed("roles.csv", b"student", b"wizard"), "roles.csv", "row 2",
                     "role")

    def test_a_student_whom_nobody_knows_in_a_plain_file(self):
        path = self.folder / "programs.csv"
        path.write_text("student_id,program,begin_date,end_date,identifier\n"
                        "424242,medicaid,2020-01-01,,\n")
        done = self.server.cli("roster", "import", path, "--format", "program-spells",
                               check=False)
        self.assertEqual(done.returncode, REFUSED, done.stdout + done.stderr)
        for needle in ("programs.csv", "row 2", "student_id"):
            self.assertIn(needle, done.stderr)

    def test_windows_dates_and_ids_of_the_register(self):
        self.server.cli("vendor", "create", "v", "--legal-name", "V", "--kind", "operator")
        for words, needle in (
                (("incident", "create", "i", "--vendor", "v", "--title", "T",
                  "--window-start-date", "2024-02-02", "--window-end-date", "2024-02-01"),
                 "window_end_date"),
                (("incident", "create", "i", "--vendor", "nobody", "--title", "T"), "nobody"),
                (("vendor", "create", "Not An Id", "--legal-name", "V", "--kind", "operator"), ""),
                (("share", "create", "v/s", "--elements", "student.nonsense",
                  "--population.subject", "student", "--start-date", "2020-01-01"),
                 "student.nonsense")):
            done = self.server.cli(*words, check=False)
            self.assertIn(done.returncode, (2, REFUSED), f"{words}: {done.stderr}")
            self.assertIn(needle, done.stderr)
        self.assertEqual(self.server.cli("vendor", "get", "nobody", check=False).returncode,
                         harness.NOT_FOUND)
        self.assertEqual(self.server.cli("vendor", "create", "v", "--legal-name", "V", "--kind",
                                         "operator", check=False).returncode, harness.CONFLICT)

    def test_transfers_and_certificates(self):
        self.server.cli("vendor", "create", "v", "--legal-name", "V", "--kind", "operator")
        ids = self.folder / "ids.csv"
        ids.write_text("student_id\n1004\n")
        sent = ("transfer", "record", "v", "--file-list", ids, "--send-time",
                "2025-01-15T06:00:00Z")
        name = ("--element", "student.name")
        gone = ("disposition", "create", "v/d", "--nature", "destroyed")
        for words, needle in (
                ((*sent, *name, *name), "elements"),
                ((*sent, "--element", "student.name=2"), "populated"),
                ((*sent, "--element", "student.name=-1"), "student.name=-1"),
                ((*sent, "--element", "student.nonsense"), "student.nonsense"),
                ((*sent, *name, "--share", "none"), "none"),
                ((*sent, *name, "--via", "nobody"), "nobody"),
                ((*sent, *name, "--file-sha256", "abc"), "file_sha256"),
                (sent, "elements"),
                ((*sent[:4], ids, *name), "send_time"),
                ((*gone, "--disposition-date", "9999-01-01"), "disposition_date"),
                (gone, "disposition_date"),
                ((*gone, "--disposition-date", "2024-01-01", "--shares", "none"), "none"),
                (("subprocessor", "create", "v/s", "--processor", "v"), "processor"),
                (("subprocessor", "create", "v/s", "--processor", "nobody"), "nobody"),
                (("exposure", "summary", "--what-if", "v", "--window-start-date", "2024-02-02",
                  "--window-end-date", "2024-02-01"), "window_end_date")):
            done = self.server.cli(*words, check=False)
            self.assertIn(done.returncode, (2, REFUSED), f"{words}: {done.stderr}")
            self.assertIn(needle, done.stderr, words)
        for text, needle in (("student_id\n1004\n\"\"\n", "line 3"),
                             ("student_id\n1004\n" + "1" * 300 + "\n", ""),
                             ("student_id\n10\x0004\n", "")):
            ids.write_text(text)
            done = self.server.cli(*sent, *name, check=False)
            self.assertIn(done.returncode, (2, REFUSED), f"{text!r}: {done.stderr}")
            self.assertIn(needle, done.stderr)
            self.assertNotIn("10\x0004", done.stderr)
        self.assertEqual(self.server.ask("transfer", "list"), [])
        self.assertEqual(self.server.ask("disposition", "list"), [])
        self.assertEqual(self.server.cli("exposure", "summary", "vendors/nobody",
                                         check=False).returncode, harness.NOT_FOUND)

    def test_a_share_that_begins_after_its_contract_ended(self):
        path = self.folder / "v.yaml"
        text = ("vendor: {{id: v, legal_name: V, kind: operator}}\n"
                "contracts: [{{id: c, form: custom, signed_date: 2019-01-01, "
                "expiry_date: 2020-01-01}}]\n"
                "shares: [{{id: s, contract: c, elements: [student.name], "
                "population: {{subject: student}}, start_date: {}}}]\n")
        path.write_text(text.format("2020-01-02"))
        done = self.server.cli("apply", "-f", path, check=False)
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        # All or nothing.
        self.assertEqual(self.server.ask("vendor", "list"), [])
        path.write_text(text.format("2020-01-01"))
        self.server.cli("apply", "-f", path)

    def test_a_string_of_ten_megabytes(self):
        path = self.folder / "v.yaml"
        path.write_text("vendor: {id: v, legal_name: " + "x" * (10 << 20) + ", kind: operator}\n")
        done = self.server.cli("apply", "-f", path, check=False)
        self.assertNotIn(done.returncode, (0, 1), done.stderr)
        self.assertLess(len(done.stderr), 10_000)
        self.assertEqual(self.server.ask("vendor", "list"), [])

    def test_addresses_that_are_none_are_refused(self):
        for address in ("register.example:0", "127.1:0", "[::ffff:10.0.0.1]:0", "tcp://0.0.0.0:0"):
            done = subprocess.run(
                [BIN / "rollcalld", "--config", self.server.config / "rollcalld.toml", "--listen",
                 address, "--data-dir", self.folder / "other"],
                capture_output=True, text=True, timeout=harness.PATIENCE_S)
            self.assertEqual(done.returncode, 1, address)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_no_address_is_listened_on_without_tls(self):
        for address in ("127.0.0.1:0", "0.0.0.0:0", "[::]:0"):
            done = subprocess.run(
                [BIN / "rollcalld", "--config", self.server.config / "rollcalld.toml", "--listen",
                 address, "--data-dir", self.folder / "other", "--tls-certificate-file",
                 self.folder / "none"],
                capture_output=True, text=True, timeout=harness.PATIENCE_S)
            self.assertEqual(done.returncode, 1, address)
            self.assertIn("none", done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


if __name__ == "__main__":
    harness.main()
