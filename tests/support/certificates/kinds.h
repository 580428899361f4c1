#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

// What a peer's certificate may be like, for tests over all kinds. Those without another fault are
// of the trusted authority, in date, for serverAuth and clientAuth, with one dNSName: the domain.
enum class Kind {
  valid,
  expired,            // on 2021-03-04
  not_yet_valid,      // before 2049-05-06
  wrong_name,         // stranger.example
  self_signed,        // and otherwise good
  unknown_authority,  // "Unknown CA"
  server_auth_only,
  client_auth_only,
  srv_id_only,       // _xmpp-server.<domain>
  xmpp_addr_only,    // <domain>
  wildcard,          // "*." instead of the domain's first label
  common_name_only,  // the domain
  revoked,           // on 2025-01-02, in revocation_lists()
};

inline constexpr std::array kAllKinds = {
    Kind::valid,       Kind::expired,           Kind::not_yet_valid,    Kind::wrong_name,
    Kind::self_signed, Kind::unknown_authority, Kind::server_auth_only, Kind::client_auth_only,
    Kind::srv_id_only, Kind::xmpp_addr_only,    Kind::wildcard,         Kind::common_name_only,
    Kind::revoked};

std::string_view words_of(Kind kind);  // "not yet valid"

// Files of every kind for any domain, made when they are first asked for and kept as long as this
// lives; one for a whole program is cheapest. One thread.
//
//   static CertificateCabinet cabinet;
//   const CertificateFiles& files = cabinet.files(Kind::expired, "im.fabrikam.example");
//   Context::load({.certificate = files.certificate_file, .private_key = files.private_key_file,
//                  .trust_anchors = cabinet.trust_anchors(),
//                  .revocation_lists = cabinet.revocation_lists()});
class CertificateCabinet {
 public:
  const CertificateFiles& files(Kind kind, const std::string& domain);

  // The trusted authority's certificate, and its list. Ask for the list after the certificates: it
  // holds those that were revoked by then.
  const std::string& trust_anchors() const { return trusted_.certificate_file(); }
  const std::string& revocation_lists();

 private:
  CertificateFiles make(Kind kind, const std::string& domain);

  TemporaryDirectory directory_;
  Authority trusted_{directory_.path(), "Test CA"};
  Authority unknown_{directory_.path(), "Unknown CA"};
  std::map<std::pair<Kind, std::string>, CertificateFiles> made_;
  std::string list_;
};

}  // namespace causeway::test
