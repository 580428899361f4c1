"""CPIM (RFC 3862) and IMDN (RFC 5438), as the SIP users of the lab speak them."""

import xml.etree.ElementTree as ET
from datetime import datetime, timezone

CPIM_TYPE, IMDN_TYPE = "message/cpim", "message/imdn+xml"
_IMDN = "{urn:ietf:params:xml:ns:imdn}"


def wrap(sender, recipient, message_id, body, wanted=(), content_type="text/plain;charset=UTF-8", more=()):
    """`wanted`: dispositions to be notified of, such as positive-delivery or display."""
    lines = [f"From: <{sender}>", f"To: <{recipient}>",
             f"DateTime: {datetime.now(timezone.utc).isoformat(timespec='seconds')}",
             "NS: imdn <urn:ietf:params:imdn>", f"imdn.Message-ID: {message_id}", *more]
    if wanted:
        lines.append(f"imdn.Disposition-Notification: {', '.join(wanted)}")
    inner = [f"Content-Type: {content_type}"]
    if content_type.startswith(IMDN_TYPE):
        inner += ["Content-Disposition: notification", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", *inner, "", ""]).encode() + body


def unwrap(body):
    """Its headers, those of the content, and the content."""
    head, _, rest = body.partition(b"\r\n\r\n")
    inner, _, content = rest.partition(b"\r\n\r\n")
    return {"headers": _headers(head), "content_type": _headers(inner).get("content-type", ""),
            "body": content.decode("utf-8", "replace")}


def _headers(block):
    return {name.strip().lower(): value.strip() for name, _, value in
            (line.partition(":") for line in block.decode("utf-8", "replace").split("\r\n"))}


def notification(message_id, what, status):
    """`what`: delivery or display; `status`: delivered, displayed, failed, ..."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return (f'<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">'
            f"<message-id>{message_id}</message-id><datetime>{now}</datetime>"
            f"<{what}-notification><status><{status}/></status></{what}-notification></imdn>").encode()


def parse_notification(text):
    root = ET.fromstring(text)
    status = next((each for each in root.iter(f"{_IMDN}status")), None)
    return {"message_id": (root.findtext(f"{_IMDN}message-id") or "").strip(),
            "status": status[0].tag.split("}")[1] if status is not None and len(status) else ""}
