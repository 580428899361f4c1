#include "common/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace causeway::rpc {
namespace {

absl::StatusOr<std::string> read_pem(const std::string& file, const char* kind, const char* label) {
  std::ifstream in(file);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", file, ": ", strerror(errno)));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.find("-----BEGIN ") == std::string::npos || text.find(label) == std::string::npos)
    return absl::InvalidArgumentError(absl::StrCat(file, " holds no ", kind, " in PEM form"));
  return text;
}

}  // namespace

absl::StatusOr<Identity> read_identity(const std::string& certificate_file,
                                       const std::string& private_key_file,
                                       const std::string& authority_file) {
  auto certificate = read_pem(certificate_file, "certificate", "CERTIFICATE-----");
  if (!certificate.ok()) return certificate.status();
  auto private_key = read_pem(private_key_file, "private key", "PRIVATE KEY-----");
  if (!private_key.ok()) return private_key.status();
  auto authority = read_pem(authority_file, "certificate", "CERTIFICATE-----");
  if (!authority.ok()) return authority.status();
  return Identity{*std::move(certificate), *std::move(private_key), *std::move(authority)};
}

std::shared_ptr<grpc::ServerCredentials> server_credentials(const Identity& identity) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = identity.authority;
  options.pem_key_cert_pairs.push_back({identity.private_key, identity.certificate});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const Identity& identity) {
  namespace tls = grpc::experimental;
  std::vector<tls::IdentityKeyCertPair> own{{identity.private_key, identity.certificate}};
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<tls::StaticDataCertificateProvider>(identity.authority, own));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return tls::TlsCredentials(options);
}

std::vector<std::string> certificate_names(const grpc::AuthContext& context) {
  for (const char* property : {"x509_subject_alternative_name", "x509_common_name"}) {
    std::vector<std::string> names;
    for (grpc::string_ref name : context.FindPropertyValues(property))
      names.emplace_back(name.data(), name.size());
    if (!names.empty()) return names;
  }
  return {};
}

std::string matching_name(const std::vector<std::string>& names,
                          const std::vector<std::string>& wanted) {
  for (const std::string& name : names)
    for (const std::string& each : wanted)
      if (absl::EqualsIgnoreCase(name, each)) return name;
  return "";
}

}  // namespace causeway::rpc
