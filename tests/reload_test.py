"""The edge loads its certificates again: on SIGHUP, and when their files change."""

import json
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


class Edge:
    """An edge_proxy that waits for a gateway; its log is read line by line."""

    def __init__(self, binary, folder):
        self.certificate, self.key = folder / "edge.crt", folder / "edge.key"
        self.make_certificate()
        config = folder / "edge.yaml"
        config.write_text(json.dumps({
            "xmpp": {"listen": ["127.0.0.1:0"], "io_threads": 1, "certificate": str(self.certificate),
                     "private_key": str(self.key), "trust_anchors": str(self.certificate),
                     "certificate_check_seconds": 1},
            "link": {"listen": "127.0.0.1:0", "certificate": str(self.certificate),
                     "private_key": str(self.key), "certificate_authority": str(self.certificate),
                     "allowed_gateways": ["gateway.example"]},
            "admin": {"socket": ""},
            "metrics": {"listen": ""}}))
        self.process = subprocess.Popen([binary, "serve", "--config", config], text=True,
                                        stderr=subprocess.PIPE)

    def make_certificate(self):
        new = self.certificate.with_suffix(".new")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", "/CN=edge", "-days", "90", "-keyout", self.key, "-out", new],
                       check=True, stderr=subprocess.DEVNULL)
        new.rename(self.certificate)

    def wait_for(self, event):
        for line in self.process.stderr:
            if event in line:
                return
        raise AssertionError(f"the edge ended before {event}")


class ReloadingEdge(unittest.TestCase):
    """Certificates are replaced under a running edge."""

    def test_certificates_are_loaded_again(self):
        with tempfile.TemporaryDirectory() as folder:
            edge = Edge(self.binary, Path(folder))
            try:
                edge.wait_for("edge.ready")
                edge.process.send_signal(signal.SIGHUP)
                edge.wait_for("tls.reloaded")
                edge.certificate.write_text("none")
                edge.wait_for("tls.reload_failed")  # noticed within certificate_check_seconds
                edge.make_certificate()
                edge.wait_for("tls.reloaded")
                edge.process.send_signal(signal.SIGTERM)
                self.assertEqual(edge.process.wait(30), 0)
            finally:
                edge.process.kill()
                edge.process.communicate()


if __name__ == "__main__":
    ReloadingEdge.binary = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
