#include "frontend_gateway/translate/errors.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/stanza/conditions.h"
#include "common/text/utf8.h"
#include "frontend_gateway/address/percent.h"
#include "frontend_gateway/address/utf8.h"
#include "frontend_gateway/translate/moved.h"
#include "frontend_gateway/translate/places.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostReasonBytes = 256;

// RFC 7247 section 7.1, table 4.
struct ConditionRow {
  v1::StanzaCondition condition;
  int full;
  int bare;
};
constexpr ConditionRow kConditions[] = {
    {v1::UNDEFINED_CONDITION, 400, 400},
    {v1::BAD_REQUEST, 400, 400},
    {v1::CONFLICT, 400, 400},
    {v1::FEATURE_NOT_IMPLEMENTED, 405, 501},
    {v1::FORBIDDEN, 403, 603},
    {v1::GONE, 410, 410},  // 301 when the new address is known
    {v1::INTERNAL_SERVER_ERROR, 500, 500},
    {v1::ITEM_NOT_FOUND, 404, 604},
    {v1::JID_MALFORMED, 400, 400},
    {v1::NOT_ACCEPTABLE, 406, 606},
    {v1::NOT_ALLOWED, 403, 403},
    {v1::NOT_AUTHORIZED, 403, 403},  // a 401 without a challenge confuses user agents: see kUnasked
    {v1::POLICY_VIOLATION, 403, 403},
    {v1::RECIPIENT_UNAVAILABLE, 480, 600},
    {v1::REDIRECT, 302, 302},
    {v1::REGISTRATION_REQUIRED, 403, 403},  // 407 likewise
    {v1::REMOTE_SERVER_NOT_FOUND, 404, 404},
    {v1::REMOTE_SERVER_TIMEOUT, 408, 408},
    {v1::RESOURCE_CONSTRAINT, 500, 500},
    // Most XMPP servers say this of an unknown user. Never 503, which black-lists the whole server.
    {v1::SERVICE_UNAVAILABLE, 480, 480},
    {v1::SUBSCRIPTION_REQUIRED, 400, 400},
    {v1::UNEXPECTED_REQUEST, 400, 400},  // 491 when waiting helps
};

// The statuses above, as RFC 3261 section 21 words them.
struct PhraseRow {
  int status;
  std::string_view phrase;
};
constexpr PhraseRow kPhrases[] = {
    {301, "Moved Permanently"},
    {302, "Moved Temporarily"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {480, "Temporarily Unavailable"},
    {491, "Request Pending"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
};

// RFC 7247 section 7.2, tables 5 to 8, and the codes it does not list.
struct StatusRow {
  int status;
  v1::StanzaCondition condition;
};
constexpr StatusRow kStatuses[] = {
    {300, v1::REDIRECT},
    {301, v1::GONE},
    {302, v1::REDIRECT},
    {305, v1::REDIRECT},
    {380, v1::NOT_ACCEPTABLE},
    {400, v1::BAD_REQUEST},
    {401, v1::NOT_AUTHORIZED},
    {402, v1::BAD_REQUEST},
    {403, v1::FORBIDDEN},
    {404, v1::ITEM_NOT_FOUND},
    {405, v1::FEATURE_NOT_IMPLEMENTED},
    {406, v1::NOT_ACCEPTABLE},
    {407, v1::REGISTRATION_REQUIRED},
    {408, v1::REMOTE_SERVER_TIMEOUT},
    {410, v1::GONE},
    {413, v1::POLICY_VIOLATION},
    {414, v1::POLICY_VIOLATION},
    {415, v1::NOT_ACCEPTABLE},
    {416, v1::NOT_ACCEPTABLE},
    {420, v1::FEATURE_NOT_IMPLEMENTED},
    {421, v1::NOT_ACCEPTABLE},
    {422, v1::RESOURCE_CONSTRAINT},  // not in RFC 7247
    {423, v1::RESOURCE_CONSTRAINT},
    {424, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {428, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {429, v1::BAD_REQUEST},     // not in RFC 7247
    {430, v1::RECIPIENT_UNAVAILABLE},
    {433, v1::FORBIDDEN},       // not in RFC 7247
    {436, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {437, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {438, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {439, v1::FEATURE_NOT_IMPLEMENTED},
    {440, v1::POLICY_VIOLATION},
    {469, v1::NOT_ACCEPTABLE},         // not in RFC 7247
    {470, v1::FORBIDDEN},              // not in RFC 7247
    {477, v1::REMOTE_SERVER_TIMEOUT},  // Kamailio: it could not send the request on
    {480, v1::RECIPIENT_UNAVAILABLE},
    {481, v1::ITEM_NOT_FOUND},
    {482, v1::NOT_ACCEPTABLE},
    {483, v1::NOT_ACCEPTABLE},
    {484, v1::ITEM_NOT_FOUND},
    {485, v1::ITEM_NOT_FOUND},
    {486, v1::RECIPIENT_UNAVAILABLE},
    {487, v1::RECIPIENT_UNAVAILABLE},
    {488, v1::NOT_ACCEPTABLE},
    {489, v1::POLICY_VIOLATION},
    {491, v1::UNEXPECTED_REQUEST},
    {493, v1::BAD_REQUEST},
    {494, v1::NOT_AUTHORIZED},  // not in RFC 7247
    {500, v1::INTERNAL_SERVER_ERROR},
    {501, v1::FEATURE_NOT_IMPLEMENTED},
    {502, v1::REMOTE_SERVER_NOT_FOUND},
    {503, v1::INTERNAL_SERVER_ERROR},  // not service-unavailable, which means something else
    {504, v1::REMOTE_SERVER_TIMEOUT},
    {505, v1::NOT_ACCEPTABLE},
    {513, v1::POLICY_VIOLATION},
    {580, v1::NOT_ACCEPTABLE},  // not in RFC 7247
    {600, v1::RECIPIENT_UNAVAILABLE},
    {603, v1::RECIPIENT_UNAVAILABLE},
    {604, v1::ITEM_NOT_FOUND},
    {606, v1::NOT_ACCEPTABLE},
    {607, v1::POLICY_VIOLATION},  // not in RFC 7247
    {608, v1::POLICY_VIOLATION},  // not in RFC 7247
};
static_assert(std::ranges::is_sorted(kStatuses, {}, &StatusRow::status));

// What any other status of its class means.
constexpr StatusRow kClasses[] = {
    {3, v1::REDIRECT},
    {4, v1::BAD_REQUEST},
    {5, v1::INTERNAL_SERVER_ERROR},
    {6, v1::RECIPIENT_UNAVAILABLE},
};

// Conditions whose own status would ask the user agent for credentials that nobody can check.
constexpr v1::StanzaCondition kUnasked[] = {v1::NOT_AUTHORIZED, v1::REGISTRATION_REQUIRED};

// Responses whose Retry-After says when a second attempt makes sense.
constexpr int kWorthRepeating[] = {480, 486, 500, 503, 600};

template <typename Range, typename Value>
bool holds(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::end(range);
}

int status_of(const v1::StanzaError& error, Addressed addressed) {
  if (error.condition() == v1::UNEXPECTED_REQUEST && error.type() == v1::StanzaError::WAIT)
    return 491;
  const auto* row = std::ranges::find(kConditions, error.condition(), &ConditionRow::condition);
  if (row == std::end(kConditions)) return 400;  // of a later version of the schema
  return addressed == Addressed::full ? row->full : row->bare;
}

// The text as a Reason-Phrase (RFC 3261 section 25.1), cut neither in a character nor in an escape.
std::string escaped_phrase(std::string_view text) {
  std::string phrase = mapping::encode_phrase(one_line(text, kMostReasonBytes));
  phrase.resize(text::prefix_of_characters(phrase, kMostReasonBytes).size());
  if (const auto percent = phrase.rfind('%'); percent != phrase.npos && percent + 3 > phrase.size())
    phrase.resize(percent);
  return phrase;
}

std::string phrase_of(const v1::StanzaError& error, int status) {
  if (std::string phrase = escaped_phrase(error.text()); !phrase.empty()) return phrase;
  const auto* row = std::ranges::find(kPhrases, status, &PhraseRow::status);
  return row == std::end(kPhrases) ? "Failed" : std::string(row->phrase);
}

v1::StanzaCondition condition_of(const sip::Response& response) {
  // Made here because the next hop cannot be reached: as little its fault as a 408 of the timer.
  if (response.local && response.status == 503) return v1::REMOTE_SERVER_TIMEOUT;
  const auto* row = std::ranges::lower_bound(kStatuses, response.status, {}, &StatusRow::status);
  if (row != std::end(kStatuses) && row->status == response.status) return row->condition;
  const auto* its_class = std::ranges::find(kClasses, response.status / 100, &StatusRow::status);
  return its_class == std::end(kClasses) ? v1::UNDEFINED_CONDITION : its_class->condition;
}

// What is told of a response that was made here: its own reason names our hosts.
std::string local_text(int status) {
  if (status == 408) return "The other side did not answer in time.";
  if (status == 503) return "The other side cannot be reached.";
  return "The message could not be sent on.";
}

std::string text_of(const sip::Response& response) {
  if (response.local) return local_text(response.status);
  const std::optional<std::string> decoded = mapping::decode(response.reason);
  const std::string& reason = decoded && is_xml_text(*decoded) ? *decoded : response.reason;
  return is_xml_text(reason) ? one_line(without_places(reason), kMostReasonBytes) : std::string();
}

// RFC 3261 section 20.33: delta-seconds, perhaps a comment and parameters.
std::optional<unsigned> retry_after(const sip::Response& response) {
  if (!holds(kWorthRepeating, response.status)) return std::nullopt;
  const std::string_view value = header(response.headers, "Retry-After");
  unsigned seconds = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (fault != std::errc()) return std::nullopt;
  return seconds;
}

}  // namespace

SipAnswer to_sip(const v1::StanzaError& error, Addressed addressed) {
  SipAnswer answer{.status = status_of(error, addressed), .reason = {}, .headers = {}};
  if (error.condition() == v1::GONE || error.condition() == v1::REDIRECT) {
    if (const auto contact = sip_address_in(error.new_address())) {
      if (error.condition() == v1::GONE) answer.status = 301;
      answer.headers.push_back({"Contact", absl::StrCat("<", *contact, ">")});
    }
  }
  if (holds(kUnasked, error.condition()))
    answer.headers.push_back(
        {"Warning",
         absl::StrCat("399 causeway \"", std::string(stanza::wire_name(error.condition())), "\"")});
  answer.reason = phrase_of(error, answer.status);
  return answer;
}

v1::StanzaError to_xmpp(const sip::Response& response, std::string_view new_address) {
  const v1::StanzaCondition condition = condition_of(response);
  v1::StanzaError error = stanza::error(condition, text_of(response));
  // 410 has no address to tell.
  if (condition == v1::REDIRECT || response.status == 301)
    error.set_new_address(std::string(new_address));
  if (const std::optional<unsigned> seconds = retry_after(response)) {
    error.set_type(v1::StanzaError::WAIT);
    error.set_text(absl::StrCat(error.text(), error.text().empty() ? "" : ". ", "Try again in ",
                                *seconds, " seconds."));
  }
  return error;
}

}  // namespace causeway::gateway::translate
