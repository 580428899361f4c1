#include "edge_proxy/s2s/intake.h"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using causeway::link::Delivery;
using stream::Condition;
using stream::StreamError;

constexpr std::chrono::milliseconds kCongestionPause{20};
constexpr std::size_t kBatch =
    256;  // one large read of small stanzas; more would only wait as objects
// A peer that has asked hears what is handled by then, although more may be under way.
constexpr std::chrono::seconds kLatestAnswer{1};
constexpr std::chrono::milliseconds kSettlingPause{5};

// What one read has brought, handed over in one go: also when something later in it is refused.
struct Batch {
  Batch(Environment& the_environment, ledger::Page& the_page)
      : environment(the_environment), page(the_page) {}
  ~Batch() {
    if (deliveries.empty()) return;
    page.count_in(count(
        environment.tally.incoming, deliveries,
        [](const Delivery& each) -> auto& { return each.stanza; }));
    environment.uplink.submit(std::move(deliveries));
  }
  Environment& environment;
  ledger::Page& page;
  std::vector<Delivery> deliveries;
};

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

std::string failed(std::string_view condition) {
  return stream::cat("<failed xmlns='", xml::ns::kManagement, "'><", condition, " xmlns='",
                     xml::ns::kStanzaErrors, "'/></failed>");
}

}  // namespace

Intake::Intake(Environment& environment, stream::TransportStream& stream, ledger::Page& page,
               Host& host)
    : environment_(environment), stream_(stream), page_(page), host_(host) {}

Intake::~Intake() {
  if (handled_) handled_->detach();
}

asio::awaitable<void> Intake::run() {
  for (;;) {
    if (host_.hears() && environment_.uplink.congested()) co_await wait_for_gateways();
    xml::Element first = co_await stream_.read();
    std::optional<xml::Element> other = pass(std::move(first));
    if (other) co_await host_.heed(*std::move(other));
  }
}

// Whose stanzas wait in its socket is not silent. A stream that brings only acknowledgements adds
// nothing to the congestion, and is read on.
asio::awaitable<void> Intake::wait_for_gateways() {
  paused_ = true;
  const absl::Cleanup resume = [this] {
    paused_ = false;
    resumed_at_ = Clock::now();
  };
  while (environment_.uplink.congested() && !stream_.interrupted()) {
    co_await pause(kCongestionPause);
  }
}

// Submits the stanzas, up to the first element that is for the stream itself, which it returns: who
// may send what comes after it may depend on it.
std::optional<xml::Element> Intake::pass(xml::Element first) {
  Batch batch(environment_, page_);
  std::optional<xml::Element> element = std::move(first);
  for (std::size_t left = kBatch; element;
       element = --left > 0 ? stream_.received() : std::nullopt) {
    if (element->ns == xml::ns::kManagement) {
      manage(*element);
    } else if (concerns_stream(*element)) {
      return element;
    } else if (ping_ && answers_ping(*element)) {
      if (handled_) handled_->next_dealt_with();
    } else {
      Admitted admitted = host_.admit(*element);
      if (admitted.stanza) {
        batch.deliveries.push_back(
            {*std::move(admitted.stanza), handled_ ? handled_->next() : causeway::link::Receipt()});
      } else if (handled_ && element->ns == xml::ns::kServer) {
        handled_->next_dealt_with();
      }
      if (admitted.answer) environment_.answer(*std::move(admitted.answer));
    }
  }
  return std::nullopt;
}

// --- Stream management (XEP-0198 sections 3 and 4). Resumption is not offered: see carrier.h ---

void Intake::propose_management() {
  proposed_ = true;
  proposed_at_ = Clock::now();
  host_.carrier().say(stream::cat("<enable xmlns='", xml::ns::kManagement, "'/>"));
  host_.carrier().start_counting();
}

void Intake::manage(const xml::Element& element) {
  if (element.name == "r") {
    if (!handled_) return;  // what is not counted cannot be acknowledged
    if (handled_->wish()) {
      acknowledge();
    } else if (!owed_since_) {
      owed_since_ = Clock::now();
    }
  } else if (element.name == "a") {
    std::uint32_t handled = 0;
    if (!absl::SimpleAtoi(stream::view(element.attribute("h")), &handled)) {
      throw StreamError(Condition::bad_format, "an acknowledgement has a number");
    }
    host_.carrier().acknowledged(handled);
  } else if (element.name == "enable") {
    enable();
  } else if (element.name == "enabled" && proposed_) {
    proposed_ = false;
    begin_counting();
    host_.carrier().confirm();
  } else if (element.name == "failed" && proposed_) {
    proposed_ = false;
    host_.carrier().stop_counting();
  } else if (element.name == "resume") {
    host_.carrier().say(failed("item-not-found"));
  }
}

void Intake::enable() {
  if (proposed_ || handled_ || !environment_.management) {
    host_.carrier().say(failed("unexpected-request"));
    return;
  }
  begin_counting();
  host_.carrier().say(stream::cat("<enabled xmlns='", xml::ns::kManagement, "'/>"));
  host_.carrier().start_counting();
  host_.carrier().confirm();
}

void Intake::begin_counting() {
  handled_ = std::make_shared<Handled>(stream_.get_executor(), [this] { acknowledge(); });
  page_.add_feature("sm");
}

void Intake::acknowledge() {
  owed_since_.reset();
  const auto h = static_cast<std::uint32_t>(handled_->count());
  host_.carrier().say(stream::cat("<a xmlns='", xml::ns::kManagement, "' h='", h, "'/>"));
}

asio::awaitable<void> Intake::settle(Clock::time_point deadline) {
  if (!handled_) co_return;
  while (handled_->count() != handled_->received() && Clock::now() < deadline) {
    co_await pause(kSettlingPause);
  }
  acknowledge();
}

void Intake::take_leave() {
  if (handled_) acknowledge();
}

// --- Signs of life ---

Due Intake::due(Clock::time_point now, Ways ways, const Partner* partner,
                const StreamLimits& peer) const {
  if (paused_) return Due::nothing;
  const Directory& directory = *environment_.directory;
  const Timing timing{.inactivity = directory.inactivity_timeout(),
                      .keep_alive = directory.keep_alive_interval(),
                      .keeps_alive = partner != nullptr && partner->keep_alive,
                      .quiet = environment_.limits.quiet,
                      .answer = environment_.limits.answer,
                      .peer_waits = peer.idle};
  const Signs signs{.now = now,
                    .last_heard = std::max(stream_.last_heard(), resumed_at_),
                    .last_sent = stream_.last_sent(),
                    .asked_at = waits_since(),
                    .hears = ways.hears,
                    .sends = ways.sends,
                    .can_ask = manages() || (ways.hears && ways.sends)};
  return s2s::due(signs, timing);
}

void Intake::ask(const address::Domain& local, const address::Domain& remote, Ways ways) {
  if (manages()) {
    host_.carrier().ask();
  } else if (ways.hears &&
             ways.sends) {  // XEP-0199 section 4.3; there is nobody to answer on other streams
    ping_ = Ping{.id = stream::new_stream_id(),
                 .from = remote.unicode(),
                 .to = local.unicode(),
                 .sent_at = Clock::now()};
    host_.carrier().say(stream::cat("<iq type='get' from='", local.unicode(), "' to='",
                                    remote.unicode(), "' id='", ping_->id, "'><ping xmlns='",
                                    xml::ns::kPing, "'/></iq>"));
  }
}

// Whatever the peer says of the ping, it has said something. Only an answer from the domain that
// was asked is ours: an id is no proof of anything.
bool Intake::answers_ping(const xml::Element& element) {
  const std::string_view type = element.attribute("type");
  const bool answers =
      element.is("iq", xml::ns::kServer) && (type == "result" || type == "error") &&
      element.attribute("id") == ping_->id && element.attribute("from") == ping_->from &&
      element.attribute("to") == ping_->to;
  if (answers) ping_.reset();
  return answers;
}

// What has come while we did not read counts as in time.
std::optional<Intake::Clock::time_point> Intake::waits_since() const {
  const std::optional<Clock::time_point> asked = asked_at();
  return asked ? std::max(*asked, resumed_at_) : asked;
}

std::optional<Intake::Clock::time_point> Intake::asked_at() const {
  if (proposed_) return proposed_at_;
  if (manages()) return host_.carrier().asked_at();
  if (ping_ && stream_.last_heard() < ping_->sent_at) return ping_->sent_at;
  return std::nullopt;
}

void Intake::tick(Clock::time_point now) {
  if (owed_since_ && now - *owed_since_ >= kLatestAnswer) acknowledge();
}

}  // namespace causeway::edge::s2s
