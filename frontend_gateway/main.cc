// frontend_gateway: the daemon of the internal network. This file is its wiring diagram.

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
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
#include "common/process/process.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/gateway.h"
#include "frontend_gateway/link/edges.h"
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

// SIP on one side, the edges on the other, the gateway between them, and the database behind it.
// Everything but the threads of the link and of the database runs in the loop of the user agent,
// and so in the thread that calls run().
class FrontendGateway final : public Surroundings {
 public:
  FrontendGateway(const config::Config& config, store::Store& store, const store::Contents& rows)
      : store_(store),
        agent_(config.sip, methods()),
        edges_(config, [this](std::function<void()> task) { agent_.post(std::move(task)); },
               {.deliver =
                    [this](std::vector<causeway::link::Delivery> deliveries) {
                      gateway_.from_xmpp(std::move(deliveries));
                    },
                .stream_event =
                    [this](const v1::StreamEvent& event) { gateway_.stream_event(event); }}),
        gateway_(config, *this, rows),
        rulebook_(config, rows.administration,
                  [this](const policy::Rules& rules) { apply(rules); }) {}

  absl::Status start() {
    if (absl::Status status = agent_.start(); !status.ok()) return status;
    store_.start([this](std::function<void()> task) { agent_.post(std::move(task)); },
                 [this](store::Administration news) { rulebook_.rows_changed(std::move(news)); });
    configure_edges(rulebook_.rules());
    agent_.post([this] { gateway_.start(); });
    edges_.start();
    return absl::OkStatus();
  }

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
    edges_.stop();  // posts the last outcomes, which become responses
    agent_.post([this] { gateway_.conclude(); });
    agent_.stop();
  }

  void send(sip::Request request, sip::UserAgent::Answered answered) override {
    agent_.send(std::move(request), std::move(answered));
  }
  void submit(v1::Stanza stanza, Settled settled) override {
    edges_.submit(std::move(stanza), std::move(settled));
  }
  void after(std::chrono::milliseconds delay, sip::UserAgent::Task task) override {
    agent_.after(delay, std::move(task));
  }
  void write(std::vector<store::Change> changes, Written written) override {
    store_.write(std::move(changes), std::move(written));
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
      gateway_.from_sip(request, reply_by(std::move(answer)));
    };
    return {{"MESSAGE", take, translate::kAcceptedTypes, true},
            {"INVITE", take, "application/sdp", true},
            {"INFO", take, "application/xml", true},
            {"UPDATE", take, "", true},
            {"BYE", take, "", true},
            {"SUBSCRIBE", take, "", true}};
  }

  static Reply reply_by(sip::Answer answer) {
    return [answer = std::move(answer)](const translate::SipAnswer& what) mutable {
      answer.reply(what.status, what.reason, what.headers, what.content_type, what.body);
    };
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

  store::Store& store_;
  sip::UserAgent agent_;
  gateway::link::Edges edges_;
  Gateway gateway_;
  policy::Rulebook rulebook_;
  std::uint64_t version_ = 0;  // of what the edges were told last
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

  FrontendGateway gateway(config, **store, *rows);
  if (absl::Status status = gateway.start(); !status.ok())
    return refuse_to_start(std::string(status.message()));
  log::info("gateway.ready", "SIP is served; the edges are being dialled.",
            {{"edges", absl::StrCat(config.edges.size())},
             {"partners", absl::StrCat(config.partners.size())}});
  std::thread waiting([&gateway] {
    const std::string signal = process::wait_for_stop_signal();
    log::info("gateway.stopping", "Ending what is under way, then the link and SIP.",
              {{"signal", signal}});
    gateway.stop();
  });
  gateway.run();
  waiting.join();
  store->reset();  // its last outcomes go to a loop that has ended, but is still there
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
