#include "frontend_gateway/translate/content.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "common/xhtml/xhtml.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/translate/charset.h"
#include "frontend_gateway/translate/html.h"
#include "frontend_gateway/translate/language.h"
#include "frontend_gateway/translate/media_type.h"
#include "frontend_gateway/translate/multipart.h"

namespace causeway::gateway::translate {

const char kAcceptedTypes[] =
    "text/plain, text/html, multipart/alternative, multipart/related, multipart/mixed, "
    "message/cpim, message/imdn+xml, application/im-iscomposing+xml, application/ms-imdn+xml";

namespace {

using Read = Outcome<Content, SipAnswer>;

constexpr int kMostLevels = 4;  // cpim > alternative > related > html

SipAnswer unsupported(std::string reason) {
  return {415, std::move(reason), {{"Accept", kAcceptedTypes}, {"Accept-Encoding", "identity"}}};
}

SipAnswer refusal_of(const SipRefusal& refusal) {
  return refusal.status == 415 ? unsupported(refusal.reason)
                               : SipAnswer{refusal.status, refusal.reason, {}};
}

// A body with what is said about it.
struct Piece {
  MediaType type;
  std::string_view body;
  std::string_view lang;
};

Read read(const Piece& piece, int level);

Content of_text(Text text) {
  Content content;
  content.what = std::move(text);
  return content;
}

Read read_plain(const Piece& piece, int) {
  auto text = to_utf8(piece.body, piece.type.parameter("charset").value_or(std::string()));
  if (!text.ok()) return refusal_of(text.refusal());
  return of_text({*std::move(text), {}, std::string(piece.lang)});
}

Read read_markup(const Piece& piece, int) {
  const auto text = to_utf8(piece.body, piece.type.parameter("charset").value_or(std::string()));
  if (!text.ok()) return refusal_of(text.refusal());
  const auto body = read_html(*text);
  if (!body) return unsupported("No Text Is In The Markup");
  return of_text({xhtml::to_plain_text(*body), xhtml::to_xml(*body), std::string(piece.lang)});
}

Read read_typing(const Piece& piece, int) {
  const auto composing = parse_is_composing(piece.body);
  if (!composing) return SipAnswer{400, "Bad isComposing Document", {}};
  Content content;
  content.what = *composing;
  return content;
}

template <std::optional<Imdn> (*parse)(std::string_view)>
Read read_notification(const Piece& piece, int) {
  auto imdn = parse(piece.body);
  if (!imdn) return SipAnswer{400, "Bad IMDN Document", {}};
  Content content;
  content.what = *std::move(imdn);
  return content;
}

Read read_cpim(const Piece& piece, int level) {
  auto cpim = parse_cpim(piece.body);
  if (!cpim) return SipAnswer{400, "Bad message/cpim", {}};
  const std::string_view language = header(cpim->headers, "Content-Language");
  auto content = read({MediaType::parse(header(cpim->headers, "Content-Type")), cpim->body,
                       is_language_tag(language) ? language : piece.lang},
                      level + 1);
  if (!content.ok()) return content;
  content->message_id = std::move(cpim->message_id);
  content->wanted = cpim->wanted;
  content->subject = std::move(cpim->subject);
  content->sent = cpim->sent;
  return content;
}

// RFC 2045 section 6. SIP needs no coding; some stacks encode parts nevertheless.
std::optional<std::string_view> decoded(const Part& part, std::string& room) {
  const std::string_view coding = trim(header(part.headers, "Content-Transfer-Encoding"));
  if (coding.empty() || equal_ignoring_case(coding, "7bit") ||
      equal_ignoring_case(coding, "8bit") || equal_ignoring_case(coding, "binary"))
    return part.body;
  if (!equal_ignoring_case(coding, "base64")) return std::nullopt;
  if (!absl::Base64Unescape(absl::string_view(part.body.data(), part.body.size()), &room))
    return std::nullopt;
  return room;
}

Read read_part(const Part& part, std::string_view lang, int level) {
  std::string room;
  const auto body = decoded(part, room);
  if (!body) return unsupported("Unsupported Content-Transfer-Encoding");
  const std::string_view type = header(part.headers, "Content-Type");
  const std::string_view own = header(part.headers, "Content-Language");
  return read({MediaType::parse(type.empty() ? "text/plain" : type), *body,
               is_language_tag(own) ? own : lang},
              level + 1);
}

Outcome<std::vector<Part>, SipAnswer> parts_of(const Piece& piece) {
  auto parts = parse_multipart(piece.body, piece.type.parameter("boundary").value_or(""));
  if (!parts) return SipAnswer{400, "Bad Multipart Body", {}};
  return *std::move(parts);
}

// RFC 2046 section 5.1.4: the same in several ways. Of each way the last that can be read.
Read read_alternative(const Piece& piece, int level) {
  const auto parts = parts_of(piece);
  if (!parts.ok()) return parts.refusal();
  std::optional<Text> plain, marked;
  SipAnswer why = unsupported("No Part Is Of A Known Type");
  for (const Part& part : *parts) {
    auto content = read_part(part, piece.lang, level);
    if (!content.ok()) {
      why = content.refusal();
      continue;
    }
    Text* text = std::get_if<Text>(&content->what);
    if (text == nullptr) continue;
    (text->xhtml.empty() ? plain : marked) = std::move(*text);
  }
  if (!plain && !marked) return why;
  if (plain && marked) plain->xhtml = std::move(marked->xhtml);
  return of_text(plain ? *std::move(plain) : *std::move(marked));
}

// RFC 2387: one part, and what it shows. The images are not asked for by what is made of it.
Read read_related(const Piece& piece, int level) {
  const auto parts = parts_of(piece);
  if (!parts.ok()) return parts.refusal();
  const std::string start = piece.type.parameter("start").value_or("");
  for (const Part& part : *parts)
    if (start.empty() || header(part.headers, "Content-ID") == start)
      return read_part(part, piece.lang, level);
  return SipAnswer{400, "Bad Multipart Body", {}};
}

// Of several things one can cross only if it is the only one.
Read read_mixed(const Piece& piece, int level) {
  const auto parts = parts_of(piece);
  if (!parts.ok()) return parts.refusal();
  if (parts->size() != 1) return unsupported("Attachments Are Not Supported");
  return read_part(parts->front(), piece.lang, level);
}

struct Row {
  std::string_view type;
  Read (*read)(const Piece& piece, int level);
};
constexpr Row kRows[] = {
    {"text/plain", read_plain},
    {"text/html", read_markup},
    {"multipart/alternative", read_alternative},
    {"multipart/related", read_related},
    {"multipart/mixed", read_mixed},
    {kCpimType, read_cpim},
    {kIsComposingType, read_typing},
    {kImdnType, read_notification<parse_imdn>},
    {kMsImdnType, read_notification<parse_ms_imdn>},
};

Read read(const Piece& piece, int level) {
  if (level > kMostLevels) return unsupported("Parts In Parts In Parts");
  for (const Row& row : kRows)
    if (piece.type.is(row.type)) return row.read(piece, level);
  return unsupported("Unsupported Media Type");
}

}  // namespace

Outcome<Content, SipAnswer> content_of(const sip::IncomingRequest& request) {
  if (request.body.empty()) return Content();
  if (request.content_type.empty()) return SipAnswer{400, "Content-Type Is Missing", {}};
  const std::string_view coding = trim(header(request.headers, "Content-Encoding"));
  if (!coding.empty() && !equal_ignoring_case(coding, "identity"))
    return unsupported("Unsupported Content-Encoding");
  return read({MediaType::parse(request.content_type), request.body, {}}, 0);
}

}  // namespace causeway::gateway::translate
