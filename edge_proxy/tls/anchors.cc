#include "edge_proxy/tls/anchors.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "edge_proxy/tls/certificate.h"
#include "edge_proxy/tls/native.h"
#include "edge_proxy/tls/pem.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

std::unique_ptr<Anchors::Native> empty_store() {
  auto native = std::make_unique<Anchors::Native>();
  native->store = X509_STORE_new();
  if (native->store == nullptr) throw std::bad_alloc();
  return native;
}

absl::Status add_certificates(X509_STORE& store, const Anchors::Pem& pem) {
  const auto found = parse_certificates(pem.certificates, pem.certificates_name);
  if (!found.ok()) return found.status();
  for (const Certificate& anchor : *found) {
    if (!X509_STORE_add_cert(&store, anchor.get())) {
      ERR_clear_error();
      return bad(pem.certificates_name, "a certificate cannot be used");
    }
  }
  return absl::OkStatus();
}

}  // namespace

Anchors::Native::~Native() { X509_STORE_free(store); }

Anchors::Anchors(std::unique_ptr<Native> native, std::vector<Term> terms)
    : native_(std::move(native)), terms_(std::move(terms)) {}

Anchors::~Anchors() = default;

std::shared_ptr<const Anchors> Anchors::none() {
  return std::shared_ptr<const Anchors>(new Anchors(empty_store(), {}));
}

absl::StatusOr<std::shared_ptr<const Anchors>> Anchors::parse(const Pem& pem) {
  auto native = empty_store();
  if (absl::Status status = add_certificates(*native->store, pem); !status.ok()) return status;
  std::vector<Term> terms;
  if (!pem.revocation_lists.empty()) {
    auto lists = parse_revocation_lists(pem.revocation_lists, pem.revocation_lists_name);
    if (!lists.ok()) return lists.status();
    for (const RevocationList& list : *lists) {
      if (!X509_STORE_add_crl(native->store, list.get())) {
        ERR_clear_error();
        return bad(pem.revocation_lists_name, "a revocation list cannot be used");
      }
      const std::string subject = absl::StrCat(pem.revocation_lists_name, ": revocation list of ",
                                               printed(*X509_CRL_get_issuer(list.get())));
      if (const auto end = next_update(*list)) terms.push_back({subject, *end});
    }
    native->lists = *std::move(lists);
  }
  return std::shared_ptr<const Anchors>(new Anchors(std::move(native), std::move(terms)));
}

std::vector<std::string> Anchors::warnings(std::int64_t now) const {
  std::vector<std::string> warnings;
  for (const Term& term : terms_) {
    if (now <= term.end) continue;
    warnings.push_back(absl::StrCat(term.subject, " was to be renewed on ", date_of(term.end)));
  }
  return warnings;
}

}  // namespace causeway::edge::tls
