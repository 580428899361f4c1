#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/gateway.h"
#include "tests/support/world/world.h"

namespace causeway::test {

inline gateway::config::Config test_config() {
  gateway::config::Config config;
  config.domains.push_back(*address::Domain::parse("contoso.example"));
  v1::Partner partner;
  partner.set_domain("fabrikam.example");
  partner.set_type(v1::FEDERATED);
  config.partners.push_back(partner);
  config.external_access = {true, true};
  config.sip.next_hop = "sip:127.0.0.1:5060;transport=tcp";
  return config;
}

// A gateway in such a world.
struct Stage {
  explicit Stage(gateway::config::Config settings = test_config())
      : config(std::move(settings)), gateway(config, world) {}

  // The number under which the outcome will stand.
  std::uint64_t deliver(v1::Stanza stanza) {
    std::vector<causeway::link::Delivery> batch;
    batch.push_back({std::move(stanza), causeway::link::Receipt(outcomes, ++delivered)});
    gateway.from_xmpp(std::move(batch));
    return delivered;
  }

  // Its answer will stand in answers, by the order of the requests.
  void request(const gateway::sip::IncomingRequest& request) {
    const std::size_t index = answers.size();
    answers.emplace_back();
    gateway.from_sip(request, [this, index](const gateway::translate::SipAnswer& answer) {
      REQUIRE_FALSE(answers[index].has_value());
      answers[index] = answer;
    });
  }
  // The status of the last request; 0 when it is not answered.
  int status() const { return answers.back() ? answers.back()->status : 0; }

  gateway::config::Config config;
  World world;
  std::shared_ptr<Outcomes> outcomes = std::make_shared<Outcomes>();
  std::vector<std::optional<gateway::translate::SipAnswer>> answers;
  std::uint64_t delivered = 0;
  gateway::Gateway gateway;
};

}  // namespace causeway::test
