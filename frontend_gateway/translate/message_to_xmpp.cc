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

// When it was written; never later than now, whatever their clock says.
absl::Time sent_at(const sip::IncomingRequest& request, const Content& content, absl::Time now) {
  const std::optional<absl::Time> date =
      content.sent ? content.sent : parse_sip_date(trim(header(request.headers, "Date")));
  return date ? std::min(*date, now) : now;
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

Outcome<std::optional<v1::Stanza>, SipAnswer> to_stanza(
    const sip::IncomingRequest& request, Content content, const causeway::address::Jid& from,
    const causeway::address::Jid& to, const Threads& threads, absl::Time now, const ToXmpp& how) {
  Text& text = std::get<Text>(content.what);
  const std::string_view header_subject = header(request.headers, "Subject");
  const std::string_view subject = header_subject.empty() ? content.subject : header_subject;
  if (!is_xml_text(subject)) return SipAnswer{400, "Subject Is Not UTF-8 Text", {}};
  if (text.plain.empty() && subject.empty()) return std::optional<v1::Stanza>();

  const absl::Time sent = sent_at(request, content, now);
  const absl::Time expiry = expiry_of(request, sent);
  if (expiry < now) return SipAnswer{408, "Expired", {}};

  v1::Stanza stanza;
  *stanza.mutable_from() = stanza::to_address(from);
  *stanza.mutable_to() = stanza::to_address(to);
  stanza.set_lang(text.lang.empty() ? std::string(language_of(request)) : std::move(text.lang));
  stanza.set_patience_ms(patience_until(expiry, now, how.patience));
  v1::Message& message = *stanza.mutable_message();
  message.set_type(how.type);
  if (!text.plain.empty()) message.add_bodies()->set_text(std::move(text.plain));
  if (!text.xhtml.empty()) message.set_xhtml(std::move(text.xhtml));
  if (std::string line = one_line(subject, kMostSubjectBytes); !line.empty())
    message.add_subjects()->set_text(std::move(line));
  if (request.call_id.size() <= kMostCallIdBytes && is_one_line(request.call_id))
    message.set_thread(threads.thread(request.call_id));
  if (now - sent > kDelayWorthTelling)
    message.mutable_sent()->set_seconds(absl::ToUnixSeconds(sent));
  if (content.wanted.delivered) message.mutable_receipt()->set_requested(true);
  if (content.wanted.displayed) message.mutable_receipt()->set_markable(true);
  return std::optional(std::move(stanza));
}

// The header of RFC 3834, in the sense it has in mail.
bool is_automatic(const sip::IncomingRequest& request) {
  const std::string_view mark = trim(header(request.headers, "Auto-Submitted"));
  return !mark.empty() && !equal_ignoring_case(mark, "no");
}

}  // namespace causeway::gateway::translate
