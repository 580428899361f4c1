"""Programs of the lab: started with a log of their own, waited for by what they say, ended by pid."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

POLL_SECONDS = 0.01
_PR_SET_PDEATHSIG = 1
_TCP_LISTEN = "0A"  # in /proc/net/tcp
_libc = ctypes.CDLL(None)


class Failure(Exception):
    """The lab could not do what it was asked to; the text says why and holds the end of the log."""


def wait_until(condition, seconds, what):
    """Returns the first true value of `condition()`; Failure when there was none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"after {seconds:g} s still waiting for {what}")
        time.sleep(POLL_SECONDS)


def run(command, seconds=30, **options):
    """Runs to the end and returns what was printed; Failure with all of it otherwise."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=seconds, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


class Log:
    """A log file that grows. A mark is a place in it, so that old lines are not taken for new ones."""

    def __init__(self, path):
        self.path = Path(path)

    def mark(self):
        return self.path.stat().st_size if self.path.exists() else 0

    def text(self, mark=0):
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(mark)
            return file.read().decode("utf-8", "replace")

    def find(self, pattern, mark=0):
        return re.search(pattern, self.text(mark), re.MULTILINE)

    def tail(self, lines=25):
        return "\n".join(self.text().splitlines()[-lines:])


def _die_with_the_lab():
    # so that a lab that is killed leaves nothing behind; it is the end of the starting *thread* that counts
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One program. `host` is what stands before its command line, e.g. ["ip", "netns", "exec", ...]."""

    def __init__(self, name, command, log, host=(), environment=None, stdin=subprocess.DEVNULL,
                 stdout=None):
        self.name = name
        self.command = [*host, *map(str, command)]
        self.log = Log(log)
        self.environment = {**os.environ, **(environment or {})}
        self._stdin = stdin
        self._stdout = stdout
        self._child = None

    @property
    def pid(self):
        return self._child.pid

    @property
    def stdin(self):
        return self._child.stdin

    @property
    def stdout(self):
        return self._child.stdout

    def start(self):
        try:
            with self.log.path.open("ab") as log:
                self._child = subprocess.Popen(
                    self.command, stdin=self._stdin, stdout=self._stdout or log, stderr=log,
                    env=self.environment, start_new_session=True, preexec_fn=_die_with_the_lab)
        except FileNotFoundError as why:
            raise Failure(f"{self.name} cannot be started: {why}") from None
        return self

    def running(self):
        return self._child is not None and self._child.poll() is None

    def wait_for(self, pattern, seconds=15, mark=0, log=None):
        """The match of the first line of the log that has the pattern. Fails at once if the program ends."""
        log = log or self.log

        def look():
            ended = not self.running()
            found = log.find(pattern, mark)
            if not found and ended:
                raise Failure(f"{self.name} ended with status {self._child.returncode} before it said "
                              f"{pattern!r}; its last words:\n{log.tail()}")
            return found

        try:
            return wait_until(look, seconds, f"{self.name} to say {pattern!r}")
        except Failure as failure:
            if "last words" in str(failure):
                raise
            raise Failure(f"{failure}; its last words:\n{log.tail()}") from None

    def wait(self, seconds=10):
        """The exit status, once it has ended by itself."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} still runs after {seconds:g} s") from None

    def stop(self, seconds=10, number=signal.SIGTERM):
        """Asks it to end; kills it when it does not within the time. Returns the exit status."""
        return self._end(number, seconds)

    def kill(self):
        """With what it has started, unless that has left its session."""
        if self.running():
            os.killpg(self._child.pid, signal.SIGKILL)
        return self._end(signal.SIGKILL, 10)

    def _end(self, number, seconds):
        if self._child is None:
            return None
        if self._child.poll() is None:
            self._child.send_signal(number)
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self._child.pid, signal.SIGKILL)  # its own session, made in start()
                self._child.wait(10)
        return self._child.returncode

    def listens(self, address, port):
        """Whether anybody in its network accepts TCP connections there."""
        place = f"{socket.inet_aton(address)[::-1].hex().upper()}:{port:04X}"
        for line in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if (local, state) == (place, _TCP_LISTEN):
                return True
        return False

    def memory_bytes(self):
        """Resident set, of this process alone."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024
