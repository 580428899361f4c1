#include "frontend_gateway/sip/checks.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::uint32_t kMostCSeq = 0x7fffffff;  // RFC 3261 section 8.1.1.5

struct Compact {
  char letter;
  std::string_view name;
};
constexpr Compact kCompact[] = {
    {'b', "Referred-By"},
    {'c', "Content-Type"},
    {'d', "Request-Disposition"},
    {'e', "Content-Encoding"},
    {'f', "From"},
    {'i', "Call-ID"},
    {'k', "Supported"},
    {'l', "Content-Length"},
    {'m', "Contact"},
    {'o', "Event"},
    {'r', "Refer-To"},
    {'s', "Subject"},
    {'t', "To"},
    {'u', "Allow-Events"},
    {'v', "Via"},
    {'x', "Session-Expires"},
};

// The headers libre, or this room, acts upon, and how many there may be.
struct Known {
  sip_hdrid id;
  std::string_view name;
  int least, most;
};
constexpr int kMany = 1000;
constexpr Known kKnown[] = {
    {SIP_HDR_VIA, "Via", 1, kMany},
    {SIP_HDR_FROM, "From", 1, 1},
    {SIP_HDR_TO, "To", 1, 1},
    {SIP_HDR_CALL_ID, "Call-ID", 1, 1},
    {SIP_HDR_CSEQ, "CSeq", 1, 1},
    {SIP_HDR_CONTENT_LENGTH, "Content-Length", 0, 1},
    {SIP_HDR_CONTENT_TYPE, "Content-Type", 0, 1},
    {SIP_HDR_CONTENT_ENCODING, "Content-Encoding", 0, kMany},
    {SIP_HDR_MAX_FORWARDS, "Max-Forwards", 0, 1},
    {SIP_HDR_REQUIRE, "Require", 0, kMany},
    {SIP_HDR_RECORD_ROUTE, "Record-Route", 0, kMany},
};
// Those that handlers act upon, by name; none of them twice.
constexpr std::string_view kSingle[] = {"Event", "Subscription-State", "Expires", "Session-Expires",
                                        "Min-SE"};
constexpr std::size_t kKnownCount = std::size(kKnown);

const Known* known(sip_hdrid id) {
  const auto* found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [id](const Known& row) { return row.id == id; });
  return found == std::end(kKnown) ? nullptr : found;
}

bool copied_into_the_answer(sip_hdrid id) {
  return id == SIP_HDR_VIA || id == SIP_HDR_FROM || id == SIP_HDR_TO || id == SIP_HDR_CALL_ID ||
         id == SIP_HDR_CSEQ;
}

bool stream(const sip_msg& message) { return message.tp != SIP_TRANSP_UDP; }

std::size_t body_size(const sip_msg& message) { return message.mb->end - message.mb->pos; }

template <typename Visit>
void each_header(const sip_msg& message, Visit visit) {
  for (const le* element = message.hdrl.head; element != nullptr; element = element->next) {
    if (!visit(*static_cast<const sip_hdr*>(element->data))) return;
  }
}

std::string joined(std::span<const std::string> parts) {
  std::string text;
  for (const std::string& part : parts) append(text, {text.empty() ? "" : ", ", part});
  return text;
}

Refusal refuse(int status, std::string why) { return {status, std::move(why), {}, false}; }

// Names, counts and characters of all headers.
std::optional<Refusal> header_refusal(const sip_msg& request) {
  int counts[kKnownCount] = {};
  bool seen[std::size(kSingle)] = {};
  std::optional<Refusal> wrong;
  each_header(request, [&](const sip_hdr& header) {
    const Known* row = known(header.id);
    const std::string_view name = long_name(view(header.name));
    if (row != nullptr && !same_name(name, row->name)) {
      wrong = Refusal{400, concat({"taken for ", row->name, ": ", as_line(name)}), {}, true};
    } else if (!is_line(view(header.val)) && !unfold(view(header.val))) {
      wrong = refuse(copied_into_the_answer(header.id) ? 0 : 400,
                     concat({"control characters in ", as_line(name)}));
      wrong->cut = wrong->status == 0;
    } else if (!is_token(name)) {
      wrong = refuse(400, "a header's name is no token");
    } else if (row != nullptr) {
      ++counts[row - kKnown];
    } else {
      for (std::size_t i = 0; i < std::size(kSingle); ++i) {
        if (!same_name(name, kSingle[i]) || !std::exchange(seen[i], true)) continue;
        wrong = refuse(400, concat({"more than one ", kSingle[i]}));
      }
    }
    return !wrong;
  });
  if (wrong) return wrong;
  for (std::size_t i = 0; i < kKnownCount; ++i) {
    if (counts[i] >= kKnown[i].least && counts[i] <= kKnown[i].most) continue;
    wrong = refuse(400, concat({counts[i] == 0 ? "no " : "more than one ", kKnown[i].name}));
    wrong->cut = kKnown[i].id == SIP_HDR_CONTENT_LENGTH;
    if (kKnown[i].id == SIP_HDR_VIA) wrong->status = 0;  // nowhere to answer to
    return wrong;
  }
  return std::nullopt;
}

// RFC 3261 sections 18.3 and 20.14. A datagram may be longer than its message.
std::optional<Refusal> length_refusal(const sip_msg& request) {
  if (request.clen.p == nullptr) {
    if (!stream(request)) return std::nullopt;
    return Refusal{400, "no Content-Length", {}, true};
  }
  const auto length = number(view(request.clen), 0xffffffff);
  if (!length) return Refusal{400, "Content-Length is no length", {}, true};
  const bool fits = stream(request) ? *length == body_size(request) : *length <= body_size(request);
  if (!fits) return Refusal{400, "Content-Length is not the body's", {}, true};
  return std::nullopt;
}

// Section 20.16.
std::optional<Refusal> cseq_refusal(const sip_msg& request) {
  const sip_hdr* header = sip_msg_hdr(&request, SIP_HDR_CSEQ);
  const auto value = unfold(view(header->val));
  const std::size_t end = std::min(value->find_first_of(" \t"), value->size());
  if (!number(std::string_view(*value).substr(0, end), kMostCSeq)) {
    return refuse(400, "CSeq has no number below 2^31");
  }
  if (trim(std::string_view(*value).substr(end)) != view(request.met)) {
    return refuse(400, "CSeq names another method");
  }
  return std::nullopt;
}

std::optional<Refusal> forwards_refusal(const sip_msg& request) {
  if (request.maxfwd.p == nullptr) return std::nullopt;
  const auto left = number(view(request.maxfwd), 255);
  if (!left) return refuse(400, "Max-Forwards is no number below 256");
  if (*left == 0 && view(request.met) != "OPTIONS") return refuse(483, "Too Many Hops");
  return std::nullopt;
}

std::optional<Refusal> target_refusal(const sip_msg& request) {
  const std::string_view target = view(request.ruri);
  if (!is_uri(target)) return refuse(400, "the Request-URI is none");
  const bool served = same_name(scheme(target), "sip") ||
                      (same_name(scheme(target), "sips") && request.tp == SIP_TRANSP_TLS);
  if (!served) return refuse(416, "Unsupported URI Scheme");
  if (!place_of(target)) return refuse(400, "the Request-URI has no host");
  return std::nullopt;
}

// Section 8.2.2.3. None is supported.
std::optional<Refusal> require_refusal(const sip_msg& request) {
  std::vector<std::string> options;
  each_header(request, [&](const sip_hdr& header) {
    if (header.id == SIP_HDR_REQUIRE) options.push_back(*unfold(view(header.val)));
    return true;
  });
  if (options.empty()) return std::nullopt;
  return Refusal{420, "Bad Extension", {{"Unsupported", joined(options)}}, false};
}

std::optional<Refusal> encoding_refusal(const sip_msg& request) {
  const sip_hdr* header = sip_msg_hdr(&request, SIP_HDR_CONTENT_ENCODING);
  if (header == nullptr || same_name(view(header->val), "identity")) return std::nullopt;
  return Refusal{415, "Unsupported Media Type", {{"Accept-Encoding", "identity"}}, false};
}

bool served(const sip_msg& request, const Rules& rules) {
  const std::string_view method = view(request.met);
  return method == "OPTIONS" ||
         std::find(rules.methods.begin(), rules.methods.end(), method) != rules.methods.end();
}

bool among(std::span<const std::string> methods, std::string_view method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

// A 481 ends a dialog, a 405 does not (RFC 5057 section 5.1): a method that nobody here serves does
// not tell whether the dialog is known. Nor does OPTIONS, which is answered without asking.
std::optional<Refusal> dialog_refusal(const sip_msg& request, const Rules& rules) {
  const std::string_view method = view(request.met);
  if (request.to.tag.l == 0 || among(rules.in_dialog, method)) return std::nullopt;
  const bool any = !rules.in_dialog.empty();
  if (any && (method == "OPTIONS" || !served(request, rules))) return std::nullopt;
  return refuse(481, "Dialog Does Not Exist");
}

bool has_member(sip_hdrid id) {
  return copied_into_the_answer(id) || id == SIP_HDR_CONTENT_LENGTH || id == SIP_HDR_CONTENT_TYPE ||
         id == SIP_HDR_RECORD_ROUTE;
}

// As libre writes it into the responses.
std::string made_tag(const sip_msg& request) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, request.tag);
  return text;
}

std::string header_value(const sip_msg& message, sip_hdrid id) {
  const sip_hdr* header = sip_msg_hdr(&message, id);
  return header == nullptr ? std::string() : unfold(view(header->val)).value_or("");
}

}  // namespace

std::optional<Refusal> refusal(const sip_msg& request, const Rules& rules) {
  if (auto wrong = header_refusal(request)) return wrong;
  if (auto wrong = length_refusal(request)) return wrong;
  if (auto wrong = cseq_refusal(request)) return wrong;
  if (request.mb->end > rules.message_bytes) return refuse(413, "Request Entity Too Large");
  const std::string_view method = view(request.met);
  if (method == "ACK" || method == "CANCEL") return std::nullopt;  // libre's to match
  if (auto wrong = forwards_refusal(request)) return wrong;
  if (auto wrong = dialog_refusal(request, rules)) return wrong;
  if (!served(request, rules)) {
    return Refusal{405, "Method Not Allowed", {{"Allow", allowed(rules.methods)}}, false};
  }
  if (auto wrong = target_refusal(request)) return wrong;
  if (auto wrong = require_refusal(request)) return wrong;
  return encoding_refusal(request);
}

bool well_framed(const sip_msg& message) {
  int lengths = 0;
  bool meant = true;
  each_header(message, [&](const sip_hdr& header) {
    if (header.id != SIP_HDR_CONTENT_LENGTH) return true;
    ++lengths;
    meant = meant && same_name(long_name(view(header.name)), "Content-Length");
    return true;
  });
  return meant && lengths <= 1 && !length_refusal(message);
}

std::string allowed(std::span<const std::string> methods) {
  const bool sessions = std::find(methods.begin(), methods.end(), "INVITE") != methods.end();
  return concat(
      {joined(methods), methods.empty() ? "" : ", ", "OPTIONS", sessions ? ", ACK, CANCEL" : ""});
}

std::string_view long_name(std::string_view name) {
  if (name.size() != 1) return name;
  for (const Compact& row : kCompact) {
    if ((name[0] | 0x20) == row.letter) return row.name;
  }
  return name;
}

std::optional<IncomingRequest> believed(const sip_msg& request) {
  auto from = parse_name_addr(header_value(request, SIP_HDR_FROM));
  auto to = parse_name_addr(header_value(request, SIP_HDR_TO));
  if (!from || !to) return std::nullopt;
  IncomingRequest value;
  value.method = view(request.met);
  value.request_uri = view(request.ruri);
  value.from_uri = std::move(from->uri);
  value.from_display = std::move(from->display);
  value.to_uri = std::move(to->uri);
  value.to_tag = std::move(to->tag);
  value.call_id = header_value(request, SIP_HDR_CALL_ID);
  value.source = address_text(request.src);
  value.transport = sip_transp_name(request.tp);
  value.content_type = header_value(request, SIP_HDR_CONTENT_TYPE);
  const auto length = number(view(request.clen), 0xffffffff);
  const char* body = reinterpret_cast<const char*>(request.mb->buf + request.mb->pos);
  value.body.assign(body, length ? *length : body_size(request));
  value.from_tag = std::move(from->tag);
  value.local_tag = value.to_tag.empty() ? made_tag(request) : value.to_tag;
  value.cseq = request.cseq.num;
  each_header(request, [&](const sip_hdr& header) {
    if (header.id == SIP_HDR_RECORD_ROUTE) value.record_routes.push_back(*unfold(view(header.val)));
    if (has_member(header.id)) return true;
    value.headers.push_back({std::string(long_name(view(header.name))), *unfold(view(header.val))});
    return true;
  });
  return value;
}

}  // namespace causeway::gateway::sip
