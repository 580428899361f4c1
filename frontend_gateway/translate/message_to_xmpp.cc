#include "frontend_gateway/translate/message_to_xmpp.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/stanza/bounce.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"
#include "frontend_gateway/translate/content.h"
#include "frontend_gateway/translate/date.h"
#include "frontend_gateway/translate/language.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostSubjectBytes = 1024;
constexpr std::size_t kMostCallIdBytes = 1024;
// Younger ones are on their way, not delayed.
constexpr absl::Duration kDelayWorthTelling = absl::Seconds(60);
constexpr std::int64_t kLongestExpiry = 0x7fffffff;

// When the text is of no use any more (RFC 3428 section 7); never, when that is not said. Expires
// counts from Date, else from now.
absl::Time expiry_of(const sip::IncomingRequest& request, absl::Time sent) {
  const std::string_view text = trim(header(request.headers, "Expires"));
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault != std::errc() || end != text.data() + text.size() || seconds <= 0)
    return absl::InfiniteFuture();
  return sent + absl::Seconds(std::min(seconds, kLongestExpiry));
}

std::uint32_t patience_until(absl::Time expiry, absl::Time now, std::chrono::milliseconds most) {
  const auto left = std::max<std::int64_t>(1, absl::ToInt64Milliseconds(expiry - now));
  return static_cast<std::uint32_t>(std::min<std::int64_t>(left, most.count()));
}

// The first of them: a stanza has one language.
std::string_view language_of(const sip::IncomingRequest& request) {
  std::string_view rest = header(request.headers, "Content-Language");
  const std::string_view first = trim(take_until(rest, ','));
  return is_language_tag(first) ? first : std::string_view();
}

}  // namespace

Outcome<std::optional<v1::Stanza>, SipAnswer> to_stanza(const sip::IncomingRequest& request,
                                                        const causeway::address::Jid& from,
                                                        const causeway::address::Jid& to,
                                                        const Threads& threads, absl::Time now,
                                                        std::chrono::milliseconds patience) {
  auto body = plain_text(request);
  if (!body.ok()) return std::move(body.refusal());
  const std::string_view subject = header(request.headers, "Subject");
  if (!is_xml_text(subject)) return SipAnswer{400, "Subject Is Not UTF-8 Text", {}};
  if (body->empty() && subject.empty()) return std::optional<v1::Stanza>();

  const std::optional<absl::Time> date = parse_sip_date(trim(header(request.headers, "Date")));
  const absl::Time sent = date ? std::min(*date, now) : now;
  const absl::Time expiry = expiry_of(request, sent);
  if (expiry < now) return SipAnswer{408, "Expired", {}};

  v1::Stanza stanza;
  *stanza.mutable_from() = stanza::to_address(from);
  *stanza.mutable_to() = stanza::to_address(to);
  stanza.set_lang(std::string(language_of(request)));
  stanza.set_patience_ms(patience_until(expiry, now, patience));
  v1::Message& message = *stanza.mutable_message();
  message.set_type(v1::Message::CHAT);
  if (!body->empty()) message.add_bodies()->set_text(*std::move(body));
  if (std::string line = one_line(subject, kMostSubjectBytes); !line.empty())
    message.add_subjects()->set_text(std::move(line));
  if (request.call_id.size() <= kMostCallIdBytes && is_one_line(request.call_id))
    message.set_thread(threads.thread(request.call_id));
  if (now - sent > kDelayWorthTelling)
    message.mutable_sent()->set_seconds(absl::ToUnixSeconds(sent));
  return std::optional(std::move(stanza));
}

// The header of RFC 3834, in the sense it has in mail.
bool is_automatic(const sip::IncomingRequest& request) {
  const std::string_view mark = trim(header(request.headers, "Auto-Submitted"));
  return !mark.empty() && !equal_ignoring_case(mark, "no");
}

}  // namespace causeway::gateway::translate
