#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "tests/bench/sip_text.h"

namespace causeway::bench {

// SIP over TCP both ways between us and the gateway, message by message.
class SipWire {
 public:
  // What it appends to `answers` goes back the way the message came.
  using Taker = std::function<void(const SipText& message, std::string& answers)>;

  SipWire(asio::io_context& io, asio::ip::tcp::endpoint gateway, asio::ip::tcp::endpoint listen,
          Taker taker);

  // Accepts the gateway's connections for ever.
  asio::awaitable<void> serve();
  asio::awaitable<void> connect();
  // In order; what is said while something is being written goes with the next write.
  void send(std::string_view requests);

  const std::string& source() const { return source_name_; }  // address:port, for Via
  std::string listens_at() const;

 private:
  asio::awaitable<void> read(asio::ip::tcp::socket& socket);
  asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket);
  asio::awaitable<void> flush();

  asio::io_context& io_;
  asio::ip::tcp::endpoint gateway_, listen_;
  Taker taker_;
  asio::ip::tcp::socket source_;
  std::string source_name_;
  std::string waiting_, under_way_;
  bool flushing_ = false;
};

}  // namespace causeway::bench
