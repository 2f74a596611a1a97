#!/usr/bin/env python3
"""Times roster imports beside `sqlite3 .import` of the same files, and measures their memory.

Each round starts a server on an empty data directory and times, one after the other: the first
import of a OneRoster package, the same package once more, the package with one user in a hundred
changed, and the loading of all its files, unzipped, into plain tables by the sqlite3 shell. The
import reads, checks, compares and keeps the people; the shell only copies cells. Medians of the
rounds are shown with the shell's time as 1.

The peak memory of a server (VmHWM) after its first import is shown for the district, for the same
people with fewer enrollments, and for a district of a fifth of the size: it follows the people and
not the bytes.

Needs the programs (--bin), sqlite3 and some 2 GB of temporary space. Linux only.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
YEAR = 2027
PACKAGE = f"roster-{YEAR}.zip"
CHANGED = f"roster-{YEAR}-changed.zip"
START_S = 60
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """rollcalld on an empty data directory and a free port of the loopback interface."""

    def __init__(self, bin_dir, folder):
        folder.mkdir(parents=True)
        self.log = folder / "log"
        self.database = folder / "data/register.db"
        self.address = f"unix:{folder}/config/rollcalld.sock"
        subprocess.run(
            [bin_dir / "rollcalld", "init", "--config-dir", folder / "config", "--data-dir",
             folder / "data", "--catalog-dir", ROOT / "deploy/catalog", "--listen", self.address],
            check=True, stdout=subprocess.DEVNULL)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [bin_dir / "rollcalld", "--config", folder / "config/rollcalld.toml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.cli = bin_dir / "rollcall"
        self._wait()
        subprocess.run([self.cli, "--address", self.address, "grant", "create", "--principal",
                        "local", "--role", "roles/roster-system"], check=True,
                       stdout=subprocess.DEVNULL)

    def _wait(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines(keepends=True):
                if line.endswith("\n") and '"event":"serving"' in line:
                    return
            time.sleep(0.02)
        self.stop()
        sys.exit(f"rollcalld does not serve: {self.log.read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def cpu_s(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def peak_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmHWM")

    def import_roster(self, package, day):
        """Wall and CPU seconds of the server, the upload included."""
        cpu = self.cpu_s()
        begin = time.monotonic()
        done = subprocess.run(
            [self.cli, "--address", self.address, "--timeout", "2h", "roster", "import", package,
             "--as-of", day, "--school-year", str(YEAR)],
            capture_output=True, text=True, check=False)
        wall = time.monotonic() - begin
        if done.returncode != 0:
            self.stop()
            sys.exit(f"the import failed: {done.stderr}")
        return wall, self.cpu_s() - cpu


def make_district(bin_dir, out, students, classes):
    subprocess.run(
        [bin_dir / "rollcall-district", "--out", out, "--students", str(students), "--from-year",
         str(YEAR), "--to-year", str(YEAR), "--classes-per-student", str(classes),
         "--change-percent", "1"],
        check=True, stdout=subprocess.DEVNULL)


def unzip(package, folder):
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return sorted(folder.glob("*.csv"))


def unzipped_mb(package):
    with zipfile.ZipFile(package) as archive:
        return sum(entry.file_size for entry in archive.infolist()) / 1e6


def shell_import(files, database):
    """Wall and CPU seconds of `sqlite3 .import` of all files, one table each."""
    words = ["sqlite3", str(database)]
    for file in files:
        words += ["-cmd", f".import --csv {file} {file.stem}"]
    before = os.times()
    begin = time.monotonic()
    subprocess.run(words + ["SELECT 1"], check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - begin
    after = os.times()
    cpu = (after.children_user - before.children_user +
           after.children_system - before.children_system)
    return wall, cpu


def run_rounds(options, district, files, work):
    runs = {"first import": [], "same package again": [], "1 % of the users changed": [],
            "sqlite3 .import": []}
    peaks = []
    for number in range(options.rounds):
        folder = work / f"round-{number}"
        server = Server(options.bin, folder)
        runs["first import"].append(server.import_roster(district / PACKAGE, f"{YEAR-1}-10-15"))
        peaks.append(server.peak_mb())
        runs["same package again"].append(
            server.import_roster(district / PACKAGE, f"{YEAR-1}-10-16"))
        runs["1 % of the users changed"].append(
            server.import_roster(district / CHANGED, f"{YEAR-1}-10-17"))
        server.stop()
        runs["sqlite3 .import"].append(shell_import(files, folder / "shell.db"))
        shutil.rmtree(folder)
    return runs, max(peaks)


def peak_of(options, students, classes, work):
    district = work / "district"
    make_district(options.bin, district, students, classes)
    server = Server(options.bin, work / "server")
    server.import_roster(district / PACKAGE, f"{YEAR-1}-10-15")
    peak = server.peak_mb()
    server.stop()
    size = unzipped_mb(district / PACKAGE)
    shutil.rmtree(work)
    return size, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin",
                        help="folder of the programs")
    parser.add_argument("--students", type=int, default=325_000)
    parser.add_argument("--classes", type=int, default=6, help="classes of each student")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-memory", action="store_true", help="leave the other districts out")
    parser.add_argument("--tmp", type=pathlib.Path, help="where to work; default as tempfile")
    options = parser.parse_args()
    if shutil.which("sqlite3") is None:
        sys.exit("sqlite3 is missing: apt-get install sqlite3")
    if not (options.bin / "rollcalld").exists():
        sys.exit(f"{options.bin} has no rollcalld; build it first or name the folder with --bin")

    with tempfile.TemporaryDirectory(dir=options.tmp) as name:
        work = pathlib.Path(name)
        district = work / "district"
        make_district(options.bin, district, options.students, options.classes)
        files = unzip(district / PACKAGE, work / "files")
        runs, peak = run_rounds(options, district, files, work)
        shell = statistics.median(wall for wall, _ in runs["sqlite3 .import"])
        first = statistics.median(wall for wall, _ in runs["first import"])
        size = unzipped_mb(district / PACKAGE)
        print(f"{options.students:,} students, {size:.0f} MB unzipped, medians of "
              f"{options.rounds} rounds, {os.cpu_count()} cores\n")
        print("| | wall s | CPU s | of `.import` | of the first import |")
        print("|---|---:|---:|---:|---:|")
        for what, times in runs.items():
            wall = statistics.median(time for time, _ in times)
            cpu = statistics.median(time for _, time in times)
            print(f"| {what} | {wall:.2f} | {cpu:.2f} | {wall / shell:.2f} | {wall / first:.2f} |")
        if options.no_memory:
            return
        print("\n| students | MB unzipped | peak memory, MB |\n|---:|---:|---:|")
        print(f"| {options.students:,} | {size:.0f} | {peak:.0f} |")
        for students, classes in ((options.students, 1), (options.students // 5, options.classes)):
            other, other_peak = peak_of(options, students, classes, work / "other")
            print(f"| {students:,} | {other:.0f} | {other_peak:.0f} |")


if __name__ == "__main__":
    main()
