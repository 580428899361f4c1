#include "edge_proxy/tls/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr std::size_t kMaxFileBytes = 8 << 20;  // Debian's bundle of anchors is 0.2 MiB

bssl::UniquePtr<BIO> reader(std::string_view text) {
  return bssl::UniquePtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All that `read` finds, up to the end of the text.
template <typename Owner, typename Read>
absl::StatusOr<std::vector<Owner>> parse_all(std::string_view text, std::string_view name,
                                             const char* kind, Read read) {
  const bssl::UniquePtr<BIO> in = reader(text);
  std::vector<Owner> found;
  while (Owner next{read(in.get(), nullptr, nullptr, nullptr)}) found.push_back(std::move(next));
  const unsigned end = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return bad(name, absl::StrCat(kind, " ", found.size() + 1, " cannot be read"));
  if (found.empty()) return bad(name, absl::StrCat("holds no ", kind, " in PEM"));
  return found;
}

int no_password(char*, int, int, void*) { return -1; }  // BoringSSL would read from the terminal

}  // namespace

void Freed::operator()(x509_st* certificate) const { X509_free(certificate); }
void Freed::operator()(X509_crl_st* list) const { X509_CRL_free(list); }
void Freed::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Freed::operator()(stack_st_CRYPTO_BUFFER* chain) const {
  sk_CRYPTO_BUFFER_pop_free(chain, CRYPTO_BUFFER_free);
}

absl::Status bad(std::string_view name, std::string_view reason) {
  std::string message(name);
  message.append(": ").append(reason);
  return absl::InvalidArgumentError(message);
}

absl::StatusOr<std::string> contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return bad(file, absl::StrCat("cannot be opened: ", std::strerror(errno)));
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return bad(file, "cannot be read");  // a directory, for instance
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return bad(file, "is larger than 8 MiB");
  text.shrink_to_fit();
  return text;
}

absl::StatusOr<std::vector<Certificate>> parse_certificates(std::string_view text,
                                                            std::string_view name) {
  return parse_all<Certificate>(text, name, "certificate", PEM_read_bio_X509);
}

absl::StatusOr<std::vector<RevocationList>> parse_revocation_lists(std::string_view text,
                                                                   std::string_view name) {
  return parse_all<RevocationList>(text, name, "revocation list", PEM_read_bio_X509_CRL);
}

absl::StatusOr<PrivateKey> parse_key(std::string_view text, std::string_view name) {
  const bssl::UniquePtr<BIO> in = reader(text);
  PrivateKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (key) return key;
  if (text.find("ENCRYPTED") != std::string_view::npos) return bad(name, "the key is encrypted");
  return bad(name, "holds no private key in PEM");
}

}  // namespace causeway::edge::tls
