"""The command lines of both daemons: help with examples, a version, and mistakes that end with status 2."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "deploy"


class CommandLine:
    """What both must do; `binary` and `name` say which it is."""

    def run_it(self, *arguments):
        return subprocess.run([self.binary, *map(str, arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=30, stdin=subprocess.DEVNULL)

    def test_help_shows_examples(self):
        done = self.run_it("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"{self.name} serve --config", done.stdout)

    def test_version(self):
        done = self.run_it("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\d+\.\d+\.\d+")

    def test_the_example_has_no_mistakes(self):
        done = self.run_it("check", "--config", EXAMPLES / f"{self.name}.example.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_all_mistakes_at_once_each_with_its_line(self):
        for command in ("check", "serve"):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write("log:\n  level: loud\n  colour: red\nlink:\n  name: [a]\n")
                file.flush()
                done = self.run_it(command, "--config", file.name)
            self.assertEqual(done.returncode, 2)
            for mistake in (":2: log.level:", ":3: log.colour:", ":5: link.name:"):
                self.assertIn(file.name + mistake, done.stderr)

    def test_a_file_that_is_not_there(self):
        done = self.run_it("serve", "--config", "/does/not/exist.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/does/not/exist.yaml", done.stderr)

    def test_no_command_and_unknown_ones_are_refused(self):
        self.assertNotEqual(self.run_it().returncode, 0)
        self.assertNotEqual(self.run_it("sevre").returncode, 0)


class EdgeProxy(CommandLine, unittest.TestCase):
    name = "edge_proxy"


class FrontendGateway(CommandLine, unittest.TestCase):
    name = "frontend_gateway"


if __name__ == "__main__":
    EdgeProxy.binary, FrontendGateway.binary = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
