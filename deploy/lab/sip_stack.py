"""What the SIP users of the lab have in common: messages, dialogs, transactions, a connection to a server.

Everything goes to the one server the user is registered at, and comes from there.
"""

import asyncio
import re
import secrets
import ssl
import time

T1, T2, TIMER_F = 0.5, 4.0, 40.0  # RFC 3261 section 17; F longer, so that the servers give up first
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
REASONS = {100: "Trying", 180: "Ringing", 200: "OK", 202: "Accepted", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 415: "Unsupported Media Type", 480: "Temporarily Unavailable",
           481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
           488: "Not Acceptable Here", 489: "Bad Event", 500: "Server Internal Error", 603: "Decline"}
LONG_NAMES = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length",
              "c": "content-type", "m": "contact", "s": "subject", "o": "event", "u": "allow-events",
              "k": "supported", "x": "session-expires"}


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
        return next((value for key, value in self.headers if key.lower() == name), default)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    def bytes(self):
        lines = [self.first_line, *(f"{name}: {value}" for name, value in self.headers),
                 f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body

    @property
    def method(self):
        return self.first_line.split(" ")[0]

    @property
    def status(self):
        return int(self.first_line.split(" ")[1]) if self.first_line.startswith("SIP/2.0 ") else None

    @property
    def reason(self):
        return self.first_line.split(" ", 2)[2]

    @property
    def branch(self):
        return parameter(self.get("via"), "branch")

    @property
    def dialog_id(self):
        """Of a request that came: Call-ID, our tag, theirs."""
        return (self.get("call-id"), parameter(self.get("to"), "tag"), parameter(self.get("from"), "tag"))


def parameter(header, name):
    found = re.search(rf";\s*{name}\s*=\s*([^;,\s]+)", header, re.IGNORECASE)
    return found[1] if found else ""


def uri_of(header):
    found = re.search(r"<([^>]*)>", header)
    return found[1] if found else header.split(";")[0].strip()


def address_of(header):
    """user@domain of a From, To or URI."""
    return uri_of(header).split(":", 1)[-1].split(";")[0]


def split_routes(values):
    return [route.strip() for value in values for route in value.split(",")]


class Dialog:
    """Our end of a dialog (RFC 3261 section 12)."""

    def __init__(self, call_id, local, remote, target, routes, cseq):
        self.call_id, self.local, self.remote = call_id, local, remote  # with tags
        self.target, self.routes, self.cseq = target, routes, cseq

    @classmethod
    def answering(cls, request, tag):
        return cls(request.get("call-id"), f"{request.get('to')};tag={tag}", request.get("from"),
                   uri_of(request.get("contact")), split_routes(request.all("record-route")), 0)

    @classmethod
    def asked(cls, response):
        """By our request, which this response answers."""
        return cls(response.get("call-id"), response.get("from"), response.get("to"),
                   uri_of(response.get("contact")), split_routes(response.all("record-route"))[::-1],
                   int(response.get("cseq").split()[0]))

    @property
    def id(self):
        return (self.call_id, parameter(self.local, "tag"), parameter(self.remote, "tag"))

    @property
    def peer(self):
        return address_of(self.remote)


class Agent:
    """Registers and speaks. A request that arrives goes to on_<method>(), which replies."""

    def __init__(self, options, say):
        self.options = options
        self.say = say
        self.aor = options.aor
        self.contact = ""
        self.tag = secrets.token_hex(4)
        self.from_parameters = ""  # beside the tag
        self._pending = {}   # branch -> (future of the final response, called with each provisional one)
        self._seen = {}      # (branch, method) of a request -> our last response, for retransmissions
        self._tasks = set()
        self._local = ("", 0)
        self._send_bytes = None

    # ---- transports -----------------------------------------------------------------------------

    async def connect(self):
        options = self.options
        port = options.port or PORTS[options.transport]
        if options.transport == "udp":
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Datagrams(self._on_datagram), local_addr=(options.local, 0),
                remote_addr=(options.server, port))
            self._send_bytes = transport.sendto
            self._local = transport.get_extra_info("sockname")
        else:
            context = None
            if options.transport == "tls":
                context = ssl.create_default_context(cafile=options.trust)
            reader, writer = await asyncio.open_connection(
                options.server, port, local_addr=(options.local, 0), ssl=context, limit=1 << 20,
                server_hostname=self.aor.split("@")[1] if context else None)
            self._send_bytes = writer.write
            self._local = writer.get_extra_info("sockname")
            self.keep(self._read(reader))
        user = self.aor.split(":", 1)[1].split("@")[0]
        self.contact = f"<sip:{user}@{self._local[0]}:{self._local[1]};transport={options.transport}>"

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
            self.say({"event": "offline", "why": str(why)})

    def _on_datagram(self, data):
        head, separator, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            self._on_message(Message.parse(head, body))

    def keep(self, coroutine):
        """Runs it beside everything else."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self.say({"event": "fault", "why": repr(task.exception())})

    # ---- client transactions --------------------------------------------------------------------

    async def request(self, method, uri, to, headers=(), body=b"", call_id=None, provisional=None):
        """Out of a dialog. The final response; None when there was none. `provisional` is called with others."""
        return await self._transaction(method, uri, [
            ("From", f"<{self.aor}>;tag={secrets.token_hex(4)}{self.from_parameters}"),
            ("To", f"<{to}>"), ("Call-ID", call_id or secrets.token_hex(12)), ("CSeq", f"1 {method}"),
            *headers], body, provisional)

    async def within(self, dialog, method, headers=(), body=b""):
        """In a dialog. The final response; None when there was none."""
        dialog.cseq += 1
        return await self._transaction(method, dialog.target, [
            *(("Route", route) for route in dialog.routes), ("From", dialog.local),
            ("To", dialog.remote), ("Call-ID", dialog.call_id), ("CSeq", f"{dialog.cseq} {method}"),
            *headers], body)

    async def _transaction(self, method, uri, headers, body, provisional=None):
        branch = "z9hG4bK" + secrets.token_hex(8)
        request = Message(f"{method} {uri} SIP/2.0",
                          [self._via(branch), ("Max-Forwards", "70"), *headers], body)
        future = asyncio.get_running_loop().create_future()
        self._pending[branch] = (future, provisional)
        try:
            response = await asyncio.wait_for(self._exchange(future, request.bytes()), TIMER_F)
        except asyncio.TimeoutError:
            return None
        finally:
            del self._pending[branch]
        if method == "INVITE":
            self._acknowledge(request, response, branch)
        return response

    def _via(self, branch):
        kind = self.options.transport.upper()
        return ("Via", f"SIP/2.0/{kind} {self._local[0]}:{self._local[1]};rport;branch={branch}")

    async def _exchange(self, future, data):
        self._send_bytes(data)
        interval = T1
        while self.options.transport == "udp" and not future.done():
            await asyncio.wait([future], timeout=interval)
            if not future.done():
                self._send_bytes(data)
                interval = min(2 * interval, T2)
        return await future

    def _acknowledge(self, invite, response, branch):
        number = invite.get("cseq").split()[0]
        if response.status < 300:
            dialog = Dialog.asked(response)
            uri, routes, branch = dialog.target, dialog.routes, "z9hG4bK" + secrets.token_hex(8)
        else:
            uri, routes = invite.first_line.split(" ")[1], []
        self._send_bytes(Message(f"ACK {uri} SIP/2.0", [
            self._via(branch), ("Max-Forwards", "70"), *(("Route", route) for route in routes),
            ("From", invite.get("from")), ("To", response.get("to")),
            ("Call-ID", invite.get("call-id")), ("CSeq", f"{number} ACK")]).bytes())

    # ---- what arrives ---------------------------------------------------------------------------

    def _on_message(self, message):
        if message.status is None:
            self._on_request(message)
            return
        future, provisional = self._pending.get(message.branch, (None, None))
        if future is None or future.done():
            return
        if message.status >= 200:
            future.set_result(message)
        elif provisional:
            provisional(message)

    def _on_request(self, request):
        key = (request.branch, request.method)
        if key in self._seen:
            if self._seen[key]:
                self._send_bytes(self._seen[key])
            return
        self._remember(key, None)
        handler = getattr(self, f"on_{request.method.lower()}", None)
        if handler:
            handler(request)
        elif request.method != "ACK":
            self.reply(request, 405)

    def on_options(self, request):
        self.reply(request, 200)

    def reply(self, request, status, headers=(), body=b"", tag=None):
        to = request.get("to")
        if status > 100 and not parameter(to, "tag"):
            to += f";tag={tag or self.tag}"
        routes = request.all("record-route") if status < 300 else []
        response = Message(f"SIP/2.0 {status} {REASONS.get(status, 'Other')}", [
            *(("Via", value) for value in request.all("via")),
            *(("Record-Route", value) for value in routes), ("From", request.get("from")), ("To", to),
            ("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq")), *headers], body).bytes()
        self._remember((request.branch, request.method), response)
        self._send_bytes(response)

    def _remember(self, key, response):
        self._seen[key] = response
        if len(self._seen) > 10000:
            del self._seen[next(iter(self._seen))]

    # ---- the registrar --------------------------------------------------------------------------

    async def register(self, expires=3600):
        uri = "sip:" + self.aor.split("@")[1]
        response = await self.request("REGISTER", uri, self.aor,
                                      [("Contact", self.contact), ("Expires", str(expires))])
        if expires == 0:
            return
        if response is None or response.status != 200:
            self.say({"event": "offline",
                      "why": response.first_line if response else "the registrar does not answer"})
            return
        self.say({"event": "online", "aor": self.aor})

    async def stay_registered(self):
        while True:
            await asyncio.sleep(1800)
            await self.register()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, on_datagram):
        self._on_datagram = on_datagram

    def datagram_received(self, data, addr):
        self._on_datagram(data)


def uri(address):
    return address if address.startswith(("sip:", "sips:")) else f"sip:{address}"


def stopwatch():
    begun = time.monotonic()
    return lambda: round(time.monotonic() - begun, 3)
