#!/usr/bin/env python3
"""The golden log and proof hold in verify_log.py, and no longer do with any one byte changed."""

import binascii
import functools
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
sys.path.insert(0, str(HERE))
import verify_log  # noqa: E402

KEY = (GOLDEN / "key").read_text(encoding="ascii")
COPY = (GOLDEN / "seven.audit-log").read_bytes()
PROOF = (GOLDEN / "four.tlog-proof").read_bytes()
ENTRY = (GOLDEN / "four.entry").read_bytes()
# Checking a signature takes milliseconds here, and most copies below have the same ones.
verify_log.signed = functools.lru_cache(verify_log.signed)
ERRORS = (ValueError, KeyError, TypeError, IndexError, binascii.Error)


def holds(check, *arguments):
    try:
        check(*arguments, KEY)
        return True
    except ERRORS:
        return False


def flipped(good, flips):
    for at in range(len(good)):
        for flip in flips:
            bad = bytearray(good)
            bad[at] ^= flip
            yield (at, flip), bytes(bad)


class VerifyLog(unittest.TestCase):
    def test_the_golden_log_holds(self):
        size, root = verify_log.verify(COPY, KEY)
        self.assertEqual((size, len(root)), (7, 32))

    def test_every_byte_of_the_log_counts(self):
        for what, bad in flipped(COPY, (1, 0x80)):
            self.assertFalse(holds(verify_log.verify, bad), what)

    def test_every_byte_of_the_proof_and_of_its_entry_counts(self):
        self.assertEqual(verify_log.verify_proof(PROOF, ENTRY, KEY), (4, 7))
        for what, bad in flipped(PROOF, (1, 0x20, 0x80)):
            self.assertFalse(holds(verify_log.verify_proof, bad, ENTRY), what)
        for what, bad in flipped(ENTRY, (1,)):
            self.assertFalse(holds(verify_log.verify_proof, PROOF, bad), what)

    def test_entries_that_are_missing_doubled_or_out_of_order_are_found(self):
        lines = COPY.split(b"\n")
        entries = [at for at, line in enumerate(lines) if line.startswith(b"+")]
        for at in entries:
            self.assertFalse(holds(verify_log.verify, b"\n".join(lines[:at] + lines[at + 1:])))
            self.assertFalse(holds(verify_log.verify, b"\n".join(lines[:at] + lines[at:at + 1]
                                                                 + lines[at:])))
        for one, two in zip(entries, entries[1:]):
            swapped = list(lines)
            swapped[one], swapped[two] = lines[two], lines[one]
            self.assertFalse(holds(verify_log.verify, b"\n".join(swapped)))

    def test_another_key_does_not_do(self):
        name, _, _ = KEY.split("+", 2)
        raw = b"\1" + bytes(31) + b"\1"
        other = f"{name}+{verify_log.sha256(name.encode(), bytes([10]), raw)[:4].hex()}+"
        other += binascii.b2a_base64(raw, newline=False).decode()
        with self.assertRaises(ERRORS):
            verify_log.verify(COPY, other)

    def test_the_document_shows_the_golden_bytes(self):
        text = (HERE.parents[1] / "docs/audit-log-format.md").read_bytes()
        for shown in (COPY, PROOF, KEY.encode()):
            self.assertIn(b"```\n" + shown.rstrip(b"\n") + b"\n```", text)

    def test_the_program_exits_with_its_verdict(self):
        def run(*arguments):
            return subprocess.run([sys.executable, str(HERE / "verify_log.py"), KEY, *arguments],
                                  capture_output=True, check=False).returncode
        proof, entry = str(GOLDEN / "four.tlog-proof"), str(GOLDEN / "four.entry")
        self.assertEqual(run(str(GOLDEN / "seven.audit-log")), 0)
        self.assertEqual(run("--proof", proof, entry), 0)
        self.assertNotEqual(run("--proof", proof, proof), 0)
        self.assertNotEqual(run(proof), 0)


if __name__ == "__main__":
    unittest.main()
