#!/usr/bin/python3
"""An XMPP user: signs in at a given server, talks, watches others and is watched.

    xmpp_user.py --jid alice@fabrikam.example --password secret --server 198.51.100.10 --to bob@contoso.example

sends every line typed and prints what arrives. With --json it is the lab's puppet: a command a line in, an
event a line out. The commands are the methods named do_*: {"do": "presence", "type": "subscribe", "to": ...};
without "do" it is a message: {"to": ..., "body": ..., "id": ..., "type": ...}.
"""

import argparse
import asyncio
import json
import logging
import ssl
import sys
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CLIENT, STATES = "{jabber:client}", "{http://jabber.org/protocol/chatstates}"
RECEIPTS, MARKERS = "{urn:xmpp:receipts}", "{urn:xmpp:chat-markers:0}"
XHTML, DELAY = "{http://jabber.org/protocol/xhtml-im}", "{urn:xmpp:delay}"
CORRECT, IDLE = "{urn:xmpp:message-correct:0}", "{urn:xmpp:idle:1}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


class XmppUser(slixmpp.ClientXMPP):
    def __init__(self, options, say):
        super().__init__(options.jid, options.password)
        self._options = options
        self._say = say
        self.tried = asyncio.Event()  # signed in, or not able to
        self.auto_reconnect = False
        self.roster.auto_authorize = None  # the lab decides who may watch, and whom to watch
        self.roster.auto_subscribe = False
        self.ca_certs = options.trust
        self.ssl_context.minimum_version = ssl.TLSVersion.TLSv1_2
        if options.plain:
            self.plugin["feature_mechanisms"].unencrypted_scram = True
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):
            self.register_plugin(plugin)
        self.register_handler(Callback("message", MatchXPath("{jabber:client}message"), self._on_message))
        self.register_handler(Callback("presence", MatchXPath("{jabber:client}presence"), self._on_presence))
        self.add_event_handler("session_start", self._on_session)
        self.add_event_handler("failed_auth", lambda _: self._on_lost("the password is refused"))
        self.add_event_handler("disconnected", lambda why: self._on_lost(why or "the stream ended"))

    async def _on_session(self, _):
        self.send_presence()
        await self.get_roster()
        self._say({"event": "online", "jid": str(self.boundjid)})
        self.tried.set()

    def _on_lost(self, why):
        self._say({"event": "offline", "why": str(why)})
        self.tried.set()

    # ---- what arrives ---------------------------------------------------------------------------

    def _on_message(self, stanza):
        xml = stanza.xml
        received = xml.find(f"{RECEIPTS}received")
        event = {"event": "message", "from": str(stanza["from"]), "id": stanza["id"],
                 "type": stanza["type"], "body": stanza["body"], "thread": stanza["thread"],
                 "subject": stanza["subject"], "lang": xml.get(LANG, ""),
                 "state": next((each.tag[len(STATES):] for each in xml if each.tag.startswith(STATES)), ""),
                 "wants_receipt": xml.find(f"{RECEIPTS}request") is not None,
                 "markable": xml.find(f"{MARKERS}markable") is not None,
                 "delay": (xml.find(f"{DELAY}delay") if xml.find(f"{DELAY}delay") is not None
                           else ET.Element("none")).get("stamp", ""),
                 "xhtml": "".join(ET.tostring(each, "unicode") for each in xml.findall(f"{XHTML}html")),
                 **_error(stanza)}
        if received is not None:
            event["event"], event["receipt"] = "receipt", received.get("id")
        for marker in ("received", "displayed"):
            found = xml.find(f"{MARKERS}{marker}")
            if found is not None:
                event["event"], event["marker"], event["receipt"] = "marker", marker, found.get("id")
        if event["state"] and not event["body"] and event["event"] == "message" and not event["error"]:
            event["event"] = "state"
        self._say(event)

    def _on_presence(self, stanza):
        if stanza["from"].bare == self.boundjid.bare and stanza["type"] not in ("error", "subscribe"):
            return  # its own
        xml = stanza.xml
        idle = xml.find(f"{IDLE}idle")
        self._say({"event": "presence", "from": str(stanza["from"]), "bare": stanza["from"].bare,
                   "resource": stanza["from"].resource, "type": xml.get("type", ""),
                   "show": xml.findtext(f"{CLIENT}show") or "",
                   "status": xml.findtext(f"{CLIENT}status") or "",
                   "statuses": {each.get(LANG, ""): each.text or "" for each in xml.findall(f"{CLIENT}status")},
                   "priority": xml.findtext(f"{CLIENT}priority") or "",
                   "idle": idle.get("since") if idle is not None else "", **_error(stanza)})

    # ---- commands -------------------------------------------------------------------------------

    def do_message(self, command):
        """With "state" a chat state; "receipt" asks for one; "replaces" corrects; "payload" is XML as it is."""
        message = self.make_message(mto=command["to"], mbody=command.get("body"),
                                    mtype=command.get("type", "chat"), msubject=command.get("subject"))
        message["id"] = command.get("id") or self.new_id()
        if command.get("thread"):
            message["thread"] = command["thread"]
        if command.get("lang"):
            message.xml.set(LANG, command["lang"])
        if command.get("state"):
            ET.SubElement(message.xml, STATES + command["state"])
        if command.get("receipt"):
            ET.SubElement(message.xml, f"{RECEIPTS}request")
        if command.get("markable"):
            ET.SubElement(message.xml, f"{MARKERS}markable")
        if command.get("replaces"):
            ET.SubElement(message.xml, f"{CORRECT}replace", {"id": command["replaces"]})
        if command.get("payload"):
            message.xml.append(ET.fromstring(command["payload"]))
        message.send()

    def do_received(self, command):
        """XEP-0184: the message "message" has arrived."""
        self._acknowledge(command, f"{RECEIPTS}received")

    def do_displayed(self, command):
        """XEP-0333."""
        self._acknowledge(command, f"{MARKERS}displayed")

    def _acknowledge(self, command, tag):
        message = self.make_message(mto=command["to"], mtype=command.get("type", "chat"))
        message["id"] = command.get("id") or self.new_id()
        ET.SubElement(message.xml, tag, {"id": command["message"]})
        message.send()

    def do_presence(self, command):
        """To "to", or to everybody; "type": subscribe, unavailable, ...; "show", "status", "priority"."""
        presence = self.make_presence(pto=command.get("to"), ptype=command.get("type"))
        if command.get("show"):
            ET.SubElement(presence.xml, f"{CLIENT}show").text = command["show"]
        statuses = command.get("statuses") or ({"": command["status"]} if "status" in command else {})
        for lang, text in statuses.items():
            status = ET.SubElement(presence.xml, f"{CLIENT}status", {LANG: lang} if lang else {})
            status.text = text
        if "priority" in command:
            ET.SubElement(presence.xml, f"{CLIENT}priority").text = str(command["priority"])
        presence.send()

    def do_approve(self, command):
        self.make_presence(pto=command["to"], ptype="subscribed").send()

    def do_deny(self, command):
        self.make_presence(pto=command["to"], ptype="unsubscribed").send()

    def do_ask(self, command):
        """"query": ping, info, items, version, or the XML of a query."""
        asyncio.ensure_future(self._ask(command))

    async def _ask(self, command):
        event = {"event": "told", "to": command["to"], "query": command["query"], "id": command.get("id", ""),
                 "error": "", "xml": ""}
        try:
            answer = await self._query(command["query"], command["to"])
            event["xml"] = "".join(ET.tostring(each, "unicode") for each in answer.xml)
            event["features"] = [each.get("var") for each in answer.xml.iter() if each.tag.endswith("}feature")]
            event["identities"] = [[each.get("category"), each.get("type")] for each in answer.xml.iter()
                                   if each.tag.endswith("}identity")]
        except slixmpp.exceptions.IqError as why:
            event.update(_error(why.iq))
        except slixmpp.exceptions.IqTimeout:
            event["error"] = "no answer"
        self._say(event)

    async def _query(self, what, to):
        spaces = {"ping": "<ping xmlns='urn:xmpp:ping'/>",
                  "info": "<query xmlns='http://jabber.org/protocol/disco#info'/>",
                  "items": "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                  "version": "<query xmlns='jabber:iq:version'/>"}
        iq = self.make_iq(ito=to, itype="get")
        iq.xml.append(ET.fromstring(spaces.get(what, what)))
        return await iq.send(timeout=15)

    def do_roster(self, command):
        """How the server sees the contact "to"."""
        asyncio.ensure_future(self._roster(command["to"]))

    async def _roster(self, contact):
        query = self.make_iq_get("jabber:iq:roster")  # get_roster() asks for changes only
        answer = await query.send()
        item = next((each for each in answer.xml.iter("{jabber:iq:roster}item") if each.get("jid") == contact), None)
        self._say({"event": "roster", "to": contact, "subscription": item.get("subscription") if item is not None else "",
                   "ask": item.get("ask", "") if item is not None else ""})

    def tell(self, command):
        getattr(self, f"do_{command.get('do', 'message')}")(command)


def _error(stanza):
    """slixmpp does not know every condition, so they are looked for here."""
    found = {"error": "", "error_type": "", "text": "", "moved_to": ""}
    error = stanza.xml.find(f"{CLIENT}error") if stanza["type"] == "error" else None
    if error is None:
        return found
    found["error_type"] = error.get("type", "")
    for each in error:
        name = each.tag.removeprefix(STANZAS)
        if name == "text":
            found["text"] = each.text or ""
        elif name != each.tag:
            found["error"], found["moved_to"] = name, each.text or ""
    return found


def say_json(event):
    print(json.dumps(event), flush=True)


def say_words(event):
    what = event["event"]
    if what == "online":
        print(f"-- signed in as {event['jid']}; type a line and press Enter, Ctrl-D ends", flush=True)
    elif what == "offline":
        print(f"-- signed out: {event['why']}", flush=True)
    elif what == "presence" and event["type"] in ("", "unavailable"):
        state = event["type"] or event["show"] or "available"
        print(f"-- {event['bare']} is {state} {event['status']}", flush=True)
    elif what == "presence":
        print(f"-- {event['bare']}: {event['type']} {event['error']} {event['text']}", flush=True)
    elif what == "state":
        print(f"-- {event['from'].split('/')[0]} is {event['state']}", flush=True)
    elif what == "receipt":
        print("-- received", flush=True)
    elif what == "message" and event["error"]:
        print(f"-- not delivered: {event['error']} {event['text']}", flush=True)
    elif what == "message" and event["body"]:
        print(f"{event['from'].split('/')[0]}: {event['body']}", flush=True)


async def read_lines():
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().rstrip("\n")


async def talk(options):
    user = XmppUser(options, say_json if options.json else say_words)
    user.connect((options.server, options.port), force_starttls=not options.plain,
                 disable_starttls=options.plain)
    await user.tried.wait()
    if not options.json:  # they see each other
        user.do_presence({"type": "subscribe", "to": options.to})
        user.do_approve({"to": options.to})
    async for line in read_lines():
        if options.json:
            user.tell(json.loads(line))
        elif line:
            user.tell({"to": options.to, "body": line, "receipt": True})
    await user.disconnect(wait=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jid", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--server", required=True, help="address of the XMPP server")
    parser.add_argument("--port", type=int, default=5222)
    parser.add_argument("--trust", help="file with the certificate authority to trust; none: any")
    parser.add_argument("--plain", action="store_true", help="no TLS")
    parser.add_argument("--to", help="whom to talk to")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json and not options.to:
        parser.error("--to is missing")
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(talk(options))


if __name__ == "__main__":
    main()
