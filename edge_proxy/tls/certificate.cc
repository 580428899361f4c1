#include "edge_proxy/tls/certificate.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/text/utf8.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

// Public authorities stop at 100; the names stay with the stream as long as it lives.
constexpr std::size_t kMaxNames = 256;
constexpr std::size_t kMaxNameBytes = 1023;  // RFC 7622 section 3.2
constexpr std::size_t kMaxDnsBytes = 253;
constexpr std::size_t kMaxSubjectBytes = 128;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

// id-on-xmppAddr and id-on-dnsSRV as they stand in DER: 1.3.6.1.5.5.7.8.5 and 1.3.6.1.5.5.7.8.7.
constexpr std::string_view kXmppAddr = "\x2b\x06\x01\x05\x05\x07\x08\x05";
constexpr std::string_view kSrvName = "\x2b\x06\x01\x05\x05\x07\x08\x07";

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string lower_case(std::string_view name) {
  std::string text(name);
  absl::AsciiStrToLower(&text);
  return text;
}

// Letters, digits, hyphens and underscores in labels between single dots (RFC 1034 section 3.5).
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxDnsBytes) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (absl::ascii_isalnum(c) || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label != 0;
}

void copy_dns_id(std::string_view name, PeerCertificate& into) {
  const std::string_view host = name.substr(0, 2) == "*." ? name.substr(2) : name;
  if (is_host_name(host)) into.dns_ids.push_back(lower_case(name));
}

void copy_other_name(const OTHERNAME& other, PeerCertificate& into) {
  const std::string_view type(reinterpret_cast<const char*>(OBJ_get0_data(other.type_id)),
                              OBJ_length(other.type_id));
  if (type == kXmppAddr && other.value->type == V_ASN1_UTF8STRING) {
    const std::string_view address = bytes_of(other.value->value.utf8string);
    if (address.empty() || address.size() > kMaxNameBytes) return;
    if (address.find('\0') != std::string_view::npos) return;
    into.xmpp_addrs.emplace_back(address);
  } else if (type == kSrvName && other.value->type == V_ASN1_IA5STRING) {
    const std::string_view service = bytes_of(other.value->value.ia5string);
    if (is_host_name(service)) into.srv_ids.push_back(lower_case(service));
  }
}

}  // namespace

Problem date_problem(const x509_st& certificate, std::int64_t now) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (!ASN1_TIME_to_posix(X509_get0_notBefore(&certificate), &begin) ||
      !ASN1_TIME_to_posix(X509_get0_notAfter(&certificate), &end)) {
    return "certificate has unreadable dates";
  }
  if (now < begin) return absl::StrCat("certificate is not valid before ", date_of(begin));
  if (now > end) return absl::StrCat("certificate expired on ", date_of(end));
  return std::nullopt;
}

Problem end_problem(const x509_st& certificate, std::int64_t now) {
  constexpr std::int64_t kWeek = 7 * 86'400;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (!ASN1_TIME_to_posix(X509_get0_notBefore(&certificate), &begin) ||
      !ASN1_TIME_to_posix(X509_get0_notAfter(&certificate), &end)) {
    return std::nullopt;
  }
  if (now < begin || now > end || now < end - std::min(kWeek, (end - begin) / 10)) {
    return std::nullopt;
  }
  return absl::StrCat("certificate expires on ", date_of(end));
}

std::optional<std::int64_t> not_after(const x509_st& certificate) {
  std::int64_t end = 0;
  if (!ASN1_TIME_to_posix(X509_get0_notAfter(&certificate), &end)) return std::nullopt;
  return end;
}

Problem strength_problem(const x509_st& certificate) {
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(const_cast<x509_st*>(&certificate)));
  if (!key) return "certificate has a key of an unknown kind";
  const int bits = EVP_PKEY_bits(key.get());
  if (EVP_PKEY_id(key.get()) == EVP_PKEY_RSA && (bits < kMinRsaBits || bits > kMaxRsaBits)) {
    return absl::StrFormat("certificate has an RSA key of %d bits, not of %d to %d", bits,
                           kMinRsaBits, kMaxRsaBits);
  }
  switch (X509_get_signature_nid(&certificate)) {
    case NID_md5WithRSAEncryption:
    case NID_sha1WithRSAEncryption:
    case NID_sha1WithRSA:
    case NID_ecdsa_with_SHA1:
      return "certificate is signed with a broken digest";
    default:
      return std::nullopt;
  }
}

bool may_be_server(const x509_st& certificate) {
  // The extension as it stands: BoringSSL's summary in bits does not tell a broken one from none.
  int critical = 0;
  const bssl::UniquePtr<EXTENDED_KEY_USAGE> usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(&certificate, NID_ext_key_usage, &critical, nullptr)));
  if (!usages) return critical == -1;  // absent; anything else is malformed or there twice
  for (std::size_t i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    if (usage == NID_server_auth || usage == NID_anyExtendedKeyUsage) return true;
  }
  return false;
}

Problem copy_names(const x509_st& certificate, PeerCertificate& into) {
  int critical = 0;
  const bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, &critical, nullptr)));
  if (!names) {
    if (critical == -1) return std::nullopt;  // has none
    return "certificate has unreadable subject alternative names";
  }
  const std::size_t count = sk_GENERAL_NAME_num(names.get());
  if (count > kMaxNames) {
    return absl::StrFormat("certificate has %d names, more than %d", count, kMaxNames);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) copy_dns_id(bytes_of(name->d.dNSName), into);
    if (name->type == GEN_OTHERNAME) copy_other_name(*name->d.otherName, into);
  }
  return std::nullopt;
}

std::string subject_of(const x509_st& certificate) {
  return printed(*X509_get_subject_name(&certificate));
}

std::string issuer_of(const x509_st& certificate) {
  return printed(*X509_get_issuer_name(&certificate));
}

std::string printed(const X509_name_st& name) {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  const unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
  if (!out || X509_NAME_print_ex(out.get(), &name, 0, flags) < 0) return "unprintable";
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (!BIO_mem_contents(out.get(), &bytes, &size) || size == 0) return "nameless";
  std::string words = text::well_formed({reinterpret_cast<const char*>(bytes), size});
  words.resize(text::prefix_of_characters(words, kMaxSubjectBytes).size());
  return words;
}

std::optional<std::int64_t> next_update(const X509_crl_st& list) {
  const ASN1_TIME* const time = X509_CRL_get0_nextUpdate(&list);
  std::int64_t posix = 0;
  if (time == nullptr || !ASN1_TIME_to_posix(time, &posix)) return std::nullopt;
  return posix;
}

std::string date_of(std::int64_t posix) {
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixSeconds(posix), absl::UTCTimeZone());
  return absl::FormatCivilTime(day);
}

}  // namespace causeway::edge::tls
