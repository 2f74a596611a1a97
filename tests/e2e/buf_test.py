"""An ordinary gRPC client with nothing but reflection does the main job.

`buf curl` has no .proto file here: it asks the server what the API is.
"""

import base64
import json
import os
import pathlib
import subprocess
import unittest

import harness
from harness import FIXTURE

BUF = pathlib.Path(os.environ.get("ROLLCALL_BUF",
                                  harness.ROOT / "build/tools/node_modules/.bin/buf"))


def date(text):
    year, month, day = map(int, text.split("-"))
    return {"year": year, "month": month, "day": day}


def named(elements):
    return [f"dataElements/{element}" for element in elements]


@unittest.skipUnless(os.access(BUF, os.X_OK), f"there is no {BUF}; tests/run installs it")
class OrdinaryClient(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve()

    def curl(self, method, *messages, check=True):
        """Calls a method with the messages; returns the answers."""
        request = self.folder / "request.json"
        request.write_text("\n".join(json.dumps(message) for message in messages))
        done = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--emit-defaults",
             "--header", "rollcall-purpose: a test", "--unix-socket", self.server.address.removeprefix("unix:"), "--data", f"@{request}",
             f"http://localhost/{method}"],
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=harness.PATIENCE_S)
        if check and done.returncode != 0:
            raise AssertionError(f"{method}: {done.stderr}")
        if not check:
            return done
        decoder = json.JSONDecoder()
        answers = []
        text = done.stdout.strip()
        while text:
            answer, end = decoder.raw_decode(text)
            answers.append(answer)
            text = text[end:].lstrip()
        return answers

    def call(self, method, message):
        answer, = self.curl(f"rollcall.v1.{method}", message)
        return answer

    @staticmethod
    def import_messages(config, paths):
        messages = [{"config": config}]
        for path in paths:
            messages.append({"fileName": path.name})
            messages.append({"chunk": base64.b64encode(path.read_bytes()).decode()})
        messages.append({"totals": {"files": len(paths),
                                    "bytes": sum(path.stat().st_size for path in paths)}})
        return messages

    def import_files(self, config, paths):
        answers = self.curl("rollcall.v1.RosterService/ImportRoster",
                            *self.import_messages(config, paths))
        self.assertIn("result", answers[-1])
        return answers[-1]["result"]

    def test_the_main_job(self):
        health, = self.curl("grpc.health.v1.Health/Check", {})
        self.assertEqual(health["status"], "SERVING")

        for year, day in ((2019, "2019-06-14"), (2025, "2025-01-31"), (2027, "2026-10-01")):
            self.import_files({"format": "ROSTER_FORMAT_ONE_ROSTER", "schoolYear": year,
                               "asOfDate": date(day)},
                              sorted((FIXTURE / f"roster-{year}").glob("*.csv")))
        spells = self.folder / "programs.csv"
        # Without the student whom only the history knows.
        spells.write_text("".join(
            line for line in (FIXTURE / "programs.csv").read_text().splitlines(keepends=True)
            if not line.startswith("1002")))
        result = self.import_files({"format": "ROSTER_FORMAT_PROGRAM_SPELLS"}, [spells])
        self.assertEqual(result["roster"]["currentStudents"], "4")

        self.call("VendorService/CreateVendor", {
            "vendorId": "cleo", "vendor": {"legalName": "Cleo",
                                           "kind": "VENDOR_KIND_INFRASTRUCTURE"}})
        self.call("VendorService/CreateProduct", {
            "parent": "vendors/cleo", "productId": "transfer",
            "product": {"displayName": "Transfer"}})
        contract = self.call("ContractService/CreateContract", {
            "parent": "vendors/cleo", "contractId": "c",
            "contract": {"form": "CONTRACT_FORM_IL_NDPA", "signedDate": date("2021-06-15")}})
        self.call("ContractService/CreateClause", {
            "parent": contract["name"], "clauseId": "breach",
            "clause": {"clauseKind": "clauseKinds/breach-notice",
                       "status": "CLAUSE_STATUS_PRESENT",
                       "value": {"noticePeriod": {"length": 72, "unit": "PERIOD_UNIT_HOURS",
                                                  "startEvent": "START_EVENT_VENDOR_CONFIRMED"}}}})
        elements = [{"dataElement": name} for name in named(harness.CLEO_ELEMENTS[:4])]
        elements += [{"dataElement": name, "conditionProgram": "medicaid"}
                     for name in named(harness.CLEO_ELEMENTS[4:])]
        share = self.call("ShareService/CreateShare", {
            "parent": "vendors/cleo", "shareId": "s",
            "share": {"contract": contract["name"], "product": "vendors/cleo/products/transfer",
                      "elements": elements, "startDate": date("2017-07-01"),
                      "population": {"subject": "SUBJECT_KIND_STUDENT"}}})
        self.assertFalse(share["outsideContract"])
        self.call("IncidentService/CreateIncident", {
            "incidentId": "cleo", "incident": {
                "vendor": "vendors/cleo", "title": "Attack", "cause": "INCIDENT_CAUSE_ATTACK",
                "windowStartDate": date("2024-12-03"), "windowEndDate": date("2024-12-13"),
                "districtReceivedDate": date("2025-02-08")}})
        self.call("IncidentService/CreateStatement", {
            "parent": "incidents/cleo",
            "statement": {"dataElements": named(harness.CLEO_ELEMENTS)}})

        summary = self.call("ExposureService/GetExposureSummary", {"name": "incidents/cleo"})
        # The seven of the fixture's table less 1002.
        self.assertEqual(harness.heads(summary), {
            "people": 6, "currentStudents": 2, "formerStudents": 4, "currentStaff": 0,
            "formerStaff": 0})
        self.assertEqual(harness.element_counts(summary)["student.medicaid_id"], (3, 3, 0))
        stream = self.curl("rollcall.v1.ExposureService/StreamExposure",
                           {"name": "incidents/cleo", "withDetails": True})
        people = [person["districtId"] for part in stream if "batch" in part
                  for person in part["batch"]["details"]]
        self.assertEqual(sorted(people), ["1003", "1004", "1005", "1007", "1009", "1010"])
        self.assertEqual(stream[-1]["closing"]["digest"], summary["digest"])

        case = self.call("CaseService/OpenCase", {"caseId": "cleo", "incident": "incidents/cleo"})
        self.assertEqual(case["digest"], summary["digest"])
        self.assertEqual(harness.day(case["obligations"][0]["dueDate"]), "2025-03-10")
        harness.approve(self.server, "cleo")
        for count in case["notices"]:
            self.call("CaseService/RecordNoticesSent", {
                "name": "cases/cleo", "channel": count["channel"],
                "sentDate": date("2025-03-07")})
        case = self.call("CaseService/GetCase", {"name": "cases/cleo"})
        self.assertEqual(case["obligations"][0]["outcome"], "DUTY_OUTCOME_MET")

    def test_a_package_that_breaks_off_is_not_imported(self):
        config = {"format": "ROSTER_FORMAT_ONE_ROSTER", "schoolYear": 2027,
                  "asOfDate": date("2026-10-01")}
        messages = self.import_messages(config, sorted((FIXTURE / "roster-2027").glob("*.csv")))
        for end in range(1, len(messages)):
            done = self.curl("rollcall.v1.RosterService/ImportRoster", *messages[:end],
                             check=False)
            self.assertNotEqual(done.returncode, 0, end)
            self.assertIn("invalid_argument", done.stderr)
        summary = self.call("RosterService/GetRosterSummary", {})
        self.assertEqual((summary["currentStudents"], summary["schools"]), ("0", "0"))

    def test_a_file_that_was_sent_and_one_that_may_not_be(self):
        self.import_files({"format": "ROSTER_FORMAT_ONE_ROSTER", "schoolYear": 2027,
                           "asOfDate": date("2026-10-01")},
                          sorted((FIXTURE / "roster-2027").glob("*.csv")))
        self.call("VendorService/CreateVendor", {
            "vendorId": "v", "vendor": {"legalName": "V", "kind": "VENDOR_KIND_OPERATOR"}})
        sent = [{"request": {"parent": "vendors/v", "transferId": "t", "transfer": {
                     "sendTime": "2026-10-05T06:00:00Z",
                     "elements": [{"dataElement": "dataElements/student.name"}]}}},
                {"ids": {"ids": ["1004", "1005"]}}, {"ids": {"ids": ["9998"]}}, {"totalIds": "3"}]
        for end in range(1, len(sent)):
            done = self.curl("rollcall.v1.TransferService/RecordTransfer", *sent[:end], check=False)
            self.assertIn("invalid_argument", done.stderr, end)
        wrong = self.curl("rollcall.v1.TransferService/RecordTransfer", *sent[:2],
                          {"totalIds": "3"}, check=False)
        self.assertIn("invalid_argument", wrong.stderr)
        listed = self.call("TransferService/ListTransfers", {"parent": "vendors/v"})
        self.assertEqual(listed["transfers"], [])
        transfer, = self.curl("rollcall.v1.TransferService/RecordTransfer", *sent)
        self.assertEqual((transfer["people"], transfer["unmatched"], transfer["undeclared"]),
                         ("2", "1", True))

        *findings, closing = self.curl(
            "rollcall.v1.TransferService/CheckTransfer",
            {"request": {"parent": "vendors/v", "dataElements": ["dataElements/student.name"],
                         "sendDate": date("2026-10-05")}}, *sent[1:])
        self.assertEqual((closing["closing"]["allowed"], closing["closing"]["ids"],
                          closing["closing"]["findings"]), (False, "3", len(findings)))
        self.assertIn("TRANSFER_FINDING_REASON_NO_SHARE",
                      [row["finding"]["finding"]["reason"] for row in findings])

        # No share and no agreement: what is known of the vendor is the file alone.
        question = {"whatIf": {"vendor": "vendors/v", "windowEndDate": date("2026-10-31")}}
        header, batch, closing = self.curl("rollcall.v1.ExposureService/StreamExposure", question)
        self.assertEqual(len(batch["batch"]["people"]), 2)
        again = self.curl("rollcall.v1.ExposureService/StreamExposure",
                          {**question, "cursor": batch["batch"]["cursor"]})
        self.assertEqual(again, [header, closing])
        other = self.curl("rollcall.v1.ExposureService/StreamExposure",
                          {"name": "vendors/v", "cursor": batch["batch"]["cursor"]}, check=False)
        self.assertIn("invalid_argument", other.stderr)

    def test_the_network_is_told_of_the_api_only_if_the_district_says_so(self):
        def methods(server):
            return subprocess.run(
                [BUF, "curl", "--protocol", "grpc", "--cacert", server.config / "ca/ca.crt",
                 "--list-methods", f"https://localhost:{server.port}"],
                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=harness.PATIENCE_S)

        done = methods(self.server)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("VendorService", done.stdout)
        told = methods(self.serve("--reflection", "on", data=self.folder / "told"))
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("rollcall.v1.VendorService/GetVendor", told.stdout)

    def test_an_error_says_what_and_where(self):
        done = self.curl("rollcall.v1.VendorService/CreateVendor",
                         {"vendorId": "v", "vendor": {"kind": "VENDOR_KIND_OPERATOR"}},
                         check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("invalid_argument", done.stderr)
        self.assertIn("legal_name", done.stderr)


if __name__ == "__main__":
    harness.main()
