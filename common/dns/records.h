#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace causeway::dns {

// What is asked for, as it is numbered on the wire.
enum class Type : std::uint16_t { a = 1, aaaa = 28, srv = 33, naptr = 35 };

struct SrvRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // without its final dot; "." is the empty string: the service is not offered
};

// RFC 3403. One with a regular expression leads to no name, and is left out.
struct NaptrRecord {
  std::uint16_t order = 0;
  std::uint16_t preference = 0;
  std::string flags;        // in lower case: "s"
  std::string service;      // in lower case: "sip+d2t"
  std::string replacement;  // as SrvRecord::target
};

// An address in the order of the network: 4 octets or 16.
struct Address {
  std::array<std::uint8_t, 16> octets{};
  bool v6 = false;

  std::string to_string() const;
  friend bool operator==(const Address&, const Address&) = default;
};

}  // namespace causeway::dns
