#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "edge_proxy/dns/answer.h"
#include "edge_proxy/ledger/tally.h"

namespace causeway::edge::dns {

struct Settings {
  // "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53"; empty: the system's.
  std::vector<std::string> servers{};
  std::chrono::milliseconds timeout{3000};  // of the first try; each further one has twice the time
  int tries = 2;                            // of each server
  std::size_t cache_entries = 10'000;       // 0: nothing is kept
  std::chrono::seconds longest_ttl{3600};   // of records
  std::chrono::seconds longest_negative_ttl{300};  // of "there is none"
  std::string resolv_conf = "/etc/resolv.conf";
  std::uint16_t port = 53;                            // of the servers that resolv.conf names
  std::chrono::milliseconds resolv_conf_check{5000};  // how often to look whether it has changed
  ledger::Tally* tally = nullptr;                     // of the thread; may be missing
};

// Asynchronous look-ups through c-ares, on one executor, which must not be a pool. What the name
// server says is kept as long as it allows (RFC 1035, RFC 2308), within the limits above; failures
// that may pass are not. Who asks what is being asked already waits for the same answer. When the
// system's resolv.conf changes, questions from then on go to the servers that it names.
class Resolver {
 public:
  Resolver(asio::any_io_executor executor, Settings settings);
  ~Resolver();  // what is under way ends with Failure::failed
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Before the first look-up; without it they all fail. An error is a sentence: a server that is
  // not an address, a resolv.conf that cannot be read. One that is not there is none: then the
  // server is on this host (resolv.conf(5)).
  absl::Status open();

  // Names are A-labels, without search domains; CNAMEs are followed; at most kMaxRecords (reply.h).
  // For addresses the hosts file comes first, and an IP literal ("192.0.2.1", "2001:db8::1",
  // "[2001:db8::1]") answers itself. Never nullptr. Throws only operation_aborted, if it is
  // cancelled.
  asio::awaitable<Known> look_up(std::string name, Type type);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // those who wait may outlive the resolver
};

}  // namespace causeway::edge::dns
