// What one user sends to break things, both ways, while two others go on with their conversation.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/stanza/conditions.h"
#include "frontend_gateway/address/utf8.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/message_to_sip.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr char kEve[] = "sip:eve@contoso.example";
constexpr char kAnn[] = "sip:ann@fabrikam.example";

// The bystanders: a text each way, which arrive as they are.
void check_bystanders(Stage& stage, int turn) {
  const std::string text = "turn " + std::to_string(turn);
  stage.request(request_of("sip:bob@contoso.example", "sip:al@fabrikam.example", text));
  auto submission = std::move(stage.world.submissions.back());
  stage.world.submissions.pop_back();
  REQUIRE(submission.stanza.message().bodies(0).text() == text);
  submission.settled(std::nullopt);
  stage.world.pass(500ms);
  REQUIRE(stage.status() == 202);
  const auto number = stage.deliver(message_of("al@fabrikam.example", "bob@contoso.example", text));
  auto request = std::move(stage.world.requests.back());
  stage.world.requests.pop_back();
  REQUIRE(request.request.body == text);
  request.answer(200);
  REQUIRE(stage.outcomes->taken(number));
}

// Every string in it may stand in a stanza.
bool is_clean(const v1::Stanza& stanza) {
  v1::Stanza again;
  bool clean = again.ParseFromString(stanza.SerializeAsString());  // UTF-8 at least
  for (const auto& body : stanza.message().bodies())
    clean = clean && gateway::is_xml_text(body.text());
  for (const auto& text : stanza.message().subjects())
    clean = clean && gateway::is_one_line(text.text());
  return clean && gateway::is_one_line(stanza.message().thread()) &&
         gateway::is_one_line(stanza.from().resource()) &&
         gateway::is_xml_text(stanza.message().xhtml());
}

bool is_clean(const gateway::sip::Request& request) {
  std::string all =
      request.request_uri + request.from + request.to + request.call_id + request.content_type;
  for (const auto& header : request.headers) all += header.name + header.value;
  return all.find_first_of("\r\n\0"s) == std::string::npos;
}

std::vector<std::string> poison() {
  std::vector<std::string> all = {"a\x01",
                                  "a\x1b[2J",
                                  "caf\xe9",
                                  "\xff\xfe",
                                  "\xc0\xaf",
                                  "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80",
                                  "\xef\xbf\xbe",
                                  "\xef\xbf\xbf",
                                  "a\0b"s,
                                  "\0"s,
                                  "& < > \" ]]> &amp; &#x1F434; '",
                                  "</body></message><message to='x'>",
                                  "<![CDATA[",
                                  "\r\n\r\nBYE sip:x SIP/2.0\r\n",
                                  "\xe2\x80\xae right to left",
                                  "\xef\xbb\xbf",
                                  std::string(10000, '\n'),
                                  "%00%0d%0a",
                                  "\xcc\x88\xcc\x88\xcc\x88\xcc\x88",
                                  std::string(3000, 'x'),
                                  ""};
  return all;
}

}  // namespace

TEST_CASE("T5: poison from SIP reaches no stanza and no other user", "[poison]") {
  Stage stage;
  int turn = 0;
  const std::vector<std::string> types = {"text/plain",
                                          "text/html",
                                          "message/cpim",
                                          "multipart/alternative;boundary=x",
                                          "application/im-iscomposing+xml",
                                          "message/imdn+xml",
                                          "text/plain;charset=iso-8859-1",
                                          "image/png",
                                          "",
                                          "\"",
                                          "text/plain;charset=\""};
  for (const std::string& text : poison()) {
    for (const std::string& type : types) {
      auto request = request_of(kEve, kAnn, text);
      request.content_type = type;
      request.headers = {
          {"Subject", text}, {"Content-Language", text}, {"Date", text},         {"Expires", text},
          {"Contact", text}, {"Auto-Submitted", text},   {"Causeway-Hops", text}};
      request.call_id = text;
      INFO(type << ": " << text);
      const auto before = stage.world.submissions.size();
      stage.request(request);
      const bool passed = stage.world.submissions.size() > before;
      CHECK((passed || stage.status() != 0));  // never silence
      if (!passed) continue;
      auto submission = std::move(stage.world.submissions.back());
      stage.world.submissions.pop_back();
      CHECK(is_clean(submission.stanza));
      submission.settled(stanza::error(v1::ITEM_NOT_FOUND));
      CHECK(stage.status() == 604);
    }
    check_bystanders(stage, ++turn);
  }
  CHECK(stage.gateway.idle());
}

TEST_CASE("T5: poison from XMPP reaches no header and no other user", "[poison]") {
  auto config = test_config();
  gateway::config::SipRoute route;
  route.domain = "contoso.example";
  route.next_hops = {"sip:127.0.0.1:5060;transport=tcp"};
  route.html = route.notifications = route.typing = true;
  config.sip.routes.push_back(route);
  Stage stage(config);
  int turn = 0;
  for (const std::string& text : poison()) {
    INFO(text);
    v1::Stanza stanza = message_of("eve@fabrikam.example/x", "ann@contoso.example", text);
    v1::Message& message = *stanza.mutable_message();
    stanza.set_id(text);
    stanza.set_lang(text);
    message.add_subjects()->set_text(text);
    message.set_thread(text);
    message.set_xhtml(text);
    message.set_replaces_id(text);
    message.mutable_receipt()->set_requested(true);
    message.mutable_receipt()->set_received_id(text);
    message.set_encryption_namespace(text);
    message.add_out_of_band()->set_url(text);
    const auto number = stage.deliver(stanza);
    if (stage.world.requests.empty()) {
      CHECK(stage.outcomes->settled(number));
    } else {
      auto request = stage.world.next_request();
      CHECK(is_clean(request.request));
      request.answer(486);
      CHECK(stage.outcomes->refused(number) == v1::RECIPIENT_UNAVAILABLE);
    }
    check_bystanders(stage, ++turn);
  }
}

TEST_CASE("T7: text that looks like markup arrives as it is, both ways", "[poison]") {
  const std::string text = "& < > \" ]]> &amp; &#x1F434; ' <b>";
  Stage stage;
  stage.request(request_of(kEve, kAnn, text));
  CHECK(stage.world.next_submission().stanza.message().bodies(0).text() == text);
  auto html = request_of(kEve, kAnn, "a &amp; b &lt;c&gt; <b>]]&gt;</b>");
  html.content_type = "text/html";
  html.headers = {{"Subject", text}};
  stage.request(html);
  const v1::Stanza stanza = stage.world.next_submission().stanza;
  CHECK(stanza.message().subjects(0).text() == text);
  CHECK(stanza.message().bodies(0).text() == "a & b <c> ]]>");
  CHECK(stanza.message().xhtml() ==
        "<body xmlns='http://www.w3.org/1999/xhtml'>a &amp; b "
        "&lt;c&gt; <strong>]]&gt;</strong></body>");
  stage.deliver(message_of("ann@fabrikam.example", "eve@contoso.example", text));
  CHECK(stage.world.next_request().request.body == text);
}

TEST_CASE("T8: what is sent to XMPP has all that a stanza needs", "[poison]") {
  Stage stage;
  stage.request(request_of(kEve, kAnn, "hi"));
  const v1::Stanza stanza = stage.world.next_submission().stanza;
  CHECK_FALSE(stanza.from().domain().empty());
  CHECK_FALSE(stanza.to().domain().empty());
  CHECK_FALSE(stanza.id().empty());
  CHECK(stanza.message().type() == v1::Message::CHAT);
  CHECK(stanza.message().thread() == "77@host");
}

TEST_CASE("T15: the size counts every byte, and nothing is cut or said twice", "[poison]") {
  auto config = test_config();
  config.sip.next_hop = "sip:127.0.0.1:5060";  // UDP
  Stage stage(config);
  const auto overhead = [&] {
    stage.deliver(message_of("ann@fabrikam.example", "eve@contoso.example", "x"));
    auto sent = stage.world.next_request();
    const std::size_t size = gateway::translate::size_on_wire(sent.request) - 1;
    sent.answer(200);
    return size;
  }();
  for (const std::string& unit : {"x"s, "é"s, "🐴"s}) {
    for (const std::size_t target : {std::size_t{1299}, std::size_t{1300}, std::size_t{1301},
                                     std::size_t{10000}, std::size_t{100000}}) {
      std::string text;
      while (overhead + text.size() + unit.size() <= target) text += unit;
      text += std::string(target - overhead - text.size(), 'y');
      INFO(target << " of " << unit);
      const auto number =
          stage.deliver(message_of("ann@fabrikam.example", "eve@contoso.example", text));
      if (target > 1300) {
        CHECK(stage.outcomes->refused(number) == v1::POLICY_VIOLATION);
        CHECK(stage.world.requests.empty());
      } else {
        auto sent = stage.world.next_request();
        CHECK(sent.request.body == text);
        CHECK(stage.world.requests.empty());
        sent.answer(200);
      }
    }
  }
}

TEST_CASE("a route says what is too long for its domain", "[poison]") {
  auto config = test_config();
  gateway::config::SipRoute route;
  route.domain = "contoso.example";
  route.next_hops = {"sip:127.0.0.1:5060;transport=tcp", "sip:127.0.0.2:5060;transport=udp"};
  config.sip.routes = {route};
  const std::string text(1200, 'x');
  Stage udp(config);
  CHECK(udp.outcomes->refused(udp.deliver(message_of("ann@fabrikam.example", "eve@contoso.example",
                                                     text))) == v1::POLICY_VIOLATION);
  config.sip.routes[0].largest_request = 2000;
  Stage known(config);
  known.deliver(message_of("ann@fabrikam.example", "eve@contoso.example", text));
  CHECK(known.world.next_request().request.body == text);
}

TEST_CASE("T16: long names cross whole or are refused", "[poison]") {
  Stage stage;
  for (const std::size_t size : {511u, 512u, 513u, 1023u, 1024u, 5000u}) {
    const std::string name(size, 'a');
    stage.request(request_of("sip:" + name + "@contoso.example", kAnn, "hi"));
    if (stage.status() == 0) {
      CHECK(stage.world.next_submission().stanza.from().local() == name);
    } else {
      CHECK(stage.status() == 400);
      CHECK(size > 1023);  // RFC 7622 section 3.3
    }
    const auto number =
        stage.deliver(message_of(name + "@fabrikam.example", "eve@contoso.example", "hi"));
    auto sent = stage.world.next_request();
    CHECK(sent.request.from == "<sip:" + name + "@fabrikam.example>");
    sent.answer(200);
    CHECK(stage.outcomes->taken(number));
  }
}

TEST_CASE("T14: what nobody reads is refused with what is read", "[poison]") {
  Stage stage;
  for (const char* type :
       {"message/sipfrag", "application/sdp", "text/rtf", "application/pidf+xml", "image/gif",
        "multipart/signed;boundary=x", "application/octet-stream", "text/x-msmsgsinvite"}) {
    auto request = request_of(kEve, kAnn, "x");
    request.content_type = type;
    stage.request(request);
    INFO(type);
    CHECK(stage.status() == 415);
    CHECK_FALSE(gateway::translate::header(stage.answers.back()->headers, "Accept").empty());
  }
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("T22: a text to a dead domain does not look delivered", "[poison]") {
  Stage stage;
  stage.request(request_of(kEve, kAnn, "hi"));
  stage.world.pass(20s);
  CHECK(stage.status() == 0);
  stage.world.next_submission().settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  CHECK(stage.status() == 408);
}

TEST_CASE("T23: nobody sends in another's name", "[poison]") {
  Stage stage;
  auto asserted = request_of(kEve, kAnn, "hi");
  asserted.headers = {{"P-Asserted-Identity", "<sip:bob@contoso.example>"}};
  auto cpim = request_of(kEve, kAnn,
                         "From: <sip:bob@contoso.example>\r\nTo: <sip:ann@fabrikam.example>\r\n\r\n"
                         "Content-Type: text/plain\r\n\r\nhi");
  cpim.content_type = "message/cpim";
  stage.request(request_of("sip:eve@evil.example", kAnn, "hi"));
  CHECK(stage.status() == 403);
  stage.request(asserted);
  CHECK(stage.status() == 403);
  stage.request(cpim);  // who it is from is what the SIP side vouches for
  CHECK(stage.world.next_submission().stanza.from().local() == "eve");
}

TEST_CASE("T13: two gateways pointed at each other stop", "[poison]") {
  // What one submits the other is delivered, and what that one sends the first one receives.
  auto there_config = test_config();
  there_config.domains = {*address::Domain::parse("fabrikam.example")};
  there_config.partners[0].set_domain("contoso.example");
  Stage here, there(there_config);
  here.request(request_of("sip:bob@contoso.example", kAnn, "hi"));
  int rounds = 0;
  while (!here.world.submissions.empty() && ++rounds < 20) {
    auto submission = here.world.next_submission();
    const auto number = there.deliver(submission.stanza);
    if (there.world.requests.empty()) {
      submission.settled(there.outcomes->by_number.at(number));
      continue;
    }
    auto sent = there.world.next_request();
    auto back = request_of("sip:bob@contoso.example", kAnn, sent.request.body);
    back.headers = sent.request.headers;
    here.request(back);
    if (here.answers.back()) sent.answer(here.answers.back()->status);
    submission.settled(there.outcomes->by_number.at(number));
  }
  CHECK(rounds == 1);
  CHECK(here.answers[1]->status == 482);
  CHECK(here.answers[0]->status == 606);  // its sender hears of it
}

TEST_CASE("one sender, and one partner, cannot take all there is", "[poison]") {
  auto config = test_config();
  v1::Partner other;
  other.set_domain("other.example");
  other.set_type(v1::FEDERATED);
  config.partners.push_back(other);
  config.messages.pending_per_sender = 2;
  config.messages.pending_per_partner = 3;
  SECTION("from XMPP") {
    Stage stage(config);
    const auto send = [&](const std::string& from, int to) {
      return stage.deliver(
          message_of(from, "user" + std::to_string(to) + "@contoso.example", "hi"));
    };
    send("eve@fabrikam.example/a", 1);
    send("eve@fabrikam.example/b", 2);
    CHECK(stage.outcomes->refused(send("eve@fabrikam.example/c", 3)) == v1::RESOURCE_CONSTRAINT);
    CHECK_FALSE(stage.outcomes->settled(send("ann@fabrikam.example", 4)));
    CHECK(stage.outcomes->refused(send("al@fabrikam.example", 5)) == v1::RESOURCE_CONSTRAINT);
    CHECK_FALSE(stage.outcomes->settled(send("bystander@other.example", 6)));
    stage.world.next_request().answer(200);
    CHECK_FALSE(stage.outcomes->settled(send("eve@fabrikam.example", 7)));
  }
  SECTION("from SIP") {
    Stage stage(config);
    const auto send = [&](const std::string& from, const std::string& domain, int to) {
      stage.request(request_of("sip:" + from + "@contoso.example",
                               "sip:user" + std::to_string(to) + "@" + domain, "hi"));
      return stage.status();
    };
    CHECK(send("eve", "fabrikam.example", 1) == 0);
    CHECK(send("eve", "fabrikam.example", 2) == 0);
    CHECK(send("eve", "fabrikam.example", 3) == 480);
    CHECK(gateway::translate::header(stage.answers.back()->headers, "Retry-After") == "5");
    CHECK(send("bob", "fabrikam.example", 4) == 0);
    CHECK(send("ben", "fabrikam.example", 5) == 480);
    CHECK(send("ben", "other.example", 6) == 0);
    stage.world.next_submission().settled(std::nullopt);
    stage.world.pass(500ms);
    CHECK(send("eve", "fabrikam.example", 7) == 0);
  }
}

TEST_CASE("a subject alone is delivered", "[poison]") {
  Stage stage;
  auto request = request_of(kEve, kAnn, "");
  request.headers = {{"Subject", "Lunch"}};
  stage.request(request);
  const v1::Stanza stanza = stage.world.next_submission().stanza;
  CHECK(stanza.message().subjects(0).text() == "Lunch");
  CHECK(stanza.message().bodies_size() == 0);
}
