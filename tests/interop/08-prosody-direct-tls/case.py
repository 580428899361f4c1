import conversation
from conversation import ALICE
from lab.dns import DIRECT_TLS, STARTTLS
from lab.lab import OURS, THEIRS
from support import main


class Direct(conversation.RoundTrip):
    """The only records are for direct TLS: Prosody has a port of its own for it, the edge the usual one."""

    number = 48
    kind = "prosody"
    proof = "external"
    options = {"direct_tls_ports": [5270]}
    services = {THEIRS: {DIRECT_TLS: 5270}, OURS: {DIRECT_TLS: 5269}}
    expected_proof = "SASL EXTERNAL"

    def test_09_nobody_asked_for_starttls(self):
        self.assertNotRegex(self.lab.partner.log.text(), "(?m)^s2s.*<(starttls|proceed)")


class Misled(conversation.Talk):
    """The record for direct TLS leads to a port where Prosody waits for STARTTLS, as is often seen."""

    number = 58
    kind = "prosody"
    proof = "external"
    services = {THEIRS: {DIRECT_TLS: 5269}}

    def test_01_it_is_refused_and_the_log_says_why(self):
        self.bob_is_told(ALICE, 404, 408)
        self.assertRegex(self.lab.edge.log.text(), "stream.failed .*_xmpps-server record")

    def test_02_another_record_helps(self):
        self.lab.services[THEIRS] = {DIRECT_TLS: 5269, STARTTLS: 5269}
        self.lab.dns.restart(self.lab.servers)
        self.until_it_reaches(self.alice, self.bob, "by the second target")


class WrongName(conversation.Refused):
    """Prosody's certificate is for another domain, and STARTTLS is not there to be fallen back to."""

    number = 68
    kind = "prosody"
    proof = "external"
    options = {"direct_tls_ports": [5270], "certified": ["other.example"]}
    services = Direct.services
    reason = "certificate"


if __name__ == "__main__":
    main()
