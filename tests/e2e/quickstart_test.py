"""The replays of deploy/quickstart, without its installing and building."""

import os
import re
import signal
import subprocess
import sys
import time

import harness
from harness import BIN, ROOT


class Quickstart(harness.TestCase):
    def run_it(self, *flags):
        return subprocess.run(
            [sys.executable, "-B", ROOT / "deploy/demo/replay.py", "--programs", BIN, *flags],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=harness.PATIENCE_S, env={**os.environ, "TMPDIR": str(self.folder)})

    def check_replays(self, text):
        cleo, battelle, noble = re.split(r"^== (?:Cleo|Battelle|Noble|What the).*$", text,
                                         flags=re.MULTILINE)[1:4]
        self.assertIn("Due       2025-03-10, counted from 2025-02-08", cleo)
        self.assertRegex(cleo, r"Told      2025-03-07, all [\d,]+ students' families: in time")
        self.assertRegex(cleo, r"student\.medicaid_id")
        self.assertNotIn("staff", cleo)
        self.assertIn("Vendor    146 days from", battelle)
        self.assertIn("Due       2022-05-26, counted from 2022-04-26", battelle)
        self.assertRegex(battelle, r"Told      2022-05-20, all [\d,]+ students' families: in time")
        self.assertRegex(battelle, r"[\d,]+ staff, ")
        self.assertIn("105 ILCS 85/27(d): not applicable", noble)
        self.assertIn("3 entries of the list match nobody", noble)
        for line in (r"2024-11-04: .* 2 ids that match nobody", r"people more, 0 fewer",
                     r"Begun after the certificate: [\d,]+ people exposed; of [\d,]+ more",
                     r"Through larkspur > cirrus: ", r"cleo +6 fields, 3 of them confirmed",
                     r"proven without showing anybody else: 6 fields", r"No: 0 of [\d,]+ ids"):
            self.assertRegex(text, line)

    def test_once(self):
        done = self.run_it("--students", "60")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_replays(done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_again_on_the_same_data_and_left_running(self):
        data = self.folder / "data"
        first = self.run_it("--students", "60", "--data", data)
        self.assertEqual(first.returncode, 0, first.stderr)
        second = self.run_it("--data", data, "--keep")
        process = int(re.search(r"kill (\d+)", second.stdout).group(1))
        try:
            self.assertEqual(second.returncode, 0, second.stderr)
            self.check_replays(second.stdout)
            config = re.search(r"ROLLCALL_CLIENT_CONFIG=(\S+)", second.stdout).group(1)
            listed = subprocess.run([BIN / "rollcall", "case", "list", "--output", "json"],
                                    env={**os.environ, "ROLLCALL_CLIENT_CONFIG": config},
                                    capture_output=True, text=True, check=True)
            self.assertIn("cases/cleo-2024", listed.stdout)
        finally:
            os.kill(process, signal.SIGTERM)
            deadline = time.monotonic() + harness.PATIENCE_S
            while '"event":"stopped"' not in (data / "rollcalld.log").read_text():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)

    def test_one_line_when_something_is_wrong(self):
        for flags in (["--students", "3"], ["--data", "/proc/nowhere"]):
            done = self.run_it(*flags)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


if __name__ == "__main__":
    harness.main()
