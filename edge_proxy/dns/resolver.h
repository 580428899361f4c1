#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace causeway::edge::dns {

class Channel;

struct SrvRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // without its final dot; "." is the empty string: the service is not offered
};

// Why there is no answer. `not_found` is the domain's own word (NXDOMAIN, no such record); `failed`
// is SERVFAIL, a refusal, or silence, and may pass.
enum class Failure { not_found, failed };
class LookupError : public std::runtime_error {
 public:
  LookupError(Failure failure, const std::string& what)
      : std::runtime_error(what), failure_(failure) {}
  Failure failure() const { return failure_; }

 private:
  Failure failure_;
};

struct Settings {
  // "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53"; empty: the system's.
  std::vector<std::string> servers{};
  std::chrono::milliseconds timeout{3000};  // of the first try; each further one has twice the time
  int tries = 2;                            // of each server
};

// Asynchronous look-ups through c-ares, on one executor, which must not be a pool. Names are
// A-labels, without search domains. Failures are LookupError; a cancelled look-up throws
// operation_aborted. Nothing is cached: that is the name server's part.
class Resolver {
 public:
  // Throws std::invalid_argument for a server that is not an address, std::runtime_error if the
  // system's servers cannot be read.
  Resolver(asio::any_io_executor executor, const Settings& settings);
  ~Resolver();  // what is under way ends with LookupError{failed}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // In the order the server gave them; srv_order.h puts them into RFC 2782's. At most 64. Never
  // empty.
  asio::awaitable<std::vector<SrvRecord>> srv(std::string name);
  // AAAA, then A, both asked at once; CNAMEs are followed; at most 64 of each. What one of the
  // questions gives is enough. The hosts file comes first, and an IP literal ("192.0.2.1",
  // "2001:db8::1",
  // "[2001:db8::1]") answers itself. Never empty.
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string host);

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace causeway::edge::dns
