// What the operator and the users change while the gateway runs.

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <variant>

#include "common/stanza/conditions.h"
#include "frontend_gateway/gateway/gateway.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;

namespace {

const std::string kAnn = "ann@fabrikam.example/phone";
const std::string kBob = "bob@contoso.example";

v1::Stanza text_of_ann() { return message_of(kAnn, kBob, "hello"); }

gateway::config::Config public_config() {
  gateway::config::Config config = test_config();
  config.partners[0].set_type(v1::PUBLIC_UNVERIFIED);
  return config;
}

void configure(Stage& stage, const gateway::config::Config& config) {
  stage.gateway.configure(
      std::make_shared<const gateway::policy::Policy>(gateway::policy::merge(config, {}).rules));
}

}  // namespace

TEST_CASE("a partner that is taken away is refused at once, both ways", "[policy]") {
  Stage stage;
  stage.deliver(text_of_ann());
  CHECK(stage.world.requests.size() == 1);
  gateway::config::Config without = test_config();
  without.partners.clear();
  configure(stage, without);
  CHECK(stage.outcomes->refused(stage.deliver(text_of_ann())) == v1::FORBIDDEN);
  stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "hello"));
  CHECK(stage.status() == 404);
  configure(stage, test_config());
  stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "hello"));
  CHECK(stage.world.submissions.size() == 1);
}

TEST_CASE("whom external access policy refuses hears why, both ways", "[policy]") {
  gateway::config::Config closed = test_config();
  closed.external_access.enable_xmpp_access = false;
  Stage stage(closed);
  CHECK(stage.outcomes->refused(stage.deliver(text_of_ann())) == v1::NOT_ALLOWED);
  stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "hello"));
  CHECK(stage.status() == 403);
  CHECK(stage.answers.back()->reason == "External Access Policy: XMPP Is Not Enabled");
  CHECK(stage.world.requests.empty());
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("whom a user has written to may answer, and it is written down", "[policy]") {
  Stage stage(public_config());
  CHECK(stage.outcomes->refused(stage.deliver(text_of_ann())) == v1::FORBIDDEN);
  stage.request(request_of("sip:Bob@contoso.example", "sip:ann@fabrikam.example", "hello"));
  stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "again"));
  REQUIRE(stage.world.written_rows.size() == 1);
  const auto& row = std::get<gateway::store::Contact>(stage.world.written_rows[0].row);
  CHECK(row.local == kBob);
  CHECK(row.remote == "ann@fabrikam.example");
  CHECK(row.by == gateway::store::Contact::By::message);

  stage.deliver(text_of_ann());
  CHECK(stage.world.requests.size() == 1);
  CHECK(stage.outcomes->refused(
            stage.deliver(message_of("eve@fabrikam.example/x", kBob, "hello"))) == v1::FORBIDDEN);
}

TEST_CASE("an iq is answered by the hosted domain", "[policy]") {
  Stage stage;
  v1::Stanza ping = stanza_of(kAnn, "contoso.example");
  ping.set_id("p");
  ping.mutable_iq()->mutable_payload()->set_namespace_("urn:xmpp:ping");
  ping.mutable_iq()->mutable_payload()->set_name("ping");
  stage.deliver(ping);
  CHECK(stage.world.next_submission().stanza.iq().type() == v1::Iq::RESULT);
  *ping.mutable_to() = address_of(kBob);
  CHECK(stage.outcomes->refused(stage.deliver(ping)) == v1::SERVICE_UNAVAILABLE);
}
