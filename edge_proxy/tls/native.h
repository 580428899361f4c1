#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge_proxy/tls/context.h"

// The room's own: what BoringSSL's types are called, so that its headers stay in the .cc files.
struct crypto_buffer_pool_st;
struct ssl_ctx_st;
struct stack_st_CRYPTO_BUFFER;
struct x509_st;
struct x509_store_st;

namespace causeway::edge::tls {

// Owned, and let go in the order written in context.cc.
struct Context::Native {
  Native() = default;
  ~Native();
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  crypto_buffer_pool_st* pool = nullptr;  // certificates that several streams hold are held once
  ssl_ctx_st* ctx = nullptr;
  x509_store_st* anchors = nullptr;
};

}  // namespace causeway::edge::tls
