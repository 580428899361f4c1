#include "edge_proxy/tls/context.h"

#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/address/domain.h"
#include "edge_proxy/tls/certificate.h"
#include "edge_proxy/tls/fault.h"
#include "edge_proxy/tls/handshake.h"
#include "edge_proxy/tls/native.h"
#include "edge_proxy/tls/ocsp.h"
#include "edge_proxy/tls/pem.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr std::size_t kMaxPeerChainBytes = 48 << 10;  // a chain of ten with large keys
constexpr std::size_t kMaxDomainBytes = 253;
constexpr const char* kTls12Suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
// What peers may sign with; BoringSSL's own list still has SHA-1.
constexpr std::uint16_t kPeerSignatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PKCS1_SHA256,
    SSL_SIGN_ECDSA_SECP384R1_SHA384, SSL_SIGN_RSA_PSS_RSAE_SHA384,
    SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_ECDSA_SECP521R1_SHA512,
    SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA512,
};

absl::Status use_chain(SSL_CTX& ctx, CRYPTO_BUFFER_POOL& pool,
                       const std::vector<Certificate>& chain, EVP_PKEY& key,
                       const std::string& file) {
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
  std::vector<CRYPTO_BUFFER*> buffers;
  for (const Certificate& certificate : chain) {
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) return bad(file, "a certificate cannot be encoded");
    const bssl::UniquePtr<std::uint8_t> owner(der);
    owned.emplace_back(CRYPTO_BUFFER_new(der, static_cast<std::size_t>(size), &pool));
    buffers.push_back(owned.back().get());
  }
  if (!SSL_CTX_set_chain_and_key(&ctx, buffers.data(), buffers.size(), &key, nullptr)) {
    return bad(file, absl::StrCat("cannot be used: ", take_fault().message()));
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
  install_callbacks(ctx);
  SSL_CTX_set_retain_only_sha256_of_client_certs(&ctx, 1);
  return SSL_CTX_set_min_proto_version(&ctx, TLS1_2_VERSION) &&
         SSL_CTX_set_max_proto_version(&ctx, TLS1_3_VERSION) &&
         SSL_CTX_set_strict_cipher_list(&ctx, kTls12Suites) &&
         SSL_CTX_set_verify_algorithm_prefs(&ctx, kPeerSignatures, std::size(kPeerSignatures));
}

absl::Status internal_fault() {
  return absl::InternalError(absl::StrCat("BoringSSL: ", take_fault().message()));
}

// --- A certificate of ours ---

absl::Status load_chain(Context::Native::Own& own, CRYPTO_BUFFER_POOL& pool,
                        const std::string& key_file) {
  const absl::StatusOr<std::string> chain_text = contents(own.file);
  if (!chain_text.ok()) return chain_text.status();
  absl::StatusOr<std::vector<Certificate>> chain = parse_certificates(*chain_text, own.file);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<std::string> key_text = contents(key_file);
  if (!key_text.ok()) return key_text.status();
  const absl::StatusOr<PrivateKey> key = parse_key(*key_text, key_file);
  if (!key.ok()) return key.status();
  if (!X509_check_private_key(chain->front().get(), key->get())) {
    ERR_clear_error();
    return bad(key_file, absl::StrCat("is not the key of ", own.file));
  }
  absl::Status status = use_chain(*own.ctx, pool, *chain, **key, own.file);
  own.leaf = std::move(chain->front());
  return status;
}

// One that no client could use is not stapled: none at all is better.
absl::Status load_staple(Context::Native::Own& own) {
  absl::StatusOr<std::string> der = contents(own.ocsp_file);
  if (!der.ok()) return der.status();
  own.ocsp_response = *std::move(der);
  if (staple_problem(own.ocsp_response, *own.leaf, std::time(nullptr))) return absl::OkStatus();
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(own.ocsp_response.data());
  if (SSL_CTX_set_ocsp_response(own.ctx, bytes, own.ocsp_response.size())) return absl::OkStatus();
  return internal_fault();
}

absl::Status add_own(Context::Native& native, const Context::Identity& files) {
  SSL_CTX* const ctx = SSL_CTX_new(TLS_with_buffers_method());
  if (ctx == nullptr) return internal_fault();
  Context::Native::Own& own = native.own.emplace_back(
      Context::Native::Own{.ctx = ctx, .leaf = nullptr, .file = files.certificate});
  if (!apply_policy(*ctx, *native.pool)) return internal_fault();
  if (files.certificate.empty() && files.private_key.empty()) return absl::OkStatus();
  if (absl::Status status = load_chain(own, *native.pool, files.private_key); !status.ok()) {
    return status;
  }
  if (files.ocsp_response.empty()) return absl::OkStatus();
  own.ocsp_file = files.ocsp_response;
  return load_staple(own);
}

// Earlier certificates come before later ones with the same name.
void add_names(Context::Native& native, const Context::Native::Own& own) {
  PeerCertificate said;
  copy_names(*own.leaf, said);
  constexpr std::string_view kService = "_xmpp-server.";
  for (const std::string& name : said.dns_ids) {
    if (name.starts_with("*.")) {
      native.wildcard.try_emplace(name.substr(2), own.ctx);
    } else {
      native.exact.try_emplace(name, own.ctx);
    }
  }
  for (const std::string& name : said.srv_ids) {
    if (name.starts_with(kService)) {
      native.exact.try_emplace(name.substr(kService.size()), own.ctx);
    }
  }
  for (const std::string& address : said.xmpp_addrs) {
    const absl::StatusOr<address::Domain> domain = address::Domain::parse(address);
    if (domain.ok()) native.exact.try_emplace(domain->ascii(), own.ctx);
  }
}

std::vector<std::string> warnings_about(const Context::Native::Own& own, std::int64_t now) {
  std::vector<std::string> warnings;
  const auto warn = [&warnings](const std::string& file, const Problem& problem) {
    if (problem) warnings.push_back(absl::StrCat(file, ": ", *problem));
  };
  warn(own.file, date_problem(*own.leaf, now));
  warn(own.file, end_problem(*own.leaf, now));
  warn(own.file, strength_problem(*own.leaf));
  if (!may_be_server(*own.leaf)) warn(own.file, "certificate may not authenticate a server");
  if (!own.ocsp_file.empty()) {
    warn(own.ocsp_file, staple_problem(own.ocsp_response, *own.leaf, now));
  }
  return warnings;
}

// --- Whom we believe ---

absl::StatusOr<std::shared_ptr<const Anchors>> load_anchors(const Context::Settings& settings) {
  const absl::StatusOr<std::string> certificates = contents(settings.trust_anchors);
  if (!certificates.ok()) return certificates.status();
  absl::StatusOr<std::string> lists = "";
  if (!settings.revocation_lists.empty()) lists = contents(settings.revocation_lists);
  if (!lists.ok()) return lists.status();
  if (lists->empty() && !settings.revocation_lists.empty()) {
    return bad(settings.revocation_lists, "holds no revocation list in PEM");
  }
  return Anchors::parse({.certificates = *certificates,
                         .revocation_lists = *lists,
                         .certificates_name = settings.trust_anchors,
                         .revocation_lists_name = settings.revocation_lists});
}

}  // namespace

Context::Native::~Native() {
  for (const Own& identity : own) SSL_CTX_free(identity.ctx);
  CRYPTO_BUFFER_POOL_free(pool);  // last: the others held its buffers
}

ssl_ctx_st* Context::Native::find(std::string_view domain) const {
  char lower[kMaxDomainBytes];
  if (domain.size() > sizeof(lower)) return nullptr;
  std::transform(domain.begin(), domain.end(), lower, absl::ascii_tolower);
  const std::string_view name(lower, domain.size());
  if (const auto found = exact.find(name); found != exact.end()) return found->second;
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos) return nullptr;
  const auto found = wildcard.find(name.substr(dot + 1));
  return found == wildcard.end() ? nullptr : found->second;
}

Context::Context(std::unique_ptr<Native> native) : native_(std::move(native)) {}
Context::~Context() = default;

absl::StatusOr<std::shared_ptr<const Context>> Context::load(const Settings& settings) {
  auto native = std::make_unique<Native>();
  native->pool = CRYPTO_BUFFER_POOL_new();
  if (native->pool == nullptr) return internal_fault();
  std::vector<Identity> identities{
      {settings.certificate, settings.private_key, settings.ocsp_response}};
  identities.insert(identities.end(), settings.additional_certificates.begin(),
                    settings.additional_certificates.end());

  std::vector<std::string> mistakes;
  const auto collect = [&mistakes](const absl::Status& status) {
    if (!status.ok()) mistakes.emplace_back(status.message());
  };
  for (const Identity& files : identities) collect(add_own(*native, files));
  absl::StatusOr<std::shared_ptr<const Anchors>> anchors = load_anchors(settings);
  collect(anchors.status());
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "; "));

  for (const Native::Own& own : native->own) {
    if (own.leaf) add_names(*native, own);
  }
  native->anchors = *std::move(anchors);
  return std::shared_ptr<const Context>(new Context(std::move(native)));
}

std::vector<std::string> Context::warnings() const { return warnings(std::time(nullptr)); }

std::vector<std::string> Context::warnings(std::int64_t now) const {
  std::vector<std::string> all = native_->anchors->warnings(now);
  for (const Native::Own& own : native_->own) {
    if (!own.leaf) continue;
    for (std::string& warning : warnings_about(own, now)) all.push_back(std::move(warning));
  }
  return all;
}

std::vector<Context::Expiry> Context::expiries() const {
  std::vector<Expiry> all;
  for (const Native::Own& own : native_->own) {
    if (!own.leaf) continue;
    PeerCertificate names;
    const bool named = !copy_names(*own.leaf, names) && !names.dns_ids.empty();
    all.push_back(
        {named ? names.dns_ids.front() : subject_of(*own.leaf), not_after(*own.leaf).value_or(0)});
  }
  return all;
}

const std::shared_ptr<const Anchors>& Context::anchors() const { return native_->anchors; }

}  // namespace causeway::edge::tls
