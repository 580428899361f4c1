#include "frontend_gateway/sip/trust.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "absl/strings/ascii.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

std::span<const std::uint8_t> octets(const sa& address) {
  if (sa_af(&address) == AF_INET6) return {address.u.in6.sin6_addr.s6_addr, 16};
  return {reinterpret_cast<const std::uint8_t*>(&address.u.in.sin_addr), 4};
}

bool begin_alike(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, int bits) {
  const std::size_t whole = static_cast<std::size_t>(bits) / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

Trust::Trust(const std::vector<std::string>& peers) {
  for (const std::string& peer : peers) {
    const std::size_t slash = peer.find('/');
    Network network{};
    if (sa_set_str(&network.address, peer.substr(0, slash).c_str(), 0) != 0) {
      std::string& name = names_.emplace_back(peer);
      std::ranges::transform(name, name.begin(), absl::ascii_tolower);
      continue;
    }
    const int all = sa_af(&network.address) == AF_INET6 ? 128 : 32;
    const auto bits = slash == std::string::npos
                          ? std::nullopt
                          : number(std::string_view(peer).substr(slash + 1), 128);
    network.bits = std::min(all, static_cast<int>(bits.value_or(128)));
    networks_.push_back(network);
  }
}

bool Trust::trusts(const sa& source, const std::function<std::vector<std::string>()>& names) const {
  if (everybody()) return true;
  const bool near = std::ranges::any_of(networks_, [&](const Network& network) {
    return sa_af(&network.address) == sa_af(&source) &&
           begin_alike(octets(network.address), octets(source), network.bits);
  });
  if (near || names_.empty()) return near;
  const std::vector<std::string> shown = names();
  return std::ranges::any_of(shown, [&](const std::string& name) {
    return std::ranges::find(names_, name) != names_.end();
  });
}

}  // namespace causeway::gateway::sip
