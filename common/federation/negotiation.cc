#include "common/federation/negotiation.h"

#include <algorithm>

namespace causeway::federation {
namespace {

constexpr std::string_view kDialbackInert =
    "dialback does not operate when both TLS and SASL are required";
constexpr std::string_view kSaslNeedsTls =
    "SASL needs TLS: while TLS is not required, the negotiation of a session may fail";
constexpr std::string_view kSaslCannotSucceed =
    "SASL needs TLS, and TLS is not supported; TCP dialback is off too, so no method is left";
constexpr std::string_view kNothingEnabled = "SASL or dialback must be enabled";

}  // namespace

bool Verdict::allows(Method method) const {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

Verdict judge(v1::Negotiation tls, v1::Negotiation sasl, bool dialback) {
  const bool both_required = tls == v1::REQUIRED && sasl == v1::REQUIRED;
  Verdict verdict;
  if (tls != v1::NOT_SUPPORTED && sasl != v1::NOT_SUPPORTED)
    verdict.methods.push_back(Method::sasl_over_tls);
  if (tls != v1::NOT_SUPPORTED && dialback && !both_required)
    verdict.methods.push_back(Method::tls_dialback);
  if (tls != v1::REQUIRED && dialback) verdict.methods.push_back(Method::tcp_dialback);

  if (verdict.methods.empty()) {
    verdict.errors.push_back(sasl == v1::NOT_SUPPORTED ? kNothingEnabled : kSaslCannotSucceed);
    if (sasl == v1::OPTIONAL) verdict.warnings.push_back(kSaslNeedsTls);
    return verdict;
  }
  if (both_required && dialback) verdict.warnings.push_back(kDialbackInert);
  if (tls != v1::REQUIRED && sasl != v1::NOT_SUPPORTED) verdict.warnings.push_back(kSaslNeedsTls);
  return verdict;
}

}  // namespace causeway::federation
