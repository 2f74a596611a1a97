"""Backups of a running server, and restoring one, as an administrator does it."""

import json
import subprocess
import threading

import harness
from harness import BIN, NOT_FOUND, PATIENCE_S


class Backups(harness.TestCase):
    def daemon(self, *words, server=None):
        """Runs a command of rollcalld that ends by itself."""
        settings = []
        if server is not None:
            settings = ["--config", server.config / "rollcalld.toml"]
        return subprocess.run([BIN / "rollcalld", *words, *settings], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE_S)

    def vendors(self, server):
        return sorted(vendor["name"] for vendor in server.ask("vendor", "list") or [])

    def add(self, server, vendor):
        server.cli("vendor", "create", vendor, "--legal-name", "Vendor", "--kind", "operator")

    def test_the_exercise_of_the_handbook(self):
        server = self.serve("--backup-dir", self.folder / "backups")
        self.add(server, "first")
        stop = threading.Event()

        def keep_writing():
            number = 0
            while not stop.is_set():
                self.add(server, f"w-{number}")
                number += 1

        writer = threading.Thread(target=keep_writing)
        writer.start()
        try:
            made = server.ask("backup", "create")
        finally:
            stop.set()
            writer.join()
        backup = made["name"].removeprefix("backups/")
        file = self.folder / "backups" / f"{backup}.db"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(int(made["sizeBytes"]), file.stat().st_size)
        described = json.loads(file.with_suffix(".json").read_text())
        self.assertEqual(described["sha256"], made["sha256"])
        self.assertEqual([one["name"] for one in server.ask("backup", "list")], [made["name"]])
        entry = server.ask("audit", "list", "--kind", "BACKUP")[0]
        self.assertEqual(entry["principal"], "local")
        self.assertEqual(entry["facts"]["sha256"], made["sha256"])
        self.assertEqual(server.ask("backup", "verify", backup)["sha256"], made["sha256"])
        self.assertEqual(server.cli("backup", "verify", "20200101t000000z-r1",
                                    check=False).returncode, NOT_FOUND)
        self.add(server, "after-the-backup")

        done = self.daemon("verify-backup", file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("the backup is whole", done.stdout)

        # Not while the server runs.
        done = self.daemon("restore", file, server=server)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rollcalld: ", done.stderr)
        self.assertIn("after-the-backup", " ".join(self.vendors(server)))
        server.stop()

        done = self.daemon("verify", server=server)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.daemon("restore", file, server=server)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        again = self.serve("--backup-dir", self.folder / "backups")
        self.assertIn("vendors/first", self.vendors(again))
        self.assertNotIn("vendors/after-the-backup", self.vendors(again))
        aside = [path for path in again.data.iterdir() if ".replaced-" in path.name and path.name.endswith("z")]
        self.assertEqual(len(aside), 1)
        self.add(again, "life-goes-on")
        again.stop()
        done = self.daemon("verify-backup", aside[0])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_is_damaged_is_refused(self):
        server = self.serve()
        self.add(server, "first")
        made = server.ask("backup", "create")
        backup = made["name"].removeprefix("backups/")
        file = server.data / "backups" / f"{backup}.db"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        done = server.cli("backup", "verify", backup, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("BACKUP_DAMAGED", done.stderr)
        server.stop()
        done = self.daemon("restore", file, server=server)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertIn("backup", done.stderr)
        register = server.data / "register.db"
        content = bytearray(register.read_bytes())
        content[4096:8192] = bytes(4096)
        register.write_bytes(content)
        done = self.daemon("verify", server=server)
        self.assertEqual(done.returncode, 1)
        self.assertIn("damaged", done.stderr)

    def test_a_command_without_its_file_says_so(self):
        for words in (["restore"], ["verify-backup"], ["restore", "--data-dir", "/tmp"]):
            done = self.daemon(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("file", done.stderr)


if __name__ == "__main__":
    harness.main()
