#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "edge_proxy/link/gateways.h"
#include "edge_proxy/s2s/federation.h"
#include "tests/edge_proxy/s2s/world.h"

namespace causeway::test {

// An edge that serves one domain and has one partner, whose server it is told by address, so that
// no DNS is asked. Its gateways are there to be looked at: none ever attaches.
class WatchedEdge {
 public:
  WatchedEdge(const World& world, std::string own, std::string partner,
              const std::string& certificate)
      : config_(world.config(certificate)),
        own_(std::move(own)),
        partner_(std::move(partner)),
        federation(config_, gathered->uplink()),
        gateways(config_.link, {}) {
    log::configure(log::Level::error, log::Format::text);
    REQUIRE(federation.start().ok());
  }
  ~WatchedEdge() { federation.stop(); }

  std::string address() const { return federation.addresses().front(); }

  void configure(const std::string& partner_address) {
    auto snapshot = std::make_shared<v1::Snapshot>();
    snapshot->set_version(1);
    snapshot->add_hosted_domains()->set_domain(own_);
    v1::Partner& entry = *snapshot->add_partners();
    entry.set_domain(partner_);
    entry.set_proxy_fqdn(partner_address);
    snapshot->mutable_settings()->set_stream_establishment_timeout(3);
    federation.configure(std::move(snapshot));
  }

  // A message to the partner; what became of it.
  std::string send(std::uint64_t number) {
    std::vector<causeway::link::Delivery> one;
    one.push_back(message(gathered, number, own_, partner_));
    federation.send(std::move(one));
    wait_until([&] { return !gathered->settled(number).empty(); });
    return gathered->settled(number);
  }

 private:
  edge::config::Config config_;
  const std::string own_;
  const std::string partner_;

 public:
  std::shared_ptr<Gathered> gathered = std::make_shared<Gathered>();
  edge::s2s::Federation federation;
  edge::link::Gateways gateways;
};

// contoso.example and fabrikam.example, each the other's partner, over SASL EXTERNAL.
struct WatchedPair {
  World world;
  WatchedEdge contoso{world, "contoso.example", "fabrikam.example", "contoso.example"};
  WatchedEdge fabrikam{world, "fabrikam.example", "contoso.example", "good"};

  void configure() {
    contoso.configure(fabrikam.address());
    fabrikam.configure(contoso.address());
  }
};

}  // namespace causeway::test
