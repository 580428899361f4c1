#include "edge_proxy/s2s/directory.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "common/log/log.h"

namespace causeway::edge::s2s {
namespace {

// The documented defaults of the gateway-wide settings, for what a snapshot leaves at 0.
constexpr std::uint32_t kConnectionLimit = 1000;
constexpr std::uint32_t kPartnerConnectionLimit = 20;
constexpr std::uint32_t kEstablishmentTimeout = 60;
constexpr std::uint32_t kInactivityTimeout = 600;
constexpr std::uint32_t kKeepAliveInterval = 300;

std::uint32_t or_default(std::uint32_t value, std::uint32_t fallback) {
  return value == 0 ? fallback : value;
}

std::string prepared(const std::string& text) {
  const absl::StatusOr<address::Domain> domain = address::Domain::parse(text);
  if (domain.ok()) return domain->unicode();
  log::warning("config.domain_ignored", "The gateway's configuration names what is not a domain.",
               {{"domain", text}, {"reason", std::string(domain.status().message())}});
  return {};
}

// Of what cannot be read nothing is believed: it was meant to be stricter than the default.
std::shared_ptr<const tls::Anchors> anchors_of(const v1::Partner& entry) {
  const auto parsed = tls::Anchors::parse({.certificates = entry.trust_anchors_pem(),
                                           .revocation_lists = entry.revocation_lists_pem()});
  if (!parsed.ok()) {
    log::warning("config.anchors_unusable",
                 "A partner's own trust anchors cannot be used; no certificate proves it.",
                 {{"partner", entry.domain()}, {"reason", std::string(parsed.status().message())}});
    return tls::Anchors::none();
  }
  return *parsed;
}

}  // namespace

bool Partner::allows(v1::StreamEvent::Proof proof) const {
  switch (proof) {
    case v1::StreamEvent::SASL_EXTERNAL:
      return external_allowed();
    case v1::StreamEvent::TLS_DIALBACK:
      return dialback_allowed(true);
    case v1::StreamEvent::TCP_DIALBACK:
      return dialback_allowed(false);
    default:
      return false;
  }
}

Directory::Directory(const v1::Snapshot& snapshot, const dialback::Secret& fallback)
    : secret_(fallback) {
  const v1::FederationSettings& settings = snapshot.settings();
  using std::chrono::seconds;
  connection_limit_ = or_default(settings.connection_limit(), kConnectionLimit);
  establishment_timeout_ =
      seconds(or_default(settings.stream_establishment_timeout(), kEstablishmentTimeout));
  inactivity_timeout_ =
      seconds(or_default(settings.stream_inactivity_timeout(), kInactivityTimeout));
  keep_alive_interval_ = seconds(or_default(settings.keep_alive_interval(), kKeepAliveInterval));
  if (!settings.dialback_passphrase().empty()) {
    secret_ = dialback::Secret(settings.dialback_passphrase());
  }
  for (const v1::HostedDomain& hosted : snapshot.hosted_domains()) {
    if (std::string domain = prepared(hosted.domain()); !domain.empty()) {
      hosted_.insert(std::move(domain));
    }
  }
  const std::uint32_t limit =
      or_default(settings.partner_connection_limit(), kPartnerConnectionLimit);
  AnchorsByPem anchors;
  for (const v1::Partner& entry : snapshot.partners()) add(entry, limit, anchors);
}

void Directory::add(const v1::Partner& entry, std::uint32_t default_limit, AnchorsByPem& anchors) {
  const absl::StatusOr<address::Domain> domain = address::Domain::parse(prepared(entry.domain()));
  if (!domain.ok()) return;
  auto partner = std::make_shared<Partner>();
  partner->domain = *domain;
  partner->tls = entry.tls();
  partner->settings = federation::judge(entry);
  if (partner->settings.methods.empty()) {  // the gateway should have refused it
    log::warning("config.partner_ignored", "No method of authentication is left for this partner.",
                 {{"partner", domain->unicode()},
                  {"reason", std::string(partner->settings.errors.front())}});
    return;
  }
  partner->keep_alive = entry.keep_alive();
  partner->connection_limit = or_default(entry.connection_limit(), default_limit);
  partner->proxy = entry.proxy_fqdn();
  if (!entry.trust_anchors_pem().empty()) {
    auto& shared = anchors[{entry.trust_anchors_pem(), entry.revocation_lists_pem()}];
    if (shared == nullptr) shared = anchors_of(entry);
    partner->anchors = shared;
  }
  partners_[domain->unicode()] = partner;
  for (const std::string& additional : entry.additional_domains()) {
    if (std::string name = prepared(additional); !name.empty()) {
      partners_.try_emplace(std::move(name), partner);
    }
  }
}

const Partner* Directory::partner(std::string_view domain) const {
  const auto found = partners_.find(domain);
  return found == partners_.end() ? nullptr : found->second.get();
}

std::vector<Directory::Doubt> Directory::doubts(std::int64_t now) const {
  std::vector<Doubt> doubts;
  for (const auto& [domain, partner] : partners_) {
    if (partner->anchors == nullptr || domain != partner->domain.unicode()) continue;
    for (std::string& words : partner->anchors->warnings(now)) {
      doubts.push_back({domain, std::move(words)});
    }
  }
  std::sort(doubts.begin(), doubts.end());
  return doubts;
}

}  // namespace causeway::edge::s2s
