#include "edge_proxy/tls/handshake.h"

#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <ctime>
#include <string_view>

#include "edge_proxy/tls/verify.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr std::uint8_t kProtocol[] = "\x0bxmpp-server";  // as ALPN lists have it

Handshake& handshake_of(const SSL* ssl) { return *static_cast<Handshake*>(SSL_get_app_data(ssl)); }

// A domain that none of our certificates names gets what was chosen before; most have only one
// certificate, and then nothing changes.
ssl_select_cert_result_t select_certificate(const SSL_CLIENT_HELLO* hello) {
  const char* const name = SSL_get_servername(hello->ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return ssl_select_cert_success;
  SSL_CTX* const found = handshake_of(hello->ssl).context->native().find(name);
  if (found == nullptr || SSL_set_SSL_CTX(hello->ssl, found) != nullptr) {
    return ssl_select_cert_success;
  }
  return ssl_select_cert_error;
}

// XEP-0368 section 3: with direct TLS a client that names protocols must name ours, or its bytes
// were meant for another server (ALPACA). Behind STARTTLS there is no doubt what is spoken.
int select_protocol(SSL* ssl, const std::uint8_t** out, std::uint8_t* out_size,
                    const std::uint8_t* offered, unsigned offered_size, void*) {
  std::uint8_t* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, offered, offered_size, kProtocol,
                                           sizeof(kProtocol) - 1);
  *out = chosen;
  if (result == OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_OK;
  return handshake_of(ssl).direct ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

CRYPTO_BUFFER* share(const CRYPTO_BUFFER* buffer) {
  auto* const shared = const_cast<CRYPTO_BUFFER*>(buffer);
  CRYPTO_BUFFER_up_ref(shared);
  return shared;
}

ssl_verify_result_t verify(SSL* ssl, std::uint8_t*) {
  Handshake& handshake = handshake_of(ssl);
  const STACK_OF(CRYPTO_BUFFER)* const chain = SSL_get0_peer_certificates(ssl);
  if (chain != nullptr) {
    handshake.chain.reset(sk_CRYPTO_BUFFER_deep_copy(chain, share, CRYPTO_BUFFER_free));
  }
  handshake.peer = examine(chain, *handshake.context->anchors(), std::time(nullptr));
  ERR_clear_error();  // what verification left would look like a failure of the handshake
  return ssl_verify_ok;
}

}  // namespace

void install_callbacks(ssl_ctx_st& ctx) {
  SSL_CTX_set_select_certificate_cb(&ctx, select_certificate);
  SSL_CTX_set_alpn_select_cb(&ctx, select_protocol, nullptr);
  SSL_CTX_set_custom_verify(&ctx, SSL_VERIFY_PEER, verify);
}

bool offer_protocol(ssl_st& ssl) {
  return SSL_set_alpn_protos(&ssl, kProtocol, sizeof(kProtocol) - 1) == 0;
}

}  // namespace causeway::edge::tls
