#include "edge_proxy/s2s/parser_limits.h"

#include <algorithm>
#include <cstddef>

namespace causeway::edge::s2s {

xml::Limits limits_before_authentication(const config::Limits& limits) {
  const std::size_t ample = (20 << 10) + 4 * limits.unauthenticated_stanza_bytes;  // xml::Limits
  return {limits.unauthenticated_stanza_bytes, limits.unauthenticated_stanza_elements, limits.depth,
          limits.attributes, std::min(limits.parser_memory, ample)};
}

xml::Limits limits_after_authentication(const config::Limits& limits) {
  return {limits.stanza_bytes, limits.stanza_elements, limits.depth, limits.attributes,
          limits.parser_memory};
}

}  // namespace causeway::edge::s2s
