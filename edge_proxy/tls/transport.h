#pragma once

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

// One byte stream over TCP, plain until upgraded. Owned by one coroutine; lives on its socket's
// executor. While it is idle it holds no buffer. Failures are asio::system_error; a TLS failure carries
// a sentence in what().
class Transport {
 public:
  explicit Transport(asio::ip::tcp::socket socket);
  ~Transport();
  Transport(Transport&&) noexcept;
  Transport& operator=(Transport&&) noexcept;

  // Waits until something can be read, then reads at most `buffer.size()` bytes; 0 at the end.
  // The buffer may be one that all streams of the thread share: it is not used while waiting.
  asio::awaitable<std::size_t> read(std::span<char> buffer);
  // Writes all of `bytes`, which must stay as they are until it returns.
  asio::awaitable<void> write(std::string_view bytes);

  // STARTTLS done, or direct TLS: the handshake. The peer's certificate is asked for and verified but
  // never refused here; what it says is peer_certificate()'s. Plaintext that the socket already held is
  // the caller's business: nothing is buffered here.
  asio::awaitable<void> accept_tls(const std::shared_ptr<const Context>& context);
  // `server_name` is the SNI, an A-label domain.
  asio::awaitable<void> connect_tls(const std::shared_ptr<const Context>& context,
                                    const std::string& server_name);

  bool encrypted() const;
  const PeerCertificate& peer_certificate() const;
  std::string tls_version() const;  // "TLSv1.3"; empty when plain
  std::string tls_cipher() const;
  std::string peer_address() const;  // "192.0.2.1:5269", "[2001:db8::1]:5269"
  asio::any_io_executor get_executor();

  // Half-close: close_notify and FIN; then what the peer still sends may be read.
  asio::awaitable<void> shutdown();
  // At once. Whatever is waiting ends with operation_aborted.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::edge::tls
