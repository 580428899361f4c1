#include "tests/support/certificates/kinds.h"

namespace causeway::test {
namespace {

using std::chrono::hours;
using std::chrono::sys_days;
using std::chrono::year;

constexpr std::chrono::sys_seconds kPast = sys_days(year(2021) / 3 / 4);
constexpr std::chrono::sys_seconds kFuture = sys_days(year(2049) / 5 / 6);
constexpr std::chrono::sys_seconds kRevoked = sys_days(year(2025) / 1 / 2);

CertificateRequest request_for(Kind kind, const std::string& domain) {
  switch (kind) {
    case Kind::valid:
    case Kind::self_signed:
    case Kind::unknown_authority:
    case Kind::revoked:
      return {.dns = {domain}};
    case Kind::expired:
      return {.dns = {domain}, .not_before = kPast - hours(24), .not_after = kPast};
    case Kind::not_yet_valid:
      return {.dns = {domain}, .not_before = kFuture, .not_after = kFuture + hours(24)};
    case Kind::wrong_name:
      return {.dns = {"stranger.example"}};
    case Kind::server_auth_only:
      return {.dns = {domain}, .eku = {"serverAuth"}};
    case Kind::client_auth_only:
      return {.dns = {domain}, .eku = {"clientAuth"}};
    case Kind::srv_id_only:
      return {.srv = {"_xmpp-server." + domain}};
    case Kind::xmpp_addr_only:
      return {.xmpp_addrs = {domain}};
    case Kind::wildcard:
      return {.dns = {"*" + domain.substr(domain.find('.'))}};
    case Kind::common_name_only:
      return {.common_name = domain};
  }
  return {};
}

}  // namespace

std::string_view words_of(Kind kind) {
  constexpr std::string_view kWords[] = {
      "valid",      "expired",         "not yet valid",   "wrong name",  "self-signed",
      "unknown CA", "serverAuth only", "clientAuth only", "SRV-ID only", "xmppAddr only",
      "wildcard",   "CN only",         "revoked"};
  static_assert(std::size(kWords) == kAllKinds.size());
  return kWords[static_cast<std::size_t>(kind)];
}

const CertificateFiles& CertificateCabinet::files(Kind kind, const std::string& domain) {
  const auto [found, fresh] = made_.try_emplace({kind, domain});
  if (fresh) found->second = make(kind, domain);
  return found->second;
}

CertificateFiles CertificateCabinet::make(Kind kind, const std::string& domain) {
  const CertificateRequest request = request_for(kind, domain);
  if (kind == Kind::self_signed) return self_signed(directory_.path(), request);
  if (kind == Kind::unknown_authority) return unknown_.issue(request);
  CertificateFiles files = trusted_.issue(request);
  if (kind == Kind::revoked) {
    trusted_.revoke(files, kRevoked);
    list_.clear();
  }
  return files;
}

const std::string& CertificateCabinet::revocation_lists() {
  if (list_.empty()) list_ = trusted_.revocation_list();
  return list_;
}

}  // namespace causeway::test
