#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"

namespace causeway::stanza {

// The defined stanza error conditions (RFC 6120 section 8.3.3) as a table: wire name, value, and
// the error type the section associates with each.

std::string_view wire_name(v1::StanzaCondition condition);  // "item-not-found"
std::optional<v1::StanzaCondition> condition_named(std::string_view wire_name);

v1::StanzaError::Type default_type(v1::StanzaCondition condition);
std::string_view wire_name(v1::StanzaError::Type type);  // "cancel"; never for DEFAULT_TYPE
std::optional<v1::StanzaError::Type> error_type_named(std::string_view wire_name);

// An error with the default type. `text` is for a human and names no host of the other side.
v1::StanzaError error(v1::StanzaCondition condition, std::string_view text = {});

}  // namespace causeway::stanza
