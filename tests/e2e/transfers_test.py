"""What was sent and what was destroyed: counts worked out by hand, and what happens when a client
or a server dies half-way.

fixture/README.md has the people and the counts; nothing here is taken from the product.
"""

import csv
import os
import re
import subprocess
import uuid

import harness
from harness import BIN, FIXTURE, PATIENCE_S, counts, element_counts, heads

SENT = FIXTURE / "sent"
NOT_PROVEN, NOT_ALLOWED = 10, 11
WINDOW = ("--window-start-date", "2024-12-03", "--window-end-date", "2024-12-13")


def record(server, vendor, name, *words, file=None):
    return server.ask("transfer", "record", vendor, "--transfer-id", name, "--file-list",
                      file or SENT / f"{name}.csv", *words)


def send_all(server):
    """Records the four files; returns the transfers by name."""
    return {
        "rides-2019": record(server, "route", "rides-2019", "--share", "riders", "--element",
                             "student.name", "--element", "student.gender=2", "--send-time",
                             "2018-09-03T12:00:00Z"),
        "rides-2025": record(server, "route", "rides-2025", "--share", "riders", "--element",
                             "student.name", "--element", "student.birth_date", "--element",
                             "student.state_id=0", "--send-time", "2024-10-01T12:00:00Z"),
        "carried": record(server, "cleo", "carried", "--via", "route", "--element",
                          "student.name", "--element", "student.local_id=3", "--send-time",
                          "2019-03-01T12:00:00Z"),
        "late": record(server, "route", "late", "--element", "student.name", "--element",
                       "student.address", "--send-time", "2025-02-01T12:00:00Z"),
    }


def certify(server):
    return server.ask("disposition", "create", "route/summer-2019", "--nature", "destroyed",
                      "--disposition-date", "2019-07-31", "--elements", "student.name",
                      "--elements", "student.gender", "--includes-subprocessors")


def removed_counts(summary):
    return {row["dataElement"].removeprefix("dataElements/student."): int(row["removed"])
            for row in summary["byElement"] if int(row["removed"])}


class ByHand(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        harness.load_fixture(self.server, self.folder)
        for vendor in (SENT / "depot.yaml", SENT / "route.yaml", harness.DEMO / "cleo.yaml"):
            self.server.cli("apply", "-f", vendor)

    def what_if(self, vendor, *words):
        return self.server.ask("exposure", "summary", "--what-if", vendor, *words)

    def fields(self, vendor, *words):
        """{district number: {field: letter}} from the list and the stream, which must agree."""
        path = self.folder / "stream.csv"
        self.server.cli("exposure", "stream", "--what-if", vendor, *words, "--details", "-o", path)
        with path.open(newline="", encoding="utf-8") as file:
            streamed = {row["person"]: row for row in csv.DictReader(file)}
        found = {}
        for person in self.server.ask("exposure", "list", "--what-if", vendor, *words):
            cells = {row["dataElement"].removeprefix("dataElements/student."):
                     "C" if row["certainty"] == "CERTAINTY_CONFIRMED" else "B"
                     for row in person["elements"]}
            row = streamed.pop(person["person"])
            self.assertEqual({name.removeprefix("student.") for name in row["elements"].split(";")},
                             set(cells))
            cells.update({row["dataElement"].removeprefix("dataElements/student."): "x"
                          for row in person["removed"]})
            found[person["districtId"]] = cells
        self.assertEqual(streamed, {})
        return found

    def test_files_are_kept_with_every_id(self):
        sent = send_all(self.server)
        self.assertEqual(
            {name: tuple(int(transfer[key]) for key in ("ids", "people", "unmatched", "repeated"))
             for name, transfer in sent.items()},
            {"rides-2019": (4, 2, 1, 1), "rides-2025": (2, 2, 0, 0), "carried": (3, 3, 0, 0),
             "late": (1, 1, 0, 0)})
        stranger, = self.server.ask("transfer", "unmatched", "route/rides-2019")
        self.assertEqual((stranger["id"], int(stranger["position"])), ("9998", 3))
        listed = self.server.ask("transfer", "list", "route")
        self.assertEqual([row["name"] for row in listed], [
            "vendors/route/transfers/late", "vendors/route/transfers/rides-2019",
            "vendors/route/transfers/rides-2025"])

    def test_what_no_share_covers_is_recorded_and_flagged(self):
        send_all(self.server)
        late, = [row for row in self.server.ask("transfer", "list", "route", "--undeclared-only")
                 if row["name"].endswith("/late")]
        unshared = [row for row in late["findings"]
                    if row["reason"] == "TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED"]
        self.assertEqual([row["dataElements"] for row in unshared],
                         [["dataElements/student.address"]])

    def test_route(self):
        send_all(self.server)
        certify(self.server)
        summary = self.what_if("route", *WINDOW)
        self.assertEqual(heads(summary), {"people": 7, "currentStudents": 2, "formerStudents": 5,
                                          "currentStaff": 0, "formerStaff": 0})
        self.assertEqual({key: int(summary[key]) for key in (
            "cells", "cellsConfirmed", "cellsBelieved", "cellsRemoved", "peopleRemoved")},
            {"cells": 15, "cellsConfirmed": 6, "cellsBelieved": 9, "cellsRemoved": 5,
             "peopleRemoved": 0})
        self.assertEqual({name: found for name, found in element_counts(summary).items()
                          if found[0]}, {
            "student.name": (4, 4, 2), "student.gender": (3, 3, 0),
            "student.birth_date": (6, 5, 2), "student.local_id": (2, 2, 2)})
        self.assertEqual(removed_counts(summary), {"name": 3, "gender": 2})
        self.assertEqual(counts(summary["byCertainty"]), {"CONFIRMED": 4, "BELIEVED": 3})
        basis = summary["basis"]
        self.assertEqual(basis["dispositions"], ["vendors/route/dispositions/summer-2019"])
        self.assertEqual(sorted((row["vendor"], int(row["transfers"]), int(row["unmatched"]))
                                for row in basis["transferGroups"]),
                         [("vendors/cleo", 1, 0), ("vendors/route", 1, 0),
                          ("vendors/route", 1, 1)])
        self.assertEqual(self.fields("route", *WINDOW), {
            "1001": {"name": "x", "local_id": "C"},
            "1003": {"name": "x", "birth_date": "B"},
            "1004": {"name": "B", "gender": "B", "birth_date": "B"},
            "1005": {"name": "B", "gender": "B", "birth_date": "B"},
            "1007": {"name": "C", "gender": "B", "birth_date": "C"},
            "1009": {"name": "x", "gender": "x", "birth_date": "B", "local_id": "C"},
            "1010": {"name": "C", "gender": "x", "birth_date": "C"}})

    def test_without_a_first_day_no_certificate_counts(self):
        send_all(self.server)
        certify(self.server)
        summary = self.what_if("route", "--window-end-date", "2024-12-13")
        self.assertEqual({key: int(summary[key]) for key in (
            "people", "cells", "cellsConfirmed", "cellsRemoved")},
            {"people": 7, "cells": 20, "cellsConfirmed": 11, "cellsRemoved": 0})
        self.assertEqual(summary["basis"]["dispositions"], [])

    def test_the_party_behind_the_party(self):
        send_all(self.server)
        certify(self.server)
        summary = self.what_if("depot", *WINDOW)
        self.assertEqual(heads(summary), {"people": 6, "currentStudents": 2, "formerStudents": 4,
                                          "currentStaff": 0, "formerStaff": 0})
        self.assertEqual({key: int(summary[key]) for key in (
            "cells", "cellsConfirmed", "cellsRemoved")},
            {"cells": 9, "cellsConfirmed": 0, "cellsRemoved": 2})
        self.assertEqual([row["chain"] for row in summary["basis"]["upstream"]],
                         [["vendors/route", "vendors/depot"]])
        whole = {"gender": "B", "birth_date": "B"}
        self.assertEqual(self.fields("depot", *WINDOW), {
            "1003": {"birth_date": "B"}, "1004": whole, "1005": whole, "1007": whole,
            "1009": {"gender": "x", "birth_date": "B"},
            "1010": {"gender": "x", "birth_date": "B"}})

    def test_earlier_revisions_answer_as_they_did(self):
        before = self.what_if("route", *WINDOW)
        self.assertEqual({name: found[0] for name, found in element_counts(before).items()
                          if found[0]},
                         {"student.name": 6, "student.gender": 5, "student.birth_date": 5})
        send_all(self.server)
        sent = self.what_if("route", *WINDOW)
        certify(self.server)
        certified = self.what_if("route", *WINDOW)
        self.assertEqual([int(each["cells"]) for each in (before, sent, certified)], [16, 20, 15])
        self.server.cli("disposition", "delete", "route/summer-2019")
        self.assertEqual(self.what_if("route", *WINDOW)["digest"], sent["digest"])
        self.server.stop()
        self.server = self.serve()
        for earlier in (before, sent, certified):
            again = self.what_if("route", *WINDOW, "--revision", earlier["basis"]["revision"])
            self.assertEqual(again, earlier)

    def test_one_person_and_every_vendor(self):
        send_all(self.server)
        listed = {row["vendor"]: int(row["people"])
                  for row in self.server.ask("exposure", "vendors")}
        self.assertEqual(set(listed), {"vendors/cleo", "vendors/depot", "vendors/route"})
        for vendor, people in listed.items():
            self.assertEqual(int(self.server.ask("exposure", "summary", vendor)["people"]), people)
        jon, = [row["person"] for row in self.server.ask("exposure", "list", "vendors/route")
                if row["districtId"] == "1010"]
        held = {row["vendor"]: row
                for row in self.server.ask("exposure", "person", jon)["holdings"]}
        self.assertEqual([int(group["transfers"])
                          for group in held["vendors/route"]["transferGroups"]], [1])
        self.assertEqual([source["chain"] for source in held["vendors/depot"]["upstream"]],
                         [["vendors/route", "vendors/depot"]])
        text = self.server.cli("exposure", "person", jon).stdout
        self.assertIn("sent on 2024-10-01", text)

    def test_a_check_answers_for_each_id(self):
        ids = self.folder / "ids.csv"
        ids.write_text("1004\n1006\n9998\n")
        out = self.folder / "no.csv"
        words = ("transfer", "check", "route", "--file-list", ids, "--send-date", "2025-01-15",
                 "--element", "student.name")
        done = self.server.cli(*words, "--element", "student.state_id", "-o", out, check=False)
        self.assertEqual(done.returncode, NOT_ALLOWED, done.stderr)
        with out.open(newline="", encoding="utf-8") as file:
            refused = {(row["id"], row["reason"]) for row in csv.DictReader(file)}
        self.assertEqual({id_ for id_, reason in refused if reason == "element-not-shared"},
                         {"1004", "1006", "9998"})
        self.assertEqual({id_ for id_, reason in refused if reason == "unknown-person"}, {"9998"})
        ids.write_text("1004\n1006\n")
        self.assertEqual(self.server.cli(*words).returncode, 0)
        self.assertEqual(self.server.ask("transfer", "list"), [])


class LateArrival(harness.TestCase):
    def test_ids_are_matched_again_when_an_import_brings_their_people(self):
        server = self.serve()
        for path, options in (
                ("history.csv", ["--format", "enrollment-history", "--as-of", "2018-07-01"]),
                ("roster-2019", ["--school-year", "2018-19", "--as-of", "2019-06-14"]),
                ("roster-2025", ["--school-year", "2024-25", "--as-of", "2025-01-31"])):
            server.cli("roster", "import", FIXTURE / path, *options)
        server.cli("vendor", "create", "v", "--legal-name", "V", "--kind", "operator")
        sent = record(server, "v", "late", "--element", "student.name", "--send-time",
                      "2025-02-01T12:00:00Z")
        self.assertEqual((int(sent["people"]), int(sent["unmatched"])), (0, 1))
        question = ("exposure", "summary", "--what-if", "v")
        before = server.ask(*question)
        self.assertEqual((int(before["people"]), before["basis"]["transferGroups"][0]["unmatched"]),
                         (0, "1"))
        server.cli("roster", "import", FIXTURE / "roster-2027", "--school-year", "2026-27",
                   "--as-of", "2026-10-01")
        after = server.ask(*question)
        self.assertEqual((int(after["people"]), after["basis"]["transferGroups"][0]["unmatched"]),
                         (1, "0"))
        again = server.ask(*question, "--revision", before["basis"]["revision"])
        self.assertEqual(again, before)


class Questions(harness.TestCase):
    def test_two_statements_compared_and_one_family_proven(self):
        server = self.serve()
        harness.load_fixture(server, self.folder)
        harness.report_battelle(server)
        years = harness.flags("--school-years", harness.BATTELLE_YEARS)
        for day, elements in (("2022-04-26", harness.BATTELLE_STUDENT),
                              ("2022-05-11", harness.BATTELLE_STUDENT + harness.BATTELLE_STAFF)):
            server.cli("statement", "create", "battelle", "--statement-date", day, *years,
                       *harness.flags("--elements", elements))
        found = server.ask("exposure", "compare", "battelle/1", "battelle/2")
        self.assertEqual([int(found[key]) for key in ("peopleAdded", "peopleRemoved",
                                                      "peopleChanged", "peopleSame")],
                         [2, 0, 0, 8])
        self.assertEqual({row["dataElement"].removeprefix("dataElements/"): int(row["added"])
                          for row in found["elements"]},
                         {name: 2 for name in harness.BATTELLE_STAFF})

        case = server.ask("case", "open", "battelle", "--case-id", "battelle")
        listed = server.ask("exposure", "list", "battelle")
        proof = self.folder / "proof.txt"
        for person in listed:
            proof.write_text(server.cli("exposure", "prove", "cases/battelle",
                                        person["person"]).stdout)
            checked = server.ask("exposure", "verify", proof, "--digest", case["digest"])
            self.assertEqual((int(checked["people"]), int(checked["cells"])), (10, 81))
            self.assertEqual([row["id"] for row in checked["elements"]],
                             [row["dataElement"].removeprefix("dataElements/")
                              for row in person["elements"]])
        other = server.cli("exposure", "verify", proof, "--digest", "0" * 64, check=False)
        self.assertEqual(other.returncode, NOT_PROVEN)
        text = proof.read_text()
        proof.write_text(text.replace("cells 81", "cells 80"))
        forged = server.cli("exposure", "verify", proof, check=False)
        self.assertEqual(forged.returncode, NOT_PROVEN, forged.stderr)
        nobody = server.cli("exposure", "prove", "battelle/1", "people/999999", check=False)
        self.assertEqual(nobody.returncode, harness.NOT_FOUND)


class HalfWay(harness.TestCase):
    """Ids come through a pipe that the test holds open, so that no call ends before it is cut."""

    IDS = 150_000

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.server.cli("vendor", "create", "v", "--legal-name", "V", "--kind", "operator")
        self.pipe = self.folder / "ids"
        os.mkfifo(self.pipe)
        self.words = ["transfer", "record", "v", "--transfer-id", "t", "--file-list", self.pipe,
                      "--element", "student.name", "--send-time", "2025-01-15T06:00:00Z",
                      "--request-id", str(uuid.uuid4())]

    def begin(self):
        """Starts a client; returns it and the open end of its list."""
        client = subprocess.Popen(
            [BIN / "rollcall", "--address", self.server.address, "--output", "json", *self.words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(client.kill)
        ids = self.pipe.open("w")
        ids.write("student_id\n" + "".join(f"{number}\n" for number in range(self.IDS)))
        ids.flush()
        return client, ids

    def finish(self, client, ids):
        try:
            ids.close()
        except BrokenPipeError:
            pass
        out, error = client.communicate(timeout=PATIENCE_S)
        return client.returncode, out, error

    def check_again(self):
        """The same call works, and once more with the same request id gives the same answer."""
        answers = []
        for _ in range(2):
            status, out, error = self.finish(*self.begin())
            self.assertEqual(status, 0, error)
            answers.append(out)
        self.assertEqual(answers[0], answers[1])
        recorded, = self.server.ask("transfer", "list", "v")
        self.assertEqual((int(recorded["ids"]), int(recorded["unmatched"])), (self.IDS, self.IDS))
        listed = self.server.ask("transfer", "unmatched", "v/t", "--page-size", "1000",
                                 "--limit", "2500")
        self.assertEqual([row["id"] for row in listed], [str(number) for number in range(2500)])

    def test_a_client_that_dies_leaves_nothing(self):
        client, ids = self.begin()
        client.kill()
        self.finish(client, ids)
        self.assertEqual(self.server.ask("transfer", "list", "v"), [])
        self.check_again()

    def test_a_server_that_dies_keeps_nothing_of_it(self):
        client, ids = self.begin()
        self.server.kill()
        status, _, error = self.finish(client, ids)
        self.assertEqual(status, harness.UNAVAILABLE, error)
        self.assertIn(self.words[-1], error)  # The id with which to repeat it.
        self.server = self.serve()
        self.assertEqual(self.server.ask("transfer", "list", "v"), [])
        self.check_again()
        self.server.kill()
        self.server = self.serve()
        self.assertEqual(len(self.server.ask("transfer", "list", "v")), 1)

    def test_an_empty_id_at_the_end_is_told_with_its_line_and_nothing_recorded(self):
        client, ids = self.begin()
        ids.write('"  "\n7\n')
        status, _, error = self.finish(client, ids)
        self.assertEqual(status, 2, error)
        self.assertIn(f"line {self.IDS + 2}", error)
        self.assertEqual(self.server.ask("transfer", "list", "v"), [])

    def test_the_same_request_id_for_another_list_is_refused(self):
        status, _, error = self.finish(*self.begin())
        self.assertEqual(status, 0, error)
        client, ids = self.begin()
        ids.write("one more\n")
        status, _, error = self.finish(client, ids)
        self.assertIn(status, (harness.REFUSED, harness.CONFLICT), error)
        recorded, = self.server.ask("transfer", "list", "v")
        self.assertEqual(int(recorded["ids"]), self.IDS)


class BrokenStream(harness.TestCase):
    STUDENTS = 20_000

    def test_a_stream_goes_on_behind_a_restart(self):
        district = self.folder / "district"
        subprocess.run([BIN / "rollcall-district", "--students", str(self.STUDENTS), "--from-year",
                        "2027", "--to-year", "2027", "--out", district], check=True,
                       stdout=subprocess.DEVNULL)
        # A socket of its own, since a port may be another one after the restart.
        socket = self.folder / "socket"
        server = self.serve("--listen", f"unix:{socket}")
        server.cli("roster", "import", district / "roster-2027.zip", "--school-year", "2027",
                   "--as-of", "2026-10-15")
        server.cli("apply", "-f", harness.DEMO / "cleo.yaml")
        words = ("--output", "json", "exposure", "stream", "--what-if", "cleo",
                 "--window-end-date", "2026-10-15", "--with-details")
        whole = server.cli(*words)
        errors = self.folder / "errors"
        with errors.open("w") as error_file:
            client = subprocess.Popen(
                [BIN / "rollcall", "--purpose", "a test", "--address", f"unix:{socket}", *words],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=error_file, text=True)
        self.addCleanup(client.kill)
        with client.stdout as out:
            # The rest does not fit into the pipe: the client waits in the middle of the stream.
            lines = [out.readline()]
            server.kill()
            server = self.serve("--listen", f"unix:{socket}")
            lines += out.readlines()
        status = client.wait(timeout=PATIENCE_S)
        error = errors.read_text()
        self.assertEqual(status, 0, error)
        self.assertRegex(error, r"The connection broke after [\d,]+ people")
        self.assertGreater(int(re.search(r"after ([\d,]+)", error).group(1).replace(",", "")), 0)
        # Compared as one: a difference must not print a district.
        self.assertTrue("".join(lines) == whole.stdout)
        self.assertEqual(re.search(r"Digest +(\w+)", error).group(1),
                         re.search(r"Digest +(\w+)", whole.stderr).group(1))
        self.assertEqual(len(whole.stdout.splitlines()), self.STUDENTS)


if __name__ == "__main__":
    harness.main()
