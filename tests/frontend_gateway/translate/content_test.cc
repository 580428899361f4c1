#include "frontend_gateway/translate/content.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway;
using namespace causeway::gateway::translate;
using namespace std::string_literals;

namespace {

sip::IncomingRequest request_of(const std::string& type, const std::string& body) {
  sip::IncomingRequest request;
  request.content_type = type;
  request.body = body;
  return request;
}

// The text, or the status.
std::string said(const std::string& type, const std::string& body) {
  const auto content = content_of(request_of(type, body));
  if (!content.ok()) return std::to_string(content.refusal().status);
  const Text* text = std::get_if<Text>(&content->what);
  return text == nullptr ? "(no text)" : text->plain;
}

std::string marked(const std::string& type, const std::string& body) {
  const auto content = content_of(request_of(type, body));
  REQUIRE(content.ok());
  return std::get<Text>(content->what).xhtml;
}

// A body of several parts, each with its headers; "x" is the boundary.
std::string parts(std::initializer_list<std::string> all) {
  std::string body = "preamble\r\n";
  for (const std::string& part : all) body += "--x\r\n" + part + "\r\n";
  return body + "--x--\r\n";
}

}  // namespace

TEST_CASE("a body is text in UTF-8, or refused", "[content]") {
  struct Row {
    std::string type, body;
    std::string outcome;
  };
  const auto row = GENERATE(values<Row>({
      {"text/plain", "Grüße 🐴\r\n<&>\"'\t]]>", "Grüße 🐴\r\n<&>\"'\t]]>"},
      {"Text/Plain ; format=flowed; Charset=\"UTF-8\"", "é", "é"},
      {"text/plain;charset=us-ascii", "abc", "abc"},
      {"text/plain;charset=us-ascii", "é", "400"},
      {"text/plain;charset=ISO-8859-1", "caf\xe9 \xa3", "café £"},
      {"text/plain;charset=ISO-8859-1", "a\x07", "400"},
      {"text/plain;charset=windows-1252", "caf\xe9 \x80", "café €"},
      {"text/plain;charset=utf-16le", "a\0\xac\x20"s, "a€"},
      {"text/plain;charset=utf-16", "\xfe\xff\0a"s, "a"},
      {"text/plain;charset=utf-16", "a", "400"},
      {"text/plain;charset=Shift_JIS", "\x93\xfa\x96\x7b", "日本"},
      {"text/plain;charset=koi8-r", "\xc4\xc1", "да"},
      {"text/plain;charset=gb18030", "\xc4\xe3", "你"},
      {"text/plain;charset=utf-7", "+ADw-script", "415"},
      {"text/plain;charset=iso-2022-jp", "a", "415"},
      {"text/plain;charset=hz-gb-2312", "a", "415"},
      {"text/plain;charset=ibm037", "a", "415"},
      {"text/plain;charset=klingon", "a", "415"},
      {"text/plain;charset=\"../../etc/passwd\"", "a", "415"},
      {"text/plain;charset=" + std::string(3000, 'x'), "a", "415"},
      {"message/cpim", "From: x", "400"},
      {"application/im-iscomposing+xml", "<isComposing/>", "400"},
      {"multipart/mixed;boundary=x", "--x--", "400"},
      {"multipart/mixed", "--x--", "400"},
      {"message/sipfrag", "SIP/2.0 200 OK", "415"},
      {"text/rtf", "{\\rtf1}", "415"},
      {"image/gif", "GIF89a", "415"},
      {"text", "hi", "415"},
      {";charset=utf-8", "hi", "415"},
      {"", "hi", "400"},
      {"", "", ""},
      {"text/plain", "", ""},
      {"text/plain", "caf\xe9", "400"},
      {"text/plain", "a\0b"s, "400"},
      {"text/plain", "a\x1b[2J", "400"},
      {"text/plain", "\xef\xbf\xbe", "400"},
      {"text/plain", "\xed\xa0\x80", "400"},
      {"text/plain", "\xc0\xaf", "400"},
  }));
  INFO("T5: " << row.type << ": " << row.body);
  CHECK(said(row.type, row.body) == row.outcome);
}

TEST_CASE("a type that is not taken is answered with those that are", "[content]") {
  const auto refused = content_of(request_of("image/gif", "GIF89a"));
  CHECK(header(refused.refusal().headers, "Accept") == kAcceptedTypes);
}

TEST_CASE("a coded body is not decoded", "[content]") {
  sip::IncomingRequest request = request_of("text/plain", "x");
  request.headers = {{"Content-Encoding", "gzip"}};
  CHECK(content_of(request).refusal().status == 415);
  request.headers = {{"content-encoding", "Identity"}};
  CHECK(content_of(request).ok());
}

TEST_CASE("T14: of several parts the text is read", "[content]") {
  const std::string plain = "Content-Type: text/plain\r\n\r\nplain";
  const std::string html = "Content-Type: text/html\r\n\r\n<b>html</b>";
  const std::string image = "Content-Type: image/gif\r\nContent-ID: <i>\r\n\r\nGIF";
  const std::string alternative = "multipart/alternative;boundary=x";
  const std::string related = "multipart/related;boundary=\"x\"";
  const std::string mixed = "multipart/mixed;boundary=x";
  CHECK(said(alternative, parts({plain, html})) == "plain");
  CHECK(marked(alternative, parts({plain, html})).find("<strong>html</strong>") !=
        std::string::npos);
  CHECK(said(alternative, parts({html})) == "html");
  CHECK(said(alternative, parts({plain, "Content-Type: text/rtf\r\n\r\n{}"})) == "plain");
  CHECK(said(alternative, parts({image})) == "415");
  CHECK(said(related, parts({html, image})) == "html");
  CHECK(said(related, parts({image, html})) == "415");
  CHECK(said("multipart/related;boundary=x;start=\"<h>\"",
             parts({image, "Content-ID: <h>\r\n" + html})) == "html");
  CHECK(said("multipart/related;boundary=x;start=\"<none>\"", parts({html})) == "400");
  CHECK(said(mixed, parts({plain})) == "plain");
  CHECK(said(mixed, parts({plain, image})) == "415");
  CHECK(said(mixed, parts({"\r\nno type"})) == "no type");
  CHECK(said(mixed, parts({"Content-Type: text/plain\r\nContent-Transfer-Encoding: "
                           "base64\r\n\r\nR3LDvMOfZQ=="})) == "Grüße");
  CHECK(said(mixed, parts({"Content-Transfer-Encoding: base64\r\n\r\n!!"})) == "415");
  CHECK(said(mixed, parts({"Content-Transfer-Encoding: x-uuencode\r\n\r\nx"})) == "415");
}

TEST_CASE("T14: what is no multipart body is refused", "[content]") {
  const std::string mixed = "multipart/mixed;boundary=x";
  for (const std::string& body :
       {"--x\r\n\r\nno end"s, "--x\r\n\r\na\r\n--xno end--"s, "--x\r\na b: c\r\n\r\nd\r\n--x--"s,
        "--x\r\nA: b\r\n c\r\n\r\nd\r\n--x--"s, "--x\r\nA: \x01\r\n\r\nd\r\n--x--"s, "a--x\r\n"s})
    CHECK(said(mixed, body) == "400");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "--x\r\n\r\na\r\n";
  CHECK(said(mixed, many + "--x--") == "400");
  CHECK(said("multipart/mixed;boundary=" + std::string(71, 'x'), "x") == "400");
  std::string nested = "deep";
  std::string type = "text/plain";
  for (int i = 0; i < 6; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    nested = "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n" + nested + "\r\n--" +
             boundary + "--";
    type = "multipart/mixed;boundary=" + boundary;
  }
  CHECK(said(type, nested) == "415");
}

TEST_CASE("T26: documents for machines are read as what they are", "[content]") {
  const std::string composing =
      "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state>"
      "<refresh>90</refresh></isComposing>";
  const auto typing = content_of(request_of("application/im-iscomposing+xml", composing));
  REQUIRE(typing.ok());
  CHECK(std::get<IsComposing>(typing->what).active);
  const std::string imdn =
      "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>m1</message-id>"
      "<delivery-notification><status><delivered/></status></delivery-notification></imdn>";
  const auto told =
      content_of(request_of("message/cpim",
                            "From: <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\nContent-Type: "
                            "message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n" +
                                imdn));
  REQUIRE(told.ok());
  CHECK(std::get<Imdn>(told->what).message_id == "m1");
  CHECK(std::get<Imdn>(told->what).status == Imdn::Status::delivered);
  const std::string bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]>";
  CHECK(said("application/im-iscomposing+xml", bomb + composing) == "400");
  CHECK(said("message/imdn+xml", bomb + imdn) == "400");
  CHECK(said("application/ms-imdn+xml", bomb + imdn) == "400");
  CHECK(said("message/imdn+xml", "<?x?>" + imdn) == "400");
  CHECK(said("message/imdn+xml", imdn + "<!-- x -->") == "400");
}
