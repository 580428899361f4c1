"""deploy/demo, once everything is installed and built: sets up the lab and shows a conversation."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import hosts, users
from .daemons import ROOT, events
from .lab import OURS, PASSWORD, THEIRS, Lab
from .process import Failure, wait_until

WORK = ROOT / "build/demo"
PID = WORK / "pid"
ALICE, BOB = f"alice@{THEIRS}", f"bob@{OURS}"
HELLO = "Hello Bob, does this reach your SIP phone? 🐴"
BACK = "It does, Alice: <5269> & \"23456\" & 5061."


class Progress:
    def __init__(self):
        self._begun = time.monotonic()

    def __call__(self, text):
        print(f"  {time.monotonic() - self._begun:5.1f} s  {text}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--loopback", action="store_true")
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    running = _running()
    if options.stop:
        return _stop(running)
    if running:
        print(f"A demo is running already (process {running}); end it with: deploy/demo --stop")
        return 1
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    PID.write_text(f"{os.getpid()}\n")
    try:
        return _show(options)
    except Failure as why:
        print(f"\nThe demo failed: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        PID.unlink(missing_ok=True)


def _show(options):
    say = Progress()
    say("network")
    places = hosts.loopback(40) if options.loopback else hosts.best()
    print(f"           {places.description}")
    with Lab(places, ROOT / "build/release", WORK, say) as lab:
        lab.start(sip="tls", gateway_settings={"sip": _sip_settings(places)})
        alice, bob = lab.xmpp_user("alice"), lab.sip_user("bob", "tls")
        say("ready")
        there = _send_to_sip(lab, alice, bob)
        back = _send_to_xmpp(lab, alice, bob)
        seen = _watch_sip(alice, bob)
        shown = _watch_xmpp(alice, bob)
        _type_and_confirm(alice, bob)
        _print_counters(places)
        print(f"\nBoth messages arrived: {there:.0f} ms to SIP, {back:.0f} ms to XMPP. "
              f"Presence took {seen:.0f} ms to XMPP, {shown:.0f} ms to SIP:\n"
              "a change soon after another waits, one second on the way to XMPP and five on the way to SIP (RFC 3856).")
        if options.keep:
            alice.stop()
            bob.stop()
            _keep(lab)
    return 0


def _sip_settings(places):
    """Kamailio and nobody else may send; the phones of the domain take typing and receipts."""
    return {"trusted_peers": [f"sip.{OURS}"],
            "routes": [{"domain": OURS, "next_hops": [f"sip:{places.sip_server}:5061;transport=tls"],
                        "typing": True, "notifications": True}]}


# ---- the conversation -------------------------------------------------------------------------------

def _send_to_sip(lab, alice, bob):
    begun = time.monotonic()
    alice.send(BOB, HELLO)
    message = bob.wait_message(seconds=30, body=HELLO)
    milliseconds = 1000 * (time.monotonic() - begun)
    stream = _stream(lab, "inbound")
    _print_message(f"{message['from']} (XMPP) says to {BOB} (SIP):", HELLO, [
        ("alice", "Prosody", "5222", "TLS (STARTTLS), password"),
        ("Prosody", "edge_proxy", "5269", _secured(stream)),
        ("edge_proxy", "frontend_gateway", "23456", "mutual TLS, on the connection the gateway opened"),
        ("frontend_gateway", "Kamailio", "5061", f"{_sip_leg(lab, ALICE)}, SIP MESSAGE"),
        ("Kamailio", "bob", "", f"{_transport(message)}, on the connection bob registered over"),
    ], f"bob's phone answered 200 OK; the whole way took {milliseconds:.0f} ms")
    return milliseconds


def _send_to_xmpp(lab, alice, bob):
    begun = time.monotonic()
    sent = bob.send(ALICE, BACK)
    message = alice.wait_message(seconds=30, body=BACK)
    milliseconds = 1000 * (time.monotonic() - begun)
    answer = bob.wait(seconds=30, event="answered", id=sent)
    if answer["status"] != 202:
        raise Failure(f"bob's MESSAGE was answered {answer['status']} {answer['reason']}")
    stream = _stream(lab, "outbound")
    _print_message(f"{message['from'].split('/')[0]} (SIP) says to {ALICE} (XMPP):", BACK, [
        ("bob", "Kamailio", "5061", f"{_sip_leg(lab, BOB)}, SIP MESSAGE"),
        ("Kamailio", "frontend_gateway", "5061", "TLS, the gateway listens for nothing else"),
        ("frontend_gateway", "edge_proxy", "23456", "mutual TLS"),
        ("edge_proxy", "Prosody", "5269", _secured(stream)),
        ("Prosody", "alice", "5222", "TLS (STARTTLS)"),
    ], f"alice had it after {milliseconds:.0f} ms; bob's phone was told {answer['status']} "
       f"{answer['reason']} once no error had come back, after {1000 * answer['seconds']:.0f} ms")
    return milliseconds


# ---- who sees whom, and who types -------------------------------------------------------------------

def _watch_sip(alice, bob):
    """Alice subscribes to bob; the time a change of his takes to reach her."""
    print(f"\n{ALICE} (XMPP) asks to see {BOB} (SIP), whose presence server is Kamailio:")
    bob.do("publish", BOB, tuples=[{"id": "phone", "basic": "open"}])
    alice.do("presence", BOB, type="subscribe")
    alice.wait(15, event="presence", bare=BOB, type="subscribed")
    print("    subscribe -> SUBSCRIBE, NOTIFY active -> subscribed")
    begun = time.monotonic()
    bob.do("publish", BOB, tuples=[{"id": "phone", "basic": "open", "activity": "meeting",
                                    "note": "In a meeting until four"}])
    seen = alice.wait(15, event="presence", bare=BOB, show="dnd")
    milliseconds = 1000 * (time.monotonic() - begun)
    print(f"    bob publishes <rpid:meeting/>; alice sees {seen['show']}: {seen['status']}", flush=True)
    return milliseconds


def _watch_xmpp(alice, bob):
    """Bob subscribes to alice, who is asked; the time a change of hers takes to reach him."""
    print(f"\n{BOB} (SIP) asks to see {ALICE} (XMPP):")
    bob.do("subscribe", ALICE)
    bob.wait(15, event="notify", state="pending")
    alice.wait(15, event="presence", bare=BOB, type="subscribe")
    alice.do("approve", BOB)
    bob.wait(15, event="notify", state="active", tuples=lambda tuples: bool(tuples))
    print("    SUBSCRIBE -> NOTIFY pending; alice is asked and approves -> NOTIFY active")
    begun = time.monotonic()
    alice.do("presence", None, show="away", status="Out for a walk 🐕")
    seen = bob.wait(15, event="notify", tuples=lambda tuples: any(each["show"] == "away" for each in tuples))
    milliseconds = 1000 * (time.monotonic() - begun)
    device = next(each for each in seen["tuples"] if each["show"] == "away")
    print(f"    alice goes away; bob's phone shows {device['basic']}, {', '.join(device['activities'])}: "
          f"{', '.join(device['notes'].values())}", flush=True)
    return milliseconds


def _type_and_confirm(alice, bob):
    print("\nTyping, and a receipt:")
    alice.do("message", BOB, state="composing")
    print(f"    alice types -> bob is sent isComposing {bob.wait(15, event='composing')['state']}")
    bob.do("composing", ALICE, state="active")
    print(f"    bob types -> alice sees {alice.wait(15, event='state')['state']}")
    sent = alice.send(BOB, "Did you get this?", receipt=True)
    message = bob.wait_message(15, body="Did you get this?")
    bob.do("report", ALICE, message_id=message["message_id"], notification="delivery", status="delivered")
    alice.wait(15, event="receipt", receipt=sent)
    print("    alice asks for a receipt -> CPIM with an IMDN request; bob's phone confirms -> received", flush=True)


def _stream(lab, direction):
    """What the edge logged about the S2S stream with the partner."""
    streams = [event for event in events(lab.edge.log, "stream.established")
               if event.get("direction") == direction and event.get("peer") == THEIRS]
    if not streams:
        raise Failure(f"edge_proxy logged no {direction} stream with {THEIRS}")
    return streams[-1]


def _sip_leg(lab, sender):
    """What Kamailio logged the sender's MESSAGE to have come over."""
    return lab.kamailio.log.find(rf"MESSAGE \S+ from sip:{sender}\S*, over (\w+):")[1].upper()


def _transport(message):
    """What the Via on top says: how the last hop sent it."""
    return message["headers"]["via"].split()[0].rpartition("/")[2]


def _secured(stream):
    return f"{stream.get('tls') or 'no TLS'} {stream.get('cipher', '')}, {stream.get('proof')}"


def _print_message(title, body, legs, end):
    print(f"\n{title}\n    {body}")
    for source, target, port, secured in legs:
        print(f"    {source:>16} -> {target:<16} {port:>5}  {secured}")
    print(f"    {end}", flush=True)


def _try_the_forbidden(places):
    probe = (f"import socket; s = socket.socket(); s.settimeout(0.3)\n"
             f"raise SystemExit(s.connect_ex(('{places.gateway}', 5061)) == 0)")
    if subprocess.run([*places.perimeter, "/usr/bin/python3", "-c", probe]).returncode != 0:
        raise Failure("the firewall let a connection from the perimeter to the gateway through")


def _print_counters(places):
    if not places.counters():
        return
    _try_the_forbidden(places)
    rows = places.counters()
    print("\nWhat the firewalls counted (new connections; the rest of each connection follows its first "
          "packet;\nat the end one was tried from the perimeter to the gateway):")
    for network, rule, packets in rows:
        print(f"    {network:<10} {packets:>3}  {rule}")


# ---- --keep and --stop ------------------------------------------------------------------------------

def _keep(lab):
    places = lab.places
    alice = _command(places.internet, "xmpp_user.py",
                     users.xmpp_arguments(ALICE, PASSWORD, lab.partner), BOB)
    bob = _command(places.internal, "sip_user.py",
                   users.sip_arguments(places, BOB, lab.kamailio, "tls", lab.authority), ALICE)
    print(f"""
The lab is running. In two other terminals, as root:

  {alice}

  {bob}

and type. The logs are in {WORK}, e.g.:

  tail -f {lab.edge.log.path} {lab.gateway.log.path}

Ctrl-C here, or deploy/demo --stop, ends it.""", flush=True)
    try:
        signal.pause()
    except (KeyboardInterrupt, SystemExit):
        print("\nEnding the lab.", flush=True)


def _command(host, program, arguments, to):
    return " ".join([*host, "/usr/bin/python3", str(Path(users.HERE) / program), *arguments, "--to", to])


def _running():
    """The process of a demo that is running, or None."""
    try:
        pid = int(PID.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"lab.demo" in command and pid != os.getpid() else None


def _stop(running):
    if not running:
        print("No demo is running.")
        return 0
    os.kill(running, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{running}").exists(), 30, "the demo to end")
    print("The demo has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
