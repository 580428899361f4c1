"""What every interop case needs: the lab of deploy/lab, and a work folder whose logs stay.

Run by ctest, or by hand with PYTHONPATH=tests/interop:deploy.
"""

import os
import shutil
import sys
import unittest
from pathlib import Path

from lab import hosts
from lab.lab import Lab, default_build
from lab.process import Failure

# Settings that make waiting short; what they shorten is measured in seconds by default.
QUICK_EDGE = {"link": {"patience_seconds": 2, "resume_grace_ms": 500}}
QUICK_GATEWAY = {
    "sip": {"patience_ms": 3000, "error_wait_ms": 300},
    "federation": {"stream_establishment_timeout_seconds": 5},
}
# For those who wait for nobody: only the time after which a message from SIP counts as delivered.
PATIENT_GATEWAY = {"sip": {"error_wait_ms": 300}}


class InteropCase(unittest.TestCase):
    """One lab for the whole class, on the loopback addresses 127.<number>.*."""

    number = None
    lab = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = Path(sys.modules[cls.__module__].__file__).resolve().parent.name
        build = default_build()
        if build is None:
            raise Failure("neither build/dev nor build/release has the daemons; CAUSEWAY_BUILD is not set")
        work = build / "interop" / (folder if cls.__name__ == "Case" else f"{folder}-{cls.__name__}")
        places = hosts.loopback(cls.number)  # not before another run has done with these addresses
        shutil.rmtree(work, ignore_errors=True)
        lab = Lab(places, build, work)
        cls.lab = cls.enterClassContext(lab)
        try:
            cls.set_up_lab()
        except BaseException:
            lab.show_logs()
            raise

    @classmethod
    def set_up_lab(cls):
        raise NotImplementedError

    def setUp(self):
        # so that the logs tell which test they speak of
        for log in self.lab.logs():
            with log.open("a") as file:
                file.write(f"======== {self.id().split('.')[-1]}\n")

    def tearDown(self):
        outcome = self._outcome.result
        if any(test is self for test, _ in (*outcome.failures, *outcome.errors)):
            self.lab.show_logs()


def main():
    # alphabetical order is the order of the file: tests are named test_01_...
    unittest.main(module="__main__", verbosity=2, failfast="CAUSEWAY_FAILFAST" in os.environ)
