#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/address/domain.h"

namespace causeway::address {

// local@domain/resource (RFC 7622); local and resource may be absent (empty), the domain may not.
// A value like Domain: immutable, comparable, safe to share between threads.
class Jid {
 public:
  // The local part is prepared as UsernameCaseMapped, the resource as OpaqueString (RFC 8265).
  static absl::StatusOr<Jid> parse(std::string_view text);
  // The parts as they stand in a prepared address, checked again. Absent parts are empty.
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
  template <typename H>
  friend H AbslHashValue(H h, const Jid& jid) {
    return H::combine(std::move(h), jid.local_, jid.domain_, jid.resource_);
  }

 private:
  std::string local_;
  Domain domain_;
  std::string resource_;
};

}  // namespace causeway::address
