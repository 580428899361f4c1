"""The lab's DNS server: dnsmasq with SRV records and an address record for each XMPP domain."""

from .process import Process

STARTTLS, DIRECT_TLS = "xmpp-server", "xmpps-server"  # RFC 6120 section 3.2.1, XEP-0368


def host_name(domain):
    """The host that the SRV record of the domain names."""
    return f"xmpp.{domain}"


class Dns:
    def __init__(self, places, work, services):
        """`services`: {domain: {STARTTLS or DIRECT_TLS: port}}, for those that are not at 5269."""
        self._services = services
        self._address = places.dns
        self._host = places.internet
        self._log = work / "dns.log"
        self._process = None

    def start(self, servers):
        """`servers`: the address of the XMPP server of each domain. Other names do not exist."""
        records = []
        for domain, address in servers.items():
            records.append(f"--host-record={host_name(domain)},{address}")
            for service, port in self._services.get(domain, {STARTTLS: 5269}).items():
                records.append(f"--srv-host=_{service}._tcp.{domain},{host_name(domain)},{port}")
        self._process = Process(
            "dnsmasq",
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
             f"--listen-address={self._address}", "--bind-interfaces", "--port=53", "--user=root", "--group=root",
             "--pid-file=", "--log-facility=-", "--log-queries", "--local=/#/", *records],
            self._log, self._host)
        mark = self._process.log.mark()
        self._process.start().wait_for(r"started, version", mark=mark)

    def restart(self, servers):
        self.stop()
        self.start(servers)

    def stop(self):
        """From now on nothing answers."""
        if self._process:
            self._process.stop()
            self._process = None
