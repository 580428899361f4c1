#include "frontend_gateway/policy/partners.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway;
using namespace causeway::gateway;
using causeway::address::Domain;

namespace {

policy::Partners partners() {
  v1::Partner fabrikam;
  fabrikam.set_domain("fabrikam.example");
  fabrikam.add_additional_domains("bücher.example");
  v1::Partner ours;  // a mistake of the operator's: what is hosted stays hosted
  ours.set_domain("contoso.example");
  return policy::Partners({*Domain::parse("contoso.example"), *Domain::parse("日本.example")},
                          {fabrikam, ours});
}

v1::Address of(const std::string& domain) {
  v1::Address address;
  address.set_local("x");
  address.set_domain(domain);
  return address;
}

}  // namespace

TEST_CASE("who may send from XMPP", "[policy]") {
  struct Row {
    std::string from, to;
    bool admitted;
    v1::StanzaCondition condition;
  };
  const auto row = GENERATE(values<Row>({
      {"fabrikam.example", "contoso.example", true, {}},
      {"bücher.example", "日本.example", true, {}},
      {"sub.fabrikam.example", "contoso.example", false, v1::FORBIDDEN},
      {"example", "contoso.example", false, v1::FORBIDDEN},
      {"evilfabrikam.example", "contoso.example", false, v1::FORBIDDEN},
      {"contoso.example", "contoso.example", false, v1::FORBIDDEN},
      {"", "contoso.example", false, v1::FORBIDDEN},
      {"fabrikam.example", "fabrikam.example", false, v1::ITEM_NOT_FOUND},
      {"fabrikam.example", "sub.contoso.example", false, v1::ITEM_NOT_FOUND},
      {"fabrikam.example", "", false, v1::ITEM_NOT_FOUND},
  }));
  INFO(row.from << " -> " << row.to);
  const policy::Partners list = partners();
  const auto pair = list.admit_from_xmpp(of(row.from), of(row.to));
  REQUIRE(pair.ok() == row.admitted);
  if (row.admitted) {
    CHECK(pair->remote->unicode() == row.from);
    CHECK(pair->local->unicode() == row.to);
  } else {
    CHECK(pair.refusal().condition() == row.condition);
    CHECK_FALSE(pair.refusal().text().empty());
  }
}

TEST_CASE("who may send from SIP", "[policy]") {
  struct Row {
    std::string from, to;
    int status;  // 0: admitted
  };
  const auto row = GENERATE(values<Row>({
      {"contoso.example", "fabrikam.example", 0},
      {"xn--wgv71a.example", "xn--bcher-kva.example", 0},
      {"10.0.0.5", "fabrikam.example", 403},
      {"sub.contoso.example", "fabrikam.example", 403},
      {"fabrikam.example", "contoso.example", 403},
      {"contoso.example", "contoso.example", 482},
      {"contoso.example", "xn--wgv71a.example", 482},
      {"contoso.example", "stranger.example", 404},
      {"contoso.example", "sub.fabrikam.example", 404},
  }));
  INFO(row.from << " -> " << row.to);
  const policy::Partners list = partners();
  const auto pair = list.admit_from_sip({"x", row.from, ""}, {"y", row.to, ""});
  REQUIRE(pair.ok() == (row.status == 0));
  if (row.status == 0) {
    CHECK(pair->local->ascii() == row.from);
    CHECK(pair->remote->ascii() == row.to);
  } else {
    CHECK(pair.refusal().status == row.status);
  }
}

TEST_CASE("a hosted domain is known in both spellings", "[policy]") {
  const policy::Partners list = partners();
  REQUIRE(list.hosted("日本.example") != nullptr);
  REQUIRE(list.hosted("xn--wgv71a.example") != nullptr);
  CHECK(list.hosted("fabrikam.example") == nullptr);
  CHECK(list.hosted("contoso.example")->ascii() == "contoso.example");
}
