#!/usr/bin/python3
"""A SIP user: registers at a given server and talks in MESSAGEs.

    sip_user.py --aor sip:bob@contoso.example --server 10.20.0.3 --local 10.20.0.4 --to alice@fabrikam.example

sends every line typed and prints what arrives. With --json it is the lab's puppet: a command a line in,
{"to": ..., "body": ..., "id": ...} or {"answer": 486}, and an event a line out.
"""

import argparse
import asyncio
import json
import re
import secrets
import ssl
import sys
import time

T1, T2, TIMER_F = 0.5, 4.0, 40.0  # RFC 3261 section 17; F longer, so that the servers give up first
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
REASONS = {200: "OK", 202: "Accepted", 403: "Forbidden", 404: "Not Found", 415: "Unsupported Media Type",
           480: "Temporarily Unavailable", 486: "Busy Here", 500: "Server Internal Error",
           603: "Decline"}
LONG_NAMES = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length",
              "c": "content-type", "m": "contact", "s": "subject"}


class Message:
    """A SIP request or response: its first line, headers as (lower-case name, value), body as bytes."""

    def __init__(self, first_line, headers, body=b""):
        self.first_line = first_line
        self.headers = headers
        self.body = body

    @classmethod
    def parse(cls, head, body):
        first, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.append((LONG_NAMES.get(name, name), value.strip()))
        return cls(first, headers, body)

    def get(self, name, default=""):
        return next((value for key, value in self.headers if key == name), default)

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def bytes(self):
        lines = [self.first_line, *(f"{name}: {value}" for name, value in self.headers),
                 f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body

    @property
    def status(self):
        return int(self.first_line.split(" ")[1]) if self.first_line.startswith("SIP/2.0 ") else None

    @property
    def branch(self):
        return parameter(self.get("via"), "branch")


def parameter(header, name):
    found = re.search(rf";\s*{name}\s*=\s*([^;,\s]+)", header, re.IGNORECASE)
    return found[1] if found else ""


def uri_of(header):
    found = re.search(r"<([^>]*)>", header)
    return found[1] if found else header.split(";")[0].strip()


class SipUser:
    def __init__(self, options, say):
        self._options = options
        self._say = say
        self._aor = options.aor
        self._answer = 200
        self._pending = {}   # branch -> future of the final response
        self._seen = {}      # branch of a request -> our response, for retransmissions
        self._tag = secrets.token_hex(4)
        self._tasks = set()
        self._contact = ""
        self._local = ("", 0)
        self.send_bytes = None

    # ---- transports -----------------------------------------------------------------------------

    async def connect(self):
        options = self._options
        port = options.port or PORTS[options.transport]
        if options.transport == "udp":
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Datagrams(self._on_datagram), local_addr=(options.local, 0),
                remote_addr=(options.server, port))
            self.send_bytes = transport.sendto
            self._local = transport.get_extra_info("sockname")
        else:
            context = None
            if options.transport == "tls":
                context = ssl.create_default_context(cafile=options.trust)
            reader, writer = await asyncio.open_connection(
                options.server, port, local_addr=(options.local, 0), ssl=context, limit=1 << 20,
                server_hostname=self._aor.split("@")[1] if context else None)
            self.send_bytes = writer.write
            self._local = writer.get_extra_info("sockname")
            self._keep(self._read(reader))
        user = self._aor.split(":", 1)[1].split("@")[0]
        self._contact = f"<sip:{user}@{self._local[0]}:{self._local[1]};transport={options.transport}>"

    async def _read(self, reader):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lstrip(b"\r\n")
                if not head:
                    continue
                message = Message.parse(head[:-4], b"")
                message.body = await reader.readexactly(int(message.get("content-length", "0")))
                self._on_message(message)
        except (asyncio.IncompleteReadError, ConnectionError) as why:
            self._say({"event": "offline", "why": str(why)})

    def _on_datagram(self, data):
        head, separator, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            self._on_message(Message.parse(head, body))

    def _keep(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---- client transactions --------------------------------------------------------------------

    async def request(self, method, uri, to, headers=(), body=b""):
        """The final response; None when there was none."""
        branch = "z9hG4bK" + secrets.token_hex(8)
        kind = self._options.transport.upper()
        data = Message(f"{method} {uri} SIP/2.0", [
            ("Via", f"SIP/2.0/{kind} {self._local[0]}:{self._local[1]};rport;branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", f"<{self._aor}>;tag={self._tag}"),
            ("To", f"<{to}>"),
            ("Call-ID", secrets.token_hex(12)),
            ("CSeq", f"1 {method}"),
            *headers], body).bytes()
        future = self._pending[branch] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(self._exchange(future, data), TIMER_F)
        except asyncio.TimeoutError:
            return None
        finally:
            del self._pending[branch]

    async def _exchange(self, future, data):
        self.send_bytes(data)
        interval = T1
        while self._options.transport == "udp" and not future.done():
            await asyncio.wait([future], timeout=interval)
            if not future.done():
                self.send_bytes(data)
                interval = min(2 * interval, T2)
        return await future

    async def register(self, expires=3600):
        uri = "sip:" + self._aor.split("@")[1]
        response = await self.request("REGISTER", uri, self._aor,
                                      [("Contact", self._contact), ("Expires", str(expires))])
        if expires == 0:
            return
        if response is None or response.status != 200:
            self._say({"event": "offline",
                       "why": response.first_line if response else "the registrar does not answer"})
            return
        self._say({"event": "online", "aor": self._aor})

    async def message(self, command):
        to = command["to"] if ":" in command["to"] else f"sip:{command['to']}"
        body = bytes.fromhex(command["hex"]) if "hex" in command else command["body"].encode()
        headers = [("Content-Type", command.get("content_type", "text/plain;charset=UTF-8")),
                   *command.get("headers", {}).items()]
        begun = time.monotonic()
        response = await self.request("MESSAGE", to, to, headers, body)
        self._say({"event": "answered", "id": command.get("id", ""),
                   "status": response.status if response else 0,
                   "reason": response.first_line.split(" ", 2)[2] if response else "no answer",
                   "seconds": round(time.monotonic() - begun, 3)})

    # ---- what arrives ---------------------------------------------------------------------------

    def _on_message(self, message):
        if message.status is None:
            self._on_request(message)
            return
        waiting = self._pending.get(message.branch)
        if waiting and message.status >= 200 and not waiting.done():
            waiting.set_result(message)

    def _on_request(self, request):
        if request.branch in self._seen:
            self.send_bytes(self._seen[request.branch])
            return
        method = request.first_line.split(" ")[0]
        status = {"MESSAGE": self._answer, "OPTIONS": 200}.get(method, 405)
        if method == "MESSAGE":
            self._report(request, status)
        if status:
            self._reply(request, status)

    def _report(self, request, status):
        uri = uri_of(request.get("from"))
        self._say({"event": "message", "from": uri.split(":", 1)[-1].split(";")[0], "from_uri": uri,
                   "to_uri": uri_of(request.get("to")), "body": request.body.decode("utf-8", "replace"),
                   "hex": request.body.hex(), "content_type": request.get("content-type"),
                   "subject": request.get("subject"), "call_id": request.get("call-id"),
                   "headers": dict(reversed(request.headers)), "status": status})

    def _reply(self, request, status):
        to = request.get("to")
        if not parameter(to, "tag"):
            to += f";tag={self._tag}"
        response = Message(f"SIP/2.0 {status} {REASONS.get(status, 'Other')}", [
            *(("Via", value) for value in request.all("via")), ("From", request.get("from")), ("To", to),
            ("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq"))]).bytes()
        self._seen[request.branch] = response
        if len(self._seen) > 10000:
            del self._seen[next(iter(self._seen))]
        self.send_bytes(response)

    # ---- commands -------------------------------------------------------------------------------

    def tell(self, command):
        if "answer" in command:
            self._answer = command["answer"]
            self._say({"event": "answering", "status": self._answer})
        else:
            self._keep(self.message(command))

    async def stay_registered(self):
        while True:
            await asyncio.sleep(1800)
            await self.register()

    async def run(self, commands):
        await self.connect()
        await self.register()
        self._keep(self.stay_registered())
        async for command in commands:
            self.tell(command)
        await self.register(expires=0)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, on_datagram):
        self._on_datagram = on_datagram

    def datagram_received(self, data, addr):
        self._on_datagram(data)


def say_json(event):
    print(json.dumps(event), flush=True)


def say_words(event):
    if event["event"] == "online":
        print(f"-- registered as {event['aor']}; type a line and press Enter, Ctrl-D ends", flush=True)
    elif event["event"] == "message":
        print(f"{event['from']}: {event['body']}", flush=True)
    elif event["event"] == "answered" and event["status"] not in (200, 202):
        print(f"-- not delivered: {event['status']} {event['reason']}", flush=True)
    elif event["event"] == "offline":
        print(f"-- not registered: {event['why']}", flush=True)


async def read_commands(options):
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        text = line.decode().rstrip("\n")
        if options.json:
            yield json.loads(text)
        elif text:
            yield {"to": options.to, "body": text}


async def talk(options):
    await SipUser(options, say_json if options.json else say_words).run(read_commands(options))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aor", required=True, help="sip:user@domain")
    parser.add_argument("--server", required=True, help="address of the SIP server")
    parser.add_argument("--port", type=int, help="5060, or 5061 for TLS")
    parser.add_argument("--transport", choices=PORTS, default="tcp")
    parser.add_argument("--trust", help="file with the certificate authority to trust, for TLS")
    parser.add_argument("--local", default="0.0.0.0", help="own address")
    parser.add_argument("--to", help="whom to talk to")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json and not options.to:
        parser.error("--to is missing")
    asyncio.run(talk(options))


if __name__ == "__main__":
    main()
