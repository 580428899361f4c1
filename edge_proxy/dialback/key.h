#pragma once

#include <string>
#include <string_view>

#include "common/address/domain.h"

namespace causeway::edge::dialback {

// Dialback keys (XEP-0185): whoever knows the secret can make and check the key of any stream, so
// nothing has to be remembered. Immutable; any thread.
class Secret {
 public:
  // Shared by all edges that answer for the same domains.
  explicit Secret(std::string_view passphrase);
  // For an edge that stands alone: 256 bits of its own.
  static Secret random();

  // What `originating` sends to `receiving` over the stream that `receiving` gave this id.
  std::string key(const address::Domain& receiving, const address::Domain& originating,
                  std::string_view stream_id) const;
  // In constant time.
  bool made(std::string_view key, const address::Domain& receiving,
            const address::Domain& originating, std::string_view stream_id) const;

 private:
  std::string hashed_;  // lower-case hex of SHA256(passphrase): the text itself is the HMAC's key
};

}  // namespace causeway::edge::dialback
