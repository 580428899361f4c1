#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "edge_proxy/tls/anchors.h"
#include "edge_proxy/tls/context.h"

// The room's own: what BoringSSL's types are called, so that its headers stay in the .cc files.
struct X509_crl_st;
struct crypto_buffer_pool_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct stack_st_CRYPTO_BUFFER;
struct x509_st;
struct x509_store_st;

namespace causeway::edge::tls {

// Owners of such things; defined in pem.cc.
struct Freed {
  void operator()(x509_st* certificate) const;
  void operator()(X509_crl_st* list) const;
  void operator()(evp_pkey_st* key) const;
  void operator()(stack_st_CRYPTO_BUFFER* chain) const;
};
using Certificate = std::unique_ptr<x509_st, Freed>;
using RevocationList = std::unique_ptr<X509_crl_st, Freed>;
using PrivateKey = std::unique_ptr<evp_pkey_st, Freed>;
using Chain = std::unique_ptr<stack_st_CRYPTO_BUFFER, Freed>;  // as it came, leaf first

struct Anchors::Native {
  Native() = default;
  ~Native();
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  x509_store_st* store = nullptr;
  std::vector<RevocationList> lists;  // they are in the store as well
};

// One SSL_CTX for each certificate of ours, all alike otherwise: what a handshake needs of a
// certificate is chosen by choosing the SSL_CTX.
struct Context::Native {
  struct Own {
    ssl_ctx_st* ctx;
    Certificate leaf;
    std::string file;
    std::string ocsp_file{};
    std::string ocsp_response{};
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  using ByName = std::unordered_map<std::string, ssl_ctx_st*, Hash, std::equal_to<>>;

  Native() = default;
  ~Native();
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  // For a domain in A-labels, of any case: the certificate that has the name, else one with a
  // wildcard for it, else none.
  ssl_ctx_st* find(std::string_view domain) const;
  ssl_ctx_st* fallback() const { return own.front().ctx; }

  crypto_buffer_pool_st* pool = nullptr;  // certificates that several streams hold are held once
  std::vector<Own> own;                   // the default first
  ByName exact;
  ByName wildcard;  // "*.contoso.example" as "contoso.example"
  std::shared_ptr<const Anchors> anchors;
};

}  // namespace causeway::edge::tls
