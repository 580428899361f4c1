"""attack 16, 18: a crowd that holds connections, and an honest server that wants one.

    /usr/bin/python3 tests/load/crowd.py
    /usr/bin/python3 tests/load/crowd.py --half-open 2000 --slow 500 --renewed-per-second 200

Half-open connections say nothing; slow ones say a header, a byte at a time; a part of the crowd is renewed all
the time. The edge has its default limits, so the crowd is larger than what it lets in. How long the honest
server needs is printed, not judged: but it must get its stream. CAUSEWAY_BUILD names the build folder.
"""

import argparse
import json
import resource
import socket
import sys
import threading
import time
from pathlib import Path

from daemons_under_load import Daemons, Failure
from peers import HEADER, Addresses, authenticate, connect

PATIENCE_SECONDS = 60
HONEST, ROUNDS = "127.94.0.1", 10
SLOW_SECONDS = 0.1  # between two bytes


class Crowd(threading.Thread):
    def __init__(self, edge, half_open, slow, renewed_per_second):
        super().__init__(daemon=True)
        self._edge, self._renewed = edge, renewed_per_second
        self._addresses = Addresses(93)
        self._half_open = [self._connect() for _ in range(half_open)]
        self._slow = [self._connect() for _ in range(slow)]
        self._said = 0
        self._ending = threading.Event()

    def _connect(self):
        connection = connect(self._edge, self._addresses.take())
        connection.setblocking(False)
        return connection

    def run(self):
        rest = 0.0
        while not self._ending.wait(SLOW_SECONDS):
            self._said += 1
            self._slow = [self._say_a_byte(each) for each in self._slow]
            rest += self._renewed * SLOW_SECONDS
            while rest >= 1 and self._half_open:
                self._half_open.pop(0).close()
                self._half_open.append(self._connect())
                rest -= 1

    # Who was cut comes again.
    def _say_a_byte(self, connection):
        try:
            at = self._said % len(HEADER)
            connection.send(HEADER[at:at + 1])
            return connection
        except OSError:
            connection.close()
            return self._connect()

    def held(self):
        """How many of the half-open ones the edge still holds."""
        return sum(1 for each in self._half_open if self._is_open(each))

    @staticmethod
    def _is_open(connection):
        try:
            return connection.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def end(self):
        self._ending.set()
        self.join()
        for each in (*self._half_open, *self._slow):
            each.close()


def honest(daemons):
    """A server that tries until it has its stream; the seconds that took, and how often it was turned away."""
    begun, refused = time.monotonic(), 0
    while time.monotonic() - begun < PATIENCE_SECONDS:
        try:
            authenticate(daemons.address, HONEST, daemons.peer, daemons.authority.certificate).close()
            return time.monotonic() - begun, refused
        except OSError as why:
            refused += 1
            last = why
            time.sleep(0.05)
    raise Failure(f"an honest server got no stream in {PATIENCE_SECONDS} s: {last}")


def measure(daemons):
    times = [honest(daemons) for _ in range(ROUNDS)]
    seconds = sorted(time for time, _ in times)
    return {"median_ms": round(seconds[ROUNDS // 2] * 1000, 1), "most_ms": round(seconds[-1] * 1000, 1),
            "turned_away": sum(refused for _, refused in times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half-open", type=int, default=2000)
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--renewed-per-second", type=int, default=100)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Daemons("crowd", 95) as daemons:
        alone = measure(daemons)
        before = daemons.resident_bytes()
        crowd = Crowd(daemons.address, options.half_open, options.slow, options.renewed_per_second)
        crowd.start()
        among = measure(daemons)
        held = crowd.held()
        cost = daemons.resident_bytes() - before
        crowd.end()
    figures = {"half_open": options.half_open, "slow": options.slow,
               "renewed_per_second": options.renewed_per_second, "half_open_held": held,
               "edge_kib_per_stranger": round(cost / 1024 / max(1, held), 1), "alone": alone,
               "in_the_crowd": among}
    print(json.dumps(figures))
    if options.json:
        Path(options.json).write_text(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
