#pragma once

#include "common/xml/parser.h"
#include "edge_proxy/config/config.h"

namespace causeway::edge::s2s {

// What a stream's parser may take: from a stranger, and from a peer that has proved a domain.
xml::Limits limits_before_authentication(const config::Limits& limits);
xml::Limits limits_after_authentication(const config::Limits& limits);

}  // namespace causeway::edge::s2s
