#include "frontend_gateway/translate/imdn.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;
using Status = Imdn::Status;

namespace {

std::string imdn(const std::string& rest) {
  return "<?xml version='1.0'?><imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id> m1 "
         "</message-id>" +
         rest + "</imdn>";
}

std::string status(const std::string& kind, const std::string& word) {
  return imdn("<" + kind + "-notification><status><" + word + "/></status></" + kind +
              "-notification>");
}

}  // namespace

TEST_CASE("what became of a message", "[imdn]") {
  struct Row {
    std::string kind, word;
    Status status;
  };
  const auto row = GENERATE(values<Row>({
      {"delivery", "delivered", Status::delivered},
      {"delivery", "failed", Status::failed},
      {"delivery", "forbidden", Status::forbidden},
      {"delivery", "error", Status::no_news},
      {"delivery", "displayed", Status::no_news},
      {"display", "displayed", Status::displayed},
      {"display", "delivered", Status::no_news},
      {"display", "forbidden", Status::no_news},
      {"processing", "processed", Status::no_news},
      {"processing", "delivered", Status::no_news},
      {"delivery", "eaten", Status::no_news},
  }));
  const auto read = parse_imdn(status(row.kind, row.word));
  REQUIRE(read);
  CHECK(read->message_id == "m1");
  CHECK(read->status == row.status);
}

TEST_CASE("what is no IMDN", "[imdn]") {
  CHECK_FALSE(parse_imdn(""));
  CHECK_FALSE(parse_imdn("<imdn/>"));
  CHECK_FALSE(parse_imdn("<imdn xmlns='urn:ietf:params:xml:ns:imdn'/>"));
  CHECK_FALSE(
      parse_imdn("<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id> </message-id></imdn>"));
  CHECK_FALSE(parse_imdn("<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>" +
                         std::string(300, 'x') + "</message-id></imdn>"));
  CHECK(parse_imdn(imdn(""))->status == Status::no_news);
}

TEST_CASE("what is written of it is read as the same", "[imdn]") {
  for (const Status each :
       {Status::delivered, Status::displayed, Status::failed, Status::forbidden}) {
    const auto read = parse_imdn(write_imdn({.message_id = "<m&1>",
                                             .status = each,
                                             .recipient = "sip:a@b",
                                             .when = absl::FromUnixSeconds(1700000000)}));
    REQUIRE(read);
    CHECK(read->message_id == "<m&1>");
    CHECK(read->status == each);
    CHECK(read->recipient == "sip:a@b");
  }
}

TEST_CASE("Lync reports failures only", "[imdn]") {
  const auto read = parse_ms_imdn(write_ms_imdn({.message_id = "7",
                                                 .status = Status::failed,
                                                 .recipient = "sip:a@b",
                                                 .when = {},
                                                 .sip_status = 408}));
  REQUIRE(read);
  CHECK(read->status == Status::failed);
  CHECK(read->sip_status == 408);
  CHECK(read->recipient == "sip:a@b");
  const std::string other =
      "<imdn xmlns='http://schemas.microsoft.com/rtc/2005/08/imdn'><message-id>7</message-id>"
      "<recipient uri='sip:a@b'><status>200</status></recipient></imdn>";
  CHECK(parse_ms_imdn(other)->status == Status::no_news);
  CHECK_FALSE(parse_imdn(other));
}
