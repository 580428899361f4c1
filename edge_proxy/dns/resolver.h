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

struct SrvRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // without its final dot; "." is the empty string: the service is not offered
};

// Why there is no answer. `not_found` is the domain's own word (NXDOMAIN, no such record); `failed` is
// SERVFAIL, a refusal, or silence, and may pass.
enum class Failure { not_found, failed };
class LookupError : public std::runtime_error {
 public:
  LookupError(Failure failure, const std::string& what) : std::runtime_error(what), failure_(failure) {}
  Failure failure() const { return failure_; }

 private:
  Failure failure_;
};

struct Settings {
  std::vector<std::string> servers;  // "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53"; empty: the system's
  std::chrono::milliseconds timeout{3000};  // of one try
  int tries = 2;
};

// Asynchronous look-ups through c-ares, on one executor. Names are A-labels. Results are in the order
// the server gave them; order.h puts SRV records into RFC 2782's.
class Resolver {
 public:
  Resolver(asio::any_io_executor executor, const Settings& settings);
  ~Resolver();  // what is under way ends with LookupError{failed}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  asio::awaitable<std::vector<SrvRecord>> srv(std::string name);
  // A and AAAA, both asked at once. An IP literal answers itself.
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string host);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace causeway::edge::dns
