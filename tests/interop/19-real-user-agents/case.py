"""Phones that others wrote, baresip and linphonec, in conversation with an XMPP user."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from conversation import ALICE, Talk
from lab.lab import OURS
from phones import Baresip, Linphone
from support import QUICK_GATEWAY, main

TEXTS = ["plain words", "Grüße aus Köln – 你好 🐴", "<b>&amp; \\20 %0d%0a"]


class Case(Talk):
    number = 63
    kind = "prosody"
    proof = "external"

    @classmethod
    def set_up_lab(cls):
        next_hop = f"sip:{cls.lab.places.sip_server}:5060;transport=tcp"
        cls.gateway_settings = {**QUICK_GATEWAY, "sip": {**QUICK_GATEWAY["sip"], "routes": [
            {"domain": OURS, "next_hops": [next_hop], "notifications": True}]}}
        super().set_up_lab()
        cls.baresip = cls.lab.add(Baresip(cls.lab, "bea", ALICE))
        cls.linphone = cls.lab.add(Linphone(cls.lab, "lin"))

    def test_01_baresip(self):
        for text in TEXTS:
            with self.subTest(text):
                self.alice.send(self.baresip.address, text)
                self.baresip.hears(ALICE, text)
                self.baresip.say(f"{text} back")
                heard = self.alice.wait_message(15, body=f"{text} back")
                self.assertEqual(heard["from"].split("/")[0], self.baresip.address)

    def test_02_linphone(self):
        for text in TEXTS:
            with self.subTest(text):
                self.alice.send(self.linphone.address, text)
                self.linphone.hears(ALICE, text)
                self.linphone.say(ALICE, f"{text} back")
                heard = self.alice.wait_message(15, body=f"{text} back")
                self.assertEqual(heard["from"].split("/")[0], self.linphone.address)

    def test_03_what_linphone_sends_unasked_is_nobodys_text(self):
        """It reports each text it has heard, compressed, whether anybody wants to know or not."""
        self.alice.send(self.linphone.address, "did you hear this?")
        self.linphone.hears(ALICE, "did you hear this?")
        self.linphone.say(ALICE, "that was all")
        self.alice.wait_message(15, body="that was all")
        self.assertEqual(self.alice.events(event="message"), [])
        self.assertEqual(self.alice.events(event="receipt"), [])

    def test_04_cpim(self):
        """A text that asks for a receipt goes as CPIM where the configuration says that phones take it. linphonec
        shows the text; its report is not in CPIM, so it says nothing of the text and is refused."""
        self.alice.send(self.linphone.address, "please confirm", receipt=True)
        self.linphone.hears(ALICE, "please confirm")


if __name__ == "__main__":
    main()
