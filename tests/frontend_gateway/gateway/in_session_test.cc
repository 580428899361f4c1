// Texts in sessions, through the whole gateway.

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "frontend_gateway/session/ms_text.h"
#include "frontend_gateway/session/sdp.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr char kAnn[] = "ann@fabrikam.example/phone";
constexpr char kBob[] = "bob@contoso.example";

gateway::config::Config with_mode(gateway::config::SipMode mode) {
  auto config = test_config();
  config.sip.mode = mode;
  return config;
}

gateway::sip::IncomingRequest invite_with(const std::string& text) {
  auto invite = request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example",
                           gateway::session::write_offer());
  invite.method = "INVITE";
  invite.content_type = "application/sdp";
  invite.from_tag = "his";
  invite.local_tag = "mine";
  invite.cseq = 1;
  invite.headers = {{"Contact", "<sip:bob@192.0.2.7>"},
                    {"ms-text-format", gateway::session::ms_text_format("text/plain", text)}};
  return invite;
}

}  // namespace

TEST_CASE("a chat message to a user with sessions opens one", "[gateway][session]") {
  Stage stage(with_mode(gateway::config::SipMode::session));
  const auto number = stage.deliver(message_of(kAnn, kBob, "hello"));
  auto invite = stage.world.next_request();
  CHECK(invite.request.method == "INVITE");
  const auto text = gateway::session::first_text(invite.request.headers, 100);
  REQUIRE(text.has_value());
  CHECK(text->body == "hello");
  invite.answer(486);
  CHECK(stage.outcomes->refused(number) == v1::RECIPIENT_UNAVAILABLE);
  CHECK(stage.gateway.idle());
}

TEST_CASE("who takes no sessions gets MESSAGEs", "[gateway][session]") {
  Stage stage(with_mode(gateway::config::SipMode::automatic));
  const auto first = stage.deliver(message_of(kAnn, kBob, "first"));
  stage.world.next_request().answer(488);
  auto message = stage.world.next_request();
  CHECK(message.request.method == "MESSAGE");
  CHECK(message.request.body == "first");
  message.answer(200);
  CHECK(stage.outcomes->taken(first));
  stage.deliver(message_of(kAnn, kBob, "second"));
  CHECK(stage.world.next_request().request.method == "MESSAGE");
}

TEST_CASE("a text inside an INVITE becomes a stanza, and its outcome the answer",
          "[gateway][session]") {
  const bool arrives = GENERATE(true, false);
  Stage stage;
  stage.request(invite_with("hello"));
  CHECK(stage.status() == 0);
  auto submission = stage.world.next_submission();
  CHECK(submission.stanza.message().bodies(0).text() == "hello");
  CHECK(submission.stanza.from().local() == "bob");
  CHECK(submission.stanza.to().local() == "ann");
  if (!arrives) {
    submission.settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
    CHECK(stage.status() == 408);
    CHECK(stage.gateway.idle());
    return;
  }
  submission.settled(std::nullopt);
  stage.world.pass(500ms);
  CHECK(stage.status() == 200);

  stage.deliver(message_of(kAnn, kBob, "back"));
  auto message = stage.world.next_request();
  CHECK(message.request.method == "MESSAGE");
  CHECK(message.request.to_tag == "his");
  message.answer(200);
  stage.gateway.close_doors();
  auto bye = stage.world.next_request();
  CHECK(bye.request.method == "BYE");
  bye.answer(200);
  CHECK(stage.gateway.idle());
}

TEST_CASE("an INVITE in another's name opens nothing", "[gateway][session]") {
  Stage stage;
  auto invite = invite_with("hello");
  invite.headers.push_back({"P-Asserted-Identity", "<sip:eve@contoso.example>"});
  stage.request(invite);
  CHECK(stage.status() == 403);
  CHECK(stage.world.submissions.empty());
}
