"""Both daemons around nothing: a SIP server that is not there, one partner, and what they cost."""

import os
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.lab.certificates import Authority  # noqa: E402
from deploy.lab.daemons import (EDGE_NAME, GATEWAY_NAME, EdgeProxy, FrontendGateway,  # noqa: E402
                                link_certificates, partner)
from deploy.lab.process import Failure, wait_until  # noqa: E402,F401

HOSTED, PARTNER = "contoso.example", "fabrikam.example"


class Daemons:
    """A context. `limits` is the section of the edge's configuration, `federation` of the gateway's."""

    def __init__(self, name, number, limits=None, federation=None):
        build = Path(os.environ.get("CAUSEWAY_BUILD", ROOT / "build/dev"))
        work = build / "load" / name
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        at = f"127.{number}"
        places = SimpleNamespace(edge_outside=f"{at}.0.1", edge_inside=f"{at}.1.1", gateway=f"{at}.1.2",
                                 sip_server=f"{at}.1.3", dns=f"{at}.0.53", internet=(), perimeter=(),
                                 internal=())
        link = link_certificates(work / "link", EDGE_NAME, GATEWAY_NAME)
        self.address = (places.edge_outside, 5269)
        self.authority = Authority(work / "authority")
        self.peer = self.authority.leaf("partner", dns=[PARTNER])
        self.edge = EdgeProxy(places, work, build, self.authority.leaf("edge", dns=[HOSTED]),
                              self.authority.certificate, link, {"limits": limits or {}})
        self.gateway = FrontendGateway(
            places, work, build, link, f"sip:{places.sip_server}:5060;transport=tcp", [HOSTED],
            [partner(PARTNER, dialback=False)], {"federation": federation or {}})

    def __enter__(self):
        try:
            self.edge.start()
            self.gateway.start()
            self.edge.wait_open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.gateway.stop()
        self.edge.stop()

    def resident_bytes(self):
        """The edge's own pages."""
        text = Path(f"/proc/{self.edge.process.pid}/smaps_rollup").read_text()
        return sum(int(kib) for kib in re.findall(r"^Private_\w+: +(\d+) kB", text, re.M)) << 10

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.edge.process.pid}/fd"))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.edge.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
