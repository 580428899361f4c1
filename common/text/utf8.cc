#include "common/text/utf8.h"

namespace causeway::text {

std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t length) {
    if (text.size() < length) return std::size_t{0};
    for (std::size_t i = 1; i < length; ++i)
      if ((byte(i) & 0xC0) != 0x80) return std::size_t{0};
    return length;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(2);
  if (text.size() < 2 || lead < 0xC2 || lead > 0xF4) return 0;
  const unsigned char second = byte(1);
  if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
  if (lead == 0xED && second > 0x9F) return 0;  // a surrogate
  if (lead == 0xF0 && second < 0x90) return 0;  // overlong
  if (lead == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
  return tail(lead < 0xF0 ? 3 : 4);
}

bool is_control(std::string_view character) {
  if (character.size() == 1) return character[0] < 0x20 || character[0] == 0x7F;
  if (character.size() == 2) return character >= "\xC2\x80" && character <= "\xC2\x9F";
  return (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

std::string_view prefix_of_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string well_formed(std::string text) {
  std::size_t sound = 0;
  while (sound < text.size()) {
    const std::size_t length = character_length(std::string_view(text).substr(sound));
    if (length == 0) break;
    sound += length;
  }
  if (sound == text.size()) return text;
  std::string out;
  for_each_character(text, [&](std::string_view character, bool whole) {
    out += whole ? character : "\xEF\xBF\xBD";
  });
  return out;
}

}  // namespace causeway::text
