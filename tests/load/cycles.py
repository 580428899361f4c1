"""attack 16: connections that come and go and prove nothing leave nothing behind.

    /usr/bin/python3 tests/load/cycles.py                      # 20,000 of them, as in tests/run
    /usr/bin/python3 tests/load/cycles.py --cycles 1000000

Each goes as far as one of several ways of giving up, from an address of its own. Before and after, the
edge's memory is looked at; CAUSEWAY_BUILD names the build folder.
"""

import argparse
import json
import multiprocessing
import sys
import time

from daemons_under_load import Daemons, wait_until
from peers import HEADER, STARTTLS, Addresses, connect, leave_at_once

GROWTH_BYTES = 1 << 20
WORKERS = 2
WARM_UP = 4000  # pools, caches and heaps have their size then
PATIENCE_SECONDS = 30

# What a peer says before it leaves, and how much of an answer it waits for.
WAYS = (
    ("says nothing", b"", b""),
    ("a header", HEADER, b"</stream:features>"),
    ("half a header", HEADER[:60], b""),
    ("STARTTLS and no handshake", HEADER + STARTTLS, b"<proceed"),
    ("the middle of an element", HEADER + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' x='" + b"y" * 4000, b""),
    ("no XML", b"GET / HTTP/1.1\r\n\r\n", b"</stream:stream>"),
    ("a TLS record at once", bytes.fromhex("160301 0005 01000001 00"), b""),
    ("a handshake that ends", HEADER + STARTTLS, b"<proceed"),
)


def once(edge, source, way):
    name, words, end = way
    connection = connect(edge, source)
    try:
        if words:
            connection.sendall(words)
        answer = b""
        while end not in answer:
            some = connection.recv(4096)
            if not some:
                break
            answer += some
        if name == "a handshake that ends":
            connection.sendall(bytes.fromhex("160301 0200 010001fc 0303") + b"\0" * 40)
    except ConnectionError:
        pass  # it was told to go
    finally:
        leave_at_once(connection)


def work(edge, number, cycles):
    addresses = Addresses(number)
    for cycle in range(cycles):
        once(edge, addresses.take(), WAYS[cycle % len(WAYS)])


def run(edge, cycles):
    workers = [multiprocessing.Process(target=work, args=(edge, 100 + i, cycles // WORKERS))
               for i in range(WORKERS)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert all(each.exitcode == 0 for each in workers), "a worker has failed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=20_000)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    with Daemons("cycles", 92) as daemons:
        at_rest = daemons.descriptors()

        def gone():
            return daemons.descriptors() <= at_rest
        run(daemons.address, WARM_UP)
        wait_until(gone, PATIENCE_SECONDS, "the edge to forget the warm-up")
        before, cpu, begun = daemons.resident_bytes(), daemons.cpu_seconds(), time.monotonic()
        run(daemons.address, options.cycles)
        seconds, cpu = time.monotonic() - begun, daemons.cpu_seconds() - cpu
        wait_until(gone, PATIENCE_SECONDS, "the edge to forget all connections")
        after = daemons.resident_bytes()
    growth = after - before
    figures = {"cycles": options.cycles, "seconds": round(seconds, 1),
               "edge_cpu_us_per_cycle": round(cpu / options.cycles * 1e6, 1),
               "edge_kib_before": before >> 10, "edge_kib_after": after >> 10,
               "edge_kib_grown": growth / 1024}
    print(json.dumps(figures))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file)
    if growth > GROWTH_BYTES:
        print(f"the edge has grown by {growth} bytes in {options.cycles} cycles", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
