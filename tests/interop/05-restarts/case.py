"""Either daemon is killed (SIGKILL) during numbered traffic and started again: nothing acknowledged is lost.

From SIP, acknowledged means 202. From XMPP nothing is ever acknowledged: a message must arrive, or its
sender must get an error. The one exception is the edge's own death: what the partner had written to the
TCP connection and the edge had not yet read or handed on dies with it, and plain XMPP cannot tell. It is
counted, and must be what was under way at that moment.

What had arrived but was not yet acknowledged between the daemons arrives again: at least once, never less.
"""

import itertools
import time

from support import QUICK_EDGE, InteropCase, main
from traffic import Traffic

ROUNDS = 3
BEFORE, AFTER = 60, 60   # messages settled each way before a kill, and after the start
PATIENCE_SECONDS = 5     # of either daemon for the other
DRAIN_SECONDS = PATIENCE_SECONDS + 2
ACKNOWLEDGED_SECONDS = 1.0   # within which what has arrived is acknowledged between the daemons


class Case(InteropCase):
    number = 45

    @classmethod
    def set_up_lab(cls):
        cls.lab.start(edge_settings={"link": {**QUICK_EDGE["link"], "patience_seconds": PATIENCE_SECONDS}},
                      gateway_settings={"sip": {"patience_ms": 1000 * PATIENCE_SECONDS, "error_wait_ms": 50}})
        cls.alice = cls.lab.xmpp_user("alice")
        cls.bobs = [cls.lab.sip_user(f"bob{i}") for i in range(3)]

    def test_01_gateway_killed(self):
        traffic, kills = self.traffic_with_kills("gateway", self.restart_gateway)
        self.check_sip(traffic, kills)
        self.assertEqual(traffic.ledger.missing_from_xmpp(), [])
        self.check_duplicates(traffic, kills)
        self.check_order(traffic, kills)

    def test_02_edge_killed(self):
        traffic, kills = self.traffic_with_kills("edge", self.restart_edge)
        self.check_sip(traffic, kills)
        lost, under_way = traffic.ledger.missing_from_xmpp(), self.under_way(traffic, kills)
        print(f"    edge killed {ROUNDS} times: {len(lost)} messages died with its connections")
        self.assertEqual(set(lost) - under_way, set())
        self.check_duplicates(traffic, kills)
        # Prosody 0.12 sends what it queued while it connected after what came in the meantime
        self.check_order(traffic, kills, excepted=under_way)

    def test_03_both_end_in_good_order(self):
        self.assertEqual(self.lab.gateway.stop(), 0)
        self.assertEqual(self.lab.edge.stop(), 0)

    # ---------------------------------------------------------------------------------------------

    def traffic_with_kills(self, name, restart):
        self.have_streams()
        traffic = Traffic(name, self.alice, self.bobs)
        traffic.start()
        kills = []
        try:
            for _ in range(ROUNDS):
                traffic.wait_settled(BEFORE)
                killed = time.monotonic()
                restart()
                kills.append((killed, time.monotonic()))
                traffic.wait_settled(AFTER)
        finally:
            traffic.stop(DRAIN_SECONDS)
        return traffic, kills

    def have_streams(self):
        """One message each way: what Prosody queues for a stream's beginning it does not keep in order."""
        self.alice.send(self.bobs[0].address, "first")
        self.bobs[0].wait_message(15, body="first")
        self.bobs[0].send(self.alice.address, "first")
        self.alice.wait_message(15, body="first")

    def restart_gateway(self):
        self.lab.gateway.kill()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()

    def restart_edge(self):
        self.lab.edge.kill()
        self.lab.edge.start()
        self.lab.edge.wait_open()
        self.lab.edge.process.wait_for(r" stream\.established .*direction=inbound", mark=self.lab.edge.mark)

    def check_sip(self, traffic, kills):
        ledger = traffic.ledger
        self.assertGreater(len(ledger.accepted), ROUNDS * BEFORE)
        lost = [f"{number} (accepted {self.since_kill(ledger.accepted[number], kills)})"
                for number in ledger.missing_from_sip()]
        self.assertEqual(lost, [])

    @staticmethod
    def under_way(traffic, kills):
        return set().union(*(traffic.ledger.under_way(killed - ACKNOWLEDGED_SECONDS, back + ACKNOWLEDGED_SECONDS)
                             for killed, back in kills))

    def check_duplicates(self, traffic, kills):
        ledger = traffic.ledger
        twice = {number for number, times in ledger.arrived.items() if len(times) > 1}
        print(f"    {len(ledger.sent)} sent, {len(ledger.arrived)} arrived, {len(ledger.refused)} refused, "
              f"{len(twice)} arrived twice")
        self.assertEqual(twice - self.under_way(traffic, kills), set())

    def check_order(self, traffic, kills, excepted=frozenset()):
        ledger = traffic.ledger
        for pair, numbers in ledger.order.items():
            numbers = [number for number in numbers if number not in excepted]
            late = [f"{number} (sent {self.since_kill(ledger.sent[number], kills)}, arrived "
                    f"{self.since_kill(ledger.arrived[number][0], kills)}) after {before}"
                    for before, number in itertools.pairwise(numbers) if number < before]
            self.assertEqual(late, [], f"out of order, {pair}")

    @staticmethod
    def since_kill(moment, kills):
        killed, back = min(kills, key=lambda kill: abs(kill[0] - moment))
        return f"{moment - killed:+.3f} s from a kill that lasted {back - killed:.3f} s"


if __name__ == "__main__":
    main()
