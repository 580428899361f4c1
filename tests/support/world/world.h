#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/link/delivery.h"
#include "frontend_gateway/store/rows.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::test {

// The SIP side, the edges and the database as a test plays them, under a clock it moves by hand.
class World : public gateway::Surroundings {
 public:
  struct Request {
    gateway::sip::Request request;
    gateway::sip::UserAgent::Answered answered;

    void answer(int status, std::string reason = "Why",
                std::vector<gateway::sip::Header> headers = {}) {
      answered({status, std::move(reason), std::move(headers), false});
    }
  };
  struct Submission {
    v1::Stanza stanza;
    Settled settled;
  };

  void send(gateway::sip::Request request, gateway::sip::UserAgent::Answered answered) override {
    if (ending) return answered({503, "Stopping", {}, true});
    requests.push_back({std::move(request), std::move(answered)});
  }
  void submit(v1::Stanza stanza, Settled settled) override {
    submissions.push_back({std::move(stanza), std::move(settled)});
  }
  void after(std::chrono::milliseconds delay, gateway::sip::UserAgent::Task task) override {
    timers_.emplace(clock_ + delay, std::move(task));
  }
  // Durable at once, unless the database is away: then it is refused, or waits when nobody asks. A
  // slow one says so when the test does.
  void write(std::vector<gateway::store::Change> changes, Written written) override {
    if (database_away) {
      if (written) return written(absl::UnavailableError("the database is away"));
      for (gateway::store::Change& change : changes) waiting_rows.push_back(std::move(change));
      return;
    }
    for (gateway::store::Change& change : std::exchange(waiting_rows, {}))
      written_rows.push_back(std::move(change));
    for (gateway::store::Change& change : changes) written_rows.push_back(std::move(change));
    if (!written) return;
    if (slow_database) {
      unwritten.push_back(std::move(written));
    } else {
      written(absl::OkStatus());
    }
  }
  std::chrono::steady_clock::time_point clock() const override { return clock_; }
  std::string life() const override { return absl::StrCat(absl::Hex(life_, absl::kZeroPad16)); }
  // Goes with the other clock.
  absl::Time now() const override {
    return absl::FromUnixSeconds(1700000000) + absl::FromChrono(clock_.time_since_epoch());
  }

  void pass(std::chrono::milliseconds time) {
    const auto end = clock_ + time;
    while (!timers_.empty() && timers_.begin()->first <= end) {
      auto timer = timers_.extract(timers_.begin());
      clock_ = std::max(clock_, timer.key());
      timer.mapped()();
    }
    clock_ = end;
  }

  std::size_t timers() const { return timers_.size(); }

  // The oldest that no test has looked at.
  Request next_request() {
    REQUIRE_FALSE(requests.empty());
    Request request = std::move(requests.front());
    requests.pop_front();
    return request;
  }
  Submission next_submission() {
    REQUIRE_FALSE(submissions.empty());
    Submission submission = std::move(submissions.front());
    submissions.pop_front();
    return submission;
  }

  std::deque<Request> requests;        // not answered
  std::deque<Submission> submissions;  // not settled
  bool ending = false;                 // the user agent answers before send() returns
  std::vector<gateway::store::Change> written_rows;
  std::vector<gateway::store::Change> waiting_rows;  // those written first once it is back
  std::deque<Written> unwritten;                     // to be told by the test
  bool database_away = false;
  bool slow_database = false;

 private:
  static inline std::uint64_t lives_ = 0;
  const std::uint64_t life_ = ++lives_;
  std::chrono::steady_clock::time_point clock_{};
  std::multimap<std::chrono::steady_clock::time_point, gateway::sip::UserAgent::Task> timers_;
};

// What became of the stanzas that were delivered, by number.
class Outcomes : public causeway::link::Settler {
 public:
  void settle(std::uint64_t number, std::optional<v1::StanzaError> refusal) override {
    REQUIRE(by_number.count(number) == 0);
    by_number[number] = std::move(refusal);
  }
  bool settled(std::uint64_t number) const { return by_number.count(number) > 0; }
  bool taken(std::uint64_t number) const { return settled(number) && !by_number.at(number); }
  v1::StanzaCondition refused(std::uint64_t number) const {
    REQUIRE(settled(number));
    REQUIRE(by_number.at(number).has_value());
    return by_number.at(number)->condition();
  }

  std::map<std::uint64_t, std::optional<v1::StanzaError>> by_number;
};

inline v1::Address address_of(const std::string& jid) {
  const auto slash = jid.find('/');
  const std::string bare = jid.substr(0, slash);
  const auto at = bare.find('@');
  v1::Address address;
  if (at != std::string::npos) address.set_local(bare.substr(0, at));
  address.set_domain(at == std::string::npos ? bare : bare.substr(at + 1));
  if (slash != std::string::npos) address.set_resource(jid.substr(slash + 1));
  return address;
}

inline v1::Stanza stanza_of(const std::string& from, const std::string& to) {
  v1::Stanza stanza;
  *stanza.mutable_from() = address_of(from);
  *stanza.mutable_to() = address_of(to);
  return stanza;
}

inline v1::Stanza message_of(const std::string& from, const std::string& to,
                             const std::string& body) {
  v1::Stanza stanza = stanza_of(from, to);
  stanza.mutable_message()->set_type(v1::Message::CHAT);
  stanza.mutable_message()->add_bodies()->set_text(body);
  return stanza;
}

inline gateway::sip::IncomingRequest request_of(const std::string& from, const std::string& to,
                                                const std::string& body) {
  gateway::sip::IncomingRequest request;
  request.method = "MESSAGE";
  request.request_uri = to;
  request.from_uri = from;
  request.to_uri = to;
  request.call_id = "77@host";
  request.content_type = "text/plain";
  request.body = body;
  return request;
}

}  // namespace causeway::test
