#include "frontend_gateway/config/partner.h"

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/config/checks.h"
#include "common/federation/negotiation.h"
#include "frontend_gateway/config/pem_file.h"

namespace causeway::gateway::config {
namespace {

using namespace ::causeway::config;

std::vector<Choice<v1::Negotiation>> negotiation_words() {
  return {
      {"Required", v1::REQUIRED}, {"Optional", v1::OPTIONAL}, {"NotSupported", v1::NOT_SUPPORTED}};
}

std::vector<Choice<v1::PartnerType>> type_words() {
  return {{"Federated", v1::FEDERATED},
          {"PublicVerified", v1::PUBLIC_VERIFIED},
          {"PublicUnverified", v1::PUBLIC_UNVERIFIED}};
}

// In its prepared form, so that domains are compared as what they mean.
std::optional<std::string> read_domain(const Value& value) {
  const auto text = checked_text(value, must_be_domain);
  if (!text) return std::nullopt;
  return address::Domain::parse(*text)->unicode();
}

void read_own_domain(const Value& value, v1::Partner& partner) {
  if (const auto domain = read_domain(value)) partner.set_domain(*domain);
}

// One that is refused stays as an empty one, to keep the places of the others.
void read_additional_domains(const Value& value, v1::Partner& partner) {
  const auto items = value.list();
  if (!items) return;
  for (const Value& item : *items) partner.add_additional_domains(read_domain(item).value_or(""));
}

void read_proxy(const Value& value, v1::Partner& partner) {
  const auto none_or_host = [](std::string_view text) {
    return text.empty() ? std::string() : must_be_host_maybe_port(text);
  };
  if (const auto text = checked_text(value, none_or_host)) partner.set_proxy_fqdn(*text);
}

void read_trust_anchors(const Value& value, v1::Partner& partner) {
  if (auto pem = read_pem_file(value, "CERTIFICATE")) {
    partner.set_trust_anchors_pem(*std::move(pem));
  }
}

void read_revocation_lists(const Value& value, v1::Partner& partner) {
  if (auto pem = read_pem_file(value, "X509 CRL")) {
    partner.set_revocation_lists_pem(*std::move(pem));
  }
}

// Who named a domain first.
using Claims = absl::flat_hash_map<std::string, std::string>;

void claim(Claims& claims, const std::string& domain, const std::string& path, Report& report) {
  if (domain.empty()) return;
  if (const auto [first, fresh] = claims.emplace(domain, path); !fresh)
    report.mistake(path, absl::StrCat(domain, " is named by ", first->second, " in line ",
                                      report.line_of(first->second), " already"));
}

void check_domains(const Config& config, Report& report) {
  Claims claims;
  for (std::size_t i = 0; i < config.domains.size(); ++i)
    claim(claims, config.domains[i].unicode(), absl::StrCat("domains[", i, "]"), report);
  for (std::size_t i = 0; i < config.partners.size(); ++i) {
    const std::string path = absl::StrCat("partners[", i, "]");
    const v1::Partner& partner = config.partners[i];
    claim(claims, partner.domain(), path + ".domain", report);
    for (int j = 0; j < partner.additional_domains_size(); ++j)
      claim(claims, partner.additional_domains(j),
            absl::StrCat(path, ".additional_domains[", j, "]"), report);
  }
}

// At the setting that rules the method out, and at the partner when that is left to its default.
void check_negotiation(const v1::Partner& partner, const std::string& path, Config& config,
                       Report& report) {
  const federation::Verdict verdict = federation::judge(partner);
  const std::string_view key =
      partner.sasl() == v1::NOT_SUPPORTED ? ".sasl_negotiation" : ".tls_negotiation";
  for (const std::string_view error : verdict.errors)
    report.mistake(absl::StrCat(path, std::string(key)), error);
  for (const std::string_view warning : verdict.warnings)
    config.warnings.push_back(
        report.line(path, absl::StrCat(partner.domain(), ": ", std::string(warning))));
}

// A list without anchors of the partner's own would not be looked at.
void check_lists(const v1::Partner& partner, const std::string& path, Report& report) {
  if (partner.revocation_lists_pem().empty() || !partner.trust_anchors_pem().empty()) return;
  report.mistake(path + ".revocation_lists",
                 "needs trust_anchors beside it: it holds what these have revoked");
}

}  // namespace

const Settings<v1::Partner>& partner_settings() {
  static const Settings<v1::Partner> settings = {
      required(Setting<v1::Partner>{"domain", read_own_domain}),
      {"additional_domains", read_additional_domains},
      choice("partner_type", &v1::Partner::set_type, type_words()),
      choice("tls_negotiation", &v1::Partner::set_tls, negotiation_words()),
      choice("sasl_negotiation", &v1::Partner::set_sasl, negotiation_words()),
      flag("support_dialback_negotiation", &v1::Partner::set_dialback),
      flag("enable_keep_alive", &v1::Partner::set_keep_alive),
      number("connection_limit", &v1::Partner::set_connection_limit, 0, 100'000),
      {"proxy_fqdn", read_proxy},
      {"trust_anchors", read_trust_anchors},
      {"revocation_lists", read_revocation_lists},
  };
  return settings;
}

v1::Partner default_partner() {
  v1::Partner partner;
  partner.set_type(v1::PUBLIC_UNVERIFIED);
  partner.set_tls(v1::REQUIRED);
  partner.set_sasl(v1::REQUIRED);
  partner.set_dialback(true);
  partner.set_keep_alive(true);
  return partner;
}

void check_partners(Config& config, Report& report) {
  check_domains(config, report);
  std::size_t pem_bytes = 0;
  for (std::size_t i = 0; i < config.partners.size(); ++i) {
    const v1::Partner& partner = config.partners[i];
    const std::string path = absl::StrCat("partners[", i, "]");
    check_negotiation(partner, path, config, report);
    check_lists(partner, path, report);
    pem_bytes += partner.trust_anchors_pem().size() + partner.revocation_lists_pem().size();
  }
  if (pem_bytes > kMaxPemBytes)
    report.mistake("partners", "have trust_anchors and revocation_lists of more than 8 MiB in all");
}

}  // namespace causeway::gateway::config
