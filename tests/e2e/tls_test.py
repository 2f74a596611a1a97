"""TLS of the real programs: a fresh machine in one step, systems with certificates, changes while the
server runs, and what an outside scanner says."""

import json
import os
import shutil
import ssl
import socket
import subprocess
import time
import unittest

import harness
from harness import BIN, PATIENCE_S, UNAVAILABLE

# Nobody but the district's own clients meets the server's certificate, and they trust its authority
# alone: to revoke it means to renew it. docs/decisions/0010 has more.
EXCEPTIONS = {"cert_revocation"}


class Tls(harness.TestCase):

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.tls = ("--address", f"127.0.0.1:{self.server.port}", "--ca",
                    self.server.config / "ca/ca.crt")

    def daemon(self, *words):
        """Runs a command of rollcalld on the server's files."""
        done = subprocess.run(
            [BIN / "rollcalld", *words, "--config-dir", self.server.config],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def client(self, *words):
        return subprocess.run([BIN / "rollcall", *map(str, self.tls), *map(str, words)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE_S)

    def issue(self, name):
        self.daemon("certificate", "issue", name)
        folder = self.server.config / "systems"
        return ("--certificate", folder / f"{name}.crt", "--key", folder / f"{name}.key")

    def wait_for_log(self, event, times=1):
        deadline = time.monotonic() + PATIENCE_S
        while self.server.log.read_text().count(f'"event":"{event}"') < times:
            self.assertLess(time.monotonic(), deadline, f"no {event}")
            time.sleep(0.05)

    def certificate_shown(self):
        context = ssl.create_default_context(cafile=self.server.config / "ca/ca.crt")
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", self.server.port)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                return connection.getpeercert()["serialNumber"]

    def test_health_is_answered_over_tls(self):
        done = self.client("server", "health")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.client(*self.issue("roster"), "server", "health").returncode, 0)

    def test_the_reason_is_told_when_no_connection_comes_about(self):
        other = self.folder / "other.etc"
        harness.set_up(other, self.folder / "other")
        done = self.client("server", "health", "--ca", other / "ca/ca.crt")
        self.assertEqual(done.returncode, 2, "--ca is given twice")
        self.tls = self.tls[:2] + ("--ca", other / "ca/ca.crt")
        done = self.client("server", "health")
        self.assertEqual(done.returncode, UNAVAILABLE)
        self.assertIn("not signed by the authority in", done.stderr)

    def test_a_renewed_certificate_is_taken_while_the_server_runs(self):
        before = self.certificate_shown()
        self.daemon("certificate", "renew")
        self.wait_for_log("tls_reloaded")
        self.assertNotEqual(self.certificate_shown(), before)
        self.assertEqual(self.client("server", "health").returncode, 0)

    def test_a_damaged_file_changes_nothing_but_the_log(self):
        before = self.certificate_shown()
        (self.server.config / "server.key").write_text("nonsense")
        self.wait_for_log("tls_reload_failed")
        self.assertEqual(self.certificate_shown(), before)
        self.daemon("certificate", "renew")
        self.wait_for_log("tls_reloaded")

    def test_wrong_files_keep_the_server_from_starting(self):
        self.assertEqual(self.server.stop(), 0)
        config = self.server.config
        key = config / "server.key"

        def refusal():
            done = subprocess.run(
                [BIN / "rollcalld", "--config", config / "rollcalld.toml"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual(done.returncode, 1)
            lines = done.stderr.strip().splitlines()
            self.assertEqual(len(lines), 1, done.stderr)
            return lines[0]

        key.chmod(0o644)
        self.assertIn(f"chmod 600 {key}", refusal())
        key.chmod(0o600)
        right = key.read_text()
        key.write_text((config / "ca/ca.key").read_text())
        self.assertIn("not the key of the certificate", refusal())
        key.unlink()
        self.assertIn("cannot read", refusal())
        key.touch(0o600)
        key.write_text(right)
        self.serve()

    def test_init_refuses_a_machine_that_is_set_up(self):
        done = subprocess.run(
            [BIN / "rollcalld", "init", "--config-dir", self.server.config, "--data-dir",
             self.folder / "fresh"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("set up already", done.stderr)
        self.assertFalse((self.folder / "fresh").exists())

    @unittest.skipUnless(shutil.which("testssl"), "there is no testssl; deploy/setup test installs it")
    def test_a_scanner_finds_nothing_above_info(self):
        findings = self.folder / "findings.json"
        subprocess.run(
            ["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none",
             "--ip", "127.0.0.1", "--add-ca", self.server.config / "ca/ca.crt", "--jsonfile",
             findings, "--protocols", "--server-preference", "--fs", "--server-defaults",
             "--vulnerable", "--std", f"localhost:{self.server.port}"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=900, env={**os.environ, "TERM": "dumb"})
        rows = json.loads(findings.read_text())
        self.assertTrue(any(row["id"] == "TLS1_3" and row["severity"] == "OK" for row in rows))
        bad = [row for row in rows if row["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")
               and row["id"].split(" ")[0] not in EXCEPTIONS]
        self.assertEqual(bad, [])


if __name__ == "__main__":
    harness.main()
