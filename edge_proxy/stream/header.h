#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "common/address/domain.h"
#include "common/xml/element.h"

namespace causeway::edge::stream {

// RFC 6120 section 4.7.5. A header that names no version is 0.9: no features, dialback only.
struct Version {
  int major = 0;
  int minor = 9;
  friend auto operator<=>(const Version&, const Version&) = default;  // by number, so 1.10 > 1.9
};
inline constexpr Version kLegacy{0, 9};
inline constexpr Version kVersion{1, 0};

// The attributes of <stream:stream> (RFC 6120 section 4.7). What is empty was not said.
struct Header {
  address::Domain from = {};
  address::Domain to = {};
  std::string id = {};
  std::string lang = {};
  Version version = kVersion;
};

// Throws StreamError: bad-format, invalid-namespace, improper-addressing for a from or to that is
// no domain, unsupported-version for a version that is no version. Whether the version suits and
// the domains are known is for the caller to say. `content_ns` is the namespace that the root
// declares as the default; a peer may use a prefix instead.
Header parse_header(const xml::Element& root, std::string_view content_ns);

// With the XML declaration; the prefixes "stream" and "db" are declared for all that follows. Our
// version is left out towards a peer that named none, as section 4.7.5 asks.
std::string to_xml(const Header& header);

// 128 bits that nobody can guess (section 4.7.3: dialback stands on it).
std::string new_stream_id();

}  // namespace causeway::edge::stream
