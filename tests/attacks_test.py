"""Every attack in tests/edge_proxy/ATTACKS.md has the tests that its row names, which carry its number.

Run: /usr/bin/python3 tests/attacks_test.py
"""

import pathlib
import re
import unittest

TESTS = pathlib.Path(__file__).resolve().parent
ROW = re.compile(r"^\| (\d+) \| .* \| (.*) \|$", re.MULTILINE)
UNTESTED = re.compile(r"^\* (\d+): ", re.MULTILINE)
KNOWN = set(range(1, 33))  # the numbers that are given away
NUMBERS = re.compile(r"\b[Aa]ttack ((?:\d+(?:, )?)+):")  # "attack 9, 13: a wrong beginning"


def rows():
    """{number: [files]}"""
    text = (TESTS / "edge_proxy" / "ATTACKS.md").read_text()
    return {int(number): re.findall(r"`([^`]+)`", files) for number, files in ROW.findall(text)}


def numbers_in(text):
    return {int(number) for numbers in NUMBERS.findall(text) for number in numbers.split(", ")}


class TheTable(unittest.TestCase):
    def test_every_row_names_tests_that_carry_its_number(self):
        for number, files in rows().items():
            self.assertTrue(files, f"attack {number} has no test")
            for file in files:
                with self.subTest(attack=number, file=file):
                    self.assertIn(number, numbers_in((TESTS / file).read_text()))

    def test_every_number_has_a_row_or_a_reason_and_not_both(self):
        text = (TESTS / "edge_proxy" / "ATTACKS.md").read_text()
        without = [int(number) for number in UNTESTED.findall(text)]
        self.assertEqual(sorted([*rows(), *without]), sorted(KNOWN))
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        self.assertEqual(len(lines), len(rows()) + 2, "a row that does not look like one")

    def test_every_dialogue_with_a_number_is_in_its_row(self):
        for dialogue in sorted((TESTS / "data" / "dialogues").glob("*.s2s")):
            for number in numbers_in(dialogue.read_text()):
                with self.subTest(dialogue=dialogue.name):
                    self.assertIn(f"data/dialogues/{dialogue.name}", rows().get(number, []))


class Secrets(unittest.TestCase):
    """attack 20: what is compared with a secret is compared in constant time."""

    def test_keys_are_compared_by_one_function(self):
        key = (TESTS.parent / "edge_proxy" / "dialback" / "key.cc").read_text()
        made = key[key.index("bool Secret::made"):]
        self.assertIn("tls::constant_time_equal(", made)
        self.assertNotIn("==", made)
        digest = (TESTS.parent / "edge_proxy" / "tls" / "digest.cc").read_text()
        self.assertIn("CRYPTO_memcmp", digest)

    def test_nobody_else_compares_keys(self):
        for file in (TESTS.parent / "edge_proxy").rglob("*.cc"):
            with self.subTest(file=file.name):
                self.assertNotRegex(file.read_text(), r"\.key [=!]= |[=!]= \w+\.key\b")


if __name__ == "__main__":
    unittest.main()
