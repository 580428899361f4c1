// A peer on the link that says what it likes, when it likes: hellos, frames of both daemons, lost
// connections, and between them our own stanzas, receipts and time. Nothing may assert, and every
// stanza of ours is settled exactly once.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "causeway/v1/link.pb.h"
#include "common/link/hello.h"
#include "common/link/hub.h"
#include "edge_proxy/link/configuration.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/target.h"

namespace causeway {
namespace {

using fuzz::Bytes;

constexpr std::size_t kMaxLines = 4;
constexpr std::uint32_t kCredit = 8;

// One connection, as the gRPC reactors behave: a write is done when the input says so, and the line
// goes when the hub says finish().
class HostileLine final : public link::Line {
 public:
  explicit HostileLine(link::Hub& hub) : Line(/*speaks_first=*/false), hub_(hub) {
    hub_.add(*this);
  }

  void write() override {
    CAUSEWAY_HOLDS(!writing_ && !finished_);
    v1::EdgeFrame frame;
    if (own_hello_)
      *frame.mutable_hello() = *std::exchange(own_hello_, std::nullopt);
    else
      hub_.fill(*this, *frame.mutable_transfer(), loan_);
    CAUSEWAY_HOLDS(frame.transfer().stanzas_size() <= 64);
    frame.SerializeAsString();
    loan_.give_back();
    writing_ = true;
  }
  void cut(const std::string&) override { broken_ = true; }
  void finish() override { finished_ = true; }
  void attached(v1::Hello own) override { own_hello_ = std::move(own); }
  void add_extras() override {}
  void say_farewell(const std::string&) override {}

  void written() {
    if (!writing_) return;
    writing_ = false;
    hub_.written(*this);
  }
  void hear(v1::Hello hello) {
    if (hello.last_peer_instance() == "?") hello.set_last_peer_instance(hub_.instance());
    if (!link::check(hello, hub_.software()).ok()) return lose();
    greeted_ = true;
    hub_.attach(*this, hello);
  }
  // `farewell`: nothing comes after it.
  void hear(v1::Transfer transfer, bool farewell) {
    if (ended_) return;
    if (!greeted_ || !hub_.receive(*this, transfer).ok()) return lose();
    if (farewell) said_farewell_ = true, lose();
  }
  void lose() {
    if (!std::exchange(ended_, true)) hub_.end(*this);
  }
  // True when it has left the hub.
  bool gone() {
    if (broken_) lose();
    if (!finished_) return false;
    hub_.detach(*this, said_farewell_);
    return true;
  }

 private:
  link::Hub& hub_;
  link::Loan loan_;
  std::optional<v1::Hello> own_hello_;
  bool greeted_ = false, writing_ = false, broken_ = false, ended_ = false, finished_ = false;
  bool said_farewell_ = false;
};

class World {
 public:
  World() {
    link::Hub::Settings settings{.name = "edge",
                                 .software = "test 1",
                                 .credit = kCredit,
                                 .grace = std::chrono::seconds(2),
                                 .queue_bytes = 1000,
                                 .now = [this] { return now_; }};
    link::Hub::Handlers handlers;
    handlers.deliver = [this](std::vector<link::Delivery> deliveries) {
      for (link::Delivery& each : deliveries) receipts_.push_back(std::move(each.receipt));
    };
    handlers.settled = [this](std::vector<link::Outcome> outcomes) {
      for (const link::Outcome& each : outcomes) {
        CAUSEWAY_HOLDS(each.entry.stanza != nullptr);
        const auto number = std::stoul(each.entry.stanza->id());
        CAUSEWAY_HOLDS(!settled_[number]);
        settled_[number] = true;
      }
    };
    hub_ = std::make_shared<link::Hub>(std::move(settings), std::move(handlers));
  }

  ~World() {
    for (const auto& line : lines_) line->lose(), line->written();
    while (!lines_.empty()) sweep();
    receipts_.clear();
    hub_->close();
    for (const bool settled : settled_) CAUSEWAY_HOLDS(settled);
    CAUSEWAY_HOLDS(!hub_->congested());
  }

  void step(Bytes& in);

 private:
  void connect(v1::Hello hello) {
    if (lines_.size() == kMaxLines) return;
    lines_.push_back(std::make_unique<HostileLine>(*hub_));
    lines_.back()->hear(std::move(hello));
  }
  void submit(std::uint8_t key, std::uint8_t patience) {
    link::Entry entry;
    entry.stanza = std::make_shared<v1::Stanza>();
    entry.stanza->set_id(std::to_string(settled_.size()));
    entry.key = key % 4;
    entry.bytes = 1 + key;
    entry.deadline = now_ + std::chrono::milliseconds(100 * patience);
    settled_.push_back(false);
    hub_->submit(std::move(entry));
  }
  void settle(std::uint8_t which, bool take) {
    if (receipts_.empty()) return;
    link::Receipt& receipt = receipts_[which % receipts_.size()];
    if (!receipt.owed()) return;
    take ? receipt.taken() : receipt.refused(v1::StanzaError());
  }
  void sweep() {
    for (std::size_t i = 0; i < lines_.size();) {
      if (lines_[i]->gone())
        lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i));
      else
        ++i;
    }
  }
  HostileLine* line(Bytes& in) {
    const std::size_t which = in.byte();
    return lines_.empty() ? nullptr : lines_[which % lines_.size()].get();
  }
  template <typename Frame>
  void hear(Bytes& in) {
    HostileLine* const at = line(in);
    Frame frame;
    if (!frame.ParseFromString(in.piece()) || at == nullptr) return;
    if constexpr (std::is_same_v<Frame, v1::GatewayFrame>) {
      if (frame.has_snapshot()) configuration_.offer(at, std::move(*frame.mutable_snapshot()));
    }
    at->hear(std::move(*frame.mutable_transfer()), !frame.farewell().empty());
  }
  void hear_numbers(Bytes& in);

  link::Clock::time_point now_{std::chrono::hours(1)};
  std::vector<bool> settled_;  // by the number that is the stanza's id
  std::vector<link::Receipt> receipts_;
  edge::link::Configuration configuration_{[](auto) {}};
  std::shared_ptr<link::Hub> hub_;
  std::vector<std::unique_ptr<HostileLine>> lines_;
};

// A transfer of small numbers, which are the ones that may fit.
void World::hear_numbers(Bytes& in) {
  HostileLine* const at = line(in);
  v1::Transfer transfer;
  transfer.set_first_sequence(in.byte());
  for (int i = in.byte() % 16; i > 0; --i) transfer.add_stanzas()->set_id("theirs");
  transfer.set_acknowledged(in.byte());
  transfer.set_credit_limit(in.byte());
  transfer.set_refusals_received(in.byte());
  for (int i = in.byte() % 4; i > 0; --i) {
    auto& range = *transfer.add_also();
    range.set_first(in.byte());
    range.set_last(in.byte());
  }
  for (int i = in.byte() % 4; i > 0; --i) transfer.add_refusals()->set_sequence(in.byte());
  if (at != nullptr) at->hear(std::move(transfer), false);
}

void World::step(Bytes& in) {
  switch (in.byte() % 10) {
    case 0: {
      v1::Hello hello;
      if (hello.ParseFromString(in.piece())) connect(std::move(hello));
      break;
    }
    case 1:
      hear<v1::GatewayFrame>(in);
      break;
    case 2:
      hear<v1::EdgeFrame>(in);
      break;
    case 3:
      hear_numbers(in);
      break;
    case 4:
      if (HostileLine* const at = line(in)) at->written();
      break;
    case 5: {
      const std::uint8_t key = in.byte();
      submit(key, in.byte());
      break;
    }
    case 6: {
      const std::uint8_t which = in.byte();
      settle(which, in.byte() % 2 == 0);
      break;
    }
    case 7:
      now_ += std::chrono::milliseconds(100) * in.byte();
      hub_->tick();
      break;
    case 8:
      if (HostileLine* const at = line(in)) at->lose();
      break;
    case 9:
      if (in.byte() == 9) hub_->say_farewell("the edge ends");
      break;
  }
  sweep();
}

}  // namespace
}  // namespace causeway

void causeway::fuzz::attempt(std::string_view input) {
  World world;
  Bytes in(input);
  for (int steps = 0; steps < 200 && !in.empty(); ++steps) world.step(in);
}
