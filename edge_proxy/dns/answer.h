#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/dns/records.h"

namespace causeway::edge::dns {

using causeway::dns::SrvRecord;
using causeway::dns::Type;

// Why there is no record. `not_found` is the domain's own word (NXDOMAIN, no such record); `failed`
// is SERVFAIL, a refusal, a reply that makes no sense, or silence, and may pass.
enum class Failure { not_found, failed };
class LookupError : public std::runtime_error {
 public:
  LookupError(Failure failure, const std::string& what)
      : std::runtime_error(what), failure_(failure) {}
  Failure failure() const { return failure_; }

 private:
  Failure failure_;
};

// What became of one question. Immutable, and shared by all who asked it while it holds.
struct Answer {
  using Clock = std::chrono::steady_clock;

  std::optional<Failure> failure;            // nothing: there are records
  std::string words;                         // of a failure: "fabrikam.example SRV: ..."
  std::vector<SrvRecord> services;           // of Type::srv, in the order the server gave them
  std::vector<asio::ip::address> addresses;  // of the others
  Clock::time_point expires{};  // known until then; a failure that may pass, not at all
};
using Known = std::shared_ptr<const Answer>;

}  // namespace causeway::edge::dns
