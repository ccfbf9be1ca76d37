#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published schema and the parser agree: usage: test_schema.py LUYTRECTL SOURCE_ROOT."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
PRESETS = ROOT / "policy" / "data" / "presets"


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def parse_all(cases):
    """What luytrectl policy check says of each case: (valid, error)."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for i, case in enumerate(cases):
            path = pathlib.Path(folder, f"{i}.json")
            path.write_text(json.dumps(case["document"]), encoding="utf-8")
            arguments.append(f"{case.get('layer', 'household')}:{path}")
        command = [LUYTRECTL, "policy", "check", "--json", "--presets", PRESETS, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(cases), done.stderr
    assert done.returncode == (0 if all(line["valid"] for line in lines) else 1), done.returncode
    return [(line["valid"], line["error"]) for line in lines]


class SchemaTest(unittest.TestCase):
    """Every case through both."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        schema = load(ROOT / "policy" / "policy-1.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.schema = schema
        cls.validator = jsonschema.Draft202012Validator(schema)

    def run_cases(self, name, parser_says, schema_says):
        cases = load(ROOT / "tests" / "policy" / "cases" / name)
        for case, (valid, error) in zip(cases, parse_all(cases)):
            with self.subTest(case["label"]):
                self.assertEqual(valid, parser_says, error)
                self.assertEqual(self.validator.is_valid(case["document"]), schema_says)
                if not parser_says:
                    self.assertRegex(error, r"^[^:]+\.json:[0-9]+:[0-9]+: /")
                    self.assertIn(case["error"], error)

    def test_good(self):
        self.run_cases("good.json", True, True)

    def test_bad(self):
        self.run_cases("bad.json", False, False)

    def test_parser_only(self):
        """What a schema cannot say; each case tells why."""
        self.run_cases("parser-only.json", False, True)
        for case in load(ROOT / "tests" / "policy" / "cases" / "parser-only.json"):
            self.assertTrue(case["why"])

    def test_presets(self):
        presets = sorted(PRESETS.glob("*.json"))
        self.assertGreaterEqual(len(presets), 8)
        cases = [{"layer": "preset", "document": load(path)} for path in presets]
        for path, case, (valid, error) in zip(presets, cases, parse_all(cases)):
            with self.subTest(path.name):
                self.assertTrue(valid, error)
                self.validator.validate(case["document"])

    def test_categories(self):
        """Every category that presets name can be locked alone, and is in the schema."""
        ids = self.schema["$defs"]["category"]["enum"]
        locks = self.schema["$defs"]["setting"]["anyOf"][1]["enum"]
        self.assertEqual(locks, [f"sites.categories.{name}" for name in ids])
        for band in ("b3_5", "b6_8", "b9_11", "b12_14", "b15_17", "school"):
            profile = load(PRESETS / f"{band}.json")["profiles"][band]
            self.assertEqual(sorted(profile["sites"]["categories"]), sorted(ids))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
