"""What was acknowledged is kept, what was not is whole or absent: kill -9, stops, full disks."""

import errno
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest
import uuid

import harness
from harness import BIN, PATIENCE_S

STUDENTS = 1500


def setUpModule():
    global DISTRICT
    DISTRICT = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-e2e-district-"))
    unittest.addModuleCleanup(shutil.rmtree, DISTRICT, ignore_errors=True)
    subprocess.run([BIN / "rollcall-district", "--students", str(STUDENTS), "--from-year", "2025",
                    "--to-year", "2027", "--out", DISTRICT], check=True, stdout=subprocess.DEVNULL)


# The packages of the district with the days that they show.
PACKAGES = {2025: "2025-06-20", 2026: "2026-06-19", 2027: "2026-10-15"}


def import_words(year):
    return ["roster", "import", str(DISTRICT / f"roster-{year}.zip"), "--school-year", str(year),
            "--as-of", PACKAGES[year]]


def numbers(server):
    """The roster in numbers, without the revision."""
    summary = server.ask("roster", "summary")
    summary.pop("revision")
    return summary


class ImportInTheBackground:
    """A client that imports; told apart by what it says while it runs."""

    def __init__(self, server, year, *flags):
        self.process = subprocess.Popen(
            [BIN / "rollcall", "--address", server.address, *import_words(year), *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for(self, phase):
        """Returns once the import says that it is in `phase`; False if it ended before."""
        for line in self.process.stderr:
            if line.startswith(phase):
                return True
        return False

    def finish(self):
        """Returns the exit status and what was said on standard error since."""
        _, error = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, error


class Kill(harness.TestCase):
    def check_database(self):
        database = sqlite3.connect(self.folder / "data/register.db")
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        finally:
            database.close()

    def test_an_import_is_whole_or_absent(self):
        server = self.serve()
        server.cli(*import_words(2025))
        before = numbers(server)
        # What the next import must lead to, from a server that nobody kills.
        other = self.serve(data=self.folder / "other")
        other.cli(*import_words(2025))
        other.cli(*import_words(2026))
        after = numbers(other)
        other.stop()
        self.assertNotEqual(before, after)

        done = False
        for phase in ("receiving", "loading", "reading orgs.csv", "reading users.csv",
                      "reading enrollments.csv", "reading demographics.csv", "committing",
                      "committing", "committing"):
            with self.subTest(phase=phase):
                running = ImportInTheBackground(server, 2026)
                self.assertTrue(running.wait_for(phase), phase)
                server.kill()
                status, _ = running.finish()
                server = self.serve()
                self.check_database()
                now = numbers(server)
                if status == 0 or done:
                    self.assertEqual(now, after)
                else:
                    self.assertIn(now, (before, after))
                done = now == after
        # Nothing is left that stands in the way of the next one.
        server.cli(*import_words(2026))
        self.assertEqual(numbers(server), after)
        server.cli(*import_words(2027))
        self.assertEqual(int(numbers(server)["currentStudents"]), STUDENTS)
        left = [path.name for path in (self.folder / "data").iterdir()
                if not path.name.startswith(("register.db", "rollcalld.lock"))]
        for name in left:
            self.assertEqual(list((self.folder / "data" / name).rglob("*")), [], name)

    def test_every_acknowledged_write_is_kept(self):
        acknowledged = {}
        pending = {}
        for round_ in range(5):
            server = self.serve()
            for vendor, name in acknowledged.items():
                self.assertEqual(server.ask("vendor", "get", vendor)["legalName"], name)
            # A change that broke off can be repeated: it happened once or not at all.
            for request, (vendor, name) in pending.items():
                made = server.ask("vendor", "create", vendor, "--legal-name", name, "--kind",
                                  "operator", "--request-id", request)
                self.assertEqual(made["legalName"], name)
                acknowledged[vendor] = name
            pending.clear()

            enough = threading.Event()
            lock = threading.Lock()
            fresh = []

            def write(writer):
                for number in range(1000):
                    vendor = f"v-{round_}-{writer}-{number}"
                    name = f"Vendor {uuid.uuid4()}"
                    request = str(uuid.uuid4())
                    with lock:
                        pending[request] = (vendor, name)
                    done = server.cli("vendor", "create", vendor, "--legal-name", name, "--kind",
                                      "operator", "--request-id", request, check=False)
                    if done.returncode != 0:
                        return
                    with lock:
                        del pending[request]
                        acknowledged[vendor] = name
                        fresh.append(vendor)
                        if len(fresh) >= 12 + round_:
                            enough.set()

            writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
            for thread in writers:
                thread.start()
            self.assertTrue(enough.wait(PATIENCE_S))
            server.kill()
            for thread in writers:
                thread.join(PATIENCE_S)
            self.assertTrue(pending)
        self.check_database()
        server = self.serve()
        listed = {vendor["name"].removeprefix("vendors/"): vendor["legalName"]
                  for vendor in server.ask("vendor", "list")}
        for vendor, name in acknowledged.items():
            self.assertEqual(listed.pop(vendor), name)
        # Whatever else is there was asked for.
        asked = dict(pending.values())
        for vendor, name in listed.items():
            self.assertEqual(asked.get(vendor), name)


class Restart(harness.TestCase):
    def test_a_restart_keeps_everything(self):
        server = self.serve()
        harness.load_fixture(server, self.folder)
        harness.report_cleo(server)
        server.cli("case", "open", "cleo", "--case-id", "cleo")
        harness.approve(server, "cleo")
        server.cli("case", "record-sent", "cleo", "--sent-date", "2025-03-07", "--channel",
                   "email")
        for name in ("depot", "route"):
            server.cli("apply", "-f", harness.FIXTURE / f"sent/{name}.yaml")
        server.cli("transfer", "record", "route", "--file-list",
                   harness.FIXTURE / "sent/rides-2019.csv", "--element", "student.name",
                   "--send-time", "2018-09-03T12:00:00Z")
        server.cli("disposition", "create", "route/gone", "--nature", "destroyed",
                   "--disposition-date", "2019-07-31", "--ids", "1003", "--ids", "9998")
        questions = [("roster", "summary"), ("roster", "imports"), ("vendor", "list"),
                     ("contract", "list"), ("clause", "list"), ("share", "list"),
                     ("incident", "list"), ("statement", "list", "cleo"), ("case", "list"),
                     ("exposure", "summary", "cleo"), ("exposure", "list", "cleo"),
                     ("notice", "list", "cleo"), ("person", "list"), ("element", "list"),
                     ("subprocessor", "list"), ("vendor", "upstream", "depot"),
                     ("transfer", "list"), ("disposition", "list"),
                     ("disposition", "unmatched", "route/gone"), ("exposure", "vendors"),
                     ("exposure", "summary", "--what-if", "route", "--window-start-date",
                      "2024-12-03")]
        before = [server.ask(*question) for question in questions]
        self.assertEqual(server.stop(), 0)
        server = self.serve()
        for question, answer in zip(questions, before):
            self.assertEqual(server.ask(*question), answer, question)

    def test_a_second_server_on_the_same_data_is_refused_with_one_line(self):
        server = self.serve()
        second = subprocess.run(
            [BIN / "rollcalld", "--config", server.config / "rollcalld.toml", "--listen",
             f"unix:{self.folder}/second"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(second.returncode, 1)
        lines = second.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, second.stderr)
        self.assertTrue(lines[0].startswith("rollcalld: "), lines)
        self.assertEqual(server.cli("server", "health").stdout.strip(), "SERVING")
        # Whose server ended holds nothing back.
        server.kill()
        self.serve()

    def test_a_stop_lets_a_running_import_finish(self):
        server = self.serve()
        running = ImportInTheBackground(server, 2026)
        self.assertTrue(running.wait_for("reading users.csv"))
        server.tell_to_stop()
        status, error = running.finish()
        self.assertEqual(status, 0, error)
        self.assertEqual(server.wait(), 0)
        self.assertEqual(server.cli("vendor", "list", check=False).returncode,
                         harness.UNAVAILABLE)
        server = self.serve()
        self.assertGreater(int(numbers(server)["currentStudents"]), STUDENTS * 0.9)

    def test_a_second_signal_ends_a_stop_at_once_and_loses_nothing(self):
        server = self.serve()
        server.cli("vendor", "create", "kept", "--legal-name", "Kept", "--kind", "operator")
        running = ImportInTheBackground(server, 2026)
        self.assertTrue(running.wait_for("reading orgs.csv"))
        server.tell_to_stop()
        server.tell_to_stop()
        status, _ = running.finish()
        self.assertIn(server.wait(), (0, -signal.SIGTERM, 128 + signal.SIGTERM))
        server = self.serve()
        self.assertEqual(server.ask("vendor", "get", "kept")["legalName"], "Kept")
        students = int(numbers(server)["currentStudents"])
        if status == 0:
            self.assertGreater(students, 0)

    def test_a_stop_without_grace_ends_the_import_and_nothing_is_imported(self):
        server = self.serve("--shutdown-grace-seconds", "0")
        empty = numbers(server)
        running = ImportInTheBackground(server, 2026)
        self.assertTrue(running.wait_for("reading orgs.csv"))
        server.tell_to_stop()
        status, _ = running.finish()
        self.assertEqual(server.wait(), 0)
        server = self.serve()
        if status == 0:
            self.skipTest("the import was faster than the stop")
        self.assertEqual(status, harness.UNAVAILABLE)
        self.assertEqual(numbers(server), empty)


class FullDisk(harness.TestCase):
    """On a file system of its own, small enough to fill."""

    SIZE = 64 << 20

    def serve_on_small_disk(self):
        """Serves from a small tmpfs that only the server's process sees."""
        mount = self.folder / "small"
        mount.mkdir()
        command = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        script = f'mount -t tmpfs -o size={self.SIZE} tmpfs "$0" && exec "$@"'
        probe = subprocess.run([*command, "sh", "-c", script, mount, "true"],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if probe.returncode != 0:
            self.skipTest(f"cannot mount a small file system here: {probe.stderr.strip()}")
        wrapper = self.folder / "bin"
        wrapper.mkdir()
        # harness.Server starts BIN/rollcalld; here a script of that name does, in its own mounts.
        (wrapper / "rollcalld").write_text(
            "#!/bin/sh\n"
            f"exec {' '.join(command)} sh -c '{script}' {mount} {BIN}/rollcalld \"$@\"\n")
        (wrapper / "rollcalld").chmod(0o755)
        (wrapper / "rollcall").symlink_to(BIN / "rollcall")
        whole, harness.BIN = harness.BIN, wrapper
        self.addCleanup(setattr, harness, "BIN", whole)
        server = harness.Server(mount / "data", config=self.folder / "etc")
        self.addCleanup(server.kill)
        self.disk = pathlib.Path(f"/proc/{server.process.pid}/root{mount}")
        return server

    def fill(self, leave):
        """Fills the disk but for `leave` bytes, whatever the server writes at the same time."""
        filler = self.disk / "filler"
        size = 0
        with filler.open("wb") as file:
            while True:
                room = os.statvfs(self.disk)
                more = room.f_bavail * room.f_frsize - leave
                if more <= 0:
                    return filler
                try:
                    os.posix_fallocate(file.fileno(), size, more)
                    size += more
                except OSError as error:
                    # The server was faster; look again how much there is.
                    if error.errno != errno.ENOSPC:
                        raise

    def test_nothing_is_half_imported_and_the_server_goes_on(self):
        server = self.serve_on_small_disk()
        server.cli(*import_words(2025))
        before = numbers(server)
        # From no room for the package to no room for the end of the transaction.
        for leave in (0, 64 << 10, 512 << 10, 1 << 20, 2 << 20):
            with self.subTest(leave=leave):
                filler = self.fill(leave)
                done = server.cli(*import_words(2026), check=False)
                if done.returncode == 0:
                    self.assertGreater(leave, 512 << 10)
                    break
                self.assertIn(done.returncode, (harness.REFUSED, harness.UNAVAILABLE), done.stderr)
                self.assertIn("disk", done.stderr.lower())
                self.assertEqual(numbers(server), before)
                filler.unlink()
        (self.disk / "filler").unlink(missing_ok=True)
        server.cli(*import_words(2026))
        self.assertNotEqual(numbers(server), before)

    def test_a_write_without_room_is_refused_and_possible_afterwards(self):
        server = self.serve_on_small_disk()
        filler = self.fill(0)
        refused = False
        for number in range(200):
            done = server.cli("vendor", "create", f"v-{number}", "--legal-name", "x" * 500,
                              "--kind", "operator", check=False)
            if done.returncode != 0:
                refused = True
                self.assertEqual(server.cli("vendor", "get", f"v-{number}",
                                            check=False).returncode, harness.NOT_FOUND)
                break
        self.assertTrue(refused)
        self.assertEqual(len(server.ask("vendor", "list")), number)
        filler.unlink()
        server.cli("vendor", "create", "later", "--legal-name", "Later", "--kind", "operator")
        self.assertEqual(len(server.ask("vendor", "list")), number + 1)
        self.assertEqual(server.cli("server", "health").stdout.strip(), "SERVING")


if __name__ == "__main__":
    harness.main()
