"""The keys of a register: what rollcalld refuses to start with, and what its process gives away."""

import base64
import os
import pathlib
import secrets
import subprocess
import time

import harness
from harness import BIN, PATIENCE_S

NOBODY = 65534


class KeysTest(harness.TestCase):

    def refusal(self, *flags):
        """The one line with which rollcalld refuses to start."""
        audit_key = self.folder / "audit.key"
        if not audit_key.exists():
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", audit_key],
                           check=True, capture_output=True)
            audit_key.chmod(0o600)
        done = subprocess.run(
            [BIN / "rollcalld", "--listen", f"unix:{self.folder}/socket", "--data-dir",
             self.folder / "data", "--audit-key-file", audit_key, "--catalog-dir",
             harness.ROOT / "deploy/catalog", *flags],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 1, done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]

    def key_file(self, name, content=None, mode=0o400):
        path = self.folder / name
        path.write_text(secrets.token_hex(32) if content is None else content)
        path.chmod(mode)
        return path

    def test_wrong_key_files_are_refused_before_anything_is_made(self):
        cases = {
            self.folder / "missing": "does not exist",
            self.key_file("empty", ""): "is empty",
            self.key_file("short", secrets.token_hex(31)): "does not hold 32 bytes",
            self.key_file("world", mode=0o604): "by everybody",
            self.key_file("group", mode=0o640): "by its group",
            self.folder: "is a directory",
        }
        for path, says in cases.items():
            line = self.refusal("--key-file", path)
            self.assertIn(says, line)
            self.assertIn(str(path), line)
            if path.is_file() and path.stat().st_size:
                self.assertNotIn(path.read_text(), line)
        self.assertFalse((self.folder / "data").exists())

    def test_another_key_than_the_registers_is_refused(self):
        server = self.serve()
        server.cli("vendor", "create", "cleo", "--legal-name", "Cleo", "--kind", "operator")
        self.assertEqual(server.stop(), 0)
        self.assertIn("is not the one that wrapped", self.refusal("--key-file", self.key_file("k")))
        # With the right one all is there.
        self.assertEqual(len(self.serve().ask("vendor", "list")), 1)

    def replace_key(self, server, *words):
        return subprocess.run(
            [BIN / "rollcalld", "replace-key", *words, "--config",
             server.config / "rollcalld.toml"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)

    def test_the_key_can_be_replaced(self):
        server = self.serve()
        server.cli("vendor", "create", "cleo", "--legal-name", "Cleo", "--kind", "operator")
        server.cli("contact", "create", "cleo/pat", "--role", "breach",
                   "--display-name", "Pat Larkspur", "--email", "pat@vendor.example")
        new = self.folder / "new.key"
        done = self.replace_key(server, "--to-file", new)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another process", done.stderr)
        self.assertFalse(new.exists())
        self.assertEqual(server.stop(), 0)

        for words in ((), ("--to-file", new, "--to-credential", "k"), ("--to-file", server.key),
                      ("--to-command", "kms")):
            done = self.replace_key(server, *words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
        done = self.replace_key(server, "--to-file", new)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f'key_file = "{new}"', done.stdout)
        self.assertNotIn(new.read_text().strip(), done.stdout)
        self.assertEqual(new.stat().st_mode & 0o777, 0o400)

        self.assertIn("is not the one that wrapped", self.refusal("--key-file", server.key))
        server = self.serve("--key-file", new)
        contact = server.ask("contact", "list", "cleo")[0]
        self.assertEqual(contact["displayName"], "Pat Larkspur")
        entry = server.ask("audit", "list", "--kind", "KEY_ROTATION")[0]
        self.assertEqual(entry["facts"], {"key_encryption_key": "file", "data_keys": "3"})

    def test_a_credential_serves_as_well_as_a_file(self):
        server = self.serve()
        self.assertEqual(server.stop(), 0)
        credentials = self.folder / "credentials"
        credentials.mkdir()
        text = base64.b64decode(server.key.read_text()).hex()
        (credentials / "rollcall.key").write_text(text)
        (credentials / "rollcall.key").chmod(0o440)
        line = self.refusal("--key-credential", "rollcall.key")
        self.assertIn("CREDENTIALS_DIRECTORY", line)
        log = self.folder / "credential.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [BIN / "rollcalld", "--listen", f"unix:{self.folder}/socket", "--data-dir",
                 self.folder / "data", "--catalog-dir", harness.ROOT / "deploy/catalog",
                 "--audit-key-file", server.config / "audit.key", "--key-credential",
                 "rollcall.key"],
                env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)}, stdout=out,
                stderr=out)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + PATIENCE_S
        while '"event":"serving"' not in log.read_text():
            self.assertIsNone(process.poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_a_command_that_fails_is_named(self):
        script = self.folder / "kms"
        script.write_text("#!/bin/sh\nexit 5\n")
        script.chmod(0o755)
        self.assertIn("ended with status 5", self.refusal("--key-command", script))
        self.assertIn("absolute path", self.refusal("--key-command", "kms"))

    def test_the_process_leaves_no_core_and_shows_no_memory(self):
        self.folder.chmod(0o755)
        home = self.folder / "home"
        home.mkdir()
        as_nobody = None
        if os.geteuid() == 0:
            # What the kernel shows of root's own processes always belongs to root.
            os.chown(home, NOBODY, NOBODY)

            def as_nobody():
                os.setgid(NOBODY)
                os.setuid(NOBODY)

        data = home / "data"
        server = self.serve(data=data, prepare=as_nobody)
        process = pathlib.Path(f"/proc/{server.process.pid}")
        limits = [line.split() for line in (process / "limits").read_text().splitlines()]
        core = next(words for words in limits if words[:3] == ["Max", "core", "file"])
        self.assertEqual(core[4:6], ["0", "0"])
        # A process that may not be dumped belongs to root in /proc, whoever runs it.
        self.assertEqual((process / "mem").stat().st_uid, 0)


if __name__ == "__main__":
    harness.main()
