"""People sign in at a real provider of OpenID Connect: the client's commands, and what is kept."""

import base64
import contextlib
import json
import os
import queue
import re
import socket
import stat
import subprocess
import threading
import unittest
import urllib.error
import urllib.parse

import harness
import oidc_browser
from oidc_browser import Browser, Provider

SERVER = "register.example:50061"


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Login:
    """A `rollcall login` that runs until the person has signed in."""

    def __init__(self, test, *words, server=SERVER):
        self.process = subprocess.Popen(
            [harness.BIN / "rollcall", "--address", server, "login", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=test.environment)
        test.addCleanup(self.end)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.put(line)

    def address(self):
        """The address that the person is asked to open, the longest if there are two."""
        text = ""
        while "Waiting" not in text:
            text += self.lines.get(timeout=harness.PATIENCE_S)
        return max(re.findall(r"http://\S+", text), key=len)

    def finish(self):
        """The exit code and what was said since."""
        code = self.process.wait(timeout=harness.PATIENCE_S)
        self.reader.join()
        text = ""
        while not self.lines.empty():
            text += self.lines.get()
        return code, text

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


@unittest.skipIf(oidc_browser.MISSING, oidc_browser.MISSING)
class SignIn(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.provider = self.start_provider()
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        self.file = self.folder / "state/rollcall/tokens.json"

    def start_provider(self, **options):
        provider = Provider(**options)
        self.addCleanup(provider.stop)
        return provider

    def rollcall(self, *words):
        address = () if "--address" in words else ("--address", SERVER)
        return subprocess.run([harness.BIN / "rollcall", *address, *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment, timeout=harness.PATIENCE_S)

    def login(self, *words, client="rollcall", provider=None):
        return Login(self, "--issuer", (provider or self.provider).issuer, "--client-id", client,
                     *words)

    def kept(self):
        return json.loads(self.file.read_text())["servers"].get(SERVER)

    def test_by_device(self):
        login = self.login()
        Browser("pat").visit(login.address())
        code, text = login.finish()
        self.assertEqual((code, "Signed in" in text), (0, True), text)
        kept = self.kept()
        said = claims(kept["token"])
        self.assertEqual((said["sub"], said["aud"], said["iss"]),
                         ("pat", "rollcall", self.provider.issuer))
        self.assertTrue(kept["refresh_token"])
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.file.parent.stat().st_mode), 0o700)
        self.assertNotIn(kept["token"], text)

    def test_by_browser(self):
        login = self.login("--browser")
        address = login.address()
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        self.assertEqual(asked["code_challenge_method"], ["S256"])
        redirect, = asked["redirect_uri"]
        self.assertTrue(redirect.startswith("http://127.0.0.1:"))
        # Somebody else on the machine comes first, with a code of his own.
        with self.assertRaises(urllib.error.HTTPError) as refused:
            Browser("eve").load(redirect + "?code=stolen&state=guessed")
        self.assertEqual(refused.exception.code, 400)
        refused.exception.close()
        _, page = Browser("pat").visit(address)
        self.assertIn("can be closed", page)
        code, text = login.finish()
        self.assertEqual(code, 0, text)
        self.assertEqual(claims(self.kept()["token"])["sub"], "pat")

    def test_the_second_time_nothing_need_be_said(self):
        login = self.login()
        Browser("pat").visit(login.address())
        self.assertEqual(login.finish()[0], 0)
        again = Login(self)
        Browser("kim").visit(again.address())
        self.assertEqual(again.finish()[0], 0)
        self.assertEqual(claims(self.kept()["token"])["sub"], "kim")

    def test_logout_removes_and_revokes(self):
        login = self.login()
        Browser("pat").visit(login.address())
        self.assertEqual(login.finish()[0], 0)
        before = self.kept()
        done = self.rollcall("logout")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertIsNone(self.kept())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            Browser("pat").load(
                self.provider.discovery()["token_endpoint"],
                urllib.parse.urlencode({"grant_type": "refresh_token", "client_id": "rollcall",
                                        "refresh_token": before["refresh_token"]}).encode())
        self.assertIn("invalid_grant", refused.exception.read().decode())
        refused.exception.close()
        self.assertEqual(self.rollcall("logout").returncode, 0)

    def test_a_file_that_others_can_read_is_not_used(self):
        login = self.login()
        Browser("pat").visit(login.address())
        self.assertEqual(login.finish()[0], 0)
        self.file.chmod(0o644)
        for words in (("vendor", "list"), ("logout",), ("login",)):
            done = self.rollcall(*words)
            self.assertEqual(done.returncode, 9, words)
            self.assertIn("chmod", done.stderr)

    def test_no_token_over_a_connection_that_can_be_read(self):
        login = self.login()
        Browser("pat").visit(login.address())
        self.assertEqual(login.finish()[0], 0)
        token = self.folder / "token"
        token.write_text(self.kept()["token"])
        token.chmod(0o600)
        # Somebody who listens where the server should be, and speaks no TLS.
        heard = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.2)
            listening = threading.Event()
            listening.set()

            def listen():
                while listening.is_set():
                    try:
                        peer, _ = listener.accept()
                    except TimeoutError:
                        continue
                    with peer:
                        peer.settimeout(harness.PATIENCE_S)
                        # The client may try more than once, and give a try up before it speaks.
                        with contextlib.suppress(ConnectionError):
                            heard.append(peer.recv(65536))

            thread = threading.Thread(target=listen)
            thread.start()
            try:
                done = self.rollcall("vendor", "list", "--token-file", str(token), "--address",
                                     f"127.0.0.1:{listener.getsockname()[1]}")
            finally:
                listening.clear()
                thread.join()
        self.assertNotEqual(done.returncode, 0, done.stderr)
        self.assertTrue(any(heard))
        for said in filter(None, heard):
            self.assertEqual(said[:1], b"\x16", "the first byte of a handshake of TLS")
            self.assertNotIn(b"authorization", said)
            for part in token.read_text().split("."):
                self.assertNotIn(part.encode(), said)

    def test_whoever_refuses_or_is_not_there(self):
        done = self.rollcall("login", "--issuer", self.provider.issuer, "--client-id", "nobody")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("invalid_client", done.stderr)
        other = self.provider.issuer.replace("127.0.0.1", "localhost")
        done = self.rollcall("login", "--issuer", other, "--client-id", "rollcall")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("does not call itself", done.stderr)
        gone = self.start_provider()
        gone.stop()
        done = self.rollcall("login", "--issuer", gone.issuer, "--client-id", "rollcall")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertFalse(self.file.exists())


if __name__ == "__main__":
    harness.main()
