"""Either daemon is killed (SIGKILL) during numbered traffic and started again: nothing acknowledged is lost.

From SIP, acknowledged means 202. From XMPP nothing is ever acknowledged: a message must arrive, or its
sender must get an error. The one exception is the edge's own death: what the partner had written to the
TCP connection and the edge had not yet read or handed on dies with it, and plain XMPP cannot tell. It is
counted, and must be what was under way at that moment.
"""

import time

from support import QUICK_EDGE, InteropCase, main
from traffic import Traffic

ROUNDS = 3
BEFORE, AFTER = 60, 60   # messages settled each way before a kill, and after the start
DRAIN_SECONDS = 12       # longer than the edge waits for a gateway
NOTICE_SECONDS = 1.0     # in which the partner notices that its stream is gone


class Case(InteropCase):
    number = 45

    @classmethod
    def set_up_lab(cls):
        cls.lab.start(edge_settings={"link": {**QUICK_EDGE["link"], "patience_seconds": 8}},
                      gateway_settings={"sip": {"patience_ms": 8000, "error_wait_ms": 50}})
        cls.alice = cls.lab.xmpp_user("alice")
        cls.bobs = [cls.lab.sip_user(f"bob{i}") for i in range(3)]

    def test_01_gateway_killed(self):
        traffic, kills = self.traffic_with_kills("gateway", self.restart_gateway)
        self.check_sip(traffic, kills)
        self.assertEqual(traffic.ledger.missing_from_xmpp(), [])
        self.check_duplicates_and_order(traffic, kills)

    def test_02_edge_killed(self):
        traffic, kills = self.traffic_with_kills("edge", self.restart_edge)
        self.check_sip(traffic, kills)
        lost, under_way = traffic.ledger.missing_from_xmpp(), self.under_way(traffic, kills)
        print(f"    edge killed {ROUNDS} times: {len(lost)} of the {len(under_way)} messages that were under "
              f"way died with its connections")
        self.assertEqual(set(lost) - under_way, set())
        self.check_duplicates_and_order(traffic, kills)

    def test_03_both_end_in_good_order(self):
        self.assertEqual(self.lab.gateway.stop(), 0)
        self.assertEqual(self.lab.edge.stop(), 0)

    # ---------------------------------------------------------------------------------------------

    def traffic_with_kills(self, name, restart):
        traffic = Traffic(name, self.alice, self.bobs)
        traffic.start()
        kills = []
        try:
            for _ in range(ROUNDS):
                traffic.wait_settled(BEFORE)
                kills.append(time.monotonic())
                restart()
                traffic.wait_settled(AFTER)
        finally:
            traffic.stop(DRAIN_SECONDS)
        return traffic, kills

    def restart_gateway(self):
        self.lab.gateway.kill()
        self.lab.gateway.start()
        self.lab.gateway.wait_attached()

    def restart_edge(self):
        self.lab.edge.kill()
        self.lab.edge.start()
        self.lab.edge.wait_open()

    def check_sip(self, traffic, kills):
        ledger = traffic.ledger
        self.assertGreater(len(ledger.accepted), ROUNDS * BEFORE)
        lost = {number: (f"sent {ledger.sent[number] - kill:+.3f} s, accepted "
                         f"{ledger.accepted[number] - kill:+.3f} s from a kill")
                for number in ledger.missing_from_sip()
                for kill in [min(kills, key=lambda kill: abs(kill - ledger.sent[number]))]}
        self.assertEqual(lost, {})

    @staticmethod
    def under_way(traffic, kills):
        return set().union(*(traffic.ledger.unsettled_at(kill, NOTICE_SECONDS) for kill in kills))

    def check_duplicates_and_order(self, traffic, kills):
        ledger = traffic.ledger
        under_way = self.under_way(traffic, kills)
        twice = {number for number, times in ledger.arrived.items() if len(times) > 1}
        print(f"    {len(ledger.sent)} sent, {len(ledger.arrived)} arrived, {len(ledger.refused)} refused, "
              f"{len(twice)} arrived twice")
        self.assertEqual(twice - under_way, set())
        for pair, numbers in ledger.order.items():
            self.assertEqual(numbers, sorted(numbers), f"the order of messages to or from {pair}")


if __name__ == "__main__":
    main()
