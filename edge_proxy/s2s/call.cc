#include "edge_proxy/s2s/call.h"

#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/s2s/features/dialback.h"
#include "edge_proxy/s2s/features/limits.h"
#include "edge_proxy/s2s/features/management.h"
#include "edge_proxy/s2s/liveness.h"
#include "edge_proxy/s2s/outbound.h"
#include "edge_proxy/s2s/parser_limits.h"
#include "edge_proxy/stream/direct_tls.h"
#include "edge_proxy/stream/whereabouts.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

constexpr std::chrono::seconds kQuiet{2};  // then a stream gives its buffers back

// Ends a stream that is of no use any longer.
asio::awaitable<void> part(std::unique_ptr<stream::TransportStream> stream,
                           std::optional<StreamError> fault, std::chrono::seconds limit) {
  try {
    co_await async::within(limit, stream->close(std::move(fault)));
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream->abort();
}

}  // namespace

Call::Call(Environment& environment, async::TaskGroup& tasks, Route& route)
    : environment_(environment), tasks_(tasks), route_(route) {}

// --- From outside ---

void Call::configure() {
  if (!route_.permitted()) {
    const bool ours = environment_.directory->hosts(route_.local().unicode());
    interrupt(
        StreamError(ours ? Condition::policy_violation : Condition::host_gone,
                    ours ? "no longer an allowed partner" : "the domain is no longer served here"));
  } else if (carrier_ && !still_allowed()) {
    interrupt(StreamError(Condition::reset, "the partner's settings have changed"));
  } else if (carrier_) {
    carrier_->keep([this](const Route& route) { return may_carry(route); });
  }
}

void Call::close(std::string_view domain) {
  if (carrier_ && (route_.remote().unicode() == domain || carrier_->carries_to(domain))) {
    carrier_->leave(std::string(kClosedByOperator));
  }
}

void Call::tick(Clock::time_point now) {
  if (!intake_) return;
  page_.set_bytes(stream_->bytes_received(), stream_->bytes_sent());
  if (now - stream_->last_heard() > kQuiet) stream_->trim();
  carrier_->tick(now);
  intake_->tick(now);
  const Partner* const partner = environment_.directory->partner(route_.remote().unicode());
  const Intake::Ways ways{.hears = hears(), .sends = true};
  switch (intake_->due(now, ways, partner, peer_limits_)) {
    case Due::nothing:
      break;
    case Due::white_space:
      carrier_->say(" ");
      break;
    case Due::question:
      intake_->ask(route_.local(), route_.remote(), ways);
      break;
    case Due::end_idle:
      stream_->interrupt("idle");
      break;
    case Due::end_silent:
      interrupt(StreamError(Condition::connection_timeout, "nothing was heard for too long"));
      break;
  }
}

void Call::stop() {
  if (intake_) intake_->take_leave();
  if (carrier_) {
    carrier_->finish();
  } else {
    interrupt(StreamError(Condition::system_shutdown));
  }
}

void Call::interrupt(StreamError error) {
  if (stream_) stream_->interrupt(std::move(error));
}

// --- Establishing a stream ---

// RFC 6120 section 8.3.3.16: who cannot be found is not found, everything later is a time-out.
asio::awaitable<bool> Call::establish() {
  const std::shared_ptr<const Directory> directory = environment_.directory;
  if (!route_.permitted()) {
    route_.refuse_all({v1::POLICY_VIOLATION, "not an allowed partner"});
    co_return false;
  }
  const Partner& partner = *directory->partner(route_.remote().unicode());
  place_ = environment_.admission.stream(v1::StreamEvent::OUTBOUND, *directory, partner);
  if (!place_) {
    route_.refuse_all({v1::RESOURCE_CONSTRAINT, "no more streams are allowed for this partner"});
    co_return false;
  }
  stream::Steps steps;
  Refusal refusal{v1::REMOTE_SERVER_TIMEOUT, "the recipient's server could not be reached"};
  FailureReport failure{FailureReport::kRefused, {}};
  try {
    co_await async::within(directory->establishment_timeout(), connect(directory, steps));
    if (!still_allowed()) throw Refused("the partner's settings have changed");
    stream_->set_limits(limits_after_authentication(environment_.limits));
    stream_->set_pace(environment_.governor.pace(route_.remote().unicode()));
    page_ = report_established(environment_, about(), proof_, *stream_);
    if (bidi_) page_.add_feature("bidi");
    if (peer_limits_.bytes) page_.add_feature("limits");
    co_return true;
  } catch (const dns::LookupError& error) {
    refusal = {v1::REMOTE_SERVER_NOT_FOUND, "the recipient's server was not found"};
    failure = {FailureReport::kNotFound, error.what()};
  } catch (const async::TimedOut&) {
    failure = {FailureReport::kTimeout, "not established in time"};
  } catch (const Refused& error) {
    failure.reason = error.what();
  } catch (const asio::system_error& error) {
    failure = {FailureReport::kLost, error.what()};
  }
  failed(std::move(refusal), failure, steps);
  co_return false;
}

// Whatever goes wrong before authentication, the next place may do better.
asio::awaitable<void> Call::connect(std::shared_ptr<const Directory> directory,
                                    stream::Steps& steps) {
  const Partner& partner = *directory->partner(route_.remote().unicode());
  stream::Places places(environment_.resolver, route_.remote(),
                        {.proxy = partner.proxy,
                         .direct_tls = partner.tls_supported(),
                         .limits = environment_.limits},
                        steps);
  for (;;) {
    std::optional<stream::Place> place = co_await places.next();
    if (!place) throw Refused("no server of the domain could be used");
    if (route_.stopping() || !route_.permitted()) throw Refused("it is not wanted any longer");
    address_ = place->words;
    stream_ = std::make_unique<stream::TransportStream>(tls::Transport(std::move(place->socket)),
                                                        environment_.streams);
    const bool established = co_await attempt(*directory, place->direct_tls, steps);
    if (established) co_return;
  }
}

asio::awaitable<bool> Call::attempt(const Directory& directory, bool direct_tls,
                                    stream::Steps& steps) {
  const Partner& partner = *directory.partner(route_.remote().unicode());
  Outbound outbound{.stream = *stream_,
                    .partner = partner,
                    .secret = directory.secret(),
                    .local = route_.local(),
                    .remote = route_.remote(),
                    .steps = steps,
                    .wants_bidi = environment_.bidi,
                    .own_limits = own_limits(environment_.limits, directory, &partner)};
  std::optional<StreamError> fault;
  try {
    if (direct_tls) {
      co_await stream::begin_direct_tls(*stream_, outbound.remote.ascii(), outbound.local.ascii(),
                                        environment_.limits.connect);
    }
    // A silent server must leave time for the next one.
    proof_ = co_await async::within(environment_.limits.connect + environment_.limits.dialback,
                                    negotiate(outbound));
    id_ = outbound.id;
    dialback_errors_ = offers_dialback_errors(outbound.features);
    bidi_ = outbound.bidi;
    management_ = environment_.management && offers_management(outbound.features);
    peer_limits_ = limits_in(outbound.features);
    co_return true;
  } catch (const StreamError& error) {
    fault = error;
    steps.note(error.what());
  } catch (const async::TimedOut&) {
    fault = StreamError(Condition::connection_timeout);
    steps.note("it did not answer in time");
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    steps.note(error.what());
  } catch (const std::runtime_error& error) {  // Refused, PeerClosed, Ended
    steps.note(error.what());
  }
  // Whoever waits need not wait for its goodbye.
  tasks_.spawn(part(std::move(stream_), std::move(fault), environment_.limits.closing));
  co_return false;
}

void Call::failed(Refusal refusal, const FailureReport& failure, const stream::Steps& steps) {
  if (!route_.stopping()) report_failed(environment_, about(), failure, steps);
  if (stream_) {
    tasks_.spawn(part(std::move(stream_), StreamError(Condition::connection_timeout),
                      environment_.limits.closing));
  }
  place_.reset();
  route_.failed(std::move(refusal));
}

// --- An established stream ---

void Call::begin() {
  carrier_.emplace(environment_, *stream_, page_);
  Intake::Host& host = *this;
  intake_.emplace(environment_, *stream_, page_, host);
  if (peer_limits_.bytes) carrier_->set_largest(*peer_limits_.bytes);
  if (management_) intake_->propose_management();
  carrier_->add(route_);
}

asio::awaitable<void> Call::serve() {
  std::optional<StreamError> fault;
  std::string reason;
  bool lost = false, left = false;
  try {
    co_await intake_->run();
  } catch (const StreamError& error) {
    fault = error;
    reason = error.what();
  } catch (const asio::system_error& error) {
    lost = true;
    reason = error.what();
  } catch (const stream::PeerClosed& error) {
    left = true;
    reason = error.what();
  } catch (const std::runtime_error& error) {  // Ended
    reason = error.what();
  } catch (const std::exception& error) {
    lost = true;
    reason = report_mistake(error);
  }
  report_closed(environment_, about(), reason);
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await end(std::move(fault), lost, left);
}

// Back only between the domains that stanzas go out between (XEP-0288 section 2.2).
Admitted Call::admit(const xml::Element& element) {
  if (element.is("features", xml::ns::kStreams)) return {};  // some tell them again after dialback
  if (!bidi_) {
    if (element.ns != xml::ns::kServer) return {};  // answers to nothing
    throw StreamError(Condition::not_authorized, "this stream carries stanzas the other way only");
  }
  const auto may_send = [&](std::string_view theirs, std::string_view ours) {
    return carrier_->carries(ours, theirs);
  };
  return s2s::admit(element, Rights{*environment_.directory, {}, may_send});
}

// A peer that may send back could prove further domains here. It may not: a dialback key stands on
// the id of the stream, and the id of this one is of the peer's own choice, so that a key of
// somebody else's, once heard, would do.
asio::awaitable<void> Call::heed(xml::Element element) {
  if (dialback::is_answer(element)) {
    for (Asked* const asked : asked_) {
      if (asked->verdict) continue;
      asked->verdict = dialback::verdict_on(element, "result", asked->request);
      if (asked->verdict) settle(*asked);
    }
    co_return;
  }
  const dialback::Request request = dialback::parse_request(element);
  if (element.name == "verify") {
    carrier_->say(answer_verification(*environment_.directory, request));
  } else {
    const dialback::Verdict no{.kind = dialback::Verdict::error, .condition = v1::NOT_ACCEPTABLE};
    carrier_->say(dialback::answer_xml("result", request, no));
  }
}

// --- Further pairs (XEP-0220 section 2.6) ---

bool Call::may_take(const Route& route) const {
  const bool by_dialback =
      proof_ == v1::StreamEvent::TLS_DIALBACK || proof_ == v1::StreamEvent::TCP_DIALBACK;
  const bool same_server = route.remote() == route_.remote();
  return intake_ && carrier_->takes_stanzas() && !stream_->interrupted() && !route_.stopping() &&
         !id_.empty() && may_carry(route) && (dialback_errors_ || (same_server && by_dialback)) &&
         !declined_.contains(&route);
}

// By the settings: a further pair is of the same partner, and stands on dialback.
bool Call::may_carry(const Route& route) const {
  if (!route.permitted()) return false;
  if (&route == &route_) return true;
  const Directory& directory = *environment_.directory;
  const Partner* const partner = directory.partner(route_.remote().unicode());
  return partner != nullptr && directory.partner(route.remote().unicode()) == partner &&
         partner->dialback_allowed(stream_->encrypted());
}

bool Call::may_still_carry() const { return intake_ && carrier_->takes_stanzas(); }

// At once: the peer's next stanza may be of this pair.
void Call::settle(Asked& asked) {
  const bool valid = asked.verdict->kind == dialback::Verdict::valid;
  asked.taken = valid && may_still_carry() && may_carry(asked.route);
  if (asked.taken) {
    declined_.erase(&asked.route);
    carrier_->add(asked.route);
  }
  asked.answered.cancel();
}

// A failure is the pair's, not the stream's.
asio::awaitable<bool> Call::take(Route& route, Clock::time_point deadline) {
  declined_.insert(&route);  // until it is otherwise
  const bool leads_here = route.remote() == route_.remote() || co_await is_at_same_place(route);
  if (!leads_here || !may_still_carry()) co_return false;
  const dialback::Secret& secret = environment_.directory->secret();
  Asked asked{.route = route,
              .request = {.from = route.local(),
                          .to = route.remote(),
                          .key = secret.key(route.remote(), route.local(), id_)},
              .answered = asio::steady_timer(stream_->get_executor(), deadline),
              .verdict = {}};
  const auto place = asked_.insert(asked_.end(), &asked);
  const absl::Cleanup forget = [&] { asked_.erase(place); };
  carrier_->say(dialback::request_xml("result", asked.request));
  std::error_code cancelled;
  co_await asked.answered.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  co_return asked.taken;
}

// Every server of the other domain is one of this one's, and the other way round.
asio::awaitable<bool> Call::is_at_same_place(const Route& route) {
  const std::shared_ptr<const Directory> directory = environment_.directory;
  const Partner* const partner = directory->partner(route_.remote().unicode());
  if (partner == nullptr) co_return false;
  const stream::SearchOptions options{.proxy = partner->proxy,
                                      .direct_tls = partner->tls_supported(),
                                      .limits = environment_.limits};
  const stream::Whereabouts here =
      co_await stream::find_whereabouts(environment_.resolver, route_.remote(), options);
  const stream::Whereabouts there =
      co_await stream::find_whereabouts(environment_.resolver, route.remote(), options);
  co_return here.anywhere&& here.fingerprint == there.fingerprint;
}

// To the end also when it is cut short: what was written is not forgotten.
asio::awaitable<void> Call::end(std::optional<StreamError> fault, bool lost, bool left) {
  place_.reset();  // first: the next call, for what is lost, begins at once
  carrier_->retire();
  for (Asked* const asked : asked_) asked->answered.cancel();
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  const bool cut = state.cancelled() != asio::cancellation_type::none;
  try {
    if (left && !cut) {
      co_await intake_->settle(Clock::now() + environment_.limits.closing);
    }
    if (!lost && !cut) {
      co_await async::within(environment_.limits.closing, stream_->close(std::move(fault)));
    }
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream_->abort();
  intake_.reset();
  co_await carrier_->close();
  carrier_.reset();
  page_ = {};
}

// The settings may have changed while the stream was negotiated under the ones before.
bool Call::still_allowed() const {
  return route_.permitted() &&
         environment_.directory->partner(route_.remote().unicode())->allows(proof_);
}

StreamReport Call::about() const {
  return {v1::StreamEvent::OUTBOUND, route_.local(), route_.remote(), address_};
}

}  // namespace causeway::edge::s2s
