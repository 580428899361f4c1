#include "tests/bench/ledger.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"

namespace causeway::bench {
namespace {

std::uint64_t nanoseconds_now() {
  return Clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Reads a number and the space behind it off the front.
bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(end - text.data() + 1);
  return true;
}

}  // namespace

Ledger::Ledger(std::size_t pairs, std::size_t body_bytes)
    : body_bytes_(body_bytes), pairs_(pairs) {}

std::string Ledger::next_body(std::size_t pair) {
  ++sent_;
  std::string body = absl::StrCat(pair, " ", ++pairs_[pair].sent, " ", nanoseconds_now(), " ");
  body.append(body_bytes_ - std::min(body_bytes_, body.size()), 'x');
  return body;
}

void Ledger::arrived(std::string_view body) {
  std::uint64_t pair = 0, number = 0, time = 0;
  if (!take_number(body, pair) || !take_number(body, number) || !take_number(body, time) ||
      pair >= pairs_.size()) {
    ++unreadable_;
    return;
  }
  ++received_;
  if (number != pairs_[pair].received + 1) ++out_of_order_;
  pairs_[pair].received = number;
  microseconds_.push_back(static_cast<std::uint32_t>((nanoseconds_now() - time) / 1000));
}

std::chrono::microseconds Ledger::quantile(double share) const {
  if (microseconds_.empty()) return {};
  std::vector<std::uint32_t> sorted = microseconds_;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(share * (sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return std::chrono::microseconds(*at);
}

}  // namespace causeway::bench
