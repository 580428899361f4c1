#include "frontend_gateway/session/interval.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway;
using namespace causeway::gateway::session;
using namespace std::chrono_literals;

namespace {

sip::IncomingRequest asking_for(const std::string& expires, const std::string& supported) {
  sip::IncomingRequest request;
  request.method = "INVITE";
  if (!expires.empty()) request.headers.push_back({"Session-Expires", expires});
  if (!supported.empty()) request.headers.push_back({"Supported", supported});
  return request;
}

sip::Response answering(const std::string& name, const std::string& value) {
  sip::Response response{};
  response.status = 200;
  response.headers = {{name, value}};
  return response;
}

}  // namespace

TEST_CASE("who refreshes a session that is asked of us", "[session]") {
  struct Row {
    std::string expires, supported;
    std::chrono::seconds length;
    bool ours;
    std::string said;
  };
  const auto row = GENERATE(values<Row>({
      {"", "timer", 0s, false, ""},
      {"nonsense", "timer", 0s, false, ""},
      {"1800", "timer", 1800s, false, "1800;refresher=uac"},
      {"1800;refresher=uac", "timer", 1800s, false, "1800;refresher=uac"},
      {"1800;refresher=uas", "timer", 1800s, true, "1800;refresher=uas"},
      {"1800;x=y; Refresher = UAS", "100rel, timer", 1800s, true, "1800;refresher=uas"},
      {"1800", "", 1800s, true, "1800;refresher=uas"},  // a proxy wants it
      {"60", "", 90s, true, "90;refresher=uas"},
      {"9999999999", "timer", 86400s, false, "86400;refresher=uac"},
  }));
  INFO(row.expires);
  const auto agreement = agree(asking_for(row.expires, row.supported));
  REQUIRE(agreement.ok());
  CHECK(agreement->interval.length == row.length);
  CHECK(agreement->interval.ours == row.ours);
  CHECK(translate::header(agreement->headers, "Session-Expires") == row.said);
  CHECK(translate::header(agreement->headers, "Require") ==
        (row.said.empty() || row.ours ? "" : "timer"));
}

TEST_CASE("a session interval that is too small is refused", "[session]") {
  const auto agreement = agree(asking_for("89", "timer"));
  REQUIRE_FALSE(agreement.ok());
  CHECK(agreement.refusal().status == 422);
  CHECK(translate::header(agreement.refusal().headers, "Min-SE") == "90");
  CHECK(agree(asking_for("90", "timer")).ok());
}

TEST_CASE("what the other end has agreed to", "[session]") {
  CHECK(agreed(answering("Session-Expires", "600;refresher=uac")).ours);
  CHECK_FALSE(agreed(answering("Session-Expires", "600;refresher=uas")).ours);
  CHECK(agreed(answering("Session-Expires", "600;refresher=uas")).length == 600s);
  CHECK(agreed(answering("X", "600")).length == 0s);
  CHECK(agreed(answering("Session-Expires", "5")).length == 0s);
  CHECK(wanted(answering("Min-SE", "3600")) == 3600s);
  CHECK(wanted(answering("X", "3600")) == 0s);
  CHECK(wanted(answering("Min-SE", "99999999")) == 0s);
}

TEST_CASE("we refresh in the middle, and wait for theirs until shortly before the end",
          "[session]") {
  CHECK((Interval{1800s, true}).due() == 900s);
  CHECK((Interval{1800s, false}).due() == 1768s);
  CHECK((Interval{90s, false}).due() == 60s);
}
