#include "edge_proxy/dialback/request.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "common/stanza/conditions.h"
#include "common/xml/namespaces.h"
#include "common/xml/writer.h"
#include "edge_proxy/stream/stream_error.h"

namespace causeway::edge::dialback {
namespace {

constexpr std::string_view kTypes[] = {"valid", "invalid", "error"};  // by Verdict::Kind

address::Domain domain_of(const xml::Element& element, std::string_view attribute) {
  absl::StatusOr<address::Domain> domain = address::Domain::parse(element.attribute(attribute));
  if (!domain.ok()) {
    throw stream::StreamError(stream::Condition::improper_addressing,
                              "a dialback request names the domains it is from and to");
  }
  return *std::move(domain);
}

bool same_domain(std::string_view text, const address::Domain& domain) {
  const absl::StatusOr<address::Domain> parsed = address::Domain::parse(text);
  return parsed.ok() && *parsed == domain;
}

xml::Element make(std::string_view ns, std::string_view name) {
  xml::Element out;
  out.ns = ns;
  out.name = name;
  return out;
}

xml::Element element(std::string_view name, const address::Domain& from, const address::Domain& to,
                     const std::string& id) {
  xml::Element out = make(xml::ns::kDialback, name);
  out.attributes.push_back({{}, "from", from.unicode()});
  out.attributes.push_back({{}, "to", to.unicode()});
  if (!id.empty()) out.attributes.push_back({{}, "id", id});
  return out;
}

xml::Element error_child(v1::StanzaCondition condition) {
  xml::Element error = make(xml::ns::kServer, "error");
  error.attributes.push_back(
      {{}, "type", std::string(stanza::wire_name(stanza::default_type(condition)))});
  error.children.push_back(make(xml::ns::kStanzaErrors, stanza::wire_name(condition)));
  return error;
}

v1::StanzaCondition condition_in(const xml::Element& answer) {
  const xml::Element* const error = answer.child("error", xml::ns::kServer);
  if (error == nullptr || error->children.empty()) return v1::UNDEFINED_CONDITION;
  return stanza::condition_named(error->children.front().name).value_or(v1::UNDEFINED_CONDITION);
}

}  // namespace

std::string_view words_of(const Verdict& verdict) {
  return verdict.kind == Verdict::error ? stanza::wire_name(verdict.condition)
                                        : kTypes[verdict.kind];
}

Request parse_request(const xml::Element& element) {
  return {.from = domain_of(element, "from"),
          .to = domain_of(element, "to"),
          .id = std::string(element.attribute("id")),
          .key = std::string(absl::StripAsciiWhitespace(element.text))};
}

bool is_answer(const xml::Element& element) { return element.has_attribute("type"); }

std::optional<Verdict> verdict_on(const xml::Element& answer, std::string_view name,
                                  const Request& request) {
  const bool ours = answer.is(name, xml::ns::kDialback) && is_answer(answer) &&
                    same_domain(answer.attribute("from"), request.to) &&
                    same_domain(answer.attribute("to"), request.from) &&
                    (request.id.empty() || answer.attribute("id") == request.id);
  if (!ours) return std::nullopt;
  if (answer.attribute("type") == "valid") return Verdict{.kind = Verdict::valid};
  if (answer.attribute("type") == "invalid") return Verdict{.kind = Verdict::invalid};
  return Verdict{.kind = Verdict::error, .condition = condition_in(answer)};
}

std::string request_xml(std::string_view name, const Request& request) {
  xml::Element out = element(name, request.from, request.to, request.id);
  out.text = request.key;
  return xml::to_string(out, xml::ns::kServer);
}

std::string answer_xml(std::string_view name, const Request& request, const Verdict& verdict) {
  xml::Element out = element(name, request.to, request.from, request.id);
  out.attributes.push_back({{}, "type", std::string(kTypes[verdict.kind])});
  if (verdict.kind == Verdict::error) out.children.push_back(error_child(verdict.condition));
  return xml::to_string(out, xml::ns::kServer);
}

}  // namespace causeway::edge::dialback
