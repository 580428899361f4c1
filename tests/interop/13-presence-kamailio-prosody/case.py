"""Presence and its authorization both ways, with Kamailio's presence server, Prosody, and a real client."""

import presence
from conversation import ALICE, BOB
from lab.process import wait_until
from support import main


class Open(presence.BothWays):
    number = 53

    def test_20_a_look_without_a_subscription(self):
        """An Expires of 0 (RFC 6665 section 4.4.3): what is known now, once."""
        dora = self.lab.sip_user("dora")
        self.bob_watches(dora)
        self.bob_asks(sip=dora, expires=0)
        self.bob_sees("terminated", sip=dora)
        dora.forget()
        self.alice.do("presence", None, show="away", status="tea")
        self.reaches_bob("meanwhile")
        answer = self.bob_asks(sip=dora, expires=0)
        self.assertEqual(answer["status"], 200, answer)
        seen = self.bob_sees("terminated", sip=dora)
        self.assertEqual(seen["reason"], "timeout")
        self.assertEqual([each["basic"] for each in seen["tuples"]], ["open"])

    def test_21_requests_that_cannot_be_served(self):
        erin = self.lab.sip_user("erin")
        erin.do("subscribe", ALICE, event={"Event": "dialog"})
        answer = erin.wait(event="answered", do="subscribe")
        self.assertEqual(answer["status"], 489, answer)
        answer = self.bob_asks(sip=erin, expires=3)
        self.assertEqual(answer["status"], 423, answer)
        self.assertGreater(int(answer["min_expires"]), 3)
        erin.do("subscribe", "someone@unlisted.example")
        answer = erin.wait(event="answered", do="subscribe")
        self.assertEqual(answer["status"], 404, answer)

    def test_22_a_phone_that_forgot_is_left_alone(self):
        fred = self.lab.sip_user("fred")
        self.bob_watches(fred)
        fred.do("forget", ALICE)
        self.alice.do("presence", None, show="dnd", status="one")
        fred.wait(15, event="refused", method="NOTIFY")
        self.alice.do("presence", None, show="chat", status="two")
        self.meanwhile_nothing(fred, event="refused")

    def test_23_many_watch_one(self):
        carol = self.lab.xmpp_user("carol")
        self.bob_shows({"id": "desk", "basic": "open", "note": "for both"})
        for user in (self.alice, carol):
            user.do("presence", BOB, type="subscribe")
            user.wait(15, event="presence", bare=BOB, type="subscribed")
            user.wait(15, event="presence", bare=BOB, status="for both")
        self.bob_shows({"id": "desk", "basic": "open", "activity": "busy"})
        for user in (self.alice, carol):
            user.wait(15, event="presence", bare=BOB, show="dnd")
        for user in (self.alice, carol):
            user.do("presence", BOB, type="unsubscribe")
            user.wait(15, event="presence", bare=BOB, type="unavailable")


class Rules(presence.Sight):
    """Bob's presence server asks bob."""

    number = 67
    presence = "rules"

    def test_01_pending_is_silence(self):
        self.bob_shows({"id": "desk", "basic": "open", "note": "secret"})
        self.alice_asks()
        self.until_kamailio_notified()
        self.meanwhile_nothing(self.alice, event="presence", bare=BOB)
        self.assertEqual(self.roster()["ask"], "subscribe")

    def until_kamailio_notified(self):
        wait_until(lambda: self.lab.kamailio.log.find(r"send_notify_request"), 10, "a NOTIFY")

    def test_02_then_allowed(self):
        self.lab.kamailio.allow("bob", [ALICE])
        self.alice_sees(type="subscribed")
        self.assertEqual(self.alice_sees(type="")["status"], "secret")
        self.assertEqual(self.roster()["subscription"], "to")

    def test_03_then_blocked(self):
        self.lab.kamailio.block("bob", [ALICE])
        self.alice_sees(type="unsubscribed")
        self.assertEqual(self.roster()["subscription"], "none")
        self.bob_shows({"id": "desk", "basic": "open", "note": "not for alice"})
        self.meanwhile_nothing(self.alice, event="presence", status="not for alice")

    def test_04_asked_again_and_blocked_from_the_start(self):
        self.alice_asks()
        self.alice_sees(type="unsubscribed")


if __name__ == "__main__":
    main()
