#include "edge_proxy/tls/fault.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

struct Sentence {
  int reason;
  const char* text;
};

constexpr Sentence kSentences[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS"},
    {SSL_R_HTTP_REQUEST, "the peer speaks HTTP"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the peer speaks HTTP"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "no TLS version in common"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the peer refused: no TLS version in common"},
    {SSL_R_NO_SHARED_CIPHER, "no cipher suite in common"},
    {SSL_R_NO_SHARED_GROUP, "no key exchange group in common"},
    {SSL_R_NO_COMMON_SIGNATURE_ALGORITHMS, "no signature algorithm in common"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the peer refused: handshake failure"},
    {SSL_R_NO_APPLICATION_PROTOCOL, "the peer speaks other protocols than XMPP"},
    {SSL_R_NO_RENEGOTIATION, "the peer asked for renegotiation"},
    {SSL_R_EXCESSIVE_MESSAGE_SIZE, "the peer's certificate chain is too large"},
};

std::string sentence(unsigned packed) {
  const int reason = ERR_GET_REASON(packed);
  if (ERR_GET_LIB(packed) == ERR_LIB_SSL) {
    for (const Sentence& known : kSentences) {
      if (known.reason == reason) return known.text;
    }
    if (reason >= SSL_AD_REASON_OFFSET) {
      return absl::StrCat("the peer refused: ",
                          SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
    }
  }
  const char* name = ERR_reason_error_string(packed);
  if (name == nullptr) return "TLS failed";
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int packed) const override { return sentence(static_cast<unsigned>(packed)); }
};

}  // namespace

const std::error_category& tls_category() {
  static const Category category;
  return category;
}

bool is_no_tls(const std::error_code& error) {
  if (error.category() != tls_category()) return false;
  const auto packed = static_cast<unsigned>(error.value());
  if (ERR_GET_LIB(packed) != ERR_LIB_SSL) return false;
  const int reason = ERR_GET_REASON(packed);
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_HTTPS_PROXY_REQUEST;
}

std::error_code take_fault() {
  const unsigned packed = ERR_get_error();
  ERR_clear_error();
  return {static_cast<int>(packed), tls_category()};
}

}  // namespace causeway::edge::tls
