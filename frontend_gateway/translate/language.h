#pragma once

#include <string_view>

namespace causeway::gateway::translate {

// Whether it has the form of a language tag (RFC 5646): what xml:lang and Content-Language may say.
bool is_language_tag(std::string_view text);

}  // namespace causeway::gateway::translate
