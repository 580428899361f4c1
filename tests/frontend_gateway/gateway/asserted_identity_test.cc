#include "frontend_gateway/gateway/asserted_identity.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway;

TEST_CASE("a From that the server's assertion contradicts", "[gateway]") {
  struct Row {
    std::vector<std::string> identities;
    bool contradicts;
  };
  const auto row = GENERATE(values<Row>({
      {{}, false},
      {{"<sip:bob@contoso.example>"}, false},
      {{"\"Bob\" <sip:Bob@Contoso.Example;gr=1>"}, false},
      {{"<sip:eve@contoso.example>"}, true},
      {{"<sip:bob@evil.example>"}, true},
      {{"sip:eve@contoso.example"}, true},
      {{"<tel:+14255550100>"}, false},
      {{"<sip:eve@contoso.example>, <sip:bob@contoso.example>"}, false},
      {{"<tel:+14255550100>, \"x, y\" <sip:eve@contoso.example>"}, true},
      {{"<sip:eve@contoso.example>", "<sip:bob@contoso.example>"}, false},
      {{""}, false},
  }));
  std::vector<sip::Header> headers = {{"Subject", "x"}};
  for (const std::string& identity : row.identities)
    headers.push_back({"p-asserted-identity", identity});
  CHECK(contradicts_identity(headers, {"bob", "contoso.example", ""}) == row.contradicts);
}
