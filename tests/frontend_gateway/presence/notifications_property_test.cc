// Whatever happens in whatever order: what watchers were told is what is so.

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/stanza/conditions.h"
#include "tests/frontend_gateway/presence/notifier/talk.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using presence::Pair;
using v1::Presence;

namespace {

// A few phones of two users who watch two users, and everything that can happen to them.
class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {
    for (int i = 0; i < 6; ++i) {
      Phone phone{"p" + std::to_string(i), i % 2 ? kAlice : kCarol,
                  i % 3 ? "sip:bob@fabrikam.example" : "sip:dave@fabrikam.example"};
      phones_.push_back(phone);
    }
  }

  void step() {
    const auto choice = random_() % 100;
    if (choice < 25) {
      subscribe();
    } else if (choice < 55) {
      stanza();
    } else if (choice < 80) {
      answer();
    } else if (choice < 88) {
      talk.world.pass(std::chrono::seconds(random_() % 20));
    } else if (choice < 90) {
      talk.world.pass(std::chrono::minutes(random_() % 70));
    } else if (choice < 93) {
      settle();
    } else if (choice < 95) {
      talk.world.database_away = !talk.world.database_away;
    } else if (choice < 96) {
      stream();
    } else if (choice < 97) {
      talk->forget("alice@contoso.example", "bob@fabrikam.example");
    } else if (choice < 98) {
      talk->policy_changed();
    } else {
      restart();
    }
  }

  // Everything comes to rest, and then everybody knows what is so.
  void rest() {
    talk.world.database_away = false;
    for (int i = 0; i < 200; ++i) {
      while (!talk.quiet()) answer(200);
      while (!talk.unasked()) talk.world.next_submission().settled(std::nullopt);
      talk.world.pass(2s);
    }
    REQUIRE(talk.quiet());
    REQUIRE(talk->pending() == 0);
    check();
  }

  Talk talk{};

 private:
  const std::string kAlice = "sip:alice@contoso.example", kCarol = "sip:carol@contoso.example";
  struct Told {
    std::uint32_t cseq = 0;
    std::string said;
  };

  void subscribe() {
    Phone& phone = phones_[random_() % phones_.size()];
    if (random_() % 8 == 0 || is_over(phone)) begin(phone);
    static const char* const kExpires[] = {"3600", "3600", "60", "0", "600"};
    auto answer = talk.subscribe(phone, {{"Expires", kExpires[random_() % 5]}});
    if (answer->status == 481) begin(phone);
  }
  // Another dialog.
  void begin(Phone& phone) {
    phone.name = phone.name.substr(0, 2) + "-" + std::to_string(++dialogs_);
    phone.in_dialog = false;
    phone.cseq = 0;
  }
  bool is_over(const Phone& phone) const {
    const auto found = told_.find(phone.call_id());
    return found != told_.end() && found->second.said.starts_with("terminated");
  }
  void stanza() {
    static constexpr Presence::Type kTypes[] = {
        Presence::SUBSCRIBED,  Presence::SUBSCRIBED,  Presence::UNSUBSCRIBED, Presence::AVAILABLE,
        Presence::AVAILABLE,   Presence::AVAILABLE,   Presence::AVAILABLE,    Presence::UNAVAILABLE,
        Presence::UNAVAILABLE, Presence::UNAVAILABLE, Presence::ERROR};
    static const char* const kResources[] = {"", "pc", "cell"};
    v1::Stanza stanza =
        stanza_of(std::string(random_() % 3 ? "bob" : "dave") + "@fabrikam.example/",
                  std::string(random_() % 2 ? "alice" : "carol") + "@contoso.example");
    const Presence::Type type = kTypes[random_() % std::size(kTypes)];
    stanza.mutable_presence()->set_type(type);
    stanza.mutable_from()->set_resource(kResources[random_() % 3]);
    if (type == Presence::AVAILABLE)
      stanza.mutable_presence()->set_show(static_cast<Presence::Show>(random_() % 5));
    if (type == Presence::ERROR) {
      stanza.set_id(talk.world.life() + "-n1-1");
      *stanza.mutable_error() =
          causeway::stanza::error(random_() % 2 ? v1::ITEM_NOT_FOUND : v1::SERVICE_UNAVAILABLE);
    }
    talk.hears(stanza);
  }
  void answer(int status = 0) {
    if (talk.quiet()) return;
    static constexpr int kStatuses[] = {200, 200, 200, 200, 200, 503, 500, 481, 408};
    World::Request notify = talk.world.next_request();
    hear(notify.request);
    if (status == 0) status = kStatuses[random_() % std::size(kStatuses)];
    if (status != 200) lost_.insert(notify.request.call_id);
    if (status == 200) lost_.erase(notify.request.call_id);
    notify.answer(status);
  }
  void hear(const sip::Request& notify) {
    Told& told = told_[notify.call_id];
    INFO(notify.call_id << " was told " << told.said << ", now " << said_by(notify));
    REQUIRE(notify.cseq > told.cseq);
    REQUIRE_FALSE(told.said.starts_with("terminated"));
    REQUIRE(under_way_.count(notify.call_id) == 0);
    told = {notify.cseq, said_by(notify)};
    const bool pending = told.said == "pending";
    const bool active = told.said.starts_with("active");
    const bool terminated = told.said.starts_with("terminated;reason=");
    REQUIRE((pending || active || terminated));
  }
  void settle() {
    if (talk.unasked()) return;
    auto submission = talk.world.next_submission();
    if (random_() % 4) return submission.settled(std::nullopt);
    submission.settled(causeway::stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  }
  void stream() {
    v1::StreamEvent event;
    event.set_remote_domain("fabrikam.example");
    event.set_local_domain("contoso.example");
    event.set_direction(v1::StreamEvent::OUTBOUND);
    event.set_kind(static_cast<v1::StreamEvent::Kind>(random_() % 3));
    talk->stream_event(event);
  }
  // What is on its way when the process ends is told nobody.
  void restart() {
    talk.world.database_away = false;
    while (!talk.quiet()) {
      World::Request notify = talk.world.next_request();
      hear(notify.request);
      lost_.insert(notify.request.call_id);
    }
    talk.restart();
  }

  void check() {
    std::map<std::string, std::string> state;  // by Call-ID
    for (const auto& pair : talk->authorizations())
      for (const auto& dialog : pair.dialogs)
        state[dialog.call_id] = pair.state == Pair::State::granted ? "active" : "pending";
    // Rows, dialogs and authorizations say the same.
    const auto rows = talk.durable();
    REQUIRE(rows.subscriptions.size() == state.size());
    REQUIRE(talk->size() == state.size());
    std::size_t granted_or_asked = 0;
    for (const auto& pair : talk->authorizations())
      granted_or_asked += pair.state == Pair::State::granted || pair.state == Pair::State::asked;
    REQUIRE(rows.grants.size() == granted_or_asked);
    for (const auto& [call_id, told] : told_) {
      INFO(call_id << ": " << told.said);
      const auto found = state.find(call_id);
      if (found != state.end()) {
        REQUIRE(told.said.starts_with(found->second));
      } else if (lost_.count(call_id) == 0) {
        REQUIRE(told.said.starts_with("terminated"));
      }
    }
    // All who see a user see the same of him.
    std::map<std::string, std::set<std::string>> seen;
    for (const auto& pair : talk->authorizations())
      for (const auto& dialog : pair.dialogs)
        if (pair.state == Pair::State::granted)
          seen[pair.local + pair.remote].insert(told_[dialog.call_id].said);
    for (const auto& [pair, documents] : seen) {
      INFO(pair);
      REQUIRE(documents.size() == 1);
      REQUIRE(*documents.begin() != "active");
    }
  }

  std::mt19937 random_;
  std::vector<Phone> phones_;
  int dialogs_ = 0;
  std::map<std::string, Told> told_;  // by Call-ID
  std::set<std::string> lost_;        // whose last NOTIFY was not taken
  std::set<std::string> under_way_;
};

}  // namespace

TEST_CASE("whatever happens, nobody is told what is not so", "[property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed);
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 250; ++i) chaos.step();
      chaos.rest();
    }
  }
}
