#include "edge_proxy/s2s/relay.h"

#include <string>
#include <utility>

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

}  // namespace

v1::Stanza admit(const xml::Element& element, const Inbound& inbound) {
  if (element.ns != xml::ns::kServer) {
    throw StreamError(
        is_stanza(element.name) ? Condition::invalid_namespace : Condition::unsupported_stanza_type,
        "only stanzas in jabber:server are understood");
  }
  absl::StatusOr<v1::Stanza> stanza = codec::normalise(element, inbound.lang);
  if (!stanza.ok()) {
    throw StreamError(absl::IsUnimplemented(stanza.status()) ? Condition::unsupported_stanza_type
                                                             : Condition::improper_addressing,
                      std::string(stanza.status().message()));
  }
  if (!inbound.has_proved(stanza->from().domain())) {
    throw StreamError(Condition::invalid_from, "this stream has not proved the stanza's 'from'");
  }
  if (!inbound.directory->hosts(stanza->to().domain())) {
    throw StreamError(Condition::host_unknown, "the stanza's 'to' is not served here");
  }
  return *std::move(stanza);
}

}  // namespace causeway::edge::s2s
