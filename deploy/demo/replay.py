#!/usr/bin/env python3
"""The second half of deploy/quickstart: a server, a make-believe district, three real incidents.

Everything goes through the command line of the product, over TLS, by systems and people with the
rights that they need. Dates, populations and fields of the
incidents follow the public record; the children are made up. What was sent night by night and the
parties beside those of the incidents are made up too, and the output says so.
"""

import argparse
import csv
import io
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONFLICT = 7  # docs/cli.md
NOT_FOUND = 3
NOT_ALLOWED = 11


class Stop(Exception):
    """Ends the program with one clear line."""


def say(text=""):
    print(text, flush=True)


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


# What files are under; commands are shown without them.
folders = [f"{ROOT}/"]


def show_command(words):
    """Prints a command as one would type it in the folder of its files, broken before flags."""
    parts = []
    for word in words:
        for folder in folders:
            word = word.replace(folder, "")
        word = shlex.quote(word)
        if parts and not word.startswith("-"):
            parts[-1] += " " + word
        else:
            parts.append(word)
    line = "   $ " + parts[0]
    for part in parts[1:]:
        if len(line) + len(part) > 96:
            say(line + " \\")
            line = "      "
        line += " " + part
    say(line)


def run(words):
    """Runs a command of the server's and returns what it printed."""
    done = subprocess.run([*map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise Stop(last_line(done.stderr))
    return done.stdout


class Server:
    """rollcalld on a free port of the loopback interface and on a Unix socket."""

    def __init__(self, programs, data):
        self.config = data / "config"
        self.socket = f"unix:{self.config}/rollcalld.sock"
        if not self.config.exists():
            command = ["rollcalld", "init", "--config-dir", self.config, "--data-dir",
                       data / "register", "--catalog-dir", ROOT / "deploy/catalog", "--listen",
                       "127.0.0.1:0", "--listen", self.socket]
            show_command([*map(str, command)])
            run([programs / "rollcalld", *command[1:]])
        self.log = data / "rollcalld.log"
        self.log.unlink(missing_ok=True)
        self.errors = data / "rollcalld.err"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [programs / "rollcalld", "--config", self.config / "rollcalld.toml", "--log-file",
                 self.log],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                # Neither a key press nor the end of this program is meant for the server.
                start_new_session=True)
        self.address = self._wait()

    def _wait(self):
        """Returns the address for TLS once the server serves there and on the socket."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Stop(last_line(self.errors.read_text()))
            if self.log.exists():
                events = [json.loads(line) for line in
                          self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
                ports = [event["port"] for event in events if event["event"] == "serving"]
                if len(ports) == 2:
                    return f"127.0.0.1:{max(ports)}"
            time.sleep(0.05)
        raise Stop(f"rollcalld does not begin to serve; see {self.log}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


# Who does what: systems show certificates, people send tokens. Nobody has more rights than that.
SYSTEMS = {"roster": "roster-system", "transfer": "transfer-system"}
PEOPLE = {"procurement": "procurement", "privacy-officer": "privacy-officer",
          "superintendent": "case-approver"}
DONE_BY = {"roster": "roster", "transfer": "transfer", "apply": "procurement",
           "disposition": "procurement"}


def let_in(programs, server):
    """Gives systems certificates, people tokens, and all of them their roles."""
    ready = server.config / "let-in"
    if ready.exists():
        return
    say("== Letting in two systems with certificates and three people with tokens")
    rollcall = [programs / "rollcall", "--address", server.socket]
    for name, role in SYSTEMS.items():
        run([programs / "rollcalld", "certificate", "issue", name, "--config-dir", server.config])
        run([*rollcall, "grant", "create", "--principal",
             f"spiffe://rollcall.internal/system/{name}", "--role", f"roles/{role}"])
        say(f"   {name:18} spiffe://rollcall.internal/system/{name}, role {role}")
    for name, role in PEOPLE.items():
        run([*rollcall, "grant", "create", "--principal", f"user:{name}", "--role",
             f"roles/{role}"])
        run([*rollcall, "token", "create", name, "--principal", f"user:{name}", "--token-out",
             server.config / f"{name}.token"])
        say(f"   {name:18} user:{name}, role {role}")
    ready.touch()


class Client:
    """The command line of the product, used by whoever is to do what a command does."""

    def __init__(self, program, server):
        self.program = program
        self.connection = ["--address", server.address, "--ca", server.config / "ca/ca.crt"]
        systems = server.config / "systems"
        self.identities = {
            **{name: ["--certificate", systems / f"{name}.crt", "--key", systems / f"{name}.key"]
               for name in SYSTEMS},
            **{name: ["--token-file", server.config / f"{name}.token"] for name in PEOPLE}}
        # Only who may see people states what for.
        self.identities["privacy-officer"] += ["--purpose", "replay of an incident"]

    def call(self, *words, show=True, allow=(), read=(), by=None):
        """Runs one command and returns its answer, or None if it ended with a code of `allow`.

        A code of `read` means that there is an answer nevertheless. `by` names who calls, if it is
        not whoever usually does.
        """
        if show:
            show_command(["rollcall", *map(str, words)])
        identity = self.identities[by or DONE_BY.get(words[0], "privacy-officer")]
        done = subprocess.run(
            [*map(str, [self.program, *self.connection, *identity, "--output", "json", *words])],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode in allow:
            return None
        if done.returncode != 0 and done.returncode not in read:
            raise Stop(f"rollcall {words[0]} {words[1]}: {' '.join(done.stderr.split())}")
        return json.loads(done.stdout) if done.stdout.strip() else {}


def number(value):
    return f"{int(value):,}"


def date(value):
    if not value:
        return "unknown"
    return f"{value['year']:04}-{value['month']:02}-{value['day']:02}"


def element(name):
    return name.removeprefix("dataElements/")


def vendor_id(name):
    return name.removeprefix("vendors/")


def days(count):
    return f"{count} day" if count == 1 else f"{count} days"


def load(client, files):
    """Imports what the generator wrote, in the order in which it happened."""
    truth = json.loads((files / "truth.json").read_text())
    imports = [(files / f"roster-{year['school_year']}.zip",
                ["--school-year", year["school_year"], "--as-of", year["end"]])
               for year in truth["school_years"]]
    imports[-1][1][-1] = truth["as_of"]
    for name, form in [("program-spells.csv", "program-spells"), ("addresses.csv", "addresses"),
                       ("home-languages.csv", "home-languages")]:
        imports.append((files / name, ["--format", form, "--as-of", truth["as_of"]]))
    for path, options in imports:
        result = client.call("roster", "import", path, *options, "--source", "generator",
                             show=False)
        effect = ", ".join(f"{number(result[key])} {key}"
                           for key in ("added", "changed", "left", "returned") if
                           int(result[key]))
        say(f"   {path.name:20} as of {date(result['asOfDate'])}: {effect or 'nothing new'}")
    return truth


def outcome(duty):
    return duty["outcome"].removeprefix("DUTY_OUTCOME_").replace("_", " ").lower()


def show_summary(summary):
    staff = int(summary["currentStaff"]) + int(summary["formerStaff"])
    students = int(summary["currentStudents"]) + int(summary["formerStudents"])
    say(f"   Who       {number(summary['people'])} people:")
    say(f"             {number(students):>9} students, {number(summary['currentStudents'])} current"
        f" and {number(summary['formerStudents'])} former")
    if staff:
        say(f"             {number(staff):>9} staff, {number(summary['currentStaff'])} current and"
            f" {number(summary['formerStaff'])} former")
    if int(summary["unmatchedEntries"]):
        say(f"             {number(summary['unmatchedEntries']):>9} entries of the list match"
            " nobody and need a person's eyes")
    say("   Fields    people, of them with a value in the roster (-: not kept there), and confirmed by"
        "\n             a file or a list that names them")
    for row in summary["byElement"]:
        populated = number(row["populated"]) if int(row["populated"]) else "-"
        say(f"             {number(row['people']):>9} {populated:>9} "
            f"{number(row['confirmed']):>9}  {element(row['dataElement'])}")
    for group in summary["basis"]["transferGroups"]:
        say(f"   Sent      {number(group['transfers'])} files to {vendor_id(group['vendor'])}, "
            f"{date(group['firstDate'])} to {date(group['lastDate'])}: {number(group['people'])} "
            f"people, {number(group['unmatched'])} ids that match nobody")
    say("   Together  people who share the same fields")
    for tier in summary["tiers"][:4]:
        names = [element(name) for name in tier["dataElements"]]
        say(f"             {number(tier['people']):>9}  {len(names)}: "
            + ", ".join(name.split(".")[1] for name in names))
    if len(summary["tiers"]) > 4:
        rest = summary["tiers"][4:]
        say(f"             {number(sum(int(tier['people']) for tier in rest)):>9}  in "
            f"{len(rest)} smaller groups: some field is blank in the roster")
    years = [f"{row['label']} {number(row['people'])}" for row in summary["bySchoolYear"]]
    say("   Years     " + "; ".join(years[:4])
        + (f"; ... {len(years)} school years in all" if len(years) > 4 else ""))


def show_vendor(incident):
    if int(incident["daysToNotice"]) >= 0:
        say(f"   Vendor    {days(int(incident['daysToNotice']))} from the first day of the "
            "compromise to the district's receipt")
    for duty in incident["vendorDuties"]:
        source = duty["source"].removeprefix("regimes/").removeprefix(f"{incident['vendor']}/")
        if duty.get("dueDate"):
            late = f", {days(duty['daysLate'])} late" if duty["daysLate"] else ""
            say(f"             {source}: due {date(duty['dueDate'])}, told "
                f"{date(duty.get('doneDate'))}{late}")
        else:
            say(f"             {source}: {outcome(duty)}")
        if duty["note"]:
            say(f"               {duty['note']}")


def show_case(case):
    say(f"   Case      {case['name']}, frozen at revision {case['basis']['revision']}, "
        f"digest {case['digest'][:16]}...")
    for row in case["notices"]:
        channel = row["channel"].removeprefix("NOTICE_CHANNEL_").replace("_", " ").lower()
        status = row["status"].removeprefix("NOTICE_STATUS_").lower()
        say(f"             {number(row['notices']):>9} notices by {channel}: {status}")
    for duty in case["obligations"]:
        if not duty.get("dueDate"):
            say(f"   Due       {duty['citation']}: {outcome(duty)}; {duty['note']}")
            continue
        say(f"   Due       {date(duty['dueDate'])}, counted from {date(duty['startDate'])} "
            f"({duty['citation']}, {duty['timeZone']})")
        if duty.get("doneDate"):
            verdict = "in time" if duty["outcome"] == "DUTY_OUTCOME_MET" else "late"
            say(f"   Told      {date(duty['doneDate'])}, all {number(duty['people'])} students' "
                f"families: {verdict}")
        else:
            say(f"   Told      {number(duty['sent'])} of {number(duty['people'])} students' "
                f"families so far: {outcome(duty)}")


def replay(client, title, vendor, incident, incident_flags, statements, sent_date, evidence):
    """Plays one incident, unless the register has it already, and shows where it stands.

    `statements` are (verb, flags, remark) in the order in which the vendor spoke, `evidence` says
    by channel what proves that the notices were sent.
    """
    say()
    say(f"== {title}")
    case = None
    if client.call("incident", "create", incident, "--vendor", vendor, *incident_flags,
                   allow=(CONFLICT,)) is None:
        say("   The register has this incident already: only showing it.")
        case = client.call("case", "get", incident, show=False, allow=(NOT_FOUND,))
    else:
        for verb, flags, remark in statements:
            client.call("statement", verb, incident, *flags)
            if remark:
                people = client.call("exposure", "summary", incident, show=False)["people"]
                say(f"   {remark}: {number(people)} people by then")
    summary = client.call("exposure", "summary", incident)
    if case is None:
        case = client.call("case", "open", incident, "--case-id", incident)
        # Not by whoever has scoped the incident.
        client.call("case", "approve", incident, "--digest", case["digest"], by="superintendent")
        for channel, proof in evidence.items():
            if any(row["channel"].endswith(channel.upper().replace("-", "_"))
                   for row in case["notices"]):
                client.call("case", "record-sent", incident, "--sent-date", sent_date,
                            "--channel", channel, "--evidence", proof)
    case = client.call("case", "get", incident)
    record = client.call("incident", "get", incident)
    say()
    show_summary(summary)
    show_vendor(record)
    show_case(case)


def elements(*names):
    return [word for name in names for word in ("--elements", name)]


def register_vendors(client):
    say("== The vendors")
    for name in ("cleo", "battelle-for-kids", "noble", "state-health", "cirrus", "larkspur"):
        client.call("apply", "-f", HERE / f"{name}.yaml")
    say("   The last three are made up.")


def in_medicaid(files, school_year, night):
    """The numbers of the students of the school year before who were in Medicaid on a day."""
    with zipfile.ZipFile(files / f"roster-{school_year - 1}.zip") as package:
        users = csv.DictReader(io.StringIO(package.read("users.csv").decode()))
        students = {user["identifier"] for user in users if user["role"] == "student"}
    with (files / "program-spells.csv").open(newline="", encoding="utf-8") as spells:
        return sorted({spell["student_id"] for spell in csv.DictReader(spells)
                       if spell["program"] == "medicaid" and spell["student_id"] in students
                       and spell["begin_date"] <= night <= (spell["end_date"] or night)})


def record_nightly_files(client, files):
    """Files to a made-up party in Cleo's hands: that there were such files is on record, no more."""
    say()
    say("== Nightly files that Cleo carried to another party (made up)")
    for school_year, night in ((2024, "2023-10-02"), (2024, "2024-03-04"), (2025, "2024-11-04")):
        ids = in_medicaid(files, school_year, night)
        # Nobody in the roster has these numbers: they must be kept, not dropped.
        strangers = ["99000001", "99000002"] if night == "2024-11-04" else []
        sent = files / f"nightly-{night}.csv"
        sent.write_text("student_id\n" + "".join(f"{id_}\n" for id_ in ids + strangers))
        counted = [word for name in ("student.name", "student.local_id", "student.medicaid_id")
                   for word in ("--element", f"{name}={len(ids) + len(strangers)}")]
        transfer = client.call(
            "transfer", "record", "state-health", "--transfer-id", f"night-{night}", "--file-list",
            sent, "--file", sent, *counted, "--share", "medicaid-students", "--via", "cleo",
            "--send-time", f"{night}T22:00:00-05:00", "--note", "Made up.",
            show=night == "2024-11-04", allow=(CONFLICT,))
        if transfer is None:
            say("   The register has these files already.")
            return
        say(f"   {night}: {number(transfer['ids'])} ids, {number(transfer['people'])} people, "
            f"{number(transfer['unmatched'])} ids that match nobody")


def show_comparison(client):
    say()
    say("== What the second statement of Battelle for Kids added to the first")
    found = client.call("exposure", "compare", "battelle-2021/1", "battelle-2021/2")
    gained = [element(row["dataElement"]) for row in found["elements"] if int(row["added"])]
    say(f"   {number(found['peopleAdded'])} people more, {number(found['peopleRemoved'])} fewer, "
        f"{number(found['peopleChanged'])} with other fields, {number(found['peopleSame'])} as "
        f"before\n   new fields: {', '.join(gained)}")


def show_certificate(client):
    say()
    say("== What a certificate takes away, and a party behind the party (made up)")
    client.call("disposition", "create", "larkspur/summer-2024", "--nature", "destroyed",
                "--disposition-date", "2024-07-31", "--includes-subprocessors", "--note",
                "Made up for the demonstration.", allow=(CONFLICT,))
    for remark, begin in (("before", "2024-07-01"), ("after", "2024-09-01")):
        summary = client.call("exposure", "summary", "--what-if", "larkspur",
                              "--window-start-date", begin, "--window-end-date", "2024-09-30")
        removed = int(summary["peopleRemoved"])
        say(f"   Begun {remark} the certificate: {number(summary['people'])} people exposed"
            + (f"; of {number(removed)} more nothing is left there" if removed else ""))
    summary = client.call("exposure", "summary", "vendors/cirrus")
    say(f"   Through {chain_text(summary['basis']['upstream'][0])}: the district has no agreement "
        f"with cirrus,\n   and it holds data of {number(summary['people'])} people today")


def show_portfolio(client):
    say()
    say("== Every vendor: what a compromise today would expose")
    rows = client.call("exposure", "vendors", "--order-by", "sensitive")
    say("      people  enrollment      fields sensitive")
    for row in rows:
        if row["problem"]:
            raise Stop(f"{row['vendor']}: {row['problem']}")
        say(f"   {number(row['people']):>9} {row['shareOfEnrollment']:>11.0%} "
            f"{number(row['cells']):>11} {number(row['cellsSensitive']):>9}   "
            f"{vendor_id(row['vendor'])}")


def chain_text(source):
    return " > ".join(vendor_id(name) for name in source["chain"])


def grounds_of(holding):
    """The files of a holding and the chains to it in words."""
    texts = []
    for group in holding["transferGroups"]:
        texts.append(f"{number(group['transfers'])} files since {date(group['firstDate'])}")
    for source in holding["upstream"]:
        texts.append("through " + chain_text(source))
    return f" ({'; '.join(texts)})" if texts else ""


def show_family(client, data):
    """One child in every direction, and the proof for its family."""
    say()
    say("== One child")
    listed = client.call("exposure", "list", "cleo-2024", "--element", "student.medicaid_id",
                         "--certainty", "confirmed", "--limit", "1", show=False)
    if not listed:
        say("   Nobody's Medicaid number went through Cleo in this district.")
        return
    child = listed[0]["person"].removeprefix("people/")
    known = client.call("exposure", "person", child)
    for holding in known["holdings"]:
        left = [row for row in holding["elements"] if not row["removed"]]
        sure = sum(row["certainty"] == "CERTAINTY_CONFIRMED" for row in left)
        gone = len(holding["elements"]) - len(left)
        texts = [f"{len(left)} fields" + (f", {sure} of them confirmed" if sure else "")
                 ] if left else []
        texts += [f"{gone} fields destroyed"] if gone else []
        say(f"   {vendor_id(holding['vendor']):18} {', '.join(texts)}{grounds_of(holding)}")
    for incident in known["incidents"]:
        say(f"   {incident['incident']}: {len(incident['elements'])} fields exposed"
            + (f", notice in {', '.join(incident['cases'])}" if incident["cases"] else ""))
    proof = client.call("exposure", "prove", "cases/cleo-2024", child)
    path = data / "proof.txt"
    path.write_text(proof["text"])
    case = client.call("case", "get", "cleo-2024", show=False)
    proven = client.call("exposure", "verify", path, "--digest", case["digest"])
    say(f"   proven without showing anybody else: {len(proven['elements'])} fields, in an exposure "
        f"of {number(proven['people'])} people")


def show_check(client, files):
    say()
    say("== May this file be sent? Asked before it goes (made up)")
    answer = client.call(
        "transfer", "check", "larkspur", "--file-list", files / "nightly-2024-11-04.csv",
        "--element", "student.name", "--element", "student.medicaid_id", "--send-date",
        "2026-10-15", read=(NOT_ALLOWED,))
    say(f"   No: {number(answer['closing']['allowedIds'])} of {number(answer['closing']['ids'])} "
        "ids may be sent")
    for row in answer["findings"]:
        found = row["finding"]
        about = ", ".join(element(name) for name in found["dataElements"]) or "the file"
        say(f"   {number(found['ids']):>9}  {about}: {found['explanation']}")


def play_all(client, files):
    register_vendors(client)
    record_nightly_files(client, files)
    replay(
        client, "Cleo: a file-transfer server is attacked (2024)", "cleo", "cleo-2024",
        ["--title", "Attack on the file transfer server", "--cause", "attack",
         "--window-start-date", "2024-12-03", "--window-end-date", "2024-12-13",
         "--window-estimated", "--district-received-date", "2025-02-08"],
        [("create", ["--statement-date", "2025-02-08",
                     *elements("student.name", "student.birth_date", "student.gender",
                               "student.local_id", "student.medicaid_id",
                               "student.medicaid_eligibility_dates")], "")],
        "2025-03-07", {"email": "e-mail of the district", "us-mail": "letters of the district",
                       "no-contact": "posting on the web page of the district"})

    student = elements(
        "student.name", "student.birth_date", "student.gender", "student.grade",
        "student.school", "student.local_id", "student.state_id", "student.course_information",
        "student.performance_task_scores")
    staff = elements("staff.name", "staff.school", "staff.employee_id", "staff.email",
                     "staff.username", "staff.course_information")
    years = [word for year in ("2015-16", "2016-17", "2017-18", "2018-19")
             for word in ("--school-years", year)]
    replay(
        client, "Battelle for Kids: ransomware at a vendor with a no-bid contract (2021)",
        "battelle-for-kids", "battelle-2021",
        ["--title", "Ransomware on the teacher evaluation server", "--cause", "ransomware",
         "--window-start-date", "2021-12-01", "--window-end-date", "2021-12-01",
         "--vendor-learned-date", "2021-12-01", "--district-received-date", "2022-04-26"],
        [("create", ["--statement-date", "2022-04-26", *years, *student],
          "The letter of 2022-04-26 spoke of students only"),
         ("create", ["--statement-date", "2022-05-11", *years, *student, *staff],
          "On 2022-05-11 the district learned that staff were in it")],
        "2022-05-20", {"email": "personal e-mail", "us-mail": "personal letter",
                       "no-contact": "general letter, posted in several languages"})

    replay(
        client, "Noble: an employee gives a list away, no contract at all (2016)", "noble",
        "noble-2016",
        ["--title", "List of students given to a network of charter schools", "--cause",
         "insider", "--window-start-date", "2016-09-01", "--window-end-date", "2016-09-30",
         "--window-estimated", "--district-determined-date", "2016-11-16", "--description",
         "Postcards went out in September 2016; the day of the disclosure is not known. A letter "
         "of the district reached families on 2016-11-16: by then it had determined the leak."],
        [("import", ["--list", files / "vendor-lists/noble.csv", "--id-column", "student_id",
                     "--list-use", "limits", "--list-subject", "student",
                     *elements("student.name", "student.address", "student.grade",
                               "student.school")], "")],
        "2016-11-16", {"us-mail": "letters at the expense of the recipient, from the list that "
                                  "it handed back"})
    if client.call("disposition", "create", "noble/list", "--nature", "destroyed",
                   "--disposition-date", "2016-11-30", "--note",
                   "Noble confirmed in writing that it deleted the list; the day is made up.",
                   allow=(CONFLICT,)):
        people = client.call("exposure", "summary", "noble-2016", show=False)["people"]
        say(f"   Noble confirmed the deletion in writing, after the disclosure (the day is made up):"
            f"\n   that takes nothing away, {number(people)} people as before")


def ask_more(client, files, data):
    show_comparison(client)
    show_certificate(client)
    show_portfolio(client)
    show_family(client, data)
    show_check(client, files)


def main():
    parser = argparse.ArgumentParser(prog="deploy/quickstart", description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--students", type=int, default=3000,
                        help="students enrolled in a year, 50 to 1000000 (default 3000)")
    parser.add_argument("--keep", action="store_true",
                        help="leave the server running and its data in place")
    parser.add_argument("--data", type=pathlib.Path,
                        help="keep register and files in this directory, and go on with what it "
                             "holds; without it a new temporary one is used and removed")
    options = parser.parse_args()

    given = options.data is not None
    data = options.data.absolute() if given else pathlib.Path(
        tempfile.mkdtemp(prefix="rollcall-quickstart-"))
    data.mkdir(parents=True, exist_ok=True)
    folders.append(f"{data}/")
    server = None
    keep = False
    try:
        say("== Starting rollcalld on an embedded database")
        server = Server(options.programs, data)
        let_in(options.programs, server)
        client = Client(options.programs / "rollcall", server)
        info = client.call("server", "info", show=False)
        say(f"   version {info['version']}, {info['storageEngine']}, listening on "
            f"{server.address} with TLS, data in {data}")

        files = data / "district"
        if client.call("roster", "imports", "--limit", "1", show=False):
            say("== The register has a roster already: nothing is generated")
        else:
            say(f"== Generating a district of {number(options.students)} students, school years "
                "2015-16 to 2026-27")
            made = subprocess.run(
                [options.programs / "rollcall-district", "--students", str(options.students),
                 "--out", files], capture_output=True, text=True)
            if made.returncode != 0:
                raise Stop(last_line(made.stderr))
            say("== Importing it, year by year")
            begin = time.monotonic()
            load(client, files)
            say(f"   done in {time.monotonic() - begin:.1f} s")
        roster = client.call("roster", "summary", show=False)
        say(f"   Roster now: {number(roster['currentStudents'])} current and "
            f"{number(roster['formerStudents'])} former students, "
            f"{number(roster['currentStaff'])} current and {number(roster['formerStaff'])} "
            "former staff")
        say("   The district and the vendors' agreements are made up, and it is school year "
            "2026-27 there:\n   who counts as current or former, and how many, is not what the "
            "real districts saw.")
        play_all(client, files)
        ask_more(client, files, data)
        keep = options.keep
    finally:
        if server and not keep:
            server.stop()
        if not given and not keep:
            shutil.rmtree(data, ignore_errors=True)

    program = os.path.relpath(options.programs / "rollcall")
    say()
    if keep:
        say(f"== The server goes on (process {server.process.pid}, log {server.log}). Try:")
        config = data / "client.toml"
        config.write_text(f'address = "{server.address}"\nca = "config/ca/ca.crt"\n'
                          'token_file = "config/privacy-officer.token"\n')
        say(f"   export ROLLCALL_CLIENT_CONFIG={config}     # as the privacy officer")
        say(f"   {program} exposure summary cleo-2024")
        say(f"   {program} exposure stream battelle-2021 --details -o affected.csv")
        say(f"   {program} case get noble-2016")
        say(f"   stop it: kill {server.process.pid}")
    elif given:
        say(f"== The server is stopped; its data stay in {data}. Go on with:")
        say(f"   deploy/quickstart --data {options.data} --keep")
    else:
        say("== The server is stopped and its data are removed. To look around, run:")
        say("   deploy/quickstart --keep")


if __name__ == "__main__":
    try:
        main()
    except (Stop, OSError) as stop:
        print(f"deploy/quickstart: {stop}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("deploy/quickstart: interrupted", file=sys.stderr)
        sys.exit(130)
