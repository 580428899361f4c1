#include "frontend_gateway/gateway/body_log.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/stanza/conditions.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;

namespace {

// What is logged while a message goes each way.
std::string logged(const gateway::config::Config& config, log::Level least) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  log::configure(least, log::Format::text, out);
  {
    Stage stage(config);
    stage.deliver(message_of("ann@fabrikam.example/phone", "bob@contoso.example", "one secret"));
    stage.world.next_request().answer(480);
    stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "two secrets"));
    stage.world.next_submission().settled(stanza::error(v1::ITEM_NOT_FOUND));
    stage.request(request_of("sip:eve@evil.example", "sip:ann@fabrikam.example", "three secrets"));
  }
  log::configure(log::Level::info, log::Format::text);
  std::fclose(out);
  std::string lines(text, size);
  std::free(text);
  return lines;
}

}  // namespace

TEST_CASE("bodies are logged each way when that is asked for", "[gateway]") {
  auto config = test_config();
  config.federation.set_log_message_bodies(true);
  const std::string lines = logged(config, log::Level::info);
  INFO(lines);
  CHECK(lines.find("message.body") != lines.npos);
  CHECK(lines.find("direction=\"XMPP to SIP\" from=\"sip:ann@fabrikam.example;gr=phone\" "
                   "to=sip:bob@contoso.example body=\"one secret\"") != lines.npos);
  CHECK(lines.find("direction=\"SIP to XMPP\" from=sip:bob@contoso.example "
                   "to=ann@fabrikam.example body=\"two secrets\"") != lines.npos);
  CHECK(lines.find("three") == lines.npos);
}

TEST_CASE("and never otherwise", "[gateway]") {
  const std::string lines = logged(test_config(), log::Level::debug);
  INFO(lines);
  CHECK(lines.find("message.refused") != lines.npos);
  CHECK(lines.find("message.body") == lines.npos);
  CHECK(lines.find("secret") == lines.npos);
}
