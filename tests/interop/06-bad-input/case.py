"""Bad input from either side: the error the RFC names, and nobody else notices."""

import itertools
import re
import threading
import time

import sip_poison
import xmpp_cases
from lab.daemons import events, partner
from lab.lab import OURS, THEIRS
from lab.process import Failure, wait_until
from raw_peer import DOMAIN, EXTERNAL, RawPeer, header
from support import InteropCase, main

ALICE, BOB = f"alice@{THEIRS}", f"bob@{OURS}"
ROUNDS = 10                       # of everything, while memory is watched
GROWTH_BYTES = 12 << 20           # what ROUNDS may add to either daemon
PACE_SECONDS = 0.02
BYSTANDER_SECONDS = 5             # no message of a bystander may take longer


class Bystanders(threading.Thread):
    """Two people who talk all the time, each way, and must not notice anything."""

    def __init__(self, alice, carol):
        super().__init__(daemon=True)
        self._alice, self._carol = alice, carol
        self._ending = threading.Event()
        self.exchanged = 0
        self.slowest = 0.0
        self.failure = None

    def run(self):
        try:
            while not self._ending.wait(PACE_SECONDS):
                self._exchange()
        except Failure as why:
            self.failure = why

    def _exchange(self):
        self.exchanged += 1
        for sender, receiver in ((self._alice, self._carol), (self._carol, self._alice)):
            begun = time.monotonic()
            body = f"undisturbed {self.exchanged}"
            sender.send(receiver.address, body)
            receiver.wait_message(BYSTANDER_SECONDS, body=body)
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def end(self):
        """After one more exchange."""
        enough = self.exchanged + 1
        wait_until(lambda: self.exchanged > enough or self.failure, 3 * BYSTANDER_SECONDS, "the bystanders")
        self._ending.set()
        self.join()


class Case(InteropCase):
    number = 46

    @classmethod
    def set_up_lab(cls):
        lab = cls.lab
        lab.servers[DOMAIN] = "127.46.9.9"  # errors to it have nowhere to go
        lab.start(partners=[partner(DOMAIN, "Required", "Required", False)],
                  gateway_settings={"sip": {"error_wait_ms": 20}})
        cls.leaf = lab.authority.leaf("raw", dns=[DOMAIN])
        cls.bob, cls.carol, cls.alice = lab.sip_user("bob"), lab.sip_user("carol"), lab.xmpp_user("alice")

    def setUp(self):
        super().setUp()
        self.bob.forget()
        self.bystanders = Bystanders(self.alice, self.carol)
        self.bystanders.start()

    def tearDown(self):
        self.bystanders.end()
        super().tearDown()
        self.assertIsNone(self.bystanders.failure)
        streams = [event for event in events(self.lab.edge.log, "stream.established")
                   if event["peer"] == THEIRS]
        self.assertEqual(len(streams), 2, "the bystanders' streams were made again")
        self.assertTrue(self.lab.edge.process.running() and self.lab.gateway.process.running())

    def peer(self):
        return RawPeer(self.lab.places.edge_outside, "127.46.7.7")

    # ---- from XMPP ------------------------------------------------------------------------------

    def test_01_before_authentication(self):
        for what, data, condition in xmpp_cases.BEFORE_AUTHENTICATION:
            with self.subTest(what), self.peer() as peer:
                self.say_before(peer, data, condition)

    def say_before(self, peer, data, condition):
        peer.say(data)
        self.assert_stream_error(peer.until_closed(), condition, our_header=True)

    def test_02_after_authentication(self):
        for what, data, condition in xmpp_cases.AFTER_AUTHENTICATION:
            with self.subTest(what), self.peer() as peer:
                self.say_after(peer, data, condition)
        self.assertEqual(self.bob.events(event="message"), [])

    def say_after(self, peer, data, condition):
        peer.authenticate(self.leaf)
        peer.say(data)
        self.assert_stream_error(peer.until_closed(), condition, our_header=False)

    def assert_stream_error(self, heard, condition, our_header):
        """Our header first, then the error, then the end of the stream."""
        shape = r"<stream:error>.*<(?:%s) xmlns=['\"]urn:ietf:params:xml:ns:xmpp-streams['\"]"
        shape = (r"<stream:stream .*" if our_header else "") + shape % condition + r".*</stream:stream>\s*$"
        self.assertRegex(heard, re.compile(shape, re.DOTALL))

    def test_03_plaintext_behind_starttls(self):
        with self.peer() as peer:
            peer.say(xmpp_cases.STARTTLS_INJECTION)
            self.assertNotIn("<success", peer.until_closed())
        self.assert_bob_hears_next("nothing was injected")

    def test_04_nothing_becomes_a_sip_header(self):
        for what, stanza in xmpp_cases.INTO_HEADERS:
            with self.subTest(what), self.peer() as peer:
                peer.authenticate(self.leaf)
                peer.say(stanza)
                peer.say(xmpp_cases.message("that was all", id="end") + "</stream:stream>")
                peer.until_closed()
                if "<stream:error" not in peer.heard:
                    self.bob.wait_message(body="that was all")
                for message in self.bob.events(event="message"):
                    self.assertNotIn(xmpp_cases.MARK.lower(), message["headers"])
                self.bob.forget()

    def test_05_sasl_before_tls(self):
        with self.peer() as peer:
            peer.say(header() + EXTERNAL)
            peer.until("<failure .*<encryption-required")  # RFC 6120 section 6.5.4; the peer may start TLS now

    def assert_bob_hears_next(self, body):
        self.alice.send(BOB, body)
        self.bob.wait_message(body=body)
        self.assertEqual(self.bob.events(event="message"), [])

    # ---- from SIP -------------------------------------------------------------------------------

    def wire(self, transport):
        return sip_poison.Wire(self.lab.places.sip_server, self.lab.places.gateway, transport)

    def test_10_bodies_no_stream_may_carry(self):
        for what, body in sip_poison.BODIES:
            with self.subTest(what):
                sent = self.bob.tell(to=ALICE, hex=body.hex(), id=what) or what
                answer = self.bob.wait(15, event="answered", id=sent)
                self.assertIn(answer["status"], (202, 400, 415, 488, 606), answer)
                if answer["status"] == 202:
                    heard = self.alice.wait_message(**{"from": lambda jid: jid.split("/")[0] == BOB})
                    self.assertNotRegex(heard["body"], "[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
                    self.assertNotEqual(heard["body"], "smuggled")

    def test_11_senders_that_are_no_jid(self):
        for user, transport in itertools.product(sip_poison.SENDERS, ("UDP", "TCP")):
            with self.subTest(user=user[:20], transport=transport), self.wire(transport) as wire:
                wire.say(sip_poison.message(wire.source, wire.port, f"{user}@{OURS}", transport=transport))
                status = wire.status(seconds=5)
                self.assertTrue(status is None or 400 <= status < 700, status)

    def test_12_rfc_4475(self):
        self.say_samples()

    def say_samples(self):
        for name, data in sip_poison.samples():
            for transport in ("UDP", "TCP"):
                with self.subTest(name, transport=transport):
                    with self.wire(transport) as wire:
                        wire.say(data)
                    self.assert_gateway_answers()

    def test_13_lengths_and_long_lines(self):
        for what, headers in sip_poison.LENGTHS:
            with self.subTest(what):
                with self.wire("TCP") as wire:
                    wire.say(sip_poison.with_lengths(wire.source, wire.port, headers))
                self.assert_gateway_answers()
        with self.wire("TCP") as wire:
            wire.say(sip_poison.long_line(wire.source, wire.port, "TCP"))
            wire.status(seconds=5)
        self.assert_gateway_answers()

    def assert_gateway_answers(self):
        for transport in ("UDP", "TCP"):
            with self.wire(transport) as wire:
                self.assertEqual(wire.options(), 200)

    # ---- and all of it again --------------------------------------------------------------------

    def test_20_memory_stays_flat(self):
        self.everything_once()
        before = self.memory()
        for _ in range(ROUNDS):
            self.everything_once()
        after = self.memory()
        print(f"    {ROUNDS} rounds: edge {before[0] >> 20} -> {after[0] >> 20} MiB, "
              f"gateway {before[1] >> 20} -> {after[1] >> 20} MiB; "
              f"{self.bystanders.exchanged} undisturbed exchanges, the slowest message "
              f"{1000 * self.bystanders.slowest:.0f} ms")
        for daemon, least, most in zip(("edge_proxy", "frontend_gateway"), before, after):
            self.assertLess(most - least, GROWTH_BYTES, daemon)

    def everything_once(self):
        for what, data, condition in xmpp_cases.BEFORE_AUTHENTICATION:
            with self.subTest(what), self.peer() as peer:
                self.say_before(peer, data, condition)
        for what, data, condition in xmpp_cases.AFTER_AUTHENTICATION:
            with self.subTest(what), self.peer() as peer:
                self.say_after(peer, data, condition)
        self.say_samples()

    def memory(self):
        return self.lab.edge.process.memory_bytes(), self.lab.gateway.process.memory_bytes()


if __name__ == "__main__":
    main()
