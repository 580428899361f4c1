"""baresip and linphonec as users' phones: their own configuration, their own words."""

import json
import os
import pty
import re
import socket

from lab.lab import OURS
from lab.process import Process, wait_until

class Phone:
    """`address`: of its user."""

    def __init__(self, lab, name, program):
        self.address = f"{name}@{OURS}"
        self._lab = lab
        self._folder = lab.work / name
        self._folder.mkdir()
        self._server = lab.kamailio.address
        self._process = None
        self._program = program

    def _run(self, arguments, **options):
        self._process = Process(self._program, [self._program, *arguments], self._folder / "said.log", **options)
        self._process.start()

    def _wait_registered(self):
        user = f"AoR: {self.address.split('@')[0]}"
        wait_until(lambda: user in self._lab.kamailio.command("ul.dump"), 15, f"{self.address} to register")

    def stop(self):
        self._process.stop(3)


class Baresip(Phone):
    """Commands by ctrl_tcp; what it hears it prints on its console (cons)."""

    def __init__(self, lab, name, correspondent):
        super().__init__(lab, name, "baresip")
        self._local = lab.places.sip_user.rpartition(".")[0] + ".7"
        (self._folder / "config").write_text(
            f"sip_listen {self._local}:5080\nmodule_path /usr/lib/baresip/modules\nmodule account.so\n"
            "module cons.so\nmodule_app contact.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
            f"cons_listen {self._local}:5555\nctrl_tcp_listen {self._local}:4444\n")
        outbound = f"sip:{self._server}:5060;transport=tcp"
        (self._folder / "accounts").write_text(
            f'<sip:{self.address};transport=tcp>;auth_pass=none;outbound="{outbound}";regint=600\n')
        (self._folder / "contacts").write_text(f'"friend" <sip:{correspondent}>\n')  # whom it writes to
        self._heard = ""

    def start(self):
        self._run(["-f", self._folder])
        self._process.wait_for(r"200 OK .*binding")
        self._commands = socket.create_connection((self._local, 4444), timeout=5)
        self._console = socket.create_connection((self._local, 5555), timeout=5)
        self._console.setblocking(False)

    def say(self, body):
        command = json.dumps({"command": "message", "params": body}).encode()
        self._commands.sendall(b"%d:%s," % (len(command), command))

    def hears(self, sender, body, seconds=15):
        said = re.compile(rf'sip:{re.escape(sender)}\S*: "{re.escape(body)}"')
        wait_until(lambda: said.search(self._listen()), seconds, f"baresip to hear {body!r}")

    def _listen(self):
        try:
            self._heard += self._console.recv(65536).decode("utf-8", "replace")
        except BlockingIOError:
            pass
        return self._heard

    def stop(self):
        for connection in (self._commands, self._console):
            connection.close()
        super().stop()


class Linphone(Phone):
    """Commands and words on a terminal."""

    def __init__(self, lab, name):
        super().__init__(lab, name, "linphonec")
        (self._folder / ".local/share/linphone").mkdir(parents=True)  # or it keeps nothing and says so
        server = f"sip:{self._server}:5060;transport=tcp"
        (self._folder / "rc").write_text(
            "[sip]\nsip_port=-1\nsip_tcp_port=-1\ndefault_proxy=0\nguess_hostname=1\n"
            f"[proxy_0]\nreg_proxy=<{server}>\nreg_route=<{server};lr>\nreg_identity=sip:{self.address}\n"
            "reg_expires=600\nreg_sendregister=1\npublish=0\n")

    def start(self):
        self._terminal, theirs = pty.openpty()
        self._run(["-c", self._folder / "rc"], stdin=theirs,
                  environment={"HOME": str(self._folder), "TERM": "dumb"})
        os.close(theirs)
        self._wait_registered()

    def say(self, to, body):
        os.write(self._terminal, f"chat sip:{to} {body}\n".encode())

    def hears(self, sender, body, seconds=15):
        self._process.wait_for(rf"Message received from <?sip:{re.escape(sender)}\S*: {re.escape(body)}", seconds)

    def stop(self):
        super().stop()
        os.close(self._terminal)
