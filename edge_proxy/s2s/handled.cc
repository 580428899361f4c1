#include "edge_proxy/s2s/handled.h"

#include <asio/post.hpp>
#include <utility>

namespace causeway::edge::s2s {

using causeway::link::Receipt;

Handled::Handled(asio::any_io_executor executor, std::function<void()> news)
    : news_(std::move(news)), executor_(std::move(executor)) {}

Receipt Handled::next() { return Receipt(shared_from_this(), ++received_); }

void Handled::next_dealt_with() {
  const std::lock_guard lock(mutex_);
  mark(++received_);
}

std::uint64_t Handled::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool Handled::wish() {
  const std::lock_guard lock(mutex_);
  const bool all = count_ == received_;
  wished_ = all ? 0 : received_;
  return all;
}

void Handled::detach() {
  news_ = nullptr;
  const std::lock_guard lock(mutex_);
  executor_.reset();
}

// Posts under the lock: while the stream is attached its thread runs.
void Handled::settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) {
  if (refusal) return;
  const std::lock_guard lock(mutex_);
  mark(sequence);
  if (wished_ == 0 || count_ < wished_ || !executor_) return;
  wished_ = 0;
  asio::post(*executor_, [self = shared_from_this()] {
    if (self->news_) self->news_();
  });
}

void Handled::mark(std::uint64_t sequence) {
  const std::uint64_t index = sequence - count_ - 1;
  if (index >= later_.size()) later_.resize(index + 1);
  later_[index] = true;
  while (!later_.empty() && later_.front()) {
    later_.pop_front();
    ++count_;
  }
}

}  // namespace causeway::edge::s2s
