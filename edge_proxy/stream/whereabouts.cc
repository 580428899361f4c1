#include "edge_proxy/stream/whereabouts.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSoonest{10};

// Without the weights' dice, so that the same records give the same number.
std::uint32_t no_dice(std::uint32_t) { return 0; }

struct Asked {
  std::size_t target;
  asio::awaitable<dns::Known> answer;
};

// All are asked before the first is waited for.
std::vector<Asked> ask_for_addresses(dns::Resolver& resolver, const std::vector<Target>& targets) {
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (const dns::Type type : {dns::Type::aaaa, dns::Type::a}) {
      asked.push_back({i, resolver.look_up(targets[i].host, type)});
    }
  }
  return asked;
}

std::string line_of(const Target& target, const std::string& address) {
  return cat(target.priority, " ", target.host, " ", target.port, target.direct_tls ? " tls " : " ",
             address);
}

}  // namespace

asio::awaitable<Whereabouts> find_whereabouts(dns::Resolver& resolver, address::Domain domain,
                                              SearchOptions options) {
  const std::function<std::uint32_t(std::uint32_t)> dice = no_dice;
  const Search found = co_await search(resolver, std::move(domain), std::move(options), dice);
  Clock::time_point expires = found.expires;
  std::vector<std::string> lines;
  Whereabouts whereabouts;
  std::vector<Asked> asked = ask_for_addresses(resolver, found.targets);
  for (Asked& each : asked) {
    const dns::Known answer = co_await std::move(each.answer);
    expires = std::min(expires, answer->expires);
    for (const asio::ip::address& address : answer->addresses) {
      lines.push_back(line_of(found.targets[each.target], address.to_string()));
      whereabouts.anywhere = true;
    }
  }
  std::sort(lines.begin(), lines.end());
  whereabouts.fingerprint = std::hash<std::string>{}(absl::StrJoin(lines, "\n"));
  whereabouts.expires = std::max(expires, Clock::now() + kSoonest);
  co_return whereabouts;
}

}  // namespace causeway::edge::stream
