#include "edge_proxy/codec/timestamp.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

namespace causeway::edge::codec {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the range of google.protobuf.Timestamp.
constexpr std::int64_t kFirstSecond = -62135596800;
constexpr std::int64_t kLastSecond = 253402300799;

bool in_range(std::int64_t seconds, std::int64_t nanos) {
  return seconds >= kFirstSecond && seconds <= kLastSecond && nanos >= 0 && nanos < 1'000'000'000;
}

// Abseil is more generous than XEP-0082: it takes white space, "infinite-future" and any year.
bool looks_like_a_time(std::string_view text) {
  return text.size() >= 20 && text.size() <= 64 && text[4] == '-' && text[10] == 'T' &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[0]));
}

}  // namespace

std::optional<google::protobuf::Timestamp> parse_timestamp(std::string_view text) {
  absl::Time time;
  if (!looks_like_a_time(text) ||
      !absl::ParseTime(absl::RFC3339_full, std::string(text), &time, nullptr)) {
    return std::nullopt;
  }
  google::protobuf::Timestamp out;
  out.set_seconds(absl::ToUnixSeconds(time));
  const absl::Duration rest = time - absl::FromUnixSeconds(out.seconds());
  out.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
  if (!in_range(out.seconds(), out.nanos())) return std::nullopt;
  return out;
}

std::string format_timestamp(const google::protobuf::Timestamp& time) {
  if (!in_range(time.seconds(), time.nanos())) return {};
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ",
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

}  // namespace causeway::edge::codec
