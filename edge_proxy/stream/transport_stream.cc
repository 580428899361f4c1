#include "edge_proxy/stream/transport_stream.h"

#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/cleanup/cleanup.h"
#include "common/text/utf8.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostText = 256;  // bytes of what a peer says

bool is_stream_error(const xml::Event& event) {
  const auto* element = std::get_if<xml::Element>(&event);
  return element != nullptr && element->is("error", xml::ns::kStreams);
}

void count_error(ledger::Tally::Traffic& traffic, Condition condition) {
  traffic.stream_errors[static_cast<std::size_t>(condition)].add();
}

// Of the peer's error; an application's own condition may stand beside the defined one.
Condition condition_in(const xml::Element& error) {
  for (const xml::Element& child : error.children) {
    const Condition condition = condition_named(child.name);
    if (child.ns == xml::ns::kStreamErrors && condition != Condition::undefined_condition)
      return condition;
  }
  return Condition::undefined_condition;
}

// RFC 6120 section 4.9.2: a condition and perhaps a text, for our log.
std::string words_of(const xml::Element& error) {
  std::string words = "the peer says";
  for (const xml::Element& child : error.children) {
    if (child.name != "text") append(words, " ", child.name);
  }
  const xml::Element* const text = error.child("text", xml::ns::kStreamErrors);
  if (text != nullptr) append(words, ": ", text::prefix_of_characters(text->text, kMostText));
  return words;
}

}  // namespace

TransportStream::TransportStream(tls::Transport transport, const StreamSettings& settings)
    : transport_(std::move(transport)),
      settings_(&settings),
      limits_(settings.limits),
      parser_(limits_),
      last_heard_(Clock::now()),
      last_sent_(last_heard_),
      bytes_allowed_(settings.bytes_before_authentication) {}

asio::awaitable<Header> TransportStream::read_header() {
  const xml::Event event = co_await next_event();
  const auto* const opened = std::get_if<xml::Opened>(&event);
  if (opened == nullptr) throw StreamError(Condition::bad_format, "the stream has no header");
  co_return parse_header(opened->header, opened->content_ns);
}

asio::awaitable<xml::Element> TransportStream::read() {
  xml::Event event = co_await next_event();
  auto* const element = std::get_if<xml::Element>(&event);
  if (element == nullptr) throw PeerClosed("the peer ended the stream");
  if (is_stream_error(event)) {
    if (settings_->tally) count_error(settings_->tally->incoming, condition_in(*element));
    throw PeerClosed(words_of(*element));
  }
  if (pace_) pace_->count_stanza();
  co_return std::move(*element);
}

std::optional<xml::Element> TransportStream::received() {
  if (interrupted_) return std::nullopt;
  if (!waiting_) waiting_ = parser_.next();
  if (!waiting_ || is_stream_error(*waiting_)) return std::nullopt;
  auto* const element = std::get_if<xml::Element>(&*waiting_);
  if (element == nullptr) return std::nullopt;
  if (pace_) pace_->count_stanza();
  std::optional<xml::Element> out = std::move(*element);
  waiting_.reset();
  return out;
}

asio::awaitable<xml::Event> TransportStream::next_event() {
  for (;;) {
    throw_if_interrupted();
    std::optional<xml::Event> event = std::exchange(waiting_, std::nullopt);
    if (!event) event = parser_.next();
    if (event) {
      if (const auto* const broken = std::get_if<xml::Broken>(&*event)) {
        throw StreamError(condition_of(broken->fault), broken->reason);
      }
      co_return *std::move(event);
    }
    if (pace_) {
      const std::chrono::nanoseconds time = pace_->rest(last_heard_);
      if (time.count() > 0) co_await rest(time);
    }
    std::size_t count = 0;
    try {
      count = co_await transport_.read(settings_->read_buffer);
    } catch (const asio::system_error&) {
      throw_if_interrupted();
      throw;
    }
    if (count == 0) throw PeerClosed("the connection ended without </stream:stream>");
    count_received(count);
    if (bytes_received_ > bytes_allowed_) {
      throw StreamError(Condition::policy_violation, "too much was sent before authentication");
    }
    parser_.feed({settings_->read_buffer.data(), count});
  }
}

// Who is not read is not silent, and whoever interrupts does not wait.
asio::awaitable<void> TransportStream::rest(std::chrono::nanoseconds time) {
  last_heard_ = Clock::now() + time;
  asio::steady_timer timer(transport_.get_executor(), last_heard_);
  const absl::Cleanup forget = [this] { resting_ = nullptr; };
  resting_ = &timer;
  std::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  throw_if_interrupted();
}

asio::awaitable<void> TransportStream::wait_for_turn() {
  if (!settings_->handshake_turn) co_return;
  const std::optional<std::chrono::nanoseconds> time = settings_->handshake_turn();
  if (!time) throw StreamError(Condition::resource_constraint, "too many TLS handshakes");
  if (time->count() > 0) co_await rest(*time);
}

asio::awaitable<void> TransportStream::send_header(Header ours) {
  header_sent_ = true;
  std::string bytes = to_xml(ours);
  co_await send(std::move(bytes));
}

asio::awaitable<void> TransportStream::send(std::string bytes) {
  throw_if_interrupted();
  if (writing_ && pending_.size() + bytes.size() > settings_->send_buffer_bytes) {
    throw StreamError(Condition::resource_constraint, "the peer does not read what it is sent");
  }
  if (pending_.empty()) {
    pending_ = std::move(bytes);
  } else {
    pending_ += bytes;
  }
  if (writing_) co_return;

  writing_ = true;
  const absl::Cleanup done = [this] {
    writing_ = false;
    for (asio::steady_timer* const each : writer_done_) each->cancel();
  };
  while (!pending_.empty()) {
    const std::string batch = std::exchange(pending_, {});
    try {
      co_await transport_.write(batch);
    } catch (const asio::system_error&) {
      throw_if_interrupted();
      throw;
    }
    count_sent(batch.size());
  }
}

void TransportStream::count_received(std::size_t bytes) {
  last_heard_ = Clock::now();
  bytes_received_ += bytes;
  if (pace_) pace_->count_bytes(bytes);
  if (settings_->tally) settings_->tally->incoming.bytes.add(bytes);
}

void TransportStream::count_sent(std::size_t bytes) {
  last_sent_ = Clock::now();
  bytes_sent_ += bytes;
  if (settings_->tally) settings_->tally->outgoing.bytes.add(bytes);
}

void TransportStream::restart() {
  refuse_leftovers("the end of the negotiation");
  begin_anew();
}

asio::awaitable<bool> TransportStream::begins_with_tls() {
  throw_if_interrupted();
  try {
    co_return co_await transport_.begins_with_tls();
  } catch (const asio::system_error&) {
    throw_if_interrupted();
    throw;
  }
}

asio::awaitable<void> TransportStream::accept_tls(std::string go_ahead, std::string ours) {
  refuse_leftovers("<starttls/>");
  const tls::Direct direct = go_ahead.empty() ? tls::Direct::yes : tls::Direct::no;
  handshaking_ = direct == tls::Direct::yes;
  co_await wait_for_turn();
  if (direct == tls::Direct::no) co_await send(std::move(go_ahead));
  handshaking_ = true;
  co_await transport_.accept_tls(settings_->tls, direct, std::move(ours));
  direct_tls_ = direct == tls::Direct::yes;
  begin_anew();
}

asio::awaitable<void> TransportStream::connect_tls(std::string server_name, tls::Direct direct,
                                                   std::string ours) {
  refuse_leftovers("<proceed/>");
  handshaking_ = true;
  co_await transport_.connect_tls(settings_->tls, std::move(server_name), direct, std::move(ours));
  direct_tls_ = direct == tls::Direct::yes;
  begin_anew();
}

void TransportStream::refuse_leftovers(std::string_view behind) const {
  if (!waiting_ && parser_.idle()) return;
  throw StreamError(Condition::policy_violation, cat("bytes were sent behind ", behind));
}

void TransportStream::begin_anew() {
  parser_.restart(limits_);
  waiting_.reset();
  header_sent_ = false;
  handshaking_ = false;
}

void TransportStream::enter(asio::any_io_executor executor, const StreamSettings& settings) {
  settings_ = &settings;
  transport_.enter(std::move(executor));
}

void TransportStream::set_limits(const xml::Limits& limits) {
  bytes_allowed_ = std::numeric_limits<std::uint64_t>::max();
  limits_ = limits;
  parser_.set_limits(limits_);
}

void TransportStream::interrupt(StreamError error) {
  if (interrupted_) return;
  complaint_ = std::move(error);
  interrupt();
}

void TransportStream::interrupt(std::string why) {
  if (interrupted_) return;
  farewell_ = std::move(why);
  interrupt();
}

void TransportStream::interrupt() {
  interrupted_ = true;
  transport_.cancel();
  if (resting_ != nullptr) resting_->cancel();
}

void TransportStream::throw_if_interrupted() const {
  if (!interrupted_) return;
  if (complaint_) throw *complaint_;
  throw Ended(farewell_);
}

asio::awaitable<void> TransportStream::close(std::optional<StreamError> error) {
  interrupted_ = false;
  waiting_.reset();
  parser_.discard();  // nothing more is heard: it need not be held while the peer takes its time
  if (handshaking_) co_return;  // nothing readable can be said in the middle of a handshake
  co_await written();
  std::string last_words;
  if (!header_sent_ && error) last_words = to_xml(Header{.id = new_stream_id()});
  if (error) {
    last_words += to_xml(*error);
    if (settings_->tally) count_error(settings_->tally->outgoing, error->condition());
  }
  if (header_sent_ || error) last_words += "</stream:stream>";
  header_sent_ = true;
  if (!last_words.empty()) co_await send(std::move(last_words));
  co_await transport_.shutdown();
  while (co_await transport_.read(settings_->read_buffer) != 0) continue;
}

// Another coroutine may still be writing; our last words come after its bytes.
asio::awaitable<void> TransportStream::written() {
  if (!writing_) co_return;
  asio::steady_timer done(transport_.get_executor(), asio::steady_timer::time_point::max());
  const absl::Cleanup forget = [&] { std::erase(writer_done_, &done); };
  writer_done_.push_back(&done);
  std::error_code cancelled;
  while (writing_) co_await done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

}  // namespace causeway::edge::stream
