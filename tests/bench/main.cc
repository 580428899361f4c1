// causeway_bench: a synthetic XMPP server and a synthetic SIP side around two real daemons,
// measuring the whole path. tests/bench/run starts the daemons and this.

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/process/process.h"
#include "tests/bench/die.h"
#include "tests/bench/message_phase.h"
#include "tests/bench/options.h"
#include "tests/bench/presence_phase.h"
#include "tests/bench/table.h"

namespace {

using namespace causeway::bench;
using Json = nlohmann::ordered_json;

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Measures edge_proxy and frontend_gateway, which must be running; see tests/bench/run."};
  app.add_option("--phase", options.phase, "what to measure")
      ->check(CLI::IsMember({"messages", "sessions", "presence"}))
      ->capture_default_str();
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
  app.add_option("--subscriptions", options.subscriptions, "presence subscriptions, each way")
      ->capture_default_str();
  app.add_option("--watchers", options.watchers, "watchers of one user")->capture_default_str();
  app.add_option("--other", options.other_address, "another server to set up streams to");
  app.add_option("--other-domain", options.other_domain, "its domain");
  app.add_option("--other-pid", options.other_process, "its process id");
  app.add_option("--latency-seconds", options.latency_seconds, "length of each paced run")
      ->capture_default_str();
  app.add_option("--json", options.json, "also write the figures to this file");
  CLI11_PARSE(app, argc, argv);

  auto tls = causeway::edge::tls::Context::load({.certificate = options.certificate,
                                                 .private_key = options.private_key,
                                                 .trust_anchors = options.trust_anchors});
  if (!tls.ok()) {
    std::fprintf(stderr, "%s\n", std::string(tls.status().message()).c_str());
    return 2;
  }
  asio::io_context io(1);
  causeway::process::raise_descriptor_limit();
  // they outlive whatever runs in `io`
  std::optional<PresencePhase> presence;
  std::optional<MessagePhase> messages;
  if (options.phase == "presence") {
    presence.emplace(io, options, *std::move(tls));
  } else {
    messages.emplace(io, options, *std::move(tls));
  }
  auto measured = presence                      ? presence->run()
                  : options.phase == "sessions" ? messages->sessions()
                                                : messages->messages();
  asio::co_spawn(io, std::move(measured), [&](std::exception_ptr fault, Json report) {
    die(fault);
    io.stop();
    print_table(options.phase, report);
    if (!options.json.empty()) std::ofstream(options.json) << report.dump(2) << '\n';
  });
  io.run();
}
