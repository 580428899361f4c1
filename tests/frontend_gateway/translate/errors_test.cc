#include "frontend_gateway/translate/errors.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::gateway::translate;

namespace {

sip::Response response(int status, std::vector<sip::Header> headers = {}) {
  return {status, "Why", std::move(headers), false};
}

}  // namespace

TEST_CASE("T6: every stanza error condition has its SIP status", "[errors]") {
  struct Row {
    v1::StanzaCondition condition;
    int full, bare;
  };
  const auto row = GENERATE(values<Row>({
      {v1::BAD_REQUEST, 400, 400},
      {v1::CONFLICT, 400, 400},
      {v1::FEATURE_NOT_IMPLEMENTED, 405, 501},
      {v1::FORBIDDEN, 403, 603},
      {v1::GONE, 410, 410},
      {v1::INTERNAL_SERVER_ERROR, 500, 500},
      {v1::ITEM_NOT_FOUND, 404, 604},
      {v1::JID_MALFORMED, 400, 400},
      {v1::NOT_ACCEPTABLE, 406, 606},
      {v1::NOT_ALLOWED, 403, 403},
      {v1::NOT_AUTHORIZED, 403, 403},
      {v1::POLICY_VIOLATION, 403, 403},
      {v1::RECIPIENT_UNAVAILABLE, 480, 600},
      {v1::REDIRECT, 302, 302},
      {v1::REGISTRATION_REQUIRED, 403, 403},
      {v1::REMOTE_SERVER_NOT_FOUND, 404, 404},
      {v1::REMOTE_SERVER_TIMEOUT, 408, 408},
      {v1::RESOURCE_CONSTRAINT, 500, 500},
      {v1::SERVICE_UNAVAILABLE, 480, 480},
      {v1::SUBSCRIPTION_REQUIRED, 400, 400},
      {v1::UNDEFINED_CONDITION, 400, 400},
  }));
  INFO(stanza::wire_name(row.condition));
  CHECK(to_sip(stanza::error(row.condition), Addressed::full).status == row.full);
  const SipAnswer bare = to_sip(stanza::error(row.condition), Addressed::bare);
  CHECK(bare.status == row.bare);
  CHECK_FALSE(bare.reason.empty());
  CHECK(bare.reason != "Failed");

  const bool unasked =
      row.condition == v1::NOT_AUTHORIZED || row.condition == v1::REGISTRATION_REQUIRED;
  REQUIRE(bare.headers.size() == (unasked ? 1 : 0));
  if (unasked) {
    CHECK(bare.headers[0].name == "Warning");
    CHECK(bare.headers[0].value ==
          "399 causeway \"" + std::string(stanza::wire_name(row.condition)) + "\"");
  }
}

TEST_CASE("an unexpected request is 400, one that may be repeated 491", "[errors]") {
  v1::StanzaError error = stanza::error(v1::UNEXPECTED_REQUEST);
  error.set_type(v1::StanzaError::MODIFY);
  CHECK(to_sip(error, Addressed::full).status == 400);
  CHECK(to_sip(error, Addressed::bare).status == 400);
  error.set_type(v1::StanzaError::WAIT);
  CHECK(to_sip(error, Addressed::full).status == 491);
  CHECK(to_sip(error, Addressed::bare).status == 491);
  CHECK(to_sip(error, Addressed::full).reason == "Request Pending");
}

TEST_CASE("a user who has moved is redirected", "[errors]") {
  struct Row {
    v1::StanzaCondition condition;
    std::string new_address;
    int status;
    std::string contact;
  };
  const auto row = GENERATE(values<Row>({
      {v1::GONE, "xmpp:ann@b%C3%BCcher.example", 301, "<sip:ann@xn--bcher-kva.example>"},
      {v1::GONE, "xmpp:o%5C27malley@x.example?message", 301, "<sip:o'malley@x.example>"},
      {v1::GONE, "sip:ann@x.example;transport=udp", 301, "<sip:ann@x.example>"},
      {v1::GONE, "mailto:ann@x.example", 410, ""},
      {v1::GONE, "xmpp://me@x.example/ann@x.example", 410, ""},
      {v1::GONE, "xmpp:ann%0D%0A@x.example", 410, ""},
      {v1::GONE, "", 410, ""},
      {v1::REDIRECT, "xmpp:ann@x.example", 302, "<sip:ann@x.example>"},
      {v1::REDIRECT, "nowhere", 302, ""},
      {v1::ITEM_NOT_FOUND, "xmpp:ann@x.example", 604, ""},
  }));
  INFO(row.new_address);
  v1::StanzaError error = stanza::error(row.condition);
  error.set_new_address(row.new_address);
  const SipAnswer answer = to_sip(error, Addressed::bare);
  CHECK(answer.status == row.status);
  CHECK(header(answer.headers, "Contact") == row.contact);
}

TEST_CASE("T6: every SIP status has its stanza error condition", "[errors]") {
  struct Row {
    int status;
    v1::StanzaCondition condition;
  };
  const auto row = GENERATE(values<Row>({
      {300, v1::REDIRECT},
      {301, v1::GONE},
      {302, v1::REDIRECT},
      {305, v1::REDIRECT},
      {380, v1::NOT_ACCEPTABLE},
      {400, v1::BAD_REQUEST},
      {401, v1::NOT_AUTHORIZED},
      {402, v1::BAD_REQUEST},
      {403, v1::FORBIDDEN},
      {404, v1::ITEM_NOT_FOUND},
      {405, v1::FEATURE_NOT_IMPLEMENTED},
      {406, v1::NOT_ACCEPTABLE},
      {407, v1::REGISTRATION_REQUIRED},
      {408, v1::REMOTE_SERVER_TIMEOUT},
      {410, v1::GONE},
      {413, v1::POLICY_VIOLATION},
      {414, v1::POLICY_VIOLATION},
      {415, v1::NOT_ACCEPTABLE},
      {416, v1::NOT_ACCEPTABLE},
      {420, v1::FEATURE_NOT_IMPLEMENTED},
      {421, v1::NOT_ACCEPTABLE},
      {422, v1::RESOURCE_CONSTRAINT},
      {423, v1::RESOURCE_CONSTRAINT},
      {424, v1::NOT_AUTHORIZED},
      {428, v1::NOT_AUTHORIZED},
      {429, v1::BAD_REQUEST},
      {430, v1::RECIPIENT_UNAVAILABLE},
      {433, v1::FORBIDDEN},
      {436, v1::NOT_AUTHORIZED},
      {437, v1::NOT_AUTHORIZED},
      {438, v1::NOT_AUTHORIZED},
      {439, v1::FEATURE_NOT_IMPLEMENTED},
      {440, v1::POLICY_VIOLATION},
      {469, v1::NOT_ACCEPTABLE},
      {470, v1::FORBIDDEN},
      {477, v1::REMOTE_SERVER_TIMEOUT},
      {480, v1::RECIPIENT_UNAVAILABLE},
      {481, v1::ITEM_NOT_FOUND},
      {482, v1::NOT_ACCEPTABLE},
      {483, v1::NOT_ACCEPTABLE},
      {484, v1::ITEM_NOT_FOUND},
      {485, v1::ITEM_NOT_FOUND},
      {486, v1::RECIPIENT_UNAVAILABLE},
      {487, v1::RECIPIENT_UNAVAILABLE},
      {488, v1::NOT_ACCEPTABLE},
      {489, v1::POLICY_VIOLATION},
      {491, v1::UNEXPECTED_REQUEST},
      {493, v1::BAD_REQUEST},
      {494, v1::NOT_AUTHORIZED},
      {500, v1::INTERNAL_SERVER_ERROR},
      {501, v1::FEATURE_NOT_IMPLEMENTED},
      {502, v1::REMOTE_SERVER_NOT_FOUND},
      {503, v1::INTERNAL_SERVER_ERROR},
      {504, v1::REMOTE_SERVER_TIMEOUT},
      {505, v1::NOT_ACCEPTABLE},
      {513, v1::POLICY_VIOLATION},
      {580, v1::NOT_ACCEPTABLE},
      {600, v1::RECIPIENT_UNAVAILABLE},
      {603, v1::RECIPIENT_UNAVAILABLE},
      {604, v1::ITEM_NOT_FOUND},
      {606, v1::NOT_ACCEPTABLE},
      {607, v1::POLICY_VIOLATION},
      {608, v1::POLICY_VIOLATION},
      // What no table lists: its class.
      {399, v1::REDIRECT},
      {499, v1::BAD_REQUEST},
      {599, v1::INTERNAL_SERVER_ERROR},
      {699, v1::RECIPIENT_UNAVAILABLE},
      {799, v1::UNDEFINED_CONDITION},
  }));
  INFO(row.status);
  const v1::StanzaError error = to_xmpp(response(row.status));
  CHECK(error.condition() == row.condition);
  CHECK(error.type() == stanza::error(row.condition).type());
  CHECK(error.text() == "Why");
}

TEST_CASE("a next hop that cannot be reached is a timeout, not a fault of its", "[errors]") {
  sip::Response unreachable = response(503);
  unreachable.local = true;
  CHECK(to_xmpp(unreachable).condition() == v1::REMOTE_SERVER_TIMEOUT);
}

TEST_CASE("nobody outside is told of our hosts", "[errors]") {
  struct Row {
    sip::Response response;
    std::string text;
  };
  const auto row = GENERATE(values<Row>({
      {{503, "Next Hop Unreachable: Connection refused", {}, true},
       "The other side cannot be reached."},
      {{408, "Request Timeout", {}, true}, "The other side did not answer in time."},
      {{400, "the Request-URI is none", {}, true}, "The message could not be sent on."},
      {{477,
        "Unfortunately error on sending to next hop sbc1.contoso.local:5060 occurred",
        {},
        false},
       "Unfortunately error on sending to next hop occurred"},
      {{503, "sip%3A10.0.0.1", {}, false}, ""},
  }));
  CHECK(to_xmpp(row.response).text() == row.text);
}

TEST_CASE("the new address crosses where a response has one", "[errors]") {
  CHECK(to_xmpp(response(301), "xmpp:ann@x.example").new_address() == "xmpp:ann@x.example");
  CHECK(to_xmpp(response(302), "xmpp:ann@x.example").new_address() == "xmpp:ann@x.example");
  CHECK(to_xmpp(response(410), "xmpp:ann@x.example").new_address().empty());
  CHECK(to_xmpp(response(404), "xmpp:ann@x.example").new_address().empty());
}

TEST_CASE("Retry-After makes the error one to wait for", "[errors]") {
  const int status = GENERATE(480, 486, 500, 503, 600);
  const v1::StanzaError error = to_xmpp(response(status, {{"retry-after", "120 (at lunch);x=1"}}));
  CHECK(error.type() == v1::StanzaError::WAIT);
  CHECK(error.text() == "Why. Try again in 120 seconds.");
}

TEST_CASE("Retry-After elsewhere, or a wrong one, is passed over", "[errors]") {
  CHECK(to_xmpp(response(404, {{"Retry-After", "120"}})).text() == "Why");
  CHECK(to_xmpp(response(503, {{"Retry-After", "soon"}})).text() == "Why");
  CHECK(to_xmpp(response(503, {{"Retry-After", "-5"}})).type() ==
        stanza::error(v1::INTERNAL_SERVER_ERROR).type());
}

TEST_CASE("the text of an error becomes the Reason-Phrase", "[errors]") {
  struct Row {
    std::string text, phrase;
  };
  const auto row = GENERATE(values<Row>({
      {"Kein Anschluß", "Kein Anschluß"},
      {"<100% \"gone\">", "%3C100%25 %22gone%22%3E"},
      {"a\r\nVia: evil\x01\x7f z\xc2\x85", "a Via: evil z"},
      {"  \r\n ", "Does Not Exist Anywhere"},
      {"", "Does Not Exist Anywhere"},
      {std::string(300, 'a'), std::string(256, 'a')},
      {std::string(255, 'a') + "é", std::string(255, 'a')},
      {std::string(254, 'a') + "%%", std::string(254, 'a')},
  }));
  const SipAnswer answer = to_sip(stanza::error(v1::ITEM_NOT_FOUND, row.text), Addressed::bare);
  CHECK(answer.reason == row.phrase);
  CHECK(answer.reason.size() <= 256);
}

TEST_CASE("the Reason-Phrase becomes the text of an error", "[errors]") {
  struct Row {
    std::string phrase, text;
  };
  const auto row = GENERATE(values<Row>({
      {"Kein Anschluß", "Kein Anschluß"},
      {"%3C100%25 %22gone%22%3E", "<100% \"gone\">"},
      {"100% busy", "100% busy"},
      {"bad%01", "bad%01"},
      {"a%0D%0Ab", "a b"},
      {"caf\xe9", ""},
      {"", ""},
      {std::string(300, 'a'), std::string(256, 'a')},
  }));
  const v1::StanzaError error = to_xmpp({404, row.phrase, {}, false});
  CHECK(error.text() == row.text);
}
