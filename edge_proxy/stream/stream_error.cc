#include "edge_proxy/stream/stream_error.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "common/xml/namespaces.h"
#include "common/xml/writer.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

// In the order of Condition.
constexpr std::array<std::string_view, 25> kNames = {"bad-format",
                                                     "bad-namespace-prefix",
                                                     "conflict",
                                                     "connection-timeout",
                                                     "host-gone",
                                                     "host-unknown",
                                                     "improper-addressing",
                                                     "internal-server-error",
                                                     "invalid-from",
                                                     "invalid-namespace",
                                                     "invalid-xml",
                                                     "not-authorized",
                                                     "not-well-formed",
                                                     "policy-violation",
                                                     "remote-connection-failed",
                                                     "reset",
                                                     "resource-constraint",
                                                     "restricted-xml",
                                                     "see-other-host",
                                                     "system-shutdown",
                                                     "undefined-condition",
                                                     "unsupported-encoding",
                                                     "unsupported-feature",
                                                     "unsupported-stanza-type",
                                                     "unsupported-version"};

std::string sentence(Condition condition, const std::string& text) {
  return text.empty() ? std::string(wire_name(condition)) : cat(wire_name(condition), ": ", text);
}

}  // namespace

std::string_view wire_name(Condition condition) {
  return kNames[static_cast<std::size_t>(condition)];
}

Condition condition_named(std::string_view wire_name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), wire_name);
  if (found == kNames.end()) return Condition::undefined_condition;
  return static_cast<Condition>(found - kNames.begin());
}

Condition condition_of(xml::Fault fault) {
  switch (fault) {
    case xml::Fault::not_well_formed:
      return Condition::not_well_formed;
    case xml::Fault::restricted_xml:
      return Condition::restricted_xml;
    case xml::Fault::unsupported_encoding:
      return Condition::unsupported_encoding;
    case xml::Fault::policy_violation:
      return Condition::policy_violation;
    case xml::Fault::resource_constraint:
      return Condition::resource_constraint;
    case xml::Fault::bad_namespace_prefix:
      return Condition::bad_namespace_prefix;
  }
  return Condition::undefined_condition;
}

StreamError::StreamError(Condition condition, std::string text, std::string application)
    : std::runtime_error(sentence(condition, text)),
      condition_(condition),
      text_(std::move(text)),
      application_(std::move(application)) {}

std::string to_xml(const StreamError& error) {
  std::string out = cat("<stream:error><", wire_name(error.condition()), " xmlns='",
                        xml::ns::kStreamErrors, "'/>");
  if (!error.text().empty()) {
    append(out, "<text xmlns='", xml::ns::kStreamErrors, "' xml:lang='en'>");
    xml::append_escaped(out, error.text());
    out += "</text>";
  }
  out += error.application();
  out += "</stream:error>";
  return out;
}

}  // namespace causeway::edge::stream
