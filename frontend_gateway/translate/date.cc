#include "frontend_gateway/translate/date.h"

namespace causeway::gateway::translate {
namespace {

constexpr char kFormat[] = "%a, %d %b %E4Y %H:%M:%S GMT";
constexpr std::size_t kLength = 29;

}  // namespace

std::string sip_date(absl::Time time) {
  return absl::FormatTime(kFormat, time, absl::UTCTimeZone());
}

std::optional<absl::Time> parse_sip_date(std::string_view text) {
  absl::Time time;
  if (text.size() != kLength || !absl::ParseTime(kFormat, std::string(text), &time, nullptr))
    return std::nullopt;
  return time;
}

}  // namespace causeway::gateway::translate
