// edge_proxy: the daemon of the perimeter network. This file is its wiring diagram.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/process/process.h"
#include "common/stanza/bounce.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/link/gateways.h"
#include "edge_proxy/s2s/federation.h"

namespace causeway::edge {
namespace {

constexpr int kBadConfiguration = 2;

// The two halves know nothing of each other: the streams to the internet, and the link to the
// gateways.
class Edge {
 public:
  explicit Edge(const config::Config& config)
      : federation_(
            config,
            {.submit =
                 [this](std::vector<v1::Stanza> stanzas) { gateways_.submit(std::move(stanzas)); },
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
                                    }}) {}

  absl::Status start() {
    if (absl::Status status = federation_.start(); !status.ok()) return status;
    return gateways_.start();
  }

  // The link first: what it still holds comes back as errors, which the streams can still carry.
  void stop() {
    gateways_.stop();
    federation_.stop();
  }

 private:
  void tell_sender(const v1::Stanza& stanza, v1::StanzaError error) {
    if (auto answer = stanza::bounce(stanza, std::move(error)))
      federation_.send(*std::move(answer));
  }

  s2s::Federation federation_;
  link::Gateways gateways_;
};

int complain(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return kBadConfiguration;
}

int check(const std::string& file) {
  const auto config = config::load(file);
  if (!config.ok()) return complain(config.status());
  std::printf("%s: no mistakes found.\n", file.c_str());
  return 0;
}

int serve(const std::string& file) {
  const auto config = config::load(file);
  if (!config.ok()) return complain(config.status());
  log::configure(config->log.level, config->log.format);
  process::block_stop_signals();

  Edge edge(*config);
  if (absl::Status status = edge.start(); !status.ok()) {
    log::error("edge.failed", absl::StrCat("The edge cannot start: ", status.message()));
    return 1;
  }
  log::info("edge.ready", "Waiting for a gateway to attach; 5269 opens with its configuration.",
            {{"listen", config->link.listen}});
  const std::string signal = process::wait_for_stop_signal();
  log::info("edge.stopping", "Closing every stream and the link.", {{"signal", signal}});
  edge.stop();
  return 0;
}

constexpr char kExamples[] =
    "Examples:\n"
    "  edge_proxy check --config /etc/causeway/edge_proxy.yaml    every mistake, with its line\n"
    "  edge_proxy serve --config /etc/causeway/edge_proxy.yaml    run until SIGTERM or SIGINT\n"
    "\n"
    "Exit status: 0 ended in good order, 1 could not start, 2 the configuration is wrong.";

int run(int argc, char** argv) {
  CLI::App app{
      "The perimeter half of Causeway: speaks XMPP server-to-server with the internet and\n"
      "passes stanzas to the frontend_gateway processes that attach to it."};
  app.footer(kExamples);
  app.set_version_flag("--version", CAUSEWAY_VERSION);
  app.require_subcommand(1);

  std::string file = "/etc/causeway/edge_proxy.yaml";
  const auto command = [&](const char* name, const char* description) {
    CLI::App* subcommand = app.add_subcommand(name, description);
    subcommand->add_option("--config", file, "configuration file")->capture_default_str();
    return subcommand;
  };
  const CLI::App* const checking = command("check", "report every mistake in the configuration");
  command("serve", "run the daemon");

  CLI11_PARSE(app, argc, argv);
  return checking->parsed() ? check(file) : serve(file);
}

}  // namespace
}  // namespace causeway::edge

int main(int argc, char** argv) { return causeway::edge::run(argc, argv); }
