#!/usr/bin/python3
"""Makes the seeds that are not text: tests/data/fuzz/{certificate,dns,link}/, and the authority of the first.

Run by hand when a fuzz target learns something new; what it makes is kept with the tests. The certificates
are new each time, and the key of their authority is thrown away.
"""

import struct
import subprocess
import tempfile
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data/fuzz"
YEARS = str(100 * 365)


def write(target, name, content):
    (DATA / target).mkdir(parents=True, exist_ok=True)
    (DATA / target / name).write_bytes(content)


def piece(content):
    return struct.pack(">H", len(content)) + content


# ---- certificates -----------------------------------------------------------------------------------

# name: (extensions, further arguments of "openssl req")
LEAVES = {
    "dns": ("subjectAltName=DNS:trusted.example,DNS:*.trusted.example", ()),
    "srv": ("subjectAltName=otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server.trusted.example", ()),
    "xmpp": ("subjectAltName=otherName:1.3.6.1.5.5.7.8.5;UTF8:trusted.example", ()),
    "every-kind": ("subjectAltName=DNS:trusted.example,IP:192.0.2.1,email:a@trusted.example,"
                   "URI:xmpp:trusted.example,RID:1.2.3.4,"
                   "otherName:1.3.6.1.5.5.7.8.5;UTF8:x.trusted.example", ()),
    "client-only": ("extendedKeyUsage=clientAuth\nsubjectAltName=DNS:trusted.example", ()),
    "any-usage": ("extendedKeyUsage=anyExtendedKeyUsage,serverAuth", ()),
    "broken-names": ("subjectAltName=DER:30:03:82:01:00", ()),
    "sha1": ("subjectAltName=DNS:trusted.example", ("-sha1",)),
}
KEYS = {"rsa": ("rsa", "rsa_keygen_bits:2048"), "weak-rsa": ("rsa", "rsa_keygen_bits:1024"),
        "ed25519": ("ed25519", None), "p384": ("ec", "ec_paramgen_curve:P-384")}


class Authority:
    def __init__(self, folder, name, extensions="basicConstraints=critical,CA:TRUE", parent=None):
        self.folder, self.name, self.count = folder, name, 0
        self.key, self.pem = folder / f"{name}.key", folder / f"{name}.pem"
        self._make(self.key, self.pem, f"/CN={name}/O=Fuzz", extensions, parent)

    def leaf(self, extensions, arguments=(), kind=("ec", "ec_paramgen_curve:P-256")):
        self.count += 1
        key, pem = (self.folder / f"{self.name}-{self.count}.{end}" for end in ("key", "pem"))
        self._make(key, pem, f"/CN=leaf/O=Grüße, <\\+>", extensions, self, arguments, kind)
        return der(pem)

    def _make(self, key, pem, subject, extensions, signer, arguments=(),
              kind=("ec", "ec_paramgen_curve:P-256")):
        options = ["-pkeyopt", kind[1]] if kind[1] else []
        openssl("genpkey", "-algorithm", kind[0], *options, "-out", key)
        config = self.folder / "extensions"
        config.write_text(f"[req]\ndistinguished_name=dn\n[dn]\n[v3]\n{extensions}\n")
        by = ["-CA", signer.pem, "-CAkey", signer.key] if signer else []
        openssl("req", "-new", "-x509", "-key", key, "-utf8", "-subj", subject, "-days", YEARS, "-config", config,
                "-extensions", "v3", *by, *arguments, "-out", pem)


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def der(pem):
    return openssl("x509", "-in", pem, "-outform", "DER")


def extension_values(certificate, oid):
    """The octets in an extension of this name: found as they stand in DER."""
    at = certificate.find(oid)
    while at >= 0:
        at += len(oid)
        if certificate[at] == 0x04:
            first, at = certificate[at + 1], at + 2
            size = first if first < 0x80 else int.from_bytes(certificate[at:at + first - 0x80], "big")
            at += 0 if first < 0x80 else first - 0x80
            return certificate[at:at + size]
        at = certificate.find(oid, at)
    return None


def make_certificates(folder):
    root = Authority(folder, "root")
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "certificate-authority.pem").write_bytes(root.pem.read_bytes())
    between = Authority(folder, "between", parent=root)
    bound = Authority(folder, "bound", "basicConstraints=critical,CA:TRUE\n"
                      "nameConstraints=permitted;DNS:trusted.example", parent=root)
    leaves = {name: root.leaf(*given) for name, given in LEAVES.items()}
    leaves |= {name: root.leaf("subjectAltName=DNS:trusted.example", (), kind) for name, kind in KEYS.items()}
    stranger = Authority(folder, "stranger", "subjectAltName=DNS:trusted.example")
    below, in_bounds = between.leaf(LEAVES["dns"][0]), bound.leaf(LEAVES["every-kind"][0])
    leaves["self-signed"] = der(stranger.pem)
    for name, leaf in leaves.items():
        write("certificate", f"chain-{name}", b"\0" + piece(leaf))
        write("certificate", f"one-{name}", b"\1" + leaf)
        for kind, mode, oid in (("names", b"\2", b"\x06\x03\x55\x1d\x11"), ("usage", b"\3", b"\x06\x03\x55\x1d\x25")):
            value = extension_values(leaf, oid)
            if value:
                write("certificate", f"{kind}-{name}", mode + value)
    write("certificate", "chain-of-two", b"\0" + piece(below) + piece(der(between.pem)))
    write("certificate", "chain-in-bounds", b"\0" + piece(in_bounds) + piece(der(bound.pem)))
    write("certificate", "chain-with-root", b"\0" + piece(leaves["dns"]) + piece(der(root.pem)))
    write("certificate", "chain-too-long", b"\0" + 11 * piece(leaves["dns"]))
    subject = b"\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06\xc3\xa9\x00<,+"
    write("certificate", "subject", b"\4\x30" + bytes([len(subject)]) + subject)


# ---- DNS messages -----------------------------------------------------------------------------------

A, CNAME, SOA, AAAA, SRV = 1, 5, 6, 28, 33


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def record(owner, kind, data, ttl=300):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def message(question, kind, answers=(), authority=(), flags=0x8180):
    return (struct.pack(">HHHHHH", 7, flags, 1, len(answers), len(authority), 0) + name(question) +
            struct.pack(">HH", kind, 1) + b"".join(answers) + b"".join(authority))


def srv(priority, weight, port, target):
    return struct.pack(">HHH", priority, weight, port) + target


def make_dns():
    service, host = "_xmpp-server._tcp.fabrikam.example", "xmpp.fabrikam.example"
    back = b"\xc0\x0c"  # to the question's name
    soa = record(name("example"), SOA, name("ns.example") + name("root.example") + struct.pack(">5I", 1, 2, 3, 4, 60))
    write("dns", "a", message(host, A, [record(back, A, bytes([192, 0, 2, 1]))]))
    write("dns", "aaaa", message(host, AAAA, [record(back, AAAA, bytes(range(16)))]))
    write("dns", "srv", message(service, SRV, [record(back, SRV, srv(1, weight, 5269, name(host)))
                                               for weight in (0, 10, 65535)]))
    write("dns", "srv-priorities", message(service, SRV, [
        record(back, SRV, srv(priority, 5, 5269 + priority, name(f"x{priority}.example"))) for priority in (9, 1, 5)]))
    write("dns", "srv-compressed", message(service, SRV, [record(back, SRV, srv(0, 0, 5269, b"\1x\xc0\x1f"))]))
    write("dns", "srv-none", message(service, SRV, [record(back, SRV, srv(0, 0, 0, b"\0"))]))
    write("dns", "alias", message(host, A, [
        record(back, CNAME, name("a.example"), 60), record(name("a.example"), CNAME, name("b.example"), 30),
        record(name("b.example"), A, bytes([192, 0, 2, 2]), 600)]))
    write("dns", "alias-circle", message(host, A, [
        record(back, CNAME, name("a.example")), record(name("a.example"), CNAME, name(host))]))
    write("dns", "no-such-name", message(host, A, authority=[soa], flags=0x8183))
    write("dns", "no-such-record", message(host, AAAA, authority=[soa]))
    write("dns", "server-failed", message(host, A, flags=0x8182))
    write("dns", "cut-short", message(host, A, flags=0x8380))
    write("dns", "pointer-to-itself", message(service, SRV, [record(b"\xc0\x44", SRV, srv(0, 0, 1, b"\xc0\x44"))]))
    write("dns", "many", message(host, A, [record(back, A, bytes([192, 0, 2, n])) for n in range(70)]))


# ---- the link ---------------------------------------------------------------------------------------

def varint(number):
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def hello(instance, last="", received=0):
    return field(1, 1) + field(2, instance) + field(3, "test 1") + field(4, "gw") + field(5, last) + field(6, received)


def make_link():
    connect = b"\0" + piece(hello("one"))
    again = b"\0" + piece(hello("one", "?", 0))
    submit = b"\5\1\x40"
    written = b"\4\0"

    def numbers(first=0, count=0, acknowledged=0, credit=8, refused=0, also=(), refusals=()):
        out = bytes([3, 0, first, count, acknowledged, credit, refused, len(also)])
        out += b"".join(bytes(each) for each in also)
        return out + bytes([len(refusals), *refusals])

    transfer = field(1, 1) + 2 * field(2, b"") + field(6, 9)
    snapshot = field(1, 7) + field(2, field(1, "contoso.example")) + field(3, field(1, "fabrikam.example"))
    gateway_frame = b"\1\0" + piece(field(2, transfer) + field(3, snapshot))
    edge_frame = b"\2\0" + piece(field(2, transfer) + field(3, 7) + field(5, "bye"))
    write("link", "connect-and-submit", connect + written + numbers() + 3 * submit + written + numbers(0, 0, 3))
    write("link", "receive-and-settle", connect + written + numbers(1, 3) + b"\6\0\0\6\1\1" + written + b"\6\2\0" + written)
    write("link", "frames", connect + written + gateway_frame + edge_frame)
    write("link", "lost-and-again", connect + written + numbers(1, 2) + 2 * submit + written + b"\x08\0" + written + again + written + numbers(2, 2))
    write("link", "two-of-one-life", connect + connect + written + numbers(1, 1) + again)
    write("link", "refusals", connect + written + numbers() + 3 * submit + written + numbers(0, 0, 0, 8, 0, [(2, 3)], [1]))
    write("link", "gap", connect + written + numbers(5, 1))
    write("link", "time", connect + written + numbers() + 3 * submit + b"\7\xff\7\xff" + written + b"\x08\0\7\xff" + again)
    write("link", "farewell", connect + written + submit + b"\x09\x09" + written + submit)


def main():
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(Path(folder))
    make_dns()
    make_link()


if __name__ == "__main__":
    main()
