#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace causeway::address {

// A domain as XMPP writes it (RFC 7622 section 3.2): a lower-case U-label host name without its
// final dot, or an IP literal, version 6 in brackets. A value: once made it is prepared, so
// comparing two of them byte by byte compares what they mean.
class Domain {
 public:
  // Refuses what IDNA (UTS 46, non-transitional) refuses, empty labels, and more than 1,023 bytes.
  static absl::StatusOr<Domain> parse(std::string_view text);

  // An empty domain is no domain: only a place to put one.
  Domain() = default;

  bool empty() const { return unicode_.empty(); }
  const std::string& unicode() const { return unicode_; }
  // For DNS, SNI, SIP and certificates.
  const std::string& ascii() const { return ascii_.empty() ? unicode_ : ascii_; }
  // Whether it is an address rather than a name: nothing to ask the DNS about.
  bool is_ip_literal() const;

  friend bool operator==(const Domain& a, const Domain& b) { return a.unicode_ == b.unicode_; }
  friend auto operator<=>(const Domain& a, const Domain& b) { return a.unicode_ <=> b.unicode_; }
  template <typename H>
  friend H AbslHashValue(H h, const Domain& domain) {
    return H::combine(std::move(h), domain.unicode_);
  }

 private:
  std::string unicode_;
  std::string ascii_;  // only when it differs
};

}  // namespace causeway::address
