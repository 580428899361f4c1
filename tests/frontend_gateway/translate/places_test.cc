#include "frontend_gateway/translate/places.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;

TEST_CASE("plain words stay, what names a place goes", "[places]") {
  struct Row {
    std::string text, kept;
  };
  const auto row = GENERATE(values<Row>({
      {"", ""},
      {"Not Found", "Not Found"},
      {"Gone. Ask: the (nice) operator, please!", "Gone. Ask: the (nice) operator, please!"},
      {"Kein Anschluß unter dieser Nummer...", "Kein Anschluß unter dieser Nummer..."},
      {"  two   spaces\ttab ", "two spaces tab"},
      {"100% busy - 3 times", "100% busy - 3 times"},
      {"No route to 10.0.0.1", "No route to"},
      {"(10.0.0.1) refused", "refused"},
      {"10.0.0.1:5060", ""},
      {"sbc1:5060 is down", "is down"},
      {"failed at [2001:db8::5]:5060, sorry", "failed at sorry"},
      {"fe80::1%eth0 unreachable", "unreachable"},
      {"::1 unreachable", "unreachable"},
      {"SBC.Corp.Contoso.Local. timed out", "timed out"},
      {"host=pool01.contoso.local,port=5061 failed", "failed"},
      {"<sip:bob@contoso.example> is away", "is away"},
      {"sip:sbc is away", "is away"},
      {"bob@sbc is away", "is away"},
      {"see https://wiki/errors/7", "see"},
      {"b\u00fccher\u3002example is away", "is away"},
      {"sbc%2Econtoso is 100% away", "is 100% away"},
  }));
  INFO(row.text);
  CHECK(without_places(row.text) == row.kept);
}
