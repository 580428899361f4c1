"""Where the programs of the lab run: three network namespaces behind a firewall, or loopback addresses.

    internet              perimeter                     internal
    DNS, XMPP server --5269-- edge_proxy --23456-- frontend_gateway, SIP server, SIP user
    XMPP user
"""

import fcntl
import re
from dataclasses import dataclass, field
from pathlib import Path

from .process import Failure, run, wait_until


@dataclass
class Places:
    """Addresses, and what stands before the command line of a program in each network."""
    dns: str
    partner: str         # the XMPP server
    edge_outside: str
    edge_inside: str
    gateway: str
    sip_server: str
    sip_user: str
    internet: list = field(default_factory=list)
    perimeter: list = field(default_factory=list)
    internal: list = field(default_factory=list)
    description: str = ""
    lock: object = None  # held while they are in use

    def counters(self):
        """Rows (network, rule, packets) of what the firewalls let through and dropped."""
        return []

    def close(self):
        if self.lock:
            self.lock.close()


def loopback(number):
    """Every program on addresses 127.<number>.*; labs with different numbers do not meet.

    Waits while another lab, of another copy of the tree perhaps, has the same number.
    """
    net = f"127.{number}"
    lock = _take(f"causeway-{net}", seconds=120)
    return Places(dns=f"{net}.0.53", partner=f"{net}.1.1", edge_outside=f"{net}.2.1",
                  edge_inside=f"{net}.2.2", gateway=f"{net}.3.1", sip_server=f"{net}.3.2",
                  sip_user=f"{net}.3.3", lock=lock,
                  description=f"loopback addresses {net}.0.0/16, no firewall")


def _take(name, seconds):
    file = open(f"/tmp/{name}.lock", "w")

    def locked():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    wait_until(locked, seconds, f"the lab that has {name}")
    return file


INTERNET, PERIMETER, INTERNAL = "causeway-internet", "causeway-perimeter", "causeway-internal"
_SPACES = (INTERNET, PERIMETER, INTERNAL)


class Namespaces(Places):
    """Three namespaces, each a host or several; the perimeter joins the two others and routes nothing.

    The rules are the documented port table and nothing else: 5269/tcp both ways outside, 23456/tcp from
    the gateway to the edge, DNS from the edge. An answer follows its question; all else is dropped.
    """

    def __init__(self):
        super().__init__(
            dns="198.51.100.53", partner="198.51.100.10", edge_outside="198.51.100.2",
            edge_inside="10.20.0.1", gateway="10.20.0.2", sip_server="10.20.0.3",
            sip_user="10.20.0.4", internet=_inside(INTERNET), perimeter=_inside(PERIMETER),
            internal=_inside(INTERNAL),
            description="namespaces causeway-internet, causeway-perimeter and causeway-internal, "
                        "nftables between them",
            lock=_take("causeway-namespaces", seconds=0.1))
        remove_namespaces()
        try:
            self._build()
        except Failure:
            remove_namespaces()
            raise

    def _build(self):
        for space in _SPACES:
            run(["ip", "netns", "add", space])
            run([*_inside(space), "ip", "link", "set", "lo", "up"])
            resolver = Path("/etc/netns") / space / "resolv.conf"
            resolver.parent.mkdir(parents=True, exist_ok=True)
            resolver.write_text(f"nameserver {self.dns}\n" if space != INTERNAL else "")
        _join(INTERNET, [self.partner, self.dns], PERIMETER, [self.edge_outside], "outside")
        _join(INTERNAL, [self.gateway, self.sip_server, self.sip_user],
              PERIMETER, [self.edge_inside], "inside")
        self._firewall(PERIMETER, f"""
            chain input {{
                type filter hook input priority 0; policy drop;
                iif lo accept
                ct state established,related accept
                iifname outside tcp dport 5269 counter accept comment "XMPP server -> edge, 5269/tcp"
                iifname inside ip saddr {self.gateway} tcp dport 23456 counter accept comment "gateway -> edge, 23456/tcp"
                counter comment "anything else to the edge: dropped"
            }}
            chain output {{
                type filter hook output priority 0; policy drop;
                oif lo accept
                ct state established,related accept
                oifname outside tcp dport 5269 counter accept comment "edge -> XMPP server, 5269/tcp"
                oifname outside ip daddr {self.dns} meta l4proto {{ tcp, udp }} th dport 53 counter accept comment "edge -> DNS, 53"
                oifname inside counter comment "edge -> inside: dropped"
                oifname outside counter comment "anything else from the edge: dropped"
            }}
            chain forward {{ type filter hook forward priority 0; policy drop; }}""")
        self._firewall(INTERNAL, f"""
            chain input {{
                type filter hook input priority 0; policy drop;
                iif lo accept
                ct state established,related accept
                counter comment "perimeter -> inside: dropped"
            }}
            chain output {{
                type filter hook output priority 0; policy drop;
                oif lo accept
                ct state established,related accept
                ip saddr {self.gateway} ip daddr {self.edge_inside} tcp dport 23456 counter accept comment "gateway -> edge, 23456/tcp"
                counter comment "anything else from inside: dropped"
            }}
            chain forward {{ type filter hook forward priority 0; policy drop; }}""")

    @staticmethod
    def _firewall(space, chains):
        # IPv6 does not exist in the lab: its neighbour discovery would only fill the drop counters
        run([*_inside(space), "sh", "-c",
             "for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >$file; done; true"])
        run([*_inside(space), "nft", f"table inet causeway {{ {chains}\n}}"])

    def counters(self):
        rows = []
        for space in (PERIMETER, INTERNAL):
            rules = run([*_inside(space), "nft", "list", "table", "inet", "causeway"])
            for packets, comment in re.findall(r'counter packets (\d+).*?comment "([^"]+)"', rules):
                rows.append((space.removeprefix("causeway-"), comment, int(packets)))
        return rows

    def close(self):
        remove_namespaces()
        super().close()


def remove_namespaces():
    present = run(["ip", "netns", "list"])
    for space in _SPACES:
        if re.search(rf"^{space}\b", present, re.MULTILINE):
            run(["ip", "netns", "delete", space])
        (Path("/etc/netns") / space / "resolv.conf").unlink(missing_ok=True)
        if (Path("/etc/netns") / space).is_dir():
            (Path("/etc/netns") / space).rmdir()


def best():
    """Namespaces where they are permitted, loopback addresses otherwise; the description says which."""
    try:
        return Namespaces()
    except (Failure, OSError) as why:
        places = loopback(40)
        places.description += f" (no namespaces: {str(why).splitlines()[0]})"
        return places


def _inside(space):
    return ["ip", "netns", "exec", space]


def _join(left, left_addresses, right, right_addresses, name):
    run(["ip", "link", "add", name, "netns", left, "type", "veth", "peer", "name", name, "netns", right])
    for space, addresses in ((left, left_addresses), (right, right_addresses)):
        for address in addresses:
            run([*_inside(space), "ip", "address", "add", f"{address}/24", "dev", name])
        run([*_inside(space), "ip", "link", "set", name, "up"])
