#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace causeway::test::matrix {

// The DNS as an edge sees it: every domain has one server, this host, and either takes STARTTLS or
// direct TLS there; the other kind does not exist.
class NameServer {
 public:
  explicit NameServer(int xmpp_port);
  ~NameServer();

  std::string address() const;  // "127.0.0.1:5353"
  void direct_tls(bool direct) { direct_tls_ = direct; }

 private:
  void serve(std::stop_token stopped) const;
  std::string answer(const std::string& question) const;

  const int xmpp_port_;
  int socket_;
  std::atomic<bool> direct_tls_{false};
  std::jthread thread_;
};

}  // namespace causeway::test::matrix
