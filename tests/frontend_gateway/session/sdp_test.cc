#include "frontend_gateway/session/sdp.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway::session;

namespace {

const std::string kHead =
    "v=0\r\no=- 0 0 IN IP4 192.0.2.7\r\ns=session\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n";

}  // namespace

TEST_CASE("our offer and our answer are read as what they say", "[session]") {
  const auto offer = parse_sdp(write_offer());
  REQUIRE(offer.has_value());
  REQUIRE(offer->text == 0u);
  CHECK(offer->media[0].kind == "message");
  CHECK(offer->media[0].port != 0);
  CHECK(offer->media[0].formats == "null");
  CHECK(offer->accept_types.front() == "text/plain");
  const auto answer = parse_sdp(write_answer(*offer));
  REQUIRE(answer.has_value());
  CHECK(answer->text == 0u);
}

TEST_CASE("which offers hold instant messages", "[session]") {
  struct Row {
    std::string media;
    bool text;
  };
  const auto row = GENERATE(values<Row>({
      {"m=message 5060 sip null\r\n", true},
      {"m=x-ms-message 5060 sip sip:bob@contoso.example\r\n", true},  // LCS 2005
      {"m=Message 5060 SIP null\n", true},
      {"m=audio 49170 RTP/AVP 0\r\nm=message 5060 sip null\r\n", true},
      {"m=message 0 sip null\r\n", false},  // not wanted any more
      {"m=message 7394 TCP/MSRP *\r\n", false},
      {"m=audio 49170 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n", false},
      {"m=application 0 udp x\r\n", false},
      {"", false},
  }));
  INFO(row.media);
  const auto offer = parse_sdp(kHead + row.media);
  REQUIRE(offer.has_value());
  CHECK(offer->text.has_value() == row.text);
}

TEST_CASE("an answer keeps the order of the media and refuses the others", "[session]") {
  const auto offer = parse_sdp(kHead +
                               "m=audio 49170 RTP/AVP 0 8\r\nm=x-ms-message 5060 sip null\r\n"
                               "a=accept-types:Text/Plain  image/gif\r\nm=message 9 sip null\r\n"
                               "a=accept-types:text/rtf\r\n");
  REQUIRE(offer.has_value());
  CHECK(offer->accept_types == std::vector<std::string>{"text/plain", "image/gif"});
  const std::string text = write_answer(*offer);
  CHECK(text.find("m=audio 0 RTP/AVP 0 8\r\nm=x-ms-message 5060 sip null\r\n") != text.npos);
  CHECK(text.find("m=message 0 sip null\r\n") != text.npos);
  CHECK(parse_sdp(text)->text == 1u);
}

TEST_CASE("what is no session description", "[session]") {
  const auto text = GENERATE_COPY(values<std::string>({
      "",
      "\r\n",
      "hello",
      "o=- 0 0 IN IP4 192.0.2.7\r\nv=0\r\n",
      "v=1\r\nm=message 5060 sip null\r\n",
      kHead + "m=message\r\n",
      kHead + "m=message x sip null\r\n",
      kHead + "m=message -1 sip null\r\n",
      kHead + "m=message 65536 sip null\r\n",
      kHead + "m=message 99999999999999999999 sip null\r\n",
      kHead + "m=message 5060 sip\r\n",
      kHead + "m=message 5060  null\r\n",
      kHead + "m=message 5060 sip nu\x01ll\r\n",
      kHead + "m=message 5060 sip null\rm=audio 1 RTP/AVP 0\r\n",
      kHead + std::string("m=message 5060 sip nu\0ll\r\n", 26),
      kHead + "m=message 5060 sip \xff\r\n",
      kHead + "\r\nm=message 5060 sip null\r\n",
      kHead + "broken\r\n",
      kHead + "M=message 5060 sip null\r\n",
  }));
  INFO(text);
  CHECK_FALSE(parse_sdp(text).has_value());
}

TEST_CASE("a session description has a bound in each direction", "[session]") {
  std::string media;
  for (int i = 0; i < 16; ++i) media += "m=audio 1 RTP/AVP 0\r\n";
  CHECK(parse_sdp(kHead + media).has_value());
  CHECK_FALSE(parse_sdp(kHead + media + "m=message 5060 sip null\r\n").has_value());
  CHECK_FALSE(parse_sdp(kHead + "i=" + std::string(16 << 10, 'x') + "\r\n").has_value());
  std::string types = "m=message 5060 sip null\r\na=accept-types:";
  for (int i = 0; i < 4000; ++i) types += "a ";
  const auto many = parse_sdp(kHead + types + "\r\n");
  REQUIRE(many.has_value());
  CHECK(many->accept_types.size() == 32);
}
