#include "edge_proxy/tls/digest.h"

#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace causeway::edge::tls {
namespace {

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string text(const std::array<std::uint8_t, SHA256_DIGEST_LENGTH>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string sha256(std::string_view data) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes(data), data.size(), digest.data());
  return text(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  unsigned size = digest.size();
  HMAC(EVP_sha256(), key.data(), key.size(), bytes(data), data.size(), digest.data(), &size);
  return text(digest);
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  RAND_bytes(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace causeway::edge::tls
