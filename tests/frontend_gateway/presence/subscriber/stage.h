#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/presence/watches.h"
#include "tests/frontend_gateway/policy/rules.h"
#include "tests/support/world/world.h"

namespace causeway::test {

using gateway::presence::Watch;
using gateway::presence::Watches;
namespace pidf = gateway::pidf;

inline constexpr auto kBob = "bob@contoso.example";     // the SIP user
inline constexpr auto kAnna = "anna@fabrikam.example";  // who watches him

// A SUBSCRIBE that was sent, and the presence server's end of what it made.
struct Watched {
  World::Request subscribe;
  std::uint32_t cseq = 0;
  std::string tag = "pa";

  std::string header(const std::string& name) const {
    return std::string(gateway::translate::header(subscribe.request.headers, name));
  }
  bool within() const { return !subscribe.request.to_tag.empty(); }
  void answer(int status, std::vector<gateway::sip::Header> headers = {}) {
    gateway::sip::Response response{status, "Why", std::move(headers), false};
    response.call_id = subscribe.request.call_id;
    response.from_tag = subscribe.request.from_tag;
    response.to_tag = tag;
    response.cseq = subscribe.request.cseq;
    response.headers.push_back({"Contact", "<sip:pa@10.0.0.5:5060>"});
    subscribe.answered(std::move(response));
  }
  void accept(const std::string& expires = "3600") { answer(200, {{"Expires", expires}}); }

  gateway::sip::IncomingRequest notify(const std::string& state, const std::string& body = {}) {
    gateway::sip::IncomingRequest notify =
        request_of("sip:bob@contoso.example", "sip:anna@fabrikam.example", body);
    notify.method = "NOTIFY";
    notify.call_id = subscribe.request.call_id;
    notify.to_tag = notify.local_tag = subscribe.request.from_tag;
    notify.from_tag = tag;
    notify.cseq = ++cseq;
    notify.content_type = body.empty() ? "" : "application/pidf+xml;charset=UTF-8";
    notify.headers = {{"Event", "presence"},
                      {"Subscription-State", state},
                      {"Contact", "<sip:pa@10.0.0.5:5060>"}};
    return notify;
  }
};

inline pidf::Device at(const std::string& resource, v1::Presence::Show show = {}) {
  return {.resource = resource, .open = true, .show = show};
}
inline std::string document(std::vector<pidf::Device> devices,
                            const std::string& entity = "sip:bob@contoso.example") {
  return pidf::write({.entity = entity, .devices = std::move(devices)});
}

class WatchStage {
 public:
  explicit WatchStage(Watches::Limits limits = {}, std::vector<gateway::store::Watch> rows = {},
                      gateway::policy::Rules rules = open_rules())
      : policy(std::make_shared<gateway::policy::Policy>(rules)),
        watches(policy, contacts, world, limits, std::move(rows)) {
    watches.start();
  }

  // --- XMPP. The number of the delivery.
  std::uint64_t says(v1::Presence::Type type, const std::string& from = kAnna,
                     const std::string& to = kBob) {
    v1::Stanza stanza = stanza_of(from, to);
    stanza.mutable_presence()->set_type(type);
    watches.from_xmpp({std::move(stanza), causeway::link::Receipt(outcomes, ++delivered)});
    return delivered;
  }
  // What is sent next: "unavailable bob@contoso.example/desk", "dnd bob@contoso.example/desk
  // (busy)".
  std::string told() {
    if (world.submissions.empty()) return "";
    World::Submission submission = world.next_submission();
    const v1::Stanza& stanza = submission.stanza;
    CHECK(stanza.to().local() == "anna");
    std::string line;
    const v1::Presence& presence = stanza.presence();
    static const char* const kTypes[] = {
        "",       "unavailable ", "subscribe ", "subscribed ", "unsubscribe ", "unsubscribed ",
        "probe ", "error "};
    static const char* const kShows[] = {"", "away ", "chat ", "dnd ", "xa "};
    absl::StrAppend(&line, kTypes[presence.type()], kShows[presence.show()], stanza.from().local(),
                    "@", stanza.from().domain());
    if (!stanza.from().resource().empty()) absl::StrAppend(&line, "/", stanza.from().resource());
    for (const v1::LocalizedText& status : presence.statuses())
      absl::StrAppend(&line, " (", status.text(), ")");
    submission.settled(std::nullopt);
    return line;
  }
  // All of it, one after the other.
  std::vector<std::string> all_told() {
    std::vector<std::string> all;
    while (!world.submissions.empty()) all.push_back(told());
    return all;
  }

  // --- SIP.
  Watched next() { return {world.next_request()}; }
  int hears(const gateway::sip::IncomingRequest& notify) {
    int status = 0;
    watches.from_sip(notify, [&](const gateway::translate::SipAnswer& answer) {
      REQUIRE(status == 0);
      status = answer.status;
      last_answer = answer;
    });
    return status;
  }
  int hears(Watched& watched, const std::string& state, const std::string& body = {}) {
    return hears(watched.notify(state, body));
  }

  // --- Shortcuts.
  Watched asked(const std::string& from = kAnna) {
    const auto number = says(v1::Presence::SUBSCRIBE, from);
    REQUIRE(outcomes->taken(number));
    return next();
  }
  // Anna sees Bob, who is at his desk, and nothing waits.
  Watched active() {
    Watched watched = asked();
    watched.accept();
    REQUIRE(hears(watched, "active;expires=3600", document({at("desk")})) == 200);
    REQUIRE(all_told() ==
            std::vector<std::string>{"subscribed bob@contoso.example", "bob@contoso.example/desk"});
    world.pass(std::chrono::seconds(2));
    REQUIRE(world.requests.empty());
    return watched;
  }
  std::size_t in(Watch::State state) const { return watches.in_state(state); }

  // What a restart would find.
  std::vector<gateway::store::Watch> rows() const {
    std::map<std::string, gateway::store::Watch> rows;
    for (const gateway::store::Change& change : world.written_rows) {
      const auto& row = std::get<gateway::store::Watch>(change.row);
      rows.erase(row.local + row.remote);
      if (!change.remove) rows.emplace(row.local + row.remote, row);
    }
    std::vector<gateway::store::Watch> all;
    for (auto& [key, row] : rows) all.push_back(row);
    return all;
  }

  World world;
  std::shared_ptr<Outcomes> outcomes = std::make_shared<Outcomes>();
  std::uint64_t delivered = 0;
  gateway::translate::SipAnswer last_answer;
  gateway::policy::Contacts contacts;
  gateway::policy::Current policy;
  Watches watches;
};

}  // namespace causeway::test
