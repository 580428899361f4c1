#include "edge_proxy/xml/parser.h"

#include <algorithm>
#include <utility>

#include "edge_proxy/xml/builder.h"
#include "edge_proxy/xml/scanner.h"

namespace causeway::edge::xml {
namespace {

// A parser at work holds some 10 KiB, and more after a large token or many different names.
constexpr std::size_t kRecycleAbove = 32 << 10;

}  // namespace

class Parser::State {
 public:
  explicit State(const Limits& limits)
      : scanner_(limits), builder_(limits.parser_memory, events_) {}

  void feed(std::string_view bytes);
  std::optional<Event> next();
  bool idle() const { return !waiting() && nothing_begun(); }
  void set_limits(const Limits& limits);
  void trim();
  std::size_t memory() const;

 private:
  std::size_t step(std::string_view bytes);
  void build(std::string_view tokens);
  void stay_small();
  bool crowded() const { return builder_.expat_memory() > kRecycleAbove; }
  bool nothing_begun() const {
    return pending_.empty() && scanner_.between() && builder_.settled();
  }
  bool at_boundary() const { return scanner_.opened() && nothing_begun(); }
  bool waiting() const { return next_ < events_.size(); }

  std::vector<Event> events_;
  std::size_t next_ = 0;
  Scanner scanner_;
  Builder builder_;
  std::string pending_;  // the beginning of a token that has not ended
};

void Parser::State::feed(std::string_view bytes) {
  const std::size_t events_before = events_.size();
  while (!bytes.empty() && !builder_.over()) bytes.remove_prefix(step(bytes));
  const bool quiet =
      events_.size() == events_before || std::holds_alternative<Opened>(events_.back());
  if (quiet && at_boundary()) trim();
}

// Takes some bytes from the front, and says how many.
std::size_t Parser::State::step(std::string_view bytes) {
  const bool header_before = scanner_.opened();
  const Scanner::Step step = scanner_.advance(bytes, crowded());
  const std::string_view ready = bytes.substr(0, step.ready);
  if (!header_before && scanner_.opened()) {
    builder_.feed_header(std::exchange(pending_, {}).append(ready));
  } else if (!ready.empty()) {
    build(pending_);
    pending_.clear();
    build(ready);
  }
  pending_.append(bytes.substr(step.ready, step.taken - step.ready));
  if (scanner_.fault()) builder_.fail(scanner_.fault()->fault, scanner_.fault()->reason);
  if (at_boundary()) stay_small();
  return step.taken;
}

void Parser::State::build(std::string_view tokens) {
  // White space that keeps a quiet stream alive is not worth an expat.
  if (!builder_.has_expat() && pending_.empty()) {
    tokens.remove_prefix(std::min(tokens.find_first_not_of(" \t\r\n"), tokens.size()));
  }
  if (!tokens.empty()) builder_.feed(tokens);
}

// After a large token, or many names that expat had not seen before.
void Parser::State::stay_small() {
  if (crowded()) builder_.recycle();
  if (pending_.capacity() > kRecycleAbove) pending_.shrink_to_fit();
}

std::optional<Event> Parser::State::next() {
  if (!waiting()) return std::nullopt;
  std::optional<Event> event(std::move(events_[next_++]));
  if (!waiting()) {
    events_.clear();
    next_ = 0;
  }
  return event;
}

void Parser::State::set_limits(const Limits& limits) {
  scanner_.set_limits(limits);
  builder_.set_memory_limit(limits.parser_memory);
}

void Parser::State::trim() {
  if (!at_boundary()) return;
  builder_.recycle();
  pending_.shrink_to_fit();
  if (!waiting()) events_.shrink_to_fit();
}

std::size_t Parser::State::memory() const {
  return builder_.expat_memory() + builder_.header_size() + pending_.capacity();
}

Parser::Parser(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

void Parser::feed(std::string_view bytes) { state_->feed(bytes); }
std::optional<Event> Parser::next() { return state_->next(); }
bool Parser::idle() const { return state_->idle(); }
void Parser::restart(const Limits& limits) { state_ = std::make_unique<State>(limits); }
void Parser::set_limits(const Limits& limits) { state_->set_limits(limits); }
void Parser::trim() { state_->trim(); }
std::size_t Parser::memory() const { return state_->memory(); }

}  // namespace causeway::edge::xml
