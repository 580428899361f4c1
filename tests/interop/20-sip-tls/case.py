"""The SIP side over TLS where both ends prove themselves; strangers; a next hop that dies."""

import socket
import ssl

from conversation import ALICE, BOB, Talk
from lab import users
from lab.lab import OURS
from lab.process import wait_until
from support import QUICK_GATEWAY, main

MESSAGE = ("MESSAGE sip:{to} SIP/2.0\r\nVia: SIP/2.0/TLS {source};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
           "From: <sip:bob@contoso.example>;tag=x\r\nTo: <sip:{to}>\r\nCall-ID: {number}@stranger\r\n"
           "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")


class MutualTls(Talk):
    number = 64
    kind = "prosody"
    proof = "external"

    @classmethod
    def more(cls):
        return {"sip": "tls"}

    @classmethod
    def set_up_lab(cls):
        cls.gateway_settings = {**QUICK_GATEWAY, "sip": {**QUICK_GATEWAY["sip"],
                                                         "trusted_peers": [f"sip.{OURS}"]}}
        super().set_up_lab()

    def setUp(self):
        super().setUp()
        self.numbers = iter(range(1, 99))

    def stranger(self, leaf, message=MESSAGE):
        """The status that answers one who shows this certificate, or None when TLS does not come about."""
        context = ssl.create_default_context(cafile=str(self.lab.authority.certificate))
        context.check_hostname = False
        if leaf:
            context.load_cert_chain(str(leaf.certificate), str(leaf.key))
        with socket.create_connection((self.lab.places.gateway, 5061), timeout=5,
                                      source_address=("127.64.7.7", 0)) as plain:
            try:
                with context.wrap_socket(plain) as secure:
                    secure.sendall(message.format(to=ALICE, source="127.64.7.7:5061",
                                                  number=f"{self.id()[-3:]}{next(self.numbers)}").encode())
                    answer = secure.recv(4096).decode()
            except (ssl.SSLError, ConnectionError):
                return None
        return int(answer.split()[1]) if answer else None

    def test_01_each_way(self):
        self.reaches_bob("over TLS, both certificates shown")
        self.reaches_alice("and back")
        self.assertRegex(self.lab.kamailio.log.text(), r"MESSAGE \S+ from sip:alice@\S+, over tls")

    def test_02_strangers(self):
        authority = self.lab.authority
        self.assertEqual(self.stranger(authority.leaf("kamailio-copy", dns=[f"sip.{OURS}"])), 202)  # no stranger
        self.assertEqual(self.stranger(authority.leaf("other", dns=["other.example"])), 403)
        self.assertIsNone(self.stranger(None))
        self.assertIsNone(self.stranger(authority.stranger("self", dns=[f"sip.{OURS}"])))
        self.alice.wait_message(5, body="hello")
        self.reaches_alice("bob himself")
        self.assertEqual(self.alice.events(event="message", body="hello"), [])

    def test_03_kamailio_believes_only_the_gateway(self):
        """The other way round, as the configuration in deploy/lab has it."""
        leaf = self.lab.authority.leaf("impostor", dns=["impostor.example"])
        context = ssl.create_default_context(cafile=str(self.lab.authority.certificate))
        context.load_cert_chain(str(leaf.certificate), str(leaf.key))
        with socket.create_connection((self.lab.kamailio.address, 5061), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname=OURS) as secure:
                text = MESSAGE.format(to=BOB, source="127.64.7.7:5061", number="k1")
                secure.sendall(text.replace("From: <sip:bob@contoso.example>", f"From: <sip:{ALICE}>").encode())
                self.assertIn(" 403 ", secure.recv(4096).decode().splitlines()[0])
        self.assertEqual(self.bob.events(event="message"), [])


class Failover(Talk):
    """Two SIP servers; the second is used while the first is away."""

    number = 75
    kind = "prosody"
    proof = "external"

    @classmethod
    def set_up_lab(cls):
        first = cls.lab.places.sip_server
        second = first.rpartition(".")[0] + ".4"
        cls.gateway_settings = {**QUICK_GATEWAY, "sip": {
            **QUICK_GATEWAY["sip"], "health_period_ms": 500, "health_patience_ms": 300, "failover_after_ms": 500,
            "routes": [{"domain": OURS, "next_hops": [f"sip:{each}:5060;transport=tcp" for each in (first, second)]}]}}
        super().set_up_lab()
        cls.second = cls.lab.start_kamailio(address=second)
        cls.bob2 = cls.lab.add(users.sip_user(cls.lab.places, cls.lab.work, BOB, cls.second))

    def to_bob(self, phone, body):
        """By whichever server has this phone."""
        def attempt():
            self.alice.send(BOB, body)
            return wait_until(lambda: phone.events(event="message", body=body)
                              or self.alice.events(event="message", type="error"), 15, "an end of it")
        self.alice.forget()
        self.assertTrue(attempt())
        self.assertEqual(self.alice.events(event="message", type="error"), [])
        self.assertTrue(phone.events(event="message", body=body))

    def test_01_the_first_while_it_lives(self):
        self.to_bob(self.bob, "one")
        self.assertEqual(self.bob2.events(event="message"), [])

    def test_02_the_second_when_it_dies(self):
        self.lab.kamailio.kill()
        for number in range(3):
            self.to_bob(self.bob2, f"two {number}")
        sent = self.bob2.send(ALICE, "from the second")
        self.alice.wait_message(15, body="from the second")
        self.assertEqual(self.bob2.wait(15, event="answered", id=sent)["status"], 202)

    def test_03_and_the_first_again(self):
        self.bob.stop()
        self.lab.kamailio.start()
        self.bob.start()
        wait_until(lambda: self._comes_back(), 20, "the first to be used again")

    def _comes_back(self):
        self.alice.send(BOB, "three")
        wait_until(lambda: self.bob.events(event="message", body="three")
                   or self.bob2.events(event="message", body="three"), 10, "a delivery")
        self.bob2.forget()
        return self.bob.events(event="message", body="three")


if __name__ == "__main__":
    main()
