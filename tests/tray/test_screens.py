#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The notices on a real desktop: Xvfb and xfce4-notifyd, pressed by a real pointer, in pictures.

usage: test_screens.py TRAY LOCALE_DIR PICTURES_DIR [unittest arguments]

PICTURES_DIR gets a picture of every notice in every language, to be looked at by people.
"""

import pathlib
import subprocess
import sys
import time
import unittest

from desk import NOTES, Desk, eventually, typed

TRAY = ""
LOCALE_DIR = ""
PICTURES = pathlib.Path()
SERVER = "/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd"
SCREEN = (1000, 2400)
HOUR_S = 3600

# Where the two buttons of a notice are: a part of its width, and pixels above its lower edge.
FIRST_BUTTON = (0.35, 31)
SECOND_BUTTON = (0.75, 31)


class Screen(Desk):
    """A desk with a screen."""

    def __init__(self, language):
        super().__init__(TRAY, LOCALE_DIR, language)
        self.language = language
        display = self.start("Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0",
                             f"{SCREEN[0]}x{SCREEN[1]}x24", stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
        self.env["DISPLAY"] = ":" + display.stdout.readline().strip()
        self.start(SERVER, stderr=subprocess.DEVNULL)
        eventually("a notification server", lambda: self.session.name_has_owner(NOTES))
        self.known = set()

    def run(self, *arguments):
        """What a program of the desktop prints."""
        return subprocess.run(arguments, env=self.env, capture_output=True, text=True,
                              timeout=20, check=False).stdout

    def windows(self):
        """The windows of the notification server that can be seen."""
        found = self.run("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd").split()
        return {window for window in found if self.size(window)[0] > 50}

    def size(self, window):
        """Width and height; (0, 0) once it is gone."""
        shell = self.run("xdotool", "getwindowgeometry", "--shell", window)
        values = dict(line.split("=") for line in shell.split())
        return int(values.get("WIDTH", 0)), int(values.get("HEIGHT", 0))

    def until_window(self):
        """The notice that is new."""
        new = eventually("a new notice on the screen", lambda: self.windows() - self.known)
        self.known |= new
        return new.pop()

    def colours(self, path):
        """How many colours a picture has: text has dozens, for its edges are smooth."""
        return int(self.run("identify", "-format", "%k", str(path)) or 0)

    def picture(self, name):
        """A picture of the new notice; returns its window."""
        window = self.until_window()
        path = PICTURES / f"{name}-{self.language}.png"

        def drawn():
            self.run("import", "-window", window, str(path))
            return self.colours(path) > 16
        eventually(f"{path.name} is drawn", drawn)
        return window

    def click(self, window, button):
        """The pointer presses a button."""
        width, height = self.size(window)
        self.run("xdotool", "mousemove", "--window", window, str(int(width * button[0])),
                 str(height - button[1]), "click", "1")


class ScreenTest(unittest.TestCase):
    """Every notice once in each language."""

    def screen(self, language, **agent):
        screen = Screen(language)
        self.addCleanup(screen.close)
        screen.start_agent(**agent)
        screen.start_tray("--away-after=1")
        return screen

    def child(self, language):
        screen = self.screen(language)
        screen.tell_blocked("chat.example.net")
        window = screen.picture("child-blocked")
        screen.click(window, FIRST_BUTTON)
        eventually("Ask", lambda: screen.agent_calls("Ask") == [["site", "chat.example.net", ""]])
        screen.picture("child-request-sent")

        screen.tell_blocked("mean.example", rule="bully", owner="preset", asked=True)
        window = screen.picture("child-already-asked")
        screen.tell_blocked("tricks.example", rule="scam", owner="list", list="hosts")
        window = screen.picture("child-blocked-by-list")
        screen.click(window, SECOND_BUTTON)
        screen.picture("child-why")

        for number in range(20):
            screen.tell_blocked(f"part{number:02}.example")
        screen.picture("child-burst-begins")
        screen.picture("child-summary")

        now = int(time.time())
        grant = {"id": 1, "uid": 0, "user": "na", "kind": "site", "what": "olm.vn", "from": now,
                 "until": now + HOUR_S, "request": 41, "note": ""}
        screen.tell("Granted", **grant)
        screen.picture("child-granted")
        screen.tell("Ended", **dict(grant, what="khanacademy.org"))
        screen.picture("child-ended")
        screen.tell("Refused", id=42, uid=0, user="na", kind="site", what="game.example",
                    state="refused", note="Mai nhé" if language == "vi" else "Tomorrow")
        screen.picture("child-refused")
        eventually("ListChildren", lambda: screen.agent_calls("ListChildren"))
        screen.stop_agent()
        screen.picture("child-away")

    def careful(self, language):
        screen = self.screen(language)
        screen.tell_blocked("news.example", action="warn", rule="misinfo", owner="preset")
        screen.picture("child-warning")
        screen.tell_blocked("mean.example", rule="bully")
        window = screen.picture("child-blocked-bully")
        screen.click(window, SECOND_BUTTON)
        screen.picture("child-why-with-111")
        screen.tell_blocked("", reason="unknown-protocol", owner="default", rule="")
        screen.picture("child-no-name")

    def parent(self, language):
        screen = self.screen(language, child=4001)
        now = int(time.time())
        words = "để làm bài tập toán" if language == "vi" else "to finish my maths"
        request = {"id": 41, "uid": 4001, "user": "na", "kind": "site",
                   "what": "chat.example.net", "words": words, "asked": now, "state": "open"}
        screen.agent().SetGrant(typed({
            "id": 5, "uid": 4001, "user": "na", "kind": "site", "what": "chat.example.net",
            "from": now, "until": now + HOUR_S, "request": 41, "note": ""}))
        screen.tell("Asked", **request)
        window = screen.picture("parent-asked")
        screen.click(window, FIRST_BUTTON)
        eventually("Answer", lambda: screen.agent_calls("Answer") == [[41, True, HOUR_S, ""]])
        screen.picture("parent-opened")
        screen.tell("Asked", **dict(request, id=42, what="xn--facebok-gx4c.example", words=""))
        window = screen.picture("parent-asked-look-alike")
        screen.click(window, SECOND_BUTTON)
        screen.picture("parent-refused")

    def parent_denied(self, language):
        screen = self.screen(language, child=4001, error="Denied")
        screen.tell("Asked", id=41, uid=4001, user="na", kind="site", what="chat.example.net",
                    words="", asked=int(time.time()), state="open")
        screen.click(screen.picture("parent-asked-again"), FIRST_BUTTON)
        screen.picture("parent-failed")

    def test_child_in_english(self):
        self.child("en")

    def test_child_in_vietnamese(self):
        self.child("vi")

    def test_careful_child_in_english(self):
        self.careful("en")

    def test_careful_child_in_vietnamese(self):
        self.careful("vi")

    def test_parent_in_english(self):
        self.parent("en")

    def test_parent_in_vietnamese(self):
        self.parent("vi")

    def test_denied_parent_in_english(self):
        self.parent_denied("en")

    def test_denied_parent_in_vietnamese(self):
        self.parent_denied("vi")


if __name__ == "__main__":
    TRAY, LOCALE_DIR = sys.argv[1:3]
    PICTURES = pathlib.Path(sys.argv[3])
    PICTURES.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
