# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Chromium in a house, led over a pipe with the DevTools protocol."""

import base64
import json
import os
import select
import time

from lab import eventually, slowed

from pages import Loaded, Lost

SWITCHES = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-extensions", "--disable-dev-shm-usage", "--window-size=1000,620",
    "--remote-debugging-pipe", "--no-default-browser-check", "--hide-scrollbars",
]
START_S = 30


class Chromium:
    """A browser with a fresh profile; a context manager."""

    def __init__(self, house, user, *switches, doh=None, env=None):
        """@doh: templates as a user writes them into the settings' "secure DNS", with nothing
        else to fall back to."""
        self._n = 0
        self._inbox = b""
        self._events = []
        self.profile = f"/home/{user}/chromium-{time.monotonic_ns()}"
        if doh:
            self._set_doh(house, user, doh)
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        with open(house.work / f"chromium-{user}.log", "ab") as log:
            self.process = house.start_as(
                user, ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", "chromium",
                       f"--user-data-dir={self.profile}", *SWITCHES, *switches, "about:blank"],
                env=env, pass_fds=(to_read, to_write), stdout=log, stderr=log)
        os.close(to_read)
        os.close(to_write)
        try:
            target = eventually(self._first_page, "a page of Chromium", timeout=START_S,
                                pause=0.05)
            self._session = self._call("Target.attachToTarget", START_S, flatten=True,
                                       targetId=target)["sessionId"]
            for domain in ("Page", "Network", "Runtime"):
                self._call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    _session = None

    def _set_doh(self, house, user, templates):
        state = {"dns_over_https": {"mode": "secure", "templates": templates}}
        made = house.run_as(user, ["sh", "-c", 'mkdir "$1" && cat > "$1/Local State"', "sh",
                                   self.profile], stdin=json.dumps(state))
        if made.rc != 0:
            raise RuntimeError(made.err)

    def _first_page(self):
        for target in self._call("Target.getTargets", START_S)["targetInfos"]:
            if target["type"] == "page":
                return target["targetId"]
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.stop()
        os.close(self._to)
        os.close(self._from)

    # Protocol

    def _read(self, end):
        """The next message, or None after @end."""
        while b"\0" not in self._inbox:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                return None
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise Lost("Chromium ended")
            self._inbox += piece
        message, self._inbox = self._inbox.split(b"\0", 1)
        return json.loads(message)

    def _call(self, method, timeout=20, **params):
        self._n += 1
        call = {"id": self._n, "method": method, "params": params}
        if self._session:
            call["sessionId"] = self._session
        os.write(self._to, json.dumps(call).encode() + b"\0")
        end = time.monotonic() + slowed(timeout)
        while True:
            message = self._read(end)
            if message is None:
                raise Lost(f"Chromium gave no answer to {method} within {slowed(timeout):g} s")
            if message.get("id") == self._n:
                if "error" in message:
                    raise Lost(f"{method}: {message['error']}")
                return message["result"]
            if "method" in message:
                self._events.append(message)

    def _await(self, event, timeout):
        end = time.monotonic() + slowed(timeout)
        while True:
            for message in self._events:
                if message["method"] == event:
                    return
            message = self._read(end)
            if message is None:
                raise Lost(f"no {event} of Chromium within {slowed(timeout):g} s")
            self._events.append(message)

    # What tests do

    def evaluate(self, script, timeout=20):
        """The value of a JavaScript expression in the page, awaited."""
        result = self._call("Runtime.evaluate", timeout, expression=script, awaitPromise=True,
                            returnByValue=True)
        if "exceptionDetails" in result:
            raise Lost(str(result["exceptionDetails"].get("exception", {}).get("description")))
        return result["result"].get("value")

    def open(self, url, timeout=20) -> Loaded:
        """Goes to @url."""
        self._events.clear()
        start = time.monotonic()
        result = self._call("Page.navigate", timeout, url=url)
        ms = (time.monotonic() - start) * 1000
        error = result.get("errorText", "")
        if not error:
            self._await("Page.loadEventFired", timeout)
        text, protocol = self.evaluate(
            "[document.body ? document.body.innerText : '',"
            " performance.getEntriesByType('navigation')[0]?.nextHopProtocol ?? '']")
        return Loaded(text.strip(), error.removeprefix("net::"), protocol, ms)

    def refused_ms(self):
        """How long the network took to refuse the page last opened, by the browser's own clock:
        without what it does before and behind, which is most on a busy machine."""
        self._await("Network.loadingFailed", 20)
        times = {message["method"]: message["params"]["timestamp"] for message in self._events
                 if message["method"].startswith("Network.") and "timestamp" in message["params"]}
        return (times["Network.loadingFailed"] - times["Network.requestWillBeSent"]) * 1000

    def screenshot(self, path):
        data = self._call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
