#pragma once

#include <cstdint>
#include <string_view>

namespace causeway::gateway::presence {

// How a subscription of ours ends, or does not begin, and what becomes of the watch. Tables, and
// nothing else decides.

enum class Ending : std::uint8_t {
  denied,         // he may not, or there is nobody: for good
  moved,          // elsewhere; it is to be made anew at once
  lapsed,         // nobody has refreshed it in time
  postponed,      // not now
  given_up,       // nobody has decided in time
  final_,         // what is known will never change
  nobody,         // there is no such user, today
  too_brief,      // SUBSCRIBE asks for less time than is given
  failed,         // the rest
  failed_within,  // a refresh; RFC 6665 section 4.1.2.2 lets the subscription live on until it
                  // expires
};

struct Consequence {
  enum class Tell : std::uint8_t {
    nothing,
    unavailable,   // once
    soon,          // the same, unless the subscription is back within half a minute
    error,         // item-not-found, once, to who waits for authorization; else unavailable
    unsubscribed,  // and unavailable
  };
  enum class Next : std::uint8_t {
    forget,
    at_once,     // a new dialog, but not twice within half a minute
    back_off,    // a new dialog after 30 s, 1, 2, 4 ... 30 minutes, or when it was said
    much_later,  // after hours, or when it was said
    rest,        // nothing
    repeat,      // with what was asked for
  };
  Tell tell;
  Next next;
};

// Of the final response to a SUBSCRIBE, 300 or more; `within` a dialog of this subscription.
Ending ending_of_status(int status, bool within);
// Of Subscription-State: terminated (RFC 6665 section 4.1.3).
Ending ending_of_reason(std::string_view reason);

Consequence consequence_of(Ending ending);

}  // namespace causeway::gateway::presence
