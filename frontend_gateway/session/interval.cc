#include "frontend_gateway/session/interval.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/session/ms_text.h"

namespace causeway::gateway::session {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds kLongest = 24h;  // of what another asks; a day is as good as for ever

struct Expires {
  seconds length;
  std::string_view refresher;  // "uac", "uas" or nothing
};

// "1800;refresher=uac"; nothing when it is absent or no number.
std::optional<Expires> parse(std::string_view value) {
  const std::string_view number = trim(take_until(value, ';'));
  long length = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), length);
  if (fault != std::errc() || end != number.data() + number.size() || length < 0)
    return std::nullopt;
  Expires expires{std::min(seconds(length), kLongest), {}};
  while (!value.empty()) {
    std::string_view parameter = take_until(value, ';');
    if (equal_ignoring_case(trim(take_until(parameter, '=')), "refresher"))
      expires.refresher = trim(parameter);
  }
  return expires;
}

bool is_uas(std::string_view refresher) { return equal_ignoring_case(refresher, "uas"); }

std::string seconds_text(seconds length) { return absl::StrCat(length.count()); }

}  // namespace

seconds Interval::due() const {
  return ours ? length / 2 : length - std::min<seconds>(32s, length / 3);
}

std::vector<sip::Header> asking(seconds length, bool refreshing) {
  return {{"Session-Expires", seconds_text(length) + (refreshing ? ";refresher=uac" : "")},
          {"Min-SE", seconds_text(kLeastInterval)}};
}

Interval agreed(const sip::Response& response) {
  const auto expires = parse(translate::header(response.headers, "Session-Expires"));
  if (!expires || expires->length < kLeastInterval) return {};
  return {.length = expires->length, .ours = !is_uas(expires->refresher)};
}

seconds wanted(const sip::Response& response) {
  const auto least = parse(translate::header(response.headers, "Min-SE"));
  return least && least->length < kLongest ? least->length : 0s;
}

// Section 9. Who asks is left to refresh, if it can and has not said otherwise: it knows its
// network.
Outcome<Agreement, translate::SipAnswer> agree(const sip::IncomingRequest& request) {
  const auto asked = parse(request.header("Session-Expires"));
  if (!asked) return Agreement{};
  const bool able =
      lists(request.headers, "Supported", "timer") || lists(request.headers, "Require", "timer");
  if (asked->length < kLeastInterval && able)
    return translate::SipAnswer{
        422, "Session Interval Too Small", {{"Min-SE", seconds_text(kLeastInterval)}}};

  Agreement agreement;
  agreement.interval = {.length = std::max(asked->length, kLeastInterval),
                        .ours = !able || is_uas(asked->refresher)};
  agreement.headers.push_back(
      {"Session-Expires", absl::StrCat(agreement.interval.length.count(),
                                       ";refresher=", agreement.interval.ours ? "uas" : "uac")});
  if (!agreement.interval.ours) agreement.headers.push_back({"Require", "timer"});
  return agreement;
}

}  // namespace causeway::gateway::session
