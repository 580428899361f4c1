#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/checks.h"
#include "common/federation/negotiation.h"
#include "frontend_gateway/admin/desk.h"
#include "frontend_gateway/config/partner.h"
#include "frontend_gateway/config/pem_file.h"

namespace causeway::gateway::admin {
namespace {

constexpr std::uint32_t kMostConnections = 100'000;  // as in the configuration file

template <typename... Pieces>
absl::Status wrong(const Pieces&... pieces) {
  return absl::InvalidArgumentError(absl::StrCat(pieces...));
}

absl::StatusOr<std::string> prepared(const std::string& text) {
  const auto domain = address::Domain::parse(text);
  if (domain.ok()) return domain->unicode();
  return wrong("\"", text, "\" is no domain: ", domain.status().message());
}

const v1::Partner* find(const policy::Rules& rules, const std::string& domain) {
  const auto found = std::find_if(rules.partners.begin(), rules.partners.end(),
                                  [&](const v1::Partner& p) { return p.domain() == domain; });
  return found == rules.partners.end() ? nullptr : &*found;
}

bool has(const v1::Partner& partner, const std::string& domain) {
  const auto& more = partner.additional_domains();
  return partner.domain() == domain || std::find(more.begin(), more.end(), domain) != more.end();
}

// What stands in the file's place of a PEM file.
absl::Status take_pem(const std::string& text, std::string_view kind, std::string& out) {
  out = config::pem_blocks(text, kind);
  if (text.empty() || !out.empty()) return absl::OkStatus();
  return wrong("What is given holds no ", std::string(kind), " in PEM.");
}

// What cannot be, whatever else there is.
absl::Status check(const v1::Partner& partner) {
  const federation::Verdict verdict = federation::judge(partner);
  if (!verdict.errors.empty()) return wrong(std::string(verdict.errors.front()));
  if (!partner.revocation_lists_pem().empty() && partner.trust_anchors_pem().empty())
    return wrong("Revocation lists need trust anchors beside them: they hold what these revoked.");
  if (partner.connection_limit() > kMostConnections)
    return wrong("The connection limit must be between 0 and ", kMostConnections, ".");
  if (!partner.proxy_fqdn().empty())
    if (const std::string why = causeway::config::must_be_host_maybe_port(partner.proxy_fqdn());
        !why.empty())
      return wrong("The proxy ", why, ".");
  return absl::OkStatus();
}

// All of them travel to the edges in one frame.
absl::Status fits(const policy::Rules& rules, const v1::Partner& partner) {
  std::size_t bytes = partner.trust_anchors_pem().size() + partner.revocation_lists_pem().size();
  for (const v1::Partner& other : rules.partners)
    if (other.domain() != partner.domain())
      bytes += other.trust_anchors_pem().size() + other.revocation_lists_pem().size();
  if (bytes <= config::kMaxPemBytes) return absl::OkStatus();
  return wrong("The partners would have trust anchors and revocation lists of more than 8 MiB.");
}

}  // namespace

absl::StatusOr<v1::PartnerList> Desk::partners(const std::string& domain) const {
  v1::PartnerList list;
  std::string filter;
  if (!domain.empty()) {
    auto one = prepared(domain);
    if (!one.ok()) return one.status();
    filter = *std::move(one);
  }
  for (const v1::Partner& partner : rules().partners)
    if (filter.empty() || has(partner, filter)) *list.add_partners() = describe(partner);
  if (list.partners().empty() && !filter.empty())
    return absl::NotFoundError(absl::StrCat(filter, " is no allowed partner's domain."));
  return list;
}

v1::DescribedPartner Desk::describe(const v1::Partner& partner) const {
  v1::DescribedPartner described;
  *described.mutable_partner() = partner;
  *described.mutable_origin() = origin(config::declared_partner(partner.domain()));
  for (const store::Partner& row : subject_.rulebook.rows().partners)
    if (row.partner.domain() == partner.domain() && described.origin().file().empty())
      described.set_description(row.description);
  return described;
}

absl::Status Desk::is_free(const std::string& domain, const std::string& of_partner) const {
  for (const address::Domain& hosted : rules().hosted)
    if (hosted.unicode() == domain)
      return absl::FailedPreconditionError(absl::StrCat(domain, " is hosted here."));
  for (const v1::Partner& other : rules().partners)
    if (other.domain() != of_partner && has(other, domain))
      return absl::FailedPreconditionError(
          absl::StrCat(domain, " is a domain of partner ", other.domain(), " already."));
  return absl::OkStatus();
}

absl::StatusOr<v1::Partner> Desk::planned(const v1::SetPartnerRequest& request) const {
  const auto domain = prepared(request.domain());
  if (!domain.ok()) return domain.status();
  if (const absl::Status status =
          not_declared(config::declared_partner(*domain), "Partner " + *domain);
      !status.ok())
    return status;
  const v1::Partner* there = find(rules(), *domain);
  v1::Partner partner = there == nullptr ? config::default_partner() : *there;
  partner.set_domain(*domain);
  if (request.has_additional_domains()) {
    partner.clear_additional_domains();
    for (const std::string& text : request.additional_domains().domains()) {
      const auto additional = prepared(text);
      if (!additional.ok()) return additional.status();
      if (!has(partner, *additional)) partner.add_additional_domains(*additional);
    }
  }
  if (request.has_type()) partner.set_type(request.type());
  if (request.has_tls()) partner.set_tls(request.tls());
  if (request.has_sasl()) partner.set_sasl(request.sasl());
  if (request.has_dialback()) partner.set_dialback(request.dialback());
  if (request.has_keep_alive()) partner.set_keep_alive(request.keep_alive());
  if (request.has_connection_limit()) partner.set_connection_limit(request.connection_limit());
  if (request.has_proxy_fqdn()) partner.set_proxy_fqdn(request.proxy_fqdn());
  absl::Status status;
  if (request.has_trust_anchors_pem())
    status =
        take_pem(request.trust_anchors_pem(), "CERTIFICATE", *partner.mutable_trust_anchors_pem());
  if (status.ok() && request.has_revocation_lists_pem())
    status = take_pem(request.revocation_lists_pem(), "X509 CRL",
                      *partner.mutable_revocation_lists_pem());
  if (status.ok()) status = check(partner);
  if (status.ok()) status = fits(rules(), partner);
  if (status.ok()) status = is_free(*domain, *domain);
  for (const std::string& additional : partner.additional_domains())
    if (status.ok()) status = is_free(additional, *domain);
  if (!status.ok()) return status;
  return partner;
}

void Desk::set(const v1::SetPartnerRequest& request, Done<v1::PartnerChanged> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    auto partner = planned(request);
    if (!partner.ok()) return partner.status();
    std::string description =
        request.has_description() ? request.description() : describe(*partner).description();
    return Changes{{store::Partner{*std::move(partner), std::move(description)}}};
  };
  change<v1::PartnerChanged>(plan, std::move(done), [this, request] {
    v1::PartnerChanged changed;
    const v1::Partner* partner = find(rules(), *prepared(request.domain()));
    if (partner == nullptr) return changed;  // somebody else has removed it since
    *changed.mutable_partner() = describe(*partner);
    for (const std::string_view warning : federation::judge(*partner).warnings)
      changed.add_warnings(std::string(warning));
    return changed;
  });
}

void Desk::remove(const v1::RemovePartnerRequest& request, Done<v1::PartnerChanged> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const auto domain = prepared(request.domain());
    if (!domain.ok()) return domain.status();
    if (const absl::Status status =
            not_declared(config::declared_partner(*domain), "Partner " + *domain);
        !status.ok())
      return status;
    const auto& rows = subject_.rulebook.rows().partners;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const store::Partner& one) {
      return one.partner.domain() == *domain;
    });
    if (row == rows.end())
      return absl::NotFoundError(absl::StrCat(*domain, " is no partner's primary domain."));
    return Changes{{*row, true}};
  };
  change<v1::PartnerChanged>(plan, std::move(done), [] { return v1::PartnerChanged(); });
}

}  // namespace causeway::gateway::admin
