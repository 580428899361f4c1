#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::edge::tls {

// Whose certificates are believed: the authorities, and what they have revoked. Immutable; any
// thread.
//
// A certificate that a list of its issuer names is refused, at any place in its path; the anchor
// itself too, when it is no root but a certificate that is known. An issuer without a list has
// revoked nothing that we know of, and a list past its next update still counts: lists are fetched
// by the operator's own means, and federation must not stop when these do. A list that its issuer
// did not sign makes that issuer's certificates untrusted; one that says itself that another key
// has signed it (the authority's former one, or a namesake's) only those that it names.
class Anchors {
 public:
  // PEM texts, the second perhaps empty. An error says what is wrong with the first or the second;
  // the names stand at its beginning, such as the files' names.
  struct Pem {
    std::string_view certificates;
    std::string_view revocation_lists = {};
    std::string certificates_name = "trust_anchors";
    std::string revocation_lists_name = "revocation_lists";
  };
  static absl::StatusOr<std::shared_ptr<const Anchors>> parse(const Pem& pem);
  // Those that believe nobody.
  static std::shared_ptr<const Anchors> none();
  ~Anchors();
  Anchors(const Anchors&) = delete;
  Anchors& operator=(const Anchors&) = delete;

  // What an operator should hear at this time, in seconds since 1970: "issuer.crl: revocation list
  // of CN=Test CA was to be renewed on 2026-11-01".
  std::vector<std::string> warnings(std::int64_t now) const;

  struct Native;
  const Native& native() const { return *native_; }

 private:
  // A revocation list with its term.
  struct Term {
    std::string subject;  // "issuer.crl: revocation list of CN=Test CA"
    std::int64_t end;
  };

  Anchors(std::unique_ptr<Native> native, std::vector<Term> terms);

  std::unique_ptr<Native> native_;
  std::vector<Term> terms_;
};

}  // namespace causeway::edge::tls
