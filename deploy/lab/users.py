"""The users of the lab as seen from the lab: programs that take commands and tell events, a line each."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from .process import Failure, Process

HERE = Path(__file__).resolve().parent
_NEXT = iter(range(1, 1_000_000_000))


class User:
    """Runs one of xmpp_user.py, sip_user.py and lync_user.py. Events wait until somebody asks for them.

    With `on_event` set they go there instead, from a thread of their own.
    """

    def __init__(self, address, program, arguments, log, host):
        self.address = address
        self._process = Process(address, ["/usr/bin/python3", HERE / program, "--json", *arguments], log,
                                host, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._events = []
        self._changed = threading.Condition()
        self._ended = False
        self.on_event = None

    def start(self, seconds=20):
        self._ended = False
        self._process.start()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self.wait(seconds, event="online")
        return self

    def stop(self):
        """Signs out: the end of its commands is the end of the program."""
        if self._process.running():
            self._process.stdin.close()
            try:
                self._process.wait(3)
            except Failure:
                pass  # its server does not answer any more
        self._process.stop()

    def tell(self, **command):
        self._process.stdin.write((json.dumps(command) + "\n").encode())
        self._process.stdin.flush()

    def send(self, to, body, id=None, **more):
        """Sends a message; returns its id."""
        return self.do("message", to, id=id, body=body, **more)

    def do(self, what, to, id=None, **more):
        """Any command of its program; returns its id."""
        id = id or f"{self.address.split('@')[0]}-{next(_NEXT)}"
        self.tell(do=what, to=to, id=id, **more)
        return id

    def wait(self, seconds=10, **fields):
        """Takes the first event that has these values; a value may be a function that judges it."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for index, event in enumerate(self._events):
                    if _matches(event, fields):
                        return self._events.pop(index)
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    why = "has ended" if self._ended else f"waited {seconds:g} s"
                    raise Failure(f"{self.address} {why}: no event with {_printable(fields)}; "
                                  f"it had {self._events[-5:]}\n{self._process.log.tail(10)}")
                self._changed.wait(left)

    def wait_message(self, seconds=10, **fields):
        return self.wait(seconds, event="message", **fields)

    def events(self, **fields):
        """What is there now and not taken yet."""
        with self._changed:
            return [event for event in self._events if _matches(event, fields)]

    def forget(self):
        with self._changed:
            self._events.clear()

    def _read(self, stdout):
        for line in stdout:
            event = json.loads(line)
            if self.on_event:
                self.on_event(event)
                continue
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def xmpp_user(places, work, jid, password, server):
    return User(jid, "xmpp_user.py", xmpp_arguments(jid, password, server), work / f"{jid}.log",
                places.internet)


def xmpp_arguments(jid, password, server):
    arguments = ["--jid", jid, "--password", password, "--server", server.address]
    if server.trust:
        arguments += ["--trust", str(server.trust)]
    if not server.encrypted:
        arguments += ["--plain"]
    return arguments


def sip_user(places, work, aor, server, transport="tcp", authority=None):
    return User(aor, "sip_user.py", sip_arguments(places, aor, server, transport, authority),
                work / f"{aor}.log", places.internal)


def lync_user(places, work, aor, server, epid, transport="tcp", authority=None, ms_text_format=True):
    """One endpoint of the user."""
    arguments = [*sip_arguments(places, aor, server, transport, authority), "--epid", epid]
    if not ms_text_format:
        arguments += ["--no-ms-text-format"]
    return User(aor, "lync_user.py", arguments, work / f"{aor}-{epid}.log", places.internal)


def sip_arguments(places, aor, server, transport, authority):
    arguments = ["--aor", f"sip:{aor}", "--server", server.address, "--transport", transport,
                 "--local", places.sip_user]
    if transport == "tls":
        arguments += ["--trust", str(authority.certificate)]
    return arguments


def _matches(event, fields):
    return all(value(event.get(name)) if callable(value) else event.get(name) == value
               for name, value in fields.items())


def _printable(fields):
    return {name: str(value)[:80] for name, value in fields.items()}
