#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace causeway::test {

// What a certificate is to say. Lists that are empty leave their extension out.
struct CertificateRequest {
  std::string common_name = "test";
  std::vector<std::string> subject{};     // further lines of it: "OU=Sales", "1.CN=second"
  std::vector<std::string> dns{};         // dNSName
  std::vector<std::string> srv{};         // SRVName, "_xmpp-server.fabrikam.example"
  std::vector<std::string> xmpp_addrs{};  // id-on-xmppAddr
  std::vector<std::string> ips{};
  std::vector<std::string> eku{"serverAuth",
                               "clientAuth"};  // extended key usage, as openssl names them
  std::chrono::sys_seconds not_before =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
      std::chrono::hours(1);
  std::chrono::sys_seconds not_after = not_before + std::chrono::hours(24 * 30);
  std::string key = "ec:prime256v1";  // or "rsa:2048", "ed25519"
  std::string digest = "sha256";
  std::vector<std::string> extensions{};  // further lines of openssl's configuration: "name=value"
};

// PEM files. The certificate's file holds the chain up to, and without, the root.
struct CertificateFiles {
  std::string certificate_file;
  std::string private_key_file;
};

// A certificate authority with its files in `directory`, made with the openssl command.
//
//   TemporaryDirectory directory;
//   Authority ca(directory.path(), "Test CA");
//   CertificateFiles edge = ca.issue({.common_name = "edge", .dns = {"contoso.example"}});
//   Context::load({.certificate = edge.certificate_file, .private_key = edge.private_key_file,
//                  .trust_anchors = ca.certificate_file()});
class Authority {
 public:
  // A root, or below `parent`, which must live as long.
  Authority(std::filesystem::path directory, const std::string& name, Authority* parent = nullptr,
            std::vector<std::string> extensions = {});

  const std::string& certificate_file() const { return own_.certificate_file; }
  CertificateFiles issue(const CertificateRequest& request);

  // From then on; it shows in lists and OCSP responses made later.
  void revoke(const CertificateFiles& files, std::chrono::sys_seconds when);
  // A new file with a list in PEM, as of an hour ago. It says which key has signed it, as those of
  // public authorities do, or leaves it to the name alone.
  enum class Signer { name, key_identifier };
  std::string revocation_list(std::chrono::sys_seconds next_update = in_a_month(),
                              Signer signer = Signer::name);
  // A new file with a response in DER about a certificate of this authority, good for a day.
  std::string ocsp_response(const CertificateFiles& files);

 private:
  friend CertificateFiles self_signed(const std::filesystem::path&, const CertificateRequest&);

  Authority() = default;
  CertificateFiles sign(const CertificateRequest& request, const std::string& basic_constraints,
                        const CertificateFiles* signer, const std::string& chain);

  static std::chrono::sys_seconds in_a_month();

  std::filesystem::path directory_;
  CertificateFiles own_;
  std::string revoked_;  // lines of openssl's database
  std::string chain_;    // PEM of the authorities between a leaf and the root
};

CertificateFiles self_signed(const std::filesystem::path& directory,
                             const CertificateRequest& request);

}  // namespace causeway::test
