// frontend_gateway: the daemon of the internal network. This file is its wiring diagram.

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/command_line/command_line.h"
#include "common/link/hello.h"
#include "common/log/log.h"
#include "common/metrics/server.h"
#include "common/process/process.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/gateway.h"
#include "frontend_gateway/link/edges.h"
#include "frontend_gateway/metrics/families.h"
#include "frontend_gateway/metrics/tally.h"
#include "frontend_gateway/policy/rulebook.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/store/store.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/content.h"

namespace {

using namespace causeway;
using namespace causeway::gateway;
using namespace std::chrono_literals;

constexpr auto kLongestGoodbye = 5s;  // for what is under way when a stop is asked for
constexpr auto kGoodbyeTick = 50ms;
constexpr auto kLoopAnswers = 500ms;  // when the monitoring asks it

// SIP on one side, the edges on the other, the gateway between them, and the database behind it.
// Everything but the threads of the link and of the database runs in the loop of the user agent,
// and so in the thread that calls run().
class FrontendGateway final : public Surroundings {
 public:
  FrontendGateway(const config::Config& config, std::unique_ptr<store::Store> store,
                  const store::Contents& rows)
      : agent_(config.sip, methods()),
        store_(std::move(store)),
        edges_(config, [this](std::function<void()> task) { agent_.post(std::move(task)); },
               {.deliver =
                    [this](std::vector<causeway::link::Delivery> deliveries) {
                      for (causeway::link::Delivery& delivery : deliveries)
                        delivery = tally_.count(std::move(delivery));
                      gateway_.from_xmpp(std::move(deliveries));
                    },
                .stream_event =
                    [this](const v1::StreamEvent& event) { gateway_.stream_event(event); }}),
        gateway_(config, *this, rows),
        rulebook_(config, rows.administration,
                  [this](const policy::Rules& rules) { apply(rules); }),
        metrics_(config.metrics.listen, gateway::metrics::pages(sources(config))) {}

  absl::Status start() {
    if (absl::Status status = agent_.start(); !status.ok()) return status;
    store_->start([this](std::function<void()> task) { agent_.post(std::move(task)); },
                  [this](store::Administration news) { rulebook_.rows_changed(std::move(news)); });
    configure_edges(rulebook_.rules());
    agent_.post([this] { gateway_.start(); });
    if (absl::Status status = metrics_.start(); !status.ok()) return status;
    edges_.start();
    return absl::OkStatus();
  }

  std::string metrics_address() const { return metrics_.address(); }

  // Returns after stop().
  void run() { agent_.run(); }

  // From another thread than run()'s. The link ends before SIP does: what is not settled by then
  // goes to another gateway, or waits for this one.
  void stop() {
    std::promise<void> settled;
    agent_.post([this, &settled] {
      gateway_.close_doors();
      await_idle(clock() + kLongestGoodbye, settled);
    });
    settled.get_future().wait();
    edges_.stop();    // posts the last outcomes, which become responses
    metrics_.stop();  // it asks the loop
    agent_.post([this] { gateway_.conclude(); });
    agent_.stop();
  }

  void send(sip::Request request, sip::UserAgent::Answered answered) override {
    answered = tally_.count(request.method, std::move(answered));
    agent_.send(std::move(request), std::move(answered));
  }
  void submit(v1::Stanza stanza, Settled settled) override {
    settled = tally_.count(stanza, std::move(settled));
    edges_.submit(std::move(stanza), std::move(settled));
  }
  void after(std::chrono::milliseconds delay, sip::UserAgent::Task task) override {
    agent_.after(delay, std::move(task));
  }
  void write(std::vector<store::Change> changes, Written written) override {
    store_->write(std::move(changes), std::move(written));
  }
  std::string life() const override {
    return std::string(causeway::link::life_of(edges_.instance()));
  }
  std::chrono::steady_clock::time_point clock() const override {
    return std::chrono::steady_clock::now();
  }
  absl::Time now() const override { return absl::Now(); }

 private:
  std::vector<sip::UserAgent::Method> methods() {
    const auto take = [this](const sip::IncomingRequest& request, sip::Answer answer) {
      gateway_.from_sip(request, reply_by(request.method, std::move(answer)));
    };
    return {{"MESSAGE", take, translate::kAcceptedTypes, true},
            {"INVITE", take, "application/sdp", true},
            {"INFO", take, "application/xml", true},
            {"UPDATE", take, "", true},
            {"BYE", take, "", true},
            {"SUBSCRIBE", take, "", true}};
  }

  Reply reply_by(std::string method, sip::Answer answer) {
    return [this, method = std::move(method),
            answer = std::move(answer)](const translate::SipAnswer& what) mutable {
      tally_.answered(method, what.status);
      answer.reply(what.status, what.reason, what.headers, what.content_type, what.body);
    };
  }

  gateway::metrics::Sources sources(const config::Config& config) {
    return {.tally = tally_,
            .edges = config.edges.size(),
            .edges_attached = [this] { return edges_.attached(); },
            .edge_failures = [this] { return edges_.failures(); },
            .database = [this] { return store_->health(); },
            .database_counters = [this] { return store_->counters(); },
            .levels = [this] { return ask_loop(); }};
  }

  // In a thread of the monitoring. The loop may answer when nobody waits any more.
  std::optional<gateway::metrics::Levels> ask_loop() {
    auto answer = std::make_shared<std::promise<gateway::metrics::Levels>>();
    auto levels = answer->get_future();
    agent_.post([this, answer] {
      answer->set_value({.next_hops = agent_.next_hops(), .open = gateway_.open()});
    });
    if (levels.wait_for(kLoopAnswers) != std::future_status::ready) return std::nullopt;
    return levels.get();
  }

  // The gateway first: what an edge still lets through is refused here.
  void apply(const policy::Rules& rules) {
    gateway_.configure(std::make_shared<const policy::Policy>(rules));
    configure_edges(rules);
  }
  void configure_edges(const policy::Rules& rules) {
    version_ = policy::next_version(version_, now());
    edges_.configure(policy::snapshot(rules, version_));
  }

  void await_idle(std::chrono::steady_clock::time_point latest, std::promise<void>& settled) {
    if (gateway_.idle() || clock() >= latest) return settled.set_value();
    agent_.after(kGoodbyeTick, [this, latest, &settled] { await_idle(latest, settled); });
  }

  gateway::metrics::Tally tally_;
  sip::UserAgent agent_;
  std::unique_ptr<store::Store> store_;  // it posts to the agent to its end
  gateway::link::Edges edges_;
  Gateway gateway_;
  policy::Rulebook rulebook_;
  std::uint64_t version_ = 0;  // of what the edges were told last
  causeway::metrics::Server metrics_;
};

int refuse_to_start(const std::string& why) {
  log::error("gateway.failed", absl::StrCat("The gateway cannot start: ", why));
  return 1;
}

int serve(const config::Config& config) {
  log::configure(config.log.level, config.log.format);
  process::block_stop_signals();
  process::raise_descriptor_limit();
  for (const std::string& warning : config.warnings) log::warning("config.doubtful", warning);

  auto store = store::Store::open(config.store, causeway::link::own_name(config.link.name));
  if (!store.ok())
    return refuse_to_start(absl::StrCat("store.database: ", store.status().message()));
  const auto rows = (*store)->read();
  if (!rows.ok()) return refuse_to_start(absl::StrCat("store.database: ", rows.status().message()));

  FrontendGateway gateway(config, *std::move(store), *rows);
  if (absl::Status status = gateway.start(); !status.ok())
    return refuse_to_start(std::string(status.message()));
  log::info("gateway.ready", "SIP is served; the edges are being dialled.",
            {{"edges", absl::StrCat(config.edges.size())},
             {"partners", absl::StrCat(config.partners.size())},
             {"metrics", gateway.metrics_address()}});
  std::thread waiting([&gateway] {
    const std::string signal = process::wait_for_stop_signal();
    log::info("gateway.stopping", "Ending what is under way, then the link and SIP.",
              {{"signal", signal}});
    gateway.stop();
  });
  gateway.run();
  waiting.join();
  return 0;
}

constexpr char kDescription[] =
    "The internal half of Causeway: exchanges messages with the SIP servers of the\n"
    "organisation and dials the edge_proxy processes in the perimeter network.";

}  // namespace

int main(int argc, char** argv) {
  const auto asked = command_line::parse(argc, argv, "frontend_gateway", kDescription);
  if (!asked.command) return asked.exit_status;
  const auto config = config::load(asked.file);
  if (!config.ok()) return command_line::refuse(config.status());
  if (asked.command == command_line::Command::check)
    return command_line::approve(asked.file, config->warnings);
  return serve(*config);
}
