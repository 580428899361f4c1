#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "common/xml/element.h"

namespace causeway::edge::s2s {

// What one end of a stream takes (XEP-0478). What is absent has no limit that was told.
struct StreamLimits {
  std::optional<std::size_t> bytes;          // of one stanza
  std::optional<std::chrono::seconds> idle;  // without a sign of life
};

std::string to_xml(const StreamLimits& limits);  // <limits/>
// As told within <stream:features/> or <bidi/>; what is no number is as if absent.
StreamLimits limits_in(const xml::Element& parent);

}  // namespace causeway::edge::s2s
