#include "frontend_gateway/translate/content.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway;
using namespace causeway::gateway::translate;
using namespace std::string_literals;

TEST_CASE("a body is text in UTF-8, or refused", "[content]") {
  struct Row {
    std::string type, body;
    int status;  // 0: accepted
    std::string text;
  };
  const auto row = GENERATE(values<Row>({
      {"text/plain", "Grüße 🐴\r\n<&>\"'\t]]>", 0, "Grüße 🐴\r\n<&>\"'\t]]>"},
      {"Text/Plain ; format=flowed; Charset=\"UTF-8\"", "é", 0, "é"},
      {"text/plain;charset=us-ascii", "abc", 0, "abc"},
      {"text/plain;charset=us-ascii", "é", 400, ""},
      {"text/plain;charset=ISO-8859-1", "caf\xe9 \xa3", 0, "café £"},
      {"text/plain;charset=ISO-8859-1", "a\x07", 400, ""},
      {"text/plain;charset=windows-1252", "caf\xe9", 415, ""},
      {"text/plain;charset=utf-16", "a", 415, ""},
      {"text/html", "<b>hi</b>", 415, ""},
      {"message/cpim", "From: x", 415, ""},
      {"application/im-iscomposing+xml", "<isComposing/>", 415, ""},
      {"multipart/mixed;boundary=x", "--x--", 415, ""},
      {"message/sipfrag", "SIP/2.0 200 OK", 415, ""},
      {"text", "hi", 415, ""},
      {";charset=utf-8", "hi", 415, ""},
      {"", "hi", 400, ""},
      {"", "", 0, ""},
      {"text/plain", "", 0, ""},
      {"text/plain", "caf\xe9", 400, ""},
      {"text/plain", "a\0b"s, 400, ""},
      {"text/plain", "a\x1b[2J", 400, ""},
      {"text/plain", "\xef\xbf\xbe", 400, ""},
      {"text/plain", "\xed\xa0\x80", 400, ""},
      {"text/plain", "\xc0\xaf", 400, ""},
  }));
  INFO(row.type << ": " << row.body);
  sip::IncomingRequest request;
  request.content_type = row.type;
  request.body = row.body;
  const auto text = plain_text(request);
  REQUIRE(text.ok() == (row.status == 0));
  if (row.status == 0) {
    CHECK(*text == row.text);
  } else {
    CHECK(text.refusal().status == row.status);
    CHECK(header(text.refusal().headers, "Accept") == (row.status == 415 ? "text/plain" : ""));
  }
}

TEST_CASE("a coded body is not decoded", "[content]") {
  sip::IncomingRequest request;
  request.content_type = "text/plain";
  request.body = "x";
  request.headers = {{"Content-Encoding", "gzip"}};
  CHECK(plain_text(request).refusal().status == 415);
  request.headers = {{"content-encoding", "Identity"}};
  CHECK(plain_text(request).ok());
}
