#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/s2s/federation.h"
#include "tests/edge_proxy/s2s/settings.h"
#include "tests/edge_proxy/s2s/world.h"
#include "tests/support/asio/run.h"
#include "tests/support/process/process.h"

namespace causeway::test {

// Whole edges that find each other by DNS, over loopback.

using asio::ip::tcp;
using namespace std::chrono_literals;

inline constexpr Settings kStrict{v1::REQUIRED, v1::REQUIRED, false};
inline constexpr Settings kTlsDialback{v1::REQUIRED, v1::NOT_SUPPORTED, true};
inline constexpr Settings kPlain{v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, true};

inline const World& world() {
  static const World kWorld;
  log::configure(log::Level::error, log::Format::text);
  return kWorld;
}

inline unsigned short free_port() {
  asio::io_context io;
  const tcp::acceptor reserved(io, {asio::ip::address_v4::loopback(), 0});
  return reserved.local_endpoint().port();
}

// dnsmasq, with the SRV records that a test gives it.
class DnsServer {
 public:
  const std::string& address() const { return address_; }
  void srv(const std::string& domain, const std::string& port, int priority) {
    zone_ += "srv-host=_xmpp-server._tcp." + domain + ",host.example," + port + "," +
             std::to_string(priority) + ",0\n";
  }
  // For direct TLS.
  void direct(const std::string& domain, const std::string& port, int priority) {
    zone_ += "srv-host=_xmpps-server._tcp." + domain + ",host.example," + port + "," +
             std::to_string(priority) + ",0\n";
  }
  void start() {
    const std::string file = directory_.write(
        "dnsmasq.conf",
        "no-resolv\nno-hosts\nno-daemon\nbind-interfaces\nlisten-address=127.0.0.1\nport=" +
            std::to_string(port_) + "\nlocal=/example/\nhost-record=host.example,127.0.0.1\n" +
            zone_);
    process_.emplace(std::vector<std::string>{"dnsmasq", "--conf-file=" + file},
                     (directory_.path() / "log").string());
    wait_until([this] { return answers(); });
  }

 private:
  bool answers() const {
    asio::io_context io;
    edge::dns::Resolver resolver(io.get_executor(),
                                 {.servers = {address_}, .timeout = 200ms, .tries = 1});
    if (!resolver.open().ok()) return false;
    bool answered = false;
    const auto ask = [](edge::dns::Resolver& resolver, bool& answered) -> asio::awaitable<void> {
      const edge::dns::Known found = co_await resolver.look_up("host.example", edge::dns::Type::a);
      answered = !found->addresses.empty();
    };
    run(io, ask(resolver, answered));
    return answered;
  }

  TemporaryDirectory directory_;
  unsigned short port_ = free_port();
  std::string address_ = "127.0.0.1:" + std::to_string(port_);
  std::string zone_;
  std::optional<Process> process_;
};

// An edge that answers for one domain and knows one other.
struct Edge {
  std::string own;
  std::shared_ptr<Gathered> gathered = std::make_shared<Gathered>();
  edge::s2s::Federation federation;
  v1::Snapshot snapshot;

  Edge(const std::string& domain, const std::string& partner, const Settings& settings,
       const edge::config::Config& config)
      : own(domain), federation(config, gathered->uplink()) {
    snapshot.add_hosted_domains()->set_domain(domain);
    v1::Partner& entry = *snapshot.add_partners();
    entry.set_domain(partner);
    entry.set_tls(settings.tls);
    entry.set_sasl(settings.sasl);
    entry.set_dialback(settings.dialback);
    snapshot.mutable_settings()->set_stream_establishment_timeout(3);
    REQUIRE(federation.start().ok());
  }
  ~Edge() { federation.stop(); }

  void configure() { federation.configure(std::make_shared<v1::Snapshot>(snapshot)); }
  std::string port() const {
    const std::string address = federation.addresses().front();
    return address.substr(address.rfind(':') + 1);
  }
  void send(std::uint64_t first, std::uint64_t last, std::uint32_t patience_ms = 0) {
    std::vector<causeway::link::Delivery> deliveries;
    for (std::uint64_t i = first; i <= last; ++i) {
      deliveries.push_back(message(gathered, i, own, snapshot.partners(0).domain()));
      deliveries.back().stanza.set_patience_ms(patience_ms);
    }
    federation.send(std::move(deliveries));
  }
  std::string outcome(std::uint64_t sequence) {
    wait_until([&] { return !gathered->settled(sequence).empty(); });
    return gathered->settled(sequence);
  }
};

inline edge::config::Config configuration(const DnsServer& dns, const std::string& certificate,
                                          int io_threads = 1) {
  edge::config::Config config = world().config(certificate);
  config.dns.servers = {dns.address()};
  config.dns.timeout = 1000ms;
  config.xmpp.io_threads = io_threads;
  return config;
}

// contoso.example and fabrikam.example, and the DNS that leads each to the other.
struct TwoEdges {
  DnsServer dns;
  Edge contoso;
  Edge fabrikam;

  TwoEdges(
      const Settings& settings, const std::string& contoso_certificate,
      const std::string& fabrikam_certificate, int io_threads = 1, bool dead_target = false,
      const std::function<void(TwoEdges&)>& prepare = [](TwoEdges&) {})
      : contoso("contoso.example", "fabrikam.example", settings,
                configuration(dns, contoso_certificate, io_threads)),
        fabrikam("fabrikam.example", "contoso.example", settings,
                 configuration(dns, fabrikam_certificate, io_threads)) {
    if (dead_target) dns.srv("fabrikam.example", std::to_string(free_port()), 1);
    dns.srv("contoso.example", contoso.port(), 10);
    dns.srv("fabrikam.example", fabrikam.port(), 10);
    prepare(*this);
    dns.start();
    contoso.configure();
    fabrikam.configure();
  }
};

}  // namespace causeway::test
