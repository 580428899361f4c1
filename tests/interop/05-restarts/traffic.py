"""Numbered messages between one XMPP user and several SIP users, and a ledger of what became of each."""

import threading
import time
from collections import defaultdict

GIVE_UP_SECONDS = 3  # after which a sender goes on to the next message


class Ledger:
    """Every message by its number, which is its body and its id."""

    def __init__(self):
        self.changed = threading.Condition()
        self.sent = {}                      # number -> when
        self.arrived = defaultdict(list)    # number -> when, each time
        self.refused = {}                   # number -> (when, what its sender was told)
        self.accepted = {}                  # number -> when its SIP sender was told 202
        self.order = defaultdict(list)      # "from to" -> numbers as they arrived first

    def note_sent(self, number):
        with self.changed:
            self.sent[number] = time.monotonic()

    def note_arrived(self, pair, number):
        with self.changed:
            if number not in self.arrived:
                self.order[pair].append(number)
            self.arrived[number].append(time.monotonic())
            self.changed.notify_all()

    def note_refused(self, number, why):
        with self.changed:
            self.refused[number] = (time.monotonic(), why)
            self.changed.notify_all()

    def note_accepted(self, number):
        with self.changed:
            self.accepted[number] = time.monotonic()
            self.changed.notify_all()

    def settled(self, number):
        """The sender may go on: it knows, or the message is there."""
        if number.startswith("sip"):
            return number in self.accepted or number in self.refused
        return number in self.arrived or number in self.refused

    def missing_from_xmpp(self):
        """Neither arrived nor refused."""
        return [number for number in self.sent if number.startswith("xmpp")
                and number not in self.arrived and number not in self.refused]

    def missing_from_sip(self):
        """Accepted, and not arrived."""
        return [number for number in self.accepted if number not in self.arrived]

    def settled_since(self, moment, prefix):
        return sum(1 for number, when in self.sent.items()
                   if number.startswith(prefix) and when >= moment and self.settled(number))

    def under_way(self, first, last):
        """What was sent before `last` and not settled before `first`."""
        def end(number):
            times = [*self.arrived.get(number, [])[:1]]
            times += [self.refused[number][0]] if number in self.refused else []
            return min(times, default=float("inf"))
        return {number for number, when in self.sent.items() if when <= last and end(number) >= first}


class Traffic:
    """Two flows for each SIP user: from XMPP with a window, from SIP one at a time."""

    WINDOW = 10
    PACE_SECONDS = 0.01

    def __init__(self, name, alice, bobs):
        self._name = name  # in every number, so that late news of other traffic is not taken for this one's
        self.ledger = Ledger()
        self._alice = alice
        self._bobs = bobs
        self._stopping = threading.Event()
        self._threads = []

    def start(self):
        self._alice.on_event = self._at_alice
        for index, bob in enumerate(self._bobs):
            bob.on_event = lambda event, bob=bob: self._at_bob(bob, event)
            self._run(self._to_sip, index, bob)
            self._run(self._to_xmpp, index, bob)

    def stop(self, drain_seconds):
        """Sends no more, and waits until nothing is missing or there is no more hope for it."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._drain(drain_seconds)
        self._alice.on_event = None
        for bob in self._bobs:
            bob.on_event = None

    def wait(self, condition, seconds, what):
        with self.ledger.changed:
            if not self.ledger.changed.wait_for(condition, seconds):
                raise AssertionError(f"after {seconds} s still waiting for {what}: "
                                     f"{len(self.ledger.sent)} sent, {len(self.ledger.arrived)} arrived, "
                                     f"{len(self.ledger.refused)} refused")

    def wait_settled(self, count, seconds=30):
        """Until `count` messages sent from now on are settled, each way."""
        now = time.monotonic()
        for prefix in ("xmpp", "sip"):
            self.wait(lambda: self.ledger.settled_since(now, prefix) >= count, seconds,
                      f"{count} messages from {prefix}")

    def _drain(self, seconds):
        with self.ledger.changed:
            self.ledger.changed.wait_for(
                lambda: not self.ledger.missing_from_xmpp() and not self.ledger.missing_from_sip(), seconds)

    def _run(self, flow, *arguments):
        thread = threading.Thread(target=flow, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _to_sip(self, index, bob):
        outstanding = []
        number = 0
        while not self._stopping.wait(self.PACE_SECONDS):
            number += 1
            name = f"xmpp-{self._name}-{index}-{number:05d}"
            self.ledger.note_sent(name)
            self._alice.send(bob.address, name, id=name)
            outstanding.append(name)
            if len(outstanding) >= self.WINDOW:
                self._until_settled(outstanding.pop(0))

    def _to_xmpp(self, index, bob):
        number = 0
        while not self._stopping.is_set():
            number += 1
            name = f"sip-{self._name}-{index}-{number:05d}"
            self.ledger.note_sent(name)
            bob.send(self._alice.address, name, id=name)
            self._until_settled(name)

    def _until_settled(self, name):
        with self.ledger.changed:
            self.ledger.changed.wait_for(
                lambda: self.ledger.settled(name) or self._stopping.is_set(), GIVE_UP_SECONDS)

    def _at_alice(self, event):
        if event["event"] != "message" or self._name not in event["id"] + event["body"]:
            return
        if event["type"] == "error":
            self.ledger.note_refused(event["id"], event["error"])
        else:
            self.ledger.note_arrived(f"{event['from'].split('/')[0]} to alice", event["body"])

    def _at_bob(self, bob, event):
        if self._name not in event.get("id", "") + event.get("body", ""):
            return
        if event["event"] == "message":
            self.ledger.note_arrived(f"alice to {bob.address}", event["body"])
        elif event["event"] == "answered":
            if event["status"] in (200, 202):
                self.ledger.note_accepted(event["id"])
            else:
                self.ledger.note_refused(event["id"], event["status"])
