"""Two systems pointed at each other (T13): what goes round comes to an end, and its sender is told.

    contoso.example   edge 1 == gateway 1 -- its SIP next hop is gateway 2
    fabrikam.example  edge 2 == gateway 2 -- its SIP next hop is gateway 1

So neither has a user, and each is the other's partner and the other's SIP server.
"""

import secrets
import socket
from dataclasses import replace

from lab.daemons import EDGE_NAME, GATEWAY_NAME, EdgeProxy, FrontendGateway, link_certificates, partner
from lab.lab import OURS, THEIRS
from support import QUICK_EDGE, QUICK_GATEWAY, InteropCase, main

TRUST = {"tls": "Required", "sasl": "Required", "dialback": False}
LOOPED = (482, 483, 406, 606)  # RFC 3261 section 8.2.2.2, or what XMPP makes of it


class Case(InteropCase):
    number = 66

    @classmethod
    def set_up_lab(cls):
        lab = cls.lab
        places = lab.places
        second = replace(places, edge_outside="127.66.12.1", edge_inside="127.66.12.2", gateway="127.66.13.1",
                         lock=None)
        lab.servers.update({OURS: places.edge_outside, THEIRS: second.edge_outside})
        lab.start_dns()
        cls.gateways, edges = [], []
        for here, hosted, other, next_hop in ((places, OURS, THEIRS, second.gateway),
                                              (second, THEIRS, OURS, places.gateway)):
            work = lab.work / hosted
            work.mkdir()
            link = link_certificates(work / "link", EDGE_NAME, GATEWAY_NAME)
            leaf = lab.authority.leaf(f"edge-{hosted}", dns=[hosted], srv=[hosted])
            edges.append(lab.add(EdgeProxy(here, work, lab.build, leaf, lab.authority.certificate, link,
                                           QUICK_EDGE)))
            cls.gateways.append(lab.add(FrontendGateway(
                here, work, lab.build, link, f"sip:{next_hop}:5060;transport=tcp", [hosted],
                [partner(other, **TRUST)], QUICK_GATEWAY)))
        for gateway, edge in zip(cls.gateways, edges):
            gateway.wait_attached()
            edge.wait_open()

    def request(self, method, sender, recipient, headers="", body=""):
        """By somebody beside gateway 1; the status of the final answer."""
        number = secrets.token_hex(8)
        with socket.create_connection((self.lab.places.gateway, 5060), timeout=5,
                                      source_address=(self.lab.places.sip_user, 0)) as connection:
            connection.settimeout(45)
            source = "%s:%d" % connection.getsockname()
            connection.sendall(
                f"{method} sip:{recipient} SIP/2.0\r\nVia: SIP/2.0/TCP {source};branch=z9hG4bK{number}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{sender}>;tag={number}\r\nTo: <sip:{recipient}>\r\n"
                f"Call-ID: {number}\r\nCSeq: 1 {method}\r\nContact: <sip:bob@{source};transport=tcp>\r\n"
                f"{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            heard = b""
            while True:
                heard += connection.recv(65536)
                lines = [line for line in heard.decode().split("\r\n") if line.startswith("SIP/2.0 ")]
                final = [int(line.split()[1]) for line in lines if not line.startswith("SIP/2.0 1")]
                if final:
                    return final[0]

    def test_01_a_message_that_goes_round(self):
        status = self.request("MESSAGE", f"bob@{OURS}", f"alice@{THEIRS}",
                              "Content-Type: text/plain\r\n", "round and round")
        self.assertIn(status, LOOPED)

    def test_02_a_burst_that_goes_round(self):
        """Each hop waits for the next one's answer: what came back cannot still be going round."""
        for number in range(10):
            self.assertIn(self.request("MESSAGE", f"bob{number}@{OURS}", f"alice{number}@{THEIRS}",
                                       "Content-Type: text/plain\r\n", "round and round"), LOOPED)

    def test_03_a_subscription_that_goes_round(self):
        status = self.request("SUBSCRIBE", f"bob@{OURS}", f"alice@{THEIRS}",
                              "Event: presence\r\nExpires: 3600\r\nAccept: application/pidf+xml\r\n")
        self.assertGreaterEqual(status, 200)
        for gateway in self.gateways:
            self.assertTrue(gateway.process.running())

    def test_04_a_sender_who_is_nobodys(self):
        status = self.request("MESSAGE", f"alice@{THEIRS}", f"bob@{OURS}", "Content-Type: text/plain\r\n", "x")
        self.assertEqual(status, 403)


if __name__ == "__main__":
    main()
