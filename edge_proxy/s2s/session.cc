#include "edge_proxy/s2s/session.h"

#include <algorithm>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "common/log/log.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/s2s/parser_limits.h"
#include "edge_proxy/s2s/peers.h"
#include "edge_proxy/s2s/relay.h"
#include "edge_proxy/s2s/route.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

constexpr std::chrono::seconds kQuiet{2};  // then a stream gives its buffers back

}  // namespace

Session::Session(tls::Transport transport, Environment& environment, Port port,
                 Admission::Ticket stranger)
    : environment_(&environment),
      stream_(std::move(transport), environment.streams),
      inbound_{.stream = stream_,
               .dialback = environment.dialback,
               .limits = environment.limits,
               .directory = environment.directory,
               .port = port,
               .origin = stream_.peer_address(),
               .offers_bidi = environment.bidi,
               .offers_management = environment.management},
      stranger_(std::move(stranger)) {}

Session::~Session() = default;

asio::awaitable<void> Session::run() {
  std::optional<StreamError> fault;
  FailureReport end{FailureReport::kClosed, {}};
  bool lost = false, left = false;
  try {
    co_await serve();
    if (goes_to_) co_return;
  } catch (const StreamError& error) {
    fault = error;
    end = {wire_name(error.condition()), error.what()};
  } catch (const async::TimedOut&) {
    fault = StreamError(Condition::connection_timeout, "not authenticated in time");
    end = {FailureReport::kTimeout, fault->what()};
  } catch (const asio::system_error& error) {
    lost = true;
    end = {FailureReport::kLost, error.what()};
  } catch (const stream::PeerClosed& error) {
    left = true;
    end.reason = error.what();
  } catch (const std::runtime_error& error) {  // Ended
    end.reason = error.what();
  } catch (const std::exception& error) {
    lost = true;
    end = {FailureReport::kLost, report_mistake(error)};
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  if (verifications_) co_await verifications_->stop();
  report_end(end);
  co_await finish(std::move(fault), lost, left);
}

asio::awaitable<void> Session::serve() {
  if (!established_) {
    co_await async::within(inbound_.directory->establishment_timeout(), negotiate(inbound_));
    establish();
    if (goes_to_) co_return;
  }
  co_await relay();
}

void Session::establish() {
  const Partner* const partner = inbound_.partner();
  if (partner == nullptr) throw StreamError(Condition::policy_violation, "not an allowed partner");
  if (!partner->allows(inbound_.proof)) {
    throw StreamError(Condition::reset, "the partner's settings have changed");
  }
  if (!inbound_.directory->hosts(inbound_.local.unicode())) {
    throw StreamError(Condition::host_gone, "the domain is no longer served here");
  }
  place_ = environment_->admission.stream(v1::StreamEvent::INBOUND, *inbound_.directory, *partner);
  if (!place_) {
    throw StreamError(Condition::resource_constraint,
                      "no more streams are allowed for this partner");
  }
  stranger_ = {};
  established_ = true;
  inbound_.steps = {};
  stream_.set_limits(limits_after_authentication(environment_->limits));
  stream_.set_pace(environment_->governor.pace(inbound_.remote.unicode()));
  page_ = report_established(*environment_, about(), inbound_.proof, stream_);
  if (inbound_.bidi) page_.add_feature("bidi");
  if (inbound_.peer_limits.bytes) page_.add_feature("limits");
  environment_->heard_from(inbound_.remote.unicode());
  const std::size_t owner = environment_->owner(*partner);
  if (!inbound_.bidi || owner == environment_->thread) return;
  stream_.leave();
  goes_to_ = owner;
}

void Session::arrive(Environment& environment, asio::any_io_executor executor) {
  goes_to_.reset();
  environment_ = &environment;
  stream_.enter(std::move(executor), environment.streams);
  inbound_.dialback = environment.dialback;
  configure();
}

asio::awaitable<void> Session::relay() {
  verifications_.emplace(stream_.get_executor());
  Intake::Host& host = *this;
  intake_.emplace(*environment_, stream_, page_, host);
  if (inbound_.bidi) carry_back();
  co_await intake_->run();
}

// What the stream has proved holds in both directions (XEP-0288 section 2.2).
void Session::carry_back() {
  if (inbound_.peer_limits.bytes) carrier().set_largest(*inbound_.peer_limits.bytes);
  for (const auto& [theirs, ours] : std::exchange(inbound_.pairs, {})) {
    const Partner* const partner = inbound_.directory->partner(theirs.unicode());
    const bool here = partner != nullptr && inbound_.has_proved(theirs.unicode()) &&
                      environment_->owner(*partner) == environment_->thread;
    Route* const route =
        here ? environment_->peers->route(ours.unicode(), theirs.unicode()) : nullptr;
    if (route != nullptr) carrier().add(*route);
  }
}

asio::awaitable<void> Session::finish(std::optional<StreamError> fault, bool lost, bool left) {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  const bool cut = state.cancelled() != asio::cancellation_type::none;
  const config::Limits& limits = environment_->limits;
  if (carrier_) carrier_->retire();
  try {
    if (left && !cut && intake_) {
      co_await intake_->settle(std::chrono::steady_clock::now() + limits.closing);
    }
    if (!lost && !cut) {
      co_await async::within(limits.closing, stream_.close(std::move(fault)));
    }
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream_.abort();
  intake_.reset();
  if (carrier_) co_await carrier_->close();
  carrier_.reset();
  page_ = {};
}

// --- What the peer says ---

Admitted Session::admit(const xml::Element& element) { return s2s::admit(element, inbound_); }

Carrier& Session::carrier() {
  if (!carrier_) carrier_.emplace(*environment_, stream_, page_);
  return *carrier_;
}

// The domains already proved go on sending while others are looked into: as many at once as
// dialback::Quota allows, whose refusals are answers like others.
asio::awaitable<void> Session::heed(xml::Element request) {
  if (request.name == "result") {
    verifications_->spawn(verify(std::move(request)));
  } else {
    co_await negotiate_further(inbound_, std::move(request));
  }
}

asio::awaitable<void> Session::verify(xml::Element request) {
  try {
    co_await negotiate_further(inbound_, std::move(request));
    for (const Inbound::Proved& known : inbound_.proved) page_.add_remote(known.domain);
    if (inbound_.bidi) carry_back();
  } catch (const StreamError& error) {
    stream_.interrupt(error);
  } catch (const std::runtime_error&) {
    // The connection is lost; whoever reads from it knows.
  }
}

// --- From outside ---

void Session::displace() {
  stranger_ = {};
  stream_.abort();  // words would take time, and the place is needed now
}

void Session::stop() {
  if (intake_) intake_->take_leave();
  if (carrier_ && !carrier_->routes().empty()) {
    carrier_->finish();
  } else {
    end(StreamError(Condition::system_shutdown));
  }
}

void Session::configure() {
  inbound_.directory = environment_->directory;
  inbound_.drop_forbidden();
  if (carrier_) {
    carrier_->keep([this](const Route& route) {
      return route.permitted() && inbound_.has_proved(route.remote().unicode());
    });
  }
  const Partner* const partner = inbound_.partner();
  if (!inbound_.local.empty() && !inbound_.directory->hosts(inbound_.local.unicode())) {
    end(StreamError(Condition::host_gone, "the domain is no longer served here"));
  } else if (!inbound_.remote.empty() && partner == nullptr) {
    end(StreamError(Condition::policy_violation, "no longer an allowed partner"));
  } else if (inbound_.proof != v1::StreamEvent::NO_PROOF && !partner->allows(inbound_.proof)) {
    end(StreamError(Condition::reset, "the partner's settings have changed"));
  }
}

void Session::close(std::string_view domain) {
  if (established_ && inbound_.has_proved(domain)) {
    carrier().leave(std::string(kClosedByOperator));
  }
}

void Session::tick(std::chrono::steady_clock::time_point now) {
  if (!intake_) return;  // negotiation has its own deadline
  page_.set_bytes(stream_.bytes_received(), stream_.bytes_sent());
  if (now - stream_.last_heard() > kQuiet) stream_.trim();
  if (carrier_) carrier_->tick(now);
  intake_->tick(now);
  const Intake::Ways ways{.hears = hears(), .sends = inbound_.bidi};
  switch (intake_->due(now, ways, inbound_.partner(), inbound_.peer_limits)) {
    case Due::nothing:
      break;
    case Due::white_space:
      carrier().say(" ");
      break;
    case Due::question:
      intake_->ask(inbound_.local, inbound_.remote, ways);
      break;
    case Due::end_idle:
    case Due::end_silent:
      end(StreamError(Condition::connection_timeout, "nothing was heard for too long"));
      break;
  }
}

void Session::report_end(const FailureReport& end) const {
  if (established_) {
    report_closed(*environment_, about(), end.reason);
  } else if (inbound_.asked_about_key) {
    log::debug("dialback.answered", "A server asked whether a dialback key is ours, and left.",
               {{"peer", inbound_.remote.unicode()}, {"address", stream_.peer_address()}});
  } else if (inbound_.local.empty() && inbound_.remote.empty()) {
    log::debug("stream.stranger", "A connection ended before it said who it is.",
               {{"address", stream_.peer_address()}, {"reason", end.reason}});
    environment_->ledger.stranger();
  } else {
    report_failed(*environment_, about(), end, inbound_.steps);
  }
}

StreamReport Session::about() const {
  return {v1::StreamEvent::INBOUND, inbound_.local, inbound_.remote, stream_.peer_address()};
}

}  // namespace causeway::edge::s2s
