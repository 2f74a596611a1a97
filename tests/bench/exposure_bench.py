#!/usr/bin/python3
"""Measures exposures beside PostgreSQL and SQLite on the same made-up district.

One run makes a district for each size, loads it into a Rollcall register, PostgreSQL 15 and SQLite,
asks all three the same questions, stops if any answer differs, and only then counts milliseconds.
PostgreSQL and SQLite get several shapes of each question; the fastest stands for them. The calls of
the API go over TLS from a client in another process, as a district's systems would make them.

Needs: deploy/setup bench, and the programs of the release build. Linux only; PostgreSQL runs in a
temporary cluster on a Unix socket, as the user postgres if this runs as root.

  tests/bench/exposure_bench.py                         everything; some hours at 4,000,000 people
  tests/bench/exposure_bench.py --sizes 100000          a first look
  tests/bench/exposure_bench.py --report run.json       the tables of an earlier run
  tests/bench/exposure_bench.py --report run.json --docs
                                                        put them and the plot into docs/
"""

import argparse
import json
import os
import pathlib
import re
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import exposure_report  # noqa: E402
import exposure_sql  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TODAY = 20527  # 2026-03-15.
QUESTIONS = {"whole": 0, "one": 1, "schools": 2}
SAMPLE = range(7, 1500, 50)  # Vendors of whom the peers count the people.
VENDORS = 1500
# Between these lines of docs/performance.md stand the tables of one run.
BEGIN = "<!-- begin of tests/bench/exposure_bench.py -->"
END = "<!-- end of tests/bench/exposure_bench.py -->"
LIMIT_S = 300  # What takes longer is not waited for.
LONG_MS = 20_000  # Of these one run is enough.


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def times(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "runs": len(values)}


def lines_of(path):
    return path.read_text().splitlines()


def compare(what, ours, theirs):
    """Stops the run at the first difference between two lists of lines, sorted here."""
    ours, theirs = sorted(ours), sorted(theirs)
    if ours == theirs:
        return
    only_ours = sorted(set(ours) - set(theirs))[:5]
    only_theirs = sorted(set(theirs) - set(ours))[:5]
    sys.exit(f"{what} differs: {len(ours)} rows here, {len(theirs)} there\n"
             f"only here: {only_ours}\nonly there: {only_theirs}")


class Postgres:
    """A cluster of its own, stopped and removed at the end."""

    name = "PostgreSQL"

    def __init__(self, work):
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                       key=lambda path: int(path.parent.name))
        self.folder = work / "postgres"
        self.folder.mkdir()
        self.prefix = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self._run([self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-U", "postgres",
                   "--locale", "C.UTF-8"])
        settings = {"shared_buffers": "2GB", "work_mem": "256MB", "maintenance_work_mem": "1GB",
                    "max_parallel_workers_per_gather": "2", "max_wal_size": "8GB",
                    "effective_cache_size": "8GB", "random_page_cost": "1.1", "jit": "off",
                    "listen_addresses": "", "unix_socket_directories": self.folder}
        words = " ".join(f"-c {key}={value or repr('')}" for key, value in settings.items())
        self._run([self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-l",
                   self.folder / "log", "-o", words, "start"])

    def _run(self, words):
        done = subprocess.run(self.prefix + [str(word) for word in words], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        if done.returncode != 0:
            sys.exit(f"{words[0]} failed: {done.stdout}")

    def stop(self):
        self._run([self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop"])
        shutil.rmtree(self.folder)

    def psql(self, script):
        done = subprocess.run(
            [self.bin / "psql", "-h", self.folder, "-U", "postgres", "-X", "-q", "-A", "-t", "-F",
             ",", "-v", "ON_ERROR_STOP=1"], input=script, text=True, capture_output=True,
            check=False)
        if done.returncode != 0 and "statement timeout" not in done.stderr:
            sys.exit(f"psql: {done.stderr}\n{script[:2000]}")
        return done.stdout

    def load(self, folder):
        begin = time.monotonic()
        copies = "\n".join(
            f"\\copy {table} FROM '{folder}/{table}.csv' WITH (FORMAT csv, HEADER)"
            for table in exposure_sql.TABLES)
        schema = exposure_sql.SCHEMA.format(small="SMALLINT")
        self.psql(f"{schema}\n{copies}\n{exposure_sql.INDEXES}\n{exposure_sql.ARRAYS}\n"
                  "VACUUM ANALYZE;")
        return time.monotonic() - begin

    def answer(self, statement):
        """Rows as text, columns separated by commas; None if it takes too long."""
        out = self.psql(f"SET statement_timeout = '{LIMIT_S}s';\n{statement};")
        return out.splitlines() or None

    def time(self, statement, runs, is_list=False):
        """Milliseconds of each run in one session, prepared, after a run that is not counted; a
        list is thrown away by the server and costs no client."""
        once = f"COPY ({statement}) TO '/dev/null';" if is_list else "EXECUTE q;"
        prepare = "" if is_list else f"PREPARE q AS {statement};\n"
        out = self.psql(f"{prepare}\\timing on\n\\o /dev/null\n" + f"{once}\n" * (runs + 1))
        return [float(ms) for ms in re.findall(r"^Time: ([0-9.]+) ms", out, re.M)][1:]

    def insert_notices(self, list_statement, runs):
        """A row for each person of a list that is there already; durable at the end."""
        self.psql("CREATE TABLE notice (case_id INTEGER, person INTEGER, mask BIGINT NOT NULL, "
                  "state SMALLINT NOT NULL, channel SMALLINT NOT NULL, "
                  "PRIMARY KEY (case_id, person));"
                  f"CREATE TABLE affected_list AS {list_statement};")
        insert = "INSERT INTO notice SELECT {run}, person, mask, 1, 1 FROM affected_list"
        shapes = {"insert-select": f"{insert};", "ordered": f"{insert} ORDER BY person;"}
        result = {}
        for shape, text in shapes.items():
            values = []
            for run in range(runs):
                self.psql("TRUNCATE notice; CHECKPOINT;")
                out = self.psql("\\timing on\n" + text.format(run=run))
                values.append(float(re.search(r"Time: ([0-9.]+) ms", out)[1]))
            result[shape] = times(values)
        self.psql("DROP TABLE notice; DROP TABLE affected_list;")
        return result


class Sqlite:
    """A database file with the same tables, in WAL mode, 1 GB of cache."""

    name = "SQLite"

    def __init__(self, work):
        self.path = work / "peer.db"
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.executescript("PRAGMA journal_mode = WAL; PRAGMA cache_size = -1048576; "
                              "PRAGMA temp_store = MEMORY; PRAGMA threads = 2;")
        self.deadline = None
        self.db.set_progress_handler(
            lambda: 1 if self.deadline is not None and time.monotonic() > self.deadline else 0,
            1_000_000)

    def stop(self):
        self.db.close()
        self.path.unlink()

    def load(self, folder):
        begin = time.monotonic()
        self.db.executescript(exposure_sql.SCHEMA.format(small="INTEGER"))
        words = ["sqlite3", str(self.path)]
        for table in exposure_sql.TABLES:
            words += ["-cmd", f".import --csv --skip 1 {folder}/{table}.csv {table}"]
        subprocess.run(words + ["SELECT 1"], check=True, stdout=subprocess.DEVNULL)
        self.db.executescript(exposure_sql.INDEXES + "ANALYZE;")
        return time.monotonic() - begin

    def answer(self, statement):
        self.deadline = time.monotonic() + LIMIT_S
        try:
            return [",".join(map(str, row)) for row in self.db.execute(statement)]
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return None
        finally:
            self.deadline = None

    def time(self, statement, runs, is_list=False):
        # Rows are added up inside, so that Python costs nothing.
        if is_list:
            statement = f"SELECT count(*), sum(mask) FROM ({statement})"
        values = []
        for _ in range(runs + 1):
            begin = time.monotonic()
            self.db.execute(statement).fetchall()
            values.append((time.monotonic() - begin) * 1000)
        return values[1:]


def ask_peer(peer, vendors, ours, runs):
    """Compares and times every question in every shape."""
    result = {}
    for name, vendor in QUESTIONS.items():
        questions = exposure_sql.Questions(vendors, vendor, isinstance(peer, Postgres))
        for kind in ("count", "list", "summary"):
            expected = lines_of(ours / f"{kind if kind != 'count' else 'list'}-{name}")
            if kind == "count":
                expected = [str(len(expected))]
            for shape, statement in getattr(questions, kind)().items():
                key = f"{kind}-{name}"
                begin = time.monotonic()
                answer = peer.answer(statement)
                took_ms = (time.monotonic() - begin) * 1000
                note(f"  {peer.name} {key} {shape}: {took_ms:.0f} ms with its answer read")
                entry = result.setdefault(key, {})
                if answer is None:
                    entry[shape] = {"over_ms": LIMIT_S * 1000}
                    continue
                compare(f"{peer.name}, {key}, {shape}", expected, answer)
                if took_ms > LONG_MS:
                    # This one run was read by a client, which costs it a few percent.
                    entry[shape] = times([took_ms])
                else:
                    entry[shape] = times(peer.time(statement, runs, kind == "list"))
    return result


def ask_vendors(peer, vendors, ours):
    """Counts of a sample of vendors, each in every shape; the best shape of each vendor counts."""
    expected = dict(line.split(",") for line in lines_of(ours / "vendors"))
    best = []
    for vendor in SAMPLE:
        if not vendors.shares[vendor]:
            continue
        values = []
        shapes = exposure_sql.Questions(vendors, vendor, isinstance(peer, Postgres)).count()
        for shape, statement in shapes.items():
            if shape == "general":
                continue
            answer = peer.answer(statement)
            if answer is None:
                continue
            compare(f"{peer.name}, count of vendor {vendor}, {shape}", [expected[str(vendor)]],
                    answer)
            values += peer.time(statement, 1)
        best.append(min(values))
    return {"sampled": len(best), "sampled_ms": sum(best),
            "estimated_ms": sum(best) / len(best) * VENDORS}


class Program:
    """A server of exposure_calls; its standard input ends it, its log goes to a file."""

    def __init__(self, words, log):
        with log.open("wb") as file:
            self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=file, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            sys.exit(f"{words[0]} {words[1]} does not serve: {log.read_text()}")
        self.address = f"127.0.0.1:{port}"

    def kb(self, line):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{line}:\s+(\d+)", text)[1])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def run_json(words, **options):
    done = subprocess.run([str(word) for word in words], check=False, text=True,
                          capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{words[0]} {words[1]} failed: {done.stderr}")
    return json.loads(done.stdout)


def image_is_stored(data):
    """Whether the server has left the image from which the next start is quick."""
    with sqlite3.connect(f"file:{data}/register.db?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM engine_image").fetchone()[0] > 0


def make_key(path):
    """The file of a key-encryption key, made if there is none."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(secrets.token_hex(32))
    return path


def start_up(options, data, runs):
    """Milliseconds from the start of rollcalld to SERVING: the first time, from the roster's rows,
    and later, from the image that the server keeps in its database."""
    first, later = None, []
    key = make_key(data.parent / "register.key")
    audit_key = data.parent / "audit.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", audit_key], check=True,
                   capture_output=True)
    audit_key.chmod(0o600)
    for run in range(runs + 1):
        log = data.parent / f"rollcalld-{run}.log"
        begin = time.monotonic()
        with log.open("wb") as file:
            process = subprocess.Popen(
                [options.bin / "rollcalld", "--listen", f"unix:{data.parent}/socket", "--data-dir", data,
                 "--key-file", key, "--audit-key-file", audit_key, "--catalog-dir",
                 ROOT / "deploy/catalog"],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        while '"event":"serving"' not in log.read_text():
            if process.poll() is not None or time.monotonic() - begin > 600:
                sys.exit(f"rollcalld does not serve: {log.read_text()}")
            time.sleep(0.005)
        took = (time.monotonic() - begin) * 1000
        if run == 0:
            first = took
            while not image_is_stored(data):
                if time.monotonic() - begin > 600:
                    sys.exit("rollcalld stores no image")
                time.sleep(0.1)
        else:
            later.append(took)
        process.terminate()
        process.wait()
    return {"start_first_ms": first, "start_ms": times(later)}


def ask_server(options, folder):
    """What a client sees of the whole server, over TLS."""
    certificate = folder / "certificate.pem"
    calls = options.bin / "exposure_calls"
    server = Program([calls, "serve", folder / "data", certificate], folder / "serve.log")
    result = {"server_before_kb": server.kb("VmRSS")}
    # The call for all vendors waits for what the server prepares after its start; then it is idle.
    for part in ("vendors", "summaries", "stream", "people", "cases", "transfers"):
        time.sleep(1)
        peak = server.kb("VmHWM")
        result.update(run_json([calls, "ask", part, server.address, certificate, folder / "ids"],
                               cwd=folder))
        result[f"server-{part}-kb"] = server.kb("VmHWM") - peak
    # Once more, now that everybody asked about stands in five open cases.
    again = run_json([calls, "ask", "people", server.address, certificate, folder / "ids"],
                     cwd=folder)
    result["rpc-person-in-cases"] = again["rpc-person"]
    result["server_peak_kb"] = server.kb("VmHWM")
    result["server_after_kb"] = server.kb("VmRSS")
    if "missing" not in result["rpc-vendors-first"]:
        compare("ListVendorExposures", lines_of(folder / "rollcall/vendors"),
                lines_of(folder / "rpc-vendors"))
    if "missing" not in result["rpc-case"]:
        result.update(run_json([options.bin / "exposure_peers", "bitmaps", folder / "data",
                                "cases/bench-0"]))
    rates = {"server": [], "echo": []}
    echo_certificate = folder / "echo.pem"
    echo = Program([calls, "echo", echo_certificate], folder / "echo.log")
    for _ in range(3):
        rates["server"].append(run_json([calls, "unary", server.address, certificate]))
        rates["echo"].append(run_json([calls, "unary", echo.address, echo_certificate]))
    for who, runs in rates.items():
        for callers in (1, 8, 64):
            result[f"{who}-calls-{callers}"] = statistics.median(
                run[f"calls-{callers}"] for run in runs)
    echo.stop()
    server.stop()
    return result


def measure(options, people, work):
    note(f"{people:,} people")
    folder = work / str(people)
    folder.mkdir()
    os.chmod(folder, 0o755)
    begin = time.monotonic()
    subprocess.run([options.bin / "make_bench_district", ROOT / "deploy/catalog", folder,
                    str(people)], check=True)
    result = {"people": people, "make_s": time.monotonic() - begin,
              "register_bytes": (folder / "data/register.db").stat().st_size}
    ours = folder / "rollcall"
    ours.mkdir()
    note("  engine")
    result["engine"] = run_json([options.bin / "exposure_peers", "engine", folder / "data", ours])
    vendors = exposure_sql.Vendors(folder, TODAY)
    for peer_class in ([] if options.no_peers else [Postgres, Sqlite]):
        if peer_class is Sqlite and people > options.sqlite_up_to:
            continue
        peer = peer_class(work)
        try:
            entry = result[peer.name] = {"load_s": peer.load(folder)}
            note(f"  {peer.name}, loaded in {entry['load_s']:.0f} s")
            entry["questions"] = ask_peer(peer, vendors, ours, options.runs)
            note(f"  {peer.name}: vendors")
            entry["vendors"] = ask_vendors(peer, vendors, ours)
            if isinstance(peer, Postgres):
                whole = exposure_sql.Questions(vendors, 0, True).list()["constants"]
                entry["notices"] = peer.insert_notices(whole, 3)
        finally:
            peer.stop()
    note("  start-up")
    result.update(start_up(options, folder / "data", 3))
    note("  calls")
    result["calls"] = ask_server(options, folder)
    compare("StreamExposure", [str(int(result["engine"]["people-whole"]))],
            [str(int(result["calls"]["rpc-stream-people"]))])
    shutil.rmtree(folder)
    return result


def machine():
    memory = int(re.search(r"MemTotal:\s+(\d+)",
                           pathlib.Path("/proc/meminfo").read_text())[1]) / 2**20
    return {"cores": os.cpu_count(), "memory_gib": round(memory)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin",
                        help="folder of the programs")
    parser.add_argument("--sizes", default="100000,300000,1000000,4000000",
                        help="numbers of people, separated by commas")
    parser.add_argument("--runs", type=int, default=3, help="runs of each statement of a peer")
    parser.add_argument("--sqlite-up-to", type=int, default=1_000_000,
                        help="the largest district that SQLite is asked about")
    parser.add_argument("--no-peers", action="store_true", help="Rollcall only")
    parser.add_argument("--tmp", type=pathlib.Path, help="where to work; default as tempfile")
    parser.add_argument("--json", type=pathlib.Path, help="where to write all figures")
    parser.add_argument("--docs", action="store_true",
                        help="put tables and plot into docs/performance.md and beside it")
    parser.add_argument("--report", type=pathlib.Path, help="figures of an earlier run")
    options = parser.parse_args()
    if options.report:
        figures = json.loads(options.report.read_text())
    else:
        for program in ("rollcalld", "make_bench_district", "exposure_peers", "exposure_calls"):
            if not (options.bin / program).exists():
                sys.exit(f"{options.bin} has no {program}; build it first")
        figures = {"machine": machine(), "runs": []}
        with tempfile.TemporaryDirectory(dir=options.tmp) as name:
            os.chmod(name, 0o755)
            for people in map(int, options.sizes.split(",")):
                figures["runs"].append(measure(options, people, pathlib.Path(name)))
                if options.json:
                    options.json.write_text(json.dumps(figures, indent=1))
    tables = exposure_report.tables(figures)
    print(tables)
    if options.docs:
        page = ROOT / "docs/performance.md"
        head, rest = page.read_text().split(BEGIN)
        page.write_text(f"{head}{BEGIN}\n{tables}\n{END}{rest.split(END)[1]}")
        exposure_report.plot(figures, ROOT / "docs/performance-growth.svg")


if __name__ == "__main__":
    main()
