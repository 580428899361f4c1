import conversation
from lab.daemons import events
from lab.process import wait_until
from support import main


def wait_for_both(log):
    """As Prosody sees it: it was asked, and what it sent was acknowledged to the last stanza."""
    for words in ("Received ack request, acking for [1-9]", r"#queue = 0 \(acked: [1-9]"):
        wait_until(lambda: log.find(words), 10, words)


class Acknowledged(conversation.RoundTrip):
    """Stream management on a stream each way: both ends count, ask and answer."""

    number = 69
    kind = "prosody"
    proof = "external"
    options = {"modules": ["smacks"]}
    expected_proof = "SASL EXTERNAL"

    def test_09_both_ends_asked_and_were_told(self):
        wait_for_both(self.lab.partner.log)
        self.assertNotRegex(self.lab.partner.log.text(), "The client says it handled")


class TheyCall(conversation.RoundTrip):
    """One stream for both directions, made by Prosody, with stream management."""

    number = 49
    kind = "prosody"
    proof = "external"
    options = {"modules": ["s2s_bidi", "smacks"]}
    direction = "inbound"

    def test_01_each_way_and_how_the_streams_were_secured(self):
        for _ in range(3):
            self.speak_first()
            self.reaches_bob("from XMPP to SIP")
            self.reaches_alice("from SIP to XMPP")
        streams = events(self.lab.edge.log, "stream.established")
        self.assertEqual([(each["direction"], each["proof"]) for each in streams],
                         [(self.direction, "SASL EXTERNAL")])

    def speak_first(self):
        self.reaches_bob("I call")

    def test_09_both_ends_asked_and_were_told(self):
        wait_for_both(self.lab.partner.log)


class WeCall(TheyCall):
    """The same, made by us."""

    number = 59
    direction = "outbound"

    def speak_first(self):
        self.reaches_alice("I call")


class WrongName(conversation.Refused):
    """Prosody asks for a stream both ways, but its certificate is of another domain: nothing goes back."""

    number = 79
    kind = "prosody"
    proof = "external"
    options = {"modules": ["s2s_bidi", "smacks"], "certified": ["other.example"]}
    reason = "certificate"


if __name__ == "__main__":
    main()
