#include "edge_proxy/dialback/key.h"

#include "absl/strings/escaping.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/tls/digest.h"

namespace causeway::edge::dialback {

Secret::Secret(std::string_view passphrase)
    : hashed_(absl::BytesToHexString(tls::sha256(passphrase))) {}

Secret Secret::random() { return Secret(tls::random_bytes(32)); }

// The spaces matter: without them a.example + b.example and a.exampleb + .example share a key
// (CVE-2016-0756).
std::string Secret::key(const address::Domain& receiving, const address::Domain& originating,
                        std::string_view stream_id) const {
  const std::string text =
      stream::cat(receiving.unicode(), " ", originating.unicode(), " ", stream_id);
  return absl::BytesToHexString(tls::hmac_sha256(hashed_, text));
}

bool Secret::made(std::string_view key, const address::Domain& receiving,
                  const address::Domain& originating, std::string_view stream_id) const {
  return tls::constant_time_equal(key, this->key(receiving, originating, stream_id));
}

}  // namespace causeway::edge::dialback
