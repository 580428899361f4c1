#pragma once

#include <cstdint>

#include "edge_proxy/tls/identity.h"
#include "edge_proxy/tls/native.h"

namespace causeway::edge::tls {

// Judges a chain as it came in the handshake, leaf first (RFC 5280 section 6, RFC 6120
// section 13.7.2), and copies out what it says. Refuses nothing: `trusted` and `problem` are the
// verdict. `now` is seconds since 1970. Safe from several threads.
PeerCertificate examine(const stack_st_CRYPTO_BUFFER* chain, const Anchors& anchors,
                        std::int64_t now);

}  // namespace causeway::edge::tls
