"""An XMPP server made of a socket, to say what no real one would."""

import re
import socket
import ssl

DOMAIN = "raw.example"
OURS = "contoso.example"
STREAMS = "http://etherx.jabber.org/streams"


def header(to=OURS, sender=DOMAIN, declaration="<?xml version='1.0'?>", streams=STREAMS,
           content="jabber:server", more=""):
    sender = f" from='{sender}'" if sender else ""
    to = f" to='{to}'" if to else ""
    return (f"{declaration}<stream:stream xmlns='{content}' xmlns:stream='{streams}' "
            f"xmlns:db='jabber:server:dialback'{sender}{to} version='1.0'{more}>")


STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
# XEP-0178: an empty initial response means the domain of the stream header
EXTERNAL = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"


class RawPeer:
    """Reads into `heard`; the addresses it comes from and goes to are loopback ones of its case."""

    def __init__(self, address, source, seconds=10):
        self._socket = socket.create_connection((address, 5269), timeout=seconds,
                                                source_address=(source, 0))
        self.heard = ""
        self.closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def say(self, data):
        """The edge may hang up in the middle of it."""
        try:
            self._socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass

    def until(self, pattern):
        """Reads until it has been heard. TimeoutError, or EOFError when the stream ended before it."""
        while not re.search(pattern, self.heard, re.DOTALL):
            if not self._read():
                raise EOFError(f"no {pattern!r} in {self.heard[-2000:]!r}")

    def until_closed(self):
        """Everything heard until the edge closed the connection."""
        while self._read():
            pass
        return self.heard

    def _read(self):
        try:
            data = self._socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            data = b""
        self.heard += data.decode("utf-8", "replace")
        self.closed = not data
        return not self.closed

    def starttls(self, leaf):
        self.say(header())
        self.until("</stream:features>")
        self.say(STARTTLS)
        self.until("<proceed")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # who the edge is, is not what these tests ask
        context.load_cert_chain(leaf.certificate, leaf.key)
        self._socket = context.wrap_socket(self._socket, server_hostname=OURS)
        self.heard = ""

    def authenticate(self, leaf):
        """STARTTLS and SASL EXTERNAL; then stanzas may be said."""
        self.starttls(leaf)
        self.say(header())
        self.until("</stream:features>")
        self.say(EXTERNAL)
        self.until("<success")
        self.heard = ""
        self.say(header())
        self.until("<stream:features ?/>|</stream:features>|<features")
        self.heard = ""


def message(body="x", sender=f"mallory@{DOMAIN}", to=f"bob@{OURS}", more="", id="raw"):
    return f"<message from='{sender}' to='{to}' id='{id}' type='chat'>{more}<body>{body}</body></message>"


