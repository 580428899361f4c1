"""jabberd2 2.7 as an XMPP partner, in a folder of its own: four daemons around a router, users in SQLite.

How its S2S streams prove who it is:
    dialback  TLS with a certificate nobody trusts, identity by dialback alone: it knows nothing else
    plain     no TLS at all; dialback over TCP
It speaks TLS on S2S when both sides can, and has no setting to refuse a certificate.
"""

import gzip
import sqlite3
from pathlib import Path

from .process import Process

PROOFS = ("dialback", "plain")
_SCHEMA = Path("/usr/share/doc/jabberd2/db-setup.sqlite.gz")
_MODULES = "/usr/lib/x86_64-linux-gnu/jabberd2"
_ROUTER_PORT = 5347

# The session manager's chains of modules, as few as a conversation needs.
_CHAINS = {
    "in-sess": "validate roster disco iq-ping presence deliver",
    "in-router": "session validate presence",
    "pkt-sm": "iq-ping disco presence",
    "pkt-user": "roster presence disco deliver offline",
    "pkt-router": "session disco",
    "user-load": "active roster",
    "user-create": "active",
    "user-delete": "active offline roster",
}


class Jabberd2:
    name = "jabberd2"
    encrypted = True  # towards its clients

    def __init__(self, places, work, authority, domains, proof="dialback", address=None):
        assert proof in PROOFS
        self.address = address or places.partner
        self.domains = domains
        self.folder = work / f"jabberd2-{domains[0]}"
        self.folder.mkdir(parents=True, exist_ok=True)
        leaf = authority.stranger(f"jabberd2-{domains[0]}", dns=domains)
        self.trust = leaf.certificate
        self._database = self.folder / "users.sqlite"
        with sqlite3.connect(self._database) as database:
            database.executescript(gzip.decompress(_SCHEMA.read_bytes()).decode())
        (self.folder / "router-users.xml").write_text(
            "<users><user><name>jabberd</name><secret>secret</secret></user></users>\n")
        environment = {"NAMESERVERS": places.dns}  # of udns, its resolver
        self._processes = {
            daemon: (Process(f"jabberd2-{daemon}",
                             [f"jabberd2-{daemon}", "-c", self._write(daemon, text)],
                             self.folder / f"{daemon}.log", places.internet, environment), ready)
            for daemon, text, ready in (
                ("router", self._router(), "listening for incoming connections"),
                ("sm", self._sm(), "sm ready for sessions"),
                ("c2s", self._c2s(leaf), "ready for connections"),
                ("s2s", self._s2s(leaf if proof == "dialback" else None), "ready for connections"))}

    @property
    def log(self):
        return self._processes["s2s"][0].log

    def add_user(self, jid, password):
        user, domain = jid.split("@")
        with sqlite3.connect(self._database, timeout=10) as database:
            database.execute("INSERT INTO authreg VALUES (?, ?, ?)", (user, domain, password))

    def start(self):
        for process, ready in self._processes.values():
            mark = process.log.mark()
            process.start().wait_for(ready, mark=mark)

    def stop(self):
        for process, _ in reversed(self._processes.values()):
            process.stop()

    # ---- configuration --------------------------------------------------------------------------

    def _write(self, daemon, text):
        path = self.folder / f"{daemon}.xml"
        path.write_text(f"""<{daemon}>
  <id>{daemon}</id>
  <pidfile>{self.folder}/{daemon}.pid</pidfile>
  <log type='stdout'/>
{text}</{daemon}>
""")
        return path

    def _router(self):
        return f"""  <local>
    <ip>{self.address}</ip> <port>{_ROUTER_PORT}</port> <users>{self.folder}/router-users.xml</users>
  </local>
  <aci> <acl type='all'><user>jabberd</user></acl> </aci>
"""

    def _to_router(self):
        return f"""  <router>
    <ip>{self.address}</ip> <port>{_ROUTER_PORT}</port> <user>jabberd</user> <pass>secret</pass>
  </router>
"""

    def _sqlite(self):
        return f"<sqlite> <dbname>{self._database}</dbname> <busy-timeout>2000</busy-timeout> </sqlite>"

    def _sm(self):
        hosts = " ".join(f"<id>{domain}</id>" for domain in self.domains)
        chains = "\n".join(
            f"    <chain id='{name}'>{''.join(f'<module>{m}</module>' for m in modules.split())}</chain>"
            for name, modules in _CHAINS.items())
        return self._to_router() + f"""  <local> {hosts} </local>
  <storage> <path>{_MODULES}</path> <driver>sqlite</driver> {self._sqlite()} </storage>
  <modules>
    <path>{_MODULES}</path>
{chains}
  </modules>
  <user> <auto-create/> </user>
  <offline> <dropmessages/> </offline>
"""

    def _c2s(self, leaf):
        hosts = " ".join(f"<id pemfile='{leaf.bundle}' require-starttls='yes'>{domain}</id>"
                         for domain in self.domains)
        return self._to_router() + f"""  <local> {hosts} <ip>{self.address}</ip> <port>5222</port> </local>
  <io> <limits> <stanzasize>1000000</stanzasize> </limits> </io>
  <authreg>
    <path>{_MODULES}</path> <module>sqlite</module>
    <mechanisms> <traditional/> <sasl/> </mechanisms>
    <ssl-mechanisms> <traditional/> <sasl> <plain/> </sasl> </ssl-mechanisms>
    {self._sqlite()}
  </authreg>
"""

    def _s2s(self, leaf):
        tls = f"<pemfile>{leaf.bundle}</pemfile>" if leaf else ""
        return self._to_router() + f"""  <local> <ip>{self.address}</ip> <port>5269</port> {tls} </local>
  <io> <limits> <stanzasize>1000000</stanzasize> </limits> </io>
  <check> <interval>1</interval> <queue>10</queue> <retry>10</retry> </check>
  <lookup>
    <srv>xmpp-server</srv> <min-ttl>1</min-ttl> <max-ttl>1</max-ttl> <bad-host-timeout>1</bad-host-timeout>
  </lookup>
"""
