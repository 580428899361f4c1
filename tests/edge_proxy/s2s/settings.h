#pragma once

#include <memory>
#include <string>

#include "edge_proxy/s2s/directory.h"

namespace causeway::test {

// The three settings of a partner that decide how its streams are negotiated.
struct Settings {
  v1::Negotiation tls = v1::REQUIRED;
  v1::Negotiation sasl = v1::REQUIRED;
  bool dialback = false;
};

// contoso.example is ours, fabrikam.example and its subdomain "more" are the partner's.
inline v1::Snapshot snapshot_of(const Settings& settings) {
  v1::Snapshot snapshot;
  snapshot.set_version(1);
  snapshot.add_hosted_domains()->set_domain("contoso.example");
  snapshot.add_hosted_domains()->set_domain("capulet.example");
  v1::Partner& partner = *snapshot.add_partners();
  partner.set_domain("fabrikam.example");
  partner.add_additional_domains("more.fabrikam.example");
  partner.set_tls(settings.tls);
  partner.set_sasl(settings.sasl);
  partner.set_dialback(settings.dialback);
  snapshot.mutable_settings()->set_dialback_passphrase("s3cr3tf0rd14lb4ck");
  return snapshot;
}

inline std::shared_ptr<const edge::s2s::Directory> directory_of(const Settings& settings) {
  return std::make_shared<const edge::s2s::Directory>(snapshot_of(settings),
                                                      edge::dialback::Secret("unused"));
}

}  // namespace causeway::test
