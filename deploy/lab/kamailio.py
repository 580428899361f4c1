"""Kamailio 5.6 as the SIP server: registrar, relay and presence server for one domain.

What is not of its domain goes to the gateway; what the gateway sends goes to registered users. It stores
nothing for users who are away: the sender sees 404 then, as the tests want it.
"""

import sqlite3
from pathlib import Path

from .process import Process, run

_SCHEMAS = Path("/usr/share/kamailio/db_sqlite")


class Kamailio:
    def __init__(self, places, work, domain, gateway_uri, authority=None):
        """`authority`: also listens on 5061 for TLS, and trusts it when it calls a sips or tls URI."""
        self.address = places.sip_server
        self.folder = work / "kamailio"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._database = self.folder / "presence.sqlite"
        _make_database(self._database)
        configuration = self.folder / "kamailio.cfg"
        configuration.write_text(self._text(domain, gateway_uri, authority is not None))
        if authority:
            leaf = authority.leaf("kamailio", dns=[f"sip.{domain}", domain], addresses=[self.address])
            (self.folder / "tls.cfg").write_text(_tls(leaf, authority))
        self._process = Process(
            "kamailio",
            ["kamailio", "-f", configuration, "-DD", "-E", "-m", "64", "-M", "8",
             "-Y", self.folder, "-P", self.folder / "kamailio.pid"],
            self.folder / "kamailio.log", places.internal)

    @property
    def log(self):
        return self._process.log

    def start(self):
        mark = self._process.log.mark()
        # said by the first worker; every socket listens by then
        self._process.start().wait_for(r"lab: ready", mark=mark)

    def stop(self):
        self._process.stop()

    def _text(self, domain, gateway_uri, tls):
        at = self.address
        return f"""#!KAMAILIO
# made by the lab
debug=2
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
tcp_rd_buf_size=262144
tcp_connect_timeout=3
tcp_send_timeout=5
server_header="Server: kamailio"
listen=udp:{at}:5060
listen=tcp:{at}:5060
{f"enable_tls=yes{chr(10)}listen=tls:{at}:5061" if tls else ""}
alias="{domain}"

loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "sanity.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "db_sqlite.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
{'loadmodule "tls.so"' if tls else ""}
{f'modparam("tls", "config", "{self.folder}/tls.cfg")' if tls else ""}

# longer than the gateway may take to hand a message on, so that it is the gateway who says what happened
modparam("tm", "fr_timer", 35000)
modparam("tm", "failure_reply_mode", 3)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "method_filtering", 1)
modparam("registrar", "max_contacts", 10)
modparam("registrar", "default_expires", 3600)
modparam("db_sqlite", "db_set_journal_mode", "{self._database}=WAL")
modparam("presence", "db_url", "sqlite:///{self._database}")
modparam("presence", "server_address", "sip:presence@{at}:5060")
modparam("presence", "subs_db_mode", 1)       # one worker a transport: sqlite knows no second writer
modparam("presence", "publ_cache", 0)
modparam("presence", "notifier_processes", 0)
modparam("presence", "min_expires", 10)
modparam("presence", "min_expires_action", 1)
modparam("presence_xml", "db_url", "sqlite:///{self._database}")
modparam("presence_xml", "force_active", 1)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (!sanity_check("17895", "7")) {{ exit; }}
    xlog("L_NOTICE", "lab: $rm $ru from $fu, over $proto:$si:$sp, $cT\\n");

    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (!is_method("ACK")) {{ if (t_precheck_trans()) {{ t_check_trans(); exit; }} t_check_trans(); }}

    if (has_totag()) {{
        if (is_method("SUBSCRIBE") && uri == myself) {{ route(PRESENCE); exit; }}
        if (loose_route()) {{ route(RELAY); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
        route(RELAY); exit;
    }}
    if (is_method("INVITE|SUBSCRIBE")) record_route();

    if ($rd != "{domain}" && !(uri == myself)) {{
        if ($fd != "{domain}") {{ sl_send_reply("403", "Relaying denied"); exit; }}
        $du = "{gateway_uri}";
        route(RELAY); exit;
    }}
    if (is_method("REGISTER")) {{ if (!save("location")) sl_reply_error(); exit; }}
    if (is_method("PUBLISH|SUBSCRIBE")) {{ route(PRESENCE); exit; }}
    if ($rU == $null) {{ sl_send_reply("484", "Address Incomplete"); exit; }}
    if (!lookup("location")) {{
        switch ($rc) {{
            case -2: sl_send_reply("405", "Method Not Allowed"); exit;
            default: sl_send_reply("404", "Not Found"); exit;
        }}
    }}
    route(RELAY);
}}

route[PRESENCE] {{
    if (!t_newtran()) {{ sl_reply_error(); exit; }}
    if (is_method("PUBLISH")) handle_publish();
    if (is_method("SUBSCRIBE")) handle_subscribe();
    t_release();
    exit;
}}

route[RELAY] {{
    t_on_failure("REPORT");
    if (!t_relay()) sl_reply_error();
    exit;
}}

failure_route[REPORT] {{
    xlog("L_NOTICE", "lab: $rm $ru failed with $T_reply_code\\n");
}}

event_route[core:worker-one-init] {{
    xlog("L_NOTICE", "lab: ready\\n");
}}
"""


def _tls(leaf, authority):
    common = (f"method = TLSv1.2+\ncertificate = {leaf.certificate}\nprivate_key = {leaf.key}\n"
              f"ca_list = {authority.certificate}\n")
    return (f"[server:default]\n{common}verify_certificate = no\nrequire_certificate = no\n"
            f"[client:default]\n{common}verify_certificate = yes\nrequire_certificate = yes\n")


def _make_database(path):
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    database = sqlite3.connect(path)
    for table in ("standard", "presence"):
        database.executescript((_SCHEMAS / f"{table}-create.sql").read_text())
    database.close()
