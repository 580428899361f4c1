#include "edge_proxy/s2s/relay.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/xml/namespaces.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

bool is_stanza(std::string_view name) {
  return name == "message" || name == "presence" || name == "iq";
}

// `ours` and `theirs` are the domains of an admitted stanza.
void check_domains(const Inbound& inbound, const std::string& theirs, const std::string& ours) {
  if (!inbound.has_proved(theirs)) {
    throw StreamError(Condition::invalid_from, "this stream has not proved the stanza's 'from'");
  }
  if (!inbound.directory->hosts(ours)) {
    throw StreamError(Condition::host_unknown, "the stanza's 'to' is not served here");
  }
}

StreamError unfit(const absl::Status& status) {
  const Condition condition = absl::IsUnimplemented(status) ? Condition::unsupported_stanza_type
                                                            : Condition::improper_addressing;
  return StreamError(condition, std::string(status.message()));
}

}  // namespace

Admitted admit(const xml::Element& element, const Inbound& inbound) {
  if (element.ns != xml::ns::kServer) {
    throw StreamError(
        is_stanza(element.name) ? Condition::invalid_namespace : Condition::unsupported_stanza_type,
        "only stanzas in jabber:server are understood");
  }
  absl::StatusOr<v1::Stanza> stanza = codec::normalise(element, inbound.lang);
  if (stanza.ok()) {
    check_domains(inbound, stanza->from().domain(), stanza->to().domain());
    return {.stanza = *std::move(stanza), .answer = std::nullopt};
  }
  if (!absl::IsFailedPrecondition(stanza.status())) throw unfit(stanza.status());
  std::optional<v1::Stanza> answer = codec::refusal(element);
  if (answer) check_domains(inbound, answer->to().domain(), answer->from().domain());
  return {.stanza = std::nullopt, .answer = std::move(answer)};
}

}  // namespace causeway::edge::s2s
