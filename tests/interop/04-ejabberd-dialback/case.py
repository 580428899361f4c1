import conversation
from support import main


class Case(conversation.Conversation):
    number = 44
    kind = "ejabberd"
    proof = "dialback"
    expected_proof = "dialback over TLS"


if __name__ == "__main__":
    main()
