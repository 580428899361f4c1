#include "common/admin/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/time/time.h"
#include "common/text/utf8.h"

namespace causeway::admin {
namespace {

// What a terminal shows of UTF-8, nearly: the characters.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i != row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i != row.size(); ++i) {
      out += row[i];
      if (i + 1 != row.size()) out.append(widths[i] - width(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string printable(const std::string& words) {
  std::string out;
  text::for_each_character(words, [&](std::string_view character, bool well_formed) {
    const bool harmless = well_formed && !text::is_control(character);
    out += harmless ? character : "?";
  });
  return out;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

std::string time_of(const google::protobuf::Timestamp& time, const char* format) {
  const absl::Time instant =
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
  return absl::FormatTime(format, instant, absl::UTCTimeZone());
}

}  // namespace causeway::admin
