#include "edge_proxy/s2s/inbound.h"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <variant>

#include "common/federation/negotiation.h"
#include "common/log/log.h"
#include "tests/edge_proxy/s2s/fake_stream.h"
#include "tests/edge_proxy/s2s/settings.h"
#include "tests/support/asio/run.h"

using namespace causeway;
using namespace causeway::edge;
using dialback::Verdict;
using test::Settings;
using v1::StreamEvent;

namespace {

class FakeDialback final : public dialback::Dialback {
 public:
  explicit FakeDialback(Verdict verdict) : verdict_(verdict) {}
  asio::awaitable<Verdict> verify(dialback::Question question) override {
    asked.push_back(question);
    if (meanwhile) meanwhile();
    co_return verdict_;
  }
  std::vector<dialback::Question> asked;
  std::function<void()> meanwhile{};

 private:
  Verdict verdict_;
};

const char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' "
    "from='fabrikam.example' to='contoso.example' version='1.0'>";
const char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const char kAuth[] = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
const char kResult[] = "<db:result from='fabrikam.example' to='contoso.example'>key</db:result>";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// An initiating server that knows one way to prove itself, and tries it whether or not it is
// offered.
class Initiator {
 public:
  explicit Initiator(StreamEvent::Proof way) : way_(way) {}

  std::string operator()(const std::string& said) {
    if (said == "(open)" || said == "(tls)" || contains(said, "<success")) return kHeader;
    if (said == "(tls)") secure_ = true;
    if (!contains(said, "<stream:features>")) return {};
    if (way_ == StreamEvent::TCP_DIALBACK) return kResult;
    if (contains(said, "<starttls")) return kStartTls;
    if (!std::exchange(tried_, true)) return way_ == StreamEvent::SASL_EXTERNAL ? kAuth : kResult;
    return {};
  }

 private:
  StreamEvent::Proof way_;
  bool secure_ = false;
  bool tried_ = false;
};

struct Outcome {
  StreamEvent::Proof proof = StreamEvent::NO_PROOF;
  std::optional<stream::Condition> condition;
};

asio::awaitable<void> negotiate(s2s::Inbound& inbound, Outcome& outcome) {
  try {
    co_await s2s::negotiate(inbound);
  } catch (const stream::StreamError& error) {
    outcome.condition = error.condition();
    UNSCOPED_INFO(error.what());
  } catch (const stream::PeerClosed& closed) {
    UNSCOPED_INFO(closed.what());
  }
  outcome.proof = inbound.proof;
}

struct Run {
  asio::io_context io{1};
  config::Limits limits;
  FakeDialback dialback;
  test::FakeStream stream;
  s2s::Inbound inbound;
  Outcome outcome;

  Run(const Settings& settings, test::FakeStream::Peer peer, tls::PeerCertificate certificate,
      Verdict verdict = {.kind = Verdict::valid}, bool direct_tls = false)
      : dialback(verdict),
        stream(std::move(peer), std::move(certificate)),
        inbound{.stream = stream,
                .dialback = dialback,
                .limits = limits,
                .directory = test::directory_of(settings)} {
    stream.direct_tls = direct_tls;
    test::run(io, negotiate(inbound, outcome));
  }
};

}  // namespace

TEST_CASE("a domain is proved in exactly the ways that the partner's settings allow",
          "[s2s][inbound]") {
  const auto tls = GENERATE(v1::REQUIRED, v1::OPTIONAL, v1::NOT_SUPPORTED);
  const auto sasl = GENERATE(v1::REQUIRED, v1::OPTIONAL, v1::NOT_SUPPORTED);
  const bool dialback = GENERATE(true, false);
  const bool certified = GENERATE(true, false);
  const auto way =
      GENERATE(StreamEvent::SASL_EXTERNAL, StreamEvent::TLS_DIALBACK, StreamEvent::TCP_DIALBACK);
  INFO("tls " << tls << " sasl " << sasl << " dialback " << dialback << " certified " << certified
              << " way " << way);

  // lync-style settings: TLS x SASL x dialback, by hand rather than by the function under the
  // features.
  const bool has_tls = tls != v1::NOT_SUPPORTED;
  const bool external = has_tls && sasl != v1::NOT_SUPPORTED && certified;
  const bool tls_dialback = has_tls && dialback && !(tls == v1::REQUIRED && sasl == v1::REQUIRED);
  const bool tcp_dialback = tls != v1::REQUIRED && dialback;
  const bool expected = way == StreamEvent::SASL_EXTERNAL  ? external
                        : way == StreamEvent::TLS_DIALBACK ? tls_dialback
                                                           : tcp_dialback;

  const Run run({tls, sasl, dialback}, Initiator(way),
                test::certificate_for(certified ? "fabrikam.example" : "other.example"));
  if (way == StreamEvent::TLS_DIALBACK && !has_tls) {
    // It finds no STARTTLS and goes on in clear.
    CHECK(run.outcome.proof == (tcp_dialback ? StreamEvent::TCP_DIALBACK : StreamEvent::NO_PROOF));
  } else {
    CHECK(run.outcome.proof == (expected ? way : StreamEvent::NO_PROOF));
  }
  CHECK(run.inbound.has_proved("fabrikam.example") == (run.outcome.proof != StreamEvent::NO_PROOF));
}

TEST_CASE("nothing but STARTTLS is offered while TLS is required and not there", "[s2s][inbound]") {
  const Run run(
      {v1::REQUIRED, v1::OPTIONAL, true},
      [](const std::string& said) { return said == "(open)" ? kHeader : ""; },
      test::certificate_for("fabrikam.example"));
  CHECK(run.stream.said.back() ==
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
        "</stream:features>");
}

TEST_CASE("a certificate that proves nothing, and no other way: the reason is given",
          "[s2s][inbound]") {
  tls::PeerCertificate expired = test::certificate_for("fabrikam.example");
  expired.trusted = false;
  expired.problem = "certificate expired on 2026-11-01";
  const Run run({v1::REQUIRED, v1::REQUIRED, false}, Initiator(StreamEvent::SASL_EXTERNAL),
                expired);
  CHECK(run.outcome.condition == stream::Condition::not_authorized);
}

TEST_CASE("every stream has an id of its own", "[s2s][inbound]") {
  const Run run({v1::REQUIRED, v1::REQUIRED, false}, Initiator(StreamEvent::SASL_EXTERNAL),
                test::certificate_for("fabrikam.example"));
  REQUIRE(run.stream.ids.size() == 3);
  CHECK(run.stream.ids[0] != run.stream.ids[1]);
  CHECK(run.stream.ids[1] != run.stream.ids[2]);
}

TEST_CASE("the authoritative server is asked about this stream and no other", "[s2s][inbound]") {
  const Run run({v1::OPTIONAL, v1::OPTIONAL, true}, Initiator(StreamEvent::TLS_DIALBACK),
                test::certificate_for("other.example"));
  REQUIRE(run.dialback.asked.size() == 1);
  const dialback::Question& question = run.dialback.asked.front();
  CHECK(question.request.from.unicode() == "fabrikam.example");
  CHECK(question.request.to.unicode() == "contoso.example");
  CHECK(question.request.key == "key");
  CHECK(question.request.id == run.stream.ids.back());
  CHECK_FALSE(question.tls_required);
}

TEST_CASE("a header may leave its domains to dialback when it is older than 1.0, in clear",
          "[s2s][inbound]") {
  struct Row {
    std::string name;
    std::string attributes;
    bool direct_tls;
    std::string then;
    std::optional<stream::Condition> condition;
    std::string local;
    std::string remote;
  };
  const auto row = GENERATE(values<Row>({
      {"no version", "", false, kResult, {}, "contoso.example", "fabrikam.example"},
      {"0.9", "version='0.9'", false, kResult, {}, "contoso.example", "fabrikam.example"},
      {"another domain than it claimed",
       "from='more.fabrikam.example'",
       false,
       kResult,
       {},
       "contoso.example",
       "fabrikam.example"},
      {"1.0", "version='1.0'", false, kResult, stream::Condition::improper_addressing, "", ""},
      {"1.0, and who it is", "version='1.0' from='fabrikam.example'", false, kResult,
       stream::Condition::improper_addressing, "", "fabrikam.example"},
      {"under TLS", "", true, kResult, stream::Condition::improper_addressing, "", ""},
      {"STARTTLS", "", false, kStartTls, stream::Condition::policy_violation, "", ""},
      {"no partner",
       "",
       false,
       "<db:result from='evil.example' to='contoso.example'>key</db:result>",
       {},
       "",
       ""},
      {"none of our domains",
       "",
       false,
       "<db:result from='fabrikam.example' to='evil.example'>key</db:result>",
       {},
       "",
       "fabrikam.example"},
  }));
  INFO(row.name);
  const std::string header =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
      "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' " +
      row.attributes + ">";
  const auto peer = [&](const std::string& said) {
    if (said == (row.direct_tls ? "(tls)" : "(open)")) return header;
    return contains(said, "<stream:stream") ? row.then : std::string();
  };
  const Run run({v1::OPTIONAL, v1::OPTIONAL, true}, peer, test::certificate_for("fabrikam.example"),
                {.kind = Verdict::valid}, row.direct_tls);
  CHECK(run.outcome.condition == row.condition);
  CHECK(run.inbound.local.unicode() == row.local);
  CHECK(run.inbound.remote.unicode() == row.remote);
  CHECK(run.inbound.is_proved() == (run.outcome.proof == StreamEvent::TCP_DIALBACK));
  CHECK(run.inbound.is_proved() == !row.local.empty());
}

TEST_CASE("what the authoritative server says is passed on", "[s2s][inbound]") {
  struct Row {
    Verdict verdict;
    std::string answer;
    std::optional<stream::Condition> condition;
  };
  const auto row = GENERATE(values<Row>({
      {{.kind = Verdict::valid}, "type='valid'", {}},
      {{.kind = Verdict::invalid}, "type='invalid'", stream::Condition::not_authorized},
      {{.kind = Verdict::error, .condition = v1::REMOTE_SERVER_NOT_FOUND},
       "<remote-server-not-found",
       {}},
  }));
  INFO(row.answer);
  const Run run({v1::OPTIONAL, v1::OPTIONAL, true}, Initiator(StreamEvent::TCP_DIALBACK), {},
                row.verdict);
  CHECK(contains(run.stream.said.back(), row.answer));
  CHECK(run.outcome.condition == row.condition);
}

TEST_CASE("attack 4: dialback without dialback needs a certificate that would have done for SASL",
          "[s2s][inbound]") {
  struct Row {
    std::string name;
    Settings settings;
    bool trusted;
    std::string certified;
    bool encrypted;
    std::size_t questions;
  };
  const auto row = GENERATE(values<Row>({
      {"it proves the domain",
       {v1::OPTIONAL, v1::OPTIONAL, true},
       true,
       "fabrikam.example",
       true,
       0},
      {"nobody signed it", {v1::OPTIONAL, v1::OPTIONAL, true}, false, "fabrikam.example", true, 1},
      {"another name", {v1::OPTIONAL, v1::OPTIONAL, true}, true, "other.example", true, 1},
      {"a name above it", {v1::OPTIONAL, v1::OPTIONAL, true}, true, "example", true, 1},
      {"SASL is not supported",
       {v1::OPTIONAL, v1::NOT_SUPPORTED, true},
       true,
       "fabrikam.example",
       true,
       1},
      {"in clear there is none",
       {v1::OPTIONAL, v1::OPTIONAL, true},
       true,
       "fabrikam.example",
       false,
       1},
  }));
  INFO(row.name);
  tls::PeerCertificate certificate = test::certificate_for(row.certified);
  certificate.trusted = row.trusted;
  const auto way = row.encrypted ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK;
  const Run run(row.settings, Initiator(way), certificate);
  CHECK(run.dialback.asked.size() == row.questions);
  CHECK(run.outcome.proof == way);
}

namespace {

enum class Judges { edge, partner };

// The partner's own anchors are `none()`, which are somebody's all the same: FakeStream says what
// they believe.
std::shared_ptr<const s2s::Directory> judged_by(Judges judges, const Settings& settings) {
  log::configure(log::Level::error, log::Format::text);
  v1::Snapshot snapshot = test::snapshot_of(settings);
  if (judges == Judges::partner) snapshot.mutable_partners(0)->set_trust_anchors_pem("none");
  return std::make_shared<const s2s::Directory>(snapshot, dialback::Secret("unused"));
}

}  // namespace

TEST_CASE("a certificate is believed by whom the settings name when it is to prove a domain",
          "[s2s][inbound]") {
  const auto before = GENERATE(Judges::edge, Judges::partner);
  const auto after = GENERATE(Judges::edge, Judges::partner);
  const auto believed_by = GENERATE(Judges::edge, Judges::partner);
  const bool asked_for_response = GENERATE(true, false);  // settings change while we wait for it
  INFO("judged by the partner's: before "
       << (before == Judges::partner) << ", after " << (after == Judges::partner)
       << ", believed by these " << (believed_by == Judges::partner) << ", with a challenge "
       << asked_for_response);
  const Settings settings{v1::REQUIRED, v1::REQUIRED, false};
  asio::io_context io{1};
  const config::Limits limits;
  FakeDialback dialback({.kind = Verdict::valid});
  s2s::Inbound* inbound = nullptr;
  Initiator initiator(StreamEvent::SASL_EXTERNAL);
  const auto peer = [&](const std::string& said) -> std::string {
    const bool challenged = contains(said, "<challenge");
    const std::string answer =
        challenged ? "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>"
                   : initiator(said);
    if (challenged || answer == kAuth) inbound->directory = judged_by(after, settings);
    if (answer != kAuth || !asked_for_response) return answer;
    inbound->directory = judged_by(before, settings);
    return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'/>";
  };
  tls::PeerCertificate by_edge = test::certificate_for("fabrikam.example");
  tls::PeerCertificate by_partner = by_edge;
  (believed_by == Judges::edge ? by_partner : by_edge).trusted = false;
  test::FakeStream stream(peer, by_edge);
  stream.by_other_anchors = by_partner;
  s2s::Inbound negotiated{.stream = stream,
                          .dialback = dialback,
                          .limits = limits,
                          .directory = judged_by(before, settings)};
  inbound = &negotiated;
  Outcome outcome;
  test::run(io, negotiate(negotiated, outcome));
  const bool offered = before == believed_by;
  const bool proved = offered && after == believed_by;
  CHECK(outcome.proof == (proved ? StreamEvent::SASL_EXTERNAL : StreamEvent::NO_PROOF));
  if (offered && !proved) CHECK(contains(stream.said.back(), "<not-authorized/>"));
}

namespace {

const char kResultOfMore[] =
    "<db:result from='more.fabrikam.example' to='contoso.example'>key</db:result>";

asio::awaitable<void> negotiate_with_more(s2s::Inbound& inbound) {
  co_await s2s::negotiate(inbound);
  xml::Element more = co_await inbound.stream.read();
  co_await s2s::negotiate_further(inbound, std::move(more));
}

// A stream that fabrikam.example has proved, and on which more.fabrikam.example then has a key.
struct More {
  asio::io_context io{1};
  config::Limits limits;
  FakeDialback dialback;
  Initiator initiator{StreamEvent::SASL_EXTERNAL};
  test::FakeStream stream;
  s2s::Inbound inbound;

  More(tls::PeerCertificate certificate, Verdict verdict)
      : dialback(verdict),
        stream(
            [this](const std::string& said) {
              const bool again = contains(said, "<stream:features") && inbound.is_proved();
              return again ? kResultOfMore : initiator(said);
            },
            std::move(certificate)),
        inbound{.stream = stream,
                .dialback = dialback,
                .limits = limits,
                .directory = test::directory_of({v1::REQUIRED, v1::OPTIONAL, true})} {}
  void run() { test::run(io, negotiate_with_more(inbound)); }
};

}  // namespace

TEST_CASE("attack 4: a certificate that was judged with the stream proves no further domain",
          "[s2s][inbound]") {
  tls::PeerCertificate certificate = test::certificate_for("fabrikam.example");
  certificate.dns_ids.push_back("more.fabrikam.example");
  const bool valid = GENERATE(true, false);
  More more(certificate, {.kind = valid ? Verdict::valid : Verdict::invalid});
  more.run();
  REQUIRE(more.inbound.has_proved("fabrikam.example"));
  REQUIRE(more.dialback.asked.size() == 1);
  CHECK(more.dialback.asked.front().request.from.unicode() == "more.fabrikam.example");
  CHECK(more.inbound.has_proved("more.fabrikam.example") == valid);
}

TEST_CASE("a key proves nothing that the settings have come to forbid while it was looked into",
          "[s2s][inbound]") {
  const bool changed = GENERATE(true, false);
  More more(test::certificate_for("fabrikam.example"), {.kind = Verdict::valid});
  if (changed) {
    more.dialback.meanwhile = [&] {
      more.inbound.directory = test::directory_of({v1::REQUIRED, v1::OPTIONAL, false});
    };
  }
  more.run();
  CHECK(more.inbound.has_proved("fabrikam.example"));
  CHECK(more.inbound.has_proved("more.fabrikam.example") == !changed);
  CHECK(contains(more.stream.said.back(), changed ? "<policy-violation" : "type='valid'"));
}
