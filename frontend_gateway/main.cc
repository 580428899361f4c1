// frontend_gateway: the daemon of the internal network. This file is its wiring diagram.

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/admin/server.h"
#include "common/command_line/command_line.h"
#include "common/link/hello.h"
#include "common/log/log.h"
#include "common/metrics/server.h"
#include "common/process/process.h"
#include "frontend_gateway/admin/client.h"
#include "frontend_gateway/admin/service.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/gateway.h"
#include "frontend_gateway/link/edges.h"
#include "frontend_gateway/metrics/families.h"
#include "frontend_gateway/metrics/tally.h"
#include "frontend_gateway/pidf/document.h"
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
        desk_(subject()),
        operators_questions_(
            config.file, [this](std::function<void()> task) { agent_.post(std::move(task)); },
            desk_),
        admin_("frontend_gateway", config.admin.socket, operators_questions_),
        metrics_(config.metrics.listen, gateway::metrics::pages(sources(config))) {}

  absl::Status start() {
    if (absl::Status status = agent_.start(); !status.ok()) return status;
    store_->start([this](std::function<void()> task) { agent_.post(std::move(task)); },
                  [this](store::Administration news) { rulebook_.rows_changed(std::move(news)); });
    configure_edges(rulebook_.rules());
    if (absl::Status status = metrics_.start(); !status.ok()) return status;
    if (absl::Status status = admin_.start(); !status.ok()) return status;
    agent_.post([this] { gateway_.start(); });
    edges_.start();
    return absl::OkStatus();
  }

  std::string metrics_address() const { return metrics_.address(); }

  // From another thread than run()'s, where the file may be waited for.
  void reload(const std::string& path) {
    agent_.post([this, file = config::load(path)] { (void)desk_.reload(file); });
  }

  // Returns after stop().
  void run() { agent_.run(); }

  // From another thread than run()'s. The link ends before SIP does: what is not settled by then
  // goes to another gateway, or waits for this one.
  void stop() {
    admin_.stop();  // it asks the loop
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
            {"SUBSCRIBE", take, "", true},
            {"NOTIFY", take, std::string(pidf::kType), true}};
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
      answer->set_value({.next_hops = agent_.next_hops(),
                         .open = gateway_.open(),
                         .strangers = agent_.strangers()});
    });
    if (levels.wait_for(kLoopAnswers) != std::future_status::ready) return std::nullopt;
    return levels.get();
  }

  gateway::admin::Subject subject() {
    return {.rulebook = rulebook_,
            .contacts = gateway_.contacts(),
            .surroundings = *this,
            .judge_again = [this] { gateway_.contacts_changed(); },
            .take_file = [this](config::Config file) { return take(std::move(file)); },
            .describe = [this](v1::GatewayStatus& status) { describe(status); },
            .subscriptions = [this] { return gateway_.subscriptions(); },
            .withdraw =
                [this](const std::string& user, const std::string& contact) {
                  return gateway_.notifications().forget(user, contact);
                }};
  }

  void describe(v1::GatewayStatus& status) const {
    status.set_software(causeway::link::software("frontend_gateway"));
    status.mutable_since()->set_seconds(absl::ToUnixSeconds(since_));
    status.set_snapshot(version_);
    if (const absl::Status health = store_->health(); !health.ok())
      status.set_database(std::string(health.message()));
    std::map<std::string, std::string> away;
    for (auto& [name, reason] : edges_.failures()) away[name] = reason;
    for (const config::Edge& edge : rulebook_.file().edges) {
      v1::Edge& shown = *status.add_edges();
      shown.set_name(edge.name);
      shown.set_address(edge.address);
      shown.set_attached(!away.contains(edge.name));
      if (!shown.attached()) shown.set_last_failure(away[edge.name]);
    }
    for (const auto& [word, count] : gateway_.open()) {
      v1::Count& shown = *status.add_counts();
      shown.set_name(word);
      shown.set_count(count);
    }
  }

  // What the loop can change while it runs; the rest waits for a restart, and is told.
  std::vector<std::string> take(config::Config file) {
    std::vector<std::string> waiting = config::waiting_for_restart(rulebook_.file(), file);
    gateway_.service().configure(file.service);
    rulebook_.file_changed(std::move(file));
    return waiting;
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
  const absl::Time since_ = absl::Now();
  gateway::admin::Desk desk_;
  gateway::admin::Service operators_questions_;
  causeway::admin::Server admin_;
  causeway::metrics::Server metrics_;
};

int refuse_to_start(const std::string& why) {
  log::error("gateway.failed", absl::StrCat("The gateway cannot start: ", why));
  return 1;
}

int serve(const config::Config& config) {
  log::configure(config.log.level, config.log.format);
  process::block_stop_signals();
  process::block_reload_signal();
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
  std::thread waiting([&gateway, &config] {
    std::string signal;
    while ((signal = process::wait_for_signal(std::nullopt)) == "SIGHUP")
      gateway.reload(config.file);
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
  const auto asked = command_line::parse(argc, argv, "frontend_gateway", kDescription,
                                         causeway::gateway::admin::verbs());
  if (!asked.command) return asked.exit_status;
  if (asked.command == command_line::Command::ask && !asked.socket.empty())
    return causeway::gateway::admin::ask(asked.socket, asked);
  const auto config = config::load(asked.file);
  if (!config.ok()) return command_line::refuse(config.status());
  if (asked.command == command_line::Command::check)
    return command_line::approve(asked.file, config->warnings);
  if (asked.command == command_line::Command::ask)
    return causeway::gateway::admin::ask(config->admin.socket, asked);
  return serve(*config);
}
