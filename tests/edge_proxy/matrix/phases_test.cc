// Each wrong beginning of a stream, as the first one, behind STARTTLS and behind authentication:
// what was negotiated before makes no door. A bystander's stream on the same edge notices nothing.

#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <string>

#include "common/log/log.h"
#include "edge_proxy/s2s/federation.h"
#include "tests/edge_proxy/matrix/peer.h"
#include "tests/edge_proxy/matrix/world.h"
#include "tests/edge_proxy/s2s/world.h"

using namespace causeway;
using namespace causeway::test::matrix;
using causeway::test::TlsIdentity;
using causeway::test::Wire;

namespace {

constexpr Cell kCell{.role = Role::receiver,
                     .tls = v1::REQUIRED,
                     .sasl = v1::REQUIRED,
                     .dialback = false,
                     .transport = Transport::starttls,
                     .peer_tls = PeerTls::required,
                     .certificate = Certificate::valid,
                     .peer_dialback = false,
                     .word = Word::yes};

std::string header(const std::string& attributes) {
  return "<?xml version='1.0'?><stream:stream " + attributes + ">";
}
const std::string kSpaces = "xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'";
const std::string kNames = " from='west.fabrikam.example' to='contoso.example' version='1.0'";

enum Phase { fresh, after_starttls, after_authentication };

struct Beginning {
  std::string name;
  std::string says;
  // The condition in each phase.
  std::string conditions[3];
};

const std::vector<Beginning> kBeginnings = {
    {"another stream namespace",
     header("xmlns='jabber:server' xmlns:stream='http://example.org/streams'" + kNames),
     {"invalid-namespace", "invalid-namespace", "invalid-namespace"}},
    {"another content namespace",
     header("xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'" + kNames),
     {"invalid-namespace", "invalid-namespace", "invalid-namespace"}},
    {"attack 21: a namespace with something behind it",
     header("xmlns='jabber:server&#10;x' xmlns:stream='http://etherx.jabber.org/streams'" + kNames),
     {"invalid-namespace", "invalid-namespace", "invalid-namespace"}},
    {"a later version",
     header(kSpaces + " from='west.fabrikam.example' to='contoso.example' version='2.0'"),
     {"unsupported-version", "unsupported-version", "unsupported-version"}},
    {"nobody's host",
     header(kSpaces + " from='west.fabrikam.example' to='elsewhere.example' version='1.0'"),
     {"host-unknown", "improper-addressing", "improper-addressing"}},
    {"nobody, where it has not been said before",
     header(kSpaces + " from='west.fabrikam.example' version='1.0'"),
     {"improper-addressing", "", ""}},
    {"attack 9: another host of ours",
     header(kSpaces + " from='west.fabrikam.example' to='second.example' version='1.0'"),
     {"", "improper-addressing", "improper-addressing"}},
    {"attack 9: another domain",
     header(kSpaces + " from='fabrikam.example' to='contoso.example' version='1.0'"),
     {"policy-violation", "invalid-from", "invalid-from"}},
    {"attack 27: a subdomain of a partner is no partner",
     header(kSpaces + " from='x.west.fabrikam.example' to='contoso.example' version='1.0'"),
     {"policy-violation", "invalid-from", "invalid-from"}},
    {"an address instead of a domain",
     header(kSpaces + " from='bob@west.fabrikam.example' to='contoso.example' version='1.0'"),
     {"improper-addressing", "improper-addressing", "improper-addressing"}},
    {"attack 13: a document type",
     "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><stream:stream " + kSpaces + kNames + ">",
     {"restricted-xml", "restricted-xml", "restricted-xml"}},
    {"attack 13: a comment",
     "<?xml version='1.0'?><!-- --><stream:stream " + kSpaces + kNames + ">",
     {"restricted-xml", "restricted-xml", "restricted-xml"}},
    {"attack 13: a processing instruction",
     "<?xml version='1.0'?><?php ?><stream:stream " + kSpaces + kNames + ">",
     {"restricted-xml", "restricted-xml", "restricted-xml"}},
    {"attack 21: bytes that are no UTF-8",
     header("\xc3\x28='1' " + kSpaces + kNames),
     {"not-well-formed", "not-well-formed", "not-well-formed"}},
    {"another encoding",
     "<?xml version='1.0' encoding='ISO-8859-1'?><stream:stream " + kSpaces + kNames + ">",
     {"unsupported-encoding", "unsupported-encoding", "unsupported-encoding"}},
    {"no XML", "GET / HTTP/1.1\r\n\r\n", {"not-well-formed", "not-well-formed", "not-well-formed"}},
    {"another element",
     "<message xmlns='jabber:server'/>",
     {"invalid-namespace", "invalid-namespace", "invalid-namespace"}},
    {"attack 24: ten thousand attributes",
     [] {
       std::string attributes;
       for (int i = 0; i != 10'000; ++i) attributes += " a" + std::to_string(i) + "=''";
       return header(kSpaces + kNames + attributes);
     }(),
     {"policy-violation", "policy-violation", "policy-violation"}},
};

// A stream as it should be, up to a phase.
class Stream {
 public:
  Stream(int port, const TlsIdentity& identity) : wire_(Wire::to(port)), identity_(identity) {}

  void reach(Phase phase) {
    if (phase == fresh) return;
    open();
    wire_.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    wire_.next();
    wire_.begin_tls_as_client(identity_, kOurs, "");
    if (phase == after_starttls) return;
    open();
    wire_.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
    wire_.next();
  }
  void open() {
    wire_.say(header(kSpaces + kNames));
    wire_.next();
    wire_.next();
  }
  // The condition of the stream's end, or nothing when it goes on, with features.
  std::string end_after(const std::string& beginning) {
    wire_.say(beginning);
    wire_.next();  // the edge's header
    const std::string said = wire_.next();
    if (said.starts_with("<stream:features")) return {};
    if (!said.starts_with("<stream:error>")) return "neither features nor a condition: " + said;
    return said.substr(15, said.find(' ', 15) - 15);
  }
  Wire& wire() { return wire_; }

 private:
  Wire wire_;
  const TlsIdentity& identity_;
};

}  // namespace

TEST_CASE(
    "attack 9, 13, 21, 24, 27: a wrong beginning is wrong in every phase, and costs one stream",
    "[matrix][phases]") {
  log::configure(log::Level::error, log::Format::text);
  std::signal(SIGPIPE, SIG_IGN);
  const World world;
  const auto gathered = std::make_shared<test::Gathered>();
  edge::s2s::Federation federation(world.config(), gathered->uplink());
  REQUIRE(federation.start().ok());
  v1::Snapshot snapshot = snapshot_for(kCell, "127.0.0.1:1");
  snapshot.add_hosted_domains()->set_domain("second.example");
  federation.configure(std::make_shared<v1::Snapshot>(snapshot));
  const std::string address = federation.addresses().front();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  const TlsIdentity& identity = world.peer(Certificate::valid);

  Stream bystander(port, identity);
  bystander.reach(after_authentication);
  bystander.open();
  for (const Beginning& beginning : kBeginnings) {
    for (const Phase phase : {fresh, after_starttls, after_authentication}) {
      Stream stream(port, identity);
      stream.reach(phase);
      INFO(beginning.name << ", phase " << phase);
      CHECK(stream.end_after(beginning.says) == beginning.conditions[phase]);
      INFO(stream.wire().dialogue());
      CHECK(gathered->submitted().empty());
    }
  }
  bystander.wire().say(
      "<message from='bob@west.fabrikam.example' to='ann@contoso.example' id='still-here'>"
      "<body>Hello</body></message>");
  test::wait_until([&] { return gathered->submitted().size() == 1; });
  CHECK(gathered->submitted().front() == "still-here");
  federation.stop();
}
