#include "tests/bench/message_phase.h"

#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>

#include "tests/bench/die.h"
#include "tests/bench/process_meter.h"
#include "tests/bench/rest.h"

namespace causeway::bench {
namespace {

using namespace std::chrono_literals;
using edge::tls::Transport;

constexpr std::uint64_t kGentle = 500;  // messages under way
constexpr auto kQuiet = 3s;             // then an idle stream holds nothing that it can do without
constexpr double kAmongIdle = 500;      // messages a second, while many streams are held
constexpr std::size_t kSetupWarmUp = 100;  // streams

double milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

}  // namespace

MessagePhase::MessagePhase(asio::io_context& io, const Options& options, Tls tls)
    : io_(io),
      options_(options),
      tls_(tls),
      xmpp_(io, {.edge = endpoint(options.edge_address),
                 .listen = endpoint(options.xmpp_listen),
                 .local_domain = options.partner_domain,
                 .remote_domain = options.hosted_domain,
                 .tls = std::move(tls)}),
      sip_(io, {.gateway = endpoint(options.gateway_address),
                .listen = endpoint(options.sip_listen),
                .local_domain = options.hosted_domain,
                .remote_domain = options.partner_domain,
                .pairs = options.pairs}) {
  const auto arrived = [this](std::string_view body) { ledger_->arrived(body); };
  asio::co_spawn(io, xmpp_.serve(arrived), die);
  asio::co_spawn(io, sip_.serve(arrived), die);
}

// The idle streams come early: later they would fit into what the edge has freed.
asio::awaitable<MessagePhase::Json> MessagePhase::messages() {
  Json report;
  report["stream_setup"] = co_await stream_setup();
  report["idle_streams"] = co_await idle_streams();
  Transport stream = co_await xmpp_.connect();
  co_await sip_.connect();
  report["idle_streams"]["xmpp_to_sip"] = co_await among_idle("XMPP -> SIP", [&](Load load) {
    return xmpp_to_sip(xmpp_, stream, options_.pairs, *ledger_, load);
  });
  report["idle_streams"]["sip_to_xmpp"] = co_await among_idle(
      "SIP -> XMPP", [&](Load load) { return sip_to_xmpp(sip_, *ledger_, load); });
  idle_.clear();
  co_await daemons_rest();
  report.update(co_await both_ways(stream));
  co_return report;
}

// The way to SIP opens them, and both ways then use them.
asio::awaitable<MessagePhase::Json> MessagePhase::sessions() {
  Transport stream = co_await xmpp_.connect();
  co_await sip_.connect();
  Json report = co_await both_ways(stream);
  report["sessions"] = sip_.sessions();
  co_return report;
}

asio::awaitable<MessagePhase::Json> MessagePhase::both_ways(Transport& stream) {
  Json report;
  report["xmpp_to_sip"] = co_await direction("XMPP -> SIP", [&](Load load) {
    return xmpp_to_sip(xmpp_, stream, options_.pairs, *ledger_, load);
  });
  report["sip_to_xmpp"] = co_await direction(
      "SIP -> XMPP", [&](Load load) { return sip_to_xmpp(sip_, *ledger_, load); });
  co_return report;
}

// Throughput first, then latency at half of it. A warm-up makes connections and pages, gently: an
// edge that is still connecting holds no more than 1,000 stanzas for a pair of domains.
template <typename Send>
asio::awaitable<MessagePhase::Json> MessagePhase::direction(const char* name, Send send) {
  Ledger warm_up(options_.pairs, options_.body_bytes);
  ledger_ = &warm_up;
  co_await send(Load{.messages = options_.messages / 20, .window = kGentle});

  co_await daemons_rest();
  std::fprintf(stderr, "%s: %llu messages as fast as they go ...\n", name,
               static_cast<unsigned long long>(options_.messages));
  Ledger fast(options_.pairs, options_.body_bytes);
  ledger_ = &fast;
  const Usage edge_before = usage_of(options_.edge_process);
  const Usage gateway_before = usage_of(options_.gateway_process);
  const Usage own_before = usage_of(getpid());
  const Outcome outcome = co_await send(Load{.messages = options_.messages});
  const Usage edge = usage_of(options_.edge_process);
  const Usage gateway = usage_of(options_.gateway_process);
  const Usage own = usage_of(getpid());
  const double rate = static_cast<double>(fast.received()) / outcome.time.count();

  co_await daemons_rest();
  std::fprintf(stderr, "%s: latency at %.0f messages/s ...\n", name, rate / 2);
  Ledger paced(options_.pairs, options_.body_bytes);
  ledger_ = &paced;
  const Outcome half = co_await send(
      Load{.messages = static_cast<std::uint64_t>(rate / 2 * options_.latency_seconds),
           .per_second = rate / 2});

  const auto per_message = [&](std::chrono::microseconds cpu) {
    return static_cast<double>(cpu.count()) /
           static_cast<double>(std::max<std::uint64_t>(1, fast.received()));
  };
  Json result;
  result["messages"] = fast.sent();
  result["delivered"] = fast.received();
  result["complete"] = outcome.complete && half.complete;
  result["out_of_order"] = fast.out_of_order() + paced.out_of_order();
  result["unreadable"] = fast.unreadable() + paced.unreadable();
  result["refused"] = sip_.refused();
  result["first_refusal"] = sip_.first_refusal();
  result["messages_per_second"] = rate;
  result["edge_cpu_us_per_message"] = per_message(edge.cpu - edge_before.cpu);
  result["gateway_cpu_us_per_message"] = per_message(gateway.cpu - gateway_before.cpu);
  result["daemons_cpu_us_per_message"] =
      per_message(edge.cpu - edge_before.cpu + gateway.cpu - gateway_before.cpu);
  result["driver_cpu_us_per_message"] = per_message(own.cpu - own_before.cpu);
  result["half_load_p50_ms"] = milliseconds(paced.quantile(0.50));
  result["half_load_p99_ms"] = milliseconds(paced.quantile(0.99));
  result["edge_resident_mib"] = static_cast<double>(edge.resident_bytes) / (1 << 20);
  result["gateway_resident_mib"] = static_cast<double>(gateway.resident_bytes) / (1 << 20);
  co_return result;
}

// Messages while the idle streams are held.
template <typename Send>
asio::awaitable<MessagePhase::Json> MessagePhase::among_idle(const char* name, Send send) {
  Ledger warm_up(options_.pairs, options_.body_bytes);
  ledger_ = &warm_up;
  co_await send(Load{.messages = kGentle, .window = kGentle / 5});
  co_await daemons_rest();
  std::fprintf(stderr, "%s: latency among %zu idle streams ...\n", name, idle_.size());
  Ledger paced(options_.pairs, options_.body_bytes);
  ledger_ = &paced;
  const Outcome outcome = co_await send(
      Load{.messages = static_cast<std::uint64_t>(kAmongIdle * options_.latency_seconds),
           .per_second = kAmongIdle});
  Json result;
  result["messages_per_second"] = kAmongIdle;
  result["complete"] = outcome.complete;
  result["p50_ms"] = milliseconds(paced.quantile(0.50));
  result["p99_ms"] = milliseconds(paced.quantile(0.99));
  co_return result;
}

// TCP, STARTTLS, both certificates, EXTERNAL, restart, and the end: what each stream costs who
// accepts it. The same client does the same with another server, if there is one.
asio::awaitable<MessagePhase::Json> MessagePhase::stream_setup() {
  Json result;
  result["streams"] = options_.setups;
  const double edge = co_await cpu_per_setup(xmpp_, options_.edge_process);
  result["edge_cpu_us"] = edge;
  if (options_.other_address.empty()) co_return result;
  XmppSide other(io_, {.edge = endpoint(options_.other_address),
                       .listen = {},
                       .local_domain = options_.partner_domain,
                       .remote_domain = options_.other_domain,
                       .tls = tls_});
  const double others = co_await cpu_per_setup(other, options_.other_process);
  result["other_cpu_us"] = others;
  result["other_to_edge"] = others / edge;
  co_return result;
}

asio::awaitable<double> MessagePhase::cpu_per_setup(XmppSide& client, pid_t process) {
  std::fprintf(stderr, "%zu streams set up, one after the other ...\n", options_.setups);
  for (std::size_t i = 0; i < kSetupWarmUp; ++i) co_await client.connect();
  const Usage before = usage_of(process);
  for (std::size_t i = 0; i < options_.setups; ++i) co_await client.connect();
  std::vector<pid_t> processes{process};
  co_await at_rest(std::move(processes));
  const Usage after = usage_of(process);
  co_return static_cast<double>((after.cpu - before.cpu).count()) /
      static_cast<double>(options_.setups);
}

// Authenticated streams that say nothing: what each costs the edge. They are held until idle_ is
// cleared.
asio::awaitable<MessagePhase::Json> MessagePhase::idle_streams() {
  std::fprintf(stderr, "%zu idle streams ...\n", options_.idle_streams);
  idle_.reserve(options_.idle_streams);
  for (int i = 0; i < 20; ++i) idle_.push_back(co_await xmpp_.connect());  // pools have been made
  const Usage before = usage_of(options_.edge_process);
  while (idle_.size() < options_.idle_streams) idle_.push_back(co_await xmpp_.connect());
  co_await pass(kQuiet);
  co_await daemons_rest();
  const Usage after = usage_of(options_.edge_process);
  const double opened = static_cast<double>(idle_.size() - 20);
  Json result;
  result["streams"] = idle_.size();
  result["edge_kib_per_stream"] =
      (static_cast<double>(after.resident_bytes) - static_cast<double>(before.resident_bytes)) /
      1024 / opened;
  co_return result;
}

// Waits that are not for somebody.
asio::awaitable<void> MessagePhase::pass(std::chrono::milliseconds time) {
  asio::steady_timer timer(io_, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> MessagePhase::daemons_rest() {
  std::vector<pid_t> processes{options_.edge_process, options_.gateway_process};
  co_await at_rest(std::move(processes));
}

}  // namespace causeway::bench
