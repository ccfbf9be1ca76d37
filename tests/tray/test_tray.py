#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tray on private buses: what it says, what its buttons do, and that it never gives up.

usage: test_tray.py TRAY LOCALE_DIR [unittest arguments]
"""

import os
import subprocess
import sys
import time
import unicodedata
import unittest

from desk import FOREVER, Desk, eventually, forge, typed

TRAY = ""
LOCALE_DIR = ""
HOUR_S = 3600


class DeskTest(unittest.TestCase):
    """Each test has a desk of its own."""

    language = "en"
    address = None
    capabilities = "actions body body-markup"

    def setUp(self):
        self.desk = Desk(TRAY, LOCALE_DIR, self.language, self.address)
        self.addCleanup(self.desk.close)
        self.desk.start_notes(self.capabilities)

    def lines(self, note):
        """The lines of a notice."""
        self.assertEqual(note.body, unicodedata.normalize("NFC", note.body))
        return note.body.split("\n")


class ChildTest(DeskTest):
    """The user is a child."""

    def setUp(self):
        super().setUp()
        self.desk.start_agent()
        self.desk.start_tray()

    def test_blocked(self):
        self.desk.tell_blocked("chat.example.net")
        note = self.desk.until_shown("chat.example.net")
        self.assertEqual(note.title, "This site isn't open for you yet")
        self.assertEqual(self.lines(note), ["<b>chat.example.net</b>",
                                            "Group: Messaging · set by your parents",
                                            "You did nothing wrong."])
        self.assertEqual(note.actions, {"ask": "Ask to open this site", "why": "Why?"})

    def test_ask(self):
        self.desk.tell_blocked("chat.example.net")
        self.desk.press(self.desk.until_shown("chat.example.net"), "ask")
        eventually("Ask", lambda: self.desk.agent_calls("Ask") == [["site", "chat.example.net",
                                                                    ""]])
        note = self.desk.until_shown("Request sent to your parents")
        self.assertIn("chat.example.net", note.body)
        self.assertEqual(note.actions, {})

    def test_why(self):
        self.desk.tell_blocked("chat.example.net", rule="bully", until=int(time.time()) + 60)
        self.desk.press(self.desk.until_shown("chat.example.net"), "why")
        note = self.desk.until_shown("Why isn't this site open?")
        for words in ("“Bullying”", "The rule was made by your parents.", "This holds until",
                      "You did nothing wrong.", "call 111"):
            self.assertIn(words, note.body)
        self.assertEqual(list(note.actions), ["ask"])
        self.desk.press(note, "ask")
        self.desk.until_shown("Request sent")

    def test_warning(self):
        self.desk.tell_blocked("news.example", action="warn", rule="misinfo")
        note = self.desk.until_shown("news.example")
        self.assertEqual(note.title, "Take care on this site")
        self.assertEqual(list(note.actions), ["why"])
        self.assertEqual(note.hints["urgency"], 0)

    def test_answers(self):
        now = int(time.time())
        self.desk.tell("Granted", id=1, uid=0, user="na", kind="site", what="a.example",
                       from_=now, until=now + HOUR_S, request=41, note="have fun")
        note = self.desk.until_shown("Opened for 1 hour")
        self.assertIn("Your parents wrote: “have fun”", note.body)
        self.desk.tell("Granted", id=2, uid=0, user="na", kind="site", what="b.example",
                       from_=now, until=FOREVER, request=0, note="")
        self.desk.until_shown("This site is open now")
        self.desk.tell("Refused", id=42, uid=0, user="na", kind="site", what="c.example",
                       state="refused", note="first the homework")
        note = self.desk.until_shown("Not this time")
        self.assertIn("Reason: first the homework", note.body)
        self.desk.tell("Ended", id=1, uid=0, user="na", kind="site", what="a.example",
                       from_=now - HOUR_S, until=now, request=41, note="")
        note = self.desk.until_shown("The time for this site is over")
        self.assertEqual(list(note.actions), ["ask"])

    def test_a_parent_looks(self):
        self.desk.tell("Reviewed", until=int(time.time()) + HOUR_S)
        note = self.desk.until_shown("Your parents can help pages to open fully")
        self.assertIn("your parents can see what open pages ask for.", self.lines(note)[0])
        self.assertEqual(self.lines(note)[1:], ["Afterwards it is forgotten."])
        self.desk.tell("Reviewed", until=0)
        eventually("the notice is withdrawn", lambda: [
            args for _, args in self.desk.notes().GetMethodCalls("CloseNotification")
            if args == [note.id_in(self.desk)]])

    def test_own_request_is_no_news(self):
        self.desk.tell("Asked", id=41, uid=0, user="na", kind="site", what="a.example", words="")
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 1)

    def test_markup_is_escaped(self):
        self.desk.tell_blocked("chat.example.net", reason="listed", owner="list",
                               list="<a href='x'>&evil;</a>")
        note = self.desk.until_shown("chat.example.net")
        self.assertIn("On the list “&lt;a href=&apos;x&apos;&gt;&amp;evil;&lt;/a&gt;”",
                      note.body.replace("&#39;", "&apos;"))
        self.desk.tell_blocked("<img src=x>.example")
        note = self.desk.until_shown(".example</b>")
        self.assertNotIn("<img", note.body)

    def test_one_notice_a_site(self):
        for _ in range(5):
            self.desk.tell_blocked("chat.example.net")
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 2)

    def test_burst_makes_one_summary(self):
        for number in range(20):
            self.desk.tell_blocked(f"part{number:02}.example")
        # Newest first; it may have been rewritten in place meanwhile.
        note = self.desk.until_shown("part19.example, part18.example, part17.example and 13 more")
        self.assertEqual(note.title, "More sites aren't open for you yet")
        self.assertEqual(note.hints["urgency"], 0)
        self.assertEqual(len([item for item in self.desk.shown() if not item.replaces]), 5)

    def test_silence(self):
        self.desk.tell_blocked("ads.example", rule="ads")
        self.desk.tell_blocked("quic.example", reason="quic")
        self.desk.tell_blocked("", reason="forgotten")
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 1)

    def test_forged_signals_are_not_heard(self):
        path = f"/org/luytre/Agent1/child/{os.getuid()}"
        fields = {"name": "forged.example", "action": "block", "reason": "default"}
        # To every connection, for nobody tells which one is the tray's.
        for name in self.desk.system.list_names():
            if name.startswith(":"):
                forge(self.desk.system, name, path, "Blocked", fields)
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 1)

    def test_odd_signals_do_no_harm(self):
        self.desk.child().EmitSignal("org.luytre.Agent1.Child", "Blocked", "s", ["a.example"])
        self.desk.child().EmitSignal("org.luytre.Agent1.Child", "Unknown", "a{sv}", [typed({})])
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertIsNone(self.desk.tray_process.poll())

    def test_one_tray_a_session(self):
        second = subprocess.run([TRAY, f"--locale-dir={LOCALE_DIR}"], env=self.desk.env,
                                timeout=20, check=False)
        self.assertEqual(second.returncode, 0)
        self.assertIsNone(self.desk.tray_process.poll())

    def test_same_site_takes_the_same_place(self):
        self.desk.tell_blocked("chat.example.net")
        first = self.desk.until_shown("chat.example.net")
        now = int(time.time())
        self.desk.tell("Granted", id=1, uid=0, user="na", kind="site", what="chat.example.net",
                       from_=now, until=now + HOUR_S, request=0, note="")
        second = self.desk.until_shown("Opened for 1 hour")
        self.assertEqual(second.replaces, first.id_in(self.desk))


class AskFailsTest(DeskTest):
    """The agent says no to the question itself."""

    def fail(self, error, words):
        self.desk.start_agent(error=error)
        self.desk.start_tray()
        self.desk.tell_blocked("chat.example.net")
        self.desk.press(self.desk.until_shown("chat.example.net"), "ask")
        note = self.desk.until_shown("The request is not sent yet")
        self.assertIn(words, note.body)

    def test_too_often(self):
        self.fail("Limit", "Many requests are waiting already.")

    def test_other(self):
        self.fail("Failed", "or just tell your parents")


class VietnameseTest(DeskTest):
    """The same in Vietnamese."""

    language = "vi"

    def setUp(self):
        super().setUp()
        self.desk.start_agent()
        self.desk.start_tray()

    def test_blocked_asked_granted(self):
        self.desk.tell_blocked("chat.example.net")
        note = self.desk.until_shown("chat.example.net")
        self.assertEqual(note.title, "Trang này chưa mở cho con")
        self.assertEqual(self.lines(note)[1:], ["Nhóm Nhắn tin · quy tắc của bố mẹ",
                                                "Con không làm gì sai cả."])
        self.assertEqual(note.actions, {"ask": "Xin mở trang này", "why": "Vì sao?"})
        self.desk.press(note, "ask")
        self.desk.until_shown("Đã gửi yêu cầu cho bố mẹ")
        now = int(time.time())
        self.desk.tell("Granted", id=1, uid=0, user="na", kind="site", what="chat.example.net",
                       from_=now, until=now + HOUR_S, request=41, note="")
        self.desk.until_shown("Đã mở trong 1 giờ")

    def test_refused(self):
        self.desk.tell("Refused", id=42, uid=0, user="na", kind="site", what="c.example",
                       state="refused", note="làm bài trước nhé")
        note = self.desk.until_shown("Lần này chưa được nhé")
        self.assertEqual(self.lines(note)[1:], ["Lý do: làm bài trước nhé",
                                                "Con có thể nói chuyện thêm với bố mẹ nhé."])


class SchoolTest(DeskTest):
    """A form of address set by a file."""

    language = "vi"
    address = "[Address]\nChild[vi]=em\nAdult[vi]=thầy cô\n"

    def test_blocked(self):
        self.desk.start_agent()
        self.desk.start_tray()
        self.desk.tell_blocked("chat.example.net")
        note = self.desk.until_shown("chat.example.net")
        self.assertEqual(note.title, "Trang này chưa mở cho em")
        self.assertEqual(self.lines(note)[1:], ["Nhóm Nhắn tin · quy tắc của thầy cô",
                                                "Em không làm gì sai cả."])


class PlainServerTest(DeskTest):
    """A notification server without buttons and markup."""

    capabilities = "body"

    def test_how_to_ask(self):
        self.desk.start_agent()
        self.desk.start_tray()
        self.desk.tell_blocked("chat.example.net", reason="listed", owner="list", list="a&b")
        note = self.desk.until_shown("chat.example.net")
        self.assertEqual(note.actions, {})
        self.assertEqual(self.lines(note), [
            "chat.example.net", "On the list “a&b”", "You did nothing wrong.",
            "To ask your parents, type: luytrectl ask chat.example.net"])


class ParentTest(DeskTest):
    """The user is no child: the agent tells of a child that asks."""

    request = {"id": 41, "uid": 4001, "user": "na", "kind": "site", "what": "chat.example.net",
               "words": "to do <b>maths</b> & more", "asked": int(time.time()), "state": "open",
               "answered": 0, "note": ""}

    def setUp(self):
        super().setUp()
        self.desk.start_agent(child=4001)

    def test_asked_and_opened(self):
        self.desk.start_tray()
        now = int(time.time())
        self.desk.agent().SetGrant(typed({
            "id": 5, "uid": 4001, "user": "na", "kind": "site", "what": "chat.example.net",
            "from": now, "until": now + HOUR_S, "request": 41, "note": ""}))
        self.desk.tell("Asked", **self.request)
        note = self.desk.until_shown("Na asks for chat.example.net")
        self.assertIn("“to do &lt;b&gt;maths&lt;/b&gt; &amp; more” · ", note.body)
        self.assertEqual(note.actions, {"open": "Open for 1 hour", "refuse": "Not this time"})
        self.assertEqual(note.timeout_ms, 0)
        self.desk.press(note, "open")
        self.desk.until_shown("Opened for 1 hour")
        self.assertEqual(self.desk.agent_calls("Answer"), [[41, True, HOUR_S, ""]])

    def test_asked_and_refused(self):
        self.desk.start_tray()
        self.desk.tell("Asked", **self.request)
        self.desk.press(self.desk.until_shown("Na asks for"), "refuse")
        self.desk.until_shown("Answered: not this time")
        self.assertEqual(self.desk.agent_calls("Answer"), [[41, False, 0, ""]])

    def test_answered_by_another_parent(self):
        self.desk.start_tray()
        self.desk.tell("Asked", **self.request)
        note = self.desk.until_shown("Na asks for")
        self.desk.tell("Refused", **dict(self.request, state="refused"))
        eventually("the notice is withdrawn", lambda: [
            args for _, args in self.desk.notes().GetMethodCalls("CloseNotification")
            if args == [note.id_in(self.desk)]])

    def test_asked_while_nobody_was_there(self):
        self.desk.agent().SetOpenRequests([typed(self.request)])
        self.desk.start_tray()
        self.desk.until_shown("Na asks for chat.example.net")
        # Not again when the agent begins anew.
        self.desk.stop_agent()
        self.desk.start_agent(child=4001)
        self.desk.until_subscribed()
        self.desk.tell("Asked", **dict(self.request, id=42, what="later.example"))
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 2)

    def test_a_childs_blocked_sites_are_not_shown(self):
        self.desk.start_tray()
        self.desk.tell_blocked("private.example")
        self.desk.tell("Asked", **self.request)
        self.desk.until_shown("Na asks for")
        self.assertEqual(len(self.desk.shown()), 1)


class ParentWithoutPasswordTest(DeskTest):
    """The dialog was closed: the child still waits."""

    def test_denied(self):
        self.desk.start_agent(child=4001, error="Denied")
        self.desk.start_tray()
        self.desk.tell("Asked", **ParentTest.request)
        self.desk.press(self.desk.until_shown("Na asks for"), "open")
        note = self.desk.until_shown("The answer did not go through")
        self.assertIn("Na is still waiting for an answer.", note.body)
        self.assertEqual(list(note.actions), ["open", "refuse"])


class AwayTest(DeskTest):
    """The agent comes and goes."""

    def test_agent_comes_later(self):
        self.desk.start_tray()
        self.desk.start_agent()
        self.desk.until_subscribed()
        self.desk.tell_blocked("chat.example.net")
        self.desk.until_shown("chat.example.net")

    def test_agent_begins_anew(self):
        self.desk.start_agent()
        self.desk.start_tray()
        for site in ("one.example", "two.example"):
            self.desk.stop_agent()
            self.desk.start_agent()
            self.desk.until_subscribed()
            self.desk.tell_blocked(site)
            self.desk.until_shown(site)
        self.assertFalse([note for note in self.desk.shown() if "not answering" in note.body])

    def test_system_bus_begins_anew(self):
        self.desk.start_agent()
        self.desk.start_tray()
        self.desk.restart_system_bus()
        self.desk.start_agent()
        self.desk.until_subscribed()
        self.desk.tell_blocked("chat.example.net")
        self.desk.until_shown("chat.example.net")

    def test_agent_stays_away(self):
        self.desk.start_agent()
        self.desk.start_tray("--away-after=1")
        self.desk.tell_blocked("chat.example.net")
        first = self.desk.until_shown("chat.example.net")
        eventually("ListChildren", lambda: self.desk.agent_calls("ListChildren"))
        self.desk.stop_agent()
        note = self.desk.until_shown("Some pages may not open right now")
        self.assertIn("You did nothing wrong.", note.body)
        # Asking now says kindly that it did not work.
        self.desk.press(first, "ask")
        self.desk.until_shown("The request is not sent yet")
        self.desk.start_agent()
        eventually("the notice is withdrawn", lambda: [
            args for _, args in self.desk.notes().GetMethodCalls("CloseNotification")
            if args == [note.id_in(self.desk)]])

    def test_a_parent_is_not_told(self):
        self.desk.start_agent(child=4001)
        self.desk.start_tray("--away-after=1")
        eventually("ListChildren", lambda: self.desk.agent_calls("ListChildren"))
        self.desk.stop_agent()
        self.desk.start_agent()
        self.desk.until_subscribed()
        self.desk.tell_blocked("later.example")
        self.desk.until_shown("later.example")
        self.assertEqual(len(self.desk.shown()), 1)


class WithoutTest(unittest.TestCase):
    """What is missing on some machines."""

    def test_no_notification_server(self):
        desk = Desk(TRAY, LOCALE_DIR)
        self.addCleanup(desk.close)
        desk.start_agent()
        desk.start_tray()
        desk.tell_blocked("chat.example.net")
        desk.start_notes()
        desk.tell_blocked("later.example")
        desk.until_shown("later.example")
        self.assertIsNone(desk.tray_process.poll())

    def test_no_session_bus(self):
        env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere")
        done = subprocess.run([TRAY], env=env, capture_output=True, text=True, timeout=20,
                              check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no session bus", done.stderr)

    def test_options(self):
        version = subprocess.run([TRAY, "--version"], capture_output=True, text=True, timeout=20,
                                 check=True)
        self.assertRegex(version.stdout, r"^luytre-tray \d+\.\d+\.\d+\n$")
        for wrong in (["--no-such"], ["word"], ["--away-after=0"]):
            done = subprocess.run([TRAY, *wrong], capture_output=True, timeout=20, check=False)
            self.assertEqual(done.returncode, 2, wrong)


if __name__ == "__main__":
    TRAY, LOCALE_DIR = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
