"""rollcalld takes the tokens of a real provider of OpenID Connect, and no others."""

import json
import os
import subprocess
import unittest
import urllib.parse

import harness
import oidc_browser
from oidc_browser import Browser, Provider
from sign_in_test import Login

NO_PERMISSION = 5


@unittest.skipIf(oidc_browser.MISSING, oidc_browser.MISSING)
class OpenIdConnect(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}

    def start_provider(self, **options):
        provider = Provider(**options)
        self.addCleanup(provider.stop)
        return provider

    def serve_for(self, provider, *flags, audience="rollcall"):
        self.server = self.serve("--oidc-issuer", provider.issuer, "--oidc-audience", audience,
                                 *flags)

    def login(self, provider, *words, client="rollcall", person="pat"):
        login = Login(self, "--issuer", provider.issuer, "--client-id", client, *words,
                      server=self.server.address)
        Browser(person).visit(login.address())
        code, text = login.finish()
        self.assertEqual(code, 0, text)

    def kept(self):
        file = self.folder / "state/rollcall/tokens.json"
        return json.loads(file.read_text())["servers"][self.server.address]

    def rollcall(self, *words):
        return subprocess.run(
            [harness.BIN / "rollcall", "--address", self.server.address, "--output", "json", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self.environment,
            timeout=harness.PATIENCE_S)

    def who(self, *words):
        done = self.rollcall("whoami", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["principal"]

    def token_file(self, token, name="token"):
        file = self.folder / name
        file.write_text(token)
        file.chmod(0o600)
        return str(file)

    def test_tokens_of_both_flows_are_taken(self):
        provider = self.start_provider()
        self.serve_for(provider)
        self.assertEqual(self.who(), "local")
        self.login(provider)
        self.assertEqual(self.who(), "oidc:pat")
        self.login(provider, "--browser", person="kim")
        self.assertEqual(self.who(), "oidc:kim")
        self.assertEqual(self.rollcall("logout").returncode, 0)
        self.assertEqual(self.who(), "local")

    def test_es256_and_an_address_of_the_keys(self):
        provider = self.start_provider()
        self.serve_for(provider, "--oidc-jwks-url", provider.discovery()["jwks_uri"],
                       audience="rollcall-es")
        self.login(provider, "--browser", client="rollcall-es")
        self.assertEqual(self.who(), "oidc:pat")

    def test_other_algorithms_are_refused(self):
        provider = self.start_provider()
        self.serve_for(provider, audience="rollcall-ps")
        self.login(provider, "--browser", client="rollcall-ps")
        self.refused("algorithm")

    def test_other_audiences_and_issuers_are_refused(self):
        provider = self.start_provider()
        self.serve_for(provider)
        self.login(provider, "--browser", client="another-program")
        self.refused("audience")
        other = self.start_provider()
        self.login(other, "--browser")
        # Its keys have the same ids, but they are other keys.
        self.refused("signature")

    def test_rotated_keys_are_found_and_old_ones_forgotten(self):
        provider = self.start_provider()
        self.serve_for(provider)
        self.login(provider, "--browser")
        old = self.token_file(self.kept()["token"])
        self.assertEqual(self.who("--token-file", old), "oidc:pat")
        provider.rotate_keys()
        # The server has not looked yet.
        self.assertEqual(self.who("--token-file", old), "oidc:pat")
        self.login(provider, "--browser", person="kim")
        self.assertEqual(self.who(), "oidc:kim")
        self.refused("unknown_key", "--token-file", old)

    def test_tokens_are_renewed_before_they_expire(self):
        provider = self.start_provider(id_token_seconds=45)
        self.serve_for(provider)
        self.login(provider, "--browser")
        first = self.kept()
        self.assertEqual(self.who(), "oidc:pat")
        second = self.kept()
        # An ID token of the same second would be the same; a refresh token is used once.
        self.assertNotEqual(first["refresh_token"], second["refresh_token"])
        # What the issuer takes back ends the sign-in.
        Browser("pat").load(
            provider.discovery()["revocation_endpoint"],
            urllib.parse.urlencode({"token": second["refresh_token"],
                                    "client_id": "rollcall"}).encode())
        done = self.rollcall("whoami")
        self.assertEqual(done.returncode, NO_PERMISSION, done.stderr)
        self.assertIn("rollcall login", done.stderr)

    def test_an_issuer_that_is_away_when_the_server_starts(self):
        provider = self.start_provider()
        self.serve_for(provider)
        self.login(provider, "--browser")
        token = self.token_file(self.kept()["token"])
        self.assertEqual(self.server.stop(), 0)
        provider.stop()
        self.serve_for(provider)
        self.refused("unknown_key", "--token-file", token)
        # Who brings no token is served.
        self.assertEqual(self.server.ask("whoami")["principal"], "local")

    def test_a_person_has_the_rights_that_were_granted(self):
        provider = self.start_provider()
        self.serve_for(provider)
        self.login(provider, "--browser")
        done = self.rollcall("vendor", "list")
        self.assertEqual(done.returncode, NO_PERMISSION, done.stderr)
        self.server.cli("grant", "create", "--principal", "oidc:pat", "--role", "roles/viewer")
        self.assertEqual(self.rollcall("vendor", "list").returncode, 0)

    def refused(self, cause, *words):
        done = self.rollcall("whoami", *words)
        self.assertEqual(done.returncode, NO_PERMISSION, done.stdout + done.stderr)
        self.assertIn("TOKEN_REFUSED", done.stderr)
        log = self.server.log.read_text()
        self.assertIn(f'"event":"token_refused","cause":"{cause}"', log)
        for secret in self.secrets():
            for part in secret.split("."):
                self.assertNotIn(part, log)

    def secrets(self):
        """Every token that the test has in a file."""
        kept, file = self.folder / "state/rollcall/tokens.json", self.folder / "token"
        found = [file.read_text()] if file.exists() else []
        for one in json.loads(kept.read_text())["servers"].values():
            found += [one["token"], one["refresh_token"]]
        self.assertTrue(found and all(found))
        return found


if __name__ == "__main__":
    harness.main()
