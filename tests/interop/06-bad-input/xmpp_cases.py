"""What an XMPP peer may say wrong, and the stream error of RFC 6120 section 4.9.3 that answers it."""

from raw_peer import DOMAIN, OURS, STARTTLS, header, message

# (what, bytes, condition): said first on the connection.
BEFORE_AUTHENTICATION = [
    ("not XML at all", "GET / HTTP/1.1\r\nHost: contoso.example\r\n\r\n", "not-well-formed|bad-format"),
    ("crossed tags", header() + "<a><b></a></b>", "not-well-formed"),
    ("DOCTYPE", "<!DOCTYPE lolz [<!ENTITY a 'ha'>]>" + header(declaration=""), "restricted-xml"),
    ("DOCTYPE after a declaration", "<?xml version='1.0'?><!DOCTYPE x SYSTEM 'http://x/'>",
     "restricted-xml"),
    ("comment", "<!-- -->" + header(declaration=""), "restricted-xml"),
    ("processing instruction", header() + "<?php x?>", "restricted-xml"),
    ("undefined entity", header() + "<a>&lol;</a>", "restricted-xml|not-well-formed"),
    ("Latin-1", header(declaration="<?xml version='1.0' encoding='ISO-8859-1'?>"),
     "unsupported-encoding"),
    ("UTF-16", header(declaration="<?xml version='1.0' encoding='UTF-16'?>").encode("utf-16"),
     "unsupported-encoding|not-well-formed"),
    ("bytes that are not UTF-8", header().encode() + b"<a>\xc0\xaf\xff</a>",
     "not-well-formed|unsupported-encoding"),
    ("NUL", header().encode() + b"<a>\0</a>", "not-well-formed"),
    ("another stream namespace", header(streams="http://example.net/streams"), "invalid-namespace"),
    ("client namespace", header(content="jabber:client"), "invalid-namespace"),
    ("another root", "<?xml version='1.0'?><hello xmlns='jabber:server'/>",
     "bad-format|invalid-namespace"),
    ("unbound prefix", "<stream:stream xmlns='jabber:server'>", "not-well-formed|bad-namespace-prefix"),
    ("domain that is not ours", header(to="elsewhere.example"), "host-unknown"),
    ("no domain", header(to=""), "improper-addressing|host-unknown"),
    ("domain that is none", header(to="..&#xFFFE;.."),
     "improper-addressing|host-unknown|not-well-formed"),
    ("stanza before authentication", header() + message(), "not-authorized|policy-violation"),
    ("long header", header(more=f" id='{'x' * 200_000}'"), "policy-violation"),
    ("long stanza", header() + f"<a>{'x' * 200_000}</a>", "policy-violation"),
    ("stanza without end", header() + "<a>" + "x" * 3_000_000, "policy-violation"),
    ("deep stanza", header() + "<a>" * 5_000, "policy-violation"),
    ("many attributes", header() + "<a " + " ".join(f"a{i}='1'" for i in range(3_000)) + "/>",
     "policy-violation"),
    ("many namespaces", header() + "<a " + " ".join(f"xmlns:a{i}='{i}'" for i in range(3_000)) + "/>",
     "policy-violation"),
]

# Said on a stream that has proved to be DOMAIN.
AFTER_AUTHENTICATION = [
    ("crossed tags", "<message><body></message></body>", "not-well-formed"),
    ("DOCTYPE", "<!DOCTYPE x>", "restricted-xml|not-well-formed"),
    ("comment", "<message><!-- --></message>", "restricted-xml"),
    ("processing instruction", "<?x y?>", "restricted-xml"),
    ("undefined entity", message("&lol;"), "restricted-xml|not-well-formed"),
    ("control character", message("\x01"), "not-well-formed"),
    ("control character by number", message("&#1;"), "not-well-formed"),
    ("NUL by number", message("&#0;"), "not-well-formed"),
    ("surrogate by number", message("&#xD800;"), "not-well-formed"),
    ("not a character", message("&#xFFFF;"), "not-well-formed"),
    ("bytes that are not UTF-8", message("@").encode().replace(b"@<", b"\xed\xa0\x80<"),
     "not-well-formed|unsupported-encoding"),
    ("sender of another domain", message(sender="ceo@bank.example"), "invalid-from"),
    ("sender of ours", message(sender=f"bob@{OURS}"), "invalid-from"),
    ("no sender", message().replace(f" from='mallory@{DOMAIN}'", ""), "improper-addressing"),
    ("no recipient", message().replace(f" to='bob@{OURS}'", ""), "improper-addressing"),
    ("recipient elsewhere", message(to="bob@elsewhere.example"), "host-unknown|improper-addressing"),
    ("unknown stanza", f"<post xmlns='jabber:server' from='a@{DOMAIN}' to='b@{OURS}'/>",
     "unsupported-stanza-type"),
    ("unbound prefix", "<message><x:y/></message>", "not-well-formed|bad-namespace-prefix"),
    ("large stanza", message("x" * 600_000), "policy-violation"),
    ("stanza without end", "<message><body>" + "x" * 6_000_000, "policy-violation"),
    ("deep stanza", "<message>" + "<a>" * 5_000, "policy-violation"),
    ("many attributes", "<message " + " ".join(f"a{i}='1'" for i in range(3_000)) + "/>",
     "policy-violation"),
    ("many elements", "<message>" + "<a/>" * 20_000 + "</message>", "policy-violation"),
    ("large token in the middle of a tag", "<message id='" + "x" * 700_000, "policy-violation"),
]

# Plaintext that came with <starttls/>: it must never be read as if TLS had protected it.
INJECTED = "injected behind starttls"
STARTTLS_INJECTION = header() + STARTTLS + header() + message(INJECTED)

# Addresses and texts that must not become SIP header lines: (what, stanza, what bob must be able to see).
MARK = "X-Injected"
INTO_HEADERS = [
    ("line ends in the subject", message("subject", more=f"<subject>hi&#13;&#10;{MARK}: 1</subject>")),
    ("line ends in the thread", message("thread", more=f"<thread>a&#13;&#10;{MARK}: 1</thread>")),
    ("line ends in the id", message("id", id=f"a&#13;&#10;{MARK}: 1")),
    ("percent-encoded line ends in the sender", message("sender", sender=f"a%0d%0a{MARK}: 1@{DOMAIN}"
                                                        .replace(": ", ""))),
    ("line ends and headers in the body", message(f"body&#13;&#10;&#13;&#10;{MARK}: 1")),
    ("line ends in the resource", message("resource", sender=f"m@{DOMAIN}/a&#13;&#10;{MARK}: 1")),
    ("line ends in the sender", message("from", sender=f"m&#13;&#10;{MARK}@{DOMAIN}")),
    ("line ends in the recipient", message("to", to=f"bob&#13;&#10;{MARK}@{OURS}")),
]
