#pragma once

#include <cstddef>
#include <span>
#include <system_error>

struct bio_st;

namespace causeway::edge::tls {

// BoringSSL's way to a non-blocking socket. Between read_ahead() and read_directly() it reads
// ahead: one recv() into spare room, then records out of that, where BoringSSL by itself makes two
// calls a record.
class SocketBio {
 public:
  explicit SocketBio(int descriptor) : descriptor_(descriptor) {}
  SocketBio(const SocketBio&) = delete;
  SocketBio& operator=(const SocketBio&) = delete;

  // A new BIO that refers to this; for SSL_set_bio.
  bio_st* make();

  // From now on reads come from one recv() into `room`, which stays the caller's.
  void read_ahead(std::span<char> room);
  // Reads go to the socket again. What is left of arrived() is lost: only TLS that has ended leaves
  // any.
  void read_directly();
  // What was received ahead and not yet taken.
  std::span<const char> arrived() const { return arrived_; }

  // How the last call to the socket ended: no error, would_block, eof, or what the socket said.
  std::error_code status() const { return status_; }

  // As recv(2) and send(2), never blocking, never SIGPIPE: -1 with status(), 0 only at the end.
  std::ptrdiff_t receive(char* out, std::size_t size);
  std::ptrdiff_t send(const char* data, std::size_t size);
  // As receive(), but what it gives stays to be received.
  std::ptrdiff_t peek(char* out, std::size_t size);

  // The same, out of what was read ahead if there is any.
  std::ptrdiff_t take(char* out, std::size_t size);

  void forget_socket() { descriptor_ = -1; }

 private:
  std::ptrdiff_t receive(char* out, std::size_t size, int flags);

  int descriptor_;
  bool ahead_ = false;
  std::span<char> room_;
  std::span<const char> arrived_;
  std::error_code status_;
};

}  // namespace causeway::edge::tls
