"""The whole lab: an XMPP partner, our two daemons, a SIP server, the users of both sides.

    alice@fabrikam.example -- partner -- edge_proxy == frontend_gateway -- Kamailio -- bob@contoso.example

Used as a context manager: whatever happens, every program is ended, and after a failure the ends of the
logs are printed.
"""

import os
import signal
import sys
from pathlib import Path

from . import users
from .certificates import Authority
from .daemons import ROOT, EDGE_NAME, GATEWAY_NAME, EdgeProxy, FrontendGateway, link_certificates, partner
from .dns import Dns
from .ejabberd import Ejabberd
from .jabberd2 import Jabberd2
from .kamailio import Kamailio
from .process import Failure
from .prosody import Prosody

THEIRS, OURS = "fabrikam.example", "contoso.example"
PASSWORD = "secret"

# How the partner proves itself -> what our partner list says about it.
NEGOTIATION = {
    "external": {"tls": "Required", "sasl": "Required", "dialback": False},
    "dialback": {"tls": "Required", "sasl": "NotSupported", "dialback": True},
    "plain": {"tls": "NotSupported", "sasl": "NotSupported", "dialback": True},
}


class Lab:
    def __init__(self, places, build, work, say=lambda text: None):
        """`build`: where the daemons were built; `work`: a folder for configurations and logs."""
        self.places = places
        self.build = Path(build)
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.say = say
        self.servers = {THEIRS: places.partner, OURS: places.edge_outside}
        self._started = []  # in order; ended in the opposite one
        self._registered = set()  # XMPP users
        self.authority = Authority(self.work / "authority")
        self.services = {}  # of domains whose SRV records are not the usual one, see dns.py
        self.dns = Dns(places, self.work, self.services)
        self.partner = self.edge = self.gateway = self.kamailio = None

    # ---- the parts, each started when it is called ----------------------------------------------

    def add(self, part):
        """Starts it; it will be stopped."""
        self._started.append(part)
        part.start()
        return part

    def start_dns(self):
        self.say("DNS")
        self._started.append(self.dns)
        self.dns.start(self.servers)

    def start_partner(self, kind="prosody", proof="external", domains=(THEIRS,), **options):
        """`options`: what the server's class knows beside its proof."""
        self.say(f"XMPP server {kind} for {', '.join(domains)}")
        if kind == "ejabberd":
            options["servers"] = self.servers
        make = {"prosody": Prosody, "ejabberd": Ejabberd, "jabberd2": Jabberd2}[kind]
        self.partner = make(self.places, self.work, self.authority, list(domains), proof, **options)
        self.add(self.partner)

    def make_daemons(self, partners, edge_settings=None, gateway_settings=None, sip="tcp"):
        """Writes their configuration and certificates. `sip`: how gateway and SIP server speak."""
        places = self.places
        link = link_certificates(self.work / "link", EDGE_NAME, GATEWAY_NAME)
        # no id-on-xmppAddr: ejabberd 23.01 crashes its side of the stream on a certificate that has one
        leaf = self.authority.leaf("edge", dns=[OURS], srv=[OURS])
        self.edge = EdgeProxy(places, self.work, self.build, leaf, self.authority.certificate, link,
                              edge_settings)
        port = {"tcp": 5060, "udp": 5060, "tls": 5061}[sip]
        settings = dict(gateway_settings or {})
        if sip == "tls":
            pair = self.authority.leaf("gateway-sip", dns=[GATEWAY_NAME], addresses=[places.gateway])
            settings["sip"] = {"listen": [f"tls:{places.gateway}:5061"], "certificate": pair.bundle,
                               "certificate_authority": self.authority.certificate,
                               **settings.get("sip", {})}
        self.gateway = FrontendGateway(
            places, self.work, self.build, link,
            f"sip:{places.sip_server}:{port};transport={sip}", [OURS], partners, settings)

    def start_edge(self):
        self.say("edge_proxy")
        self.add(self.edge)

    def start_gateway(self):
        self.say("frontend_gateway")
        self.add(self.gateway)

    def start_daemons(self):
        self.start_edge()
        self.start_gateway()
        self.gateway.wait_attached()
        self.edge.wait_open()

    def start_kamailio(self, sip="tcp", presence="open", address=None):
        """`presence`: who answers a SUBSCRIBE, see kamailio.py. `address`: of one more than the usual one."""
        self.say(f"SIP server kamailio for {OURS}")
        port = 5061 if sip == "tls" else 5060
        kamailio = self.add(Kamailio(
            self.places, self.work, OURS, f"sip:{self.places.gateway}:{port};transport={sip}",
            self.authority if sip == "tls" else None, presence, address, GATEWAY_NAME))
        if address is None:
            self.kamailio = kamailio
        return kamailio

    def xmpp_user(self, name, domain=THEIRS):
        """Or one more device of a user who is there already."""
        jid = f"{name}@{domain}"
        self.say(f"XMPP user {jid}")
        if jid not in self._registered:
            self.partner.add_user(jid, PASSWORD)
            self._registered.add(jid)
        return self.add(users.xmpp_user(self.places, self.work, jid, PASSWORD, self.partner))

    def sip_user(self, name, transport="tcp"):
        aor = f"{name}@{OURS}"
        self.say(f"SIP user {aor}")
        return self.add(users.sip_user(self.places, self.work, aor, self.kamailio, transport,
                                       self.authority))

    def lync_user(self, name, epid="1", transport="tcp", ms_text_format=True):
        """One endpoint of a user whose texts travel in sessions."""
        aor = f"{name}@{OURS}"
        self.say(f"SIP user {aor}, in sessions")
        return self.add(users.lync_user(self.places, self.work, aor, self.kamailio, epid, transport,
                                        self.authority, ms_text_format))

    def start(self, kind="prosody", proof="external", sip="tcp", edge_settings=None,
              gateway_settings=None, partners=(), domains=(THEIRS,), negotiation=None, presence="open",
              **options):
        """Everything but the users. `domains`: the partner server's; `partners`: entries beside THEIRS.

        `negotiation`: what our entry for THEIRS says, if not what goes with the proof; `options` as for
        start_partner().
        """
        for domain in domains:
            self.servers[domain] = self.places.partner
        self.start_dns()
        self.start_partner(kind, proof, domains, **options)
        entry = partner(THEIRS, **(negotiation or NEGOTIATION[proof]))
        self.make_daemons([entry, *partners], edge_settings,
                          gateway_settings, sip)
        self.start_daemons()
        self.start_kamailio(sip, presence)

    # ---- the end --------------------------------------------------------------------------------

    def stop(self):
        while self._started:
            part = self._started.pop()
            try:
                part.stop()
            except (Failure, OSError) as why:
                print(f"while stopping: {why}", file=sys.stderr)
        self.places.close()

    def logs(self):
        return sorted(path for path in self.work.rglob("*.log") if path.stat().st_size)

    def show_logs(self, lines=12):
        for path in self.logs():
            print(f"\n==> {path}", file=sys.stderr)
            print("\n".join(path.read_text(errors="replace").splitlines()[-lines:]), file=sys.stderr)

    def __enter__(self):
        # SIGTERM, as from ctest, unwinds like Ctrl-C
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, kind, error, trace):
        if kind not in (None, KeyboardInterrupt, SystemExit):
            self.show_logs()
            print(f"\nThe logs are in {self.work}", file=sys.stderr)
        self.stop()


def default_build():
    """The build to take the daemons from: the environment's, or the newest of the presets'."""
    if "CAUSEWAY_BUILD" in os.environ:
        return Path(os.environ["CAUSEWAY_BUILD"])
    candidates = [ROOT / "build" / preset for preset in ("dev", "release")]
    present = [path for path in candidates if (path / "edge_proxy/edge_proxy").exists()]
    return max(present, key=lambda path: (path / "edge_proxy/edge_proxy").stat().st_mtime, default=None)
