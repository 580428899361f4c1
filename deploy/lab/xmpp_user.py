#!/usr/bin/python3
"""An XMPP user: signs in at a given server and talks.

    xmpp_user.py --jid alice@fabrikam.example --password secret --server 198.51.100.10 --to bob@contoso.example

sends every line typed and prints what arrives. With --json it is the lab's puppet: a command a line in,
{"to": ..., "body": ..., "id": ..., "type": ...}, and an event a line out.
"""

import argparse
import asyncio
import json
import logging
import ssl
import sys

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath


class XmppUser(slixmpp.ClientXMPP):
    def __init__(self, options, say):
        super().__init__(options.jid, options.password)
        self._say = say
        self.tried = asyncio.Event()  # signed in, or not able to
        self.auto_reconnect = False
        self.ca_certs = options.trust
        self.ssl_context.minimum_version = ssl.TLSVersion.TLSv1_2
        if options.plain:
            self.plugin["feature_mechanisms"].unencrypted_scram = True
        self.register_plugin("xep_0199")
        self.register_handler(Callback("message", MatchXPath("{jabber:client}message"), self._on_message))
        self.add_event_handler("session_start", self._on_session)
        self.add_event_handler("failed_auth", lambda _: self._on_lost("the password is refused"))
        self.add_event_handler("disconnected", lambda why: self._on_lost(why or "the stream ended"))

    async def _on_session(self, _):
        self.send_presence()
        await self.get_roster()
        self._say({"event": "online", "jid": str(self.boundjid)})
        self.tried.set()

    def _on_message(self, stanza):
        error = stanza["error"] if stanza["type"] == "error" else {}
        self._say({"event": "message", "from": str(stanza["from"]), "id": stanza["id"],
                   "type": stanza["type"],
                   "body": stanza["body"], "thread": stanza["thread"], "subject": stanza["subject"],
                   "error": error["condition"] if error else "", "error_type": error["type"] if error else "",
                   "text": error["text"] if error else ""})

    def _on_lost(self, why):
        self._say({"event": "offline", "why": str(why)})
        self.tried.set()

    def tell(self, command):
        message = self.make_message(mto=command["to"], mbody=command["body"],
                                    mtype=command.get("type", "chat"), msubject=command.get("subject"))
        message["id"] = command.get("id") or self.new_id()
        if command.get("thread"):
            message["thread"] = command["thread"]
        message.send()


def say_json(event):
    print(json.dumps(event), flush=True)


def say_words(event):
    if event["event"] == "online":
        print(f"-- signed in as {event['jid']}; type a line and press Enter, Ctrl-D ends", flush=True)
    elif event["event"] == "offline":
        print(f"-- signed out: {event['why']}", flush=True)
    elif event["error"]:
        print(f"-- not delivered: {event['error']} {event['text']}", flush=True)
    elif event["body"]:
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
    async for line in read_lines():
        if options.json:
            user.tell(json.loads(line))
        elif line:
            user.tell({"to": options.to, "body": line})
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
