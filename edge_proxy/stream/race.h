#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace causeway::edge::stream {

// Happy Eyeballs (RFC 8305) among the targets of one priority (XEP-0495), as a machine without a
// clock, a socket or a name server: it is told what happens and says which address to try next, and
// when.
//
// The first address is the first target's, IPv6 if it has that; then the families take turns, and
// in each the targets come in their order. Another attempt begins as soon as the latest one has
// failed or is `attempt_delay` old. Nothing begins before the first target's IPv6 addresses are
// known, or there are none, or something else has been known for `resolution_delay`.
class Race {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Family { ipv6, ipv4 };

  struct Limits {
    Clock::duration attempt_delay;
    Clock::duration resolution_delay;
    std::size_t attempts;  // at once
  };
  struct Attempt {
    std::size_t target;
    asio::ip::address address;
    friend bool operator==(const Attempt&, const Attempt&) = default;
  };

  Race(std::size_t targets, Limits limits);

  // The addresses of one family are known; there may be none.
  void resolved(std::size_t target, Family family, const std::vector<asio::ip::address>& found,
                Clock::time_point now);
  bool is_resolved(std::size_t target, Family family) const;

  // The attempt to begin now, if any.
  std::optional<Attempt> next(Clock::time_point now);
  // When to ask again if nothing happens; the clock's end: when something happens.
  Clock::time_point wake() const;

  void failed(const Attempt& attempt, Clock::time_point now);
  // It is of no use any longer because this one has won.
  void won(const Attempt& attempt);
  // It was ended because another has won: it is the first to be tried should that one be of no use.
  void gave_way(const Attempt& attempt);

  // Nothing is under way, left to be tried, or yet to become known.
  bool over() const;

 private:
  struct Addresses {
    bool known = false;
    std::deque<asio::ip::address> untried;
  };
  struct Host {
    Addresses ipv6, ipv4;
    Addresses& of(Family family) { return family == Family::ipv6 ? ipv6 : ipv4; }
  };

  bool may_begin(Clock::time_point now) const;
  bool any_untried() const;
  std::optional<Attempt> take(Family family);
  Family first_family() const;

  std::vector<Host> hosts_;
  const Limits limits_;
  std::size_t under_way_ = 0;
  bool begun_ = false;
  Family next_family_ = Family::ipv6;
  std::optional<Clock::time_point> first_known_;  // when there was something to try
  std::optional<Attempt> latest_;
  Clock::time_point next_start_{};  // if nothing fails before
};

}  // namespace causeway::edge::stream
