"""What the SIP side may say wrong. The samples of RFC 4475 are those of tests/data/rfc4475."""

import secrets
import socket
import time
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "data/rfc4475"

# Bodies no XMPP stream may carry: (what, bytes).
BODIES = [
    ("control bytes", b"a\x00b\x01c\x08d\x0be\x1ff\x7f"),
    ("NUL alone", b"\0"),
    ("Latin-1", "Grüße".encode("latin-1")),
    ("overlong slash", b"\xc0\xaf"),
    ("surrogate", b"\xed\xa0\x80"),
    ("beyond Unicode", b"\xf4\x90\x80\x80"),
    ("cut in the middle", "🐴".encode()[:3]),
    ("not characters", "\ufffe\uffff".encode()),
    ("stanza end", b"</body></message><message to='alice@fabrikam.example'><body>smuggled</body></message>"),
    ("stream end", b"</stream:stream>"),
    ("CDATA end", b"]]>"),
]

# User parts of the sender's URI that cannot become a JID.
SENDERS = ["bob%00", "bob%0d%0aX: 1", "bob%C0%AF", "bob%ED%A0%80", "%20", "b" * 3000, "", "@", "%"]


def message(source, port, sender="bob@contoso.example", to="alice@fabrikam.example", body=b"x",
            headers="Content-Type: text/plain;charset=UTF-8\r\n", transport="UDP"):
    return (f"MESSAGE sip:{to} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} {source}:{port};rport;branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{sender}>;tag=1\r\nTo: <sip:{to}>\r\n"
            f"Call-ID: {secrets.token_hex(8)}\r\nCSeq: 1 MESSAGE\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Wire:
    """A UDP or TCP socket from the SIP server's side to the gateway."""

    def __init__(self, source, gateway, transport):
        self.transport = transport
        if transport == "UDP":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((source, 0))
            self._socket.connect((gateway, 5060))
        else:
            self._socket = socket.create_connection((gateway, 5060), timeout=5, source_address=(source, 0))
        self.source, self.port = self._socket.getsockname()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def say(self, data):
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # hung up on: an answer of its own

    def status(self, call_id=None, seconds=15):
        """The status of the first final response (to that call); None when hung up on or not answered."""
        deadline = time.monotonic() + seconds
        heard = b""
        while time.monotonic() < deadline:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, ConnectionError):
                return None
            if not data:
                return None
            heard = heard + data if self.transport != "UDP" else data
            for response in heard.split(b"SIP/2.0 ")[1:]:
                known = call_id is None or call_id.encode() in response
                if known and response[:3].isdigit() and response[:1] != b"1" and b"\r\n\r\n" in response:
                    return int(response[:3])
        return None

    def options(self, seconds=10):
        """Whether the gateway still answers."""
        call_id = secrets.token_hex(8)
        self.say((f"OPTIONS sip:contoso.example SIP/2.0\r\n"
                  f"Via: SIP/2.0/{self.transport} {self.source}:{self.port};rport;branch=z9hG4bK{call_id}\r\n"
                  f"Max-Forwards: 70\r\nFrom: <sip:test@contoso.example>;tag=1\r\n"
                  f"To: <sip:contoso.example>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\n"
                  f"Content-Length: 0\r\n\r\n").encode())
        return self.status(call_id, seconds)


def samples():
    return [(path.stem, path.read_bytes()) for path in sorted(CORPUS.glob("*.sip"))]


# Requests that a parser must not trust about their own length, for TCP: (what, headers).
LENGTHS = [
    ("negative length", "Content-Length: -1\r\n"),
    ("huge length", "Content-Length: 99999999999999999999\r\n"),
    ("two lengths", "Content-Length: 1\r\nContent-Length: 500\r\n"),
    ("letters for a length", "Content-Length: many\r\n"),
    ("space before the colon", "Content-Length : 5\r\nContent-Length: 0\r\n"),
]


def with_lengths(source, port, headers):
    request = message(source, port, transport="TCP", body=b"hello")
    return request.replace(b"Content-Length: 5\r\n", headers.encode())


def long_line(source, port, transport):
    return message(source, port, transport=transport, headers=f"X-Long: {'x' * 1_000_000}\r\n")
