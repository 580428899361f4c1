#include "frontend_gateway/session/invitation.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::session {
namespace {

using mapping::SipUri;
using translate::SipAnswer;

SipAnswer answer(const SipRefusal& refusal) { return {refusal.status, refusal.reason, {}}; }

// The extensions a request may need us to have. A conference (com.microsoft.rtc-multiparty) is none
// of them: a session is of two.
constexpr std::string_view kExtensions[] = {"timer", "ms-text-format"};

std::string unsupported(const sip::IncomingRequest& request) {
  std::string missing;
  for (const sip::Header& header : request.headers) {
    if (!equal_ignoring_case(header.name, "Require")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string option = lower_case(trim(take_until(rest, ',')));
      if (option.empty() || std::ranges::find(kExtensions, option) != std::end(kExtensions))
        continue;
      missing += (missing.empty() ? "" : ", ") + option;
    }
  }
  return missing;
}

// As an address of record that is spelled in one way.
Outcome<SipUri, SipAnswer> canonical(const SipUri& uri) {
  SipUri bare = uri;
  bare.gr.clear();
  const auto jid = mapping::to_jid(bare);
  if (!jid.ok()) return answer(jid.refusal());
  auto again = mapping::to_sip(*jid);
  if (!again.ok()) return SipAnswer{400, "No Such Address", {}};
  return *std::move(again);
}

Outcome<std::optional<Description>, SipAnswer> offer_in(const sip::IncomingRequest& request) {
  if (request.body.empty()) return std::optional<Description>();
  std::string_view type = request.content_type;
  type = trim(take_until(type, ';'));
  // A conference may invite with its own description of where it is.
  if (equal_ignoring_case(type, "application/ms-conf-invite+xml"))
    return SipAnswer{488, "Sessions Are Of Two Users", {}};
  if (!equal_ignoring_case(type, "application/sdp"))
    return SipAnswer{415, "Unsupported Media Type", {{"Accept", "application/sdp"}}};
  auto offer = parse_sdp(request.body);
  if (!offer) return SipAnswer{400, "The Session Description Cannot Be Read", {}};
  if (!offer->text)
    return SipAnswer{488,
                     "Only Instant Messages Are Exchanged",
                     {{"Warning", "304 causeway \"Media type not available\""}}};
  return offer;
}

}  // namespace

Outcome<Invitation, SipAnswer> Invitation::parse(const sip::IncomingRequest& request,
                                                 const policy::Policy& policy) {
  // RFC 7247 section 8: a user who asked for security on every hop is not sent over one without it.
  if (equal_ignoring_case(request.to_uri.substr(0, 5), "sips:"))
    return SipAnswer{416, "Only sip: Addresses Are Mapped", {}};
  const auto to = SipUri::parse(request.request_uri);
  if (!to.ok()) return answer(to.refusal());
  const auto from = SipUri::parse(request.from_uri);
  if (!from.ok()) return answer(from.refusal());
  const auto admitted = policy.admit_from_sip(policy::Act::message, *from, *to);
  if (!admitted.ok()) return answer(admitted.refusal());
  if (std::string missing = unsupported(request); !missing.empty())
    return SipAnswer{420, "Bad Extension", {{"Unsupported", std::move(missing)}}};
  auto offer = offer_in(request);
  if (!offer.ok()) return std::move(offer.refusal());
  auto xmpp = canonical(*to);
  if (!xmpp.ok()) return std::move(xmpp.refusal());
  auto sip = canonical(*from);
  if (!sip.ok()) return std::move(sip.refusal());
  return Invitation{*std::move(xmpp), *std::move(sip), *std::move(offer)};
}

}  // namespace causeway::gateway::session
