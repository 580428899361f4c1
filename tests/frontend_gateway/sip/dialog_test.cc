#include "frontend_gateway/sip/dialog.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "frontend_gateway/sip/uri.h"

namespace causeway::test {
namespace {

using gateway::sip::Dialog;
using gateway::sip::Header;
using gateway::sip::IncomingRequest;
using gateway::sip::Request;
using gateway::sip::Response;

using Texts = std::vector<std::string>;

IncomingRequest subscribe() {
  IncomingRequest request;
  request.method = "SUBSCRIBE";
  request.request_uri = "sip:juliet@fabrikam.example";
  request.from_uri = "sip:romeo@contoso.example";
  request.to_uri = "sip:juliet@fabrikam.example";
  request.call_id = "call";
  request.from_tag = "theirs";
  request.local_tag = "ours";
  request.cseq = 7;
  request.headers = {{"Contact", "<sip:romeo@192.0.2.1:5070;transport=tcp>;expires=60"}};
  request.record_routes = {"<sip:p1.example;lr>", "<sip:p2.example;lr>"};
  return request;
}

Response accepted() {
  Response response;
  response.status = 200;
  response.headers = {{"Contact", "\"R\" <sip:romeo@192.0.2.1>"}};
  response.call_id = "call";
  response.from_tag = "ours";
  response.to_tag = "theirs";
  response.cseq = 12;
  response.record_routes = {"<sip:p2.example;lr>", "<sip:p1.example;lr>"};
  return response;
}

TEST_CASE("a dialog of one who answers", "[sip][dialog]") {
  auto dialog = Dialog::answering(subscribe());
  REQUIRE(dialog);
  CHECK(dialog->id() == "call ours theirs");
  CHECK(dialog->remote_cseq == 7);
  const Request first = dialog->request("NOTIFY");
  CHECK(first.method == "NOTIFY");
  CHECK(first.request_uri == "sip:romeo@192.0.2.1:5070;transport=tcp");
  CHECK(first.routes == Texts{"<sip:p1.example;lr>", "<sip:p2.example;lr>"});  // as received
  CHECK(first.from == "<sip:juliet@fabrikam.example>");
  CHECK(first.to == "<sip:romeo@contoso.example>");
  CHECK(first.from_tag == "ours");
  CHECK(first.to_tag == "theirs");
  CHECK(first.call_id == "call");
  CHECK(first.contact);
  CHECK(dialog->request("NOTIFY").cseq == first.cseq + 1);
}

TEST_CASE("a dialog of one who asked", "[sip][dialog]") {
  const Request request{.method = "SUBSCRIBE",
                        .request_uri = "sip:romeo@contoso.example",
                        .from = "\"J\" <sip:juliet@fabrikam.example>",
                        .to = "sip:romeo@contoso.example",
                        .call_id = "",
                        .headers = {},
                        .content_type = "",
                        .body = ""};
  auto dialog = Dialog::asked(request, accepted());
  REQUIRE(dialog);
  CHECK(dialog->id() == "call ours theirs");
  CHECK(dialog->routes == Texts{"<sip:p1.example;lr>", "<sip:p2.example;lr>"});  // reversed
  CHECK(dialog->remote_target == "sip:romeo@192.0.2.1");
  CHECK(dialog->local_uri == "\"J\" <sip:juliet@fabrikam.example>");
  CHECK(dialog->remote_uri == "<sip:romeo@contoso.example>");
  CHECK(dialog->request("SUBSCRIBE").cseq == 13);
  Response with_credentials = accepted();
  with_credentials.cseq = 14;
  dialog->answered(with_credentials);
  CHECK(dialog->request("SUBSCRIBE").cseq == 15);
  CHECK_FALSE(dialog->request("MESSAGE").contact);
}

TEST_CASE("a NOTIFY that is faster than the 2xx makes the dialog", "[sip][dialog]") {
  Request request{};
  request.from = "<sip:juliet@fabrikam.example>";
  request.to = "<sip:romeo@contoso.example>";
  request.cseq = 12;
  IncomingRequest notify = subscribe();
  notify.method = "NOTIFY";
  notify.from_uri = "sip:romeo@contoso.example";
  notify.to_tag = notify.local_tag = "ours";
  auto dialog = Dialog::notified(request, notify);
  REQUIRE(dialog);
  CHECK(dialog->id() == Dialog::id_of(notify));
  CHECK(dialog->local_uri == "<sip:juliet@fabrikam.example>");
  CHECK(dialog->request("SUBSCRIBE").cseq == 13);
  CHECK(dialog->accept(notify));
}

TEST_CASE("no dialog without a Contact of SIP and both tags", "[sip][dialog]") {
  const auto contact = GENERATE(as<std::string>{}, "", "<tel:+1>", "*", "<sip:a@b>, <sip:c@d>");
  IncomingRequest request = subscribe();
  request.headers = {{"Contact", contact}};
  CHECK_FALSE(Dialog::answering(request));
  Response response = accepted();
  response.headers = {{"Contact", contact}};
  CHECK_FALSE(Dialog::asked(Request{}, response));
  request = subscribe();
  request.from_tag.clear();
  CHECK_FALSE(Dialog::answering(request));
  response = accepted();
  response.to_tag.clear();
  CHECK_FALSE(Dialog::asked(Request{}, response));
}

// RFC 3261 section 12.2.1.1.
TEST_CASE("loose and strict routing", "[sip][dialog]") {
  struct Row {
    Texts recorded;
    std::string request_uri;
    Texts routes;
  };
  const std::string target = "sip:romeo@192.0.2.1:5070;transport=tcp";
  const auto row = GENERATE_REF(values<Row>({
      {{}, target, {}},
      {{"<sip:p1.example;lr>"}, target, {"<sip:p1.example;lr>"}},
      {{"<sip:p1.example;lr=on>"}, target, {"<sip:p1.example;lr=on>"}},
      {{"<sip:lr@p1.example;LR;ftag=x>", "<sip:p2.example>"},
       target,
       {"<sip:lr@p1.example;LR;ftag=x>", "<sip:p2.example>"}},
      {{"<sip:p1.example>"}, "sip:p1.example", {"<" + target + ">"}},
      {{"<sip:p1.example;method=NOTIFY;transport=tcp?Subject=x>", "<sip:p2.example;lr>"},
       "sip:p1.example;transport=tcp",
       {"<sip:p2.example;lr>", "<" + target + ">"}},
      {{"<sip:;lr@p1.example>"}, "sip:;lr@p1.example", {"<" + target + ">"}},
  }));
  IncomingRequest request = subscribe();
  request.record_routes = row.recorded;
  auto dialog = Dialog::answering(request);
  REQUIRE(dialog);
  const Request next = dialog->request("NOTIFY");
  CHECK(next.request_uri == row.request_uri);
  CHECK(next.routes == row.routes);
  CHECK(dialog->request("NOTIFY").routes == row.routes);
}

TEST_CASE("requests of the other end are in order and may move it", "[sip][dialog]") {
  auto dialog = Dialog::answering(subscribe());
  REQUIRE(dialog);
  IncomingRequest next = subscribe();
  next.to_tag = "ours";
  next.cseq = 6;
  CHECK_FALSE(dialog->accept(next));
  next.cseq = 9;  // one may have been refused on the way
  next.headers = {{"Contact", "<sip:romeo@192.0.2.9>"}};
  next.method = "MESSAGE";
  CHECK(dialog->accept(next));
  CHECK(dialog->remote_target == "sip:romeo@192.0.2.1:5070;transport=tcp");
  next.method = "INVITE";
  next.cseq = 10;
  CHECK(dialog->accept(next));
  CHECK(dialog->remote_target == "sip:romeo@192.0.2.9");
  next.cseq = 9;
  CHECK_FALSE(dialog->accept(next));
  next.cseq = 11;
  next.headers = {};
  CHECK(dialog->accept(next));
  CHECK(dialog->remote_target == "sip:romeo@192.0.2.9");
}

TEST_CASE("a dialog is kept as text", "[sip][dialog]") {
  auto dialog = Dialog::answering(subscribe());
  REQUIRE(dialog);
  dialog->request("NOTIFY");
  CHECK(Dialog::from_text(dialog->to_text()) == dialog);
  dialog->routes.clear();
  dialog->remote_uri.clear();
  CHECK(Dialog::from_text(dialog->to_text()) == dialog);
  const std::string text = dialog->to_text();
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(Dialog::from_text(text.substr(0, size)));
  CHECK_FALSE(Dialog::from_text("dialog 2" + text.substr(8)));
}

TEST_CASE("where a URI points", "[sip][uri]") {
  struct Row {
    std::string uri;
    std::string place;
  };
  const auto row = GENERATE(values<Row>({
      {"sip:contoso.example", "contoso.example 0 "},
      {"sip:b@Contoso.Example.:5070;transport=TCP", "contoso.example 5070 tcp"},
      {"sips:b;x=1@[2001:DB8::1]:5061?a=b", "secure 2001:db8::1 5061 "},
      {"sip:b@contoso.example;maddr=192.0.2.7;transport=udp", "192.0.2.7 0 udp"},
      {"sip:b?c:d@contoso.example", "contoso.example 0 "},
      {"tel:+1", ""},
      {"sip:", ""},
      {"sip:b@", ""},
      {"sip:b@contoso.example:0", ""},
      {"sip:b@contoso.example:99999", ""},
      {"sip:b@[2001:db8::1", ""},
      {"sip:b@contoso.example:", ""},
  }));
  INFO(row.uri);
  const auto place = gateway::sip::place_of(row.uri);
  const std::string text = place ? (place->secure ? "secure " : "") + place->host + " " +
                                       std::to_string(place->port) + " " + place->transport
                                 : "";
  CHECK(text == row.place);
}

}  // namespace
}  // namespace causeway::test
