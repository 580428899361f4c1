#include "edge_proxy/tls/context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "edge_proxy/tls/certificate.h"
#include "edge_proxy/tls/fault.h"
#include "edge_proxy/tls/native.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr std::size_t kMaxFileBytes = 8 << 20;        // Debian's bundle of anchors is 0.2 MiB
constexpr std::size_t kMaxPeerChainBytes = 48 << 10;  // a chain of ten with large keys
constexpr const char* kTls12Suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
// What peers may sign with; BoringSSL's own list still has SHA-1.
constexpr std::uint16_t kPeerSignatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PKCS1_SHA256,
    SSL_SIGN_ECDSA_SECP384R1_SHA384, SSL_SIGN_RSA_PSS_RSAE_SHA384,
    SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_ECDSA_SECP521R1_SHA512,
    SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA512,
};

using Certificates = std::vector<bssl::UniquePtr<X509>>;

absl::Status bad(const std::string& file, const std::string& reason) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", reason));
}

absl::StatusOr<std::string> contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return bad(file, absl::StrCat("cannot be opened: ", std::strerror(errno)));
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return bad(file, "cannot be read");  // a directory, for instance
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return bad(file, "is larger than 8 MiB");
  return text;
}

bssl::UniquePtr<BIO> reader(const std::string& text) {
  return bssl::UniquePtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::StatusOr<Certificates> read_certificates(const std::string& file) {
  const absl::StatusOr<std::string> text = contents(file);
  if (!text.ok()) return text.status();
  const bssl::UniquePtr<BIO> in = reader(*text);
  Certificates found;
  while (bssl::UniquePtr<X509> next{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  const unsigned end = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return bad(file, absl::StrCat("certificate ", found.size() + 1, " cannot be read"));
  if (found.empty()) return bad(file, "holds no certificate in PEM");
  return found;
}

int no_password(char*, int, int, void*) { return -1; }  // BoringSSL would read from the terminal

absl::StatusOr<bssl::UniquePtr<EVP_PKEY>> read_key(const std::string& file) {
  const absl::StatusOr<std::string> text = contents(file);
  if (!text.ok()) return text.status();
  const bssl::UniquePtr<BIO> in = reader(*text);
  bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (key) return key;
  if (text->find("ENCRYPTED") != std::string::npos) return bad(file, "the key is encrypted");
  return bad(file, "holds no private key in PEM");
}

absl::Status use_identity(SSL_CTX& ctx, CRYPTO_BUFFER_POOL& pool, const Certificates& chain,
                          EVP_PKEY& key, const std::string& certificate_file) {
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
  std::vector<CRYPTO_BUFFER*> buffers;
  for (const bssl::UniquePtr<X509>& certificate : chain) {
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) return bad(certificate_file, "a certificate cannot be encoded");
    const bssl::UniquePtr<std::uint8_t> owner(der);
    owned.emplace_back(CRYPTO_BUFFER_new(der, static_cast<std::size_t>(size), &pool));
    buffers.push_back(owned.back().get());
  }
  if (!SSL_CTX_set_chain_and_key(&ctx, buffers.data(), buffers.size(), &key, nullptr)) {
    return bad(certificate_file, absl::StrCat("cannot be used: ", take_fault().message()));
  }
  return absl::OkStatus();
}

absl::Status use_anchors(X509_STORE& store, const std::string& file) {
  const absl::StatusOr<Certificates> anchors = read_certificates(file);
  if (!anchors.ok()) return anchors.status();
  for (const bssl::UniquePtr<X509>& anchor : *anchors) {
    if (!X509_STORE_add_cert(&store, anchor.get()))
      return bad(file, "a certificate cannot be used");
  }
  return absl::OkStatus();
}

// RFC 7590, RFC 9325.
bool apply_policy(SSL_CTX& ctx, CRYPTO_BUFFER_POOL& pool) {
  SSL_CTX_set0_buffer_pool(&ctx, &pool);
  // Nothing is resumed: a ticket must not carry what one domain proved over to another.
  SSL_CTX_set_options(&ctx, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(&ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(&ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_max_cert_list(&ctx, kMaxPeerChainBytes);
  SSL_CTX_set_retain_only_sha256_of_client_certs(&ctx, 1);
  return SSL_CTX_set_min_proto_version(&ctx, TLS1_2_VERSION) &&
         SSL_CTX_set_max_proto_version(&ctx, TLS1_3_VERSION) &&
         SSL_CTX_set_strict_cipher_list(&ctx, kTls12Suites) &&
         SSL_CTX_set_verify_algorithm_prefs(&ctx, kPeerSignatures, std::size(kPeerSignatures));
}

std::vector<std::string> warnings_about(X509& certificate, const std::string& file) {
  std::vector<std::string> warnings;
  if (const Problem problem = date_problem(certificate, std::time(nullptr))) {
    warnings.push_back(absl::StrCat(file, ": ", *problem));
  }
  if (const Problem problem = strength_problem(certificate)) {
    warnings.push_back(absl::StrCat(file, ": ", *problem));
  }
  if (!may_be_server(certificate)) {
    warnings.push_back(absl::StrCat(file, ": certificate may not authenticate a server"));
  }
  return warnings;
}

}  // namespace

Context::Native::~Native() {
  SSL_CTX_free(ctx);
  X509_STORE_free(anchors);
  CRYPTO_BUFFER_POOL_free(pool);  // last: the others held its buffers
}

Context::Context(std::unique_ptr<Native> native, std::vector<std::string> warnings)
    : native_(std::move(native)), warnings_(std::move(warnings)) {}

Context::~Context() = default;

absl::StatusOr<std::shared_ptr<const Context>> Context::load(
    const std::string& certificate_file, const std::string& private_key_file,
    const std::string& trust_anchors_file) {
  const absl::StatusOr<Certificates> chain = read_certificates(certificate_file);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<bssl::UniquePtr<EVP_PKEY>> key = read_key(private_key_file);
  if (!key.ok()) return key.status();
  X509& own = *chain->front();
  if (!X509_check_private_key(&own, key->get())) {
    ERR_clear_error();
    return bad(private_key_file, absl::StrCat("is not the key of ", certificate_file));
  }

  auto native = std::make_unique<Native>();
  native->pool = CRYPTO_BUFFER_POOL_new();
  native->ctx = SSL_CTX_new(TLS_with_buffers_method());
  native->anchors = X509_STORE_new();
  if (!native->pool || !native->ctx || !native->anchors ||
      !apply_policy(*native->ctx, *native->pool)) {
    return absl::InternalError(absl::StrCat("BoringSSL: ", take_fault().message()));
  }
  absl::Status status = use_identity(*native->ctx, *native->pool, *chain, **key, certificate_file);
  if (status.ok()) status = use_anchors(*native->anchors, trust_anchors_file);
  if (!status.ok()) return status;
  return std::shared_ptr<const Context>(
      new Context(std::move(native), warnings_about(own, certificate_file)));
}

}  // namespace causeway::edge::tls
