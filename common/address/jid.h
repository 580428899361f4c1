#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace causeway::address {

// Domains and JIDs (RFC 7622, RFC 5890). Values: immutable, comparable, safe to share between threads.
// Once made they are prepared: comparing two of them byte by byte compares what they mean.

// A domain as XMPP writes it: a lower-case U-label host name without its final dot, or an IP literal.
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

// local@domain/resource; local and resource may be absent (empty), the domain may not.
class Jid {
 public:
  // The local part is prepared as UsernameCaseMapped, the resource as OpaqueString (RFC 8265).
  static absl::StatusOr<Jid> parse(std::string_view text);
  // The parts as they stand in a prepared address, checked again.
  static absl::StatusOr<Jid> from_parts(std::string_view local, std::string_view domain,
                                        std::string_view resource);

  Jid() = default;

  const std::string& local() const { return local_; }
  const Domain& domain() const { return domain_; }
  const std::string& resource() const { return resource_; }
  bool is_bare() const { return resource_.empty(); }
  std::string bare() const;       // local@domain
  std::string to_string() const;  // local@domain/resource

  friend bool operator==(const Jid&, const Jid&) = default;
  friend auto operator<=>(const Jid&, const Jid&) = default;

 private:
  std::string local_;
  Domain domain_;
  std::string resource_;
};

}  // namespace causeway::address
