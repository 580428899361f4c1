#include "frontend_gateway/gateway/sent_stanzas.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;

namespace {

Sent& add(SentStanzas& stanzas) {
  auto sent = std::make_unique<Sent>();
  sent->from = address_of("bob@contoso.example");
  sent->to = address_of("ann@fabrikam.example");
  sent->reply = [](const translate::SipAnswer&) {};
  return stanzas.add(std::move(sent));
}

Sent* find(SentStanzas& stanzas, const std::string& id) {
  v1::Stanza error = stanza_of("ann@fabrikam.example", "bob@contoso.example");
  error.set_id(id);
  return stanzas.answered_by(error);
}

}  // namespace

TEST_CASE("only so many answered stanzas are remembered, all pending ones are", "[gateway]") {
  SentStanzas stanzas("0123456789abcdef", 2);
  Sent& pending = add(stanzas);
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    Sent& sent = add(stanzas);
    ids.push_back(stanzas.id(sent));
    CHECK(stanzas.pending_count() == 2);
    CHECK(stanzas.accepted(sent));
    CHECK(stanzas.pending_count() == 1);
  }
  CHECK(find(stanzas, ids[0]) == nullptr);
  CHECK(find(stanzas, ids[1]) == nullptr);
  CHECK(find(stanzas, ids[2]) != nullptr);
  CHECK(find(stanzas, ids[3]) != nullptr);
  CHECK(find(stanzas, stanzas.id(pending)) == &pending);
  CHECK(stanzas.pending(pending.number) == &pending);

  stanzas.forget(*find(stanzas, ids[3]));
  CHECK(find(stanzas, ids[3]) == nullptr);
  CHECK(stanzas.pending_count() == 1);
  CHECK(stanzas.forget(pending));
  CHECK(stanzas.pending_count() == 0);
}

TEST_CASE("ids are unlike each other and of the same life", "[gateway]") {
  SentStanzas one("0123456789abcdef", 10);
  SentStanzas other("fedcba9876543210", 10);
  const std::string first = one.id(add(one));
  const std::string second = one.id(add(one));
  CHECK(first != second);
  CHECK(first != other.id(add(other)));
  CHECK(find(other, first) == nullptr);
  CHECK(find(one, first + "0") == nullptr);
  CHECK(find(one, first + " ") == nullptr);
  CHECK(find(one, "") == nullptr);
}
