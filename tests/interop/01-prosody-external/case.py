import conversation
from support import main


class Case(conversation.Conversation):
    number = 41
    kind = "prosody"
    proof = "external"
    expected_proof = "SASL EXTERNAL"


if __name__ == "__main__":
    main()
