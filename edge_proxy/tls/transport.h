#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "edge_proxy/tls/context.h"
#include "edge_proxy/tls/identity.h"

namespace causeway::edge::tls {

// Whether TLS begins with the connection (XEP-0368) or behind STARTTLS.
enum class Direct { no, yes };

// One byte stream over TCP, plain until upgraded. Lives on its socket's executor; one read and one
// write may be under way at the same time, a handshake only alone. While it is idle it holds no
// buffer. Failures are asio::system_error: of the connection as Asio has them, of TLS in
// tls_category() (fault.h), with a sentence in what(). After a failure or a cancellation only
// close() makes sense.
class Transport {
 public:
  // Takes over a connected socket.
  explicit Transport(asio::ip::tcp::socket socket);
  ~Transport();
  Transport(Transport&&) noexcept;
  Transport& operator=(Transport&&) noexcept;

  // Waits until something can be read, then reads at most `buffer.size()` bytes; 0 at the end,
  // whether or not close_notify came before it: an XMPP stream marks its own end. The buffer may be
  // one that all streams of the thread share: it is not used while waiting, and what it holds
  // beyond the result is undefined. From 32 KiB on, many records are taken out of the socket with
  // one system call.
  asio::awaitable<std::size_t> read(std::span<char> buffer);
  // Writes all of `bytes`, which must stay as they are until it returns. A record holds 16 KiB and
  // costs a system call: batch what is small.
  asio::awaitable<void> write(std::string_view bytes);

  // Waits for the first byte of a connection and leaves it there: whether a ClientHello begins
  // (direct TLS on the port for STARTTLS, XEP-0368). False at the end of the connection.
  asio::awaitable<bool> begins_with_tls();

  // The handshake. The peer's certificate is asked for and verified but never refused here; what it
  // says is peer_certificate()'s. Plaintext that was read before is the caller's business: nothing
  // is buffered here. Domains are in A-labels.
  //
  // The certificate we show is the one for the SNI; when there is none, or none of ours names it,
  // the one for `ours`, the default if that is empty. Direct TLS ends with a fatal alert when the
  // peer speaks protocols (ALPN) of which xmpp-server is none.
  asio::awaitable<void> accept_tls(std::shared_ptr<const Context> context,
                                   Direct direct = Direct::no, std::string ours = {});
  // `server_name` is the SNI; none is sent if it is empty. `ours` is the domain whose certificate
  // we show, empty for the default. With direct TLS the peer is told that we speak xmpp-server.
  asio::awaitable<void> connect_tls(std::shared_ptr<const Context> context, std::string server_name,
                                    Direct direct = Direct::no, std::string ours = {});

  bool encrypted() const;
  const PeerCertificate& peer_certificate() const;
  // Judges the peer's certificate again, by anchors that belong to the partner it turned out to be;
  // nullptr: by the context's. Before forget_chain(); nothing happens on a stream without TLS or a
  // certificate.
  void verify_against(const Anchors* anchors);
  // What came with the peer's certificate is not needed any longer: an idle stream is smaller
  // without.
  void forget_chain();
  std::string tls_version() const;   // "TLSv1.3"; empty when plain
  std::string tls_cipher() const;    // "TLS_AES_128_GCM_SHA256"; empty when plain
  std::string peer_address() const;  // "192.0.2.1:5269", "[2001:db8::1]:5269"
  asio::any_io_executor get_executor();
  // Leaves its executor, with nothing under way, and goes on on another one, which may be another
  // thread's. Between the two only destruction makes sense.
  void leave();
  void enter(asio::any_io_executor executor);

  // Half-close: close_notify and FIN, after what was written; then what the peer still sends may be
  // read. Not while a write is under way. Throws only operation_aborted: a peer that is gone is
  // gone.
  asio::awaitable<void> shutdown();
  // Whatever is waiting ends with operation_aborted. Unless it was a handshake, the connection is
  // none the worse for it.
  void cancel();
  // At once. Whatever is waiting ends with operation_aborted.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::edge::tls
