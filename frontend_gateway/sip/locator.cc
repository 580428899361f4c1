#include "frontend_gateway/sip/locator.h"

#include <algorithm>
#include <deque>

#include "common/dns/srv_order.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::size_t kMostTargets = 16;     // tries of one request
constexpr std::size_t kKnown = 4096;         // URIs kept; peers choose some of them
constexpr std::chrono::seconds kLeast{1};    // whatever a zone says: not a question a request
constexpr std::chrono::seconds kNowhere{5};  // until what led nowhere is asked for again

// RFC 3263 section 4.1 for NAPTR, 4.2 for SRV; the order is ours: the safest first.
struct Kind {
  sip_transp transport;
  std::string_view service;
  std::string_view prefix;
};
constexpr Kind kKinds[] = {{SIP_TRANSP_TLS, "sips+d2t", "_sips._tcp."},
                           {SIP_TRANSP_TCP, "sip+d2t", "_sip._tcp."},
                           {SIP_TRANSP_UDP, "sip+d2u", "_sip._udp."}};

// A host with a port: what is left to find are its addresses.
struct Host {
  sip_transp transport;
  std::string name;
  std::uint16_t port;
};

sa as_sa(const dns::Address& from, std::uint16_t port) {
  sa address;
  if (from.v6) {
    sa_set_in6(&address, from.octets.data(), port);
  } else {
    const auto& o = from.octets;
    sa_set_in(&address, (std::uint32_t{o[0]} << 24) | (o[1] << 16) | (o[2] << 8) | o[3], port);
  }
  return address;
}

}  // namespace

std::string text_of(const Target& target) {
  std::string_view transport = sip_transp_param(target.transport);
  const std::size_t equals = transport.find('=');
  transport = equals == std::string_view::npos ? "udp" : transport.substr(equals + 1);
  return concat({transport, ":", address_text(target.address)});
}

struct Locator::Search {
  std::string uri;
  Place place;
  Found found;
  std::deque<Service> services;
  std::deque<Host> hosts;
  bool named = false;  // SRV records were there, if only to say that there is no service
  Targets targets{{}, Clock::time_point::max(), false};

  void heard(const Names::Answer& answer) {
    if (answer.failed) targets.failed = true;
    targets.until = std::min(targets.until, answer.expires);
  }
};

bool Locator::speaks(sip_transp transport, int family) const {
  sa of, local;
  sa_init(&of, family);
  return sip_transp_laddr(stack_, &local, transport, &of) == 0;
}

// Those the URI leaves, of those we speak.
std::vector<sip_transp> Locator::transports(const Place& place) const {
  std::vector<sip_transp> all;
  for (const Kind& kind : kKinds) {
    const bool secured = kind.transport == SIP_TRANSP_TLS;
    const bool named = same_name(place.transport, sip_transp_name(kind.transport));
    const bool tcp = secured && place.secure && place.transport == "tcp";
    if (!place.transport.empty() && !named && !tcp) continue;
    if (place.secure && !secured) continue;
    if (speaks(kind.transport, AF_INET) || speaks(kind.transport, AF_INET6))
      all.push_back(kind.transport);
  }
  return all;
}

// For an address, and for a name with a port, the transport is the one named or UDP, if we have it
// (section 4.1).
bool Locator::literal(const Place& place, Targets& targets) const {
  sa address;
  if (sa_set_str(&address, place.host.c_str(), place.port) != 0) return false;
  const std::vector<sip_transp> fit = transports(place);
  for (auto transport = fit.rbegin(); transport != fit.rend(); ++transport) {
    if (!speaks(*transport, sa_af(&address))) continue;
    sa_set_port(&address, sip_transp_port(*transport, place.port));
    targets.all.push_back({*transport, address, place.host});
    return true;
  }
  return true;
}

bool Locator::reaches(const Place& place) const {
  Targets targets;
  return literal(place, targets) ? !targets.all.empty() : !transports(place).empty();
}

Located Locator::known(const std::string& uri) {
  const auto found = known_.find(uri);
  if (found == known_.end() || found->second->until <= Clock::now()) return nullptr;
  return found->second;
}

void Locator::locate(const std::string& uri, Found found) {
  if (Located already = known(uri)) return found(std::move(already));
  auto search = std::make_shared<Search>();
  search->uri = uri;
  search->found = std::move(found);
  const auto place = place_of(uri);
  if (!place || literal(*place, search->targets)) return finish(search);
  search->place = *place;
  const std::vector<sip_transp> fit = transports(*place);
  if (fit.empty()) return finish(search);
  if (place->port != 0) {
    search->hosts.push_back({fit.back(), place->host, place->port});
    return by_addresses(std::move(search));
  }
  if (place->transport.empty()) return by_rules(std::move(search));
  for (const Kind& kind : kKinds) {
    if (std::ranges::find(fit, kind.transport) != fit.end())
      search->services.push_back({kind.transport, concat({kind.prefix, place->host})});
  }
  by_services(std::move(search));
}

void Locator::by_rules(std::shared_ptr<Search> search) {
  const std::string host = search->place.host;
  names_.ask(host, dns::Type::naptr, [this, search](Names::Known answer) {
    search->heard(*answer);
    auto rules = answer->rules;
    std::ranges::stable_sort(rules, {}, [](const dns::NaptrRecord& rule) {
      return std::pair(rule.order, rule.preference);
    });
    const std::vector<sip_transp> fit = transports(search->place);
    const auto add = [&](const Kind& kind, std::string name) {
      if (std::ranges::find(fit, kind.transport) != fit.end())
        search->services.push_back({kind.transport, std::move(name)});
    };
    for (const dns::NaptrRecord& rule : rules) {
      const auto* kind = std::ranges::find(kKinds, rule.service, &Kind::service);
      if (rule.flags == "s" && kind != std::end(kKinds)) add(*kind, rule.replacement);
    }
    if (search->services.empty()) {
      for (const Kind& kind : kKinds) add(kind, concat({kind.prefix, search->place.host}));
    }
    by_services(search);
  });
}

void Locator::by_services(std::shared_ptr<Search> search) {
  if (search->services.empty()) {
    if (!search->named) {
      const sip_transp transport = transports(search->place).back();
      search->hosts.push_back(
          {transport, search->place.host, sip_transp_port(transport, search->place.port)});
    }
    return by_addresses(std::move(search));
  }
  const Service service = std::move(search->services.front());
  search->services.pop_front();
  names_.ask(service.name, dns::Type::srv,
             [this, search, transport = service.transport](Names::Known answer) {
               search->heard(*answer);
               search->named = search->named || !answer->services.empty();
               const auto random = [](std::uint32_t most) {
                 return static_cast<std::uint32_t>(rand_u64() % (std::uint64_t{most} + 1));
               };
               for (const auto& record : dns::order(answer->services, random)) {
                 if (!record.target.empty())
                   search->hosts.push_back({transport, record.target, record.port});
               }
               by_services(search);
             });
}

void Locator::by_addresses(std::shared_ptr<Search> search) {
  if (search->hosts.empty() || search->targets.all.size() >= kMostTargets) return finish(search);
  const Host host = std::move(search->hosts.front());
  search->hosts.pop_front();
  const auto add = [search, host](const Names::Answer& answer) {
    search->heard(answer);
    for (const dns::Address& address : answer.addresses)
      search->targets.all.push_back(
          {host.transport, as_sa(address, host.port), search->place.host});
  };
  const auto then_four = [this, search, host, add] {
    if (!speaks(host.transport, AF_INET)) return by_addresses(search);
    names_.ask(host.name, dns::Type::a, [this, search, add](Names::Known answer) {
      add(*answer);
      by_addresses(search);
    });
  };
  if (!speaks(host.transport, AF_INET6)) return then_four();
  names_.ask(host.name, dns::Type::aaaa, [add, then_four](Names::Known answer) {
    add(*answer);
    then_four();
  });
}

void Locator::finish(const std::shared_ptr<Search>& search) {
  Targets& targets = search->targets;
  if (targets.all.size() > kMostTargets) targets.all.resize(kMostTargets);
  targets.until = std::max(targets.until, Clock::now() + kLeast);
  if (targets.all.empty()) targets.until = Clock::now() + kNowhere;
  // What a name server has not said may be said in a moment.
  if (targets.failed) targets.until = std::min(targets.until, Clock::now() + kNowhere);
  auto located = std::make_shared<const Targets>(std::move(targets));
  if (known_.size() >= kKnown) known_.clear();
  known_[search->uri] = located;
  search->found(std::move(located));
}

}  // namespace causeway::gateway::sip
