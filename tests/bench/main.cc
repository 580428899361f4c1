// causeway_bench: a synthetic XMPP server and a synthetic SIP side around two real daemons,
// measuring the whole path. tests/bench/run starts the daemons and this.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/process/process.h"
#include "tests/bench/process_meter.h"
#include "tests/bench/rest.h"
#include "tests/bench/workload.h"

namespace {

using namespace causeway::bench;
using namespace std::chrono_literals;
using causeway::edge::tls::Context;
using causeway::edge::tls::Transport;
using Json = nlohmann::ordered_json;

struct Options {
  std::string edge_address, xmpp_listen, gateway_address, sip_listen;
  std::string certificate, private_key, trust_anchors;
  std::string partner_domain = "fabrikam.example", hosted_domain = "contoso.example";
  pid_t edge_process = 0, gateway_process = 0;
  std::uint64_t messages = 100'000;
  std::size_t pairs = 10'000, body_bytes = 120, idle_streams = 1000;
  std::size_t setups = 1000;
  std::string other_address, other_domain;  // a server to compare set-ups with; may be missing
  pid_t other_process = 0;
  double latency_seconds = 6;
  std::string json;
};

asio::ip::tcp::endpoint endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<asio::ip::port_type>(std::stoi(text.substr(colon + 1)))};
}

constexpr std::uint64_t kGentle = 500;  // messages under way
constexpr auto kQuiet = 3s;             // then an idle stream holds nothing that it can do without
constexpr double kAmongIdle = 500;      // messages a second, while many streams are held
constexpr std::size_t kSetupWarmUp = 100;  // streams

double milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

// A side that cannot go on leaves nothing to measure.
void die(std::exception_ptr fault) {
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "causeway_bench: %s\n", e.what());
    std::exit(1);
  }
}

class Bench {
 public:
  Bench(asio::io_context& io, const Options& options, std::shared_ptr<const Context> tls)
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
  asio::awaitable<Json> run() {
    Json report;
    report["stream_setup"] = co_await stream_setup();
    report["idle_streams"] = co_await idle_streams();
    Transport stream = co_await xmpp_.connect();
    co_await sip_.connect();
    const auto inward = [&](Load load) {
      return xmpp_to_sip(xmpp_, stream, options_.pairs, *ledger_, load);
    };
    const auto outward = [&](Load load) { return sip_to_xmpp(sip_, *ledger_, load); };
    report["idle_streams"]["xmpp_to_sip"] = co_await among_idle("XMPP -> SIP", inward);
    report["idle_streams"]["sip_to_xmpp"] = co_await among_idle("SIP -> XMPP", outward);
    idle_.clear();
    co_await daemons_rest();
    report["xmpp_to_sip"] = co_await direction("XMPP -> SIP", inward);
    report["sip_to_xmpp"] = co_await direction("SIP -> XMPP", outward);
    co_return report;
  }

 private:
  // Throughput first, then latency at half of it. A warm-up makes connections and pages, gently: an
  // edge that is still connecting holds no more than 1,000 stanzas for a pair of domains.
  template <typename Send>
  asio::awaitable<Json> direction(const char* name, Send send) {
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
  asio::awaitable<Json> among_idle(const char* name, Send send) {
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
  asio::awaitable<Json> stream_setup() {
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

  asio::awaitable<double> cpu_per_setup(XmppSide& client, pid_t process) {
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
  asio::awaitable<Json> idle_streams() {
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
  asio::awaitable<void> pass(std::chrono::milliseconds time) {
    asio::steady_timer timer(io_, time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  asio::awaitable<void> daemons_rest() {
    std::vector<pid_t> processes{options_.edge_process, options_.gateway_process};
    co_await at_rest(std::move(processes));
  }

  asio::io_context& io_;
  const Options& options_;
  const std::shared_ptr<const Context> tls_;
  XmppSide xmpp_;
  SipSide sip_;
  std::vector<Transport> idle_;
  Ledger* ledger_ = nullptr;  // of the measurement under way
};

void print_table(const Json& report) {
  const auto row = [&](const char* label, const char* key, const char* format) {
    std::printf("%-38s", label);
    for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
      std::printf(format, report[direction][key].get<double>());
    }
    std::printf("\n");
  };
  std::printf("%-38s%16s%16s\n", "", "XMPP -> SIP", "SIP -> XMPP");
  row("messages/s", "messages_per_second", "%16.0f");
  row("sent", "messages", "%16.0f");
  row("delivered", "delivered", "%16.0f");
  row("out of order or doubled", "out_of_order", "%16.0f");
  row("edge CPU, us a message", "edge_cpu_us_per_message", "%16.1f");
  row("gateway CPU, us a message", "gateway_cpu_us_per_message", "%16.1f");
  row("both daemons' CPU, us a message", "daemons_cpu_us_per_message", "%16.1f");
  row("this driver's CPU, us a message", "driver_cpu_us_per_message", "%16.1f");
  row("latency at half load, p50, ms", "half_load_p50_ms", "%16.2f");
  row("latency at half load, p99, ms", "half_load_p99_ms", "%16.2f");
  row("edge memory, MiB", "edge_resident_mib", "%16.1f");
  row("gateway memory, MiB", "gateway_resident_mib", "%16.1f");
  const Json& idle = report["idle_streams"];
  std::printf("\n%.0f idle authenticated TLS streams: %.1f KiB of the edge each\n",
              idle["streams"].get<double>(), idle["edge_kib_per_stream"].get<double>());
  for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
    std::printf("  among them, %s at %.0f messages/s: p50 %.2f ms, p99 %.2f ms\n", direction,
                idle[direction]["messages_per_second"].get<double>(),
                idle[direction]["p50_ms"].get<double>(), idle[direction]["p99_ms"].get<double>());
  }
  const Json& setup = report["stream_setup"];
  std::printf(
      "stream set-up (TCP, STARTTLS, TLS 1.3 both ways, EXTERNAL, restart), CPU: edge %.0f us",
      setup["edge_cpu_us"].get<double>());
  if (setup.contains("other_cpu_us")) {
    std::printf(", the other server %.0f us, ratio %.2f", setup["other_cpu_us"].get<double>(),
                setup["other_to_edge"].get<double>());
  }
  std::printf("\n");
  for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
    if (!report[direction]["complete"].get<bool>()) std::printf("NOT COMPLETE: %s\n", direction);
  }
  if (const auto refusal = report["sip_to_xmpp"]["first_refusal"].get<std::string>();
      !refusal.empty()) {
    std::printf("first refusal: %s\n", refusal.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Measures edge_proxy and frontend_gateway, which must be running; see tests/bench/run."};
  app.add_option("--edge", options.edge_address, "address:port of the edge's XMPP listener")
      ->required();
  app.add_option("--xmpp-listen", options.xmpp_listen, "where the edge finds the partner")
      ->required();
  app.add_option("--gateway", options.gateway_address,
                 "address:port of the gateway's SIP/TCP listener")
      ->required();
  app.add_option("--sip-listen", options.sip_listen, "the gateway's next hop")->required();
  app.add_option("--certificate", options.certificate, "the partner's certificate")->required();
  app.add_option("--private-key", options.private_key, "its key")->required();
  app.add_option("--trust-anchors", options.trust_anchors, "who signed the edge's")->required();
  app.add_option("--edge-pid", options.edge_process, "process id of edge_proxy")->required();
  app.add_option("--gateway-pid", options.gateway_process, "process id of frontend_gateway")
      ->required();
  app.add_option("--messages", options.messages, "messages in each throughput run")
      ->capture_default_str();
  app.add_option("--pairs", options.pairs, "pairs of users")->capture_default_str();
  app.add_option("--body-bytes", options.body_bytes, "length of each text")->capture_default_str();
  app.add_option("--idle-streams", options.idle_streams, "streams to hold open")
      ->capture_default_str();
  app.add_option("--setups", options.setups, "streams to set up one after the other")
      ->capture_default_str();
  app.add_option("--other", options.other_address, "another server to set up streams to");
  app.add_option("--other-domain", options.other_domain, "its domain");
  app.add_option("--other-pid", options.other_process, "its process id");
  app.add_option("--latency-seconds", options.latency_seconds, "length of each paced run")
      ->capture_default_str();
  app.add_option("--json", options.json, "also write the figures to this file");
  CLI11_PARSE(app, argc, argv);

  auto tls = Context::load({.certificate = options.certificate,
                            .private_key = options.private_key,
                            .trust_anchors = options.trust_anchors});
  if (!tls.ok()) {
    std::fprintf(stderr, "%s\n", std::string(tls.status().message()).c_str());
    return 2;
  }
  asio::io_context io(1);
  causeway::process::raise_descriptor_limit();
  Bench bench(io, options, *std::move(tls));
  asio::co_spawn(io, bench.run(), [&](std::exception_ptr fault, Json report) {
    die(fault);
    io.stop();
    print_table(report);
    if (!options.json.empty()) std::ofstream(options.json) << report.dump(2) << '\n';
  });
  io.run();
}
