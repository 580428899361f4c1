#include "tests/support/sip_agent/sip_agent.h"

#include <memory>
#include <stdexcept>

namespace causeway::test {

SipAgent::SipAgent(const gateway::config::Sip& settings, std::vector<UserAgent::Method> methods,
                   UserAgent::Options options)
    : agent_(settings, std::move(methods), std::move(options)) {
  std::promise<absl::Status> started;
  auto outcome = started.get_future();
  thread_ = std::thread([this, &started] {
    const absl::Status status = agent_.start();
    started.set_value(status);
    if (status.ok()) agent_.run();
  });
  const absl::Status status = outcome.get();
  if (status.ok()) return;
  thread_.join();
  throw std::runtime_error(status.ToString());
}

SipAgent::~SipAgent() { stop(); }

void SipAgent::stop() {
  agent_.stop();
  if (thread_.joinable()) thread_.join();
}

std::string SipAgent::address(const std::string& transport) const {
  for (const std::string& text : agent_.listening()) {
    if (text.starts_with(transport + ":")) return text.substr(transport.size() + 1);
  }
  throw std::runtime_error("no listener for " + transport);
}

void SipAgent::in_loop(std::function<void()> task) {
  std::promise<void> done;
  agent_.post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

std::optional<gateway::sip::Response> SipAgent::send(gateway::sip::Request request) {
  const auto answers = std::make_shared<Arrivals<gateway::sip::Response>>();
  agent_.post([this, answers, request = std::move(request)]() mutable {
    agent_.send(std::move(request),
                [answers](gateway::sip::Response response) { answers->put(std::move(response)); });
  });
  return answers->next(std::chrono::seconds(40));
}

gateway::config::Sip sip_settings(std::vector<std::string> transports, std::string next_hop) {
  gateway::config::Sip settings;
  settings.listen.clear();
  for (const std::string& transport : transports)
    settings.listen.push_back(transport + ":127.0.0.1:0");
  settings.next_hop = std::move(next_hop);
  return settings;
}

}  // namespace causeway::test
