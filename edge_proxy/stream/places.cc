#include "edge_proxy/stream/places.h"

#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/dns/srv_order.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

using asio::ip::tcp;

constexpr std::uint16_t kPort = 5269;
constexpr std::size_t kMostSteps = 64;

std::uint32_t draw(std::uint32_t most) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_int_distribution<std::uint32_t>(0, most)(generator);
}

std::string to_words(const tcp::endpoint& place) {
  const std::string address = place.address().to_string();
  return place.address().is_v6() ? cat("[", address, "]:", place.port())
                                 : cat(address, ":", place.port());
}

}  // namespace

void Steps::note(std::string step) {
  if (lines_.size() < kMostSteps) lines_.push_back(std::move(step));
}

Places::Places(dns::Resolver& resolver, address::Domain domain, Options options, Steps& steps)
    : resolver_(resolver),
      domain_(std::move(domain)),
      options_(std::move(options)),
      steps_(steps) {}

asio::awaitable<std::optional<Place>> Places::next() {
  if (!searched_) co_await find_targets();
  for (;;) {
    while (!endpoints_.empty()) {
      const tcp::endpoint place = endpoints_.front();
      endpoints_.pop_front();
      std::optional<tcp::socket> socket = co_await connect(place);
      if (socket) co_return Place{*std::move(socket), false, to_words(place)};
    }
    if (targets_.empty()) break;
    const Target target = targets_.front();
    targets_.pop_front();
    co_await find_addresses(target);
  }
  if (!resolved_) throw dns::LookupError(dns::Failure::not_found, "no address was found");
  co_return std::nullopt;
}

asio::awaitable<void> Places::find_targets() {
  searched_ = true;
  if (!options_.proxy.empty()) {
    const std::size_t colon = options_.proxy.rfind(':');
    int port = 0;
    const bool has_port = colon != std::string::npos && options_.proxy.find(':') == colon &&
                          absl::SimpleAtoi(options_.proxy.substr(colon + 1), &port) && port > 0 &&
                          port < 65536;
    targets_.push_back(
        has_port ? Target{options_.proxy.substr(0, colon), static_cast<std::uint16_t>(port)}
                 : Target{options_.proxy, kPort});
    co_return;
  }
  const std::string name = cat("_xmpp-server._tcp.", domain_.ascii());
  std::vector<dns::SrvRecord> records;
  try {
    if (!domain_.is_ip_literal()) records = co_await resolver_.srv(name);
  } catch (const dns::LookupError& error) {
    steps_.note(cat("SRV of ", name, ": ", error.what()));
  }
  if (records.size() == 1 && records.front().target.empty()) {
    steps_.note(cat("SRV of ", name, ": says that the service is not offered"));
    throw dns::LookupError(dns::Failure::not_found, "the domain offers no XMPP server");
  }
  records = dns::order(std::move(records), draw);
  for (dns::SrvRecord& record : records) {
    if (!record.target.empty()) targets_.push_back({std::move(record.target), record.port});
  }
  if (targets_.empty()) targets_.push_back({domain_.ascii(), kPort});
}

asio::awaitable<void> Places::find_addresses(Target target) {
  try {
    const std::vector<asio::ip::address> addresses = co_await resolver_.addresses(target.host);
    for (const asio::ip::address& address : addresses)
      endpoints_.emplace_back(address, target.port);
    resolved_ = resolved_ || !addresses.empty();
  } catch (const dns::LookupError& error) {
    steps_.note(cat("address of ", target.host, ": ", error.what()));
  }
}

asio::awaitable<std::optional<tcp::socket>> Places::connect(tcp::endpoint place) {
  tcp::socket socket(co_await asio::this_coro::executor);
  try {
    co_await async::within(options_.connect_limit,
                           socket.async_connect(place, asio::use_awaitable));
    socket.set_option(tcp::no_delay(true));
    steps_.note(cat("connected to ", to_words(place)));
    co_return std::move(socket);
  } catch (const async::TimedOut&) {
    steps_.note(cat(to_words(place), " did not answer"));
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    steps_.note(cat(to_words(place), ": ", error.code().message()));
  }
  co_return std::nullopt;
}

}  // namespace causeway::edge::stream
