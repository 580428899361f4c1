"""Each program is restarted or killed while users watch each other: every authorization and subscription is
still there. And the database goes away and comes back."""

import urllib.error
import urllib.request

import presence
from conversation import BOB
from lab.postgres import Postgres
from lab.process import wait_until
from support import QUICK_EDGE, main


class Watching:
    """What holds with either database."""

    database = None  # None: SQLite

    @classmethod
    def set_up_lab(cls):
        cls.gateway_settings = dict(presence.QUICK_PRESENCE)
        if cls.database:
            cls.gateway_settings["store"] = {"database": cls.database}
        cls.edge_settings = QUICK_EDGE
        super().set_up_lab()

    def see_each_other(self, word):
        """What either shows from now on reaches the other, and nobody is asked anything again."""
        self.bob_shows({"id": "desk", "basic": "open", "activity": "away", "note": f"bob {word}"})
        self.alice_sees(30, status=f"bob {word}")
        self.alice.do("presence", None, show="dnd", status=f"alice {word}")
        self.bob_sees(seconds=30, tuples=lambda tuples: any(f"alice {word}" in each["notes"].values()
                                                            for each in tuples))
        self.assertEqual(self.alice.events(event="presence", type="subscribe"), [])
        self.assertEqual(self.alice.events(event="presence", type="unsubscribed"), [])
        self.assertEqual(self.bob.events(event="notify", state="pending"), [])
        self.assertEqual(self.bob.events(event="notify", state="terminated"), [])

    def test_01_they_watch_each_other(self):
        self.bob_shows({"id": "desk", "basic": "open"})
        self.alice_watches()
        self.bob_watches()
        self.see_each_other("at first")

    def restart_gateway(self, end):
        getattr(self.lab.gateway, end)()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()

    def test_02_the_gateway_is_killed(self):
        self.restart_gateway("kill")
        self.see_each_other("after the gateway's death")


class Sqlite(Watching, presence.Sight):
    number = 55

    def test_03_the_gateway_is_restarted(self):
        """In good order: it may end what it serves with "deactivated", which says: subscribe again, now."""
        self.restart_gateway("stop")
        if self.bob.events(event="notify", state="terminated", reason="deactivated"):
            self.bob.wait(event="notify", state="terminated")
            self.bob_asks()
        self.see_each_other("after the gateway's restart")

    def test_04_the_edge(self):
        for end in ("kill", "stop"):
            with self.subTest(end):
                mark = self.lab.gateway.log.mark()
                getattr(self.lab.edge, end)()
                self.lab.edge.start()
                self.lab.gateway.process.wait_for(r" link\.attached ", mark=mark)
                self.lab.edge.wait_open()
                self.see_each_other(f"after the edge's {end}")

    def test_05_the_presence_server(self):
        """Its users register again; its subscriptions are in its database."""
        for end in ("kill", "stop"):
            with self.subTest(end):
                self.bob.stop()
                getattr(self.lab.kamailio, end)()
                self.lab.kamailio.start()
                self.bob.start()
                self.assertEqual(self.bob_asks()["status"], 200)  # a phone that is new: allowed long ago
                self.bob_sees()
                self.see_each_other(f"after Kamailio's {end}")

    def test_06_the_partner(self):
        self.alice.stop()
        self.lab.partner.stop()
        self.bob_sees(seconds=30, tuples=lambda tuples: tuples and all(each["basic"] == "closed" for each in tuples))
        self.lab.partner.start()
        self.alice.start()
        self.alice_sees(30, type="")  # her server asked for it
        self.see_each_other("after Prosody's restart")

    def test_07_all_at_once(self):
        for part in (self.lab.gateway, self.lab.edge):
            part.kill()
        self.lab.edge.start()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()
        self.lab.edge.wait_open()
        self.see_each_other("after a power cut")


class Postgresql(Watching, presence.Sight):
    number = 74

    @classmethod
    def set_up_lab(cls):
        cls.postgres = cls.lab.add(Postgres(cls.lab.places, cls.lab.work))
        cls.database = cls.postgres.uri
        super().set_up_lab()

    def readyz(self):
        """Its status and what it says."""
        try:
            with urllib.request.urlopen(f"http://{self.lab.places.gateway}:9470/readyz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def test_03_the_database_is_away(self):
        self.assertEqual(self.readyz()[0], 200)
        for end in ("kill", "halt"):
            with self.subTest(end):
                getattr(self.postgres, end)()
                self.while_it_is_away(end)
                self.postgres.start()
                self.when_it_is_back(end)

    def while_it_is_away(self, end):
        """Texts go on, what is known is shown, and what must be written down is refused for the time being."""
        self.reaches_bob(f"without a database, {end}")
        self.reaches_alice(f"without a database, {end}")
        self.see_each_other(f"without a database, {end}")
        carol = self.lab.sip_user(f"carol-{end}")
        answer = self.bob_asks(sip=carol)
        self.assertIn(answer["status"], (480, 500, 503), answer)
        dave = self.lab.xmpp_user(f"dave-{end}")
        dave.do("presence", BOB, type="subscribe")
        refusal = dave.wait(20, event="presence", bare=BOB, type="error")
        self.assertEqual(refusal["error_type"], "wait", refusal)
        wait_until(lambda: self.readyz()[0] == 503, 15, "readyz to notice")
        self.assertRegex(self.readyz()[1], "database")

    def when_it_is_back(self, end):
        wait_until(lambda: self.readyz()[0] == 200, 30, "readyz to notice")
        erin = self.lab.xmpp_user(f"erin-{end}")
        erin.do("presence", BOB, type="subscribe")
        erin.wait(15, event="presence", bare=BOB, type="subscribed")
        self.see_each_other(f"after the database's {end}")

    def test_04_killed_together(self):
        self.postgres.kill()
        self.lab.gateway.kill()
        self.postgres.start()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()
        self.see_each_other("after both died")


if __name__ == "__main__":
    main()
