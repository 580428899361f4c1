// A message from the network where the answer to a DNS question should be.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/dns/reply.h"
#include "common/dns/srv_order.h"
#include "tests/fuzz/target.h"

namespace causeway::dns {
namespace {

bool is_host(std::string_view name) {
  if (name.size() > 253 || name.front() == '.' || name.back() == '.') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

void check(const Reply& reply) {
  CAUSEWAY_HOLDS(reply.services.empty() || reply.type == Type::srv);
  CAUSEWAY_HOLDS(reply.addresses.empty() || reply.type != Type::srv);
  CAUSEWAY_HOLDS(reply.services.size() + reply.addresses.size() <= kMaxRecords);
  CAUSEWAY_HOLDS(!reply.ttl || reply.ttl->count() >= 0);
  for (const SrvRecord& each : reply.services) {
    if (each.target.empty()) {
      CAUSEWAY_HOLDS(reply.services.size() == 1);
    } else {
      CAUSEWAY_HOLDS(is_host(each.target) && each.port != 0);
    }
  }
  for (const Address& each : reply.addresses) CAUSEWAY_HOLDS(each.v6 == (reply.type == Type::aaaa));
}

// The order has every record once, by priority, whatever is drawn.
void check_order(const std::vector<SrvRecord>& records, std::uint32_t seed) {
  const auto ports = [](const std::vector<SrvRecord>& of) {
    std::vector<std::uint16_t> all;
    for (const SrvRecord& each : of) all.push_back(each.port);
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto draw = [&seed](std::uint32_t most) {
    seed = seed * 1664525 + 1013904223;
    return static_cast<std::uint32_t>(seed % (std::uint64_t{most} + 1));
  };
  const std::vector<SrvRecord> ordered = order(records, draw);
  CAUSEWAY_HOLDS(ports(ordered) == ports(records));
  CAUSEWAY_HOLDS(std::is_sorted(
      ordered.begin(), ordered.end(),
      [](const SrvRecord& a, const SrvRecord& b) { return a.priority < b.priority; }));
}

}  // namespace
}  // namespace causeway::dns

void causeway::fuzz::attempt(std::string_view input) {
  using namespace causeway::dns;
  const std::vector<char> message(input.begin(), input.end());  // of exactly this size
  const auto reply = parse_reply({message.data(), message.size()});
  if (!reply.ok()) {
    CAUSEWAY_HOLDS(!reply.status().message().empty());
    return;
  }
  check(*reply);
  check_order(reply->services, static_cast<std::uint32_t>(input.size()));
}
