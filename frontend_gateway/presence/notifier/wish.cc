#include "frontend_gateway/presence/notifier/wish.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "frontend_gateway/address/text.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;
using translate::SipAnswer;

constexpr auto kStandardExpires = 3600s;  // RFC 3856 section 6.4
constexpr std::size_t kMostIdBytes = 64;  // of Event's id, which every NOTIFY repeats

std::size_t count(const std::vector<sip::Header>& headers, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(headers, [name](const sip::Header& header) {
    return equal_ignoring_case(header.name, name);
  }));
}

SipAnswer bad_event(std::string reason) {
  return {489, std::move(reason), {{"Allow-Events", kEvent}}};
}

// Packages and ids are compared byte by byte (RFC 6665 section 8.2.1).
std::optional<SipAnswer> read_event(const sip::IncomingRequest& request, Wish& wish) {
  if (count(request.headers, "Event") > 1) return SipAnswer{400, "Several Events", {}};
  std::string_view rest = request.header("Event");
  if (trim(take_until(rest, ';')) != kEvent) return bad_event("Only Event: presence Is Served");
  while (!rest.empty()) {
    std::string_view parameter = take_until(rest, ';');
    const std::string_view name = trim(take_until(parameter, '='));
    if (!equal_ignoring_case(name, "id")) continue;
    const std::string_view id = trim(parameter);
    if (!sip::is_token(id) || id.size() > kMostIdBytes)
      return SipAnswer{400, "The id of Event Cannot Be Read", {}};
    wish.event_id = id;
  }
  return std::nullopt;
}

// RFC 3261 section 20.1: 0, 0.0, ...
bool has_no_quality(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = take_until(parameters, ';');
    if (!equal_ignoring_case(trim(take_until(parameter, '=')), "q")) continue;
    const std::string_view value = trim(parameter);
    return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

// How closely a media range means PIDF; 0: not at all.
int closeness(std::string_view range) {
  if (equal_ignoring_case(range, "application/pidf+xml")) return 3;
  if (equal_ignoring_case(range, "application/*")) return 2;
  return range == "*/*" ? 1 : 0;
}

// The closest range says it (RFC 2616 section 14.1). Without the header the package's own type is
// acceptable (RFC 3856 section 6.7); with an empty one nothing is.
bool accepts_pidf(const std::vector<sip::Header>& headers) {
  if (count(headers, "Accept") == 0) return true;
  int closest = 0;
  bool accepted = false;
  for (const sip::Header& header : headers) {
    if (!equal_ignoring_case(header.name, "Accept")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      std::string_view parameters = take_until(rest, ',');
      const int close = closeness(trim(take_until(parameters, ';')));
      if (close <= closest) continue;
      closest = close;
      accepted = !has_no_quality(parameters);
    }
  }
  return accepted;
}

std::optional<SipAnswer> read_expires(const sip::IncomingRequest& request, Expiries expiries,
                                      Wish& wish) {
  wish.expires = std::min<std::chrono::seconds>(kStandardExpires, expiries.most);
  if (count(request.headers, "Expires") == 0) return std::nullopt;
  const auto seconds =
      sip::number(trim(request.header("Expires")), std::numeric_limits<std::uint32_t>::max());
  if (!seconds) return SipAnswer{400, "Expires Cannot Be Read", {}};
  wish.expires = std::min(std::chrono::seconds(*seconds), expiries.most);
  if (*seconds > 0 && wish.expires < expiries.least)
    return SipAnswer{
        423, "Interval Too Brief", {{"Min-Expires", std::to_string(expiries.least.count())}}};
  return std::nullopt;
}

}  // namespace

Outcome<Wish, SipAnswer> wish_of(const sip::IncomingRequest& request, Expiries expiries) {
  Wish wish;
  if (auto refusal = read_event(request, wish)) return *std::move(refusal);
  if (!accepts_pidf(request.headers))
    return SipAnswer{406, "Only application/pidf+xml Is Served", {}};
  if (auto refusal = read_expires(request, expiries, wish)) return *std::move(refusal);
  return wish;
}

}  // namespace causeway::gateway::presence
