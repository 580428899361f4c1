#include "edge_proxy/stream/header.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "common/text/utf8.h"
#include "common/xml/namespaces.h"
#include "common/xml/writer.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/stream/stream_error.h"
#include "edge_proxy/tls/digest.h"

namespace causeway::edge::stream {
namespace {

constexpr std::size_t kLongestLanguage = 35;  // RFC 5646 section 4.4.1
constexpr std::size_t kLongestId = 256;

bool number(std::string_view text, int& out) { return absl::SimpleAtoi(view(text), &out); }

// RFC 6120 section 4.7.5: two numbers, leading zeros ignored.
Version parse_version(std::string_view text) {
  if (text.empty()) return kLegacy;
  const std::size_t dot = text.find('.');
  Version version;
  const bool numbers = dot != std::string_view::npos && text.size() <= 16 &&
                       number(text.substr(0, dot), version.major) &&
                       number(text.substr(dot + 1), version.minor) && version.major >= 0 &&
                       version.minor >= 0;
  if (!numbers) throw StreamError(Condition::unsupported_version, "the version is not a version");
  return version;
}

address::Domain parse_domain(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  absl::StatusOr<address::Domain> domain = address::Domain::parse(text);
  if (!domain.ok()) {
    throw StreamError(Condition::improper_addressing,
                      cat("'", name, "' is not a domain: ", domain.status().message()));
  }
  return *std::move(domain);
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append(out, " ", name, "='");
  xml::append_escaped(out, value);
  out += '\'';
}

}  // namespace

Header parse_header(const xml::Element& root, std::string_view content_ns) {
  if (root.ns != xml::ns::kStreams) {
    throw StreamError(Condition::invalid_namespace, "the stream is not in the stream namespace");
  }
  if (root.name != "stream") {
    throw StreamError(Condition::bad_format, "a stream begins with <stream:stream>");
  }
  if (!content_ns.empty() && content_ns != xml::ns::kServer) {
    throw StreamError(Condition::invalid_namespace, "a server speaks jabber:server");
  }
  Header header;
  header.version = parse_version(root.attribute("version"));
  header.to = parse_domain("to", root.attribute("to"));
  header.from = parse_domain("from", root.attribute("from"));
  header.id = text::prefix_of_characters(root.attribute("id"), kLongestId);
  if (root.lang().size() <= kLongestLanguage) header.lang = root.lang();
  return header;
}

std::string to_xml(const Header& header) {
  std::string out =
      cat("<?xml version='1.0'?><stream:stream xmlns='", xml::ns::kServer, "' xmlns:stream='",
          xml::ns::kStreams, "' xmlns:db='", xml::ns::kDialback, "'");
  append_attribute(out, "id", header.id);
  append_attribute(out, "from", header.from.unicode());
  append_attribute(out, "to", header.to.unicode());
  append_attribute(out, "xml:lang", header.lang);
  if (header.version >= kVersion) {
    append(out, " version='", header.version.major, ".", header.version.minor, "'");
  }
  out += '>';
  return out;
}

std::string new_stream_id() { return absl::BytesToHexString(tls::random_bytes(16)); }

}  // namespace causeway::edge::stream
