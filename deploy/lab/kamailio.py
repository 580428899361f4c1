"""Kamailio 5.6 as the SIP server, with kamailio.cfg of this folder.

Who answers a SUBSCRIBE for one of its users (`presence`):
    open    its presence server, to everybody
    rules   its presence server, as allow() and block() say; others are pending
    users   the users' own phones
"""

import sqlite3
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .process import Process, run, wait_until

PRESENCE = {"open": "", "rules": "#!define WITH_PRESENCE_RULES\n",
            "users": "#!define WITHOUT_PRESENCE_SERVER\n"}
_CONFIGURATION = Path(__file__).resolve().with_name("kamailio.cfg")
_SCHEMAS = Path("/usr/share/kamailio/db_sqlite")
_PRES_RULES = 2  # doc_type of the xcap table
_FOR_EVER = "4294967295"


class Kamailio:
    def __init__(self, places, work, domain, gateway_uri, authority=None, presence="open", address=None,
                 gateway_name=""):
        """With an authority it also listens on 5061, and checks who is at the other end of TLS against it."""
        self.address = address or places.sip_server
        self.domain = domain
        self.folder = work / ("kamailio" if address is None else f"kamailio-{address}")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._database = _new_database(self.folder / "presence.sqlite")
        self._control = self.folder / "control"
        values = {"SIP_ADDRESS": self.address, "SIP_DOMAIN": domain, "GATEWAY_URI": gateway_uri,
                  "PRESENCE_DATABASE": self._database, "CONTROL_SOCKET": self._control}
        switches = PRESENCE[presence]
        if authority:
            leaf = authority.leaf(f"kamailio-{self.address}", dns=[f"sip.{domain}", domain],
                                  addresses=[self.address])
            values["TLS_CONFIGURATION"] = self.folder / "tls.cfg"
            values["GATEWAY_NAME"] = gateway_name
            (self.folder / "tls.cfg").write_text(_tls(leaf, authority))
            switches += "#!define WITH_TLS\n"
        configuration = self.folder / "kamailio.cfg"
        configuration.write_text(
            "#!KAMAILIO\n"
            + "".join(f'#!substdef "!{name}!{value}!g"\n' for name, value in values.items())
            + switches + f'include_file "{_CONFIGURATION}"\n')
        self._process = Process(
            "kamailio",
            ["kamailio", "-f", configuration, "-DD", "-E", "-m", "64", "-M", "8",
             "-Y", self.folder, "-P", self.folder / "kamailio.pid"],
            self.folder / "kamailio.log", places.internal)

    @property
    def log(self):
        return self._process.log

    def start(self):
        mark = self._process.log.mark()
        self._process.start().wait_for(r"lab: ready", mark=mark)
        wait_until(lambda: self._process.listens(self.address, 5060), 10, "kamailio to listen")

    def stop(self):
        self._process.stop()

    def kill(self):
        self._process.kill()

    def command(self, *arguments):
        return run(["kamcmd", "-s", f"unix:{self._control}", *map(str, arguments)])

    def add_contact(self, user, contact):
        """As if the user had registered from there."""
        self.command("ul.add", "location", f"{user}@{self.domain}", contact, "3600", "1.0", ".", "0", "0",
                     _FOR_EVER)

    def allow(self, user, watchers):
        self._decide(user, "allow", watchers)

    def block(self, user, watchers):
        self._decide(user, "block", watchers)

    def _decide(self, user, what, watchers):
        """Replaces what was decided before."""
        database = sqlite3.connect(self._database, timeout=5)
        with database:
            database.execute("DELETE FROM xcap WHERE username = ? AND doc_type = ?", (user, _PRES_RULES))
            database.execute(
                "INSERT INTO xcap (username, domain, doc, doc_type, etag, source, doc_uri, port) "
                "VALUES (?, ?, ?, ?, '1', 0, 'index', 0)",
                (user, self.domain, _rules(what, watchers).encode(), _PRES_RULES))
        database.close()
        self.command("presence.refreshWatchers", f"sip:{user}@{self.domain}", "presence", "0")


def _tls(leaf, authority):
    common = (f"method = TLSv1.2+\ncertificate = {leaf.certificate}\nprivate_key = {leaf.key}\n"
              f"ca_list = {authority.certificate}\n")
    # phones have no certificate; one that is shown must be good
    return (f"[server:default]\n{common}verify_certificate = yes\nrequire_certificate = no\n"
            f"[client:default]\n{common}verify_certificate = yes\nrequire_certificate = yes\n")


def _new_database(path):
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    database = sqlite3.connect(path)
    # here, once: Kamailio's processes would each switch it at their start, and lock each other out
    database.execute("PRAGMA journal_mode=WAL")
    for table in ("standard", "presence"):
        database.executescript((_SCHEMAS / f"{table}-create.sql").read_text())
    database.close()
    return path


def _rules(what, watchers):
    """RFC 5025."""
    names = "".join(f"<one id={quoteattr(f'sip:{watcher}')}/>" for watcher in watchers)
    return ('<?xml version="1.0" encoding="UTF-8"?><ruleset xmlns="urn:ietf:params:xml:ns:common-policy" '
            'xmlns:pr="urn:ietf:params:xml:ns:pres-rules"><rule id="one"><conditions><identity>'
            f"{names}</identity></conditions><actions><pr:sub-handling>{what}</pr:sub-handling></actions>"
            "<transformations><pr:provide-services><pr:all-services/></pr:provide-services>"
            "<pr:provide-persons><pr:all-persons/></pr:provide-persons><pr:provide-all-attributes/>"
            "</transformations></rule></ruleset>")
