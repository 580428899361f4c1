#include "frontend_gateway/translate/message_to_sip.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/stanza/conditions.h"
#include "common/xhtml/xhtml.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/translate/date.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/hops.h"
#include "frontend_gateway/translate/imdn.h"
#include "frontend_gateway/translate/language.h"

namespace causeway::gateway::translate {
namespace {

using Texts = google::protobuf::RepeatedPtrField<v1::LocalizedText>;

constexpr char kPlainText[] = "text/plain;charset=UTF-8";
// How long what is for now alone may be kept for somebody who is away.
constexpr char kForNowSeconds[] = "60";
constexpr std::size_t kMostSubjectBytes = 512;
// RFC 3428 section 8; and what is left of libre's 64 KiB for one message over a connection.
constexpr std::size_t kMostOverUdp = 1300;
constexpr std::size_t kMostOverConnection = 60 << 10;
// Via, Max-Forwards, CSeq, the tag, Content-Length, User-Agent: what the stack adds.
constexpr std::size_t kStackBytes = 360;

// Of several languages the stanza's own, else the one without a name, else the first. Never two of
// them one after the other: they say the same.
const v1::LocalizedText* choose(const Texts& texts, const std::string& lang) {
  const v1::LocalizedText* chosen = nullptr;
  for (const v1::LocalizedText& text : texts) {
    if (text.text().empty()) continue;
    if (!lang.empty() && equal_ignoring_case(text.lang(), lang)) return &text;
    if (chosen == nullptr || (text.lang().empty() && !chosen->lang().empty())) chosen = &text;
  }
  return chosen;
}

struct Words {
  std::string text;
  std::string lang;
};

// What a person will read. Markup without a plain text is read for it; a subject or a link alone is
// said in the body, where every user agent shows it.
std::optional<Words> words_of(const v1::Stanza& stanza, std::string_view correction_prefix) {
  const v1::Message& message = stanza.message();
  const v1::LocalizedText* text = choose(message.bodies(), stanza.lang());
  if (text == nullptr && !message.xhtml().empty())
    if (const auto body = xhtml::parse(message.xhtml()))
      return Words{xhtml::to_plain_text(*body), stanza.lang()};
  if (text == nullptr && message.out_of_band_size() > 0)
    return Words{message.out_of_band(0).url(), {}};
  if (text == nullptr) text = choose(message.subjects(), stanza.lang());
  if (text == nullptr) return std::nullopt;
  const std::string_view prefix = message.replaces_id().empty() ? "" : correction_prefix;
  return Words{std::string(prefix) + text->text(),
               text->lang().empty() ? stanza.lang() : text->lang()};
}

std::optional<v1::StanzaError> objection(const v1::Message& message, bool readable) {
  if (message.type() == v1::Message::GROUPCHAT)
    return stanza::error(v1::NOT_ACCEPTABLE, "This user is not in a chat room.");
  if (readable) return std::nullopt;
  if (!message.encryption_namespace().empty())
    return stanza::error(v1::NOT_ACCEPTABLE,
                         "Encrypted messages cannot be read on the other side.");
  return std::nullopt;
}

// A boundary that is not in the text: a text that holds it was made to.
std::string boundary_for(std::string_view text, std::string_view other) {
  for (unsigned number = 0;; ++number) {
    std::string boundary = absl::StrCat("alternative-", number);
    if (text.find(boundary) == text.npos && other.find(boundary) == other.npos) return boundary;
  }
}

void add_markup(sip::Request& request, const xml::Element& body) {
  const std::string html = xhtml::to_html(body);
  const std::string boundary = boundary_for(request.body, html);
  request.body = absl::StrCat("--", boundary, "\r\nContent-Type: ", request.content_type,
                              "\r\n\r\n", request.body, "\r\n--", boundary,
                              "\r\nContent-Type: text/html;charset=UTF-8\r\n\r\n", html, "\r\n--",
                              boundary, "--\r\n");
  request.content_type = absl::StrCat("multipart/alternative;boundary=\"", boundary, "\"");
}

// "<sip:a@b;gr=c>" as the URI of a message/cpim, which names users.
std::string bare_uri(std::string_view name_addr) {
  std::string_view uri = uri_of(name_addr);
  return std::string(take_until(uri, ';'));
}

void add_headers(sip::Request& request, const v1::Stanza& stanza, const std::string& lang) {
  const v1::Message& message = stanza.message();
  if (const v1::LocalizedText* subject = choose(message.subjects(), stanza.lang())) {
    std::string line = one_line(subject->text(), kMostSubjectBytes);
    if (!line.empty()) request.headers.push_back({"Subject", std::move(line)});
  }
  if (is_language_tag(lang)) request.headers.push_back({"Content-Language", lang});
  if (message.has_sent())
    request.headers.push_back({"Date", sip_date(absl::FromUnixSeconds(message.sent().seconds()))});
  // RFC 3428 section 4: SIP servers keep messages for users who are away, until they expire.
  if (message.type() == v1::Message::HEADLINE || message.no_store())
    request.headers.push_back({"Expires", kForNowSeconds});
  if (const int hops = hops_of(stanza); hops > 0)
    request.headers.push_back({std::string(kHopsHeader), absl::StrCat(hops + 1)});
}

// Whether a listener such as udp:0.0.0.0:5060 is of the next hop's address family; a name has none.
bool reaches(std::string_view listener, std::string_view next_hop) {
  take_until(next_hop, ':');
  const std::string_view host = take_until(next_hop, ';');
  const bool v6 = host.starts_with('[');
  const bool v4 = host.find_first_not_of("0123456789.:") == std::string_view::npos;
  return (!v6 && !v4) || v6 == (listener.find('[') != std::string_view::npos);
}

}  // namespace

Outcome<std::optional<sip::Request>, v1::StanzaError> to_request(
    const v1::Stanza& stanza, const mapping::SipUri& from, const mapping::SipUri& to,
    Threads& threads, std::string_view correction_prefix) {
  std::optional<Words> words = words_of(stanza, correction_prefix);
  if (auto error = objection(stanza.message(), words.has_value())) return *std::move(error);
  if (!words) return std::optional<sip::Request>();
  if (hops_of(stanza) >= kMostHops)
    return stanza::error(v1::POLICY_VIOLATION, "The message goes round in circles.");

  sip::Request request;
  request.method = "MESSAGE";
  request.request_uri = to.to_string();
  // The resource as a GRUU stands here (RFC 7572): a MESSAGE must not have a Contact (RFC 3428
  // section 4).
  request.from = absl::StrCat("<", from.to_string(), ">");
  request.to = absl::StrCat("<", to.bare(), ">");
  request.call_id = threads.call_id(request.from, request.to, stanza.message().thread());
  add_headers(request, stanza, words->lang);
  request.content_type = kPlainText;
  request.body = std::move(words->text);
  return std::optional(std::move(request));
}

void enrich(sip::Request& request, const v1::Stanza& stanza, const Form& form, absl::Time now) {
  if (form.html && !stanza.message().xhtml().empty())
    if (const auto body = xhtml::parse(stanza.message().xhtml())) add_markup(request, *body);
  if (form.message_id.empty()) return;
  Cpim cpim;
  cpim.from = bare_uri(request.from);
  cpim.to = bare_uri(request.to);
  cpim.sent =
      stanza.message().has_sent() ? absl::FromUnixSeconds(stanza.message().sent().seconds()) : now;
  cpim.message_id = form.message_id;
  cpim.wanted = form.wanted;
  request.body = write_cpim(cpim, request.content_type, request.body);
  request.content_type = kCpimType;
}

sip::Request machine_made(std::string_view from, std::string_view to, std::string_view type,
                          std::string body) {
  sip::Request request;
  request.method = "MESSAGE";
  request.request_uri = std::string(to);
  request.from = absl::StrCat("<", std::string(from), ">");
  request.to = absl::StrCat("<", request.request_uri, ">");
  request.headers.push_back({"Auto-Submitted", "auto-generated"});
  request.content_type = std::string(type);
  request.body = std::move(body);
  return request;
}

sip::Request notification(std::string_view from, std::string_view to, std::string_view imdn,
                          absl::Time now) {
  Cpim cpim;
  cpim.from = std::string(from);
  cpim.to = std::string(to);
  cpim.sent = now;
  cpim.headers.push_back({"Content-Disposition", "notification"});
  return machine_made(from, to, kCpimType, write_cpim(cpim, kImdnType, imdn));
}

sip::Request notice(std::string_view from, std::string_view to, const v1::StanzaError& error) {
  const std::string why = error.text().empty() ? std::string(stanza::wire_name(error.condition()))
                                               : one_line(error.text(), kMostSubjectBytes);
  return machine_made(
      from, to, kPlainText,
      absl::StrCat("Your message to ", std::string(from), " was not delivered: ", why));
}

std::size_t largest_request(std::string_view next_hop, std::span<const std::string> listen) {
  const std::string uri = lower_case(next_hop);
  const bool over_udp =
      uri.find("transport=") == std::string::npos
          ? std::ranges::any_of(listen,
                                [&](std::string_view listener) {
                                  return listener.starts_with("udp:") && reaches(listener, uri);
                                })
          : uri.find("transport=udp") != std::string::npos;
  return over_udp ? kMostOverUdp : kMostOverConnection;
}

std::size_t size_on_wire(const sip::Request& request) {
  std::size_t size = kStackBytes + request.method.size() + request.request_uri.size() +
                     request.from.size() + request.to.size() + request.call_id.size() +
                     request.content_type.size() + request.body.size();
  for (const sip::Header& header : request.headers)
    size += header.name.size() + header.value.size() + 4;
  return size;
}

}  // namespace causeway::gateway::translate
