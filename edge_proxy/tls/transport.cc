#include "edge_proxy/tls/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cassert>
#include <ctime>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "edge_proxy/tls/fault.h"
#include "edge_proxy/tls/handshake.h"
#include "edge_proxy/tls/native.h"
#include "edge_proxy/tls/socket_bio.h"
#include "edge_proxy/tls/verify.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {

using asio::awaitable;
using asio::ip::tcp;

class Transport::Impl {
 public:
  explicit Impl(tcp::socket socket);

  awaitable<std::size_t> read(std::span<char> buffer);
  awaitable<void> write(std::string_view bytes);
  awaitable<bool> begins_with_tls();
  awaitable<void> accept_tls(std::shared_ptr<const Context> context, Direct direct,
                             std::string ours);
  awaitable<void> connect_tls(std::shared_ptr<const Context> context, std::string server_name,
                              Direct direct, std::string ours);
  void verify_against(const Anchors* anchors);
  void forget_chain() { handshake_.chain.reset(); }
  awaitable<void> shutdown();
  void close();
  void leave();
  void enter(asio::any_io_executor executor);
  ~Impl();

  const SSL* ssl() const { return established_ ? ssl_.get() : nullptr; }
  const PeerCertificate& peer() const { return handshake_.peer; }
  const tcp::endpoint& remote() const { return remote_; }
  tcp::socket& socket() { return socket_; }

 private:
  void begin(std::shared_ptr<const Context> context, Direct direct, const std::string& ours);
  awaitable<void> shake_hands();
  // Reads and writes return nothing when the socket was not ready after all.
  std::optional<std::size_t> read_plain(std::span<char> buffer);
  std::optional<std::size_t> read_tls(std::span<char> buffer);
  std::optional<std::size_t> read_records(std::span<char> buffer);
  std::optional<std::size_t> ended(int result);
  std::optional<std::size_t> try_write(std::string_view bytes);
  awaitable<void> wait_for(int ssl_error);
  [[noreturn]] void fail(int ssl_error, const char* doing);

  tcp::socket socket_;
  int homeless_ = -1;  // the descriptor, between leave() and enter()
  tcp::endpoint remote_;
  SocketBio bio_;
  Handshake handshake_;
  bssl::UniquePtr<SSL> ssl_;
  bool established_ = false;
};

namespace {

constexpr std::size_t kRecord = 16 << 10;  // the plaintext of one, at most

std::string text_of(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const std::string text = address.to_string();
  return address.is_v6() ? absl::StrCat("[", text, "]:", endpoint.port())
                         : absl::StrCat(text, ":", endpoint.port());
}

}  // namespace

Transport::Impl::Impl(tcp::socket socket)
    : socket_(std::move(socket)), bio_(socket_.native_handle()) {
  std::error_code ignored;  // a peer that has left already shows at the first read
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  remote_ = socket_.remote_endpoint(ignored);
}

// --- Reading ---

awaitable<std::size_t> Transport::Impl::read(std::span<char> buffer) {
  for (;;) {
    // BoringSSL may hold the rest of a record that an earlier, smaller buffer could not take.
    if (!established_ || SSL_pending(ssl_.get()) == 0) {
      co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);
    }
    const std::optional<std::size_t> count = established_ ? read_tls(buffer) : read_plain(buffer);
    if (count) co_return *count;
  }
}

std::optional<std::size_t> Transport::Impl::read_plain(std::span<char> buffer) {
  const std::ptrdiff_t received = bio_.receive(buffer.data(), buffer.size());
  if (received >= 0) return static_cast<std::size_t>(received);
  if (bio_.status() == asio::error::would_block) return std::nullopt;
  throw asio::system_error(bio_.status(), "read");
}

std::optional<std::size_t> Transport::Impl::read_tls(std::span<char> buffer) {
  if (buffer.size() >= 2 * kRecord && SSL_pending(ssl_.get()) == 0) return read_records(buffer);
  ERR_clear_error();
  const int size = static_cast<int>(std::min<std::size_t>(buffer.size(), kRecord));
  const int result = SSL_read(ssl_.get(), buffer.data(), size);
  return result > 0 ? static_cast<std::size_t>(result) : ended(result);
}

// The ciphertext goes to the buffer's end, the plaintext to its front. The plaintext cannot catch
// up: at the beginning BoringSSL holds less than one record, and what it takes is longer than what
// it gives.
std::optional<std::size_t> Transport::Impl::read_records(std::span<char> buffer) {
  bio_.read_ahead(buffer.subspan(kRecord));
  std::size_t count = 0;
  int result = 0;
  for (;;) {
    const std::span<const char> arrived = bio_.arrived();
    const char* const limit = arrived.empty() ? buffer.data() + buffer.size() : arrived.data();
    const std::size_t free = static_cast<std::size_t>(limit - buffer.data()) - count;
    assert(free != 0 || arrived.empty());
    if (free == 0) break;
    ERR_clear_error();
    result = SSL_read(ssl_.get(), buffer.data() + count, static_cast<int>(free));
    if (result <= 0) break;
    count += static_cast<std::size_t>(result);
  }
  bio_.read_directly();
  return count != 0 ? count : ended(result);
}

// What a read that gave nothing means.
std::optional<std::size_t> Transport::Impl::ended(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return std::nullopt;
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_SYSCALL && bio_.status() == asio::error::eof) return 0;
  fail(error, "read");
}

// --- Writing ---

awaitable<void> Transport::Impl::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (const std::optional<std::size_t> count = try_write(bytes)) {
      bytes.remove_prefix(*count);
    } else {
      co_await socket_.async_wait(tcp::socket::wait_write, asio::use_awaitable);
    }
  }
}

std::optional<std::size_t> Transport::Impl::try_write(std::string_view bytes) {
  if (!established_) {
    const std::ptrdiff_t sent = bio_.send(bytes.data(), bytes.size());
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (bio_.status() == asio::error::would_block) return std::nullopt;
    throw asio::system_error(bio_.status(), "write");
  }
  ERR_clear_error();
  const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), kRecord));
  const int result = SSL_write(ssl_.get(), bytes.data(), size);
  if (result > 0) return static_cast<std::size_t>(result);
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_WRITE) return std::nullopt;
  fail(error, "write");
}

// --- The handshake ---

awaitable<bool> Transport::Impl::begins_with_tls() {
  constexpr char kHandshake = 0x16;  // the content type of a TLS record (RFC 8446 section 5.1)
  for (;;) {
    co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);
    char first = 0;
    const std::ptrdiff_t count = bio_.peek(&first, 1);
    if (count >= 0) co_return count == 1 && first == kHandshake;
    if (bio_.status() != asio::error::would_block) throw asio::system_error(bio_.status(), "read");
  }
}

awaitable<void> Transport::Impl::accept_tls(std::shared_ptr<const Context> context, Direct direct,
                                            std::string ours) {
  begin(std::move(context), direct, ours);
  SSL_set_accept_state(ssl_.get());
  co_await shake_hands();
}

awaitable<void> Transport::Impl::connect_tls(std::shared_ptr<const Context> context,
                                             std::string server_name, Direct direct,
                                             std::string ours) {
  begin(std::move(context), direct, ours);
  SSL_set_connect_state(ssl_.get());
  if (!server_name.empty() && !SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str())) {
    fail(SSL_ERROR_SSL, "TLS handshake");
  }
  if (direct == Direct::yes && !offer_protocol(*ssl_)) throw std::bad_alloc();
  co_await shake_hands();
}

void Transport::Impl::begin(std::shared_ptr<const Context> context, Direct direct,
                            const std::string& ours) {
  assert(!ssl_);
  handshake_.context = std::move(context);
  handshake_.direct = direct == Direct::yes;
  const Context::Native& native = handshake_.context->native();
  SSL_CTX* const chosen = ours.empty() ? nullptr : native.find(ours);
  ssl_.reset(SSL_new(chosen != nullptr ? chosen : native.fallback()));
  BIO* const bio = ssl_ ? bio_.make() : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), &handshake_);
  SSL_set_shed_handshake_config(ssl_.get(), 1);
}

void Transport::Impl::verify_against(const Anchors* anchors) {
  if (!handshake_.peer.present) return;
  assert(handshake_.chain);
  const Anchors& judges = anchors != nullptr ? *anchors : *handshake_.context->native().anchors;
  handshake_.peer = examine(handshake_.chain.get(), judges, std::time(nullptr));
  ERR_clear_error();
}

awaitable<void> Transport::Impl::shake_hands() {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) break;
    co_await wait_for(SSL_get_error(ssl_.get(), result));
  }
  established_ = true;
}

awaitable<void> Transport::Impl::wait_for(int ssl_error) {
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
      co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);
      break;
    case SSL_ERROR_WANT_WRITE:
      co_await socket_.async_wait(tcp::socket::wait_write, asio::use_awaitable);
      break;
    default:
      fail(ssl_error, "TLS handshake");
  }
}

void Transport::Impl::fail(int ssl_error, const char* doing) {
  const bool of_connection = ssl_error == SSL_ERROR_SYSCALL && bio_.status();
  const std::error_code code = of_connection ? bio_.status() : take_fault();
  throw asio::system_error(code, doing);
}

// --- The end ---

awaitable<void> Transport::Impl::shutdown() {
  if (established_) {
    ERR_clear_error();
    for (;;) {
      const int result = SSL_shutdown(ssl_.get());
      if (result >= 0 || SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_WRITE) break;
      co_await socket_.async_wait(tcp::socket::wait_write, asio::use_awaitable);
    }
    ERR_clear_error();
  }
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Transport::Impl::close() {
  bio_.forget_socket();  // its number may soon be another's
  std::error_code ignored;
  socket_.close(ignored);
}

// --- From one executor to another ---

void Transport::Impl::leave() {
  std::error_code ignored;
  homeless_ = socket_.release(ignored);
}

void Transport::Impl::enter(asio::any_io_executor executor) {
  tcp::socket socket(std::move(executor));
  std::error_code ignored;
  socket.assign(remote_.protocol(), std::exchange(homeless_, -1), ignored);
  socket_ = std::move(socket);
}

Transport::Impl::~Impl() {
  if (homeless_ >= 0) ::close(homeless_);
}

// --- The public face ---

Transport::Transport(tcp::socket socket) : impl_(std::make_unique<Impl>(std::move(socket))) {}
Transport::~Transport() = default;
Transport::Transport(Transport&&) noexcept = default;
Transport& Transport::operator=(Transport&&) noexcept = default;

awaitable<std::size_t> Transport::read(std::span<char> buffer) { return impl_->read(buffer); }
awaitable<void> Transport::write(std::string_view bytes) { return impl_->write(bytes); }

awaitable<bool> Transport::begins_with_tls() { return impl_->begins_with_tls(); }

awaitable<void> Transport::accept_tls(std::shared_ptr<const Context> context, Direct direct,
                                      std::string ours) {
  return impl_->accept_tls(std::move(context), direct, std::move(ours));
}

awaitable<void> Transport::connect_tls(std::shared_ptr<const Context> context,
                                       std::string server_name, Direct direct, std::string ours) {
  return impl_->connect_tls(std::move(context), std::move(server_name), direct, std::move(ours));
}

bool Transport::encrypted() const { return impl_->ssl() != nullptr; }
const PeerCertificate& Transport::peer_certificate() const { return impl_->peer(); }
void Transport::verify_against(const Anchors* anchors) { impl_->verify_against(anchors); }
void Transport::forget_chain() { impl_->forget_chain(); }

std::string Transport::tls_version() const {
  return encrypted() ? SSL_get_version(impl_->ssl()) : "";
}

std::string Transport::tls_cipher() const {
  return encrypted() ? SSL_CIPHER_standard_name(SSL_get_current_cipher(impl_->ssl())) : "";
}

std::string Transport::peer_address() const { return text_of(impl_->remote()); }
void Transport::leave() { impl_->leave(); }
void Transport::enter(asio::any_io_executor executor) { impl_->enter(std::move(executor)); }
asio::any_io_executor Transport::get_executor() { return impl_->socket().get_executor(); }
awaitable<void> Transport::shutdown() { return impl_->shutdown(); }
void Transport::close() { impl_->close(); }

void Transport::cancel() {
  std::error_code ignored;
  impl_->socket().cancel(ignored);
}

}  // namespace causeway::edge::tls
