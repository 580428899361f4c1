#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/bench/sip_text.h"

namespace causeway::bench {

// The SIP side over TCP, as bare as it can be while a correct gateway still understands it: a sink
// that answers every request with 200, and a source that keeps one MESSAGE pending for each pair of
// users (RFC 3428 section 8). An INVITE is answered as a Lync endpoint does; from then on the
// pair's MESSAGEs go within that dialog.
class SipSide {
 public:
  struct Settings {
    asio::ip::tcp::endpoint gateway;
    asio::ip::tcp::endpoint listen;  // the gateway's next hop
    std::string local_domain;        // "contoso.example"
    std::string remote_domain;       // "fabrikam.example"
    std::size_t pairs = 0;
  };

  SipSide(asio::io_context& io, Settings settings);

  // The sink: accepts the gateway's connections for ever.
  asio::awaitable<void> serve(std::function<void(std::string_view)> on_body);

  // The source: connects once; responses free their pair for the next request.
  asio::awaitable<void> connect();
  bool has_free_pair() const { return !free_pairs_.empty(); }
  std::size_t take_free_pair();
  // Appends a MESSAGE from the pair's SIP user to its XMPP user.
  void append_message(std::string& out, std::size_t pair, std::string_view body);
  asio::awaitable<void> write(const std::string& requests);

  std::size_t sessions() const { return sessions_.size(); }
  std::uint64_t refused() const { return refused_; }  // final responses that were not 2xx
  const std::string& first_refusal() const { return first_refusal_; }

 private:
  struct Session {
    std::string target, ours, theirs, call_id;
    std::uint32_t cseq = 0;
  };

  asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket);
  void take_request(const SipText& request, std::string& answers);
  void open_session(const SipText& invite, std::string& answers);
  void append_in_session(std::string& out, std::size_t pair, Session& session,
                         std::string_view body);
  asio::awaitable<void> read_responses();
  void answered(const SipText& response);

  asio::io_context& io_;
  Settings settings_;
  asio::ip::tcp::socket source_;
  std::string source_name_;  // address:port, for Via
  std::function<void(std::string_view)> on_body_;
  std::deque<std::size_t> free_pairs_;
  std::unordered_map<std::size_t, Session> sessions_;  // by pair
  std::uint64_t numbers_ = 0;
  std::uint64_t refused_ = 0;
  std::string first_refusal_;
};

}  // namespace causeway::bench
