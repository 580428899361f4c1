#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace causeway::text {

// The length of the well-formed UTF-8 character that `text` begins with (RFC 3629 section 4), or 0.
// REQUIRES: not empty.
std::size_t character_length(std::string_view text);

// Whether a well-formed character may move a terminal's cursor or end a line: C0, DEL and C1, line
// and paragraph separators, and what turns the reading direction of the rest of the line.
bool is_control(std::string_view character);

// The longest prefix of at most `most` bytes that does not cut a character. REQUIRES: UTF-8.
std::string_view prefix_of_characters(std::string_view text, std::size_t most);

// The same text, with U+FFFD for every byte that is not part of a character.
std::string well_formed(std::string text);

// Calls `each(character, true)` with every character, and `each(byte, false)` with every byte that
// is not part of one.
template <typename Each>
void for_each_character(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    each(text.substr(0, length ? length : 1), length != 0);
    text.remove_prefix(length ? length : 1);
  }
}

}  // namespace causeway::text
