#include "edge_proxy/tls/socket_bio.h"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <cstring>

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

SocketBio& self(BIO* bio) { return *static_cast<SocketBio*>(BIO_get_data(bio)); }

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  SocketBio& socket = self(bio);
  const auto sent = socket.send(data, static_cast<std::size_t>(size));
  if (sent < 0 && socket.status() == asio::error::would_block) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  SocketBio& socket = self(bio);
  const auto taken = socket.take(out, static_cast<std::size_t>(size));
  if (taken < 0 && socket.status() == asio::error::would_block) BIO_set_retry_read(bio);
  return static_cast<int>(taken);
}

long bio_ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

constexpr BIO_METHOD kMethod = {
    .type = BIO_TYPE_SOURCE_SINK,
    .name = "socket",
    .bwrite = bio_write,
    .bread = bio_read,
    .bputs = nullptr,
    .bgets = nullptr,
    .ctrl = bio_ctrl,
    .create = bio_create,
    .destroy = nullptr,
    .callback_ctrl = nullptr,
};

std::error_code last_error() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return asio::error::would_block;
  return {errno, asio::error::get_system_category()};
}

}  // namespace

bio_st* SocketBio::make() {
  BIO* const bio = BIO_new(&kMethod);
  if (bio != nullptr) BIO_set_data(bio, this);
  return bio;
}

void SocketBio::read_ahead(std::span<char> room) {
  ahead_ = true;
  room_ = room;
}

void SocketBio::read_directly() {
  ahead_ = false;
  arrived_ = {};
}

std::ptrdiff_t SocketBio::take(char* out, std::size_t size) {
  if (!ahead_) return receive(out, size);
  if (arrived_.empty()) {
    if (room_.empty()) {  // received once already
      status_ = asio::error::would_block;
      return -1;
    }
    const std::ptrdiff_t received = receive(room_.data(), room_.size());
    if (received <= 0) return received;
    arrived_ = room_.first(static_cast<std::size_t>(received));
    room_ = {};
  }
  const std::size_t taken = std::min(size, arrived_.size());
  std::memcpy(out, arrived_.data(), taken);
  arrived_ = arrived_.subspan(taken);
  return static_cast<std::ptrdiff_t>(taken);
}

std::ptrdiff_t SocketBio::receive(char* out, std::size_t size) { return receive(out, size, 0); }

std::ptrdiff_t SocketBio::peek(char* out, std::size_t size) { return receive(out, size, MSG_PEEK); }

std::ptrdiff_t SocketBio::receive(char* out, std::size_t size, int flags) {
  ssize_t received;
  do {
    received = ::recv(descriptor_, out, size, flags);
  } while (received < 0 && errno == EINTR);
  status_ = received < 0 ? last_error() : std::error_code();
  if (received == 0) status_ = asio::error::eof;
  return received;
}

std::ptrdiff_t SocketBio::send(const char* data, std::size_t size) {
  ssize_t sent;
  do {
    sent = ::send(descriptor_, data, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  status_ = sent < 0 ? last_error() : std::error_code();
  return sent;
}

}  // namespace causeway::edge::tls
