#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/ledger.h"
#include "tests/bench/options.h"
#include "tests/bench/sip_wire.h"
#include "tests/bench/xmpp_side.h"

namespace causeway::bench {

// Presence through the daemons: what a subscription costs the gateway, each way; how soon a change
// reaches everybody who watches; how many NOTIFYs it makes in a second.
//
// Everybody is approved, and everybody who is watched shows a mark. What counts as arrived is what
// shows the mark of the measurement under way.
class PresencePhase {
 public:
  PresencePhase(asio::io_context& io, const Options& options, Tls tls);
  asio::awaitable<nlohmann::ordered_json> run();

 private:
  using Json = nlohmann::ordered_json;
  struct Dialog {
    std::string target, ours, theirs, call_id;
    std::uint32_t cseq = 0;
  };

  asio::awaitable<Json> xmpp_watches_sip();
  asio::awaitable<Json> sip_watches_xmpp();
  asio::awaitable<Json> notify_rate();
  asio::awaitable<Json> fan_out_to_sip();
  asio::awaitable<Json> fan_out_to_xmpp();
  asio::awaitable<Json> measured(std::size_t warm_up, std::function<void(std::size_t)> subscribe);
  asio::awaitable<void> subscribe_all(std::size_t first, std::size_t last,
                                      const std::function<void(std::size_t)>& subscribe);

  // --- SIP
  void take_sip(const SipText& message, std::string& answers);
  void take_subscribe(const SipText& request, std::string& answers);
  void notify(Dialog& dialog, std::string_view user);
  void subscribe_sip(std::string_view watcher, std::string_view watched);

  // --- XMPP
  void take_presence(std::string_view stanza);
  void say(std::string_view stanzas);
  asio::awaitable<void> flush();
  std::string presence(std::string_view from, std::string_view to, std::string_view type) const;
  std::string shown(std::string_view from, std::string_view to) const;

  // --- What has arrived
  void mark();
  void arrived();
  asio::awaitable<bool> all(std::size_t count);
  asio::awaitable<void> pass(std::chrono::milliseconds time);
  asio::awaitable<void> rest();

  asio::io_context& io_;
  const Options& options_;
  XmppSide xmpp_;
  SipWire sip_;
  std::optional<edge::tls::Transport> stream_;
  std::string waiting_, under_way_;
  bool flushing_ = false;
  std::multimap<std::string, Dialog, std::less<>> dialogs_;  // in which a SIP user is watched
  std::string mark_;
  std::size_t marks_ = 0, arrived_ = 0, numbers_ = 0, refused_ = 0;
  std::string first_refusal_;
  Clock::time_point last_{};
};

}  // namespace causeway::bench
