"""A provider of OpenID Connect and a person with a browser, for the tests that sign in."""

import html
import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

import harness

TOOLS = pathlib.Path(os.environ.get("ROLLCALL_TOOLS", harness.ROOT / "build/tools/node_modules"))
MISSING = None
if not (TOOLS / "oidc-provider").is_dir():
    MISSING = f"there is no {TOOLS}/oidc-provider; tests/run installs it"
elif shutil.which("node") is None:
    MISSING = "there is no node; tests/run installs it"


class Provider:
    """One run of oidc/provider.mjs."""

    def __init__(self, id_token_seconds=3600):
        script = pathlib.Path(__file__).resolve().parent / "oidc/provider.mjs"
        self.process = subprocess.Popen(
            ["node", script, TOOLS, str(id_token_seconds)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.issuer = json.loads(self.process.stdout.readline())["issuer"]

    def rotate_keys(self):
        print("rotate", file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "rotated\n"

    def discovery(self):
        with self.open("/.well-known/openid-configuration") as answer:
            return json.load(answer)

    def open(self, path):
        return urllib.request.urlopen(self.issuer + path, timeout=harness.PATIENCE_S)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=harness.PATIENCE_S)
        self.process.stdout.close()


class Browser:
    """Fills the forms of the provider's pages as `person`, until there are none."""

    def __init__(self, person):
        self.person = person
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def visit(self, url):
        """Returns the address and text of the last page."""
        page = self.load(url)
        for _ in range(10):
            form = re.search(r"<form([^>]*)>(.*?)</form>", page[1], re.DOTALL)
            if form is None:
                return page
            attributes = self.attributes(form[1])
            fields = {}
            for field in re.findall(r"<input([^>]*)>", form[2]):
                field = self.attributes(field)
                if field.get("name"):
                    fields[field["name"]] = field.get("value", "")
            if "login" in fields:
                fields |= {"login": self.person, "password": "anything"}
            action = urllib.parse.urljoin(page[0], attributes.get("action") or page[0])
            page = self.load(action, urllib.parse.urlencode(fields).encode())
        raise AssertionError("the provider's pages do not end")

    def load(self, url, form=None):
        with self.opener.open(url, form, timeout=harness.PATIENCE_S) as answer:
            return answer.url, answer.read().decode()

    @staticmethod
    def attributes(text):
        return {name: html.unescape(value)
                for name, value in re.findall(r'([\w-]+)="([^"]*)"', text)}
