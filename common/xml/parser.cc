#include "common/xml/parser.h"

#include <utility>

#include "common/xml/builder.h"
#include "common/xml/scanner.h"

namespace causeway::xml {
namespace {

// A parser at work holds some 10 KiB, and more after a large token or many different names.
constexpr std::size_t kRecycleAbove = 32 << 10;

std::string_view leading_space(std::string_view bytes) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  std::size_t size = 0;
  while (size < bytes.size() && is_space(bytes[size])) ++size;
  return bytes.substr(0, size);
}

}  // namespace

class Parser::State {
 public:
  explicit State(const Limits& limits) : scanner_(limits), builder_(limits, events_) {}

  void feed(std::string_view bytes);
  std::optional<Event> next();
  bool idle() const { return !waiting() && unparsed_.empty() && nothing_begun(); }
  void set_limits(const Limits& limits);
  void trim();
  void discard();
  std::size_t memory() const;

 private:
  std::string_view parse(std::string_view bytes);
  void go_on();
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
  std::string pending_;     // the beginning of a token that has not ended
  std::string unparsed_;    // what follows the event that waits
  std::size_t parsed_ = 0;  // bytes of unparsed_ that are done with
};

void Parser::State::feed(std::string_view bytes) {
  if (builder_.over()) return;
  const std::size_t events_before = events_.size();
  // What is behind an event costs its bytes and no more until the event is taken: as elements it
  // could be a hundred times larger.
  if (unparsed_.empty()) {
    bytes = parse(bytes);
  } else {
    unparsed_.erase(0, std::exchange(parsed_, 0));
  }
  if (!bytes.empty()) unparsed_.append(bytes);
  const bool quiet =
      events_.size() == events_before || std::holds_alternative<Opened>(events_.back());
  if (quiet && unparsed_.empty() && at_boundary()) trim();
}

// Goes on until an event waits, and over the white space behind it; says what is left then.
std::string_view Parser::State::parse(std::string_view bytes) {
  while (!bytes.empty() && !builder_.over()) {
    std::string_view now = bytes;
    if (waiting()) now = scanner_.between() ? leading_space(bytes) : std::string_view();
    if (now.empty()) return bytes;
    bytes.remove_prefix(step(now));
  }
  return {};
}

// With what feed() left.
void Parser::State::go_on() {
  const std::string_view left = parse(std::string_view(unparsed_).substr(parsed_));
  parsed_ = unparsed_.size() - left.size();
  if (!left.empty()) return;
  unparsed_.clear();
  unparsed_.shrink_to_fit();
  parsed_ = 0;
}

// Takes some bytes from the front, and says how many.
std::size_t Parser::State::step(std::string_view bytes) {
  const bool header_before = scanner_.opened();
  const Scanner::Step step = scanner_.advance(bytes);
  const std::string_view ready = bytes.substr(0, step.ready);
  if (!header_before && scanner_.opened()) {
    builder_.feed_header(std::exchange(pending_, {}).append(ready));
  } else if (!ready.empty()) {
    if (!pending_.empty()) builder_.feed(pending_);
    build(ready);
    pending_.clear();
  }
  pending_.append(bytes.substr(step.ready, step.taken - step.ready));
  if (scanner_.fault()) builder_.fail(scanner_.fault()->fault, scanner_.fault()->reason);
  stay_small();
  return step.taken;
}

void Parser::State::build(std::string_view tokens) {
  // White space that keeps a quiet stream alive is not worth an expat.
  const std::size_t space = leading_space(tokens).size();
  if (space > 0 && pending_.empty() && builder_.settled()) tokens.remove_prefix(space);
  if (!tokens.empty()) builder_.feed(tokens);
}

// After a large token, or many names that expat had not seen before.
void Parser::State::stay_small() {
  if ((!crowded() && pending_.capacity() <= kRecycleAbove) || !at_boundary()) return;
  if (crowded()) builder_.recycle();
  if (pending_.capacity() > kRecycleAbove) pending_.shrink_to_fit();
}

std::optional<Event> Parser::State::next() {
  if (!waiting() && !unparsed_.empty()) go_on();
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
  builder_.set_limits(limits);
}

void Parser::State::trim() {
  if (!at_boundary()) return;
  builder_.recycle();
  pending_.shrink_to_fit();
  if (!waiting()) events_.shrink_to_fit();
}

void Parser::State::discard() {
  builder_.give_up();
  std::vector<Event>().swap(events_);
  next_ = 0;
  std::string().swap(pending_);
  std::string().swap(unparsed_);
  parsed_ = 0;
}

std::size_t Parser::State::memory() const {
  return builder_.expat_memory() + builder_.header_size() + pending_.capacity() +
         unparsed_.capacity();
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
void Parser::discard() { state_->discard(); }
std::size_t Parser::memory() const { return state_->memory(); }

}  // namespace causeway::xml
