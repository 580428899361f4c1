#include "frontend_gateway/session/invitation.h"

#include "tests/frontend_gateway/session/stage.h"

using namespace causeway::test;
using causeway::gateway::session::Invitation;

namespace {

const causeway::gateway::policy::Policy& policy() {
  static const causeway::gateway::policy::Policy policy(contoso_and_fabrikam());
  return policy;
}

}  // namespace

TEST_CASE("an INVITE says who speaks with whom", "[session]") {
  auto request = invite_of("1", {}, "sip:Bob@Contoso.Example");
  request.request_uri = "sip:ann@fabrikam.example;gr=phone;transport=tcp";
  const auto invitation = Invitation::parse(request, policy());
  REQUIRE(invitation.ok());
  CHECK(invitation->xmpp.to_string() == "sip:ann@fabrikam.example");
  CHECK(invitation->sip.to_string() == "sip:bob@contoso.example");
  REQUIRE(invitation->offer.has_value());
  CHECK(invitation->offer->text == 0u);
}

TEST_CASE("INVITEs that open no session", "[session]") {
  struct Row {
    const char* what;
    void (*change)(sip::IncomingRequest&);
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {"sips", [](auto& r) { r.to_uri = "sips:ann@fabrikam.example"; }, 416},
      {"a telephone", [](auto& r) { r.request_uri = "tel:+15551234"; }, 484},
      {"not ours", [](auto& r) { r.from_uri = "sip:bob@evil.example"; }, 403},
      {"no partner", [](auto& r) { r.request_uri = "sip:ann@stranger.example"; }, 404},
      {"to us", [](auto& r) { r.request_uri = "sip:ben@contoso.example"; }, 482},
      {"a conference",
       [](auto& r) {
         r.headers.push_back({"Require", "com.microsoft.rtc-multiparty"});
       },
       420},
      {"an invitation to one",
       [](auto& r) {
         r.content_type = "application/ms-conf-invite+xml";
         r.body = "<x/>";
       },
       488},
      {"audio", [](auto& r) { r.body = "v=0\r\nm=audio 1 RTP/AVP 0\r\n"; }, 488},
      {"MSRP", [](auto& r) { r.body = "v=0\r\nm=message 1 TCP/MSRP *\r\n"; }, 488},
      {"rubbish", [](auto& r) { r.body = "rubbish"; }, 400},
      {"no SDP", [](auto& r) { r.content_type = "text/plain"; }, 415},
  }));
  INFO(row.what);
  auto request = invite_of("1");
  row.change(request);
  const auto invitation = Invitation::parse(request, policy());
  REQUIRE_FALSE(invitation.ok());
  CHECK(invitation.refusal().status == row.status);
}

TEST_CASE("extensions that a session has may be required", "[session]") {
  auto request = invite_of("1", {{"Require", "timer , ms-text-format"}});
  CHECK(Invitation::parse(request, policy()).ok());
  request.headers.push_back({"Require", "100rel, timer"});
  const auto refused = Invitation::parse(request, policy());
  REQUIRE_FALSE(refused.ok());
  CHECK(causeway::gateway::translate::header(refused.refusal().headers, "Unsupported") == "100rel");
}

TEST_CASE("an INVITE without an offer leaves it to us", "[session]") {
  auto request = invite_of("1");
  request.body.clear();
  request.content_type.clear();
  const auto invitation = Invitation::parse(request, policy());
  REQUIRE(invitation.ok());
  CHECK_FALSE(invitation->offer.has_value());
}
