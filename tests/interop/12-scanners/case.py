"""What others' scanners say about the TLS of port 5269."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from door import Door
from lab.daemons import partner
from lab.lab import NEGOTIATION, OURS, THEIRS
from support import InteropCase, main

VERSIONS = {"TLSv1.2", "TLSv1.3"}
SUITES = re.compile(r"TLS_(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)"
                    r"|ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)")

# testssl's sections: protocols, cipher categories, server defaults, vulnerabilities. Left out are those for
# HTTP, the simulated browsers, and the lists of suites, which sslscan makes in no time.
SECTIONS = ["-p", "-s", "-S", "-U"]
GOOD = {"OK", "INFO", "DEBUG"}
EXCEPTED = {
    "cert_revocation": "the lab's authority publishes no revocation lists",
    "engine_problem": "about the scanner's own OpenSSL",
}
# What must be among the findings, so that a scan that saw nothing does not pass.
SAID = {"TLS1": "not offered", "TLS1_1": "not offered", "TLS1_2": "offered", "TLS1_3": "offered",
        "secure_client_renego": "not vulnerable", "CRIME_TLS": "not vulnerable", "BEAST": "not vulnerable"}


class Case(InteropCase):
    number = 73

    @classmethod
    def set_up_lab(cls):
        lab = cls.lab
        lab.servers[THEIRS] = lab.places.partner  # nobody is there: only strangers come
        lab.start_dns()
        # a scanner is a stranger who comes often
        lab.make_daemons([partner(THEIRS, **NEGOTIATION["external"])],
                         {"limits": {"unauthenticated_streams_per_address": 1000,
                                     "connections_per_second_per_address": 1000,
                                     "connections_burst_per_address": 1000}})
        lab.start_daemons()

    def run_scanner(self, name, command):
        hosts = self.lab.work / "hosts"
        hosts.write_text(f"{self.lab.places.edge_outside} {OURS}\n")
        environment = {**os.environ, "LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": str(hosts)}
        with (self.lab.work / f"{name}.log").open("w") as log:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                           timeout=200, env=environment)

    def test_01_sslscan(self):
        self.sslscan("sslscan-starttls", ["--starttls-xmpp", "--xmpp-server"])
        self.sslscan("sslscan-direct", [])

    def sslscan(self, name, arguments):
        file = self.lab.work / f"{name}.xml"
        self.run_scanner(name, ["sslscan", "--no-colour", "--ipv4", *arguments, f"--xml={file}", f"{OURS}:5269"])
        report = ET.parse(file).getroot()
        enabled = {each.get("version") for each in report.iter("protocol") if each.get("enabled") == "1"}
        self.assertEqual(enabled, {"1.2", "1.3"})
        suites = [(each.get("sslversion"), each.get("cipher")) for each in report.iter("cipher")]
        self.assertGreater(len(suites), 4)
        for version, suite in suites:
            self.assertIn(version, VERSIONS)
            self.assertRegex(suite, f"^({SUITES.pattern})$")
        self.assertEqual([each.attrib for each in report.iter("renegotiation")],
                         [{"supported": "0", "secure": "0"}])
        self.assertNotIn("1", [each.get("supported") for each in report.iter("compression")])
        self.assertEqual({each.get("vulnerable") for each in report.iter("heartbleed")}, {"0"})
        self.assertNotIn("true", [each.get("error") for each in report.iter("pk")])

    def test_02_testssl(self):
        """Debian's testssl.sh knows how to ask for STARTTLS as a client of XMPP only, hence the door."""
        places = self.lab.places
        report = self.lab.work / "testssl.json"
        with Door(places.partner, (places.edge_outside, 5269), OURS) as door:
            self.run_scanner("testssl", [
                "testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none",
                "--ip", places.partner, "--add-ca", str(self.lab.authority.certificate),
                "--jsonfile", str(report), *SECTIONS, f"{OURS}:{door.port}"])
        findings = {each["id"]: each for each in json.loads(report.read_text())}
        for name, words in SAID.items():
            self.assertIn(words, findings[name]["finding"])
        bad = [f"{each['severity']} {name}: {each['finding']}" for name, each in findings.items()
               if each["severity"] not in GOOD and name not in EXCEPTED]
        self.assertEqual(bad, [])


if __name__ == "__main__":
    main()
