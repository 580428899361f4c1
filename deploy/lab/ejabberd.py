"""ejabberd 23.01 as an XMPP partner, in a folder of its own, started without ejabberdctl's daemon ways.

How its S2S streams prove who it is:
    external  both sides by certificate; dialback is not offered
    dialback  TLS with a certificate nobody trusts, identity by dialback alone

`servers` is what the lab's DNS server was given: the address of the XMPP server of each domain.
"""

import os
from pathlib import Path

from .dns import host_name
from .process import Process, run

PROOFS = ("external", "dialback")
_DISTRIBUTION_PORT = "5210"


class Ejabberd:
    name = "ejabberd"
    encrypted = True

    def __init__(self, places, work, authority, domains, proof="external", address=None,
                 servers=None, starttls="required"):
        """`starttls`: its word for s2s_use_starttls: required, optional or false."""
        assert proof in PROOFS
        self.address = address or places.partner
        self.domains = domains
        self.folder = work / f"ejabberd-{domains[0]}"
        (self.folder / "spool").mkdir(parents=True, exist_ok=True)
        issue = authority.leaf if proof == "external" else authority.stranger
        leaf = issue(f"ejabberd-{domains[0]}-{proof}", dns=domains)
        self.trust = authority.certificate if proof == "external" else leaf.certificate
        configuration = self.folder / "ejabberd.yml"
        configuration.write_text(self._text(leaf, authority, proof, starttls))
        # SRV records are asked for by Erlang, addresses by the C library, which knows but one resolv.conf
        (self.folder / "resolv.conf").write_text(f"nameserver {places.dns}\n")
        (self.folder / "hosts").write_text("".join(
            f"{address} {host_name(domain)}\n" for domain, address in (servers or {}).items()))
        resolver = self.folder / "inetrc"
        resolver.write_text(f'{{lookup, [file, dns]}}.\n{{resolv_conf, "{self.folder}/resolv.conf"}}.\n')
        self._host = places.internet
        self._node = f"ejabberd@{self.address}"
        self._environment = {
            "ERL_LIBS": str(next(Path("/usr/lib").glob("*/ejabberd-*")).parent),
            "HOME": str(self.folder),  # where Erlang keeps the cookie
            "EJABBERD_CONFIG_PATH": str(configuration),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_INETRC": str(resolver),
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_HOSTS": str(self.folder / "hosts"),
            "ERL_CRASH_DUMP_SECONDS": "0",
        }
        self._process = Process(
            "ejabberd",
            ["erl", *_distribution(self._node, self.address), "-noinput", "-mnesia", "dir",
             f'"{self.folder}/spool"', "-s", "ejabberd"],
            self.folder / "console.log", self._host, self._environment)

    @property
    def log(self):
        return self._process.log

    def start(self):
        mark = self._process.log.mark()
        self._process.start().wait_for(
            r"Start accepting TCP connections at " + self.address + ":5269", seconds=60, mark=mark)

    def add_user(self, jid, password):
        """Unlike Prosody, ejabberd must run for it."""
        user, domain = jid.split("@")
        run([*self._host, "erl", *_distribution(f"ctl-{os.getpid()}@{self.address}", self.address),
             "-dist_listen", "false", "-hidden", "-noinput", "-s", "ejabberd_ctl", "-extra", self._node,
             "register", user, domain, password], env={**os.environ, **self._environment})

    def stop(self):
        self._process.stop()

    def _text(self, leaf, authority, proof, starttls):
        hosts = "".join(f"  - {domain}\n" for domain in self.domains)
        dialback = "  mod_s2s_dialback: {}\n" if proof == "dialback" else ""
        return f"""# made by the lab
hosts:
{hosts}loglevel: info
log_rotate_count: 0
certfiles:
  - {leaf.bundle}
ca_file: {authority.certificate}
s2s_use_starttls: {starttls}
s2s_max_retry_delay: 1
s2s_dns_timeout: 2
s2s_dns_retries: 1
outgoing_s2s_families: [ipv4]
listen:
  - {{port: 5222, ip: "{self.address}", module: ejabberd_c2s, starttls_required: true}}
  - {{port: 5269, ip: "{self.address}", module: ejabberd_s2s_in, max_stanza_size: 524288}}
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
{dialback}"""


def _distribution(node, address):
    # no port mapper daemon: it would outlive the lab
    return ["-name", node, "-erl_epmd_port", _DISTRIBUTION_PORT, "-start_epmd", "false",
            "-kernel", "inet_dist_use_interface", "{" + address.replace(".", ",") + "}",
            "-setcookie", "causeway-lab"]
