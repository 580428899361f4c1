#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/dns/records.h"

namespace causeway::dns {

// What one DNS message says about its own question.
struct Reply {
  Type type = Type::a;              // of the question
  int rcode = 0;                    // RFC 1035 section 4.1.1; 0: no error, 3: no such name
  std::vector<SrvRecord> services;  // of Type::srv
  std::vector<NaptrRecord> rules;   // of Type::naptr
  std::vector<Address> addresses;   // of the others

  bool empty() const { return services.empty() && rules.empty() && addresses.empty(); }
  std::size_t size() const { return services.size() + rules.size() + addresses.size(); }

  // How long this may be kept: the least of the records that led to it; with no record, what the
  // SOA record says (RFC 2308 section 5). Nothing: not at all.
  std::optional<std::chrono::seconds> ttl;
};

inline constexpr std::size_t kMaxRecords = 64;  // of a reply; more would be a way to keep us busy
inline constexpr std::size_t kMaxAliases = 16;  // CNAMEs of a reply

// Reads a message as it came from the network, header included. Pure. Whatever the bytes are, it
// reads nothing outside of them, throws nothing but std::bad_alloc, and takes time in proportion to
// their number. What it returns keeps these promises:
//
// - Records belong to the name that was asked for, or to the end of its chain of CNAMEs; whatever
//   else a message carries is left out. At most kMaxRecords.
// - A target or a replacement is a host name of at most 253 letters, digits, '-', '_' and dots, in
// lower case,
//   without an empty label; or empty for ".", then it is the only record. Ports are not 0.
// - An error is a sentence: the message is malformed or incomplete, it does not answer one question
//   of class IN and of a Type, its CNAMEs are too many or go in a circle, or none of its records
//   can be used.
absl::StatusOr<Reply> parse_reply(std::string_view message);

}  // namespace causeway::dns
