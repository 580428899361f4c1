#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "edge_proxy/ledger/tally.h"
#include "edge_proxy/stream/pace.h"
#include "edge_proxy/stream/xml_stream.h"
#include "edge_proxy/tls/transport.h"

namespace causeway::edge::stream {

// What every stream of a thread shares. Outlives them.
struct StreamSettings {
  std::shared_ptr<const tls::Context>
      tls;                      // replaced on reload; a handshake keeps the one it began with
  std::span<char> read_buffer;  // used between two waits, by one stream at a time
  xml::Limits limits;           // before authentication
  std::size_t send_buffer_bytes;
  ledger::Tally* tally = nullptr;  // of the thread; may be missing
  std::uint64_t bytes_before_authentication = std::numeric_limits<std::uint64_t>::max();  // in all
  // How long a peer's TLS handshake must wait for its turn; nothing: there are too many. May be
  // empty.
  std::function<std::optional<std::chrono::nanoseconds>()> handshake_turn{};
};

// The real one: a parser and a coalescing writer over a TLS transport. While it is idle it holds no
// buffer. interrupt() may be called by anybody on its thread; the rest is its owner's.
class TransportStream final : public XmlStream {
 public:
  TransportStream(tls::Transport transport, const StreamSettings& settings);

  asio::awaitable<Header> read_header() override;
  asio::awaitable<xml::Element> read() override;
  std::optional<xml::Element> received() override;
  asio::awaitable<void> send_header(Header ours) override;
  asio::awaitable<void> send(std::string bytes) override;
  void restart() override;
  asio::awaitable<bool> begins_with_tls() override;
  asio::awaitable<void> accept_tls(std::string go_ahead, std::string ours = {}) override;
  asio::awaitable<void> connect_tls(std::string server_name, tls::Direct direct = tls::Direct::no,
                                    std::string ours = {}) override;
  void set_limits(const xml::Limits& limits) override;
  // From here on it is read at this pace: while more has come than that, it is not read.
  void set_pace(std::unique_ptr<Pace> pace) { pace_ = std::move(pace); }
  bool encrypted() const override { return transport_.encrypted(); }
  const tls::PeerCertificate& peer_certificate() const override {
    return transport_.peer_certificate();
  }
  void verify_against(const tls::Anchors* anchors) override { transport_.verify_against(anchors); }
  void forget_chain() override { transport_.forget_chain(); }

  // Ends the stream from outside: whoever reads or writes gets this error, or Ended(why) for an end
  // without an error, as if it were the peer's doing, and closes.
  void interrupt(StreamError error);
  void interrupt(std::string why);

  // Our last words, then half-close, then wait for the peer's end (RFC 6120 section 4.4). An error
  // about the peer's header follows a header of ours (section 4.9.1.2). The caller sets the time
  // limit and calls abort() after it.
  asio::awaitable<void> close(std::optional<StreamError> error);
  // Gives back what a quiet stream does not need.
  void trim() { parser_.trim(); }
  bool interrupted() const { return interrupted_; }
  bool writing() const { return writing_; }
  // Until no write is outstanding.
  asio::awaitable<void> written();
  void abort() { transport_.close(); }

  asio::any_io_executor get_executor() { return transport_.get_executor(); }
  // To another thread, with nothing under way: it leaves on the one, and enters on the other.
  void leave() { transport_.leave(); }
  void enter(asio::any_io_executor executor, const StreamSettings& settings);
  std::string tls_version() const { return transport_.tls_version(); }
  std::string tls_cipher() const { return transport_.tls_cipher(); }
  bool direct_tls() const { return direct_tls_; }
  std::string peer_address() const { return transport_.peer_address(); }
  // When something was last read or written, white space included.
  std::chrono::steady_clock::time_point last_heard() const { return last_heard_; }
  std::chrono::steady_clock::time_point last_sent() const { return last_sent_; }
  // Of XML, without TLS.
  std::uint64_t bytes_received() const { return bytes_received_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  asio::awaitable<xml::Event> next_event();
  asio::awaitable<void> rest(std::chrono::nanoseconds time);
  asio::awaitable<void> wait_for_turn();
  void refuse_leftovers(std::string_view behind) const;
  void interrupt();
  void throw_if_interrupted() const;
  void count_received(std::size_t bytes);
  void count_sent(std::size_t bytes);
  void begin_anew();

  tls::Transport transport_;
  const StreamSettings* settings_;
  xml::Limits limits_;
  xml::Parser parser_;
  std::optional<xml::Event> waiting_;  // received, not yet read
  std::string pending_;                // gathered while a write is outstanding
  bool writing_ = false;
  bool handshaking_ = false;
  bool direct_tls_ = false;
  bool header_sent_ = false;
  bool interrupted_ = false;
  std::string farewell_;                          // why, when it is no error
  std::optional<StreamError> complaint_;          // the error, when it is one
  std::vector<asio::steady_timer*> writer_done_;  // of who waits for the end of the write
  std::chrono::steady_clock::time_point last_heard_;
  std::chrono::steady_clock::time_point last_sent_;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_allowed_;
  std::unique_ptr<Pace> pace_;
  asio::steady_timer* resting_ = nullptr;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace causeway::edge::stream
