#include "frontend_gateway/translate/message_to_sip.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "absl/time/clock.h"
#include "frontend_gateway/translate/content.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/hops.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::gateway::translate;

namespace {

const mapping::SipUri kAnn{"ann", "fabrikam.example", "Büro"};
const mapping::SipUri kBob{"bob", "contoso.example", ""};

v1::Stanza saying(const std::string& body) {
  v1::Stanza stanza;
  stanza.mutable_message()->set_type(v1::Message::CHAT);
  if (!body.empty()) stanza.mutable_message()->add_bodies()->set_text(body);
  return stanza;
}

void add(google::protobuf::RepeatedPtrField<v1::LocalizedText>* texts, const std::string& lang,
         const std::string& text) {
  v1::LocalizedText* added = texts->Add();
  added->set_lang(lang);
  added->set_text(text);
}

auto translated(const v1::Stanza& stanza) {
  Threads threads({1, 2});
  return to_request(stanza, kAnn, kBob, threads);
}

sip::Request request(const v1::Stanza& stanza) {
  auto outcome = translated(stanza);
  REQUIRE(outcome.ok());
  REQUIRE(outcome->has_value());
  return **outcome;
}

}  // namespace

TEST_CASE("a message becomes a MESSAGE", "[message]") {
  v1::Stanza stanza = saying("Grüße 🐴 <&>\"'");
  stanza.set_id("m1");
  stanza.set_lang("de");
  stanza.mutable_message()->set_thread("0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48");
  stanza.mutable_message()->add_subjects()->set_text("Mittag");
  const sip::Request made = request(stanza);
  CHECK(made.method == "MESSAGE");
  CHECK(made.request_uri == "sip:bob@contoso.example");
  CHECK(made.from == "<sip:ann@fabrikam.example;gr=B%C3%BCro>");
  CHECK(made.to == "<sip:bob@contoso.example>");
  CHECK(made.call_id == "0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48");
  CHECK(made.content_type == "text/plain;charset=UTF-8");
  CHECK(made.body == "Grüße 🐴 <&>\"'");
  CHECK(header(made.headers, "Subject") == "Mittag");
  CHECK(header(made.headers, "Content-Language") == "de");
  CHECK(header(made.headers, "Contact").empty());
  CHECK(header(made.headers, "Date").empty());
}

TEST_CASE("a full JID is asked for by its GRUU", "[message]") {
  Threads threads({1, 2});
  const auto made = to_request(saying("hi"), {"ann", "fabrikam.example", ""},
                               {"bob", "contoso.example", "desk"}, threads);
  REQUIRE(made.ok());
  CHECK((*made)->request_uri == "sip:bob@contoso.example;gr=desk");
  CHECK((*made)->to == "<sip:bob@contoso.example>");
  CHECK((*made)->headers.empty());
}

TEST_CASE("of several bodies one is chosen", "[message]") {
  struct Row {
    std::string stanza_lang;
    std::vector<std::pair<std::string, std::string>> bodies;
    std::string body, lang;
  };
  const auto row = GENERATE(values<Row>({
      {"de", {{"en", "hello"}, {"de", "hallo"}}, "hallo", "de"},
      {"DE", {{"", "hello"}, {"de", "hallo"}}, "hallo", "de"},
      {"fr", {{"en", "hello"}, {"", "salut"}}, "salut", "fr"},
      {"", {{"en", "hello"}, {"", "salut"}}, "salut", ""},
      {"fr", {{"en", "hello"}, {"de", "hallo"}}, "hello", "en"},
      {"fr", {{"en", ""}, {"de", "hallo"}}, "hallo", "de"},
  }));
  v1::Stanza stanza = saying("");
  stanza.set_lang(row.stanza_lang);
  for (const auto& [lang, text] : row.bodies)
    add(stanza.mutable_message()->mutable_bodies(), lang, text);
  const sip::Request made = request(stanza);
  CHECK(made.body == row.body);
  CHECK(header(made.headers, "Content-Language") == row.lang);
}

TEST_CASE("what each kind of message becomes", "[message]") {
  enum class End { sent, settled, refused };
  struct Row {
    std::string name;
    std::function<void(v1::Message&)> build;
    End end;
    std::string body;
  };
  using M = v1::Message;
  const auto row = GENERATE(values<Row>({
      {"normal", [](M& m) { m.set_type(M::NORMAL), m.add_bodies()->set_text("hi"); }, End::sent,
       "hi"},
      {"headline", [](M& m) { m.set_type(M::HEADLINE), m.add_bodies()->set_text("hi"); }, End::sent,
       "hi"},
      {"groupchat", [](M& m) { m.set_type(M::GROUPCHAT), m.add_bodies()->set_text("hi"); },
       End::refused, ""},
      {"groupchat, empty", [](M& m) { m.set_type(M::GROUPCHAT); }, End::refused, ""},
      {"a chat state alone", [](M& m) { m.set_chat_state(M::COMPOSING); }, End::settled, ""},
      {"a receipt alone", [](M& m) { m.mutable_receipt()->set_received_id("x"); }, End::settled,
       ""},
      {"nothing at all", [](M&) {}, End::settled, ""},
      {"an empty body", [](M& m) { m.add_bodies(); }, End::settled, ""},
      {"a chat state with a body",
       [](M& m) { m.set_chat_state(M::ACTIVE), m.add_bodies()->set_text("hi"); }, End::sent, "hi"},
      {"encrypted with a fallback",
       [](M& m) {
         m.set_encryption_namespace("eu.siacs"), m.add_bodies()->set_text("[encrypted]");
       },
       End::sent, "[encrypted]"},
      {"encrypted without one", [](M& m) { m.set_encryption_namespace("eu.siacs"); }, End::refused,
       ""},
      {"markup alone",
       [](M& m) {
         m.set_xhtml("<body xmlns='http://www.w3.org/1999/xhtml'><p>a <em>b</em></p></body>");
       },
       End::sent, "a b"},
      {"markup that is none", [](M& m) { m.set_xhtml("<body/>"); }, End::settled, ""},
      {"a link alone", [](M& m) { m.add_out_of_band()->set_url("https://x.example/1"); }, End::sent,
       "https://x.example/1"},
      {"a subject alone", [](M& m) { m.add_subjects()->set_text("Lunch"); }, End::sent, "Lunch"},
      {"a correction", [](M& m) { m.set_replaces_id("m0"), m.add_bodies()->set_text("new"); },
       End::sent, "* new"},
  }));
  INFO(row.name);
  v1::Stanza stanza;
  stanza.mutable_message()->set_type(M::CHAT);
  row.build(*stanza.mutable_message());
  const auto outcome = translated(stanza);
  REQUIRE(outcome.ok() == (row.end != End::refused));
  if (row.end == End::refused) {
    CHECK(outcome.refusal().condition() == v1::NOT_ACCEPTABLE);
  } else {
    REQUIRE(outcome->has_value() == (row.end == End::sent));
    if (row.end == End::sent) CHECK((*outcome)->body == row.body);
  }
}

TEST_CASE("nothing of a stanza can begin a new header line", "[message]") {
  using namespace std::string_literals;
  v1::Stanza stanza = saying("body\r\n\r\nMESSAGE sip:x SIP/2.0");
  stanza.set_lang("de\r\nVia: x");
  stanza.mutable_message()->set_thread("1\r\nVia: x");
  stanza.mutable_message()->add_subjects()->set_text("Lunch\r\nVia: x\0\ny"s);
  Threads threads({1, 2});
  const auto outcome = to_request(stanza, {"a\r\nb", "fabrikam.example", "r\r\n\0"s},
                                  {"bo>b", "contoso.example", "\"<>;"}, threads);
  REQUIRE(outcome.ok());
  const sip::Request& made = **outcome;
  CHECK(header(made.headers, "Subject") == "Lunch Via: x y");
  CHECK(header(made.headers, "Content-Language").empty());
  CHECK(made.request_uri == "sip:bo%3Eb@contoso.example;gr=%22%3C%3E%3B");
  std::string all = made.request_uri + made.from + made.to + made.call_id + made.content_type;
  for (const sip::Header& each : made.headers) all += each.name + each.value;
  CHECK(all.find_first_of("\r\n\0"s) == std::string::npos);
}

TEST_CASE("a long subject is cut", "[message]") {
  v1::Stanza stanza = saying("hi");
  std::string subject;
  for (int i = 0; i < 400; ++i) subject += "é";
  stanza.mutable_message()->add_subjects()->set_text(subject);
  CHECK(header(request(stanza).headers, "Subject").size() == 512);
}

TEST_CASE("a delayed message says when it was written", "[message]") {
  v1::Stanza stanza = saying("hi");
  stanza.mutable_message()->mutable_sent()->set_seconds(1289690940);
  CHECK(header(request(stanza).headers, "Date") == "Sat, 13 Nov 2010 23:29:00 GMT");
}

TEST_CASE("what is for now alone expires", "[message]") {
  v1::Stanza stanza = saying("hi");
  CHECK(header(request(stanza).headers, "Expires").empty());
  stanza.mutable_message()->set_no_store(true);
  CHECK(header(request(stanza).headers, "Expires") == "60");
  stanza.mutable_message()->set_no_store(false);
  stanza.mutable_message()->set_type(v1::Message::HEADLINE);
  CHECK(header(request(stanza).headers, "Expires") == "60");
}

TEST_CASE("a correction says so as the operator likes", "[message]") {
  Threads threads({1, 2});
  v1::Stanza stanza = saying("new");
  stanza.mutable_message()->set_replaces_id("m0");
  CHECK((*to_request(stanza, kAnn, kBob, threads, "[corrected] "))->body == "[corrected] new");
  CHECK((*to_request(stanza, kAnn, kBob, threads, ""))->body == "new");
}

TEST_CASE("markup is the other way to show a text", "[message]") {
  v1::Stanza stanza = saying("a b");
  stanza.mutable_message()->set_xhtml(
      "<body xmlns='http://www.w3.org/1999/xhtml'><p>a <em>b</em></p></body>");
  sip::Request made = request(stanza);
  enrich(made, stanza, {.html = false, .message_id = "", .wanted = {}}, absl::Now());
  CHECK(made.body == "a b");
  enrich(made, stanza, {.html = true, .message_id = "", .wanted = {}}, absl::Now());
  CHECK(made.content_type == "multipart/alternative;boundary=\"alternative-0\"");
  sip::IncomingRequest read;
  read.content_type = made.content_type;
  read.body = made.body;
  const auto content = content_of(read);
  REQUIRE(content.ok());
  CHECK(std::get<Text>(content->what).plain == "a b");
  CHECK(std::get<Text>(content->what).xhtml == stanza.message().xhtml());
}

TEST_CASE("a text cannot end its own part", "[message]") {
  v1::Stanza stanza = saying("a\r\n--alternative-0--\r\n--alternative-1\r\n\r\nb");
  stanza.mutable_message()->set_xhtml("<body xmlns='http://www.w3.org/1999/xhtml'>x</body>");
  sip::Request made = request(stanza);
  enrich(made, stanza, {.html = true, .message_id = "", .wanted = {}}, absl::Now());
  sip::IncomingRequest read;
  read.content_type = made.content_type;
  read.body = made.body;
  CHECK(std::get<Text>(content_of(read)->what).plain == stanza.message().bodies(0).text());
}

TEST_CASE("who is to be told is said in message/cpim", "[message]") {
  v1::Stanza stanza = saying("Grüße\r\n\r\nFrom: x");
  sip::Request made = request(stanza);
  enrich(made, stanza,
         {.html = false,
          .message_id = "m1",
          .wanted = {.delivered = true, .failed = true, .displayed = false}},
         absl::FromUnixSeconds(1700000000));
  CHECK(made.content_type == "message/cpim");
  const auto cpim = parse_cpim(made.body);
  REQUIRE(cpim);
  CHECK(cpim->from == "sip:ann@fabrikam.example");
  CHECK(cpim->to == "sip:bob@contoso.example");
  CHECK(cpim->sent == absl::FromUnixSeconds(1700000000));
  CHECK(cpim->message_id == "m1");
  CHECK(cpim->wanted == Notifications{.delivered = true, .failed = true, .displayed = false});
  CHECK(cpim->body == stanza.message().bodies(0).text());
}

TEST_CASE("T13: a text that has passed two gateways stops", "[message]") {
  struct Row {
    std::string id;
    int hops;
  };
  const auto row = GENERATE(values<Row>({
      {"0123456789abcdef-7f-1", 1},
      {"0123456789abcdef-7f-2", 2},
      {"0123456789abcdef-7f", 0},
      {"0123456789abcdef-7f-", 0},
      {"0123456789abcdef-7f-1x", 0},
      {"0123456789abcdef-x-1", 0},
      {"m1", 0},
      {"", 0},
  }));
  INFO(row.id);
  v1::Stanza stanza = saying("hi");
  stanza.set_id(row.id);
  CHECK(hops_of(stanza) == row.hops);
  const auto outcome = translated(stanza);
  REQUIRE(outcome.ok() == (row.hops < 2));
  if (!outcome.ok()) {
    CHECK(outcome.refusal().condition() == v1::POLICY_VIOLATION);
  } else {
    sip::IncomingRequest read;
    read.headers = (*outcome)->headers;
    CHECK(hops_of(read) == (row.hops == 0 ? 0 : row.hops + 1));
  }
}

TEST_CASE("a notice says that it comes from a machine", "[message]") {
  v1::StanzaError error;
  error.set_condition(v1::ITEM_NOT_FOUND);
  const sip::Request made = notice("sip:ann@fabrikam.example", "sip:bob@contoso.example", error);
  CHECK(made.method == "MESSAGE");
  CHECK(made.request_uri == "sip:bob@contoso.example");
  CHECK(made.from == "<sip:ann@fabrikam.example>");
  CHECK(header(made.headers, "Auto-Submitted") == "auto-generated");
  CHECK(made.body == "Your message to sip:ann@fabrikam.example was not delivered: item-not-found");
  error.set_text("No\r\nsuch user.");
  CHECK(notice("sip:a@x", "sip:b@y", error).body ==
        "Your message to sip:a@x was not delivered: No such user.");
}

TEST_CASE("only over UDP is a request small", "[message]") {
  struct Row {
    std::string next_hop;
    std::vector<std::string> listen;
    bool small;
  };
  const std::vector<std::string> both{"tcp:0.0.0.0:5060", "udp:0.0.0.0:5060"};
  const auto row = GENERATE_COPY(values<Row>({
      {"sip:10.0.0.5:5060;transport=udp", both, true},
      {"sip:10.0.0.5;Transport=UDP", both, true},
      {"sip:10.0.0.5:5060;transport=tcp", both, false},
      {"sip:10.0.0.5:5061;transport=tls", both, false},
      {"sip:10.0.0.5", both, true},
      {"sip:proxy.contoso.example", both, true},
      {"sip:10.0.0.5", {"tcp:0.0.0.0:5060"}, false},
      {"sip:proxy.contoso.example", {"tcp:0.0.0.0:5060"}, false},
      {"sip:10.0.0.5:5060", {"tcp:0.0.0.0:5060", "udp:[::]:5060"}, false},
      {"sip:[2001:db8::5]:5060", {"tcp:[::]:5060", "udp:0.0.0.0:5060"}, false},
      {"sip:[2001:db8::5]", {"tcp:0.0.0.0:5060", "udp:[::]:5060"}, true},
      {"sip:proxy:5060", {"tcp:0.0.0.0:5060", "udp:[::]:5060"}, true},
  }));
  INFO(row.next_hop);
  CHECK((largest_request(row.next_hop, row.listen) == 1300) == row.small);
  CHECK((row.small || largest_request(row.next_hop, row.listen) > 32768));
}

TEST_CASE("the size counts every part", "[message]") {
  sip::Request made = request(saying("hi"));
  const std::size_t before = size_on_wire(made);
  made.body += std::string(100, 'x');
  made.headers.push_back({"X", "1234"});
  CHECK(size_on_wire(made) == before + 100 + 1 + 4 + 4);
  CHECK(before > 450);
}
