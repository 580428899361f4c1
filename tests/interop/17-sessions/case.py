"""Texts within sessions, as Lync's endpoints want them, and what becomes of a session that breaks.

The SIP users are lync_user.py: INVITE with "m=message <port> sip null", the first text in ms-text-format,
MESSAGE and KeyboardActivity within the dialog.
"""

from conversation import ALICE, Talk
from support import QUICK_GATEWAY, main


class Sessions(Talk):
    kind = "prosody"
    proof = "external"
    mode = "session"

    @classmethod
    def more(cls):
        return {"presence": "users"}

    @classmethod
    def set_up_lab(cls):
        cls.gateway_settings = {**QUICK_GATEWAY, "sip": {**QUICK_GATEWAY["sip"], "mode": cls.mode}}
        super().set_up_lab()
        cls.names = iter(f"lync{number}" for number in range(1, 99))

    def endpoint(self, **options):
        """Of a user of his own, so that tests do not meet in each other's sessions."""
        return self.lab.lync_user(next(self.names), **options)

    def set_answer(self, endpoint, what, value):
        endpoint.do(what, "", are=value)
        endpoint.wait(event="answering")

    def says(self, endpoint, body, status=200, seconds=15):
        """The SIP user says it, alice hears it, and he is told."""
        sent = endpoint.do("say", ALICE, body=body)
        if status < 300:
            heard = self.alice.wait_message(seconds, body=body)
            self.assertEqual(heard["from"].split("/")[0], endpoint.address)
        answer = endpoint.wait(seconds, event="answered", id=sent)
        self.assertIn(answer["status"], (status, 202) if status == 200 else (status,), answer)
        return answer

    def hears(self, endpoint, body, seconds=15, **fields):
        """Alice says it, and the SIP user hears it, once. Her client knows chat states."""
        self.alice.send(endpoint.address, body, state="active")
        heard = endpoint.wait_message(seconds, body=body, **fields)
        self.assertEqual(heard["from"], ALICE)
        return heard

    def opened(self, endpoint):
        return endpoint.wait(15, event="session", what="opened")


class InSession(Sessions):
    number = 57

    def test_01_an_xmpp_user_opens_one(self):
        lync = self.endpoint()
        first = self.hears(lync, "first <&> 🐴")
        session = self.opened(lync)
        self.assertRegex(session["body"], r"m=message \d+ sip null")
        second = self.hears(lync, "second", within="MESSAGE")
        self.assertEqual(first["call_id"], second["call_id"])
        self.says(lync, "an answer")
        self.assertEqual(lync.events(event="session", what="opened"), [])  # in the same one
        self.assertEqual(lync.events(event="message"), [])                 # nothing came twice

    def test_02_without_ms_text_format_the_first_text_follows(self):
        lync = self.endpoint(ms_text_format=False)
        self.hears(lync, "only once", within="MESSAGE")
        self.hears(lync, "and then", within="MESSAGE")
        self.assertEqual(lync.events(event="message"), [])

    def test_03_a_sip_user_opens_one(self):
        for options in ({}, {"ms_text_format": False}):
            with self.subTest(**options):
                lync = self.endpoint(**options)
                self.says(lync, f"first of {lync.address}")
                self.says(lync, f"second of {lync.address}")
                self.hears(lync, "back", within="MESSAGE")
                self.assertEqual(self.alice.events(event="message", body=f"first of {lync.address}"), [])

    def test_04_typing(self):
        lync = self.endpoint()
        self.hears(lync, "hello")
        self.alice.do("message", lync.address, state="composing")
        self.assertEqual(lync.wait(10, event="typing")["status"], "type")
        self.alice.do("message", lync.address, state="paused")
        self.assertEqual(lync.wait(10, event="typing")["status"], "idle")
        lync.do("type", ALICE, status="type")
        self.alice.wait(10, event="state", state="composing")
        lync.do("type", ALICE, status="idle")
        self.alice.wait(10, event="state", state="paused")

    def test_05_typing_alone_opens_nothing(self):
        lync = self.endpoint()
        self.alice.do("message", lync.address, state="composing")
        self.hears(lync, "hello")
        self.assertEqual(lync.events(event="typing"), [])

    def test_06_either_ends_it(self):
        lync = self.endpoint()
        self.hears(lync, "hello")
        self.opened(lync)
        lync.do("bye", ALICE)
        self.alice.wait(10, event="state", state="gone")
        self.hears(lync, "hello again")
        self.opened(lync)
        self.alice.do("message", lync.address, state="gone")
        lync.wait(10, event="session", what="closed")
        self.says(lync, "and again")

    def test_07_481_in_the_middle(self):
        lync = self.endpoint()
        self.hears(lync, "one")
        self.opened(lync)
        lync.do("lose", ALICE)
        lync.wait(event="session", what="lost")
        self.hears(lync, "two")
        self.opened(lync)
        self.hears(lync, "three", within="MESSAGE")
        self.assertEqual([each["body"] for each in lync.events(event="message")], [])

    def test_08_a_burst_while_it_opens_stays_in_order(self):
        lync = self.endpoint()
        self.set_answer(lync, "invites", "ring")
        texts = [f"number {number}" for number in range(20)]
        for text in texts:
            self.alice.send(lync.address, text)
        lync.wait(15, event="session", what="ringing")
        lync.do("pick_up", "")
        self.assertEqual([lync.wait_message(15)["body"] for _ in texts], texts)

    def test_09_texts_that_are_refused(self):
        lync = self.endpoint()
        self.hears(lync, "one")
        for status, condition in ((415, "not-acceptable"), (403, "forbidden"), (480, "recipient-unavailable")):
            with self.subTest(status=status):
                self.set_answer(lync, "texts", status)
                self.set_answer(lync, "invites", status)
                self.alice_is_told(lync.address, condition)
        self.set_answer(lync, "texts", 200)
        self.set_answer(lync, "invites", 200)
        lync.forget()
        self.hears(lync, "well again")

    def test_10_two_endpoints(self):
        """The one who answers has the session; the other hears no more of it."""
        name = next(self.names)
        desk, mobile = self.lab.lync_user(name, "1"), self.lab.lync_user(name, "2")
        self.set_answer(desk, "invites", "ring")
        self.hears(mobile, "who is there?")
        desk.wait(10, event="session", what="cancelled")
        self.hears(mobile, "you", within="MESSAGE")
        self.assertEqual(desk.events(event="message"), [])
        # then the other one writes, from a session of its own, and is answered there
        self.says(desk, "now I am here")
        self.hears(desk, "welcome", within="MESSAGE")

    def test_11_the_session_is_refreshed(self):
        lync = self.endpoint()
        self.says(lync, "hello")
        lync.do("reinvite", ALICE)
        self.assertEqual(lync.wait(10, event="answered", do="reinvite")["status"], 200)
        self.says(lync, "still here")

    def test_12_a_gateway_that_died(self):
        lync = self.endpoint()
        self.hears(lync, "before")
        self.says(lync, "before, too")
        self.lab.gateway.kill()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()
        self.until_it_reaches(lync, self.alice, "afterwards")
        sent = lync.do("say", ALICE, body="in the old session")
        answer = lync.wait(15, event="answered", id=sent)
        if answer["status"] == 481:  # then it opens another, as Lync does
            self.says(lync, "in a new one")


class Auto(Sessions):
    """The gateway finds out who has sessions, and remembers."""

    number = 72
    mode = "auto"

    def test_01_with_sessions(self):
        lync = self.endpoint()
        self.hears(lync, "to a Lync user")
        self.opened(lync)

    def test_02_without(self):
        for status in (488, 405, 415, 501):
            with self.subTest(status=status):
                lync = self.endpoint()
                self.set_answer(lync, "invites", status)
                heard = self.hears(lync, f"page mode because of {status}")
                self.assertNotIn("within", heard)
                lync.wait(5, event="session", what="refused")
                self.hears(lync, "at once")
                self.assertEqual(lync.events(event="session"), [])  # it was not asked again

    def test_03_a_phone_that_knows_no_invite(self):
        self.reaches_bob("to bob, who answers 405 to an INVITE")
        self.reaches_bob("in page mode")
        self.reaches_alice("fine")


if __name__ == "__main__":
    main()
