#include "common/log/line.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>

#include "common/text/utf8.h"

namespace causeway::log {
namespace {

using text::for_each_character;
using text::is_control;

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

void append_hex(std::string& line, std::string_view bytes, const char* form) {
  char text[8];
  for (const char c : bytes) {
    std::snprintf(text, sizeof text, form, static_cast<unsigned>(static_cast<unsigned char>(c)));
    line += text;
  }
}

// A control of one to three bytes, which is all there are.
void append_json_escape(std::string& line, std::string_view character) {
  const auto bits = [&](std::size_t i) { return static_cast<unsigned>(character[i]) & 0x3F; };
  unsigned code = static_cast<unsigned char>(character[0]);
  if (character.size() == 2) code = (code & 0x1F) << 6 | bits(1);
  if (character.size() == 3) code = (code & 0x0F) << 12 | bits(1) << 6 | bits(2);
  char text[12];
  std::snprintf(text, sizeof text, "\\u%04x", code);
  line += text;
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
    else if (is_control(character))
      append_json_escape(line, character);
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
