// edge_proxy: the daemon of the perimeter network. This file is its wiring diagram.

#include <chrono>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/command_line/command_line.h"
#include "common/log/log.h"
#include "common/metrics/server.h"
#include "common/process/process.h"
#include "common/stanza/bounce.h"
#include "edge_proxy/admin/client.h"
#include "edge_proxy/admin/server.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/link/gateways.h"
#include "edge_proxy/metrics/families.h"
#include "edge_proxy/s2s/federation.h"

namespace causeway::edge {
namespace {

// The two halves know nothing of each other: the streams to the internet, and the link to the
// gateways.
class Edge {
 public:
  explicit Edge(const config::Config& config)
      : federation_(
            config,
            {.submit =
                 [this](std::vector<causeway::link::Delivery> deliveries) {
                   gateways_.submit(std::move(deliveries));
                 },
             .congested = [this] { return gateways_.congested(); },
             .report = [this](v1::StreamEvent event) { gateways_.report(std::move(event)); }}),
        gateways_(config.link, {.deliver =
                                    [this](std::vector<causeway::link::Delivery> deliveries) {
                                      federation_.send(std::move(deliveries));
                                    },
                                .returned =
                                    [this](v1::Stanza stanza, v1::StanzaError error) {
                                      tell_sender(stanza, std::move(error));
                                    },
                                .configure =
                                    [this](std::shared_ptr<const v1::Snapshot> snapshot) {
                                      federation_.configure(std::move(snapshot));
                                    }}),
        admin_(config.admin.socket, {.federation = federation_,
                                     .gateways = gateways_,
                                     .reload = [this] { return federation_.reload(); }}),
        metrics_(config.metrics.listen,
                 metrics::pages({.federation = federation_, .gateways = gateways_})) {}

  // A gateway may have attached before something else could not start.
  ~Edge() { stop(); }

  absl::Status start() {
    if (absl::Status status = federation_.start(); !status.ok()) return status;
    if (absl::Status status = gateways_.start(); !status.ok()) return status;
    if (absl::Status status = admin_.start(); !status.ok()) return status;
    return metrics_.start();
  }

  std::string metrics_address() const { return metrics_.address(); }

  void reload() { (void)federation_.reload(); }  // the log says what became of it
  void reload_if_due() { federation_.reload_if_due(); }

  // The link first: what it still holds comes back as errors, which the streams can still carry.
  // All of it may be watched until it is done.
  void stop() {
    gateways_.stop();
    federation_.stop();
    admin_.stop();
    metrics_.stop();
  }

 private:
  void tell_sender(const v1::Stanza& stanza, v1::StanzaError error) {
    if (auto answer = stanza::bounce(stanza, std::move(error)))
      federation_.send(*std::move(answer));
  }

  s2s::Federation federation_;
  link::Gateways gateways_;
  // What an operator sees of the two.
  admin::Server admin_;
  causeway::metrics::Server metrics_;
};

// Meanwhile certificates are loaded again when somebody asks, and when they have changed.
std::string wait_for_stop(Edge& edge, std::chrono::seconds certificate_check) {
  std::optional<std::chrono::seconds> patience;
  if (certificate_check.count() != 0) patience = certificate_check;
  for (;;) {
    std::string signal = process::wait_for_signal(patience);
    if (signal == "SIGHUP") {
      edge.reload();
    } else if (signal.empty()) {
      edge.reload_if_due();
    } else {
      return signal;
    }
  }
}

int serve(const config::Config& config) {
  log::configure(config.log.level, config.log.format);
  process::block_stop_signals();
  process::raise_descriptor_limit();
  process::block_reload_signal();

  Edge edge(config);
  if (absl::Status status = edge.start(); !status.ok()) {
    log::error("edge.failed", absl::StrCat("The edge cannot start: ", status.message()));
    return 1;
  }
  log::info("edge.ready", "Waiting for a gateway to attach; 5269 opens with its configuration.",
            {{"listen", config.link.listen},
             {"admin", config.admin.socket},
             {"metrics", edge.metrics_address()}});
  const std::string signal = wait_for_stop(edge, config.xmpp.certificate_check);
  log::info("edge.stopping", "Closing every stream and the link.", {{"signal", signal}});
  edge.stop();
  return 0;
}

constexpr char kDescription[] =
    "The perimeter half of Causeway: speaks XMPP server-to-server with the internet and\n"
    "passes stanzas to the frontend_gateway processes that attach to it.";

int ask(const command_line::Asked& asked) {
  if (!asked.socket.empty()) return admin::ask(asked.socket, asked);
  const auto config = config::load(asked.file);
  if (!config.ok()) return command_line::refuse(config.status());
  return admin::ask(config->admin.socket, asked);
}

int run(int argc, char** argv) {
  const auto asked = command_line::parse(argc, argv, "edge_proxy", kDescription, admin::verbs());
  if (!asked.command) return asked.exit_status;
  if (asked.command == command_line::Command::ask) return ask(asked);
  const auto config = config::load(asked.file);
  if (!config.ok()) return command_line::refuse(config.status());
  if (asked.command == command_line::Command::check) return command_line::approve(asked.file);
  return serve(*config);
}

}  // namespace
}  // namespace causeway::edge

int main(int argc, char** argv) { return causeway::edge::run(argc, argv); }
