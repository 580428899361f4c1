"""Presence documents (RFC 3863, RFC 4480) and typing notices (RFC 3994), as the SIP users of the lab speak them."""

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

PIDF_TYPE, COMPOSING_TYPE = "application/pidf+xml", "application/im-iscomposing+xml"
_PIDF = "{urn:ietf:params:xml:ns:pidf}"
_RPID = "{urn:ietf:params:xml:ns:pidf:rpid}"
_MODEL = "{urn:ietf:params:xml:ns:pidf:data-model}"
_CLIENT = "{jabber:client}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def document(entity, tuples):
    """`tuples`: [{"id", "basic", "activity", "note", "lang", "priority"}], all but basic optional."""
    inner = "".join(_tuple(number, each) for number, each in enumerate(tuples))
    return ('<?xml version="1.0" encoding="UTF-8"?>'
            '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
            f' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity={quoteattr(entity)}>{inner}'
            "</presence>").encode()


def _tuple(number, each):
    activity = each.get("activity")
    rpid = f"<rpid:activities><rpid:{activity}/></rpid:activities>" if activity else ""
    contact = f'<contact priority="{each["priority"]}">sip:x@contoso.example</contact>' if "priority" in each else ""
    lang = f' xml:lang="{each["lang"]}"' if "lang" in each else ""
    note = f"<note{lang}>{escape(each['note'])}</note>" if "note" in each else ""
    return (f'<tuple id="{each.get("id", f"t{number}")}"><status><basic>{each["basic"]}</basic></status>'
            f"{rpid}{contact}{note}</tuple>")


def parse(body):
    """The tuples of a document: id, basic, activities, show, notes by language, priority."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        return None
    person = root.find(f"{_MODEL}person")
    return [_parsed(each, person) for each in root.iter(f"{_PIDF}tuple")]


def _parsed(each, person):
    contact = each.find(f"{_PIDF}contact")
    show = each.find(f".//{_CLIENT}show")
    activities = [activity.tag.split("}")[1] for place in (each, person) if place is not None
                  for group in place.iter(f"{_RPID}activities") for activity in group]
    return {"id": each.get("id"), "basic": each.findtext(f"{_PIDF}status/{_PIDF}basic"),
            "activities": list(dict.fromkeys(activities)), "show": show.text if show is not None else "",
            "notes": {note.get(_LANG, ""): note.text or "" for note in each.findall(f"{_PIDF}note")},
            "priority": contact.get("priority") if contact is not None else None}


def composing(state):
    return ('<?xml version="1.0" encoding="UTF-8"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing">'
            f"<state>{state}</state><contenttype>text/plain</contenttype></isComposing>").encode()


def composing_state(body):
    return ET.fromstring(body).findtext("{urn:ietf:params:xml:ns:im-iscomposing}state")
