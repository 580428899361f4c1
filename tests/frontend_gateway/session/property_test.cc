#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/frontend_gateway/session/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

// Bob's client: it keeps its dialogs, forgets one now and then, and shows every text it takes.
class Client {
 public:
  Client(Stage& stage, std::uint32_t seed) : stage_(stage), random_(seed) {}

  // One thing that may happen, at random.
  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return say();
      case 2:
      case 3:
      case 4:
        return answer();
      case 5:
        return invite();
      case 6:
        return leave();
      case 7:
        return reply();
    }
  }
  // Answers until nobody asks any more.
  void rest() {
    forgetful_ = false;
    while (!stage_.world.requests.empty() || !stage_.heard.empty()) {
      answer();
      reply();
    }
  }

  std::map<std::string, int> shown;      // texts of ann's, by how often
  std::map<std::string, int> accepted_;  // texts of bob's that were answered with 2xx, likewise

  void check() {
    for (std::uint64_t i = 1; i <= stage_.said; ++i) {
      INFO(i);
      REQUIRE(stage_.outcomes->settled(i));
      CHECK(shown[std::to_string(i)] == (stage_.outcomes->taken(i) ? 1 : 0));
    }
    for (std::size_t i = 0; i < stage_.answers.size(); ++i) CHECK(stage_.answers[i].has_value());
  }

 private:
  void say() { stage_.say(std::to_string(stage_.said + 1)); }

  void show(const std::string& text) { ++shown[text]; }

  // What is asked of it: the oldest, for one connection keeps the order.
  void answer() {
    if (stage_.world.requests.empty()) return;
    auto asked = stage_.world.next_request();
    const sip::Request& request = asked.request;
    if (request.method == "INVITE") return answer_invite(asked);
    const bool known = dialogs_.contains({request.call_id, request.to_tag});
    if (!known || (forgetful_ && random_() % 6 == 0)) {
      dialogs_.erase({request.call_id, request.to_tag});
      const int dead[] = {481, 481, 408, 480};
      return asked.answer(known ? dead[random_() % 4] : 481);
    }
    if (request.method == "BYE") dialogs_.erase({request.call_id, request.to_tag});
    if (request.method != "MESSAGE") return asked.answer(200);
    if (forgetful_ && random_() % 10 == 0) return asked.answer(415);
    show(request.body);
    asked.answer(200);
  }

  void answer_invite(World::Request& asked) {
    if (forgetful_ && random_() % 5 == 0) return asked.answer(random_() % 2 ? 486 : 491);
    const std::string tag = "t" + std::to_string(++tags_);
    std::vector<sip::Header> headers;
    const auto text = gateway::session::first_text(asked.request.headers, 1000);
    if (text && random_() % 2) {
      show(text->body);
      headers.push_back({"Supported", "ms-text-format"});
    }
    auto response = accepted(asked.request, tag, headers);
    response.from_tag = "ours" + tag;
    dialogs_.insert({asked.request.call_id, tag});
    asked.answered(std::move(response));
  }

  void invite() {
    auto request = invite_of("i" + std::to_string(++tags_));
    if (random_() % 2) request.headers.push_back(ms_text("hello"));
    stage_.request(request);
    dialogs_.insert({request.call_id, "his"});
    invites_.push_back(request);
  }

  // BYE, or a text, in one of its own dialogs.
  void leave() {
    if (invites_.empty()) return;
    const auto invite = invites_[random_() % invites_.size()];
    if (!dialogs_.contains({invite.call_id, "his"})) return;
    if (random_() % 2) {
      stage_.request(within(invite, "MESSAGE", 2 + tags_, "x"));
    } else {
      stage_.request(within(invite, "BYE", 2 + tags_));
      dialogs_.erase({invite.call_id, "his"});
    }
  }

  // Of the XMPP side.
  void reply() {
    if (stage_.heard.empty()) return;
    auto heard = std::move(stage_.heard.front());
    stage_.heard.pop_front();
    heard.reply({forgetful_ && random_() % 4 == 0 ? 480 : 202, "Why", {}});
  }

  Stage& stage_;
  std::mt19937 random_;
  std::set<std::pair<std::string, std::string>> dialogs_;  // Call-ID and its tag
  std::vector<sip::IncomingRequest> invites_;
  std::uint32_t tags_ = 0;
  bool forgetful_ = true;
};

}  // namespace

TEST_CASE("T21: whatever happens, a text is shown once or refused once", "[session]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    INFO(seed);
    Stage stage;
    Client bob(stage, seed);
    for (int i = 0; i < 150; ++i) bob.step();
    bob.rest();
    bob.check();
    stage.world.pass(11min);
    bob.rest();
    CHECK(stage.sessions.idle());
  }
}
