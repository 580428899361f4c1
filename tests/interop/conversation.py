"""What must hold with every XMPP server and every way of proving identity, seen from the senders' sides."""

from lab.daemons import events, partner
from lab.lab import NEGOTIATION, OURS, THEIRS
from lab.process import wait_until
from support import PATIENT_GATEWAY, QUICK_EDGE, QUICK_GATEWAY, InteropCase

ALICE, BOB = f"alice@{THEIRS}", f"bob@{OURS}"
NOWHERE, DOWN, UNLISTED = "nowhere.example", "down.example", "unlisted.example"
STRANGER = f"mallory@{UNLISTED}"  # at the partner's server, under a domain that is no partner of ours

TEXTS = {
    "ascii": "plain words",
    "latin": "Grüße aus Köln – « ça va ? »",
    "other scripts": "Привет, 你好, こんにちは, مرحبا, שלום, ไทย",
    "emoji": "🐴 👩‍👩‍👧‍👦 🇩🇪 e\u0301",
    "markup": "<body>&amp; < > & \" ' ]]> &#0; %0d%0a %00 \\20 <!-- -->",
    "lines": "first\nsecond\n\n    indented\tand a tab",
    "like SIP": "SIP/2.0 200 OK\nContent-Length: 0\n\nMESSAGE sip:x SIP/2.0",
    "10 kB": "0123456789" * 1000 + " é",
    "10 kB of emoji": "🐴" * 2500,
}

# The answer of a SIP phone -> the condition its XMPP correspondent sees (RFC 7247 section 7.2).
REFUSALS = {403: "forbidden", 415: "not-acceptable", 480: "recipient-unavailable",
            486: "recipient-unavailable", 500: "internal-server-error", 603: "recipient-unavailable"}


class Talk(InteropCase):
    """A lab with a user on each side, and what tests say about them."""

    kind = None
    proof = None
    negotiation = None  # what our partner entry says, if not what goes with the proof
    options = {}        # of the partner's server, see Lab.start_partner()
    services = {}       # SRV records, see Lab.services
    edge_settings = QUICK_EDGE
    gateway_settings = QUICK_GATEWAY

    @classmethod
    def set_up_lab(cls):
        cls.lab.services.update(cls.services)
        cls.lab.start(cls.kind, cls.proof, edge_settings=cls.edge_settings,
                      gateway_settings=cls.gateway_settings, negotiation=cls.negotiation, **cls.more(),
                      **cls.options)
        cls.alice = cls.lab.xmpp_user("alice")
        cls.bob = cls.lab.sip_user("bob")

    @classmethod
    def more(cls):
        """Further arguments of Lab.start()."""
        return {}

    def setUp(self):
        super().setUp()
        self.alice.forget()
        self.bob.forget()

    # ---- the sentences a test is made of --------------------------------------------------------

    def reaches_bob(self, body, seconds=15):
        self.alice.send(BOB, body)
        message = self.bob.wait_message(seconds, body=body)
        self.assertEqual(message["from"], ALICE)
        return message

    def reaches_alice(self, body, seconds=15):
        sent = self.bob.send(ALICE, body)
        message = self.alice.wait_message(seconds, body=body)
        self.assertEqual(message["from"].split("/")[0], BOB)
        answer = self.bob.wait(seconds, event="answered", id=sent)
        self.assertEqual(answer["status"], 202, answer)
        return message

    def alice_is_told(self, to, *conditions, seconds=15):
        sent = self.alice.send(to, "are you there?")
        error = self.alice.wait_message(seconds, id=sent, type="error")
        self.assertIn(error["error"], conditions)
        self.assertEqual(error["from"].split("/")[0], to)
        return error

    def bob_is_told(self, to, *statuses, seconds=45):
        sent = self.bob.send(to, "are you there?")
        answer = self.bob.wait(seconds, event="answered", id=sent)
        self.assertIn(answer["status"], statuses, answer)
        return answer

    def until_it_reaches(self, receiver, sender, body):
        """XMPP servers remember for a while that a domain could not be reached, and say so at once."""
        def attempt():
            sent = sender.send(receiver.address, body)
            wait_until(lambda: (receiver.events(event="message", body=body)
                                or sender.events(event="message", id=sent, type="error")
                                or sender.events(event="answered", id=sent, status=lambda code: code >= 300)),
                       40, "a delivery or an error")
            return receiver.events(event="message", body=body)
        wait_until(attempt, 60, f"a message to reach {receiver.address} again")

    def established(self, direction):
        def look():
            return [event for event in events(self.lab.edge.log, "stream.established")
                    if event["direction"] == direction and event["peer"] == THEIRS]
        return wait_until(look, 5, f"stream.established, {direction}")[-1]


class Refused(Talk):
    """One setting is wrong, and nothing goes either way: both users are told."""

    reason = None  # a regular expression for what the edge's log says of the partner

    def test_01_both_users_are_told(self):
        self.alice_is_told(BOB, "remote-server-not-found", "remote-server-timeout", seconds=40)
        self.bob_is_told(ALICE, 403, 404, 408, 480)
        self.assertEqual(self.bob.events(event="message"), [])
        self.assertEqual(events(self.lab.edge.log, "stream.established"), [])
        self.assertRegex(self.lab.edge.log.text(), self.reason)


class RoundTrip(Talk):
    """Each way, with all that a text may be."""

    edge_settings = {}
    gateway_settings = PATIENT_GATEWAY
    expected_proof = None      # as the edge logs it
    expected_tls = r"TLSv1\.[23]"

    def test_01_each_way_and_how_the_streams_were_secured(self):
        self.reaches_bob("from XMPP to SIP")
        self.reaches_alice("from SIP to XMPP")
        for direction in ("inbound", "outbound"):
            stream = self.established(direction)
            self.assertEqual(stream["proof"], self.expected_proof, stream)
            self.assertRegex(stream.get("tls", ""), f"^{self.expected_tls}$")
            self.assertEqual(stream["local"], OURS)

    def test_02_texts_arrive_as_they_were_sent(self):
        for name, text in TEXTS.items():
            with self.subTest(name, way="to SIP"):
                message = self.reaches_bob(text)
                self.assertEqual(bytes.fromhex(message["hex"]).decode(), text)
                self.assertRegex(message["content_type"].lower(), r"^text/plain; ?charset=\"?utf-8")
            with self.subTest(name, way="to XMPP"):
                self.reaches_alice(text)

    def test_03_order_is_kept(self):
        texts = [f"number {i}" for i in range(100)]
        for text in texts:
            self.alice.send(BOB, text)
        self.assertEqual([self.bob.wait_message(15)["body"] for _ in texts], texts)


class Conversation(RoundTrip):
    """And everything that does not go well."""

    edge_settings = QUICK_EDGE
    gateway_settings = QUICK_GATEWAY

    @classmethod
    def set_up_lab(cls):
        cls.lab.servers[DOWN] = "127.%d.9.9" % cls.number  # where nothing listens
        super().set_up_lab()

    @classmethod
    def more(cls):
        negotiation = cls.negotiation or NEGOTIATION[cls.proof]
        return {"domains": [THEIRS, UNLISTED],
                "partners": [partner(NOWHERE, **negotiation), partner(DOWN, **negotiation)]}

    # ---- what is refused ------------------------------------------------------------------------

    def test_10_unknown_sip_user(self):
        self.alice_is_told(f"nobody@{OURS}", "item-not-found")

    def test_11_unknown_xmpp_user(self):
        self.bob_is_told(f"nobody@{THEIRS}", 480)

    def test_12_sip_user_refuses(self):
        for status, condition in REFUSALS.items():
            with self.subTest(status=status):
                self.bob.tell(answer=status)
                self.bob.wait(event="answering")
                self.alice_is_told(BOB, condition)
        self.bob.tell(answer=200)
        self.bob.wait(event="answering")
        self.reaches_bob("and now you do")

    def test_13_domain_that_is_no_partner(self):
        self.bob_is_told(f"someone@{UNLISTED}", 403, 404)

    def test_14_partner_that_dns_does_not_know(self):
        self.bob_is_told(f"someone@{NOWHERE}", 404)

    def test_15_partner_where_nothing_listens(self):
        self.bob_is_told(f"someone@{DOWN}", 404, 408)

    def test_16_domain_that_is_no_partner_sends(self):
        mallory = self.lab.xmpp_user(*STRANGER.split("@"))
        sent = mallory.send(BOB, "let me in")
        mallory.wait_message(30, id=sent, type="error")  # its server's words for a stream that is refused
        self.reaches_bob("only me")
        self.assertEqual(self.bob.events(event="message"), [])

    # ---- what is down ---------------------------------------------------------------------------

    def test_20_gateway_down(self):
        self.lab.gateway.stop()
        try:
            self.alice_is_told(BOB, "remote-server-timeout")
            self.bob_is_told(ALICE, 477, 500, 503)  # Kamailio's own words
        finally:
            self.lab.gateway.start()
            self.lab.gateway.wait_attached()
        self.reaches_bob("the gateway is back")
        self.reaches_alice("it is")

    def test_21_edge_down(self):
        self.lab.edge.stop()
        try:
            self.bob_is_told(ALICE, 408)
            self.alice_is_told(BOB, "remote-server-not-found", "remote-server-timeout")  # the partner's
        finally:
            self.start_edge()
        self.until_it_reaches(self.bob, self.alice, "the edge is back")
        self.until_it_reaches(self.alice, self.bob, "it is")

    def test_22_dns_down(self):
        self.lab.edge.stop()  # with its streams
        self.lab.dns.stop()
        try:
            self.start_edge()
            self.bob_is_told(ALICE, 404, 408)
            self.alice_is_told(BOB, "remote-server-not-found", "remote-server-timeout", seconds=40)
        finally:
            self.lab.dns.start(self.lab.servers)
        self.until_it_reaches(self.alice, self.bob, "DNS is back")
        self.until_it_reaches(self.bob, self.alice, "it is")

    def start_edge(self):
        mark = self.lab.gateway.log.mark()
        self.lab.edge.start()
        self.lab.gateway.process.wait_for(r" link\.attached ", mark=mark)
        self.lab.edge.wait_open()
