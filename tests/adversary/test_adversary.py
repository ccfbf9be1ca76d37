#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clever child: every trick of tests/adversary/tricks, run as an account without any right.

usage: test_adversary.py GUARD-RUN KIND [--only WORDS]   (KIND of queue: xt, native or auto)

Each trick runs in two houses at the same time. In one nobody guards: there it must bring a
complete request or hello for a blocked site to the server, or else it shows nothing. In the other
the agent's packet path is at work, and there it must not. The servers are real (nginx; OpenSSL
behind a log; the lab's logger) and every byte that they get is written down. Each trick has a site
of its own, so that it is known whose request came. A table says at the end what became of each.

One trick: `--only "retry forged"`; its lines in the table are script, variant, server, family. By
hand, on any machine and without any agent: tricks/retry.py forged ADDRESS 443.

To add one: a function in a script of tricks/, its name in the script's VARIANTS, a row below.
"""

import concurrent.futures
import json
import os
import signal
import sys
import unittest

from scene import Scene

from lab import run_tests

GUARD = (os.path.abspath(sys.argv[1]), sys.argv[2])
ONLY = sys.argv[4] if sys.argv[3:4] == ["--only"] else ""
AT_ONCE = 6
TABLE = []

# script, servers, families, variants
TRICKS = (
    ("retry", "tls", (4, 6), "forged in-pieces small-window not-waiting one-record"),
    ("pages", "log plain", (4, 6), "spliced zerocopy sendfile low-ttl signed"),
    ("pages", "plain", (4, 6), "second-request chunks"),
    ("segments", "log plain", (4, 6), "plain"),
    ("segments", "log", (4, 6), "at-the-name urgent urgent-first long-hello small-mss"),
    ("segments", "plain", (4, 6), "at-the-name urgent urgent-first"),
    ("segments", "log plain", (4,), "one-byte-segments drip half-closed closed-at-once "
                                    "pieces-then-closed corked lingering forked "
                                    "behind-an-open-one behind-its-answer"),
    ("segments", "plain", (4,), "half-then-end half-and-end half-with-end line-then-end "
                                "half-behind-an-open-one half-just-behind-an-open-one"),
    ("segments", "log", (4,), "one-byte-records empty-records"),
    ("opening", "log plain", (4, 6), "fast-open nonblocking deferred"),
    ("opening", "log", (4, 6), "multipath"),
    ("opening", "log plain", (4,), "with-options"),
    ("opening", "tls", (4, 6), "reset-and-again left-and-again"),
    ("web", "plain", (4,), "second-in-one second tenth absolute absolute-other-host userinfo "
                           "two-hosts two-hosts-turned folded folded-behind upper-case dot port "
                           "blank-before-colon tab bare-lf bare-cr empty-lines first-line-blank "
                           "odd-method long-head http-1.0 http-0.9 length-and-chunks "
                           "chunks-and-length two-lengths odd-length odd-coding twice-chunked "
                           "chunk-extension huge-chunk trailer length-ends get-with-body http-2 "
                           "http-2-in-pieces upgrade-h2c upgrade-at-once upgrade-then-request "
                           "upgrade-then-tls upgrade-then-blank upgrade-then-odd-blank "
                           "user-with-backslash user-with-blank tunnel-with-length "
                           "tunnel-with-chunks "
                           "tunnel tunnel-at-once tunnel-request "
                           "tunnel-two-hellos tunnel-in-tunnel"),
    ("web", "web", (4, 6), "second-in-one second tenth absolute upper-case dot port bare-lf "
                           "empty-lines http-1.0 length-ends get-with-body trailer"),
    ("owners", "site web", (4,), "own-network-pasta own-network-slirp"),
)
# What the kernel grants nobody without rights, also not as root of a namespace of his own.
RIGHTS = "raw raw6 packet repair mark foreign-address firewall"


def rows():
    """(script, variant, server, family) of all tricks that need nothing but their own program."""
    for script, servers, families, variants in TRICKS:
        for variant in variants.split():
            for server in servers.split():
                for family in families:
                    if ONLY in f"{script} {variant} {server} {family}":
                        yield script, variant, server, family


def while_nobody_answers(scene, job):
    """The agent is held still between the packet's coming and its verdict."""
    if scene.guard:
        scene.guard.kill(signal.SIGSTOP)
    process = scene.start(job)
    if process.stdout.readline() != b"changed\n":
        raise RuntimeError(process.stderr.read())
    if scene.guard:
        scene.guard.kill(signal.SIGCONT)
    return finish(process, stdin=b"\n")


def across_the_start(scene, job):
    """The agent comes while the connection is open."""
    if scene.guard:
        scene.guard.stop()
    process = scene.start(job)
    if process.stdout.readline() != b"connected\n":
        raise RuntimeError(process.stderr.read())
    if scene.guard:
        scene.start_guard()
    return finish(process, stdin=b"\n")


def with_a_helper(scene, job):
    """Another account's program takes the socket and sends on it."""
    scene.house.path("/run/door").unlink(missing_ok=True)
    os.chmod(scene.house.path("/run"), 0o777)
    helper = scene.start(["owners", "take", *job[2:]], user="guest")
    said = finish(scene.start(job))
    finish(helper)
    return said


def finish(process, stdin=None):
    done = process.finish(timeout=25, stdin=stdin)
    if done.rc != 0 or not done.out.strip():
        raise RuntimeError(f"{process.argv[-6:]}: {done.rc} {done.err}")
    return json.loads(done.out.splitlines()[-1])


class Tricks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = concurrent.futures.ThreadPoolExecutor(2)
        cls.addClassCleanup(cls.pool.shutdown)
        cls.scenes = list(cls.pool.map(Scene, (None, GUARD)))
        for scene in cls.scenes:
            cls.addClassCleanup(scene.close)
        cls.n_sites = 0

    @classmethod
    def tearDownClass(cls):
        lines = [f"{'trick':44} {'alone':9} {'guarded':9} the child saw"]
        lines += [f"{name:44} {alone:9} {guarded:9} {saw}" for name, alone, guarded, saw in TABLE]
        print("\n" + "\n".join(lines))

    @classmethod
    def new_site(cls):
        cls.n_sites += 1
        return f"t{cls.n_sites:03}"

    def both(self, play):
        """What play(scene) gives in both houses: unguarded, guarded."""
        return [done.result() for done in [self.pool.submit(play, scene) for scene in self.scenes]]

    def compare(self, row, site, said, asked):
        """Writes the table's line and says what is wrong with it, or ""."""
        blocked = f"{site}.blocked.test"
        alone, guarded = (blocked in names for names in asked)
        saw = " ".join(filter(None, said[1].values())).strip().split("\n")[-1][:40]
        TABLE.append((" ".join(map(str, row)), "came" if alone else "-",
                      "CAME" if guarded else "-", saw))
        if guarded:
            return "it came through"
        if not alone:
            return f"it shows nothing: unguarded it does not come either ({said[0]})"
        return ""

    def test_tricks(self):
        jobs = [(row, self.new_site()) for row in rows()]
        # The slow ones first.
        jobs.sort(key=lambda job: job[0][1] not in ("drip", "left-and-again"))
        self.assertTrue(jobs, ONLY)
        plays = self.both(lambda scene: scene.play_all(
            [scene.job(site, *row) for row, site in jobs], AT_ONCE))
        asked = self.both(lambda scene: scene.asked_for())
        for row, site in sorted(jobs):
            with self.subTest(" ".join(map(str, row))):
                said = [play[0].get(site, {"error": play[1][-2000:]}) for play in plays]
                self.assertEqual(self.compare(row, site, said, asked), "")

    def prove(self, row, how):
        site = self.new_site()
        said = self.both(lambda scene: how(scene, scene.job(site, *row)))
        asked = self.both(lambda scene: scene.asked_for())
        return self.compare(row, site, said, asked), said

    def test_changed_in_the_queue(self):
        """Between the packet's coming and its verdict. Unguarded there is no queue."""
        for family in (4, 6):
            for server in ("log", "plain"):
                with self.subTest(server=server, family=family):
                    wrong, _ = self.prove(("pages", "queued", server, family),
                                          while_nobody_answers)
                    self.assertNotEqual(wrong, "it came through")

    def test_opened_before(self):
        for variant in ("opened-before", "used-before"):
            for server in ("log", "plain"):
                with self.subTest(variant, server=server):
                    wrong, _ = self.prove(("owners", variant, server, 4), across_the_start)
                    self.assertEqual(wrong, "")

    def test_handed_on(self):
        for family in (4, 6):
            with self.subTest(family=family):
                wrong, _ = self.prove(("owners", "handed-on", "log", family), with_a_helper)
                self.assertEqual(wrong, "")

    def test_rights(self):
        """Segments of one's own making need rights, also those of root in one's own namespace."""
        variants = [prefix + name for name in RIGHTS.split() for prefix in ("", "own-root-")]
        jobs = [(name, self.new_site()) for name in variants]
        plays = self.both(lambda scene: scene.play_all(
            [scene.job(site, "rights", name, "log", 4) for name, site in jobs], AT_ONCE))
        for name, site in jobs:
            with self.subTest(name):
                refused = [play[0].get(site, {}).get("refused") for play in plays]
                TABLE.append((f"rights {name}", "refused", "refused", refused[1]))
                self.assertIn(refused[0], ("EPERM", "EACCES"))
                self.assertEqual(refused[1], refused[0])

    def test_honest(self):
        """What must work: a client that answers a HelloRetryRequest as it should."""
        jobs = [(family, self.new_site()) for family in (4, 6)]
        plays = self.both(lambda scene: scene.play_all(
            [scene.job(site, "retry", "honest", "tls", family) for family, site in jobs], 2))
        for said, _ in plays:
            for _, site in jobs:
                self.assertEqual(said[site]["error"], "")


if __name__ == "__main__":
    del sys.argv[1:5 if ONLY else 3]
    run_tests()
