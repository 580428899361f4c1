#include "common/log/line.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace causeway::log {
namespace {

struct LevelName {
  std::string_view text, json;
};
constexpr LevelName kLevels[] = {
    {"DEBUG", "debug"}, {"INFO ", "info"}, {"WARN ", "warning"}, {"ERROR", "error"}};

const LevelName& name_of(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

// RFC 3339 in UTC, with milliseconds.
void append_time(std::string& line, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto millis = duration_cast<milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = millis / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(millis % 1000));
  line += text;
}

// The length of the well-formed UTF-8 character that `text` begins with (RFC 3629 section 4), or 0.
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
  // Line and paragraph separators, and what turns the reading direction of the rest of the line.
  return (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

void append_hex(std::string& line, std::string_view bytes, const char* form) {
  char text[8];
  for (const char c : bytes) {
    std::snprintf(text, sizeof text, form, static_cast<unsigned>(static_cast<unsigned char>(c)));
    line += text;
  }
}

struct ShortEscape {
  char byte;
  const char* escape;
};
constexpr ShortEscape kShortEscapes[] = {
    {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'"', "\\\""}, {'\\', "\\\\"}};

const char* short_escape(std::string_view character) {
  for (const ShortEscape& known : kShortEscapes)
    if (character.size() == 1 && character[0] == known.byte) return known.escape;
  return nullptr;
}

// Calls `each` with every character, and with every byte that is not part of one.
template <typename Each>
void for_each_character(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    each(text.substr(0, length ? length : 1), length != 0);
    text.remove_prefix(length ? length : 1);
  }
}

void append_text(std::string& line, std::string_view text, bool quoted) {
  for_each_character(text, [&](std::string_view character, bool well_formed) {
    const char* escape = short_escape(character);
    if (!well_formed || (is_control(character) && !escape))
      append_hex(line, character, "\\x%02x");
    else if (escape && (quoted || is_control(character)))
      line += escape;
    else
      line += character;
  });
}

bool needs_quotes(std::string_view value) {
  return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' ||
                  c == '\x7F';
         });
}

void append_json(std::string& line, std::string_view name, std::string_view value) {
  if (line.size() > 1) line += ',';
  line += '"';
  line += name;
  line += "\":\"";
  for_each_character(value, [&](std::string_view character, bool well_formed) {
    if (!well_formed)
      line += "\xEF\xBF\xBD";
    else if (const char* escape = short_escape(character))
      line += escape;
    else if (character.size() == 1 && is_control(character))
      append_hex(line, character, "\\u%04x");
    else
      line += character;
  });
  line += '"';
}

}  // namespace

std::string text_line(const Event& event) {
  std::string line;
  line.reserve(256);
  append_time(line, event.time);
  line += ' ';
  line += name_of(event.level).text;
  line += ' ';
  line += event.id;
  line += "  ";
  append_text(line, event.sentence, false);
  for (const Field& field : event.fields) {
    const bool quoted = needs_quotes(field.value);
    line += ' ';
    line += field.name;
    line += quoted ? "=\"" : "=";
    append_text(line, field.value, quoted);
    if (quoted) line += '"';
  }
  line += '\n';
  return line;
}

std::string json_line(const Event& event) {
  std::string line = "{";
  line.reserve(256);
  std::string time;
  append_time(time, event.time);
  append_json(line, "time", time);
  append_json(line, "level", name_of(event.level).json);
  append_json(line, "event", event.id);
  append_json(line, "message", event.sentence);
  for (const Field& field : event.fields) append_json(line, field.name, field.value);
  line += "}\n";
  return line;
}

}  // namespace causeway::log
