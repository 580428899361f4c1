#!/usr/bin/python3
"""A SIP user: registers at a given server, talks in MESSAGEs, watches others and is watched.

    sip_user.py --aor sip:bob@contoso.example --server 10.20.0.3 --local 10.20.0.4 --to alice@fabrikam.example

sends every line typed and prints what arrives. With --json it is the lab's puppet: a command a line in, an
event a line out. The commands are the methods named do_*: {"do": "subscribe", "to": ...}; without "do" it
is a MESSAGE: {"to": ..., "body": ..., "id": ...}, or how to answer those that come: {"answer": 486}.
"""

import argparse
import asyncio
import json
import secrets
import sys

import cpim
import pidf
from sip_stack import PORTS, Agent, Dialog, address_of, parameter, stopwatch, uri, uri_of

EVENT = [("Event", "presence")]


class SipUser(Agent):
    def __init__(self, options, say):
        super().__init__(options, say)
        self._answer = 200         # to a MESSAGE
        self._watches = {}         # whom we watch -> Dialog, None while it is being made
        self._watchers = {}        # who watches us -> Dialog
        self._policy = "active"    # for a new watcher: a Subscription-State, or the status that refuses it
        self._published = [{"basic": "open"}]
        self._etag = None

    # ---- texts ----------------------------------------------------------------------------------

    def do_message(self, command):
        body = bytes.fromhex(command["hex"]) if "hex" in command else command["body"].encode()
        self.keep(self._message(command, command.get("content_type", "text/plain;charset=UTF-8"), body))

    def do_composing(self, command):
        self.keep(self._message(command, pidf.COMPOSING_TYPE, pidf.composing(command["state"])))

    def do_cpim(self, command):
        """A text that asks to be notified of what is in "wanted"."""
        body = cpim.wrap(self.aor, uri(command["to"]), command["id"], command["body"].encode(),
                         command.get("wanted", ()))
        self.keep(self._message(command, cpim.CPIM_TYPE, body))

    def do_report(self, command):
        """Of the message "message_id": a "notification" (delivery, display) with "status"."""
        body = cpim.wrap(self.aor, uri(command["to"]), secrets.token_hex(8),
                         cpim.notification(command["message_id"], command["notification"], command["status"]),
                         content_type=cpim.IMDN_TYPE)
        self.keep(self._message(command, cpim.CPIM_TYPE, body))

    async def _message(self, command, content_type, body):
        to, seconds = uri(command["to"]), stopwatch()
        response = await self.request("MESSAGE", to, to, [("Content-Type", content_type),
                                                          *command.get("headers", {}).items()], body)
        self.tell_answer(command, response, seconds())

    def tell_answer(self, command, response, seconds, **more):
        self.say({"event": "answered", "do": command.get("do", "message"), "id": command.get("id", ""),
                  "to": command["to"], "status": response.status if response else 0,
                  "reason": response.reason if response else "no answer", "seconds": seconds, **more})

    def on_message(self, request):
        self.report(request, self._answer)
        if self._answer:
            self.reply(request, self._answer)

    def report(self, request, status, **more):
        kind = request.get("content-type").split(";")[0].strip().lower()
        body = request.body.decode("utf-8", "replace")
        event = {"event": "message", "from": address_of(request.get("from")),
                 "from_uri": uri_of(request.get("from")), "to_uri": uri_of(request.get("to")),
                 "body": body, "hex": request.body.hex(), "content_type": request.get("content-type"),
                 "subject": request.get("subject"), "call_id": request.get("call-id"),
                 "headers": dict(reversed(request.headers)), "status": status, **more}
        if kind == pidf.COMPOSING_TYPE:
            event["event"], event["state"] = "composing", pidf.composing_state(request.body)
        elif kind == cpim.CPIM_TYPE:
            self._open_cpim(event, cpim.unwrap(request.body))
        self.say(event)

    @staticmethod
    def _open_cpim(event, content):
        event["cpim"] = content["headers"]
        event["body"] = content["body"]
        event["message_id"] = content["headers"].get("imdn.message-id", "")
        event["wanted"] = content["headers"].get("imdn.disposition-notification", "")
        if content["content_type"].split(";")[0].strip().lower() == cpim.IMDN_TYPE:
            event["event"] = "report"
            event.update(cpim.parse_notification(content["body"]))

    # ---- whom we watch --------------------------------------------------------------------------

    def do_subscribe(self, command):
        """To "to", for "expires" seconds; 0: what is known now, once."""
        self.keep(self._subscribe(command))

    async def _subscribe(self, command):
        peer, expires, seconds = command["to"], command.get("expires", 3600), stopwatch()
        headers = [*command.get("event", {"Event": "presence"}).items(), ("Accept", pidf.PIDF_TYPE),
                   ("Contact", self.contact), ("Expires", str(expires))]
        if self._watches.get(peer):
            response = await self.within(self._watches[peer], "SUBSCRIBE", headers)
        else:
            response = await self.request("SUBSCRIBE", uri(peer), uri(peer), headers)
            if response and response.status < 300:
                self._watches[peer] = Dialog.asked(response)
        if response and response.status == 481 or expires == 0:
            self._watches.pop(peer, None)
        self.tell_answer(command, response, seconds(),
                         expires=response.get("expires") if response else "",
                         min_expires=response.get("min-expires") if response else "")

    def do_forget(self, command):
        """As a phone that lost its memory: NOTIFYs of "to" get 481 from now on."""
        dialog = self._watches.pop(command["to"], None)
        self._forgotten = getattr(self, "_forgotten", set()) | ({dialog.id} if dialog else set())

    def on_notify(self, request):
        if request.dialog_id in getattr(self, "_forgotten", ()):
            self.reply(request, 481)
            self.say({"event": "refused", "method": "NOTIFY", "from": address_of(request.get("from"))})
            return
        self.reply(request, 200)
        state = request.get("subscription-state")
        tuples = pidf.parse(request.body) if request.body else []
        self.say({"event": "notify", "from": address_of(request.get("from")),
                  "state": state.split(";")[0].strip(), "reason": parameter(state, "reason"),
                  "expires": parameter(state, "expires"), "body": request.body.decode("utf-8", "replace"),
                  "content_type": request.get("content-type"), "call_id": request.get("call-id"),
                  "entity": self._entity(request.body), "tuples": tuples})
        if state.startswith("terminated"):
            self._watches.pop(address_of(request.get("from")), None)

    @staticmethod
    def _entity(body):
        text = body.decode("utf-8", "replace")
        return text.split('entity="', 1)[1].split('"', 1)[0] if 'entity="' in text else ""

    # ---- who watches us: where the server leaves it to us ---------------------------------------

    def do_watchers(self, command):
        """Those to come are "active", "pending", or refused with a status."""
        self._policy = command["are"]
        self.say({"event": "answering", "watchers": self._policy})

    def on_subscribe(self, request):
        peer, known = address_of(request.get("from")), parameter(request.get("to"), "tag")
        if not known and isinstance(self._policy, int):
            self.reply(request, self._policy)
            self.say({"event": "watcher", "from": peer, "status": self._policy})
            return
        if known and (peer not in self._watchers or self._watchers[peer].id != request.dialog_id):
            self.reply(request, 481)
            return
        expires = int(request.get("expires", "3600"))
        tag = secrets.token_hex(4)
        if not known:
            self._watchers[peer] = Dialog.answering(request, tag)
        self.reply(request, 200 if self._policy == "active" else 202,
                   [("Contact", self.contact), ("Expires", str(expires))], tag=tag)
        self.say({"event": "watcher", "from": peer, "status": 200, "expires": expires, "again": bool(known),
                  "call_id": request.get("call-id")})
        state = f"{self._policy};expires={expires}" if expires else "terminated;reason=timeout"
        self.keep(self._notify(peer, state, self._published if state.startswith("active") else []))

    def do_notify(self, command):
        """Tells the watcher "to": a Subscription-State and the tuples, or those that were told before."""
        self._published = command.get("tuples", self._published)
        self.keep(self._notify(command["to"], command["state"],
                               self._published if command["state"].startswith("active") else []))

    async def _notify(self, peer, state, tuples):
        dialog = self._watchers[peer]
        if state.startswith("terminated"):
            del self._watchers[peer]
        body = [("Content-Type", pidf.PIDF_TYPE)] if tuples else []
        response = await self.within(dialog, "NOTIFY", [
            *EVENT, ("Subscription-State", state), ("Contact", self.contact), *body],
            pidf.document(self.aor, tuples) if tuples else b"")
        self.say({"event": "notified", "to": peer, "state": state,
                  "status": response.status if response else 0})

    # ---- the presence server --------------------------------------------------------------------

    def do_publish(self, command):
        """The "tuples" that everybody may see; none: takes them back."""
        self.keep(self._publish(command))

    async def _publish(self, command):
        tuples, headers, seconds = command.get("tuples"), [*EVENT], stopwatch()
        headers += [("Expires", str(command.get("expires", 3600) if tuples else 0))]
        headers += [("SIP-If-Match", self._etag)] if self._etag else []
        headers += [("Content-Type", pidf.PIDF_TYPE)] if tuples else []
        response = await self.request("PUBLISH", self.aor, self.aor, headers,
                                      pidf.document(self.aor, tuples) if tuples else b"")
        self._etag = response.get("sip-etag") if response and response.status == 200 and tuples else None
        self.tell_answer({"to": self.aor, **command}, response, seconds())

    # ---- commands -------------------------------------------------------------------------------

    def tell(self, command):
        if "answer" in command:
            self._answer = command["answer"]
            self.say({"event": "answering", "status": self._answer})
        else:
            getattr(self, f"do_{command.get('do', 'message')}")(command)

    async def run(self, commands):
        await self.connect()
        await self.register()
        self.keep(self.stay_registered())
        async for command in commands:
            self.tell(command)
        await self.register(expires=0)


def say_json(event):
    print(json.dumps(event), flush=True)


def say_words(event):
    what = event["event"]
    if what == "online":
        print(f"-- registered as {event['aor']}; type a line and press Enter, Ctrl-D ends", flush=True)
    elif what == "message":
        print(f"{event['from']}: {event['body']}", flush=True)
    elif what == "composing":
        print(f"-- {event['from']} {'types' if event['state'] == 'active' else 'does not type'}", flush=True)
    elif what == "notify" and event["tuples"]:
        print(f"-- {event['from']} is {', '.join(describe(each) for each in event['tuples'])}", flush=True)
    elif what == "answered" and event["status"] not in (200, 202):
        print(f"-- not delivered: {event['status']} {event['reason']}", flush=True)
    elif what == "offline":
        print(f"-- not registered: {event['why']}", flush=True)


def describe(each):
    return " ".join([each["basic"] or "", *each["activities"], *(f"({note})" for note in each["notes"].values())])


async def read_commands(options):
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    if options.to and not options.json:
        yield {"do": "publish", "tuples": [{"basic": "open", "note": "typing by hand"}]}
        yield {"do": "subscribe", "to": options.to}
    while line := await reader.readline():
        text = line.decode().rstrip("\n")
        if options.json:
            yield json.loads(text)
        elif text:
            yield {"to": options.to, "body": text}


async def talk(options, make=SipUser):
    await make(options, say_json if options.json else say_words).run(read_commands(options))


def parser(description):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aor", required=True, help="sip:user@domain")
    parser.add_argument("--server", required=True, help="address of the SIP server")
    parser.add_argument("--port", type=int, help="5060, or 5061 for TLS")
    parser.add_argument("--transport", choices=PORTS, default="tcp")
    parser.add_argument("--trust", help="file with the certificate authority to trust, for TLS")
    parser.add_argument("--local", default="0.0.0.0", help="own address")
    parser.add_argument("--to", help="whom to talk to")
    parser.add_argument("--json", action="store_true")
    return parser


def options_of(parser):
    options = parser.parse_args()
    if not options.json and not options.to:
        parser.error("--to is missing")
    return options


if __name__ == "__main__":
    asyncio.run(talk(options_of(parser(__doc__))))
