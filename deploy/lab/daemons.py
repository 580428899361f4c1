"""Our two daemons: their configuration files, their certificates, their start and their end."""

import json
import re
from pathlib import Path

from .process import Process, run

ROOT = Path(__file__).resolve().parents[2]
EDGE_NAME, GATEWAY_NAME = "edge.contoso.example", "gateway.contoso.example"


def link_certificates(folder, *names):
    """The private authority of the link and a certificate for each name, as an operator makes them."""
    run([ROOT / "deploy/link-certificates", folder, *names])
    return folder


class EdgeProxy:
    def __init__(self, places, work, build, leaf, trust, link, settings=None, name=EDGE_NAME):
        """`leaf` is shown to partners, whose own lead to `trust`; `link` is link_certificates' folder."""
        configuration = work / "edge_proxy.yaml"
        _write(configuration, {
            "xmpp": {"listen": [f"{places.edge_outside}:5269"], "io_threads": 2,
                     "certificate": leaf.certificate, "private_key": leaf.key, "trust_anchors": trust},
            "link": {"name": name, "listen": f"{places.edge_inside}:23456",
                     "certificate": link / f"{name}.crt", "private_key": link / f"{name}.key",
                     "certificate_authority": link / "ca.crt", "allowed_gateways": [GATEWAY_NAME]},
            "dns": {"servers": [places.dns], "timeout_ms": 1000, "tries": 2},
            "admin": {"socket": work / "edge_proxy.sock"},
            "metrics": {"listen": f"{places.edge_inside}:9469"},
        }, settings)
        self.process = Process("edge_proxy",
                               [build / "edge_proxy/edge_proxy", "serve", "--config", configuration],
                               work / "edge_proxy.log", places.perimeter)

    @property
    def log(self):
        return self.process.log

    def start(self):
        """Until gateways may attach; 5269 opens after the first has told what the edge serves."""
        self.mark = self.log.mark()
        self.process.start().wait_for(r" edge\.ready ", mark=self.mark)

    def wait_open(self):
        self.process.wait_for(r" s2s\.listening ", mark=self.mark)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()


class FrontendGateway:
    def __init__(self, places, work, build, link, next_hop, domains, partners, settings=None,
                 name=GATEWAY_NAME, edge_name=EDGE_NAME, listen=None):
        configuration = work / "frontend_gateway.yaml"
        _write(configuration, {
            "edges": [{"address": f"{places.edge_inside}:23456", "name": edge_name}],
            "link": {"name": name, "certificate": link / f"{name}.crt",
                     "private_key": link / f"{name}.key", "certificate_authority": link / "ca.crt",
                     "reconnect_least_ms": 50, "reconnect_most_ms": 500},
            "sip": {"listen": listen or [f"tcp:{places.gateway}:5060", f"udp:{places.gateway}:5060"],
                    "next_hop": next_hop},
            "store": {"database": f"sqlite:{work}/frontend_gateway.sqlite"},
            "metrics": {"listen": f"{places.gateway}:9470"},
            "admin": {"socket": work / "frontend_gateway.sock"},
            "domains": domains,
            "partners": partners,
            "external_access": {"enable_federation_access": True, "enable_xmpp_access": True},
        }, settings)
        self.process = Process("frontend_gateway",
                               [build / "frontend_gateway/frontend_gateway", "serve", "--config",
                                configuration],
                               work / "frontend_gateway.log", places.internal)

    @property
    def log(self):
        return self.process.log

    def start(self):
        self.mark = self.log.mark()
        self.process.start().wait_for(r" sip\.listening ", mark=self.mark)

    def wait_attached(self):
        self.process.wait_for(r" link\.attached ", mark=self.mark)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()


def partner(domain, tls="Required", sasl="Required", dialback=True):
    return {"domain": domain, "partner_type": "Federated", "tls_negotiation": tls,
            "sasl_negotiation": sasl, "support_dialback_negotiation": dialback}


def events(log, event, mark=0):
    """The fields of each line of the log that has the event id, in order."""
    found = []
    for line in log.text(mark).splitlines():
        if re.match(rf"\S+ \w+ +{re.escape(event)} ", line):
            fields = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line)
            found.append({name: value.strip('"') for name, value in fields})
    return found


def _write(path, sections, settings):
    """YAML with one key a line; what `settings` says about a section goes over ours."""
    for section, values in (settings or {}).items():
        if isinstance(values, dict):
            values = {**sections.get(section, {}), **values}
        sections[section] = values
    lines = []
    for section, values in sections.items():
        if isinstance(values, dict):
            lines += [f"{section}:", *(f"  {key}: {_inline(value)}" for key, value in values.items())]
        elif values and isinstance(values[0], dict):
            lines += [f"{section}:", *(f"  - {_inline(value)}" for value in values)]
        else:
            lines.append(f"{section}: {_inline(values)}")
    path.write_text("\n".join(lines) + "\n")


def _inline(value):
    return json.dumps(value, ensure_ascii=False, default=str)  # JSON is YAML
