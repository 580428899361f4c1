"""Presence and its authorization both ways, with ejabberd."""

import presence
from support import main


class Case(presence.BothWays):
    number = 54
    kind = "ejabberd"


if __name__ == "__main__":
    main()
