#include "tests/edge_proxy/matrix/peer.h"

namespace causeway::test::matrix {
namespace {

const std::string kTls = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";
const std::string kSasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

std::string header(const std::string& id) {
  return std::string(
             "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
             "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' "
             "from='") +
         kTheirs + "' to='" + kOurs + "'" + (id.empty() ? "" : " id='" + id + "'") +
         " version='1.0'>";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string attribute(const std::string& element, const std::string& name) {
  const std::size_t at = element.find(" " + name + "='");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 3;
  return element.substr(begin, element.find('\'', begin) - begin);
}

// The name of the first child: "<failure ...><not-authorized/></failure>" has not-authorized.
std::string first_child(const std::string& element) {
  const std::size_t begin = element.find('<', 1) + 1;
  return element.substr(begin, element.find_first_of(" />", begin) - begin);
}

// What the edge answered to a key: valid, invalid, or the condition of its error.
std::string verdict_in(const std::string& result) {
  const std::string type = attribute(result, "type");
  return type == "error" ? first_child(result.substr(result.find("<error"))) : type;
}

std::string message(const std::string& id) {
  return std::string("<message from='bob@") + kTheirs + "' to='ann@" + kOurs + "' id='" + id +
         "'><body>Hello</body></message>";
}

// Hears the edge out.
void listen(Wire& wire, Heard& heard) {
  for (std::string said = wire.next(); !said.empty(); said = wire.next()) {
    if (said.starts_with("<stream:error")) heard.stream_error = first_child(said);
    if (said == "</stream:stream>") wire.end();
  }
}

// A peer that calls.
class Initiator {
 public:
  Initiator(Wire& wire, const Cell& cell, const TlsIdentity& identity, std::string id)
      : wire_(wire), cell_(cell), identity_(identity), id_(std::move(id)) {}

  Heard run() {
    const bool direct = cell_.transport != Transport::starttls && cell_.peer_tls != PeerTls::off;
    if (direct) wire_.begin_tls_as_client(identity_, kOurs, "xmpp-server");
    const bool proved = open() && secure() && prove();
    // Nothing more is said to who has ended the stream.
    if (!ended_) wire_.say(message(id_));
    if (!ended_ && proved) wire_.say("</stream:stream>");
    listen(wire_, heard_);
    return heard_;
  }

 private:
  // False when the edge ends the stream instead of telling its features.
  bool open() {
    wire_.say(header(""));
    const std::string theirs = wire_.next();
    heard_.stream_ids.push_back(attribute(theirs, "id"));
    heard_.header_repeated_to_us &=
        attribute(theirs, "from") == kOurs && attribute(theirs, "to") == kTheirs;
    features_ = wire_.next();
    if (features_.starts_with("<stream:features")) return true;
    heard_.stream_error = first_child(features_);
    ended_ = true;
    return false;
  }

  bool secure() {
    if (wire_.encrypted() || cell_.peer_tls == PeerTls::off) return true;
    if (!has(features_, "<starttls")) return cell_.peer_tls != PeerTls::required;
    wire_.say("<starttls " + kTls + "/>");
    if (!wire_.next().starts_with("<proceed")) return false;
    wire_.begin_tls_as_client(identity_, kOurs, "");
    return open();
  }

  bool prove() {
    if (has(features_, ">EXTERNAL<") && !cell_.prefers_dialback) return external();
    if (cell_.peer_dialback) return dialback();
    return wire_.encrypted() && external();
  }

  bool external() {
    wire_.say("<auth " + kSasl + " mechanism='EXTERNAL'>=</auth>");
    const std::string answer = wire_.next();
    if (answer.starts_with("<success")) return open();
    heard_.sasl = first_child(answer);
    return false;
  }

  bool dialback() {
    wire_.say(std::string("<db:result from='") + kTheirs + "' to='" + kOurs + "'>" + id_ +
              "</db:result>");
    heard_.dialback = verdict_in(wire_.next());
    ended_ = heard_.dialback == "invalid";
    return heard_.dialback == "valid";
  }

  Wire& wire_;
  const Cell& cell_;
  const TlsIdentity& identity_;
  const std::string id_;
  Heard heard_;
  std::string features_;
  bool ended_ = false;  // by the edge, or about to be
};

// A peer that is called.
class Receiver {
 public:
  Receiver(Wire& wire, const Cell& cell, const TlsIdentity& identity)
      : wire_(wire), cell_(cell), identity_(identity) {}

  Heard run() {
    if (cell_.transport == Transport::direct) {
      if (cell_.peer_tls == PeerTls::off) return take_for_xml();
      wire_.begin_tls_as_server(identity_);
    }
    for (std::string said = wire_.next(); !said.empty(); said = wire_.next()) answer(said);
    return heard_;
  }

 private:
  // A ClientHello, read by a port that speaks plain XMPP.
  Heard take_for_xml() {
    wire_.some();
    wire_.say(header("1") +
              "<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
              "</stream:error></stream:stream>");
    wire_.end();
    while (!wire_.some().empty()) continue;
    return heard_;
  }

  void answer(const std::string& said) {
    if (said.starts_with("<stream:stream")) {
      id_ = "D6000022" + std::to_string(++streams_);
      heard_.header_repeated_to_us &=
          attribute(said, "from") == kOurs && attribute(said, "to") == kTheirs;
      wire_.say(header(id_) + "<stream:features>" + features() + "</stream:features>");
    } else if (said.starts_with("<starttls")) {
      wire_.say("<proceed " + kTls + "/>");
      wire_.begin_tls_as_server(identity_);
    } else if (said.starts_with("<auth")) {
      authenticate();
    } else if (said.starts_with("<db:result")) {
      check(said);
    } else if (said.starts_with("<message")) {
      heard_.stanza = attribute(said, "id");
      wire_.say("</stream:stream>");
    } else if (said.starts_with("<stream:error")) {
      heard_.stream_error = first_child(said);
    } else if (said == "</stream:stream>") {
      wire_.say("</stream:stream>");
      wire_.end();
    }
  }

  std::string features() const {
    const bool insists = cell_.peer_tls == PeerTls::required;
    const bool able = cell_.certificate != Certificate::none;
    std::string out;
    if (!wire_.encrypted() && (insists || (cell_.peer_tls == PeerTls::optional && able))) {
      out += "<starttls " + kTls + ">" + (insists ? "<required/>" : "") + "</starttls>";
    }
    if (!wire_.encrypted() && insists) return out;
    if (wire_.peer_has_certificate() && !authenticated_) {
      out += "<mechanisms " + kSasl + "><mechanism>EXTERNAL</mechanism></mechanisms>";
    }
    if (cell_.peer_dialback) out += "<dialback xmlns='urn:xmpp:features:dialback'/>";
    return out;
  }

  void authenticate() {
    authenticated_ = cell_.word == Word::yes;
    if (!authenticated_) heard_.sasl = "not-authorized";
    wire_.say(authenticated_ ? "<success " + kSasl + "/>"
                             : "<failure " + kSasl + "><not-authorized/></failure>");
  }

  // The key is what XEP-0185 makes of the secret: the authoritative server need not be asked.
  void check(const std::string& result) {
    if (!cell_.peer_dialback) {
      wire_.say(
          "<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          "</stream:error></stream:stream>");
      wire_.end();
      return;
    }
    const std::string key =
        dialback_key(kPassphrase, std::string(kTheirs) + " " + kOurs + " " + id_);
    const bool right = has(result, ">" + key + "<");
    heard_.dialback = right && cell_.word != Word::never ? "valid" : "invalid";
    wire_.say(std::string("<db:result from='") + kTheirs + "' to='" + kOurs + "' type='" +
              heard_.dialback + "'/>");
  }

  Wire& wire_;
  const Cell& cell_;
  const TlsIdentity& identity_;
  Heard heard_;
  std::string id_;
  int streams_ = 0;
  bool authenticated_ = false;
};

}  // namespace

Heard initiate(Wire& wire, const Cell& cell, const TlsIdentity& identity, const std::string& id) {
  return Initiator(wire, cell, identity, id).run();
}

Heard receive(Wire& wire, const Cell& cell, const TlsIdentity& identity) {
  return Receiver(wire, cell, identity).run();
}

void vouch(Wire& wire, PeerTls offers_tls, const TlsIdentity& identity) {
  for (std::string said = wire.next(); !said.empty(); said = wire.next()) {
    if (said.starts_with("<stream:stream")) {
      const bool offers = offers_tls != PeerTls::off && !wire.encrypted();
      const std::string insists = offers_tls == PeerTls::required ? "<required/>" : "";
      wire.say(header("a1") + "<stream:features>" +
               (offers ? "<starttls " + kTls + ">" + insists + "</starttls>" : "") +
               "</stream:features>");
    } else if (said.starts_with("<starttls")) {
      wire.say("<proceed " + kTls + "/>");
      wire.begin_tls_as_server(identity);
    } else if (said.starts_with("<db:verify")) {
      if (has(said, ">never")) return;
      wire.say(std::string("<db:verify from='") + kTheirs + "' to='" + kOurs + "' id='" +
               attribute(said, "id") + "' type='" + (has(said, ">yes") ? "valid" : "invalid") +
               "'/>");
    } else if (said == "</stream:stream>") {
      wire.say(said);
      return;
    }
  }
}

}  // namespace causeway::test::matrix
