import conversation
from support import main

ANYTHING = {"tls": "Optional", "sasl": "Optional", "dialback": True}
TLS = {"tls": "Required", "sasl": "Optional", "dialback": True}


class BothOptional(conversation.RoundTrip):
    """Neither side insists, so both use what is best: TLS, and dialback for want of a common authority."""

    number = 50
    kind = "ejabberd"
    proof = "dialback"
    options = {"starttls": "optional"}
    negotiation = ANYTHING
    expected_proof = "dialback over TLS"


class TheirsOff(conversation.RoundTrip):
    """ejabberd speaks no TLS to other servers, and our partner entry permits that."""

    number = 60
    kind = "ejabberd"
    proof = "dialback"
    options = {"starttls": "false"}
    negotiation = ANYTHING
    expected_proof = "dialback over TCP"
    expected_tls = ""


class OursRequired(conversation.Refused):
    """The same, but our partner entry demands TLS."""

    number = 70
    kind = "ejabberd"
    proof = "dialback"
    options = {"starttls": "false"}
    negotiation = TLS
    reason = "TLS"


if __name__ == "__main__":
    main()
