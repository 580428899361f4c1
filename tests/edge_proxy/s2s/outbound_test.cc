#include "edge_proxy/s2s/outbound.h"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "common/federation/negotiation.h"
#include "tests/edge_proxy/s2s/fake_stream.h"
#include "tests/edge_proxy/s2s/settings.h"
#include "tests/support/asio/run.h"

using namespace causeway;
using namespace causeway::edge;
using test::Settings;
using v1::StreamEvent;

namespace {

const char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' "
    "from='fabrikam.example' to='contoso.example' id='D60000229F' version='1.0'>";

enum class Tls { none, offered, required };

// A receiving server.
struct Responder {
  Tls tls = Tls::offered;
  bool external = true;
  std::string dialback = "valid";  // type of its answer
  std::string header = kHeader;

  std::string operator()(const std::string& said) {
    if (said == "(tls)") secure = true;
    if (said.rfind("<?xml", 0) == 0) return header + features();
    if (said.rfind("<starttls", 0) == 0) {
      return "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    }
    if (said.rfind("<auth", 0) == 0) {
      authenticated = true;
      return "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    }
    if (said.rfind("<db:result", 0) == 0) {
      // First what nobody asked for: about other domains, and of the other kind.
      return "<db:result from='evil.example' to='contoso.example' type='valid'/>"
             "<db:verify from='fabrikam.example' to='contoso.example' id='1' type='valid'/>"
             "<db:result from='fabrikam.example' to='contoso.example' type='" +
             dialback + "'/>";
    }
    return {};
  }

  std::string features() const {
    if (header != kHeader) return {};  // legacy
    std::string out = "<stream:features>";
    if (!secure && tls != Tls::none) {
      out += "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>";
      if (tls == Tls::required) out += "<required/>";
      out += "</starttls>";
    }
    if (secure && external && !authenticated) {
      out +=
          "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
          "<mechanism>EXTERNAL</mechanism></mechanisms>";
    }
    return out + "</stream:features>";
  }

  bool secure = false;  // how far it has come
  bool authenticated = false;
};

asio::awaitable<void> negotiate(s2s::Outbound& outbound, StreamEvent::Proof& proof,
                                std::string& refused) {
  try {
    proof = co_await s2s::negotiate(outbound);
  } catch (const std::runtime_error& error) {
    refused = error.what();
  }
}

struct Run {
  asio::io_context io{1};
  std::shared_ptr<const s2s::Directory> directory;
  stream::Steps steps;
  test::FakeStream stream;
  StreamEvent::Proof proof = StreamEvent::NO_PROOF;
  std::string refused;

  Run(const Settings& settings, Responder responder, tls::PeerCertificate certificate)
      : directory(test::directory_of(settings)),
        stream(std::move(responder), std::move(certificate)) {
    s2s::Outbound outbound{.stream = stream,
                           .partner = *directory->partner("fabrikam.example"),
                           .secret = directory->secret(),
                           .local = *address::Domain::parse("contoso.example"),
                           .remote = *address::Domain::parse("fabrikam.example"),
                           .steps = steps};
    test::run(io, negotiate(outbound, proof, refused));
  }
};

}  // namespace

TEST_CASE("our domain is proved in the best way that both sides allow", "[s2s][outbound]") {
  const auto tls = GENERATE(v1::REQUIRED, v1::OPTIONAL, v1::NOT_SUPPORTED);
  const auto sasl = GENERATE(v1::REQUIRED, v1::OPTIONAL, v1::NOT_SUPPORTED);
  const bool dialback = GENERATE(true, false);
  const bool certified = GENERATE(true, false);
  const auto theirs = GENERATE(Tls::none, Tls::offered, Tls::required);
  const bool external = GENERATE(true, false);
  INFO("tls " << tls << " sasl " << sasl << " dialback " << dialback << " certified " << certified
              << " theirs " << static_cast<int>(theirs) << " external " << external);

  if (federation::judge(tls, sasl, dialback).methods.empty()) {
    CHECK(test::directory_of({tls, sasl, dialback})->partner("fabrikam.example") == nullptr);
    return;
  }
  const bool encrypted = tls != v1::NOT_SUPPORTED && theirs != Tls::none;
  const bool agreed = !(tls == v1::REQUIRED && theirs == Tls::none) &&
                      !(tls == v1::NOT_SUPPORTED && theirs == Tls::required);
  StreamEvent::Proof expected = StreamEvent::NO_PROOF;
  if (!agreed) {
  } else if (encrypted && sasl != v1::NOT_SUPPORTED && certified && external) {
    expected = StreamEvent::SASL_EXTERNAL;
  } else if (encrypted && dialback && !(tls == v1::REQUIRED && sasl == v1::REQUIRED)) {
    expected = StreamEvent::TLS_DIALBACK;
  } else if (!encrypted && dialback && tls != v1::REQUIRED) {
    expected = StreamEvent::TCP_DIALBACK;
  }

  const Run run({tls, sasl, dialback}, {.tls = theirs, .external = external},
                test::certificate_for(certified ? "fabrikam.example" : "other.example"));
  CHECK(run.proof == expected);
  CHECK(run.refused.empty() == (expected != StreamEvent::NO_PROOF));
  CHECK(run.stream.encrypted() == (encrypted && agreed));
  if (encrypted && agreed) CHECK(run.stream.sni == "fabrikam.example");
}

TEST_CASE("our key is made for the id of the stream in force", "[s2s][outbound]") {
  const Run run({v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, true}, {.tls = Tls::none}, {});
  const std::string key =
      run.directory->secret().key(*address::Domain::parse("fabrikam.example"),
                                  *address::Domain::parse("contoso.example"), "D60000229F");
  CHECK(run.stream.said.back() ==
        "<db:result from='contoso.example' to='fabrikam.example'>" + key + "</db:result>");
}

TEST_CASE("a server older than features gets dialback in clear, or nothing", "[s2s][outbound]") {
  const std::string legacy =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream="
      "'http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' id='D60000229F'>";
  const Run allowed({v1::OPTIONAL, v1::OPTIONAL, true}, {.header = legacy}, {});
  CHECK(allowed.proof == StreamEvent::TCP_DIALBACK);
  const Run refused({v1::REQUIRED, v1::OPTIONAL, true}, {.header = legacy}, {});
  CHECK(refused.proof == StreamEvent::NO_PROOF);
}

TEST_CASE("a server that does not believe our key is left", "[s2s][outbound]") {
  const auto type = GENERATE(values<std::string>({"invalid", "error"}));
  const Run run({v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, true}, {.tls = Tls::none, .dialback = type},
                {});
  CHECK(run.proof == StreamEvent::NO_PROOF);
  CHECK_FALSE(run.refused.empty());
}
