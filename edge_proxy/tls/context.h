#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge_proxy/tls/anchors.h"

namespace causeway::edge::tls {

// What S2S TLS needs, loaded once and shared by every thread: our certificates and their keys, the
// trust anchors, the suites (TLS 1.2 with ECDHE and AEAD, TLS 1.3). Immutable. Only this room's .cc
// files include <openssl/*>.
class Context {
 public:
  // Files. A certificate's file holds its chain in PEM, our own certificate first.
  struct Identity {
    std::string certificate;
    std::string private_key;
    std::string ocsp_response{};  // DER, stapled to the certificate (RFC 6066); empty: nothing is
  };
  struct Settings {
    // The default one, for domains that none names. Both empty: none, and then nobody can be
    // accepted who asks for no other domain.
    std::string certificate;
    std::string private_key;
    std::string trust_anchors;
    std::string ocsp_response{};
    // Chosen by domain, which is the SNI: one that names it, or else has a wildcard for it.
    std::vector<Identity> additional_certificates{};
    std::string revocation_lists{};  // CRLs in PEM; empty: none
  };
  // An error names the file and says what is wrong with it.
  static absl::StatusOr<std::shared_ptr<const Context>> load(const Settings& settings);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // What an operator should hear although it can be used: "edge.crt: certificate expired on
  // 2026-11-01". Now, and at any other time, in seconds since 1970.
  std::vector<std::string> warnings() const;
  std::vector<std::string> warnings(std::int64_t now) const;

  // Our certificates: the first name in each, and its end, in seconds since 1970.
  struct Expiry {
    std::string name;
    std::int64_t not_after;
  };
  std::vector<Expiry> expiries() const;

  // Whom we believe, unless a partner has anchors of its own.
  const std::shared_ptr<const Anchors>& anchors() const;

  struct Native;
  const Native& native() const { return *native_; }

 private:
  explicit Context(std::unique_ptr<Native> native);

  std::unique_ptr<Native> native_;
};

}  // namespace causeway::edge::tls
