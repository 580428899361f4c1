#include "edge_proxy/s2s/relay.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/address/jid.h"
#include "common/stanza/bounce.h"
#include "common/stanza/conditions.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/codec/stanza_codec.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

bool is_stanza(std::string_view name) {
  return name == "message" || name == "presence" || name == "iq";
}

// `ours` and `theirs` are the domains of an admitted stanza.
void check_domains(const Rights& rights, const std::string& theirs, const std::string& ours) {
  if (!rights.may_send(theirs, ours)) {
    throw StreamError(Condition::invalid_from, "this stream has not proved the stanza's 'from'");
  }
  if (!rights.directory.hosts(ours)) {
    throw StreamError(Condition::host_unknown, "the stanza's 'to' is not served here");
  }
}

StreamError unfit(const absl::Status& status) {
  const Condition condition = absl::IsUnimplemented(status) ? Condition::unsupported_stanza_type
                                                            : Condition::improper_addressing;
  return StreamError(condition, std::string(status.message()));
}

// --- Addresses that are none (RFC 6120 section 8.3.3.8) ---

// As it stands, in its three parts (RFC 7622 section 3.1); only the domain is prepared.
std::optional<v1::Address> raw_address(std::string_view text) {
  constexpr std::size_t kLongest = 3071;  // RFC 7622 section 3.1
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::size_t at = text.substr(0, slash).find('@');
  const std::size_t begin = at == std::string_view::npos ? 0 : at + 1;
  const auto domain = address::Domain::parse(text.substr(begin, slash - begin));
  const bool has_empty_part = begin == 1 || slash + 1 == text.size();
  if (!domain.ok() || has_empty_part || text.size() > kLongest) return std::nullopt;
  v1::Address out;
  if (begin != 0) out.set_local(std::string(text.substr(0, at)));
  out.set_domain(domain->unicode());
  if (slash < text.size()) out.set_resource(std::string(text.substr(slash + 1)));
  return out;
}

// As much of the stanza as an error about it needs; nothing for what no error may answer.
std::optional<v1::Stanza> outline(const xml::Element& element) {
  const std::string_view type = element.attribute("type");
  v1::Stanza out;
  if (element.name == "iq" && (type == "get" || type == "set")) {
    out.mutable_iq()->set_type(v1::Iq::GET);
  } else if (element.name == "message" && type != "error") {
    out.mutable_message();
  } else if (element.name == "presence" && (type == "subscribe" || type == "probe")) {
    out.mutable_presence()->set_type(v1::Presence::PROBE);
  } else {
    return std::nullopt;
  }
  out.set_id(std::string(element.attribute("id")));
  return out;
}

// The stream has proved the domain, but not that its users have well-formed names.
Admitted refuse_address(const xml::Element& element, const Rights& rights,
                        const absl::Status& fault) {
  const std::optional<v1::Address> from = raw_address(element.attribute("from"));
  const std::optional<v1::Address> to = raw_address(element.attribute("to"));
  if (!is_stanza(element.name) || !from || !to) throw unfit(fault);
  check_domains(rights, from->domain(), to->domain());
  std::optional<v1::Stanza> refused = outline(element);
  if (!refused) return {};
  *refused->mutable_from() = *from;
  *refused->mutable_to() = *to;
  return {.stanza = std::nullopt,
          .answer = stanza::bounce(*refused, stanza::error(v1::JID_MALFORMED))};
}

// --- XEP-0199 section 4.3: a server's ping of a server ---

bool is_ping(const v1::Stanza& stanza) {
  return stanza.has_iq() && stanza.iq().type() == v1::Iq::GET && stanza.to().local().empty() &&
         stanza.to().resource().empty() && stanza.iq().payload().name() == "ping" &&
         stanza.iq().payload().namespace_() == xml::ns::kPing;
}

v1::Stanza pong(v1::Stanza& ping) {
  v1::Stanza answer;
  answer.mutable_from()->Swap(ping.mutable_to());
  answer.mutable_to()->Swap(ping.mutable_from());
  answer.set_id(ping.id());
  answer.mutable_iq()->set_type(v1::Iq::RESULT);
  return answer;
}

}  // namespace

Admitted admit(const xml::Element& element, const Rights& rights) {
  if (element.ns != xml::ns::kServer) {
    throw StreamError(
        is_stanza(element.name) ? Condition::invalid_namespace : Condition::unsupported_stanza_type,
        "only stanzas in jabber:server are understood");
  }
  absl::StatusOr<v1::Stanza> stanza = codec::normalise(element, rights.lang);
  if (stanza.ok()) {
    check_domains(rights, stanza->from().domain(), stanza->to().domain());
    if (is_ping(*stanza)) return {.stanza = std::nullopt, .answer = pong(*stanza)};
    return {.stanza = *std::move(stanza), .answer = std::nullopt};
  }
  if (absl::IsInvalidArgument(stanza.status())) {
    return refuse_address(element, rights, stanza.status());
  }
  if (!absl::IsFailedPrecondition(stanza.status())) throw unfit(stanza.status());
  std::optional<v1::Stanza> answer = codec::refusal(element);
  if (answer) check_domains(rights, answer->to().domain(), answer->from().domain());
  return {.stanza = std::nullopt, .answer = std::move(answer)};
}

Admitted admit(const xml::Element& element, const Inbound& inbound) {
  const auto may_send = [&](std::string_view theirs, std::string_view) {
    return inbound.has_proved(theirs);
  };
  return admit(element, Rights{*inbound.directory, inbound.lang, may_send});
}

}  // namespace causeway::edge::s2s
