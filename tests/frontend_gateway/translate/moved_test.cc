#include "frontend_gateway/translate/moved.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway::translate;

TEST_CASE("an address is written as an XMPP URI and read again", "[errors]") {
  const auto jid = *causeway::address::Jid::parse("o\\27m@bücher.example/Büro 2");
  CHECK(xmpp_uri(jid) == "xmpp:o%5C27m@xn--bcher-kva.example/B%C3%BCro%202");
  CHECK(sip_address_in(xmpp_uri(jid)) == "sip:o'm@xn--bcher-kva.example;gr=B%C3%BCro%202");
}

TEST_CASE("what is no address of either side is none", "[errors]") {
  for (const char* uri : {"", "xmpp:", "xmpp:@x", "xmpp:%ZZ@x.example", "sips:a@x.example",
                          "a@x.example", "http://x.example/"})
    CHECK_FALSE(sip_address_in(uri));
}
