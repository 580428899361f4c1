#include "edge_proxy/tls/verify.h"

#include <openssl/asn1.h>
#include <openssl/nid.h>
#include <openssl/pool.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "edge_proxy/tls/certificate.h"

#ifndef OPENSSL_IS_BORINGSSL
#error "the headers of another TLS library came first"
#endif

namespace causeway::edge::tls {
namespace {

constexpr std::size_t kMaxChain = 10;

// By one of these lists, which names the certificate's issuer and its serial number.
Problem revocation_problem(X509& certificate, const Anchors::Native& anchors) {
  for (const RevocationList& list : anchors.lists) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(&certificate)) != 0) {
      continue;
    }
    X509_REVOKED* entry = nullptr;
    if (X509_CRL_get0_by_cert(list.get(), &entry, &certificate) != 1) continue;
    std::int64_t date = 0;
    const bool dated = ASN1_TIME_to_posix(X509_REVOKED_get0_revocationDate(entry), &date) != 0;
    return absl::StrCat("certificate was revoked on ",
                        dated ? date_of(date) : "an unreadable date");
  }
  return std::nullopt;
}

// Who a problem is about, when it is not the peer's own certificate.
std::string located(const std::string& problem, X509& certificate, int depth) {
  if (depth == 0) return problem;
  return absl::StrCat(problem, " (authority ", subject_of(certificate), ")");
}

// Whether a path ends here, before a root: with an anchor whose issuer nobody has shown us.
bool is_without_issuer(X509_STORE_CTX* path) {
  const STACK_OF(X509)* const found = X509_STORE_CTX_get0_chain(path);
  X509* const at = X509_STORE_CTX_get_current_cert(path);
  return at != nullptr && at == sk_X509_value(found, sk_X509_num(found) - 1) &&
         X509_NAME_cmp(X509_get_subject_name(at), X509_get_issuer_name(at)) != 0;
}

// What the operator's lists are lacking costs nobody his trust (anchors.h). Nor does it that an
// issuer's signature below a list cannot be checked because the issuer is not there; what the list
// says is heard by path_problem().
int overlook(int ok, X509_STORE_CTX* path) {
  if (ok) return 1;
  switch (X509_STORE_CTX_get_error(path)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return 1;
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return is_without_issuer(path);
    default:
      return 0;
  }
}

std::string refusal(X509_STORE_CTX& path, std::int64_t now, const Anchors::Native& anchors) {
  const int error = X509_STORE_CTX_get_error(&path);
  X509* const at = X509_STORE_CTX_get_current_cert(&path);
  const std::string reason = absl::StrCat("certificate: ", X509_verify_cert_error_string(error));
  if (at == nullptr) return reason;  // the path as a whole
  const int depth = X509_STORE_CTX_get_error_depth(&path);
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return located(date_problem(*at, now).value_or("certificate is not valid now"), *at, depth);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "certificate is self-signed";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return absl::StrCat("certificate comes from an unknown authority (", issuer_of(*at), ")");
    case X509_V_ERR_CERT_REVOKED:
      return located(revocation_problem(*at, anchors).value_or("certificate was revoked"), *at,
                     depth);
    default:
      return located(reason, *at, depth);
  }
}

// What X509_verify_cert does not look at. Strength and usage: of every certificate but the anchor.
// Revocation: of every certificate, as it passes over an anchor that is no root, and over lists
// with the identifier of another key.
Problem path_problem(const STACK_OF(X509) * path, const Anchors::Native& anchors) {
  const std::size_t count = sk_X509_num(path);
  for (std::size_t i = 0; i < count; ++i) {
    X509& certificate = *sk_X509_value(path, i);
    const int depth = static_cast<int>(i);
    if (const Problem revoked = revocation_problem(certificate, anchors)) {
      return located(*revoked, certificate, depth);
    }
    if (i != 0 && i + 1 == count) break;
    if (const Problem weak = strength_problem(certificate))
      return located(*weak, certificate, depth);
    if (!may_be_server(certificate)) {
      return located("certificate may not authenticate a server", certificate, depth);
    }
  }
  return std::nullopt;
}

// Name constraints bind DNS names. An authority under such constraints could still write any
// otherName, so those of its certificates do not count.
bool constrained(const STACK_OF(X509) * path) {
  for (std::size_t i = 1; i < sk_X509_num(path); ++i) {
    if (X509_get_ext_by_NID(sk_X509_value(path, i), NID_name_constraints, -1) >= 0) return true;
  }
  return false;
}

// The path to an anchor, in date, all signatures good.
Problem judge(X509& leaf, STACK_OF(X509) * others, const Anchors::Native& anchors, std::int64_t now,
              PeerCertificate& into) {
  const bssl::UniquePtr<X509_STORE_CTX> path(X509_STORE_CTX_new());
  if (!path || !X509_STORE_CTX_init(path.get(), anchors.store, &leaf, others)) {
    return "out of memory";
  }
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(path.get());
  // No purpose: BoringSSL would ask a connecting server for clientAuth. path_problem() asks
  // instead.
  // An anchor need not be a root: a partner may be known by its very certificate.
  X509_VERIFY_PARAM_set_flags(
      param, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK);
  if (!anchors.lists.empty()) {
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_CTX_set_verify_cb(path.get(), overlook);
  }
  X509_VERIFY_PARAM_set_depth(param, kMaxChain);
  X509_VERIFY_PARAM_set_time(param, now);
  if (X509_verify_cert(path.get()) != 1) return refusal(*path, now, anchors);

  const STACK_OF(X509)* const found = X509_STORE_CTX_get0_chain(path.get());
  if (constrained(found)) {
    into.srv_ids.clear();
    into.xmpp_addrs.clear();
  }
  return path_problem(found, anchors);
}

// Everything that can be said against the chain; the first such thing is the problem.
Problem find_problem(const stack_st_CRYPTO_BUFFER* chain, const Anchors::Native& anchors,
                     std::int64_t now, PeerCertificate& into) {
  const std::size_t count = sk_CRYPTO_BUFFER_num(chain);
  if (count > kMaxChain) {
    return absl::StrCat("certificate chain has ", count, " members, more than ", kMaxChain);
  }
  bssl::UniquePtr<X509> leaf;
  const bssl::UniquePtr<STACK_OF(X509)> others(sk_X509_new_null());
  for (std::size_t i = 0; i < count; ++i) {
    bssl::UniquePtr<X509> parsed(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(chain, i)));
    if (!parsed || !others) return "certificate cannot be read";
    if (i == 0) {
      leaf = std::move(parsed);
    } else if (!bssl::PushToStack(others.get(), std::move(parsed))) {
      return "out of memory";
    }
  }
  if (const Problem unreadable = copy_names(*leaf, into)) return unreadable;
  // Before any signature is checked with the key.
  if (const Problem weak = strength_problem(*leaf)) return weak;
  return judge(*leaf, others.get(), anchors, now, into);
}

}  // namespace

PeerCertificate examine(const stack_st_CRYPTO_BUFFER* chain, const Anchors& anchors,
                        std::int64_t now) {
  PeerCertificate said;
  if (chain == nullptr || sk_CRYPTO_BUFFER_num(chain) == 0) return said;
  said.present = true;
  const Problem problem = find_problem(chain, anchors.native(), now, said);
  said.trusted = !problem;
  said.problem = problem.value_or("");
  return said;
}

}  // namespace causeway::edge::tls
