#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/presence/notifications.h"
#include "tests/frontend_gateway/policy/rules.h"
#include "tests/support/world/world.h"

namespace causeway::test {

using namespace std::chrono_literals;
using gateway::presence::Notifications;

// One of a SIP user's phones, as far as it has a subscription.
struct Phone {
  std::string name = "desk";
  std::string user = "sip:alice@contoso.example";
  std::string watched = "sip:bob@fabrikam.example";
  std::uint32_t cseq = 0;
  bool in_dialog = false;

  std::string call_id() const { return name + "@phone"; }
};

// The answer to a SUBSCRIBE, once it is given.
struct Answer {
  int status = 0;  // 0: not yet
  std::vector<gateway::sip::Header> headers{};
  std::string header(const std::string& name) const {
    return std::string(gateway::translate::header(headers, name));
  }
};

// What a NOTIFY says, in short: "active [desk open away]".
inline std::string said_by(const gateway::sip::Request& notify) {
  REQUIRE(notify.method == "NOTIFY");
  std::string said(gateway::translate::header(notify.headers, "Subscription-State"));
  said = said.substr(0, said.find(";expires="));
  if (notify.content_type.empty()) {
    CHECK(notify.body.empty());
    return said;
  }
  CHECK(notify.content_type == "application/pidf+xml");
  const auto document = gateway::pidf::parse(notify.body);
  REQUIRE(document.ok());
  for (const gateway::pidf::Device& device : document->devices) {
    static const char* const kShows[] = {"", " away", " chat", " dnd", " xa"};
    absl::StrAppend(&said, " [", device.resource, device.open ? " open" : " closed",
                    kShows[device.show], "]");
  }
  return said;
}

// The world as one life of the process has it: what is left of a dead one does nothing any more.
class Life final : public gateway::Surroundings {
 public:
  explicit Life(World& world) : world_(world) {}

  void send(gateway::sip::Request request, gateway::sip::UserAgent::Answered answered) override {
    if (alive) world_.send(std::move(request), std::move(answered));
  }
  void submit(v1::Stanza stanza, Settled settled) override {
    if (alive) world_.submit(std::move(stanza), std::move(settled));
  }
  void after(std::chrono::milliseconds delay, gateway::sip::UserAgent::Task task) override {
    world_.after(delay, [this, task = std::move(task)]() mutable {
      if (alive) task();
    });
  }
  void write(std::vector<gateway::store::Change> changes, Written written) override {
    if (alive) world_.write(std::move(changes), std::move(written));
  }
  std::string life() const override { return world_.life(); }
  std::chrono::steady_clock::time_point clock() const override { return world_.clock(); }
  absl::Time now() const override { return world_.now(); }

  bool alive = true;

 private:
  World& world_;
};

// Alice of contoso.example watches Bob of fabrikam.example, and the test is both, the database and
// the clocks.
class Talk {
 public:
  explicit Talk(Notifications::Limits limits = {}, Notifications::Rows rows = {},
                Notifications::Shown shown = {})
      : limits_(limits) {
    begin(std::move(rows), std::move(shown));
  }
  // Nothing of the memory is left; the clocks and what the database holds are.
  void restart() {
    Notifications::Rows rows = durable();
    world.requests.clear();
    world.submissions.clear();
    world.unwritten.clear();
    lives_.back()->alive = false;
    begin(std::move(rows), {});
  }

  // --- Alice.
  std::shared_ptr<Answer> subscribe(Phone& phone, std::vector<gateway::sip::Header> headers = {
                                                      {"Expires", "3600"}}) {
    gateway::sip::IncomingRequest request = request_of(phone.user, phone.watched, "");
    request.method = "SUBSCRIBE";
    request.call_id = phone.call_id();
    request.from_tag = phone.name;
    request.local_tag = "ours-" + phone.name;
    if (phone.in_dialog) request.to_tag = request.local_tag;
    request.cseq = ++phone.cseq;
    request.content_type.clear();
    request.headers = std::move(headers);
    const auto names = [&request](const char* name) {
      return !gateway::translate::header(request.headers, name).empty();
    };
    if (!names("Event")) request.headers.push_back({"Event", "presence"});
    if (!names("Contact"))
      request.headers.push_back({"Contact", "<sip:" + phone.name + "@10.0.0.9:5060>"});
    auto answer = std::make_shared<Answer>();
    notifications->from_sip(request, [answer](const gateway::translate::SipAnswer& said) {
      REQUIRE(answer->status == 0);
      answer->status = said.status;
      answer->headers = said.headers;
    });
    if (answer->status / 100 == 2) phone.in_dialog = true;
    return answer;
  }
  int asks(Phone& phone, const std::string& expires = "3600") {
    return subscribe(phone, {{"Expires", expires}})->status;
  }
  // The next NOTIFY, answered with 200.
  std::string told() {
    World::Request notify = world.next_request();
    const std::string said = said_by(notify.request);
    notify.answer(200);
    return said;
  }
  bool quiet() const { return world.requests.empty(); }

  // --- Bob.
  void says(v1::Presence::Type type, const std::string& resource = "",
            v1::Presence::Show show = v1::Presence::NO_SHOW,
            const std::string& to = "alice@contoso.example") {
    v1::Stanza stanza = stanza_of(
        resource.empty() ? "bob@fabrikam.example" : "bob@fabrikam.example/" + resource, to);
    stanza.mutable_presence()->set_type(type);
    stanza.mutable_presence()->set_show(show);
    hears(std::move(stanza));
  }
  void hears(v1::Stanza stanza) {
    notifications->from_xmpp({std::move(stanza), causeway::link::Receipt(outcomes, ++delivered)});
    if (!world.slow_database) CHECK(outcomes->taken(delivered));
  }
  // What is sent to him next: "subscribe alice@contoso.example"; the edge takes it.
  std::string asked() {
    World::Submission submission = world.next_submission();
    std::string said = asked_by(submission.stanza);
    submission.settled(std::nullopt);
    return said;
  }
  static std::string asked_by(const v1::Stanza& stanza) {
    CHECK(stanza.to().resource().empty());
    CHECK(stanza.from().resource().empty());
    return absl::StrCat(v1::Presence::Type_Name(stanza.presence().type()), " ",
                        stanza.from().local(), "@", stanza.from().domain());
  }
  bool unasked() const { return world.submissions.empty(); }

  // --- The phone has a subscription, and nothing is under way.
  void pending(Phone& phone) {
    REQUIRE(asks(phone) == 202);
    REQUIRE(told() == "pending");
    if (!unasked()) REQUIRE(asked() == "SUBSCRIBE alice@contoso.example");
  }
  void active(Phone& phone) {
    pending(phone);
    says(v1::Presence::SUBSCRIBED);
    REQUIRE(told() == "active");
    REQUIRE(asked() == "PROBE alice@contoso.example");
    says(v1::Presence::AVAILABLE, "pc");
    world.pass(5s);
    REQUIRE(told() == "active [pc open]");
    world.pass(5s);
    REQUIRE((quiet() && unasked()));
  }

  // What a restart would find.
  Notifications::Rows durable() const {
    std::map<std::string, gateway::store::Subscription> subscriptions;
    std::map<std::string, gateway::store::Grant> grants;
    std::vector<gateway::store::Change> changes = world.written_rows;
    changes.insert(changes.end(), world.waiting_rows.begin(), world.waiting_rows.end());
    for (const gateway::store::Change& change : changes) {
      if (const auto* row = std::get_if<gateway::store::Subscription>(&change.row))
        keep(subscriptions, row->id, *row, change.remove);
      if (const auto* row = std::get_if<gateway::store::Grant>(&change.row))
        keep(grants, row->local + " " + row->remote, *row, change.remove);
    }
    Notifications::Rows rows;
    for (const auto& [key, row] : subscriptions) rows.subscriptions.push_back(row);
    for (const auto& [key, row] : grants) rows.grants.push_back(row);
    return rows;
  }

  World world;
  gateway::policy::Current policy{std::make_shared<gateway::policy::Policy>(open_rules())};
  gateway::policy::Contacts contacts;
  std::shared_ptr<Outcomes> outcomes = std::make_shared<Outcomes>();
  std::uint64_t delivered = 0;
  Notifications* operator->() { return notifications.get(); }
  std::unique_ptr<Notifications> notifications;

 private:
  template <typename Row>
  static void keep(std::map<std::string, Row>& rows, const std::string& key, const Row& row,
                   bool remove) {
    rows.erase(key);
    if (!remove) rows.emplace(key, row);
  }
  void begin(Notifications::Rows rows, Notifications::Shown shown) {
    lives_.push_back(std::make_unique<Life>(world));
    notifications = std::make_unique<Notifications>(policy, contacts, *lives_.back(), limits_,
                                                    std::move(rows), std::move(shown));
    notifications->start();
  }

  const Notifications::Limits limits_;
  std::vector<std::unique_ptr<Life>> lives_;  // the world's timers know the dead ones too
};

}  // namespace causeway::test
