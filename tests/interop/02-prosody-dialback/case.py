import conversation
from support import main


class Tls(conversation.Conversation):
    """A certificate nobody trusts, and a partner entry that does not ask for SASL."""

    number = 42
    kind = "prosody"
    proof = "dialback"
    expected_proof = "dialback over TLS"


class Plain(conversation.Conversation):
    """No TLS at all: what remains is dialback over TCP."""

    number = 52
    kind = "prosody"
    proof = "plain"
    expected_proof = "dialback over TCP"
    expected_tls = ""


if __name__ == "__main__":
    main()
