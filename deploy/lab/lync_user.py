#!/usr/bin/python3
"""A user of a Lync or Office Communications style endpoint: texts go within a dialog, not in one MESSAGE each.

A session is an INVITE whose SDP says "m=message <port> sip null"; its first text may travel in the header
ms-text-format. Then texts are MESSAGEs, typing is INFO with KeyboardActivity, and BYE ends it. The puppet's
commands are those of sip_user.py and the methods named do_* here.
"""

import asyncio
import base64
import re
import secrets

from sip_stack import Dialog, address_of, parameter, stopwatch, uri
from sip_user import SipUser, options_of, parser, talk

ACCEPTED = ("text/plain text/html image/gif multipart/alternative application/im-iscomposing+xml "
            "application/ms-imdn+xml text/x-msmsgsinvite")
FORMAT = "X-MMS-IM-Format: FN=Segoe%20UI; EF=; CO=0; CS=0; PF=0\r\n\r\n"
KEYBOARD = ('<?xml version="1.0"?><KeyboardActivity><status status="{}"/></KeyboardActivity>')
SDP_TYPE = ("Content-Type", "application/sdp")


class LyncUser(SipUser):
    def __init__(self, options, say):
        super().__init__(options, say)
        self._sessions = {}          # dialog id -> Dialog
        self._opening = {}           # whom we invite -> future of the session
        self._ringing = {}           # Call-ID -> INVITE that waits for do_pick_up
        self._invites = 200          # what answers an INVITE; "ring": 180 until told otherwise
        self._texts = 200            # what answers a MESSAGE within a session
        self._epid = options.epid or secrets.token_hex(5)
        self.from_parameters = f";epid={self._epid}"

    # ---- what we say ----------------------------------------------------------------------------

    def do_say(self, command):
        """A text, in the session with "to"; opens one if there is none."""
        self.keep(self._say(command))

    async def _say(self, command):
        seconds = stopwatch()
        dialog = self._session_with(command["to"])
        if dialog is None and command["to"] in self._opening:
            dialog = await self._opening[command["to"]]
        if dialog is None:
            response, carried = await self._open(command["to"], command["body"])
            if carried or response is None or response.status >= 300:
                self.tell_answer(command, response, seconds(), by="INVITE")
                return
            dialog = self._session_with(command["to"])
        response = await self.within(dialog, "MESSAGE", [
            ("Content-Type", command.get("content_type", f"text/plain; charset=UTF-8;msgr={_msgr()}"))],
            command["body"].encode())
        if response is None or response.status in (408, 480, 481):
            self._sessions.pop(dialog.id, None)
        self.tell_answer(command, response, seconds(), by="MESSAGE")

    async def _open(self, peer, text=None):
        """The response, and whether it says that the text was taken from the INVITE."""
        future = self._opening[peer] = asyncio.get_running_loop().create_future()
        headers = [("Contact", self.contact), SDP_TYPE, ("Ms-Conversation-ID", secrets.token_hex(8)),
                   ("Supported", "ms-delayed-accept, ms-renders-isf, ms-sender, timer"),
                   ("Session-Expires", "1800;refresher=uac"),
                   ("EndPoints", f"<{self.aor}>, <{uri(peer)}>")]
        if text is not None and not self.options.no_ms_text_format:
            body = base64.b64encode(text.encode()).decode()
            headers.append(("ms-text-format", f"text/plain; charset=UTF-8;msgr={_msgr()};ms-body={body}"))
        response = await self.request("INVITE", uri(peer), uri(peer), headers, self._sdp())
        dialog = None
        if response and response.status < 300:
            dialog = Dialog.asked(response)
            self._sessions[dialog.id] = dialog
            self._session("opened", peer, dialog.call_id, headers=dict(response.headers),
                          body=response.body.decode())
        del self._opening[peer]
        future.set_result(dialog)
        supported = ",".join(response.all("supported")) if response else ""
        return response, "ms-text-format" in supported and dict(headers).get("ms-text-format")

    def do_type(self, command):
        """"status": type or idle."""
        self.keep(self._within_session(command, "INFO", [("Content-Type", "application/xml")],
                                       KEYBOARD.format(command["status"]).encode()))

    def do_bye(self, command):
        self.keep(self._bye(command))

    async def _bye(self, command):
        dialog = self._session_with(command["to"])
        await self._within_session(command, "BYE")
        self._sessions.pop(dialog.id, None)

    def do_reinvite(self, command):
        self.keep(self._within_session(command, "INVITE", [
            ("Contact", self.contact), SDP_TYPE, ("Supported", "timer"),
            ("Session-Expires", "1800;refresher=uac")], self._sdp()))

    def do_lose(self, command):
        """The session is forgotten without a word, as by an endpoint that crashed."""
        dialog = self._session_with(command["to"])
        if dialog:
            del self._sessions[dialog.id]
        self._session("lost", command["to"], dialog.call_id if dialog else "")

    async def _within_session(self, command, method, headers=(), body=b""):
        seconds, dialog = stopwatch(), self._session_with(command["to"])
        response = await self.within(dialog, method, headers, body)
        self.tell_answer(command, response, seconds())

    # ---- what we hear ---------------------------------------------------------------------------

    def do_invites(self, command):
        self._invites = command["are"]
        self.say({"event": "answering", "invites": self._invites})

    def do_texts(self, command):
        self._texts = command["are"]
        self.say({"event": "answering", "texts": self._texts})

    def do_pick_up(self, command):
        for request in self._ringing.values():
            self._accept(request)
        self._ringing.clear()

    def on_invite(self, request):
        if parameter(request.get("to"), "tag"):
            dialog = self._sessions.get(request.dialog_id)
            if dialog is None:
                self.reply(request, 481)
                return
            self.reply(request, 200, self._answer_headers(request), self._sdp())
            self._session("refreshed", dialog.peer, dialog.call_id)
        elif self._invites == "ring":
            self.reply(request, 180, [("Contact", self.contact)])
            self._ringing[request.get("call-id")] = request
            self._session("ringing", address_of(request.get("from")), request.get("call-id"))
        elif self._invites != 200:
            self.reply(request, self._invites)
            self._session("refused", address_of(request.get("from")), request.get("call-id"),
                          status=self._invites)
        else:
            self._accept(request)

    def _accept(self, request):
        dialog = Dialog.answering(request, self.tag)
        self._sessions[dialog.id] = dialog
        first = self._first_text(request)
        headers = self._answer_headers(request)
        if first is not None and not self.options.no_ms_text_format:
            headers.append(("Supported", "ms-text-format"))
        self.reply(request, 200, headers, self._sdp())
        self._session("opened", dialog.peer, dialog.call_id, headers=dict(reversed(request.headers)),
                      body=request.body.decode("utf-8", "replace"))
        if first is not None and not self.options.no_ms_text_format:
            self.say({"event": "message", "from": dialog.peer, "body": first, "call_id": dialog.call_id,
                      "within": "INVITE", "status": 200, "epid": self._epid})

    def _answer_headers(self, request):
        headers = [("Contact", self.contact), SDP_TYPE, ("Allow", "INVITE, BYE, ACK, CANCEL, INFO, MESSAGE, UPDATE")]
        if request.get("session-expires"):
            headers += [("Session-Expires", "1800;refresher=uac"), ("Require", "timer")]
        return headers

    @staticmethod
    def _first_text(request):
        found = re.search(r"ms-body=([A-Za-z0-9+/=_-]+)", request.get("ms-text-format"))
        return base64.b64decode(found[1]).decode("utf-8", "replace") if found else None

    def on_cancel(self, request):
        self.reply(request, 200)
        invite = self._ringing.pop(request.get("call-id"), None)
        if invite:
            self.reply(invite, 487)
            self._session("cancelled", address_of(request.get("from")), request.get("call-id"))

    def on_message(self, request):
        if not parameter(request.get("to"), "tag"):
            super().on_message(request)
        elif request.dialog_id not in self._sessions:
            self.reply(request, 481)
            self.say({"event": "refused", "method": "MESSAGE", "from": address_of(request.get("from"))})
        else:
            self.reply(request, self._texts)
            self.report(request, self._texts, within="MESSAGE", epid=self._epid)

    def on_info(self, request):
        if request.dialog_id not in self._sessions:
            self.reply(request, 481)
            return
        self.reply(request, 200)
        found = re.search(rb'<status\s+status="(\w+)"', request.body)
        self.say({"event": "typing", "from": address_of(request.get("from")),
                  "status": found[1].decode() if found else "", "content_type": request.get("content-type")})

    def on_update(self, request):
        known = request.dialog_id in self._sessions
        self.reply(request, 200 if known else 481, self._answer_headers(request)[::2] if known else ())

    def on_bye(self, request):
        dialog = self._sessions.pop(request.dialog_id, None)
        self.reply(request, 200 if dialog else 481)
        if dialog:
            self._session("closed", dialog.peer, dialog.call_id)

    # ---------------------------------------------------------------------------------------------

    def _session_with(self, peer):
        """The newest."""
        return next((dialog for dialog in reversed(self._sessions.values()) if dialog.peer == peer), None)

    def _session(self, what, peer, call_id, **more):
        self.say({"event": "session", "what": what, "from": peer, "call_id": call_id, "epid": self._epid, **more})

    def _sdp(self):
        address, port = self._local[:2]
        return (f"v=0\r\no=- 0 0 IN IP4 {address}\r\ns=session\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
                f"m=message {port} sip null\r\na=accept-types:{ACCEPTED}\r\n").encode()


def _msgr():
    return base64.b64encode(FORMAT.encode("utf-16le")).decode().rstrip("=")


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--epid", help="which of the user's endpoints this is")
    arguments.add_argument("--no-ms-text-format", action="store_true",
                           help="neither sends a text in an INVITE nor takes one from it")
    asyncio.run(talk(options_of(arguments), LyncUser))


if __name__ == "__main__":
    main()
