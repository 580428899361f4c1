#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "common/xml/element.h"
#include "common/xml/parser.h"
#include "edge_proxy/stream/header.h"
#include "edge_proxy/stream/stream_error.h"
#include "edge_proxy/tls/anchors.h"
#include "edge_proxy/tls/identity.h"
#include "edge_proxy/tls/transport.h"

namespace causeway::edge::stream {

// We end the stream, and there is no error to tell.
class Ended : public std::runtime_error {
 public:
  explicit Ended(const std::string& why) : std::runtime_error(why) {}
};

// One XML stream (RFC 6120 section 4) as negotiation sees it. Used by one coroutine at a time,
// except send(). Throws StreamError when the peer is wrong, PeerClosed when it has ended the
// stream, asio::system_error when the connection is lost.
class XmlStream {
 public:
  virtual ~XmlStream() = default;

  virtual asio::awaitable<Header> read_header() = 0;
  // The next first-level element. A <stream:error> shows as PeerClosed.
  virtual asio::awaitable<xml::Element> read() = 0;
  // A further element of what has been received already. Never an error: that is left for read().
  virtual std::optional<xml::Element> received() = 0;

  virtual asio::awaitable<void> send_header(Header ours) = 0;
  // Returns when the bytes have been written. While another send() is writing it returns at once,
  // and the other takes these bytes along.
  virtual asio::awaitable<void> send(std::string bytes) = 0;

  // The peer's next bytes begin a new stream (RFC 6120 section 4.3.3). What it has sent already,
  // behind its last element, would belong to neither: StreamError.
  virtual void restart() = 0;
  // Whether the peer begins with TLS instead of a header (XEP-0368). Before anything is read.
  virtual asio::awaitable<bool> begins_with_tls() = 0;
  // TLS, then restart(). With STARTTLS bytes behind <starttls/> or <proceed/> were not protected
  // and would be taken for protected ones: StreamError, before `go_ahead` is said. An empty one is
  // direct TLS. `ours` is the domain whose certificate we show, in A-labels; to a peer that asks
  // for a domain of ours (SNI), that one's is shown. Empty: the default certificate.
  virtual asio::awaitable<void> accept_tls(std::string go_ahead, std::string ours = {}) = 0;
  virtual asio::awaitable<void> connect_tls(std::string server_name,
                                            tls::Direct direct = tls::Direct::no,
                                            std::string ours = {}) = 0;

  // Other limits from here on, and no longer one for all bytes together.
  virtual void set_limits(const xml::Limits& limits) = 0;

  virtual bool encrypted() const = 0;
  virtual const tls::PeerCertificate& peer_certificate() const = 0;
  // Judges the peer's certificate by a partner's own anchors; nullptr: by the edge's, again. Before
  // forget_chain(), which makes the stream smaller once the peer is known.
  virtual void verify_against(const tls::Anchors* anchors) = 0;
  virtual void forget_chain() = 0;
};

}  // namespace causeway::edge::stream
