// Certificates as a peer shows them, and the parts of one that a stranger may fill as he likes.

#include <openssl/asn1.h>
#include <openssl/nid.h>
#include <openssl/pool.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "edge_proxy/tls/anchors.h"
#include "edge_proxy/tls/certificate.h"
#include "edge_proxy/tls/identity.h"
#include "edge_proxy/tls/verify.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/target.h"

namespace causeway::edge::tls {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;  // in 2027; what make_seeds.py issues is valid then

// An authority that has certified nothing but names under trusted.example.
const Anchors& anchors() {
  static const auto parsed = [] {
    std::ifstream file(CAUSEWAY_FUZZ_AUTHORITY, std::ios::binary);
    const std::string pem((std::istreambuf_iterator<char>(file)), {});
    auto anchors = Anchors::parse({.certificates = pem});
    CAUSEWAY_HOLDS(anchors.ok());
    return *std::move(anchors);
  }();
  return *parsed;
}

bool is_lower_host(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '*';
  });
}

void check_names(const PeerCertificate& said) {
  CAUSEWAY_HOLDS(said.dns_ids.size() + said.srv_ids.size() + said.xmpp_addrs.size() <= 256);
  for (const std::string& id : said.dns_ids) {
    CAUSEWAY_HOLDS(is_lower_host(id));
    CAUSEWAY_HOLDS(id.rfind('*') == std::string::npos || id.rfind('*') == 0);
    const auto domain = address::Domain::parse(id);
    // It names the host that it is, unless that is an address or not the same in A-labels.
    if (domain.ok() && domain->ascii() == id && !domain->is_ip_literal()) {
      const bool number = id.find_last_not_of("0123456789") == id.rfind('.');
      CAUSEWAY_HOLDS(number || names(said, *domain));
    }
  }
  for (const std::string& id : said.srv_ids) CAUSEWAY_HOLDS(is_lower_host(id));
  for (const std::string& address : said.xmpp_addrs) {
    CAUSEWAY_HOLDS(!address.empty() && address.size() <= 1023);
    CAUSEWAY_HOLDS(address.find('\0') == std::string::npos);
  }
  CAUSEWAY_HOLDS(!names(said, address::Domain()));
}

bool only_ours(const PeerCertificate& said) {
  const auto ours = [](const std::string& name) { return name.ends_with("trusted.example"); };
  return std::all_of(said.dns_ids.begin(), said.dns_ids.end(), ours) &&
         std::all_of(said.srv_ids.begin(), said.srv_ids.end(), ours) &&
         std::all_of(said.xmpp_addrs.begin(), said.xmpp_addrs.end(), ours);
}

void attempt_chain(fuzz::Bytes& in) {
  const bssl::UniquePtr<STACK_OF(CRYPTO_BUFFER)> chain(sk_CRYPTO_BUFFER_new_null());
  while (!in.empty() && sk_CRYPTO_BUFFER_num(chain.get()) < 12) {
    const std::string der = in.piece();
    bssl::UniquePtr<CRYPTO_BUFFER> buffer(
        CRYPTO_BUFFER_new(reinterpret_cast<const std::uint8_t*>(der.data()), der.size(), nullptr));
    CAUSEWAY_HOLDS(bssl::PushToStack(chain.get(), std::move(buffer)));
  }
  const PeerCertificate said = examine(chain.get(), anchors(), kNow);
  CAUSEWAY_HOLDS(said.present == (sk_CRYPTO_BUFFER_num(chain.get()) > 0));
  CAUSEWAY_HOLDS(!said.present || said.trusted == said.problem.empty());
  CAUSEWAY_HOLDS(!said.trusted || only_ours(said));
  check_names(said);
}

// One certificate alone: each judgement by itself.
void attempt_one(const std::string& der) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(der.data());
  const bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate) return;
  PeerCertificate said;
  copy_names(*certificate, said);
  check_names(said);
  date_problem(*certificate, kNow);
  strength_problem(*certificate);
  may_be_server(*certificate);
  CAUSEWAY_HOLDS(subject_of(*certificate).size() <= 128);
  CAUSEWAY_HOLDS(issuer_of(*certificate).size() <= 128);
}

// A certificate of which nothing but one extension is there.
bssl::UniquePtr<X509> with_extension(int nid, const std::string& value) {
  bssl::UniquePtr<X509> certificate(X509_new());
  const bssl::UniquePtr<ASN1_OCTET_STRING> octets(ASN1_OCTET_STRING_new());
  CAUSEWAY_HOLDS(ASN1_OCTET_STRING_set(octets.get(),
                                       reinterpret_cast<const std::uint8_t*>(value.data()),
                                       static_cast<int>(value.size())));
  const bssl::UniquePtr<X509_EXTENSION> extension(
      X509_EXTENSION_create_by_NID(nullptr, nid, 0, octets.get()));
  CAUSEWAY_HOLDS(extension && X509_add_ext(certificate.get(), extension.get(), -1));
  return certificate;
}

void attempt_names(const std::string& value) {
  PeerCertificate said;
  copy_names(*with_extension(NID_subject_alt_name, value), said);
  check_names(said);
}

void attempt_subject(const std::string& der) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(der.data());
  const bssl::UniquePtr<X509_NAME> name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  if (name) CAUSEWAY_HOLDS(printed(*name).size() <= 128);
}

}  // namespace
}  // namespace causeway::edge::tls

void causeway::fuzz::attempt(std::string_view input) {
  using namespace causeway::edge::tls;
  Bytes in(input);
  switch (in.byte() % 5) {
    case 0:
      return attempt_chain(in);
    case 1:
      return attempt_one(in.rest());
    case 2:
      return attempt_names(in.rest());
    case 3:
      may_be_server(*with_extension(NID_ext_key_usage, in.rest()));
      return;
    case 4:
      return attempt_subject(in.rest());
  }
}
