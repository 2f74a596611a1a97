#!/usr/bin/env python3
"""The log of what happened, with the real programs: what it says, how it is checked against the
server and in a copy, and what becomes of those who change it."""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

import harness

NOT_PROVEN = 10
sys.path.insert(0, str(harness.ROOT / "tests/audit"))
import verify_log  # noqa: E402


class Audit(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve(data=self.folder / "register")
        for name in ("one", "two", "three"):
            self.server.cli("vendor", "create", name, "--kind", "operator", "--legal-name",
                            f"The vendor {name}")
        self.key = self.server.ask("audit", "checkpoint")["verifierKey"]

    def verify(self, *flags, check=True):
        return self.server.cli("audit", "verify", "--public-key", self.key, *flags, check=check)

    def entries(self):
        return self.server.ask("audit", "list")

    def test_changes_and_readings_are_in_it(self):
        entries = self.entries()
        created = [e for e in entries if e["method"].endswith("CreateVendor")]
        self.assertEqual(len(created), 3)
        self.assertIn("The vendor three", json.dumps(created[0]["changes"]))
        self.assertEqual([e["index"] for e in entries],
                         [str(i) for i in reversed(range(len(entries)))])
        self.verify()

    def test_a_copy_is_checked_without_the_server_by_two_programs(self):
        copy = self.folder / "log.audit-log"
        self.server.cli("audit", "export", "--out", copy)
        size, _ = verify_log.verify(copy.read_bytes(), self.key)
        self.assertEqual(size, len(self.entries()))
        self.server.stop()

        def check(path):
            return subprocess.run([harness.BIN / "rollcall", "audit", "verify", "--file", path,
                                   "--public-key", self.key], capture_output=True, text=True,
                                  check=False)
        self.assertEqual(check(copy).returncode, 0)
        bad = self.folder / "bad.audit-log"
        bad.write_bytes(copy.read_bytes().replace(b"The vendor two", b"The vendor twO"))
        done = check(bad)
        self.assertEqual(done.returncode, NOT_PROVEN)
        self.assertIn("is bad: its bytes do not have the hash kept with it", done.stderr)

    def test_the_proof_of_one_entry(self):
        proof, entry = self.folder / "p.tlog-proof", self.folder / "p.entry"
        self.server.cli("audit", "prove", 1, "--out", proof, "--entry", entry)
        index, _ = verify_log.verify_proof(proof.read_bytes(), entry.read_bytes(), self.key)
        self.assertEqual(index, 1)
        words = ("audit", "check-proof", proof, "--entry", entry, "--public-key", self.key)
        self.server.cli(*words)
        entry.write_bytes(entry.read_bytes().replace(b"index", b"Index"))
        self.assertEqual(self.server.cli(*words, check=False).returncode, NOT_PROVEN)

    def test_a_witness_sees_a_cut_tail_and_the_server_an_older_database(self):
        witness = self.folder / "kept.txt"
        self.verify("--witness", witness, "--witness-append")
        self.server.stop()
        data = self.folder / "register"
        shutil.copytree(data, self.folder / "older")
        self.server = self.serve(data=self.folder / "register")
        self.server.cli("vendor", "create", "four", "--kind", "operator", "--legal-name", "The vendor four")
        self.verify("--witness", witness, "--witness-append")
        self.assertEqual(witness.read_text(encoding="utf-8").count("\u2014 "), 2)
        self.server.stop()
        head = (data / "audit.head").read_bytes()
        shutil.rmtree(data)
        shutil.copytree(self.folder / "older", data)
        (data / "audit.head").write_bytes(head)
        with self.assertRaisesRegex(AssertionError, "older database lies in the place"):
            self.serve(data=self.folder / "register")
        # Whoever hides the head file as well is found by who kept a checkpoint.
        (data / "audit.head").unlink()
        self.server = self.serve(data=self.folder / "register")
        done = self.verify("--witness", witness, check=False)
        self.assertEqual(done.returncode, NOT_PROVEN)
        self.assertRegex(done.stderr, "cut|kept elsewhere")

    def test_a_changed_row_is_named(self):
        for number in range(80):
            self.server.cli("vendor", "create", f"v{number}", "--kind", "operator",
                            "--legal-name", f"V {number}")
        self.server.stop()
        with sqlite3.connect(self.folder / "register/register.db") as database:
            database.execute("UPDATE audit_entry SET entry = CAST(replace(CAST(entry AS TEXT), "
                             "'The vendor two', 'The vendor twO') AS BLOB)")
            bad, = database.execute("SELECT idx FROM audit_entry WHERE CAST(entry AS TEXT) "
                                    "LIKE '%The vendor twO%'").fetchone()
        self.server = self.serve(data=self.folder / "register")
        done = self.verify(check=False)
        self.assertEqual(done.returncode, NOT_PROVEN)
        self.assertIn(f"entry {bad} of the audit log is the first bad one", done.stderr)


if __name__ == "__main__":
    unittest.main()
