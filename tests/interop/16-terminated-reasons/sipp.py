"""sipp as somebody's phone behind Kamailio: it does what its scenario says, call by call."""

from pathlib import Path
from socket import inet_aton
from string import Template

from lab.process import Process, wait_until

HERE = Path(__file__).resolve().parent


class Phone:
    """Of one user; `values` fill the $words of the scenario."""

    def __init__(self, lab, user, port, scenario, **values):
        name = f"sipp-{user}"
        filled = lab.work / f"{name}.xml"
        filled.write_text(Template((HERE / f"{scenario}.xml").read_text()).substitute(user=user, **values))
        self._lab, self._user, self._port = lab, user, port
        self._address = lab.places.sip_user.rpartition(".")[0] + ".9"
        self._said = lab.work / f"{name}-said.txt"
        self._process = Process(name, [
            "sipp", "-sf", filled, "-i", self._address, "-p", port, "-t", "u1", "-nostdin",
            "-trace_logs", "-log_file", self._said, "-trace_err", "-error_file", lab.work / f"{name}-errors.log"],
            lab.work / f"{name}.txt", environment={"TERM": "dumb"})

    def start(self):
        self._process.start()
        wait_until(self._listens, 10, f"{self._process.name} to listen")
        self._lab.kamailio.add_contact(self._user, f"sip:{self._user}@{self._address}:{self._port};transport=udp")

    def _listens(self):
        place = f"{inet_aton(self._address)[::-1].hex().upper()}:{self._port:04X}"
        assert self._process.running(), self._process.log.tail()
        return place in Path(f"/proc/{self._process.pid}/net/udp").read_text()

    def said(self, what):
        """How often its scenario logged it."""
        return self._said.read_text().count(what) if self._said.exists() else 0

    def stop(self):
        self._process.stop()
