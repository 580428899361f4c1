"""Typing and receipts outside sessions: XEP-0085 and isComposing, XEP-0184 and XEP-0333 and IMDN."""

import re

from conversation import ALICE, BOB, Talk
from support import main


class Case(Talk):
    number = 62
    kind = "prosody"
    proof = "external"

    # ---- typing ---------------------------------------------------------------------------------

    def test_01_a_sip_user_types(self):
        """And so shows that his phone knows typing."""
        self.bob.do("composing", ALICE, state="active")
        self.alice.wait(10, event="state", state="composing")
        self.bob.do("composing", ALICE, state="idle")
        self.alice.wait(10, event="state", state="active")
        answer = self.bob.wait(event="answered", do="composing")
        self.assertIn(answer["status"], (200, 202), answer)

    def test_02_an_xmpp_user_types(self):
        self.reaches_bob("hello")
        self.reaches_alice("hello yourself")
        self.alice.do("message", BOB, state="composing")
        self.assertEqual(self.bob.wait(10, event="composing")["state"], "active")
        self.alice.do("message", BOB, state="paused")
        self.assertEqual(self.bob.wait(10, event="composing")["state"], "idle")

    def test_03_a_text_ends_it_without_a_word(self):
        self.alice.do("message", BOB, state="composing")
        self.bob.wait(10, event="composing", state="active")
        self.alice.send(BOB, "the text", state="active")
        self.bob.wait_message(10, body="the text")
        self.reaches_bob("the next")
        self.assertEqual(self.bob.events(event="composing"), [])

    def test_04_a_phone_that_has_not_shown_that_it_knows_typing_hears_none(self):
        carol = self.lab.sip_user("carol")
        self.alice.do("message", carol.address, state="composing")
        self.alice.send(carol.address, "text")
        carol.wait_message(10, body="text")
        self.assertEqual(carol.events(event="composing"), [])
        self.assertEqual(self.alice.events(event="message", type="error"), [])

    # ---- receipts -------------------------------------------------------------------------------

    def test_10_a_sip_user_asks_for_one(self):
        """And so shows that his phone knows CPIM."""
        self.bob.do("cpim", ALICE, body="and you me?", id="cpim-1", wanted=["positive-delivery"])
        heard = self.alice.wait_message(10, body="and you me?")
        self.assertTrue(heard["wants_receipt"], heard)
        self.meanwhile_no_report()
        self.alice.do("received", heard["from"], message=heard["id"])
        report = self.bob.wait(10, event="report")
        self.assertEqual((report["message_id"], report["status"]), ("cpim-1", "delivered"))
        self.meanwhile_no_report()  # one, and none for the report

    def test_11_an_xmpp_user_asks_for_one(self):
        sent = self.alice.send(BOB, "do you hear me?", receipt=True)
        heard = self.bob.wait_message(10, body="do you hear me?")
        self.assertTrue(heard["content_type"].lower().startswith("message/cpim"), heard)
        self.assertIn("positive-delivery", heard["wanted"])
        self.assertEqual(self.alice.events(event="receipt"), [])  # nobody has said so yet
        self.bob.do("report", ALICE, message_id=heard["message_id"], notification="delivery", status="delivered")
        receipt = self.alice.wait(10, event="receipt")
        self.assertEqual(receipt["receipt"], sent)

    def meanwhile_no_report(self):
        self.reaches_bob("meanwhile")
        self.assertEqual(self.bob.events(event="report"), [])

    def test_12_nobody_asked(self):
        heard = self.reaches_alice("plain words")
        self.assertFalse(heard["wants_receipt"])
        heard = self.reaches_bob("plain words back")
        self.assertTrue(heard["content_type"].lower().startswith("text/plain"), heard)

    def test_13_it_failed(self):
        self.bob.do("cpim", f"nobody@{ALICE.split('@')[1]}", body="anybody?", id="cpim-2",
                    wanted=["positive-delivery", "negative-delivery"])
        answer = self.bob.wait(20, event="answered", do="cpim")
        if answer["status"] < 300:
            self.assertEqual(self.bob.wait(10, event="report")["status"], "failed")

    def test_14_displayed(self):
        self.bob.do("cpim", ALICE, body="have you read it?", id="cpim-3", wanted=["display"])
        heard = self.alice.wait_message(10, body="have you read it?")
        self.assertTrue(heard["markable"], heard)
        self.alice.do("displayed", heard["from"], message=heard["id"])
        report = self.bob.wait(10, event="report")
        self.assertEqual((report["message_id"], report["status"]), ("cpim-3", "displayed"))

    # ---- what else a message may be -------------------------------------------------------------

    def test_20_a_correction_is_a_text(self):
        sent = self.alice.send(BOB, "teh")
        self.bob.wait_message(10, body="teh")
        self.alice.send(BOB, "the", replaces=sent)
        heard = self.bob.wait_message(10, body=lambda body: body.endswith("the"))
        self.assertNotEqual(heard["body"], "teh")

    def test_21_encrypted_with_and_without_words(self):
        omemo = "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>"
        self.alice.send(BOB, "This is encrypted.", payload=omemo)
        self.bob.wait_message(10, body="This is encrypted.")
        sent = self.alice.do("message", BOB, payload=omemo)
        error = self.alice.wait_message(10, id=sent, type="error")
        self.assertEqual(error["error"], "not-acceptable")

    def test_22_html_from_sip(self):
        html = ("<html><body><p>fine <b>words</b><script>alert(1)</script>"
                "<a href='javascript:x'>link</a></p></body></html>")
        self.bob.send(ALICE, html, content_type="text/html;charset=UTF-8")
        heard = self.alice.wait_message(10, body=lambda body: "fine words" in body)
        self.assertNotRegex(heard["xhtml"] + heard["body"], re.compile("script|alert", re.IGNORECASE))

    def test_23_subject_language_thread(self):
        self.alice.send(BOB, "mit Betreff", subject="Betreff <&>", lang="de", thread="t1")
        heard = self.bob.wait_message(10, body="mit Betreff")
        self.assertEqual(heard["subject"], "Betreff <&>")
        self.assertEqual(heard["headers"].get("content-language"), "de")
        self.bob.send(ALICE, "Antwort", headers={"Subject": "Re", "Content-Language": "de",
                                                 "Date": "Wed, 01 Jan 2020 00:00:00 GMT"})
        heard = self.alice.wait_message(10, body="Antwort")
        self.assertEqual((heard["subject"], heard["lang"]), ("Re", "de"))
        self.assertTrue(heard["delay"].startswith("2020-01-01T00:00:00"), heard)


if __name__ == "__main__":
    main()
