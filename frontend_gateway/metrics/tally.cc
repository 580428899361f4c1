#include "frontend_gateway/metrics/tally.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace causeway::gateway::metrics {
namespace {

void add_one(Tally::Number& number) { number.fetch_add(1, std::memory_order_relaxed); }

std::size_t kind_of(const v1::Stanza& stanza) {
  switch (stanza.kind_case()) {
    case v1::Stanza::kPresence:
      return 1;
    case v1::Stanza::kIq:
      return 2;
    default:
      return 0;
  }
}

std::size_t outcome_of(const std::optional<v1::StanzaError>& refusal) {
  if (!refusal) return 0;
  return 1 + static_cast<std::size_t>(
                 std::clamp<int>(refusal->condition(), 0, v1::StanzaCondition_MAX));
}

std::size_t method_of(std::string_view method) {
  const auto found = std::find(Tally::kMethods.begin(), Tally::kMethods.end() - 1, method);
  return static_cast<std::size_t>(found - Tally::kMethods.begin());
}

std::size_t outcome_of(int status, bool local) {
  return local ? 0 : static_cast<std::size_t>(std::clamp(status / 100, 2, 6) - 1);
}

}  // namespace

// Takes a receipt over, and tells it what it is told.
class Tally::Counted final : public causeway::link::Settler {
 public:
  Counted(causeway::link::Receipt receipt, std::array<Number, kStanzaOutcomes>& outcomes)
      : receipt_(std::move(receipt)), outcomes_(outcomes) {}

  void settle(std::uint64_t, std::optional<v1::StanzaError> refusal) override {
    add_one(outcomes_[outcome_of(refusal)]);
    if (refusal)
      receipt_.refused(*std::move(refusal));
    else
      receipt_.taken();
  }

 private:
  causeway::link::Receipt receipt_;
  std::array<Number, kStanzaOutcomes>& outcomes_;
};

causeway::link::Delivery Tally::count(causeway::link::Delivery delivery) {
  if (!delivery.receipt.owed()) return delivery;
  auto& outcomes = stanzas_[kFromXmpp][kind_of(delivery.stanza)];
  delivery.receipt =
      causeway::link::Receipt(std::make_shared<Counted>(std::move(delivery.receipt), outcomes), 0);
  return delivery;
}

Surroundings::Settled Tally::count(const v1::Stanza& stanza, Surroundings::Settled settled) {
  return [&outcomes = stanzas_[kToXmpp][kind_of(stanza)],
          settled = std::move(settled)](std::optional<v1::StanzaError> refusal) mutable {
    add_one(outcomes[outcome_of(refusal)]);
    if (settled) settled(std::move(refusal));
  };
}

sip::UserAgent::Answered Tally::count(std::string_view method, sip::UserAgent::Answered answered) {
  return [&outcomes = requests_[kOutgoing][method_of(method)],
          answered = std::move(answered)](sip::Response response) mutable {
    add_one(outcomes[outcome_of(response.status, response.local)]);
    if (answered) answered(std::move(response));
  };
}

void Tally::answered(std::string_view method, int status) {
  add_one(requests_[kIncoming][method_of(method)][outcome_of(status, false)]);
}

}  // namespace causeway::gateway::metrics
