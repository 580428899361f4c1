"""Presence between a SIP user and an XMPP user: the sentences its tests are made of, and what holds everywhere."""

from conversation import ALICE, BOB, Talk
from support import QUICK_GATEWAY

# What makes waiting short: by default seconds between changes (RFC 3856 section 6.10), a minute of grace for
# a partner that cannot be reached, and a leisurely pace after a restart.
QUICK_PRESENCE = {**QUICK_GATEWAY, "presence": {
    "notify_interval_ms": 200, "watch_interval_ms": 100, "peer_grace_seconds": 2,
    "probes_per_second": 1000, "watch_subscribes_per_second": 1000}}


class Sight(Talk):
    """A lab where users may watch each other."""

    kind = "prosody"
    proof = "external"
    gateway_settings = QUICK_PRESENCE
    presence = "open"  # who answers a SUBSCRIBE for SIP users, see kamailio.py

    @classmethod
    def more(cls):
        return {**super().more(), "presence": cls.presence}

    # ---- what SIP users show --------------------------------------------------------------------

    def bob_shows(self, *tuples):
        """Publishes them; with none, takes back what was published."""
        self.bob.do("publish", BOB, tuples=list(tuples))
        answer = self.bob.wait(event="answered", do="publish")
        self.assertEqual(answer["status"], 200, answer)

    def alice_sees(self, seconds=15, **fields):
        """Presence of bob that has these values."""
        seen = self.alice.wait(seconds, event="presence", bare=BOB, **fields)
        return seen

    def alice_asks(self):
        self.alice.do("presence", BOB, type="subscribe")

    def alice_watches(self, **fields):
        """Asks, is allowed, and sees."""
        self.alice_asks()
        self.alice_sees(type="subscribed")
        return self.alice_sees(**{"type": "", **fields})

    def alice_stops(self):
        """Her server keeps the `unsubscribed` that answers it, for it changes nothing (RFC 6121 section 3.3.3)."""
        self.alice.do("presence", BOB, type="unsubscribe")
        self.alice_sees(type="unavailable")

    def roster(self):
        self.alice.do("roster", BOB)
        return self.alice.wait(event="roster")

    # ---- what XMPP users show -------------------------------------------------------------------

    def bob_asks(self, expires=3600, sip=None):
        sip = sip or self.bob
        sip.do("subscribe", ALICE, expires=expires)
        return sip.wait(15, event="answered", do="subscribe")

    def bob_sees(self, state="active", seconds=15, sip=None, **fields):
        return (sip or self.bob).wait(seconds, event="notify", state=state, **{"from": ALICE, **fields})

    def bob_sees_alice(self, seconds=15, sip=None, resources=1, **wanted):
        """A NOTIFY with so many open tuples, of which the first with these values is returned."""
        found = []

        def fits(tuples):
            opened = [each for each in tuples if each["basic"] == "open"]
            matching = [each for each in tuples if all(each.get(key) == value for key, value in wanted.items())]
            found[:] = matching[:1]
            return len(opened) == resources and bool(matching)

        self.bob_sees(sip=sip, seconds=seconds, tuples=fits)
        return found[0]

    def bob_watches(self, sip=None):
        """Asks, is allowed by alice, and sees."""
        sip = sip or self.bob
        self.pending(sip)
        self.alice.do("approve", sip.address)
        return self.bob_sees_alice(sip=sip, basic="open")

    def pending(self, sip):
        """Asks, and so does the gateway."""
        answer = self.bob_asks(sip=sip)
        self.assertEqual(answer["status"], 202, answer)
        self.bob_sees("pending", sip=sip)
        self.alice.wait(15, event="presence", type="subscribe", bare=sip.address)

    # ---- what must not come ---------------------------------------------------------------------

    def meanwhile_nothing(self, user, **fields):
        """After a message has gone round, so that what was under way has arrived."""
        self.reaches_bob("meanwhile")
        self.reaches_alice("meanwhile")
        self.assertEqual(user.events(**fields), [])


class BothWays(Sight):
    """Each watches the other: what every XMPP server must be good for."""

    def test_01_an_xmpp_user_watches_a_sip_user(self):
        self.bob_shows({"id": "desk", "basic": "open", "activity": "away", "note": "à la gare & <away>",
                        "lang": "fr", "priority": "0.5"})
        seen = self.alice_watches(show="away")
        self.assertEqual(seen["statuses"].get("fr", seen["status"]), "à la gare & <away>")
        self.assertEqual(self.roster()["subscription"], "to")
        resource = seen["resource"]
        self.assertTrue(resource)
        self.bob_shows({"id": "desk", "basic": "open", "activity": "on-the-phone", "priority": "0.5"})
        seen = self.alice_sees(show="dnd")
        self.assertEqual(seen["resource"], resource)  # the same device, for ever

    def test_02_a_device_comes_and_goes(self):
        self.bob_shows({"id": "desk", "basic": "open"}, {"id": "car", "basic": "open", "activity": "steering"})
        car = self.alice_sees(show="away")
        self.bob_shows({"id": "desk", "basic": "open"})
        gone = self.alice_sees(type="unavailable")
        self.assertEqual(gone["resource"], car["resource"])
        self.bob_shows({"id": "desk", "basic": "closed"})
        self.alice_sees(type="unavailable")
        self.bob_shows({"id": "desk", "basic": "open"})
        self.alice_sees(type="")

    def test_03_a_sip_user_asks_and_is_allowed(self):
        self.bob_watches()
        self.assertEqual(self.roster()["subscription"], "both")

    def test_04_what_an_xmpp_user_shows(self):
        self.alice.do("presence", None, show="xa", statuses={"": "gone fishing <&>", "de": "beim Angeln 🎣"},
                      priority=7)
        seen = self.bob_sees_alice(show="xa")
        self.assertEqual(seen["notes"].get("de"), "beim Angeln 🎣")
        self.assertIn("gone fishing <&>", seen["notes"].values())
        self.assertIn("away", seen["activities"])
        self.assertRegex(seen["id"], r"^[A-Za-z_]")  # an xs:ID
        self.alice.do("presence", None, show="dnd")
        self.assertEqual(self.bob_sees_alice(show="dnd")["id"], seen["id"])

    def test_05_two_devices_of_an_xmpp_user(self):
        tablet = self.lab.xmpp_user("alice")
        try:
            tablet.do("presence", None, show="chat")
            self.bob_sees_alice(resources=2, show="chat")
        finally:
            tablet.stop()
        self.bob_sees_alice(resources=1, show="dnd")

    def test_06_a_sip_user_looks_away_and_back(self):
        answer = self.bob_asks(expires=0)
        self.assertEqual(answer["status"], 200, answer)
        self.assertEqual(self.bob_sees("terminated")["reason"], "timeout")
        answer = self.bob_asks()
        self.assertEqual(answer["status"], 200, answer)
        self.bob_sees_alice(show="dnd")
        self.meanwhile_nothing(self.alice, event="presence", type="subscribe")  # was asked once and for all
        self.assertEqual(self.roster()["subscription"], "both")

    def test_07_an_xmpp_user_denies_it(self):
        carol = self.lab.sip_user("carol")
        self.pending(carol)
        self.alice.do("deny", carol.address)
        self.assertEqual(self.bob_sees("terminated", sip=carol)["reason"], "rejected")

    def test_08_an_xmpp_user_withdraws_it(self):
        self.alice.do("deny", BOB)
        self.assertEqual(self.bob_sees("terminated")["reason"], "rejected")
        self.assertEqual(self.roster()["subscription"], "to")
        self.assertEqual(self.bob_asks()["status"], 403)  # for a while she is not asked again
        self.meanwhile_nothing(self.alice, event="presence", type="subscribe")

    def test_09_an_xmpp_user_watches_no_more(self):
        self.alice_stops()
        self.assertEqual(self.roster()["subscription"], "none")
        self.bob_shows({"id": "desk", "basic": "open", "activity": "meeting"})
        self.meanwhile_nothing(self.alice, event="presence", show="dnd")
