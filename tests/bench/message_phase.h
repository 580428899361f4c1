#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/workload.h"

namespace causeway::bench {

// Texts through the daemons, each way: in single requests, or within sessions where the gateway
// opens them; and what streams cost the edge.
class MessagePhase {
 public:
  using Json = nlohmann::ordered_json;

  MessagePhase(asio::io_context& io, const Options& options, Tls tls);
  asio::awaitable<Json> messages();
  // Of as many dialogs as there are pairs.
  asio::awaitable<Json> sessions();

 private:
  asio::awaitable<Json> both_ways(edge::tls::Transport& stream);
  template <typename Send>
  asio::awaitable<Json> direction(const char* name, Send send);
  template <typename Send>
  asio::awaitable<Json> among_idle(const char* name, Send send);
  asio::awaitable<Json> stream_setup();
  asio::awaitable<double> cpu_per_setup(XmppSide& client, pid_t process);
  asio::awaitable<Json> idle_streams();
  asio::awaitable<void> pass(std::chrono::milliseconds time);
  asio::awaitable<void> daemons_rest();

  asio::io_context& io_;
  const Options& options_;
  const Tls tls_;
  XmppSide xmpp_;
  SipSide sip_;
  std::vector<edge::tls::Transport> idle_;
  Ledger* ledger_ = nullptr;  // of the measurement under way
};

}  // namespace causeway::bench
