#include "edge_proxy/tls/ocsp.h"

#include <openssl/bytestring.h>
#include <openssl/mem.h>
#include <openssl/time.h>
#include <openssl/x509.h>

#include <ctime>

#include "absl/strings/str_cat.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr unsigned kContext0 = CBS_ASN1_CONSTRUCTED | CBS_ASN1_CONTEXT_SPECIFIC | 0;
constexpr unsigned kGood = CBS_ASN1_CONTEXT_SPECIFIC | 0;  // CertStatus
constexpr char kUnreadable[] = "is no OCSP response in DER";

// What it says of one certificate.
struct Answer {
  CBS serial;
  unsigned status = 0;
  std::int64_t this_update = 0;
  std::int64_t next_update = INT64_MAX;
};

bool get_time(CBS& from, std::int64_t& posix) {
  CBS text;
  std::tm fields{};
  return CBS_get_asn1(&from, &text, CBS_ASN1_GENERALIZEDTIME) &&
         CBS_parse_generalized_time(&text, &fields, /*allow_timezone_offset=*/0) &&
         OPENSSL_tm_to_posix(&fields, &posix);
}

// OCSPResponse down to the list of SingleResponse (RFC 6960 section 4.2.1).
bool find_answers(std::string_view der, CBS& answers) {
  CBS all, response, status, wrapped, bytes, content, basic, data, ignored;
  CBS_init(&all, reinterpret_cast<const std::uint8_t*>(der.data()), der.size());
  return CBS_get_asn1(&all, &response, CBS_ASN1_SEQUENCE) && CBS_len(&all) == 0 &&
         CBS_get_asn1(&response, &status, CBS_ASN1_ENUMERATED) && CBS_len(&status) == 1 &&
         CBS_data(&status)[0] == 0 &&  // successful
         CBS_get_asn1(&response, &wrapped, kContext0) &&
         CBS_get_asn1(&wrapped, &bytes, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&bytes, &ignored, CBS_ASN1_OBJECT) &&
         CBS_get_asn1(&bytes, &content, CBS_ASN1_OCTETSTRING) &&
         CBS_get_asn1(&content, &basic, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&basic, &data, CBS_ASN1_SEQUENCE) &&
         CBS_get_optional_asn1(&data, nullptr, nullptr, kContext0) &&  // version
         CBS_get_any_asn1(&data, &ignored, nullptr) &&                 // responderID
         CBS_get_asn1(&data, &ignored, CBS_ASN1_GENERALIZEDTIME) &&    // producedAt
         CBS_get_asn1(&data, &answers, CBS_ASN1_SEQUENCE);
}

bool read_answer(CBS& from, Answer& answer) {
  CBS single, id, ignored, update;
  int has_next = 0;
  return CBS_get_asn1(&from, &single, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&single, &id, CBS_ASN1_SEQUENCE) &&
         CBS_get_asn1(&id, &ignored, CBS_ASN1_SEQUENCE) &&     // hashAlgorithm
         CBS_get_asn1(&id, &ignored, CBS_ASN1_OCTETSTRING) &&  // issuerNameHash
         CBS_get_asn1(&id, &ignored, CBS_ASN1_OCTETSTRING) &&  // issuerKeyHash
         CBS_get_asn1(&id, &answer.serial, CBS_ASN1_INTEGER) &&
         CBS_get_any_asn1(&single, &ignored, &answer.status) &&
         get_time(single, answer.this_update) &&
         CBS_get_optional_asn1(&single, &update, &has_next, kContext0) &&
         (!has_next || get_time(update, answer.next_update));
}

bool is_about(const Answer& answer, const X509& certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_ASN1_INTEGER(X509_get0_serialNumber(&certificate), &der);
  if (size <= 0) return false;
  const bssl::UniquePtr<std::uint8_t> owner(der);
  CBS serial, content;
  CBS_init(&serial, der, static_cast<std::size_t>(size));
  return CBS_get_asn1(&serial, &content, CBS_ASN1_INTEGER) &&
         CBS_mem_equal(&answer.serial, CBS_data(&content), CBS_len(&content));
}

}  // namespace

Problem staple_problem(std::string_view der, const x509_st& certificate, std::int64_t now) {
  CBS answers;
  if (!find_answers(der, answers)) return kUnreadable;
  while (CBS_len(&answers) != 0) {
    Answer answer;
    if (!read_answer(answers, answer)) return kUnreadable;
    if (!is_about(answer, certificate)) continue;
    if (answer.status != kGood) return "does not say that the certificate is good";
    if (now < answer.this_update) {
      return absl::StrCat("is not valid before ", date_of(answer.this_update));
    }
    if (now > answer.next_update) {
      return absl::StrCat("was to be renewed on ", date_of(answer.next_update));
    }
    return std::nullopt;
  }
  return "is about another certificate";
}

}  // namespace causeway::edge::tls
