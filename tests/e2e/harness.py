"""What the end-to-end tests share: the real programs, run as a user runs them.

ROLLCALL_BIN names the folder of the programs; ROLLCALL_BUF, if set, the program buf.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests/e2e/fixture"
DEMO = ROOT / "deploy/demo"
BIN = pathlib.Path(os.environ.get("ROLLCALL_BIN", ROOT / "build/release/bin"))

# Sanitizers and slow machines; nothing waits this long when all is well.
PATIENCE_S = 120

# Exit codes of the client, docs/cli.md.
REFUSED, NOT_FOUND, UNAVAILABLE, CONFLICT = 4, 3, 6, 7


def set_up(config, data, prepare=None):
    """Sets a register up as on a fresh machine, with a free port and a socket to listen on."""
    done = subprocess.run(
        [BIN / "rollcalld", "init", "--config-dir", config, "--data-dir", data, "--catalog-dir",
         ROOT / "deploy/catalog", "--listen", "127.0.0.1:0", "--listen",
         f"unix:{config}/rollcalld.sock"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=prepare,
        timeout=PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"rollcalld init: {done.stderr}")


# What `local` is given besides administrator, so that a test need not be several people.
ROLES = ["viewer", "procurement", "privacy-officer", "roster-system", "transfer-system",
         "case-approver", "auditor"]


class Server:
    """One run of rollcalld, with TLS on a free port of the loopback interface and on a socket."""

    def __init__(self, data, *flags, prepare=None, config=None):
        """`prepare` runs in the new process before the program: limits, for instance. `config` is
        the folder of the configuration, set up if there is none; beside the data unless named."""
        self.data = pathlib.Path(data)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.log = self.data.parent / f"{self.data.name}.log"
        self.config = config or self.data.parent / f"{self.data.name}.etc"
        if not self.config.exists():
            set_up(self.config, self.data, prepare)
        self.key = self.config / "register.key"
        self.address = f"unix:{self.config}/rollcalld.sock"
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "rollcalld", "--config", self.config / "rollcalld.toml", *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=prepare)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with self.log.open("rb") as log:
                log.seek(begin)
                lines = log.read().decode(errors="replace").splitlines(keepends=True)
            serving = [json.loads(line) for line in lines
                       if line.endswith("\n") and '"event":"serving"' in line]
            if len(serving) == (flags.count("--listen") or 2):
                self.listening(serving)
                self.give_roles()
                return
            if self.process.poll() is not None:
                raise AssertionError(f"rollcalld ended: {''.join(lines)}")
            time.sleep(0.01)
        self.kill()
        raise AssertionError("rollcalld does not serve")

    def listening(self, events):
        """Takes over where the server listens: the client uses the socket, if there is one."""
        self.port = max(event["port"] for event in events)
        if all(event["address"] != self.address for event in events):
            self.address = events[0]["address"]

    def give_roles(self):
        """Gives `local` what a new register does not: all roles. Done once for a register."""
        marker = self.config / "roles-given"
        if marker.exists():
            return
        for role in ROLES:
            self.cli("grant", "create", "--principal", "local", "--role", f"roles/{role}")
        marker.touch()

    def cli(self, *words, check=True, timeout=PATIENCE_S):
        """Runs the client; returns the finished process."""
        done = subprocess.run(
            [BIN / "rollcall", "--address", self.address, "--purpose", "a test", *map(str, words)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"rollcall {words}: {done.returncode}: {done.stderr}")
        return done

    def ask(self, *words):
        """Runs the client and returns its answer, read from JSON."""
        out = self.cli("--output", "json", *words).stdout
        return json.loads(out) if out.strip() else None

    def tell_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """Waits for the server's end and returns its exit status."""
        return self.process.wait(timeout=PATIENCE_S)

    def stop(self):
        """Tells the server to stop, and returns its exit status."""
        self.tell_to_stop()
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=PATIENCE_S)


def wait_until(done):
    """Asks now and then until the answer is yes."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError("it does not come to that")
        time.sleep(0.02)


class TestCase(unittest.TestCase):
    """A test with a folder of its own that stops the servers it starts."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def serve(self, *flags, data=None, prepare=None):
        server = Server(data or self.folder / "data", *flags, prepare=prepare)
        self.addCleanup(server.kill)
        return server


def zip_folder(folder, path, as_exporters_do=False):
    """Zips the .csv files of a folder; with a BOM and CRLF if asked for."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for file in sorted(pathlib.Path(folder).glob("*.csv")):
            data = file.read_bytes()
            if as_exporters_do:
                data = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
            package.writestr(file.name, data)
    return path


# The imports of the fixture, in order; README.md beside it says who is in which.
def load_fixture(server, folder):
    """Imports the fixture; returns the results by name, in order."""
    package = zip_folder(FIXTURE / "roster-2019", folder / "roster-2019.zip", True)
    plain = ("roster", "import")
    return {
        "history": server.ask(*plain, FIXTURE / "history.csv", "--format", "enrollment-history",
                              "--as-of", "2018-07-01"),
        "2019": server.ask(*plain, package, "--school-year", "2018-19", "--as-of", "2019-06-14"),
        "2025": server.ask(*plain, FIXTURE / "roster-2025", "--school-year", "2024-25", "--as-of",
                           "2025-01-31"),
        "2027": server.ask(*plain, FIXTURE / "roster-2027", "--school-year", "2026-27", "--as-of",
                           "2026-10-01"),
        "programs": server.ask(*plain, FIXTURE / "programs.csv", "--format", "program-spells",
                               "--as-of", "2026-10-01"),
        "addresses": server.ask(*plain, FIXTURE / "addresses.csv", "--format", "addresses",
                                "--as-of", "2026-10-01"),
        "languages": server.ask(*plain, FIXTURE / "languages.csv", "--format", "home-languages",
                                "--as-of", "2026-10-01"),
    }


def flags(name, values):
    return [word for value in values for word in (name, value)]


CLEO_ELEMENTS = ["student.name", "student.birth_date", "student.gender", "student.local_id",
                 "student.medicaid_id", "student.medicaid_eligibility_dates"]
BATTELLE_STUDENT = ["student.name", "student.birth_date", "student.gender", "student.grade",
                    "student.school", "student.local_id", "student.state_id",
                    "student.course_information", "student.performance_task_scores"]
BATTELLE_STAFF = ["staff.name", "staff.school", "staff.employee_id", "staff.email",
                  "staff.username", "staff.course_information"]
BATTELLE_YEARS = ["2015-16", "2016-17", "2017-18", "2018-19"]
NOBLE_ELEMENTS = ["student.name", "student.address", "student.grade", "student.school"]


def report_cleo(server):
    server.cli("apply", "-f", DEMO / "cleo.yaml")
    server.cli("incident", "create", "cleo", "--vendor", "cleo", "--title", "Attack", "--cause",
               "attack", "--window-start-date", "2024-12-03", "--window-end-date", "2024-12-13",
               "--window-estimated", "--district-received-date", "2025-02-08")
    server.cli("statement", "create", "cleo", "--statement-date", "2025-02-08",
               *flags("--elements", CLEO_ELEMENTS))


def report_battelle(server):
    server.cli("apply", "-f", DEMO / "battelle-for-kids.yaml")
    server.cli("incident", "create", "battelle", "--vendor", "battelle-for-kids", "--title",
               "Ransomware", "--cause", "ransomware", "--window-start-date", "2021-12-01",
               "--window-end-date", "2021-12-01", "--vendor-learned-date", "2021-12-01",
               "--district-received-date", "2022-04-26")


def report_noble(server, listed):
    server.cli("apply", "-f", DEMO / "noble.yaml")
    server.cli("incident", "create", "noble", "--vendor", "noble", "--title", "A list given away",
               "--cause", "insider", "--window-start-date", "2016-09-01", "--window-end-date",
               "2016-09-30", "--window-estimated", "--district-determined-date", "2016-11-16")
    return server.ask("statement", "import", "noble", "--list", listed, "--id-column",
                      "student_id", "--list-use", "limits", "--list-subject", "student",
                      *flags("--elements", NOBLE_ELEMENTS))


def approve(server, case):
    """Approves a case as somebody else than whoever opened it, since the rule asks for two."""
    token = server.config / "approver.token"
    if not token.exists():
        server.cli("grant", "create", "--principal", "user:approver", "--role",
                   "roles/case-approver")
        server.cli("token", "create", "approver", "--principal", "user:approver", "--token-out",
                   token)
    refused = server.cli("case", "approve", case, check=False)
    if refused.returncode != REFUSED:
        raise AssertionError(f"one person could open and approve {case}: {refused}")
    server.cli("--token-file", token, "case", "approve", case)


def element_counts(summary):
    """{element: (people, populated, confirmed)}"""
    return {row["dataElement"].removeprefix("dataElements/"):
            (int(row["people"]), int(row["populated"]), int(row["confirmed"]))
            for row in summary["byElement"]}


def counts(rows):
    """{key: people} of a list of counts."""
    return {row["key"]: int(row["people"]) for row in rows}


def tiers(summary):
    """{(elements): people}"""
    return {tuple(name.removeprefix("dataElements/") for name in tier["dataElements"]):
            int(tier["people"]) for tier in summary["tiers"]}


def notices(case):
    """{(channel, status): notices}"""
    return {(row["channel"].removeprefix("NOTICE_CHANNEL_"),
             row["status"].removeprefix("NOTICE_STATUS_")): int(row["notices"])
            for row in case["notices"]}


def heads(summary):
    return {key: int(summary[key]) for key in ("people", "currentStudents", "formerStudents",
                                               "currentStaff", "formerStaff")}


def day(value):
    return f"{value['year']:04}-{value['month']:02}-{value['day']:02}" if value else None


def main():
    """Runs the tests of the calling file. If all were skipped the exit status is 77."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == 0 or len(result.skipped) == result.testsRun:
        sys.exit(77)
