#include "edge_proxy/s2s/session.h"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "common/log/log.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/s2s/relay.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

constexpr std::chrono::milliseconds kCongestionPause{20};
constexpr std::size_t kBatch =
    256;  // one large read of small stanzas; more would only wait as objects
constexpr std::chrono::seconds kQuiet{2};  // then a stream gives its buffers back

// What one read has brought, handed over in one go: also when something later in it is refused.
struct Batch {
  Batch(Environment& the_environment, ledger::Page& the_page)
      : environment(the_environment), page(the_page) {}
  ~Batch() {
    if (stanzas.empty()) return;
    page.count_in(count(
        environment.tally.incoming, stanzas, [](const auto& s) -> auto& { return s; }));
    environment.uplink.submit(std::move(stanzas));
  }
  Environment& environment;
  ledger::Page& page;
  std::vector<v1::Stanza> stanzas;
};

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

xml::Limits limits_before_authentication(const config::Limits& limits) {
  const std::size_t ample = (20 << 10) + 4 * limits.unauthenticated_stanza_bytes;  // xml::Limits
  return {limits.unauthenticated_stanza_bytes, limits.unauthenticated_stanza_elements, limits.depth,
          limits.attributes, std::min(limits.parser_memory, ample)};
}

xml::Limits limits_after_authentication(const config::Limits& limits) {
  return {limits.stanza_bytes, limits.stanza_elements, limits.depth, limits.attributes,
          limits.parser_memory};
}

Session::Session(tls::Transport transport, Environment& environment, Port port,
                 Admission::Ticket stranger)
    : environment_(environment),
      stream_(std::move(transport), environment.streams),
      inbound_{.stream = stream_,
               .dialback = environment.dialback,
               .limits = environment.limits,
               .directory = environment.directory,
               .port = port},
      stranger_(std::move(stranger)),
      verifications_(stream_.get_executor()) {}

asio::awaitable<void> Session::run() {
  std::optional<StreamError> fault;
  FailureReport end{FailureReport::kClosed, {}};
  bool lost = false;
  try {
    co_await serve();
  } catch (const StreamError& error) {
    fault = error;
    end = {wire_name(error.condition()), error.what()};
  } catch (const async::TimedOut&) {
    fault = StreamError(Condition::connection_timeout, "not authenticated in time");
    end = {FailureReport::kTimeout, fault->what()};
  } catch (const asio::system_error& error) {
    lost = true;
    end = {FailureReport::kLost, error.what()};
  } catch (const std::runtime_error& error) {  // PeerClosed, Ended
    end.reason = error.what();
  }
  co_await verifications_.stop();
  report_end(end);
  page_ = {};
  try {
    if (!lost) co_await async::within(environment_.limits.closing, stream_.close(std::move(fault)));
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream_.abort();
}

asio::awaitable<void> Session::serve() {
  co_await async::within(inbound_.directory->establishment_timeout(), negotiate(inbound_));
  establish();
  co_await relay();
}

void Session::establish() {
  const Partner* const partner = inbound_.partner();
  if (partner == nullptr) throw StreamError(Condition::policy_violation, "not an allowed partner");
  if (!partner->allows(inbound_.proof)) {
    throw StreamError(Condition::reset, "the partner's settings have changed");
  }
  place_ = environment_.admission.stream(v1::StreamEvent::INBOUND, *inbound_.directory, *partner);
  if (!place_) {
    throw StreamError(Condition::resource_constraint,
                      "no more streams are allowed for this partner");
  }
  stranger_ = {};
  established_ = true;
  inbound_.steps = {};
  stream_.set_limits(limits_after_authentication(environment_.limits));
  page_ = report_established(environment_, about(), inbound_.proof, stream_);
  environment_.heard_from(inbound_.remote.unicode());
}

asio::awaitable<void> Session::relay() {
  for (;;) {
    while (environment_.uplink.congested() && !stream_.interrupted())
      co_await pause(kCongestionPause);
    xml::Element first = co_await stream_.read();
    std::vector<xml::Element> requests = pass(std::move(first));
    for (xml::Element& request : requests) co_await dialback(std::move(request));
  }
}

// Submits the stanzas; returns what is for the stream itself.
std::vector<xml::Element> Session::pass(xml::Element first) {
  Batch batch(environment_, page_);
  std::vector<xml::Element> requests;
  std::optional<xml::Element> element = std::move(first);
  for (std::size_t left = kBatch; element;
       element = --left > 0 ? stream_.received() : std::nullopt) {
    if (concerns_stream(*element)) {
      requests.push_back(*std::move(element));
      continue;
    }
    Admitted admitted = admit(*element, inbound_);
    if (admitted.stanza) batch.stanzas.push_back(*std::move(admitted.stanza));
    if (admitted.answer) environment_.answer(*std::move(admitted.answer));
  }
  return requests;
}

// The domains already proved go on sending while another is looked into.
asio::awaitable<void> Session::dialback(xml::Element request) {
  if (request.name != "result") {
    co_await negotiate_further(inbound_, std::move(request));
  } else if (verifications_.size() < environment_.limits.dialback_failures_per_stream) {
    verifications_.spawn(verify(std::move(request)));
  } else {
    throw StreamError(Condition::policy_violation, "too many dialbacks at once");
  }
}

asio::awaitable<void> Session::verify(xml::Element request) {
  try {
    co_await negotiate_further(inbound_, std::move(request));
    for (const std::string& domain : inbound_.proved) page_.add_remote(domain);
  } catch (const StreamError& error) {
    stream_.interrupt(error);
  } catch (const std::runtime_error&) {
    // The connection is lost; whoever reads from it knows.
  }
}

void Session::configure() {
  inbound_.directory = environment_.directory;
  std::erase_if(inbound_.proved, [this](const std::string& domain) {
    return inbound_.directory->partner(domain) == nullptr;
  });
  const Partner* const partner = inbound_.partner();
  if (!inbound_.local.empty() && !inbound_.directory->hosts(inbound_.local.unicode())) {
    end(StreamError(Condition::host_gone, "the domain is no longer served here"));
  } else if (!inbound_.remote.empty() && partner == nullptr) {
    end(StreamError(Condition::policy_violation, "no longer an allowed partner"));
  } else if (established_ && !partner->allows(inbound_.proof)) {
    end(StreamError(Condition::reset, "the partner's settings have changed"));
  }
}

void Session::close(std::string_view domain) {
  if (established_ && inbound_.has_proved(domain)) {
    stream_.interrupt(std::string(kClosedByOperator));
  }
}

void Session::tick(std::chrono::steady_clock::time_point now) {
  if (!established_) return;  // negotiation has its own deadline
  page_.set_bytes(stream_.bytes_received(), stream_.bytes_sent());
  if (now - stream_.last_heard() > kQuiet) stream_.trim();
  if (environment_.uplink.congested()) return;  // it is we who do not read
  if (now - stream_.last_heard() < inbound_.directory->inactivity_timeout()) return;
  end(StreamError(Condition::connection_timeout, "nothing was heard for too long"));
}

void Session::report_end(const FailureReport& end) const {
  if (established_) {
    report_closed(environment_, about(), end.reason);
  } else if (inbound_.asked_about_key) {
    log::debug("dialback.answered", "A server asked whether a dialback key is ours, and left.",
               {{"peer", inbound_.remote.unicode()}, {"address", stream_.peer_address()}});
  } else if (inbound_.local.empty() && inbound_.remote.empty()) {
    log::debug("stream.stranger", "A connection ended before it said who it is.",
               {{"address", stream_.peer_address()}, {"reason", end.reason}});
    environment_.ledger.stranger();
  } else {
    report_failed(environment_, about(), end, inbound_.steps);
  }
}

StreamReport Session::about() const {
  return {v1::StreamEvent::INBOUND, inbound_.local, inbound_.remote, stream_.peer_address()};
}

}  // namespace causeway::edge::s2s
