# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Firefox in a house, led with the Marionette protocol (a length, a colon, JSON)."""

import base64
import json
import re
import select
import subprocess
import time

from lab import slowed

from pages import Loaded, Lost

PORT = 2828
START_S = 60
# What a browser does by itself, in a house without an internet, is off; HTTP/3 is used although
# the authority is one that was added, as Firefox by default only does with the world's own.
PREFS = {
    "marionette.port": PORT,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.security.https_first": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.native_https_query_in_automation": True,
    "network.http.http3.disable_when_third_party_roots_found": False,
    # The house's addresses are private ones, which a public resolver should not give out.
    "network.trr.allow-rfc1918": True,
    "network.trr.confirmationNS": "skip",
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "",
}
# What the user trusts, see trust.py, goes into the profile, as Firefox has a store in each.
MAKE_PROFILE = """
mkdir "$1"
cp "$HOME/.pki/nssdb/cert9.db" "$HOME/.pki/nssdb/key4.db" "$1"
cat > "$1/user.js"
"""
# The program that carries bytes between its own pipes and Marionette's port inside the house.
CARRY = f"""
import os, socket, threading, time
while True:
    try:
        link = socket.create_connection(("127.0.0.1", {PORT}))
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
def up():
    while data := os.read(0, 65536):
        link.sendall(data)
    link.shutdown(socket.SHUT_RDWR)
threading.Thread(target=up, daemon=True).start()
while data := link.recv(65536):
    os.write(1, data)
"""


class Firefox:
    """A browser with a fresh profile; a context manager."""

    def __init__(self, house, user, prefs=None):
        self._n = 0
        self._inbox = b""
        name = f"firefox-{time.monotonic_ns()}"
        self.profile = f"/home/{user}/{name}"
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});"
                 for key, value in {**PREFS, **(prefs or {})}.items()]
        made = house.run_as(user, ["sh", "-ec", MAKE_PROFILE, "sh", self.profile],
                            stdin="\n".join(lines) + "\n")
        if made.rc != 0:
            raise RuntimeError(made.err)
        with open(house.work / f"firefox-{user}.log", "ab") as log:
            self.process = house.start_as(
                user, ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile",
                       self.profile, "about:blank"],
                env={"MOZ_CRASHREPORTER_DISABLE": "1"}, stdout=log, stderr=log)
            self._carrier = house.start_as(user, ["/usr/bin/python3", "-c", CARRY],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                           stderr=log)
        try:
            self._read(time.monotonic() + slowed(START_S))  # it says what it speaks
            self._call("WebDriver:NewSession", START_S, capabilities={"alwaysMatch": {}})
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.stop(15)
        self._carrier.stop()

    # Protocol

    def _read(self, end):
        pipe = self._carrier.stdout.fileno()
        while True:
            head = re.match(rb"(\d+):", self._inbox)
            if head:
                whole = head.end() + int(head.group(1))
                if len(self._inbox) >= whole:
                    message = self._inbox[head.end():whole]
                    self._inbox = self._inbox[whole:]
                    return json.loads(message)
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise Lost("Firefox gave no answer")
            piece = self._carrier.stdout.read1(1 << 20)
            if not piece:
                raise Lost("Firefox ended")
            self._inbox += piece

    def _ask(self, command, timeout, params):
        """The answer: (error or None, result)."""
        self._n += 1
        text = json.dumps([0, self._n, command, params])
        self._carrier.stdin.write(f"{len(text)}:{text}".encode())
        self._carrier.stdin.flush()
        end = time.monotonic() + slowed(timeout)
        while True:
            message = self._read(end)
            if isinstance(message, list) and message[:2] == [1, self._n]:
                return message[2], message[3]

    def _call(self, command, timeout=20, **params):
        error, result = self._ask(command, timeout, params)
        if error:
            raise Lost(f"{command}: {error}")
        return result

    # What tests do

    def evaluate(self, script, timeout=20):
        """The value of a JavaScript expression in the page, awaited."""
        return self._call("WebDriver:ExecuteAsyncScript", timeout, args=[], script=(
            "const done = arguments[0];"
            f"Promise.resolve({script}).then(done, error => done('error: ' + error));"))["value"]

    def open(self, url, timeout=20) -> Loaded:
        """Goes to @url."""
        start = time.monotonic()
        error, _ = self._ask("WebDriver:Navigate", timeout, {"url": url})
        ms = (time.monotonic() - start) * 1000
        if error:
            page = re.search(r"about:(?:net|cert)error\?e=(\w+)", error["message"])
            if not page:
                raise Lost(f"{url}: {error}")
            text = self.evaluate("document.body.innerText")
            return Loaded(text.strip(), page.group(1), "", ms)
        text, protocol = self.evaluate(
            "[document.body.innerText,"
            " performance.getEntriesByType('navigation')[0]?.nextHopProtocol ?? '']")
        return Loaded(text.strip(), "", protocol, ms)

    def screenshot(self, path):
        data = self._call("WebDriver:TakeScreenshot", full=False)["value"]
        path.write_bytes(base64.b64decode(data))
