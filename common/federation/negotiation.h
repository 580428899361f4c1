#pragma once

#include <string_view>
#include <vector>

#include "causeway/v1/link.pb.h"

namespace causeway::federation {

// How a stream with a partner may be secured and each side proved, as the partner's three settings
// decide together. Judged twice: the gateway refuses or warns about what an operator wrote, the
// edge offers and accepts what is left.

enum class Method {
  sasl_over_tls,  // STARTTLS, then SASL EXTERNAL by certificate (XEP-0178)
  tls_dialback,   // STARTTLS, then server dialback (XEP-0220) within
  tcp_dialback,   // server dialback on the plain stream
};

struct Verdict {
  std::vector<Method> methods;  // in the order of preference; empty: nothing can work
  std::vector<std::string_view>
      warnings;  // sentences for the operator; the settings work all the same
  std::vector<std::string_view>
      errors;  // sentences for the operator; at least one when nothing works

  bool allows(Method method) const;
};

Verdict judge(v1::Negotiation tls, v1::Negotiation sasl, bool dialback);
inline Verdict judge(const v1::Partner& partner) {
  return judge(partner.tls(), partner.sasl(), partner.dialback());
}

}  // namespace causeway::federation
