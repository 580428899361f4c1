"""Prosody 0.12 as an XMPP partner, in a folder of its own.

How its S2S streams prove who it is:
    external  both sides by certificate (s2s_secure_auth); dialback is refused
    dialback  TLS with a certificate nobody trusts, identity by dialback alone
    plain     no TLS at all; dialback over TCP
It calls others by direct TLS where their SRV records say so.
"""

from .process import Process, run

PROOFS = ("external", "dialback", "plain")


class Prosody:
    name = "Prosody"

    def __init__(self, places, work, authority, domains, proof="external", address=None,
                 direct_tls_ports=(), modules=(), certified=None):
        """`certified`: the domains its certificate names, if not its own."""
        assert proof in PROOFS
        certified = certified or domains
        self.address = address or places.partner
        self.domains = domains
        self.folder = work / f"prosody-{domains[0]}"
        self.encrypted = proof != "plain"
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self._leaf = self.trust = None  # `trust` is what its clients check its certificate against
        if proof == "external":
            self._leaf = authority.leaf(f"prosody-{domains[0]}", dns=certified, srv=certified,
                                        xmpp=certified)
            self.trust = authority.certificate
        elif proof == "dialback":
            self._leaf = authority.stranger(f"prosody-{domains[0]}", dns=certified)
            self.trust = self._leaf.certificate
        self._configuration = self.folder / "prosody.cfg.lua"
        self._configuration.write_text(
            self._text(places, authority, proof, direct_tls_ports, modules))
        self._process = Process("prosody", ["prosody", "-F", "--config", self._configuration],
                                self.folder / "prosody.log", places.internet)

    @property
    def log(self):
        return self._process.log

    @property
    def pid(self):
        return self._process.pid

    def add_user(self, jid, password):
        user, domain = jid.split("@")
        run(["prosodyctl", "--root", "--config", self._configuration, "register", user, domain, password])

    def start(self):
        mark = self._process.log.mark()
        self._process.start().wait_for(r"Activated service 's2s' on \S*" + self.address, mark=mark)

    def stop(self):
        self._process.stop()

    def _text(self, places, authority, proof, direct_tls_ports, modules):
        hosts = "\n".join(f'VirtualHost "{domain}"' for domain in self.domains)
        yes_no = {True: "true", False: "false"}
        encryption = yes_no[self.encrypted]
        tls = f"""
ssl = {{
  certificate = "{self._leaf.certificate}", key = "{self._leaf.key}",
  cafile = "{authority.certificate}", capath = "{self.folder}",
}}""" if self.encrypted else ""
        enabled = ["roster", "saslauth", "disco", "ping", "posix", *modules]
        enabled += ["tls"] if self.encrypted else []
        enabled += ["dialback"] if proof != "external" else []
        disabled = ["offline"] + (["s2s_auth_certs"] if proof != "external" else [])
        return f"""-- made by the lab
run_as_root = true
data_path = "{self.folder}/data"
pidfile = "{self.folder}/prosody.pid"
log = {{ debug = "*console" }}
interfaces = {{ "{self.address}" }}
c2s_ports = {{ 5222 }}
s2s_ports = {{ 5269 }}
s2s_direct_tls_ports = {{ {", ".join(map(str, direct_tls_ports))} }}
http_ports = {{}}
https_ports = {{}}
component_ports = {{}}
modules_enabled = {{ {_list(enabled)} }}
modules_disabled = {{ {_list(disabled)} }}
authentication = "internal_hashed"
storage = "internal"
c2s_require_encryption = {encryption}
s2s_require_encryption = {encryption}
allow_unencrypted_plain_auth = true
s2s_secure_auth = {yes_no[proof == "external"]}
unbound = {{ resolvconf = false, hoststxt = false, forward = {{ "{places.dns}" }},
  options = {{ ["do-not-query-localhost:"] = "no",
    -- a server that was away is asked again at once
    ["infra-host-ttl:"] = "1", ["infra-keep-probing:"] = "yes", ["cache-max-negative-ttl:"] = "1",
    ["infra-cache-max-rtt:"] = "1000", ["unknown-server-time-limit:"] = "200" }} }}
{tls}
{hosts}
"""


def _list(names):
    return ", ".join(f'"{name}"' for name in names)
