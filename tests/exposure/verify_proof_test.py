#!/usr/bin/env python3
"""Golden proofs hold, and no longer do with any one byte changed: in verify_proof.py, and in the
client too if ROLLCALL_BIN names the folder of its program."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import verify_proof  # noqa: E402

GOLDEN = sorted((HERE / "golden").glob("*.proof"))
DIGEST_OF_THREE = "254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e"


def holds(data):
    try:
        verify_proof.verify(data)
        return True
    except ValueError:
        return False


class VerifyProof(unittest.TestCase):
    def test_golden_proofs_hold(self):
        self.assertEqual(len(GOLDEN), 4)
        for file in GOLDEN:
            self.assertTrue(holds(file.read_bytes()), file)

    def test_says_what_is_proven(self):
        proof = verify_proof.verify((HERE / "golden/three_first.proof").read_bytes())
        self.assertEqual(proof, (DIGEST_OF_THREE, 3, 7, [["student.birth_date", "BELIEVED"],
                                                         ["student.name", "CONFIRMED"]]))

    def test_every_byte_counts(self):
        for file in GOLDEN:
            good = file.read_bytes()
            for at in range(len(good)):
                for flip in (1, 2, 4, 8, 16, 32, 64, 128, 255):
                    bad = bytearray(good)
                    bad[at] ^= flip
                    self.assertFalse(holds(bytes(bad)), (file.name, at, flip))
                self.assertFalse(holds(good[:at]), (file.name, at))
                self.assertFalse(holds(good[:at] + good[at + 1:]), (file.name, at))

    def test_lines_may_end_as_on_windows_but_nothing_may_follow(self):
        good = GOLDEN[0].read_bytes()
        self.assertTrue(holds(good.replace(b"\n", b"\r\n")))
        for more in (b"\n", b" ", b"path " + b"0" * 64 + b"\n"):
            self.assertFalse(holds(good + more))

    def test_the_document_shows_the_golden_proofs(self):
        text = (HERE.parents[1] / "docs/exposure-format.md").read_text(encoding="utf-8")
        shown = set(re.findall(r"```\n(rollcall-exposure-proof 2\ndigest [0-9a-f]{64}\n.*?)```",
                               text, re.DOTALL))
        self.assertEqual(shown, {(HERE / "golden" / f"{name}.proof").read_text(encoding="utf-8")
                                 for name in ("three_first", "three_last")})

    def test_the_program_exits_with_its_verdict(self):
        def run(*arguments):
            return subprocess.run([sys.executable, str(HERE / "verify_proof.py"), *arguments],
                                  capture_output=True, text=True, check=False)
        file = str(HERE / "golden/three_first.proof")
        self.assertEqual(run(file).returncode, 0)
        self.assertEqual(run(file, DIGEST_OF_THREE).returncode, 0)
        self.assertNotEqual(run(file, "0" * 64).returncode, 0)

    @unittest.skipUnless("ROLLCALL_BIN" in os.environ, "without the client")
    def test_the_client_agrees(self):
        def client(data):
            with tempfile.NamedTemporaryFile() as file:
                file.write(data)
                file.flush()
                program = pathlib.Path(os.environ["ROLLCALL_BIN"]) / "rollcall"
                return subprocess.run([str(program), "exposure", "verify", file.name],
                                      capture_output=True, check=False).returncode
        for file in GOLDEN:
            good = file.read_bytes()
            self.assertEqual(client(good), 0, file)
            bad = bytearray(good)
            bad[good.index(b"salt ") + 5] ^= 1
            self.assertEqual(client(bytes(bad)), 10, file)


if __name__ == "__main__":
    unittest.main()
