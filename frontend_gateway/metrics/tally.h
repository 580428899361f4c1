#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "common/link/delivery.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::metrics {

// Counts what crosses the gateway's borders. count() returns what it was given, to be used in its
// place: once somebody says what became of it, that is counted. One thread counts, any reads. It
// outlives what it returns.
class Tally {
 public:
  enum Direction { kFromXmpp, kToXmpp };
  static constexpr std::size_t kKinds = 3;  // message, presence, iq
  // Taken, and each condition.
  static constexpr std::size_t kStanzaOutcomes = v1::StanzaCondition_MAX + 2;
  enum Side { kIncoming, kOutgoing };
  static constexpr std::array<std::string_view, 9> kMethods{
      "MESSAGE", "INVITE", "BYE", "INFO", "UPDATE", "SUBSCRIBE", "NOTIFY", "OPTIONS", "other"};
  // By the first digit of the status; "local": no response came, or the gateway refused to send.
  static constexpr std::array<std::string_view, 6> kSipOutcomes{"local", "2xx", "3xx",
                                                                "4xx",   "5xx", "6xx"};

  using Number = std::atomic<std::uint64_t>;
  using Stanzas = std::array<std::array<Number, kStanzaOutcomes>, kKinds>;
  using Requests = std::array<std::array<Number, kSipOutcomes.size()>, kMethods.size()>;

  // A stanza of XMPP's, and one for it.
  causeway::link::Delivery count(causeway::link::Delivery delivery);
  Surroundings::Settled count(const v1::Stanza& stanza, Surroundings::Settled settled);
  // A request for SIP, and one of SIP's that has been answered.
  sip::UserAgent::Answered count(std::string_view method, sip::UserAgent::Answered answered);
  void answered(std::string_view method, int status);

  const Stanzas& stanzas(Direction direction) const { return stanzas_[direction]; }
  const Requests& requests(Side side) const { return requests_[side]; }

 private:
  class Counted;

  std::array<Stanzas, 2> stanzas_{};
  std::array<Requests, 2> requests_{};
};

}  // namespace causeway::gateway::metrics
