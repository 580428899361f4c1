#include "frontend_gateway/address/sip_uri.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::mapping;

TEST_CASE("a SIP URI says who is meant", "[address]") {
  struct Row {
    std::string uri, user, host, gr;
  };
  const auto row = GENERATE(values<Row>({
      {"sip:bob@contoso.example", "bob", "contoso.example", ""},
      {"SIP:bob@Contoso.Example:5060", "bob", "contoso.example", ""},
      {"sip:bob@[2001:db8::1]:5061;transport=tls", "bob", "[2001:db8::1]", ""},
      {"sip:bob@contoso.example;gr=kgh%20x;ob?subject=hi", "bob", "contoso.example", "kgh x"},
      {"sip:b;x=1@contoso.example", "b;x=1", "contoso.example", ""},
      {"sip:b?c@contoso.example", "b?c", "contoso.example", ""},
      {"sip:%62ob@contoso.example", "bob", "contoso.example", ""},
      {"sip:f%C3%BC@contoso.example", "fü", "contoso.example", ""},
      {"sip:contoso.example", "", "contoso.example", ""},
      {"sip:a%40b@contoso.example", "a@b", "contoso.example", ""},
      {"sip:+14255550100@contoso.example;user=ip", "+14255550100", "contoso.example", ""},
  }));
  INFO(row.uri);
  const auto uri = SipUri::parse(row.uri);
  REQUIRE(uri.ok());
  CHECK(uri->user == row.user);
  CHECK(uri->host == row.host);
  CHECK(uri->gr == row.gr);
}

TEST_CASE("what is no address for us is refused with the status that says so", "[address]") {
  struct Row {
    std::string uri;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {"", 400},
      {"bob@contoso.example", 400},  // no scheme at all
      {"sip:", 400},
      {"sip:@contoso.example", 400},
      {"sip:bob:secret@contoso.example", 400},
      {"sip:bob@", 400},
      {"sip:bob@a@b", 400},
      {"sip:bob@conto so.example", 400},
      {"sip:bob@contoso.example:port", 400},
      {"sip:bob@contoso.example:", 400},
      {"sip:bob@[::1", 400},
      {"sip:a%00b@contoso.example", 400},
      {"sip:a%0D%0Ab@contoso.example", 400},
      {"sip:a%C0%AFb@contoso.example", 400},     // overlong
      {"sip:a%ED%A0%80b@contoso.example", 400},  // a lone surrogate
      {"sip:a%FFb@contoso.example", 400},
      {"sip:a%C2%85b@contoso.example", 400},  // NEL, a control
      {"sip:a%G1@contoso.example", 400},
      {"sip:a%2@contoso.example", 400},
      {"sip:a@contoso.example;gr=%00", 400},
      {"sip:a@contoso.example;gr=1;gr=2", 400},
      {"sip:tmp-cipher@contoso.example;gr", 400},  // a temporary GRUU
      {std::string("sip:a\0b@contoso.example", 23), 400},
      {"sips:bob@contoso.example", 416},
      {"im:bob@contoso.example", 416},
      {"mailto:bob@contoso.example", 416},
      {"tel:+14255550100", 484},
      {"sip:+14255550100@contoso.example;user=phone", 484},
      {"sip:+14255550100@contoso.example;User=Phone", 484},
      {"sip:" + std::string(9000, 'a') + "@contoso.example", 400},
  }));
  INFO(row.uri);
  const auto uri = SipUri::parse(row.uri);
  REQUIRE_FALSE(uri.ok());
  CHECK(uri.refusal().status == row.status);
  CHECK_FALSE(uri.refusal().reason.empty());
}

TEST_CASE("a SIP URI is written with everything odd encoded", "[address]") {
  const SipUri uri{
      .user = "o'm&l %[]\\^`{|}#\":<>@é", .host = "contoso.example", .gr = "Büro 2/(x);y=\"1\""};
  CHECK(uri.to_string() ==
        "sip:o'm&l%20%25%5B%5D%5C%5E%60%7B%7C%7D%23%22%3A%3C%3E%40%C3%A9@contoso.example"
        ";gr=B%C3%BCro%202%2F%28x%29%3By%3D%221%22");
  CHECK((SipUri{.user = "", .host = "contoso.example", .gr = ""}).to_string() ==
        "sip:contoso.example");
}
