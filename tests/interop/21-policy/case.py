"""Who may do what: partner types, external access policies, and changes of both while everything runs."""

import presence
from conversation import ALICE, BOB
from lab.daemons import partner
from lab.lab import OURS, THEIRS
from lab.process import run
from support import main

VERIFIED, UNVERIFIED, LATE = "verified.example", "unverified.example", "late.example"
LARA = f"lara@{LATE}"  # at the same server, of a domain that is no partner yet
TRUST = {"tls": "Required", "sasl": "Required", "dialback": False}


def of_type(domain, kind):
    return {**partner(domain, **TRUST), "partner_type": kind}


class Case(presence.Sight):
    number = 65

    @classmethod
    def more(cls):
        return {**super().more(), "domains": [THEIRS, VERIFIED, UNVERIFIED, LATE],
                "partners": [of_type(VERIFIED, "PublicVerified"), of_type(UNVERIFIED, "PublicUnverified")]}

    @classmethod
    def set_up_lab(cls):
        cls.socket = cls.lab.work / "frontend_gateway.sock"
        cls.gateway_settings = {
            **presence.Sight.gateway_settings,
            "policies": [{"identity": "site:Redmond", "enable_federation_access": True,
                          "enable_xmpp_access": False},
                         {"identity": "sales", "enable_federation_access": True, "enable_xmpp_access": True}],
            "users": [{"address": f"roger@{OURS}", "site": "Redmond"},
                      {"address": f"sally@{OURS}", "site": "Redmond", "policy": "sales"},
                      {"address": f"brad@{OURS}", "branch_appliance": True}],
        }
        super().set_up_lab()
        cls.vera = cls.lab.xmpp_user("vera", VERIFIED)
        cls.ursula = cls.lab.xmpp_user("ursula", UNVERIFIED)

    def refused(self, user, to, condition="not-allowed"):
        sent = user.send(to, "are you there?")
        error = user.wait_message(15, id=sent, type="error")
        self.assertEqual(error["error"], condition)
        self.assertTrue(error["text"], error)  # with a reason
        return error

    # ---- partner types --------------------------------------------------------------------------

    def test_01_notes_are_for_federated_partners(self):
        self.bob_shows({"id": "desk", "basic": "open", "activity": "away", "note": "internal only"})
        self.assertEqual(self.alice_watches(show="away")["status"], "internal only")
        self.vera.do("presence", BOB, type="subscribe")
        self.vera.wait(15, event="presence", bare=BOB, type="subscribed")
        seen = self.vera.wait(15, event="presence", bare=BOB, type="", show="away")
        self.assertEqual((seen["status"], seen["statuses"]), ("", {}))

    def test_02_unverified_strangers_wait_to_be_known(self):
        self.refused(self.ursula, BOB, "forbidden")
        self.refused(self.ursula, f"nobody-at-all@{OURS}", "forbidden")  # and learn nothing of who exists
        self.ursula.do("presence", BOB, type="subscribe")
        self.ursula.wait(15, event="presence", bare=BOB, type=lambda kind: kind in ("error", "unsubscribed"))
        self.bob.send(self.ursula.address, "it is me who asks")
        self.ursula.wait_message(15, body="it is me who asks")
        self.ursula.send(BOB, "then I may answer")
        self.bob.wait_message(15, body="then I may answer")

    # ---- external access ------------------------------------------------------------------------

    def test_10_the_most_special_policy_holds(self):
        roger, sally, brad = (self.lab.sip_user(name) for name in ("roger", "sally", "brad"))
        self.refused(self.alice, roger.address)             # his site may not
        self.alice.send(sally.address, "you may")           # she may, whatever her site
        sally.wait_message(15, body="you may")
        self.refused(self.alice, brad.address)              # a branch appliance has no XMPP
        for user in (roger, brad):
            sent = user.send(ALICE, "may I?")
            answer = user.wait(15, event="answered", id=sent)
            self.assertEqual(answer["status"], 403, answer)
            self.assertGreater(len(answer["reason"]), len("Forbidden"), answer)
            user.do("subscribe", ALICE)
            self.assertEqual(user.wait(15, event="answered", do="subscribe")["status"], 403)
        for user in (roger, brad):
            self.alice.do("presence", user.address, type="subscribe")
            self.alice.wait(15, event="presence", bare=user.address,
                            type=lambda kind: kind in ("error", "unsubscribed"))

    # ---- at run time ----------------------------------------------------------------------------

    def command(self, *arguments):
        return run([self.lab.build / "frontend_gateway/frontend_gateway", *arguments, "--socket", self.socket])

    def test_20_a_partner_comes(self):
        self.bob_is_told(LARA, 404)
        self.command("partner", "set", LATE, "--type", "Federated", "--tls", "Required", "--sasl", "Required",
                     "--dialback", "no")
        self.assertIn(LATE, self.command("partner", "list"))
        type(self).lara = self.lab.xmpp_user(*LARA.split("@"))
        self.until_it_reaches(self.lara, self.bob, "now you may")
        self.until_it_reaches(self.bob, self.lara, "at last")
        self.bob_shows({"id": "desk", "basic": "open", "activity": "away", "note": "to friends"})
        self.lara.do("presence", BOB, type="subscribe")
        self.lara.wait(15, event="presence", bare=BOB, type="subscribed")
        self.lara.wait(15, event="presence", bare=BOB, status="to friends")
        self.bob.do("subscribe", LARA)
        self.bob.wait(15, event="notify", state="pending", **{"from": LARA})
        self.lara.do("approve", BOB)
        self.bob.wait(15, event="notify", state="active", **{"from": LARA})

    def test_21_its_type_changes(self):
        self.command("partner", "set", LATE, "--type", "PublicVerified")
        self.lara.forget()
        self.bob_shows({"id": "desk", "basic": "open", "activity": "busy", "note": "not to the public"})
        seen = self.lara.wait(15, event="presence", bare=BOB, type="", show="dnd")
        self.assertEqual((seen["status"], seen["statuses"]), ("", {}))

    def test_22_it_goes(self):
        mark = self.lab.edge.log.mark()
        self.command("partner", "remove", LATE)
        self.lab.edge.process.wait_for(rf" stream\.closed .*{LATE}", mark=mark)
        self.bob.wait(15, event="notify", state="terminated", **{"from": LARA})
        self.bob_is_told(LARA, 404)
        sent = self.lara.send(BOB, "still there?")
        self.lara.wait_message(30, id=sent, type="error")
        self.assertEqual(self.bob.events(event="message", body="still there?"), [])
        self.reaches_bob("others go on")

    def test_23_a_policy_changes(self):
        sam = self.lab.sip_user("sam")
        self.alice.send(sam.address, "before")
        sam.wait_message(15, body="before")
        self.command("user", "set", sam.address, "--branch-appliance", "yes")
        self.refused(self.alice, sam.address)
        self.command("user", "remove", sam.address)
        self.alice.send(sam.address, "after")
        sam.wait_message(15, body="after")
        self.command("policy", "set", "global", "--federation", "yes", "--xmpp", "no")
        self.refused(self.alice, BOB)
        self.command("policy", "set", "global", "--federation", "yes", "--xmpp", "yes")
        self.reaches_bob("allowed again")


if __name__ == "__main__":
    main()
