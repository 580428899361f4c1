#include "frontend_gateway/service/service.h"

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/stanza/conditions.h"
#include "tests/support/world/world.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;

namespace {

const std::string kInfo = "http://jabber.org/protocol/disco#info";
const std::string kItems = "http://jabber.org/protocol/disco#items";

policy::Rules rules() {
  policy::Rules rules;
  rules.hosted = {*address::Domain::parse("contoso.example")};
  rules.partners.emplace_back().set_domain("fabrikam.example");
  return rules;
}

config::Service settings() {
  config::Service settings;
  settings.contact_addresses.abuse = {"mailto:abuse@contoso.example", "xmpp:abuse@contoso.example"};
  settings.contact_addresses.support = {"https://contoso.example/support"};
  return settings;
}

struct Counter {
  std::uint64_t ask(v1::Stanza stanza) {
    service.take({std::move(stanza), causeway::link::Receipt(outcomes, ++asked)});
    return asked;
  }
  std::uint64_t ask(const std::string& to, const std::string& ns, const std::string& name,
                    v1::Iq::Type type = v1::Iq::GET,
                    const std::string& from = "ann@fabrikam.example/phone") {
    v1::Stanza stanza = stanza_of(from, to);
    stanza.set_id("q1");
    stanza.mutable_iq()->set_type(type);
    stanza.mutable_iq()->mutable_payload()->set_namespace_(ns);
    stanza.mutable_iq()->mutable_payload()->set_name(name);
    return ask(std::move(stanza));
  }

  World world;
  std::shared_ptr<Outcomes> outcomes = std::make_shared<Outcomes>();
  std::uint64_t asked = 0;
  policy::Current policy{std::make_shared<const policy::Policy>(rules())};
  // Ann may see bob.
  service::Service service{policy, world,
                           [](const v1::Address& user, const v1::Address& watcher) {
                             return user.local() == "bob" && watcher.local() == "ann";
                           },
                           settings()};
};

std::set<std::string> features(const v1::Extension& info) {
  std::set<std::string> features;
  for (const v1::Extension& child : info.children())
    if (child.name() == "feature") features.insert(child.attributes().at("var"));
  return features;
}

}  // namespace

TEST_CASE("a hosted domain says what it is", "[service]") {
  Counter counter;
  const auto number = counter.ask("contoso.example", kInfo, "query");
  World::Submission answer = counter.world.next_submission();
  CHECK_FALSE(counter.outcomes->settled(number));
  answer.settled({});
  CHECK(counter.outcomes->taken(number));

  const v1::Stanza& stanza = answer.stanza;
  CHECK(stanza.from().domain() == "contoso.example");
  CHECK(stanza.to().local() == "ann");
  CHECK(stanza.to().resource() == "phone");
  CHECK(stanza.id() == "q1");
  CHECK(stanza.iq().type() == v1::Iq::RESULT);
  const v1::Extension& info = stanza.iq().payload();
  CHECK(info.namespace_() == kInfo);
  REQUIRE(info.children_size() > 2);
  CHECK(info.children(0).attributes().at("category") == "server");
  CHECK(info.children(0).attributes().at("type") == "im");
  CHECK(info.children(1).attributes().at("category") == "gateway");
  CHECK(info.children(1).attributes().at("type") == "simple");
  CHECK(features(info) ==
        std::set<std::string>{kInfo, kItems, "urn:xmpp:ping", "jabber:iq:version"});

  const v1::Extension& form = info.children(info.children_size() - 1);
  CHECK(form.namespace_() == "jabber:x:data");
  CHECK(form.attributes().at("type") == "result");
  REQUIRE(form.children_size() == 3);
  CHECK(form.children(0).attributes().at("var") == "FORM_TYPE");
  CHECK(form.children(0).attributes().at("type") == "hidden");
  CHECK(form.children(0).children(0).text() == "http://jabber.org/network/serverinfo");
  CHECK(form.children(1).attributes().at("var") == "abuse-addresses");
  REQUIRE(form.children(1).children_size() == 2);
  CHECK(form.children(1).children(1).text() == "xmpp:abuse@contoso.example");
  CHECK(form.children(2).attributes().at("var") == "support-addresses");
}

TEST_CASE("without contact addresses there is no form, without a version no feature", "[service]") {
  Counter counter;
  counter.service.configure({.answer_version = false, .contact_addresses = {}});
  counter.ask("contoso.example", kInfo, "query");
  const v1::Stanza answer = counter.world.next_submission().stanza;
  CHECK(features(answer.iq().payload()) == std::set<std::string>{kInfo, kItems, "urn:xmpp:ping"});
  for (const v1::Extension& child : answer.iq().payload().children()) CHECK(child.name() != "x");
  CHECK(counter.outcomes->refused(counter.ask("contoso.example", "jabber:iq:version", "query")) ==
        v1::SERVICE_UNAVAILABLE);
}

TEST_CASE("what is answered, and what is not", "[service]") {
  constexpr v1::StanzaCondition kAnswered = v1::UNDEFINED_CONDITION;
  struct Row {
    std::string to, ns, name;
    v1::Iq::Type type;
    std::string from;
    v1::StanzaCondition outcome;
  };
  const std::string ann = "ann@fabrikam.example/phone";
  const auto row = GENERATE_COPY(values<Row>({
      {"contoso.example", kItems, "query", v1::Iq::GET, ann, kAnswered},
      {"contoso.example", "urn:xmpp:ping", "ping", v1::Iq::GET, ann, kAnswered},
      {"contoso.example", "urn:xmpp:ping", "ping", v1::Iq::GET, "fabrikam.example", kAnswered},
      {"contoso.example", "jabber:iq:version", "query", v1::Iq::GET, ann, kAnswered},
      {"contoso.example", "urn:xmpp:ping", "query", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"contoso.example", "urn:xmpp:ping", "ping", v1::Iq::SET, ann, v1::SERVICE_UNAVAILABLE},
      {"contoso.example", "urn:xmpp:time", "time", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"contoso.example", "", "", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"contoso.example/x", "urn:xmpp:ping", "ping", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"bob@contoso.example", kInfo, "query", v1::Iq::GET, ann, kAnswered},
      {"bob@contoso.example", kItems, "query", v1::Iq::GET, ann, kAnswered},
      {"bob@contoso.example", "urn:xmpp:ping", "ping", v1::Iq::GET, ann, kAnswered},
      {"bob@contoso.example", "jabber:iq:version", "query", v1::Iq::GET, ann,
       v1::SERVICE_UNAVAILABLE},
      {"bob@contoso.example", "vcard-temp", "vCard", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"bob@contoso.example/desk", kInfo, "query", v1::Iq::GET, ann, v1::SERVICE_UNAVAILABLE},
      {"contoso.example", "urn:xmpp:ping", "ping", v1::Iq::GET, "x@stranger.example",
       v1::FORBIDDEN},
      {"other.example", "urn:xmpp:ping", "ping", v1::Iq::GET, ann, v1::ITEM_NOT_FOUND},
  }));
  INFO(row.from << " asks " << row.to << " " << row.ns);
  Counter counter;
  const auto number = counter.ask(row.to, row.ns, row.name, row.type, row.from);
  if (row.outcome != kAnswered) {
    CHECK(counter.outcomes->refused(number) == row.outcome);
    CHECK(counter.world.submissions.empty());
    return;
  }
  World::Submission answer = counter.world.next_submission();
  CHECK(answer.stanza.iq().type() == v1::Iq::RESULT);
  CHECK(answer.stanza.from().local() == address_of(row.to).local());
  answer.settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));  // nobody is left to be told
  CHECK(counter.outcomes->taken(number));
}

TEST_CASE("no user can be told from one who does not exist", "[service]") {
  struct Row {
    std::string ns, name;
  };
  const auto row = GENERATE_COPY(values<Row>({{kInfo, "query"},
                                              {kItems, "query"},
                                              {"urn:xmpp:ping", "ping"},
                                              {"jabber:iq:version", "query"},
                                              {"vcard-temp", "vCard"},
                                              {"jabber:iq:last", "query"}}));
  const std::string resource = GENERATE("", "/desk");
  const auto type = GENERATE(v1::Iq::GET, v1::Iq::SET);
  Counter counter;
  std::set<std::string> answers;
  for (const char* user : {"bob", "nobody", "closed"}) {
    const auto number = counter.ask(std::string(user) + "@contoso.example" + resource, row.ns,
                                    row.name, type, "eve@fabrikam.example/x");
    REQUIRE(counter.outcomes->settled(number));
    answers.insert(counter.outcomes->by_number.at(number)->SerializeAsString());
  }
  CHECK(answers.size() == 1);
  CHECK(counter.world.submissions.empty());
}

TEST_CASE("there are no nodes", "[service]") {
  Counter counter;
  for (const std::string& ns : {kInfo, kItems}) {
    v1::Stanza stanza = stanza_of("ann@fabrikam.example/phone", "contoso.example");
    stanza.mutable_iq()->mutable_payload()->set_namespace_(ns);
    stanza.mutable_iq()->mutable_payload()->set_name("query");
    (*stanza.mutable_iq()->mutable_payload()->mutable_attributes())["node"] = "x";
    CHECK(counter.outcomes->refused(counter.ask(stanza)) == v1::ITEM_NOT_FOUND);
  }
}

TEST_CASE("results and errors are never answered", "[service]") {
  Counter counter;
  const auto type = GENERATE(v1::Iq::RESULT, v1::Iq::ERROR);
  CHECK(counter.outcomes->taken(counter.ask("contoso.example", kInfo, "query", type)));
  CHECK(counter.world.submissions.empty());
}
