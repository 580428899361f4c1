#include "common/stanza/conditions.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace causeway::stanza {
namespace {

using Error = v1::StanzaError;

struct Row {
  v1::StanzaCondition condition;
  std::string_view name;
  Error::Type type;
};

// RFC 6120 section 8.3.3, by value. Where it leaves a choice, the type it names first.
constexpr std::array<Row, 22> kConditions{{
    {v1::UNDEFINED_CONDITION, "undefined-condition", Error::CANCEL},
    {v1::BAD_REQUEST, "bad-request", Error::MODIFY},
    {v1::CONFLICT, "conflict", Error::CANCEL},
    {v1::FEATURE_NOT_IMPLEMENTED, "feature-not-implemented", Error::CANCEL},
    {v1::FORBIDDEN, "forbidden", Error::AUTH},
    {v1::GONE, "gone", Error::CANCEL},
    {v1::INTERNAL_SERVER_ERROR, "internal-server-error", Error::CANCEL},
    {v1::ITEM_NOT_FOUND, "item-not-found", Error::CANCEL},
    {v1::JID_MALFORMED, "jid-malformed", Error::MODIFY},
    {v1::NOT_ACCEPTABLE, "not-acceptable", Error::MODIFY},
    {v1::NOT_ALLOWED, "not-allowed", Error::CANCEL},
    {v1::NOT_AUTHORIZED, "not-authorized", Error::AUTH},
    {v1::POLICY_VIOLATION, "policy-violation", Error::MODIFY},
    {v1::RECIPIENT_UNAVAILABLE, "recipient-unavailable", Error::WAIT},
    {v1::REDIRECT, "redirect", Error::MODIFY},
    {v1::REGISTRATION_REQUIRED, "registration-required", Error::AUTH},
    {v1::REMOTE_SERVER_NOT_FOUND, "remote-server-not-found", Error::CANCEL},
    {v1::REMOTE_SERVER_TIMEOUT, "remote-server-timeout", Error::WAIT},
    {v1::RESOURCE_CONSTRAINT, "resource-constraint", Error::WAIT},
    {v1::SERVICE_UNAVAILABLE, "service-unavailable", Error::CANCEL},
    {v1::SUBSCRIPTION_REQUIRED, "subscription-required", Error::AUTH},
    {v1::UNEXPECTED_REQUEST, "unexpected-request", Error::WAIT},
}};

struct TypeRow {
  Error::Type type;
  std::string_view name;
};

constexpr TypeRow kTypes[] = {
    {Error::AUTH, "auth"},     {Error::CANCEL, "cancel"}, {Error::CONTINUE, "continue"},
    {Error::MODIFY, "modify"}, {Error::WAIT, "wait"},
};

// A condition of a later version of the schema is one we cannot name.
const Row& row_of(v1::StanzaCondition condition) {
  const auto index = static_cast<std::size_t>(condition);
  return kConditions[index < kConditions.size() ? index : 0];
}

}  // namespace

std::string_view wire_name(v1::StanzaCondition condition) { return row_of(condition).name; }

std::optional<v1::StanzaCondition> condition_named(std::string_view wire_name) {
  for (const Row& row : kConditions)
    if (row.name == wire_name) return row.condition;
  return std::nullopt;
}

Error::Type default_type(v1::StanzaCondition condition) { return row_of(condition).type; }

std::string_view wire_name(Error::Type type) {
  for (const TypeRow& row : kTypes)
    if (row.type == type) return row.name;
  assert(false && "the default type has no wire name");
  return "cancel";
}

std::optional<Error::Type> error_type_named(std::string_view wire_name) {
  for (const TypeRow& row : kTypes)
    if (row.name == wire_name) return row.type;
  return std::nullopt;
}

Error error(v1::StanzaCondition condition, std::string_view text) {
  Error error;
  error.set_condition(condition);
  error.set_type(default_type(condition));
  error.set_text(std::string(text));
  return error;
}

}  // namespace causeway::stanza
