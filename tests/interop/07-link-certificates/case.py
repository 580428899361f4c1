"""A gateway that is not who the edge expects, and an edge that is not who the gateway meant to reach."""

import unittest

from lab.daemons import EDGE_NAME, FrontendGateway, EdgeProxy, link_certificates
from lab.lab import OURS
from support import InteropCase, main

OTHER = "other.contoso.example"


class Case(InteropCase):
    number = 47

    @classmethod
    def set_up_lab(cls):
        lab = cls.lab
        lab.start_dns()
        lab.make_daemons([])
        lab.start_edge()
        cls.link = link_certificates(lab.work / "link", OTHER)
        cls.strangers = link_certificates(lab.work / "strangers", "gateway.contoso.example", EDGE_NAME)

    def gateway(self, folder, link, **more):
        """A gateway of the test's own, with its configuration and log in that folder."""
        work = self.lab.work / folder
        work.mkdir()
        return FrontendGateway(self.lab.places, work, self.lab.build, link,
                               f"sip:{self.lab.places.sip_server}:5060;transport=tcp", [OURS], [], **more)

    def refused(self, gateway, edge_says, gateway_says):
        """Runs it until both sides have said why they will not have each other."""
        mark = self.lab.edge.log.mark()
        self.addCleanup(gateway.stop)
        gateway.start()
        told = gateway.process.wait_for(gateway_says, mark=gateway.mark)
        seen = self.lab.edge.process.wait_for(edge_says, mark=mark)
        self.assertNotRegex(gateway.log.text(gateway.mark), r" link\.attached ")
        self.assertNotRegex(self.lab.edge.log.text(mark), r" (link\.attached|s2s\.listening) ")
        return told, seen

    def test_01_certificate_of_another_authority(self):
        self.refused(self.gateway("another-authority", self.strangers),
                     edge_says=r" grpc\.handshake_failed .*", gateway_says=r" link\.failed .*")

    def test_02_name_that_is_not_allowed(self):
        self.refused(self.gateway("another-name", self.link, name=OTHER),
                     edge_says=rf" link\.refused .*{OTHER}", gateway_says=rf" link\.\w+ .*{OTHER}")

    def test_03_edge_with_another_name(self):
        self.refused(self.gateway("another-edge", self.lab.work / "link", edge_name=OTHER),
                     edge_says=r" link\.refused .*", gateway_says=r" link\.failed .*")

    def test_04_no_tls_at_all(self):
        import socket
        mark = self.lab.edge.log.mark()
        with socket.create_connection((self.lab.places.edge_inside, 23456), timeout=10) as peer:
            peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
            peer.settimeout(10)
            try:
                while peer.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        self.lab.edge.process.wait_for(r" grpc\.handshake_failed ", mark=mark)

    def test_05_the_right_ones_find_each_other(self):
        self.lab.start_gateway()
        self.lab.gateway.wait_attached()
        self.lab.edge.wait_open()


if __name__ == "__main__":
    main()
