#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace causeway::test {

// The connection has failed, as a sentence.
class WireError : public std::runtime_error {
 public:
  explicit WireError(const std::string& why) : std::runtime_error(why) {}
};

// Who a peer is in TLS: a certificate, or none. Shared by any number of wires, on any thread.
class TlsIdentity {
 public:
  // PEM files; none when both are empty.
  TlsIdentity(const std::string& certificate_file, const std::string& private_key_file);
  ~TlsIdentity();
  TlsIdentity(TlsIdentity&&) noexcept;
  TlsIdentity& operator=(TlsIdentity&&) noexcept;

 private:
  friend class Wire;
  struct Native;
  std::unique_ptr<Native> native_;
};

// A peer's end of an XMPP connection: it blocks, and waits ten seconds at most. It stands on
// nothing of the edge's: sockets of the system, TLS of OpenSSL, and a reader that only knows where
// an element ends. One thread.
class Wire {
 public:
  static Wire to(int port);       // of 127.0.0.1
  explicit Wire(int descriptor);  // takes over a connected socket
  ~Wire();
  Wire(Wire&&) noexcept;
  Wire& operator=(Wire&&) noexcept;

  void say(const std::string& text);
  // "<stream:stream ...>", "</stream:stream>", or a whole element; empty at the end of the
  // connection. White space and the XML declaration are passed over.
  std::string next();
  // Whatever there is, as it is; for what is no XML.
  std::string some();

  // Throw WireError when the handshake fails. `alpn` is told if it is not empty.
  void begin_tls_as_client(const TlsIdentity& identity, const std::string& server_name,
                           const std::string& alpn);
  void begin_tls_as_server(const TlsIdentity& identity);
  bool encrypted() const;
  bool peer_has_certificate() const;

  // No more is said; next() may still hear something.
  void end();
  int local_port() const;
  // All that was heard before TLS began: what a tap sees.
  const std::string& heard_in_clear() const;
  // Who said what, a line each.
  const std::string& dialogue() const;

 private:
  struct Native;
  std::unique_ptr<Native> native_;
};

// The lower-case hex of HMAC-SHA256 with the lower-case hex of SHA256(secret): XEP-0185.
std::string dialback_key(const std::string& secret, const std::string& text);

}  // namespace causeway::test
