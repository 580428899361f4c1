#include "frontend_gateway/gateway/sent_stanzas.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::gateway {
namespace {

// The recipient itself, one of its clients, or its server in its own name.
bool speaks_for_recipient(const v1::Address& from, const Sent& sent) {
  return from.domain() == sent.to.domain() &&
         (from.local().empty() || from.local() == sent.to.local());
}

bool is_to_sender(const v1::Stanza& stanza, const Sent& sent) {
  return stanza.to().local() == sent.from.local() && stanza.to().domain() == sent.from.domain();
}

}  // namespace

SentStanzas::SentStanzas(std::string_view life, std::size_t remembered)
    : most_remembered_(remembered), prefix_(std::string(life) + "-") {}

Sent& SentStanzas::add(std::unique_ptr<Sent> sent) {
  sent->number = ++last_;
  ++pending_count_;
  return *(sent_[last_] = std::move(sent));
}

std::string SentStanzas::id(const Sent& sent) const {
  return absl::StrCat(prefix_, absl::Hex(sent.number), "-", sent.hops);
}

Sent* SentStanzas::pending(std::uint64_t number) {
  const auto found = sent_.find(number);
  return found == sent_.end() || !found->second->reply ? nullptr : found->second.get();
}

Sent* SentStanzas::answered_by(const v1::Stanza& error) {
  Sent* sent = named(error.id());
  if (sent == nullptr || !is_to_sender(error, *sent)) return nullptr;
  return speaks_for_recipient(error.from(), *sent) ? sent : nullptr;
}

Sent* SentStanzas::received(const v1::Stanza& receipt, const std::string& id) {
  Sent* sent = named(id);
  if (sent == nullptr || sent->wanted == nullptr || !is_to_sender(receipt, *sent)) return nullptr;
  const bool himself =
      receipt.from().local() == sent->to.local() && receipt.from().domain() == sent->to.domain();
  return himself ? sent : nullptr;
}

Sent* SentStanzas::named(const std::string& id) {
  const std::optional<std::uint64_t> number = number_in(id);
  if (!number) return nullptr;
  const auto found = sent_.find(*number);
  return found == sent_.end() ? nullptr : found->second.get();
}

Reply SentStanzas::accepted(Sent& sent) {
  --pending_count_;
  Reply reply = std::exchange(sent.reply, nullptr);
  remembered_.push_back(sent.number);
  if (remembered_.size() > most_remembered_) {
    sent_.erase(remembered_.front());
    remembered_.pop_front();
  }
  return reply;
}

Reply SentStanzas::forget(Sent& sent) {
  if (sent.reply) --pending_count_;
  Reply reply = std::move(sent.reply);
  sent_.erase(sent.number);  // its place among the remembered ones falls free in its turn
  return reply;
}

std::optional<std::uint64_t> SentStanzas::number_in(const std::string& id) const {
  if (!id.starts_with(prefix_)) return std::nullopt;
  std::uint64_t number = 0;
  const auto dash = id.find('-', prefix_.size());  // before the hops, which are one digit
  if (dash == id.npos || dash + 2 != id.size()) return std::nullopt;
  const char* end = id.data() + dash;
  const auto [stop, fault] = std::from_chars(id.data() + prefix_.size(), end, number, 16);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace causeway::gateway
