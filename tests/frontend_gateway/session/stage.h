#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/session/ms_text.h"
#include "frontend_gateway/session/sdp.h"
#include "frontend_gateway/session/sessions.h"
#include "frontend_gateway/translate/headers.h"
#include "tests/support/world/world.h"

namespace causeway::test {

namespace sip = gateway::sip;
using gateway::session::Mode;
using gateway::translate::SipAnswer;

inline gateway::policy::Rules contoso_and_fabrikam() {
  gateway::policy::Rules rules;
  rules.hosted = {*address::Domain::parse("contoso.example")};
  v1::Partner partner;
  partner.set_domain("fabrikam.example");
  partner.set_type(v1::FEDERATED);
  rules.partners = {partner};
  rules.global = {"global", true, true, ""};
  return rules;
}

inline gateway::mapping::SipUri uri_of(const std::string& text) {
  return *gateway::mapping::SipUri::parse(text);
}

// Sessions in such a world: ann@fabrikam.example on the XMPP side, bob@contoso.example on the
// other, and as many more as a test wants.
struct Stage {
  explicit Stage(gateway::config::Session limits = {}, Mode mode = Mode::session)
      : mode(mode),
        current(std::make_shared<const gateway::policy::Policy>(contoso_and_fabrikam())),
        sessions(
            current, world, limits,
            {.hear =
                 [this](const sip::IncomingRequest& request, gateway::Reply reply) {
                   heard.push_back({request, std::move(reply)});
                 },
             .page = [this](const auto&, const auto&,
                            gateway::Errand errand) { paged.push_back(std::move(errand)); },
             .finished = [this](gateway::Errand errand,
                                sip::Response response) { finish(std::move(errand), response); },
             .mode = [this](const std::string&) { return this->mode; }}) {}

  // --- From XMPP. The number under which its outcome will stand.
  std::uint64_t say(const std::string& text, const std::string& from = "sip:ann@fabrikam.example",
                    const std::string& to = "sip:bob@contoso.example",
                    std::chrono::milliseconds patience = {}) {
    gateway::Errand errand{};
    errand.request.method = "MESSAGE";
    errand.request.request_uri = to;
    errand.request.from = "<" + from + ">";
    errand.request.to = "<" + uri_of(to).bare() + ">";
    errand.request.call_id = "call";
    errand.request.content_type = "text/plain;charset=UTF-8";
    errand.request.body = text;
    errand.receipt = causeway::link::Receipt(outcomes, ++said);
    errand.patience = patience;
    if (!sessions.send(uri_of(from), uri_of(to), errand)) errand.receipt.refused({});
    return said;
  }
  bool type(v1::Message::ChatState state, const std::string& from = "sip:ann@fabrikam.example") {
    return sessions.typing(uri_of(from), uri_of("sip:bob@contoso.example"), state);
  }

  // --- From SIP. Where its answer will stand.
  std::size_t request(const sip::IncomingRequest& request) {
    const std::size_t index = answers.size();
    answers.emplace_back();
    sessions.from_sip(request, [this, index](const SipAnswer& answer) {
      REQUIRE_FALSE(answers[index].has_value());
      answers[index] = answer;
    });
    return index;
  }
  int status(std::size_t index) const { return answers[index] ? answers[index]->status : 0; }
  int status() const { return status(answers.size() - 1); }

  void finish(gateway::Errand errand, const sip::Response& response) {
    statuses.push_back(response.status);
    CHECK(errand.request.body.empty());
    if (response.status < 300) return errand.receipt.taken();
    errand.receipt.refused({});
  }

  struct Heard {
    sip::IncomingRequest request;
    gateway::Reply reply;
  };

  Mode mode;
  World world;
  gateway::policy::Current current;
  std::shared_ptr<Outcomes> outcomes = std::make_shared<Outcomes>();
  std::uint64_t said = 0;
  std::vector<int> statuses;  // of the texts, in the order of their outcomes
  std::vector<gateway::Errand> paged;
  std::deque<Heard> heard;
  std::vector<std::optional<SipAnswer>> answers;
  gateway::session::Sessions sessions;
};

// The 2xx of somebody who talks back, to an INVITE that was sent to him.
inline sip::Response accepted(const sip::Request& invite, const std::string& tag = "theirs",
                              std::vector<sip::Header> headers = {}) {
  sip::Response response{};
  response.status = 200;
  response.reason = "OK";
  response.headers = std::move(headers);
  response.headers.push_back({"Contact", "<sip:bob@192.0.2.7:5060;transport=tcp>"});
  response.call_id = invite.call_id;
  response.from_tag = "ours";
  response.to_tag = tag;
  response.cseq = 1;
  response.content_type = "application/sdp";
  response.body = gateway::session::write_offer();
  return response;
}

// What he sends within the dialog of that INVITE.
inline sip::IncomingRequest within(const sip::Request& invite, const std::string& method,
                                   std::uint32_t cseq, const std::string& body = {},
                                   const std::string& type = "text/plain",
                                   const std::string& tag = "theirs") {
  sip::IncomingRequest request;
  request.method = method;
  request.request_uri = "sip:gateway@192.0.2.1";
  request.from_uri = "sip:bob@contoso.example";
  request.to_uri = "sip:ann@fabrikam.example";
  request.from_tag = tag;
  request.to_tag = request.local_tag = "ours";
  request.call_id = invite.call_id;
  request.cseq = cseq;
  if (!body.empty()) request.content_type = type;
  request.body = body;
  return request;
}

// An INVITE of his.
inline sip::IncomingRequest invite_of(const std::string& call_id,
                                      std::vector<sip::Header> headers = {},
                                      const std::string& from = "sip:bob@contoso.example") {
  sip::IncomingRequest request =
      request_of(from, "sip:ann@fabrikam.example", gateway::session::write_offer());
  request.method = "INVITE";
  request.content_type = "application/sdp";
  request.call_id = call_id;
  request.from_tag = "his";
  request.local_tag = "mine";
  request.cseq = 1;
  request.headers = std::move(headers);
  request.headers.push_back({"Contact", "<" + from + ":5071>"});
  return request;
}

inline sip::IncomingRequest within(const sip::IncomingRequest& invite, const std::string& method,
                                   std::uint32_t cseq, const std::string& body = {},
                                   const std::string& type = "text/plain") {
  sip::IncomingRequest request = invite;
  request.method = method;
  request.to_tag = invite.local_tag;
  request.cseq = cseq;
  request.content_type = body.empty() ? "" : type;
  request.body = body;
  request.headers.clear();
  return request;
}

inline std::string header_of(const sip::Request& request, std::string_view name) {
  return std::string(gateway::translate::header(request.headers, name));
}

inline sip::Header ms_text(const std::string& body) {
  return {"ms-text-format", gateway::session::ms_text_format("text/plain; charset=UTF-8", body)};
}

// A session that ann has opened with a text, which bob's client took from the INVITE.
inline sip::Request open_by_ann(Stage& stage, const std::string& text = "first") {
  stage.say(text);
  auto invite = stage.world.next_request();
  REQUIRE(invite.request.method == "INVITE");
  invite.answered(accepted(invite.request, "theirs", {{"Supported", "ms-text-format"}}));
  return invite.request;
}

}  // namespace causeway::test
