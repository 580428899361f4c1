"""PostgreSQL for a gateway's store: a cluster of its own in a new folder, gone when it stops."""

import shutil
import signal
import tempfile
from pathlib import Path

from .process import Failure, Process, run, wait_until

_BINARIES = Path("/usr/lib/postgresql/15/bin")
# PostgreSQL refuses to be root's; setpriv keeps the signal for the death of the lab
_AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=INT"]


class Postgres:
    PORT, USER, DATABASE = 5432, "causeway", "postgres"

    def __init__(self, places, work):
        self.address = places.sip_server.rpartition(".")[0] + ".5"
        self._folder = Path(tempfile.mkdtemp(prefix="causeway-postgres-"))
        shutil.chown(self._folder, "postgres", "postgres")
        data = self._folder / "data"
        run([*_AS_POSTGRES, _BINARIES / "initdb", "-D", data, "-U", self.USER, "-A", "trust", "--no-sync",
             "--locale=C.UTF-8"], seconds=60, cwd=self._folder)
        self._process = Process(
            "postgres",
            [*_AS_POSTGRES, _BINARIES / "postgres", "-D", data, "-h", self.address, "-p", self.PORT,
             "-k", self._folder, "-c", "fsync=off"],
            work / "postgres.log", places.internal)

    @property
    def uri(self):
        return f"postgresql://{self.USER}@{self.address}:{self.PORT}/{self.DATABASE}"

    @property
    def log(self):
        return self._process.log

    def start(self):
        wait_until(self._starts, 30, "postgres to accept connections")

    def _starts(self):
        """What is left of a server that was killed goes within moments, and stands in the way until then."""
        mark = self.log.mark()
        try:
            self._process.start().wait_for(r"ready to accept connections", mark=mark)
        except Failure:
            return False
        return True

    def query(self, text):
        return run(["psql", "-X", "-A", "-t", self.uri, "-c", text]).splitlines()

    def stop(self):
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def halt(self):
        """It can be started again."""
        self._process.stop(number=signal.SIGINT)  # SIGTERM would wait for the clients

    def kill(self):
        self._process.kill()
