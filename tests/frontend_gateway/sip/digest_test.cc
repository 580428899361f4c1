#include "frontend_gateway/sip/digest.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::config::SipRoute;
using gateway::sip::authorization;
using gateway::sip::Challenge;
using gateway::sip::Credentials;
using gateway::sip::parse_challenge;
using gateway::sip::Request;
using gateway::sip::Response;

std::string told(const std::string& value) {
  const auto challenge = parse_challenge(value, false);
  if (!challenge) return "none";
  return challenge->realm + "|" + challenge->nonce + "|" + challenge->opaque.value_or("-") + "|" +
         challenge->algorithm_word + (challenge->auth ? "|auth" : "") +
         (challenge->stale ? "|stale" : "");
}

TEST_CASE("challenges", "[sip][digest]") {
  const auto [value, expected] = GENERATE(table<std::string, std::string>({
      {R"(Digest realm="a b", nonce="n\"1")", R"(a b|n"1|-|)"},
      {R"(digest  nonce=n , realm="",opaque="",qop="auth-int, auth",stale=TRUE)",
       "|n|||auth|stale"},
      {R"(Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth")", "r|n|-|SHA-256|auth"},
      {R"(Digest realm="r", nonce="n", algorithm=md5)", "r|n|-|md5"},
      {R"(Digest realm="r", nonce="n", algorithm=SHA-512-256)", "none"},
      {R"(Digest realm="r", nonce="n", qop="auth-int")", "none"},
      {R"(Digest realm="r")", "none"},
      {R"(Digest nonce="n")", "none"},
      {R"(Digest realm="r, nonce="n")", "none"},
      {R"(Digest realm="r" nonce="n")", "none"},
      {R"(Basic realm="r")", "none"},
      {"Digest", "none"},
      {"", "none"},
  }));
  INFO(value);
  CHECK(told(value) == expected);
}

std::string response_in(const std::string& header) {
  const std::size_t begin = header.find("response=\"") + 10;
  return header.substr(begin, header.find('"', begin) - begin);
}

// RFC 7616 section 3.9.1.
TEST_CASE("what answers a challenge", "[sip][digest]") {
  const std::string common =
      R"(Digest realm="http-auth@example.org", qop="auth, auth-int", )"
      R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
  const auto [algorithm, expected] = GENERATE(table<std::string, std::string>(
      {{"MD5", "8ca523f5e9506fed4657c9700eebdbec"},
       {"SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}}));
  const auto challenge = parse_challenge(common + ", algorithm=" + algorithm, false);
  REQUIRE(challenge);
  const std::string header =
      authorization(*challenge, {"", "Mufasa", "Circle of Life"}, "GET", "/dir/index.html", 1,
                    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  CHECK(response_in(header) == expected);
  CHECK(header.starts_with("Authorization: Digest username=\"Mufasa\", realm=\"http-auth"));
  CHECK(header.find("nc=00000001") != std::string::npos);
  CHECK(header.find("qop=auth,") != std::string::npos);
}

// RFC 2617 section 3.5, without the qop that RFC 2069 did not have.
TEST_CASE("what answers a challenge without qop", "[sip][digest]") {
  const auto challenge = parse_challenge(R"(Digest realm="r\"x", nonce="n")", true);
  REQUIRE(challenge);
  const std::string header = authorization(*challenge, {"", "u\"v", "p"}, "BYE", "sip:a", 1, "c");
  CHECK(header.starts_with(R"(Proxy-Authorization: Digest username="u\"v", realm="r\"x")"));
  CHECK(header.find("nc=") == std::string::npos);
  CHECK(header.find("cnonce") == std::string::npos);
  CHECK(header.find("algorithm") == std::string::npos);
}

struct Stage {
  explicit Stage(SipRoute route = {"contoso.example", {}, {}, "", "gateway", "secret"})
      : agent(settings(std::move(route))) {}
  gateway::config::Sip settings(SipRoute route) {
    auto settings = sip_settings({"tcp"}, "sip:" + elsewhere.address() + ";transport=tcp");
    route.next_hops = {"sip:" + listener.address() + ";transport=tcp"};
    settings.routes = {route};
    return settings;
  }
  void send(const std::string& method, const std::string& host = "contoso.example",
            const std::string& to_tag = "") {
    Request request{};
    request.method = method;
    request.request_uri = request.to = "sip:b@" + host;
    request.from = "sip:a@fabrikam.example";
    request.to_tag = to_tag;
    if (!to_tag.empty()) request.cseq = 10;
    if (!to_tag.empty()) request.routes = {"<sip:" + listener.address() + ";transport=tcp;lr>"};
    agent.in_loop([&] {
      agent.agent().send(std::move(request), [this](Response r) { answers.put(std::move(r)); });
    });
  }
  SipMessage answer(int status, std::vector<std::string> more = {}) {
    if (!peer) peer = listener.accept();
    REQUIRE(peer);
    const auto got = peer->receive();
    REQUIRE(got);
    peer->send(response_to(*got, status, "Answer", std::move(more)));
    return *got;
  }

  SipListener listener, elsewhere;
  std::optional<SipSocket> peer;
  Arrivals<Response> answers;
  SipAgent agent;
};

const std::string kMd5 = R"(Digest realm="contoso", nonce="one", qop="auth", algorithm=MD5)";

TEST_CASE("a challenge is answered once, the next requests answer it unasked", "[sip][digest]") {
  const auto [status, asks, answers] = GENERATE(
      table<int, std::string, std::string>({{401, "WWW-Authenticate", "Authorization"},
                                            {407, "Proxy-Authenticate", "Proxy-Authorization"}}));
  const auto method = GENERATE(as<std::string>{}, "MESSAGE", "SUBSCRIBE", "OPTIONS");
  Stage stage;
  stage.send(method);
  const SipMessage first = stage.answer(
      status,
      {asks + ": Digest realm=\"contoso\", nonce=\"x\", algorithm=SHA-512", asks + ": " + kMd5});
  CHECK(first.header(answers).empty());
  const SipMessage second = stage.answer(200);
  CHECK(second.header(answers).find("nonce=\"one\"") != std::string::npos);
  CHECK(second.header(answers).find("nc=00000001") != std::string::npos);
  CHECK(second.header(answers).find("uri=\"sip:b@contoso.example\"") != std::string::npos);
  CHECK(second.header("Call-ID") == first.header("Call-ID"));
  CHECK(second.header("From") == first.header("From"));
  CHECK(std::stoul(second.header("CSeq")) > std::stoul(first.header("CSeq")));
  CHECK(stage.answers.next()->status == 200);

  stage.send(method);
  CHECK(stage.answer(200).header(answers).find("nc=00000002") != std::string::npos);
  stage.send(method);  // the nonce has grown old
  stage.answer(status, {asks + R"(: Digest realm="contoso", nonce="two", qop="auth", stale=true)"});
  const SipMessage renewed = stage.answer(202);
  CHECK(renewed.header(answers).find("nonce=\"two\"") != std::string::npos);
  CHECK(renewed.header(answers).find("nc=00000001") != std::string::npos);
}

TEST_CASE("credentials that are refused are not shown again and again", "[sip][digest]") {
  Stage stage;
  stage.send("MESSAGE");
  stage.answer(401, {"WWW-Authenticate: " + kMd5});
  stage.answer(401, {R"(WWW-Authenticate: Digest realm="contoso", nonce="two", qop="auth")"});
  CHECK(stage.answers.next()->status == 401);
}

TEST_CASE("two that ask are both answered", "[sip][digest]") {
  Stage stage;
  stage.send("MESSAGE");
  stage.answer(407, {"Proxy-Authenticate: " + kMd5});
  stage.answer(401, {R"(WWW-Authenticate: Digest realm="user", nonce="n")"});
  const SipMessage both = stage.answer(200);
  CHECK_FALSE(both.header("Authorization").empty());
  CHECK_FALSE(both.header("Proxy-Authorization").empty());
  CHECK(stage.answers.next()->status == 200);
}

TEST_CASE("credentials are shown to their route and realm only", "[sip][digest]") {
  SECTION("another realm") {
    Stage stage({"contoso.example", {}, {}, "expected", "gateway", "secret"});
    stage.send("MESSAGE");
    stage.answer(401, {"WWW-Authenticate: " + kMd5});
    CHECK(stage.answers.next()->status == 401);
  }
  SECTION("another route") {
    Stage stage;
    stage.send("MESSAGE", "other.example");
    auto peer = stage.elsewhere.accept();
    REQUIRE(peer);
    peer->send(response_to(peer->receive().value(), 401, "Who", {"WWW-Authenticate: " + kMd5}));
    CHECK(stage.answers.next()->status == 401);
  }
  SECTION("none at all") {
    Stage stage({"contoso.example", {}});
    stage.send("MESSAGE");
    stage.answer(407, {"Proxy-Authenticate: " + kMd5});
    CHECK(stage.answers.next()->status == 407);
  }
}

TEST_CASE("credentials within a dialog take its next CSeq", "[sip][digest]") {
  Stage stage;
  stage.send("BYE", "contoso.example", "theirs");
  CHECK(stage.answer(407, {"Proxy-Authenticate: " + kMd5}).header("CSeq") == "10 BYE");
  CHECK(stage.answer(200).header("CSeq") == "11 BYE");
  CHECK(stage.answers.next()->cseq == 11);
}

TEST_CASE("the ACK repeats the credentials of its INVITE", "[sip][digest]") {
  Stage stage;
  stage.send("INVITE");
  stage.answer(407, {"Proxy-Authenticate: " + kMd5});
  REQUIRE(stage.peer->receive()->method() == "ACK");
  const SipMessage invite =
      stage.answer(200, {"Contact: <sip:c@contoso.example>",
                         "Record-Route: <sip:" + stage.listener.address() + ";transport=tcp;lr>"});
  const auto ack = stage.peer->receive();
  REQUIRE(ack);
  CHECK(ack->method() == "ACK");
  CHECK(ack->header("Proxy-Authorization") == invite.header("Proxy-Authorization"));
  CHECK_FALSE(ack->header("Proxy-Authorization").empty());
}

}  // namespace
}  // namespace causeway::test
