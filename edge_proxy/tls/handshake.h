#pragma once

#include <memory>

#include "edge_proxy/tls/context.h"
#include "edge_proxy/tls/identity.h"
#include "edge_proxy/tls/native.h"

struct ssl_st;

namespace causeway::edge::tls {

// What BoringSSL's callbacks are told and what they find out. It is the app data of its SSL and
// outlives it.
struct Handshake {
  // Certificates that the SSL and `chain` hold lie in the context's pool.
  std::shared_ptr<const Context> context;
  bool direct = false;
  PeerCertificate peer;
  Chain chain;
};

// The callbacks: a server's certificate by SNI; ALPN (XEP-0368); and the peer's certificate, which
// is looked at but never refused, as dialback may answer for who has none.
void install_callbacks(ssl_ctx_st& ctx);

// ALPN "xmpp-server", of a client.
bool offer_protocol(ssl_st& ssl);

}  // namespace causeway::edge::tls
