"""The gateway without its database: at the start it says what to do and ends; later it waits for its return.

Run: /usr/bin/python3 tests/gateway_database_test.py <the frontend_gateway executable>
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
PATIENCE = 30


class Gateway(unittest.TestCase):
    """Its edge is nowhere, its SIP proxy neither."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = Path(cls.folder.name)
        subprocess.run([DEPLOY / "link-certificates", cls.work, "gw.example"], check=True,
                       stdout=subprocess.DEVNULL)

    def start(self, database):
        configuration = self.work / "gateway.yaml"
        configuration.write_text(json.dumps({
            "edges": [{"address": "127.0.0.1:1", "name": "edge.example"}],
            "link": {"name": "gw.example", "certificate": str(self.work / "gw.example.crt"),
                     "private_key": str(self.work / "gw.example.key"),
                     "certificate_authority": str(self.work / "ca.crt")},
            "sip": {"listen": ["tcp:127.0.0.1:0"], "next_hop": "sip:127.0.0.1:1;transport=tcp"},
            "domains": ["contoso.example"],
            "store": {"database": f"sqlite:{database}"},
            "admin": {"socket": ""},
            "metrics": {"listen": "127.0.0.1:0"}}))
        self.log = self.work / "log"
        with self.log.open("w") as out:
            daemon = subprocess.Popen([self.binary, "serve", "--config", configuration], stderr=out)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        return daemon

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(self.log.read_text())
            time.sleep(0.02)

    def ask(self, page):
        port = int(re.search(r"gateway\.ready .*metrics=127\.0\.0\.1:(\d+)", self.log.read_text())[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", page)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def test_a_path_that_cannot_be_opened(self):
        daemon = self.start(self.work / "missing/gateway.sqlite")
        self.assertEqual(daemon.wait(timeout=PATIENCE), 1)
        said = self.log.read_text()
        self.assertIn("gateway.failed", said)
        self.assertIn("store.database: ", said)
        self.assertIn("whether the directory", said)

    def test_a_file_that_goes_and_comes_back(self):
        database = self.work / "gateway.sqlite"
        daemon = self.start(database)
        self.wait_for(lambda: "gateway.ready" in self.log.read_text())
        self.assertEqual(self.ask("/healthz"), (200, "alive\n"))
        status, text = self.ask("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("No edge is attached", text)
        self.assertNotIn("database", text)
        self.assertIn("\ncauseway_gateway_database_up 1\n",
                      self.ask("/metrics")[1])

        aside = database.rename(self.work / "aside")
        self.wait_for(lambda: "The database is away: " in self.ask("/readyz")[1])
        self.assertIn("the file is gone; put it back", self.ask("/readyz")[1])
        self.assertIn("store.away", self.log.read_text())
        aside.rename(database)
        self.wait_for(lambda: "database" not in self.ask("/readyz")[1])
        self.assertIn("store.back", self.log.read_text())

        daemon.terminate()
        self.assertEqual(daemon.wait(timeout=PATIENCE), 0)


if __name__ == "__main__":
    Gateway.binary = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
