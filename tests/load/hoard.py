"""attack 15: many connections, each with one byte less than it may send; what they cost is bounded.

    /usr/bin/python3 tests/load/hoard.py

First strangers, then streams of a partner: each sends an element up to its limit and never ends it. What the edge
grows by is judged by the limits of its example configuration. CAUSEWAY_BUILD names the build folder.
"""

import argparse
import json
import resource
import sys
import time

from daemons_under_load import HOSTED, PARTNER, Daemons, wait_until
from peers import HEADER, Addresses, authenticate, connect

STRANGERS, PARTNERS_STREAMS = 1000, 40
STRANGERS_BYTES, STANZA_BYTES = 8192, 524288  # limits.unauthenticated_stanza_bytes, limits.stanza_bytes
# What a connection may cost: its parser's memory, a socket, a TLS session, all with some room.
STRANGERS_COST, STREAMS_COST = 48 << 10, 1 << 20
PATIENCE_SECONDS = 30
SETTLED_SECONDS = 0.5  # without growth


def wait_until_settled(daemons):
    """Until the edge has read what there is: its memory no longer grows."""
    seen, since = 0, time.monotonic()

    def settled():
        nonlocal seen, since
        now = daemons.resident_bytes()
        if now > seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > SETTLED_SECONDS
    wait_until(settled, PATIENCE_SECONDS, "the edge to read what it was sent")
    return daemons.resident_bytes()


def strangers(daemons):
    addresses = Addresses(96)
    element = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>"
    held = []
    for _ in range(STRANGERS):
        connection = connect(daemons.address, addresses.take())
        connection.sendall(HEADER)
        connection.sendall(element + b"A" * (STRANGERS_BYTES - 1 - len(element)))
        held.append(connection)
    return held


def streams(daemons):
    stanza = (f"<message from='a@{PARTNER}' to='b@{HOSTED}' id='1'><body>").encode()
    held = []
    for _ in range(PARTNERS_STREAMS):
        connection = authenticate(daemons.address, "127.97.0.1", daemons.peer, daemons.authority.certificate)
        connection.sendall(stanza + b"x" * (STANZA_BYTES - 1 - len(stanza)))
        held.append(connection)
    return held


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures, failed = {}, False
    federation = {"connection_limit": 1000, "partner_connection_limit": 1000}
    with Daemons("hoard", 98, federation=federation) as daemons:
        for name, hoard, count, allowed in (("strangers", strangers, STRANGERS, STRANGERS_COST),
                                            ("streams", streams, PARTNERS_STREAMS, STREAMS_COST)):
            authenticate(daemons.address, "127.97.0.2", daemons.peer, daemons.authority.certificate).close()
            before = wait_until_settled(daemons)
            held = hoard(daemons)
            cost = (wait_until_settled(daemons) - before) / count
            figures[name] = {"count": count, "edge_kib_each": round(cost / 1024, 1), "allowed_kib": allowed >> 10}
            if cost > allowed:
                failed = True
                print(f"{name}: {cost:.0f} bytes each, allowed are {allowed}", file=sys.stderr)
            for each in held:
                each.close()
    print(json.dumps(figures))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
