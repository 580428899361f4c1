"""Those who connect to an edge: an honest server, and the crowd. Sockets of Python, no library."""

import base64
import socket
import ssl
import struct

from daemons_under_load import HOSTED, PARTNER

HEADER = (f"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
          f"xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='{PARTNER}' "
          f"to='{HOSTED}'>").encode()
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = (f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>"
        f"{base64.b64encode(PARTNER.encode()).decode()}</auth>").encode()


class Addresses:
    """127.<number>.x.y, one after the other: the limits for each address do not decide."""

    def __init__(self, number):
        self._number = number
        self._next = 0

    def take(self):
        self._next = (self._next + 1) % 60_000
        return f"127.{self._number}.{self._next // 250}.{self._next % 250 + 1}"


def connect(edge, source, seconds=10):
    connection = socket.socket()
    connection.settimeout(seconds)
    # many connections to one place from one address must not run out of ports
    connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
    connection.bind((source, 0))
    connection.connect(edge)
    return connection


def leave_at_once(connection):
    """With a reset: nothing of the connection stays in the kernel."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _read_through(connection, end):
    text = b""
    while end not in text:
        some = connection.recv(4096)
        if not some or b"<stream:error" in text + some:
            raise ConnectionError(f"instead of {end!r} the edge said {text + some!r}")
        text += some


def authenticate(edge, source, leaf, authority):
    """STARTTLS, SASL EXTERNAL and the restart; returns the stream. ConnectionError, OSError if not."""
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(leaf.certificate, leaf.key)
    connection = connect(edge, source)
    try:
        connection.sendall(HEADER)
        _read_through(connection, b"</stream:features>")
        connection.sendall(STARTTLS)
        _read_through(connection, b"<proceed")
        connection = context.wrap_socket(connection, server_hostname=HOSTED)
        connection.sendall(HEADER)
        _read_through(connection, b"</stream:features>")
        connection.sendall(AUTH)
        _read_through(connection, b"<success")
        connection.sendall(HEADER)
        _read_through(connection, b"<stream:features")
        return connection
    except BaseException:
        connection.close()
        raise
