#include "edge_proxy/stream/search.h"

#include <algorithm>
#include <utility>

#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

Search of_proxy(const std::string& text) {
  const absl::StatusOr<Target> proxy = parse_proxy(text);
  Search search;
  if (proxy.ok()) {
    search.targets.push_back(*proxy);
    search.words = cat("the proxy ", text);
  } else {
    search.failure = dns::Failure::not_found;
    search.words = cat("the proxy: ", proxy.status().message());
  }
  return search;
}

}  // namespace

asio::awaitable<Search> search(dns::Resolver& resolver, address::Domain domain,
                               SearchOptions options,
                               std::function<std::uint32_t(std::uint32_t)> random) {
  if (!options.proxy.empty()) co_return of_proxy(options.proxy);
  if (domain.is_ip_literal()) {
    Search literal{.targets = {Target{.host = domain.ascii()}},
                   .failure = std::nullopt,
                   .words = cat("the address on port ", kServerPort)};
    co_return literal;
  }
  // Both are asked before either is waited for.
  asio::awaitable<dns::Known> direct_answer;
  if (options.direct_tls) {
    direct_answer = resolver.look_up(cat("_xmpps-server._tcp.", domain.ascii()), dns::Type::srv);
  }
  asio::awaitable<dns::Known> answer =
      resolver.look_up(cat("_xmpp-server._tcp.", domain.ascii()), dns::Type::srv);
  dns::Known direct;
  if (options.direct_tls) direct = co_await std::move(direct_answer);
  const dns::Known starttls = co_await std::move(answer);
  co_return find_targets(domain, direct.get(), *starttls, options.limits.connect_targets, random);
}

}  // namespace causeway::edge::stream
