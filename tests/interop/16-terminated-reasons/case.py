"""Every status a phone may refuse with, and every reason a subscription may end with, played by sipp, as an
XMPP user sees them: RFC 7247 section 7.2, RFC 6665 section 4.1.3."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import presence
from lab.lab import OURS
from lab.process import wait_until
from sipp import Phone
from support import main

# Status -> what the sender of a message is told. Those that Kamailio does not pass on as they are (503) or
# keeps for itself are in the unit tests.
MESSAGES = {
    300: "redirect", 301: "gone", 302: "redirect", 305: "redirect", 380: "not-acceptable",
    400: "bad-request", 401: "not-authorized", 402: "bad-request", 403: "forbidden", 404: "item-not-found",
    405: "feature-not-implemented", 406: "not-acceptable", 407: "registration-required",
    408: "remote-server-timeout", 410: "gone", 413: "policy-violation", 414: "policy-violation",
    415: "not-acceptable", 416: "not-acceptable", 420: "feature-not-implemented", 421: "not-acceptable",
    423: "resource-constraint", 430: "recipient-unavailable", 439: "feature-not-implemented",
    440: "policy-violation", 480: "recipient-unavailable", 481: "item-not-found", 482: "not-acceptable",
    483: "not-acceptable", 484: "item-not-found", 485: "item-not-found", 486: "recipient-unavailable",
    487: "recipient-unavailable", 488: "not-acceptable", 489: "policy-violation", 491: "unexpected-request",
    493: "bad-request", 500: "internal-server-error", 501: "feature-not-implemented",
    502: "remote-server-not-found", 504: "remote-server-timeout", 505: "not-acceptable",
    513: "policy-violation", 600: "recipient-unavailable", 603: "recipient-unavailable",
    604: "item-not-found", 606: "not-acceptable",
}
HEADERS = {301: "Contact: <sip:elsewhere@contoso.example>", 401: 'WWW-Authenticate: Digest realm="x", nonce="y"',
           407: 'Proxy-Authenticate: Digest realm="x", nonce="y"', 423: "Min-Expires: 7200"}
FOR_EVER = {403, 489, 603}        # to a SUBSCRIBE: never again
NOBODY = {404, 604}
FOR_NOW = {408, 480, 486, 500}    # the authorization stays, and it is tried again later


class Case(presence.Sight):
    number = 56
    presence = "users"

    @classmethod
    def set_up_lab(cls):
        super().set_up_lab()
        cls.ports = iter(range(5071, 5999))

    def phone(self, user, scenario, **values):
        return self.lab.add(Phone(self.lab, user, next(self.ports), scenario, **values))

    def test_00_subscribe_again(self):
        """Now, but not twice within half a minute; probation asks for patience. What comes of it is looked at in
        the end."""
        type(self).again = {user: self.ends(reason, user) for user, reason in (
            ("deactivated", ";reason=deactivated"), ("timeout", ";reason=timeout"),
            ("probation", ";reason=probation;retry-after=2"))}
        for user in ("timeout", "probation"):
            self.hears_of(user, type="unavailable")

    def test_01_a_message_is_refused(self):
        for status, condition in MESSAGES.items():
            with self.subTest(status=status):
                user = f"m{status}"
                phone = self.phone(user, "refuse", method="MESSAGE", status=f"{status} As Ordered",
                                   header=HEADERS.get(status, "X-Nothing: 1"))
                error = self.alice_is_told(f"{user}@{OURS}", condition)
                if status == 301:
                    self.assertEqual(error["moved_to"], f"xmpp:elsewhere@{OURS}")
                phone.stop()
        self.reaches_bob("and bob has noticed nothing")

    def ask(self, user):
        self.alice.do("presence", f"{user}@{OURS}", type="subscribe")

    def hears_of(self, user, seconds=10, **fields):
        return self.alice.wait(seconds, event="presence", bare=f"{user}@{OURS}", **fields)

    def nothing_of(self, user, **fields):
        self.meanwhile_nothing(self.alice, event="presence", bare=f"{user}@{OURS}", **fields)

    def test_02_a_subscription_is_refused(self):
        for status in sorted(FOR_EVER | NOBODY | FOR_NOW):
            with self.subTest(status=status):
                user = f"s{status}"
                phone = self.phone(user, "refuse", method="SUBSCRIBE", status=f"{status} As Ordered",
                                   header="X-Nothing: 1")
                self.ask(user)
                if status in FOR_EVER:
                    self.hears_of(user, type="unsubscribed")
                elif status in NOBODY:
                    self.assertEqual(self.hears_of(user, type="error")["error"], "item-not-found")
                else:
                    self.nothing_of(user, type="unsubscribed")
                phone.stop()

    def ends(self, reason, user):
        phone = self.phone(user, "terminate", reason=reason)
        self.ask(user)
        self.hears_of(user, type="subscribed")
        self.assertEqual(self.hears_of(user, type="")["status"], f"I am {user}")
        return phone

    def test_12_rejected(self):
        phone = self.ends(";reason=rejected", "rejected")
        self.hears_of("rejected", type="unsubscribed")
        self.nothing_of("rejected", type="")
        self.assertEqual(phone.said("SUBSCRIBE"), 1)

    def test_14_giveup(self):
        phone = self.ends(";reason=giveup;retry-after=2", "giveup")
        wait_until(lambda: phone.said("DONE") == 2, 10, "another subscription")
        self.nothing_of("giveup", type="unsubscribed")

    def test_15_noresource(self):
        phone = self.ends(";reason=noresource", "noresource")
        self.hears_of("noresource", type="unavailable")
        self.hears_of("noresource", type="unsubscribed")
        self.nothing_of("noresource", type="")
        self.assertEqual(phone.said("SUBSCRIBE"), 1)

    def test_16_invariant(self):
        """It will never change: what was seen stays."""
        phone = self.ends(";reason=invariant", "invariant")
        wait_until(lambda: phone.said("DONE") == 1, 10, "the end of the subscription")
        self.nothing_of("invariant", type=lambda kind: kind in ("unavailable", "unsubscribed"))
        self.assertEqual(phone.said("SUBSCRIBE"), 1)

    def test_17_no_reason_and_one_that_nobody_knows(self):
        for user, reason in (("silent", ""), ("strange", ";reason=mercury-in-retrograde")):
            with self.subTest(user):
                self.ends(reason, user)
                self.hears_of(user, type="unavailable")
                self.nothing_of(user, type="unsubscribed")

    def test_18_subscribed_again(self):
        for user, phone in self.again.items():
            with self.subTest(user):
                wait_until(lambda: phone.said("DONE") == 2, 50, "another subscription")
                self.nothing_of(user, type="unsubscribed")


if __name__ == "__main__":
    main()
