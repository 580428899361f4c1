"""The command lines of both daemons: help with examples, a version, mistakes that end with status 2, and
what the edge is asked while it runs."""

import http.client
import json
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
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
        self.assertEqual(self.run_it().returncode, 2)
        self.assertEqual(self.run_it("sevre").returncode, 2)
        self.assertEqual(self.run_it("serve", "--confg", "x").returncode, 2)


class EdgeProxy(CommandLine, unittest.TestCase):
    name = "edge_proxy"

    def test_every_question_is_in_the_help(self):
        done = self.run_it("--help")
        for verb in ("streams", "failures", "status", "close", "retry", "reload"):
            self.assertIn(f"edge_proxy {verb}", done.stdout)
            self.assertEqual(self.run_it(verb, "--help").returncode, 0)

    def test_close_and_retry_want_a_domain(self):
        for verb in ("close", "retry"):
            done = self.run_it(verb)
            self.assertEqual(done.returncode, 2)
            self.assertIn("domain", done.stderr)

    def test_a_daemon_that_does_not_run(self):
        done = self.run_it("status", "--socket", "/does/not/exist.sock")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("No edge_proxy answers at /does/not/exist.sock", done.stderr)

    def test_a_configuration_with_mistakes_ends_the_question_too(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("link: {}\n")
            file.flush()
            self.assertEqual(self.run_it("status", "--config", file.name).returncode, 2)

    def test_a_configuration_without_a_socket(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("link: {allowed_gateways: [gw.example]}\nadmin: {socket: \"\"}\n")
            file.flush()
            done = self.run_it("status", "--config", file.name)
        self.assertEqual(done.returncode, 3)
        self.assertIn("admin.socket", done.stderr)


class RunningEdge(unittest.TestCase):
    """An edge without a gateway, asked as its operator would."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        work = Path(cls.folder.name)
        cls.socket = work / "edge.sock"
        subprocess.run([EXAMPLES / "link-certificates", work, "edge.contoso.example"], check=True,
                       stdout=subprocess.DEVNULL)
        cls.configuration = work / "edge.yaml"
        files = {"certificate": str(work / "edge.contoso.example.crt"),
                 "private_key": str(work / "edge.contoso.example.key")}
        cls.configuration.write_text(json.dumps({
            "xmpp": {"listen": ["127.0.0.1:0"], "trust_anchors": str(work / "ca.crt"), **files},
            "link": {"listen": "127.0.0.1:0", "certificate_authority": str(work / "ca.crt"),
                     "allowed_gateways": ["gw.example"], **files},
            "dns": {"servers": ["127.0.0.1:1"]},
            "admin": {"socket": str(cls.socket)},
            "metrics": {"listen": "127.0.0.1:0"}}))
        cls.edge, cls.log = cls.serve(work / "log")

    @classmethod
    def serve(cls, log):
        """Until it is ready, or has ended."""
        with log.open("w") as out:
            edge = subprocess.Popen([cls.binary, "serve", "--config", cls.configuration], stderr=out)
        cls.addClassCleanup(edge.wait)
        cls.addClassCleanup(edge.kill)
        deadline = time.monotonic() + 20
        while edge.poll() is None and "edge.ready" not in log.read_text():
            if time.monotonic() > deadline:
                raise AssertionError("the edge does not start:\n" + log.read_text())
            time.sleep(0.02)
        return edge, log

    def ask(self, *arguments):
        return subprocess.run([self.binary, *arguments, "--config", self.configuration],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                              stdin=subprocess.DEVNULL)

    def test_the_socket_is_for_its_owner_alone(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o600)

    def test_status_for_people_and_for_programs(self):
        done = self.ask("status")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"gateways +none is attached")
        status = json.loads(self.ask("status", "--json").stdout)
        self.assertFalse(status["listening"])
        self.assertRegex(status["addresses"][0], r"127\.0\.0\.1:\d+")
        self.assertIn("limits.queued_bytes", [use["name"] for use in status["use"]])

    def test_no_streams_and_no_failures(self):
        self.assertEqual(self.ask("streams").stdout, "No stream is up.\n")
        self.assertEqual(json.loads(self.ask("streams", "--json").stdout), {"streams": []})
        self.assertEqual(self.ask("failures", "fabrikam.example").stdout,
                         "No failure is remembered.\n")

    def test_the_daemon_says_no(self):
        for verb in ("close", "retry"):
            done = self.ask(verb, "fabrikam.example")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("No gateway has told this edge yet", done.stderr)
        done = self.ask("streams", "no domain")
        self.assertEqual(done.returncode, 1)
        self.assertIn('"no domain" is no domain', done.stderr)

    def test_reload(self):
        self.assertEqual(self.ask("reload").returncode, 0)
        key = self.socket.parent / "edge.contoso.example.key"
        away = key.rename(key.with_suffix(".away"))
        done = self.ask("reload")
        away.rename(key)
        self.assertEqual(done.returncode, 1)
        self.assertIn("edge.contoso.example.key", done.stderr)
        self.assertEqual(self.ask("reload").returncode, 0)

    def test_a_second_edge_does_not_take_the_socket(self):
        second, log = self.serve(self.socket.parent / "second.log")
        self.assertEqual(second.wait(timeout=20), 1)
        self.assertIn("another edge_proxy serves it", log.read_text())
        self.assertEqual(self.ask("status").returncode, 0)

    def test_monitoring(self):
        port = int(re.search(r"edge\.ready .*metrics=127\.0\.0\.1:(\d+)", self.log.read_text())[1])
        answers = {}
        for page in ("/metrics", "/healthz", "/readyz"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", page)
            answer = connection.getresponse()
            answers[page] = (answer.status, answer.read().decode())
            connection.close()
        self.assertEqual(answers["/healthz"], (200, "alive\n"))
        self.assertEqual(answers["/readyz"][0], 503)
        self.assertIn("No gateway has attached yet", answers["/readyz"][1])
        self.assertEqual(answers["/metrics"][0], 200)
        self.assertIn("\ncauseway_edge_gateways_attached 0\n", answers["/metrics"][1])


class KilledEdge(RunningEdge):
    """The same after a life that ended without a goodbye."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge.send_signal(signal.SIGKILL)
        cls.edge.wait()
        assert cls.socket.exists()
        cls.edge, cls.log = cls.serve(Path(cls.folder.name) / "log")


class FrontendGateway(CommandLine, unittest.TestCase):
    name = "frontend_gateway"

    def test_every_question_is_in_the_help(self):
        done = self.run_it("--help")
        for verb in ("partner list", "partner show", "partner set", "partner remove", "policy list",
                     "policy set", "policy remove", "policy grant", "user list", "user set",
                     "user remove", "setting list", "setting set", "setting remove", "contact list",
                     "contact add", "contact remove", "subscriptions", "subscription remove", "status",
                     "reload"):
            self.assertIn(f"frontend_gateway {verb}", done.stdout)
            self.assertEqual(self.run_it(*verb.split(), "--help").returncode, 0)

    def test_what_is_wrong_is_told_without_a_daemon(self):
        self.assertEqual(self.run_it("partner").returncode, 2)
        self.assertEqual(self.run_it("partner", "set").returncode, 2)
        done = self.run_it("partner", "set", "fabrikam.example", "--type", "federated",
                           "--socket", "/does/not/exist.sock")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Federated", done.stderr)

    def test_a_daemon_that_does_not_run(self):
        done = self.run_it("status", "--socket", "/does/not/exist.sock")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("No frontend_gateway answers at /does/not/exist.sock", done.stderr)


class RunningGateway(unittest.TestCase):
    """A gateway without edges, told things by its operator; the database is a file."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = Path(cls.folder.name)
        cls.socket = cls.work / "gateway.sock"
        subprocess.run([EXAMPLES / "link-certificates", cls.work, "gw.contoso.example"], check=True,
                       stdout=subprocess.DEVNULL)
        cls.configuration = cls.work / "gateway.yaml"
        cls.write_configuration()
        cls.start()

    @classmethod
    def write_configuration(cls, partner="declared.example", **more):
        name = "gw.contoso.example"
        cls.configuration.write_text("\n".join(f"{section}: {json.dumps(settings)}" for section, settings in {
            "edges": [{"address": "127.0.0.1:1", "name": "edge.contoso.example"}],
            "link": {"name": name, "certificate": str(cls.work / f"{name}.crt"),
                     "private_key": str(cls.work / f"{name}.key"),
                     "certificate_authority": str(cls.work / "ca.crt")},
            "sip": {"listen": ["tcp:127.0.0.1:0"], "next_hop": "sip:127.0.0.1:1;transport=tcp"},
            "domains": ["contoso.example"],
            "partners": [{"domain": partner}],
            "store": {"database": f"sqlite:{cls.work}/gateway.sqlite"},
            "metrics": {"listen": ""},
            "admin": {"socket": str(cls.socket)}, **more}.items()) + "\n")

    @classmethod
    def start(cls):
        cls.log = cls.work / "log"
        with cls.log.open("w") as out:
            cls.gateway = subprocess.Popen([cls.binary, "serve", "--config", cls.configuration],
                                           stderr=out)
        cls.addClassCleanup(cls.gateway.wait)
        cls.addClassCleanup(cls.gateway.kill)
        cls.wait_for("gateway.ready")

    @classmethod
    def wait_for(cls, event):
        deadline = time.monotonic() + 20
        while cls.gateway.poll() is None and event not in cls.log.read_text():
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if event not in cls.log.read_text():
            raise AssertionError(f"no {event}:\n" + cls.log.read_text())

    def ask(self, *arguments):
        return subprocess.run([self.binary, *arguments, "--config", self.configuration],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                              stdin=subprocess.DEVNULL)

    def told(self, *arguments):
        done = self.ask(*arguments, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def refused(self, *arguments):
        done = self.ask(*arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr

    def partners(self):
        return [partner["partner"]["domain"] for partner in self.told("partner", "list")["partners"]]

    def restart(self):
        self.gateway.terminate()
        self.assertEqual(self.gateway.wait(timeout=20), 0)
        type(self).start()

    def test_the_socket_is_for_its_owner_alone(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o600)

    def test_status_for_people_and_for_programs(self):
        self.assertRegex(self.ask("status").stdout, r"database +well")
        status = self.told("status")
        self.assertFalse(status["edges"][0]["attached"])
        self.assertEqual(status["database"], "")
        self.assertIn("partners", [count["name"] for count in status["counts"]])

    def test_a_partner_lives_through_a_restart(self):
        done = self.ask("partner", "set", "fabrikam.example", "--type", "Federated", "--tls", "Optional",
                        "--additional-domains", "a.example,b.example", "--description", "Fay")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"type +Federated")
        self.assertIn("Warning: ", done.stdout)
        self.restart()
        self.assertIn("fabrikam.example", self.partners())
        shown = self.told("partner", "show", "b.example")["partners"][0]
        self.assertEqual(shown["partner"]["additional_domains"], ["a.example", "b.example"])
        self.assertEqual(shown["description"], "Fay")
        self.told("partner", "set", "fabrikam.example", "--additional-domains", "")
        self.assertIn("no allowed partner", self.refused("partner", "show", "b.example"))
        self.assertIn("streams are closed", self.ask("partner", "remove", "fabrikam.example").stdout)
        self.assertNotIn("fabrikam.example", self.partners())

    def test_what_the_file_declares_is_refused_with_its_line(self):
        for verb in ("set", "remove"):
            self.assertIn(f"declared in {self.configuration}, line 5",
                          self.refused("partner", verb, "declared.example"))

    def test_policies_and_grants(self):
        policies = self.told("policy", "set", "Special", "--federation", "yes", "--xmpp", "yes")
        self.assertTrue(policies["policies"][-1]["enable_xmpp_access"])
        user = self.told("policy", "grant", "bob@contoso.example", "Special")["users"][0]
        self.assertEqual(user["policy_in_force"], "Special")
        self.assertIn("granted to bob@contoso.example", self.refused("policy", "remove", "Special"))
        self.told("user", "set", "bob@contoso.example", "--policy", "", "--site", "Oslo",
                  "--branch-appliance", "yes")
        user = self.told("user", "list", "bob@contoso.example")["users"][0]
        self.assertEqual((user["policy_in_force"], user["site"], user["branch_appliance"]),
                         ("global", "Oslo", True))
        self.told("policy", "remove", "Special")
        self.told("user", "remove", "bob@contoso.example")
        self.assertEqual(self.ask("user", "list").stdout,
                         "Nothing is said of any user: the global policy holds.\n")

    def test_settings(self):
        self.told("setting", "set", "partner_connection_limit", "30")
        self.assertRegex(self.ask("setting", "list").stdout, r"partner_connection_limit +30 +database")
        self.assertIn("must be between", self.refused("setting", "set", "connection_limit", "0"))
        self.told("setting", "remove", "partner_connection_limit")
        self.assertRegex(self.ask("setting", "list").stdout, r"partner_connection_limit +20 +default")

    def test_contacts(self):
        self.told("contact", "add", "bob@contoso.example", "ann@declared.example")
        self.assertRegex(self.ask("contact", "list").stdout,
                         r"bob@contoso.example +ann@declared.example +operator")
        self.told("contact", "remove", "bob@contoso.example", "ann@declared.example")
        self.assertEqual(self.ask("contact", "list").stdout, "No contact.\n")
        self.assertEqual(self.ask("subscriptions").stdout, "No subscription.\n")
        nothing = self.ask("subscription", "remove", "bob@contoso.example", "ann@declared.example")
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("bob@contoso.example has not asked to watch ann@declared.example.", nothing.stderr)

    def test_the_file_is_read_again(self):
        self.addCleanup(self.ask, "reload")
        self.addCleanup(self.write_configuration)
        self.write_configuration(partner="other.example", log={"level": "debug"})
        done = self.ask("reload")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("log has changed: needs a restart", done.stdout)
        self.assertEqual(self.partners(), ["other.example"])

        self.configuration.write_text(self.configuration.read_text() + "nonsense: 1\n")
        self.assertIn("nonsense: is not a setting",
                      subprocess.run([self.binary, "reload", "--socket", self.socket],
                                     stderr=subprocess.PIPE, text=True, timeout=30).stderr)
        self.assertIn("config.reload_failed", self.log.read_text())

        self.write_configuration(partner="third.example")
        before = self.log.read_text().count("config.reloaded")
        self.gateway.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while self.log.read_text().count("config.reloaded") == before:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assertEqual(self.partners(), ["third.example"])


if __name__ == "__main__":
    EdgeProxy.binary, FrontendGateway.binary = sys.argv[1:]
    RunningEdge.binary = EdgeProxy.binary
    RunningGateway.binary = FrontendGateway.binary
    unittest.main(argv=sys.argv[:1], verbosity=2)
