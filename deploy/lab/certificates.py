"""The private certificate authority of the lab, by openssl's command line."""

from pathlib import Path

from .process import run

DAYS = "90"  # with less than 30 left some would call them old


class Authority:
    """Issues leaf certificates into its folder: <name>.crt, <name>.key, and <name>.pem with both."""

    def __init__(self, folder, name="Causeway lab CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.crt"
        self._key = self.folder / "ca.key"
        if not self.certificate.exists():
            _new_key(self._key)
            run(["openssl", "req", "-x509", "-new", "-key", self._key, "-days", DAYS,
                 "-subj", f"/CN={name}", "-out", self.certificate,
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign"])

    def leaf(self, name, dns=(), srv=(), xmpp=(), addresses=(), usage="serverAuth,clientAuth"):
        """A certificate that names hosts (dNSName), XMPP domains (SRVName, id-on-xmppAddr), addresses."""
        return self._issue(name, _alternative_names(dns, srv, xmpp, addresses), usage,
                           ["-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"])

    def stranger(self, name, dns=(), usage="serverAuth,clientAuth"):
        """The same, signed by nobody but itself."""
        return self._issue(name, _alternative_names(dns, (), (), ()), usage, None)

    def _issue(self, name, alternative_names, usage, signer):
        leaf = Leaf(self.folder / name)
        if leaf.bundle.exists():
            return leaf
        _new_key(leaf.key)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(
            f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage={usage}\n"
            f"subjectAltName={','.join(alternative_names)}\n")
        request = run(["openssl", "req", "-new", "-key", leaf.key, "-subj", f"/CN={name}"])
        (self.folder / f"{name}.csr").write_text(request)
        run(["openssl", "x509", "-req", "-in", self.folder / f"{name}.csr", "-days", DAYS,
             "-extfile", extensions, "-out", leaf.certificate,
             *(signer or ["-signkey", leaf.key])])
        leaf.bundle.write_text(leaf.certificate.read_text() + leaf.key.read_text())
        return leaf


class Leaf:
    def __init__(self, stem):
        self.certificate = Path(f"{stem}.crt")
        self.key = Path(f"{stem}.key")
        self.bundle = Path(f"{stem}.pem")


def _new_key(path):
    run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path])
    path.chmod(0o600)


def _alternative_names(dns, srv, xmpp, addresses):
    return [*(f"DNS:{name}" for name in dns),
            *(f"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.{domain}" for domain in srv),
            *(f"otherName:1.3.6.1.5.5.7.8.5;UTF8:{domain}" for domain in xmpp),
            *(f"IP:{address}" for address in addresses)]
