#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/link/hub.h"
#include "tests/common/link/stanzas.h"

namespace causeway::link {

// Two ends of a link without a network: frames lie in queues until the test lets them arrive,
// writes are done when the test says so, connections break at one end first.
class FakeLine final : public Line {
 public:
  FakeLine(std::shared_ptr<Hub> hub, std::optional<v1::Hello> speaks_first)
      : Line(speaks_first.has_value()), hub_(std::move(hub)) {
    hub_->add(*this);
    if (speaks_first) attached(std::move(*speaks_first)), write();
  }

  void connect(FakeLine& other) { other_ = &other, other.other_ = this; }

  void write() override {
    v1::GatewayFrame frame;
    if (own_hello_)
      *frame.mutable_hello() = *std::exchange(own_hello_, std::nullopt);
    else
      hub_->fill(*this, *frame.mutable_transfer(), loan_);
    frame.set_farewell(farewell_);
    unsent_ = frame.SerializeAsString();
    loan_.give_back();
    writing_ = true;
  }
  void cut(const std::string&) override { breaks_ = true; }
  void finish() override { finished_ = true; }
  void attached(v1::Hello own) override {
    if (!speaks_first_done_) own_hello_ = std::move(own);
    speaks_first_done_ = true;
  }
  void add_extras() override {}
  void say_farewell(const std::string& reason) override { farewell_ = reason; }

  bool writing() const { return writing_; }
  bool arriving() const { return !inbound_.empty() && !gone_; }
  bool broken() const { return breaks_; }
  bool gone() const { return gone_; }
  const std::string& error() const { return error_; }

  // The frame reaches the wire; what is on a broken wire is lost.
  void finish_write() {
    writing_ = false;
    if (!breaks_ && other_ != nullptr && !other_->breaks_) other_->inbound_.push_back(unsent_);
    hub_->written(*this);
    leave_when_finished();
  }

  void receive() {
    v1::GatewayFrame frame;
    frame.ParseFromString(inbound_.front());
    inbound_.pop_front();
    if (frame.has_hello()) return hub_->attach(*this, frame.hello());
    heard_farewell_ = heard_farewell_ || !frame.farewell().empty();
    const absl::Status status = hub_->receive(*this, *frame.mutable_transfer());
    if (!status.ok()) error_ = std::string(status.message()), breaks_ = true;
  }

  void lose_wire() {
    breaks_ = true;
    inbound_.clear();
    if (other_ != nullptr) other_->breaks_ = true;
  }

  // This end learns that the wire is broken.
  void notice() {
    if (gone_ || noticed_) return;
    noticed_ = true;
    inbound_.clear();
    hub_->end(*this);
    leave_when_finished();
  }

  // Its whole process is killed.
  void vanish() { gone_ = true, writing_ = false, lose_wire(); }

 private:
  void leave_when_finished() {
    if (!finished_ || gone_) return;
    gone_ = true;
    hub_->detach(*this, heard_farewell_);
  }

  const std::shared_ptr<Hub> hub_;
  FakeLine* other_ = nullptr;
  std::optional<v1::Hello> own_hello_;
  bool speaks_first_done_ = false;
  Loan loan_;
  std::string unsent_, farewell_, error_;
  std::deque<std::string> inbound_;
  bool writing_ = false, breaks_ = false, noticed_ = false, finished_ = false, gone_ = false;
  bool heard_farewell_ = false;
};

// One process: a life of a hub, what was delivered to it and what it learnt of what it sent.
struct End {
  std::shared_ptr<Hub> hub;
  std::vector<std::string> delivered;
  std::vector<std::pair<std::string, Receipt>> open;  // not settled yet
  std::vector<std::string> settled;                   // "7", "8!"
  std::vector<std::unique_ptr<FakeLine>> lines;
  std::string peer_instance;
  Clock::time_point now{std::chrono::hours(1)};

  explicit End(const std::string& name, std::uint32_t credit = 8, std::size_t queue_bytes = 1 << 20,
               std::function<void()> hurry = {}) {
    Hub::Settings settings{name,
                           "test 1",
                           credit,
                           std::chrono::seconds(2),
                           queue_bytes,
                           [this] { return now; },
                           std::move(hurry)};
    Hub::Handlers handlers;
    handlers.deliver = [this](std::vector<Delivery> deliveries) {
      for (Delivery& each : deliveries) {
        delivered.push_back(each.stanza.id());
        open.emplace_back(each.stanza.id(), std::move(each.receipt));
      }
    };
    handlers.settled = [this](std::vector<Outcome> all) {
      for (const std::string& id : outcomes(all)) settled.push_back(id);
    };
    hub = std::make_shared<Hub>(std::move(settings), std::move(handlers));
  }
  ~End() {
    open.clear();
    hub->close();
  }

  void settle(std::size_t index, bool take) {
    Receipt receipt = std::move(open[index].second);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
    take ? receipt.taken() : receipt.refused(v1::StanzaError());
  }
  FakeLine* line() { return lines.empty() || lines.back()->gone() ? nullptr : lines.back().get(); }
};

// `a` dials `b`, as a gateway does an edge.
inline void dial(End& a, End& b) {
  const std::string last = b.hub->hello("").instance();
  a.lines.push_back(std::make_unique<FakeLine>(a.hub, a.hub->hello(a.peer_instance)));
  b.lines.push_back(std::make_unique<FakeLine>(b.hub, std::nullopt));
  a.lines.back()->connect(*b.lines.back());
  a.peer_instance = last;
}

// Lets everything happen that can, without settling anything.
inline void run(std::initializer_list<End*> ends) {
  for (bool busy = true; busy;) {
    busy = false;
    for (End* end : ends) {
      for (std::size_t i = 0; i < end->lines.size(); ++i) {
        FakeLine& line = *end->lines[i];
        if (line.gone()) continue;
        if (line.writing())
          line.finish_write(), busy = true;
        else if (line.broken() && !line.gone())
          line.notice(), busy = busy || line.gone();
        else if (line.arriving())
          line.receive(), busy = true;
      }
    }
  }
}

}  // namespace causeway::link
