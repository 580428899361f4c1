"""Kamailio 5.6 as the SIP server, with kamailio.cfg of this folder."""

import sqlite3
from pathlib import Path

from .process import Process, wait_until

_CONFIGURATION = Path(__file__).resolve().with_name("kamailio.cfg")
_SCHEMAS = Path("/usr/share/kamailio/db_sqlite")


class Kamailio:
    def __init__(self, places, work, domain, gateway_uri, authority=None):
        """With an authority it also listens on 5061, and checks whom it calls over TLS against it."""
        self.address = places.sip_server
        self.folder = work / "kamailio"
        self.folder.mkdir(parents=True, exist_ok=True)
        values = {"SIP_ADDRESS": self.address, "SIP_DOMAIN": domain, "GATEWAY_URI": gateway_uri,
                  "PRESENCE_DATABASE": _new_database(self.folder / "presence.sqlite")}
        switches = ""
        if authority:
            leaf = authority.leaf("kamailio", dns=[f"sip.{domain}", domain], addresses=[self.address])
            values["TLS_CONFIGURATION"] = self.folder / "tls.cfg"
            (self.folder / "tls.cfg").write_text(_tls(leaf, authority))
            switches = "#!define WITH_TLS\n"
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


def _tls(leaf, authority):
    common = (f"method = TLSv1.2+\ncertificate = {leaf.certificate}\nprivate_key = {leaf.key}\n"
              f"ca_list = {authority.certificate}\n")
    return (f"[server:default]\n{common}verify_certificate = no\nrequire_certificate = no\n"
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
