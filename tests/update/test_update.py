#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""luytre-update against a real HTTPS server.

usage: test_update.py LUYTRE_UPDATE LUYTRECTL SOURCE_ROOT
"""

import fcntl
import json
import os
import signal
import stat
import subprocess
import time

import update_case
from update_case import hosts

NEWER = "Sat, 21 Nov 2026 10:00:00 GMT"
OLDER = "Sun, 01 Nov 2026 10:00:00 GMT"


class FetchTest(update_case.UpdateCase):
    """What comes, and what is asked."""

    def test_first_and_second(self):
        self.write_catalogue("one", "two")
        self.serve("one", hosts("a.example"), etag='"1"', date=OLDER)
        self.serve("two", hosts("b.example"), date=OLDER)
        said = self.update()
        self.assertIn("one: new, 18 bytes", said)
        self.assertEqual(self.found("a.example", "b.example", "c.example"),
                         {"a.example", "b.example"})
        self.assertEqual(stat.S_IMODE(self.set.stat().st_mode), 0o640)
        self.assertFalse((self.dir / "sites.set.old").exists())

        self.serve("two", hosts("b.example", "c.example"), date=NEWER)
        before = self.set.read_bytes()
        self.server.asked.clear()
        self.assertIn("one: same", self.update())
        headers = dict(self.server.asked)
        self.assertEqual(headers["/one"]["If-None-Match"], '"1"')
        self.assertEqual(headers["/one"]["If-Modified-Since"], OLDER)
        self.assertEqual(headers["/two"]["If-Modified-Since"], OLDER)
        self.assertRegex(headers["/one"]["User-Agent"], "^luytre-update/")
        self.assertEqual(self.found("a.example", "c.example"), {"a.example", "c.example"})
        self.assertEqual((self.dir / "sites.set.old").read_bytes(), before)

    def test_nothing_new_changes_nothing(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"), etag='"1"')
        self.update()
        before = self.identity()
        self.update()
        self.assertEqual(self.identity(), before)
        # A set that is damaged is made again of what is kept.
        damaged = bytearray(self.set.read_bytes())
        damaged[-12] ^= 1
        self.set.write_bytes(damaged)
        self.update()
        self.assertEqual(self.found("a.example"), {"a.example"})

    def test_packed(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"), packed=True)
        self.update()
        self.assertEqual(self.found("a.example"), {"a.example"})

    def test_choice(self):
        self.write_catalogue("one", "two")
        for name in ("one", "two", "mine"):
            self.serve(name, hosts(f"{name}.example"))
        names = [f"{name}.example" for name in ("one", "two", "mine")]
        self.update()
        self.assertEqual(self.found(*names), {"one.example", "two.example"})
        self.choice.write_text(json.dumps({"lists": ["two"], "own": [
            {"id": "mine", "category": "social", "format": "hosts",
             "url": self.server.url("/mine")}]}))
        self.update()
        self.assertEqual(self.found(*names), {"two.example", "mine.example"})
        self.assertEqual({path.name for path in (self.dir / "lists").iterdir()},
                         {"two.list", "two.json", "mine.list", "mine.json"})
        self.choice.write_text('{"lists": []}')
        self.update()
        self.assertEqual(self.found(*names), set())

    def test_bad_choice(self):
        self.write_catalogue("one")
        for text, problem in (('{"lists": ["none"]}', 'no list "none"'),
                              ('{"own": [{"id": "x", "category": "games", "url": "http://x/"}]}',
                               'begins with "https://"'),
                              ('{"own": [{"id": "../x", "category": "games", "url": "https://x"}]}',
                               "is no id"),
                              ('{"own": [{"id": "one", "category": "games", "url": "https://x"}]}',
                               'another list "one"'),
                              ('{"own": [{"id": "x", "url": "https://x"}]}', "category")):
            self.choice.write_text(text)
            self.assertIn(problem, self.update(status=2))

    def test_progress(self):
        self.write_catalogue("one", "two")
        self.serve("one", hosts("a.example"))
        rows = [json.loads(line) for line in self.update("--json", status=1).splitlines()]
        self.assertEqual([(row["id"], row["outcome"]) for row in rows],
                         [("one", "fetching"), ("one", "new"), ("two", "fetching"),
                          ("two", "failed")])
        self.assertIn("404", rows[-1]["problem"])
        status = self.status()
        self.assertEqual(status["state"], "idle")
        self.assertEqual([row["outcome"] for row in status["lists"]], ["new", "failed"])
        self.assertGreater(status["lists"][0]["came"], 1_600_000_000)
        self.assertEqual(stat.S_IMODE((self.dir / "status.json").stat().st_mode), 0o644)

    def test_proxy_of_the_environment(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"))
        proxy = self.start()
        said = self.update(status=1, https_proxy=proxy.url(""))
        self.assertIn("not updated", said)
        self.assertEqual(self.server.asked, [])

    def test_brought(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"))
        self.update()
        stick = self.folder / "My list.txt"
        for words, status in ((["--as=none"], 2), (["--as=social:none"], 2), ([], 2),
                              (["--as=social:hosts"], 0)):
            stick.write_text(hosts("b.example"))
            self.server.asked.clear()
            self.update(f"--import={stick}", *words, status=status)
        self.assertEqual(self.server.asked, [])
        self.assertEqual(self.found("a.example", "b.example"), {"a.example", "b.example"})
        stick.write_text("<html>")
        self.assertIn("a web page", self.update(f"--import={stick}", "--as=social", status=2))
        self.assertIn("a web page", self.status()["problem"])
        self.assertEqual(self.status()["state"], "idle")
        stick.write_text(hosts("c.example"))
        self.update(f"--import={stick}", "--as=social:hosts")
        self.update()
        self.assertEqual(self.found("a.example", "b.example", "c.example"),
                         {"a.example", "c.example"})
        self.assertEqual(self.status()["lists"][-1]["outcome"], "brought")

    def test_one_at_a_time(self):
        self.write_catalogue("one")
        with (self.dir / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another update", self.update(status=2))


class KeepTest(update_case.UpdateCase):
    """What is refused leaves the kept list and the set in force."""

    def setUp(self):
        super().setUp()
        self.write_catalogue("one")
        self.serve("one", hosts("a.example", "b.example"), etag='"1"', date=NEWER)
        self.update()
        self.before = self.identity()

    def refuse(self, problem, **environment):
        """The next update fails so, and nothing changes."""
        self.assertIn(problem, self.update(status=1, **environment))
        self.assertEqual(self.identity(), self.before)
        self.assertEqual(self.found("a.example", "c.example"), {"a.example"})
        self.assertEqual({path.name for path in (self.dir / "lists").iterdir()},
                         {"one.list", "one.json"})
        self.assertIn(problem, self.status()["lists"][0]["problem"])

    def test_web_page(self):
        self.serve("one", "<!DOCTYPE html><html>Please log in</html>")
        self.refuse("a web page")

    def test_comments_alone(self):
        self.serve("one", "# nothing here\n")
        self.refuse("no known format")

    def test_cut(self):
        self.serve("one", hosts(*(f"c{i}.example" for i in range(1000))), cut=True)
        # Which of the two ends is noticed first is told in other words.
        self.refuse("")

    def test_too_large(self):
        self.serve("one", b"# " + bytes([65]) * (64 * 1024 * 1024))
        self.refuse("larger than 64 MiB")

    def test_too_large_when_unpacked(self):
        self.serve("one", b"# " + bytes([65]) * (64 * 1024 * 1024), packed=True)
        self.refuse("larger than 64 MiB")

    def test_sent_on_to_http(self):
        plain = self.start()
        plain.pages["/one"] = update_case.Page(hosts("c.example"))
        self.serve("one", "", to=plain.url("/one"))
        self.refuse("not HTTPS")
        self.assertEqual(plain.asked, [])

    def test_sent_on_without_end(self):
        self.serve("one", "", to=self.server.url("/one"))
        self.refuse("redirects")

    def test_older(self):
        self.serve("one", hosts("c.example"), date=OLDER)
        self.refuse("it is of 2026-11-01, older than the kept one of 2026-11-21")

    def test_older_by_its_own_word(self):
        self.serve("one", "# Last modified: 2026-11-02\n" + hosts("c.example"), etag='"3"')
        self.refuse("it is of 2026-11-02")

    def test_unknown_authority(self):
        self.serve("one", hosts("c.example"))
        self.refuse("ertificate", SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")

    def test_offline(self):
        self.server.stop()
        self.refuse("onnect")

    def test_server_errors(self):
        for status in (403, 500, 204):
            self.serve("one", hosts("c.example"), status=status)
            self.refuse(str(status))


class CrashTest(update_case.UpdateCase):
    """A set is in force at every moment."""

    def test_killed(self):
        self.write_catalogue("one")
        pages = [hosts(*(f"n{i}.{word}.example" for i in range(60000)), "both.example")
                 for word in ("even", "odd")]
        self.serve("one", pages[0])
        start = time.monotonic()
        self.update()
        whole_s = time.monotonic() - start
        for i in range(1, 25):
            self.serve("one", pages[i % 2])
            with subprocess.Popen(self.command(), env=self.environment(),
                                  stdout=subprocess.DEVNULL) as process:
                try:
                    process.wait(whole_s * i / 20)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
            found = self.found("both.example", "n5.even.example", "n5.odd.example")
            self.assertIn("both.example", found)
            self.assertEqual(len(found), 2)
        self.update()
        self.assertEqual({path.name for path in self.dir.iterdir()},
                         {"lists", "lock", "sites.set", "sites.set.old", "sites.from",
                          "status.json"})

    def test_full_disk(self):
        self.serve("small", hosts("a.example"))
        self.serve("large", hosts(*(f"n{i}.example" for i in range(40000))))
        self.serve("middle", hosts(*(f"m{i}.example" for i in range(15500))))
        small = self.folder / "small.json"
        for name in ("small", "middle", "large"):
            self.choose(one=self.server.url("/" + name))
            self.choice.rename(self.folder / f"{name}.json")
        words = " ".join(map(str, self.command()))
        look = f"{update_case.LUYTRECTL} lists lookup {self.set} a.example"
        script = f"""mount -t tmpfs -o size=400k none {self.dir} || exit 99
            cp {small} {self.choice}; {words} && {look} || exit 1
            for name in large middle; do
              cp {self.folder}/$name.json {self.choice}; {words} && exit 2; {look} || exit 3
            done"""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True,
                              text=True, check=False, env=self.environment())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("a.example\tgames"), 3)
        self.assertIn("No space left", done.stdout + done.stderr)


    def test_full_disk_in_every_phase(self):
        """So much is free, then a little more: half lists, half sets, half records."""
        self.choose(one=self.server.url("/one"))
        self.serve("one", hosts("both.example", *(f"n{i}.even.example" for i in range(6000))))
        self.update()
        self.serve("one", hosts("both.example", *(f"n{i}.odd.example" for i in range(6000))))
        words = " ".join(map(str, self.command()))
        look = f"{update_case.LUYTRECTL} lists lookup {self.set} both.example n5.odd.example"
        script = f"""cp -a {self.dir} {self.folder}/kept
            for free in $(seq 0 25 400); do
              mount -t tmpfs -o size=1m none {self.dir} && cp -a {self.folder}/kept/. {self.dir} ||
                exit 99
              left=$(df --output=avail -k {self.dir} | tail -1)
              [ $left -lt $free ] ||
                head -c $(((left - free) * 1024)) /dev/zero > {self.dir}/filler
              {words}; echo "status $?"; {look} || exit 1
              umount {self.dir}
            done"""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True,
                              text=True, check=False, env=self.environment())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        statuses = [line for line in done.stdout.splitlines() if line.startswith("status ")]
        self.assertEqual(done.stdout.count("both.example\tgames"), len(statuses))
        self.assertEqual(set(statuses[:3]) & {"status 0"}, set())
        self.assertEqual(statuses[-1], "status 0")


class ProxyTest(update_case.UpdateCase):
    """https_proxy and no_proxy of the environment."""

    def test_proxy(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"))
        proxy = self.start_proxy()
        self.update(https_proxy=proxy.url(""))
        self.assertEqual(proxy.asked, [f"127.0.0.1:{self.server.server_address[1]}"])
        self.assertEqual(self.found("a.example"), {"a.example"})

    def test_without_it(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"))
        proxy = self.start_proxy()
        self.update(https_proxy=proxy.url(""), no_proxy="127.0.0.1")
        self.assertEqual(proxy.asked, [])
        self.assertEqual(self.found("a.example"), {"a.example"})

    def test_it_is_gone(self):
        self.write_catalogue("one")
        self.serve("one", hosts("a.example"))
        proxy = self.start_proxy()
        proxy.stop()
        self.assertIn("onnect", self.update(status=1, https_proxy=proxy.url("")))
        self.assertEqual(self.server.asked, [])


class CatalogueTest(update_case.UpdateCase):
    """The package's own catalogue."""

    def test_catalogue(self):
        lists = json.loads((update_case.ROOT / "policy/data/catalogue.json").read_text())["lists"]
        self.assertEqual(len({item["id"] for item in lists}), len(lists))
        presets = [json.loads(path.read_text()) for path in
                   (update_case.ROOT / "policy/data/presets").glob("b*.json")]
        blocked = {name for preset in presets for profile in preset["profiles"].values()
                   for name, action in profile["sites"].get("categories", {}).items()
                   if action == "block"}
        for item in lists:
            self.assertTrue(item["url"].startswith("https://"), item)
            self.assertIn(item["licence"], {"MIT", "GPL-3.0", "CC-BY-SA-4.0"})
            self.assertIs(item["verified"], False)
            if item.get("default"):
                self.assertIn(item["category"], blocked, item["id"])

    def test_it_is_read(self):
        self.catalogue = update_case.ROOT / "policy/data/catalogue.json"
        self.choice.write_text('{"lists": []}')
        self.update()
        self.assertFalse(os.path.exists(self.set))


if __name__ == "__main__":
    update_case.main()
