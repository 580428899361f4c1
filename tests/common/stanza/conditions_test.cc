#include "common/stanza/conditions.h"

#include <catch2/catch.hpp>
#include <set>
#include <string_view>

using namespace causeway;
using Error = v1::StanzaError;

TEST_CASE("each condition of RFC 6120 section 8.3.3 has its name and type", "[stanza]") {
  struct Row {
    v1::StanzaCondition condition;
    std::string_view name;
    std::set<Error::Type> allowed;
  };
  const auto row = GENERATE(values<Row>({
      {v1::BAD_REQUEST, "bad-request", {Error::MODIFY}},
      {v1::CONFLICT, "conflict", {Error::CANCEL}},
      {v1::FEATURE_NOT_IMPLEMENTED, "feature-not-implemented", {Error::CANCEL, Error::MODIFY}},
      {v1::FORBIDDEN, "forbidden", {Error::AUTH}},
      {v1::GONE, "gone", {Error::CANCEL}},
      {v1::INTERNAL_SERVER_ERROR, "internal-server-error", {Error::CANCEL}},
      {v1::ITEM_NOT_FOUND, "item-not-found", {Error::CANCEL}},
      {v1::JID_MALFORMED, "jid-malformed", {Error::MODIFY}},
      {v1::NOT_ACCEPTABLE, "not-acceptable", {Error::MODIFY}},
      {v1::NOT_ALLOWED, "not-allowed", {Error::CANCEL}},
      {v1::NOT_AUTHORIZED, "not-authorized", {Error::AUTH}},
      {v1::POLICY_VIOLATION, "policy-violation", {Error::MODIFY, Error::WAIT}},
      {v1::RECIPIENT_UNAVAILABLE, "recipient-unavailable", {Error::WAIT}},
      {v1::REDIRECT, "redirect", {Error::MODIFY}},
      {v1::REGISTRATION_REQUIRED, "registration-required", {Error::AUTH}},
      {v1::REMOTE_SERVER_NOT_FOUND, "remote-server-not-found", {Error::CANCEL}},
      {v1::REMOTE_SERVER_TIMEOUT, "remote-server-timeout", {Error::WAIT}},
      {v1::RESOURCE_CONSTRAINT, "resource-constraint", {Error::WAIT}},
      {v1::SERVICE_UNAVAILABLE, "service-unavailable", {Error::CANCEL}},
      {v1::SUBSCRIPTION_REQUIRED, "subscription-required", {Error::AUTH}},
      {v1::UNDEFINED_CONDITION, "undefined-condition", {Error::CANCEL}},
      {v1::UNEXPECTED_REQUEST, "unexpected-request", {Error::WAIT, Error::MODIFY}},
  }));
  INFO(row.name);
  CHECK(stanza::wire_name(row.condition) == row.name);
  CHECK(stanza::condition_named(row.name) == row.condition);
  CHECK(row.allowed.contains(stanza::default_type(row.condition)));
}

TEST_CASE("every value of the schema has its own name", "[stanza]") {
  std::set<std::string_view> names;
  for (int value = 0; value < v1::StanzaCondition_ARRAYSIZE; ++value)
    names.insert(stanza::wire_name(static_cast<v1::StanzaCondition>(value)));
  CHECK(names.size() == 22);
  CHECK(v1::StanzaCondition_ARRAYSIZE == 22);
}

TEST_CASE("what the RFC does not define has no value, and what we do not know has a name",
          "[stanza]") {
  CHECK_FALSE(stanza::condition_named("payment-required"));
  CHECK_FALSE(stanza::condition_named(""));
  CHECK_FALSE(stanza::condition_named("Gone"));
  CHECK(stanza::wire_name(static_cast<v1::StanzaCondition>(99)) == "undefined-condition");
  CHECK(stanza::wire_name(static_cast<v1::StanzaCondition>(-1)) == "undefined-condition");
}

TEST_CASE("error types have wire names", "[stanza]") {
  for (const auto type : {Error::AUTH, Error::CANCEL, Error::CONTINUE, Error::MODIFY, Error::WAIT})
    CHECK(stanza::error_type_named(stanza::wire_name(type)) == type);
  CHECK(stanza::wire_name(Error::WAIT) == "wait");
  CHECK_FALSE(stanza::error_type_named("default-type"));
  CHECK_FALSE(stanza::error_type_named(""));
}

TEST_CASE("an error is made with its default type", "[stanza]") {
  const Error error = stanza::error(v1::ITEM_NOT_FOUND, "No such user.");
  CHECK(error.condition() == v1::ITEM_NOT_FOUND);
  CHECK(error.type() == Error::CANCEL);
  CHECK(error.text() == "No such user.");
  CHECK(stanza::error(v1::FORBIDDEN).text().empty());
}
