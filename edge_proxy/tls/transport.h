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

  // STARTTLS done, or direct TLS: the handshake. The peer's certificate is asked for and verified
  // but never refused here; what it says is peer_certificate()'s. Plaintext that was read before is
  // the caller's business: nothing is buffered here.
  asio::awaitable<void> accept_tls(std::shared_ptr<const Context> context);
  // `server_name` is the SNI, an A-label domain; none is sent if it is empty.
  asio::awaitable<void> connect_tls(std::shared_ptr<const Context> context,
                                    std::string server_name);

  bool encrypted() const;
  const PeerCertificate& peer_certificate() const;
  std::string tls_version() const;   // "TLSv1.3"; empty when plain
  std::string tls_cipher() const;    // "TLS_AES_128_GCM_SHA256"; empty when plain
  std::string peer_address() const;  // "192.0.2.1:5269", "[2001:db8::1]:5269"
  asio::any_io_executor get_executor();

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
