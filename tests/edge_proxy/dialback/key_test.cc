#include "edge_proxy/dialback/key.h"

#include <catch2/catch.hpp>

using namespace causeway;
using edge::dialback::Secret;

namespace {

address::Domain domain(const char* text) { return *address::Domain::parse(text); }

}  // namespace

TEST_CASE("keys are those of XEP-0220's examples", "[dialback][key]") {
  CHECK(Secret("s3cr3tf0rd14lb4ck")
            .key(domain("montague.example"), domain("capulet.example"), "D60000229F") ==
        "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3");
  CHECK(Secret("d14lb4ck43v3r")
            .key(domain("capulet.example"), domain("montague.example"), "417GAF25") ==
        "225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d");
}

TEST_CASE("attack 2: a key holds for one pair of domains and one stream", "[dialback][key]") {
  const Secret secret("secret");
  const std::string key = secret.key(domain("a.example"), domain("b.example"), "1");
  CHECK(secret.made(key, domain("a.example"), domain("b.example"), "1"));
  CHECK_FALSE(secret.made(key, domain("b.example"), domain("a.example"), "1"));
  CHECK_FALSE(secret.made(key, domain("a.example"), domain("b.example"), "2"));
  CHECK_FALSE(secret.made("", domain("a.example"), domain("b.example"), "1"));
  CHECK_FALSE(secret.made(key.substr(1), domain("a.example"), domain("b.example"), "1"));
  // The same letters, cut elsewhere (CVE-2016-0756).
  CHECK(secret.key(domain("a.ex"), domain("b.example"), "1") !=
        secret.key(domain("a.exb"), domain("example"), "1"));
}

TEST_CASE("attack 3: an edge without a passphrase has a secret of its own", "[dialback][key]") {
  const std::string key = Secret::random().key(domain("a.example"), domain("b.example"), "1");
  CHECK(key.size() == 64);
  CHECK_FALSE(Secret::random().made(key, domain("a.example"), domain("b.example"), "1"));
}
