#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists whose source signs them, with signatures that minisign and signify made.

usage: test_signatures.py LUYTRE_UPDATE LUYTRECTL SOURCE_ROOT
"""

import json
import pathlib
import subprocess

import update_case
from update_case import hosts

EARLIER, LATER = 1790000000, 1790900000


class SignatureCase(update_case.UpdateCase):
    """A source "one" that is signed with @key."""

    def run_tool(self, *words):
        """A signer's program, to its good end."""
        subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def make_key(self, name="key"):
        """minisign's, without a password: the public key's text."""
        self.run_tool("minisign", "-G", "-W", "-p", self.folder / f"{name}.pub", "-s",
                      self.folder / f"{name}.sec")
        return (self.folder / f"{name}.pub").read_text().splitlines()[1]

    def sign(self, text, name="key", comment=f"timestamp:{EARLIER}", *more):
        """minisign's signature of a text."""
        path = self.folder / "list"
        path.write_text(text)
        self.run_tool("minisign", "-S", *more, "-s", self.folder / f"{name}.sec", "-t", comment,
                      "-m", path, "-x", self.folder / "list.sig")
        return (self.folder / "list.sig").read_text()

    def write_signed(self, key):
        """A catalogue whose list has its signature at /one.sig."""
        self.catalogue.write_text(json.dumps({"lists": [
            {"id": "one", "category": "games", "url": self.server.url("/one"),
             "home": "https://lists.example", "licence": "MIT", "default": True,
             "verified": False, "key": key, "signature": self.server.url("/one.sig")}]}))

    def serve_signed(self, text, signature):
        """Both files."""
        self.serve("one", text)
        self.serve("one.sig", signature)


class GoodTest(SignatureCase):
    """Both programs' signatures are taken."""

    def test_minisign(self):
        self.write_signed(self.make_key())
        text = hosts("a.example")
        for more in ((), ("-l",)):  # of the file's hash, and of the file
            self.serve_signed(text, self.sign(text, "key", f"timestamp:{EARLIER}", *more))
            self.assertIn("one: new, 18 bytes", self.update())
            self.assertEqual(self.found("a.example"), {"a.example"})
        self.assertEqual(self.status()["lists"][0]["date"], EARLIER)
        self.assertEqual({path.name for path in (self.dir / "lists").iterdir()},
                         {"one.list", "one.json"})

    def test_signify(self):
        public, secret = self.folder / "s.pub", self.folder / "s.sec"
        path = self.folder / "list"
        path.write_text(hosts("a.example"))
        self.run_tool("signify-openbsd", "-G", "-n", "-p", public, "-s", secret)
        self.run_tool("signify-openbsd", "-S", "-s", secret, "-m", path)
        self.write_signed(public.read_text().splitlines()[1])
        self.serve_signed(path.read_text(), pathlib.Path(f"{path}.sig").read_text())
        self.update()
        self.assertEqual(self.found("a.example"), {"a.example"})


class BadTest(SignatureCase):
    """Whatever is wrong with it, the kept list stays."""

    def setUp(self):
        super().setUp()
        self.write_signed(self.make_key())
        self.kept = hosts("a.example")
        self.serve_signed(self.kept, self.sign(self.kept, comment=f"timestamp:{LATER}"))
        self.update()
        self.before = self.identity()
        self.other = hosts("b.example")

    def refuse(self, problem):
        self.assertIn(problem, self.update(status=1))
        self.assertEqual(self.identity(), self.before)
        self.assertEqual(self.found("a.example", "b.example"), {"a.example"})
        self.assertEqual({path.name for path in (self.dir / "lists").iterdir()},
                         {"one.list", "one.json"})

    def test_missing(self):
        self.serve("one", self.other)
        del self.server.pages["/one.sig"]
        self.refuse("its signature: the server's answer is 404")

    def test_of_another_list(self):
        self.serve("one", self.other)
        self.refuse("not what was signed")

    def test_by_another_key(self):
        self.make_key("other")
        self.serve_signed(self.other, self.sign(self.other, "other"))
        self.refuse("by another key")

    def test_rolled_back(self):
        """An old list with its own good signature."""
        self.serve_signed(self.other, self.sign(self.other, comment=f"timestamp:{EARLIER}"))
        self.refuse("older than the kept one")

    def test_comment(self):
        """The date cannot be put forward."""
        signature = self.sign(self.other, comment=f"timestamp:{EARLIER}")
        self.serve_signed(self.other, signature.replace(str(EARLIER), str(LATER)))
        self.refuse("not what was signed")

    def test_damaged(self):
        signature = self.sign(self.other, comment=f"timestamp:{LATER}")
        lines = signature.splitlines()
        for bad in ("", "<html>", "x" * 20000, lines[0], "\n".join(lines[1:]), signature[:-9],
                    "\n".join([lines[0], lines[1][:-5], *lines[2:]]),
                    "\n".join([lines[0], "A" + lines[1][1:], *lines[2:]]),
                    "\n".join([*lines[:3], "!" + lines[3][1:]]), signature + "more\n"):
            self.serve_signed(self.other, bad)
            self.refuse("its signature")

    def test_key_is_exchanged(self):
        """What the former key signed is fetched again for the new one."""
        self.write_signed(self.make_key("other"))
        self.refuse("by another key")
        self.serve_signed(self.kept, self.sign(self.kept, "other", f"timestamp:{LATER}"))
        self.assertIn("one: new", self.update())


class CatalogueTest(SignatureCase):
    """What an administrator may write."""

    def test_bad_choices(self):
        own = {"id": "x", "category": "games", "url": "https://x.example"}
        key = "RW" + "A" * 54
        for more, problem in (({"key": key}, "signature"),
                              ({"signature": "https://x.example/s"}, "key"),
                              ({"key": key, "signature": "http://x.example/s"}, "https://"),
                              ({"key": key[1:], "signature": "https://x.example/s"}, "public key"),
                              ({"key": key[:-1] + "!", "signature": "https://x.example/s"},
                               "public key")):
            self.choice.write_text(json.dumps({"own": [{**own, **more}]}))
            self.assertIn(problem, self.update(status=2))


if __name__ == "__main__":
    update_case.main()
