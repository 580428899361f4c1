import conversation
from support import main


class Tls(conversation.RoundTrip):
    number = 51
    kind = "jabberd2"
    proof = "dialback"
    expected_proof = "dialback over TLS"


class Plain(conversation.RoundTrip):
    """Its streams are older than 1.0, and their headers name nobody."""

    number = 61
    kind = "jabberd2"
    proof = "plain"
    expected_proof = "dialback over TCP"
    expected_tls = ""


class OursRequired(conversation.Refused):
    """jabberd2 has no certificate and so no TLS, which our partner entry demands."""

    number = 71
    kind = "jabberd2"
    proof = "plain"
    negotiation = {"tls": "Required", "sasl": "NotSupported", "dialback": True}
    reason = "TLS"


if __name__ == "__main__":
    main()
