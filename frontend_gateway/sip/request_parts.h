#pragma once

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/request.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {

// What the files of Requests share: request.cc begins a request, request_targets.cc takes it to its
// targets, request_outcome.cc reads what comes of it, request_time.cc ends what takes too long, and
// request_health.cc asks next hops whether they are there. For them alone.

inline constexpr std::uint32_t kMostCSeq = 0x7fffffff;  // RFC 3261 section 8.1.1.5
inline constexpr std::size_t kMostTries = 32;           // targets of one request
// Until a target that could not be reached is tried before others again.
inline constexpr std::chrono::seconds kUnreachable{10};
inline constexpr int kUnheard = 2;  // checks without answer until a hop is down

inline Response local(int status, std::string reason) {
  return {status, std::move(reason), {}, true};
}

// RFC 3261 section 8.1.3.1.
inline Response instead(int error) {
  if (error == ETIMEDOUT) return local(408, "Request Timeout");
  return local(503, concat({"Next Hop Unreachable: ", std::strerror(error)}));
}

// libre goes on with a request that its owner has let go: it repeats the text over UDP, sends what
// waits for a connection, and begins what waits for the DNS. So the text goes. Without `message`
// nothing is begun, and nothing waits for a connection; over UDP a keep-alive stands in its place.
inline void silence(mbuf* message, mbuf* sent, bool reliable) {
  if (message != nullptr) mbuf_reset(message);
  if (sent == nullptr) return;
  mbuf_reset(sent);
  if (reliable) return;
  mbuf_write_str(sent, "\r\n\r\n");
  sent->pos = 0;
}

// That may be sent to another target although this one may have had it: what it does twice, it
// does once. A text would be read twice; an INVITE would ring twice, and is not worth it.
inline bool may_repeat(std::string_view method) {
  return method == "SUBSCRIBE" || method == "NOTIFY" || method == "OPTIONS" || method == "BYE" ||
         method == "UPDATE";
}

// Where the requests of some domains go.
struct Requests::Route {
  std::string domain;  // empty: the default
  std::vector<std::string> next_hops;
  Credentials credentials;
  Challenges challenges{};
  std::shared_ptr<const std::vector<Target>> targets =
      std::make_shared<const std::vector<Target>>();
  Clock::time_point until{};
  bool seeking = false;
  std::vector<std::uint64_t> waiting{};  // for the first targets
};

struct Requests::Pending {
  Requests* owner;
  std::uint64_t id;
  Request request;
  UserAgent::Answered answered;
  std::string rest{};  // the message from Max-Forwards on
  Route* route = nullptr;
  bool stateful = true;  // not an ACK

  Clock::time_point deadline{};
  Clock::time_point latest_start{};
  Clock::time_point look{};  // the one in deadlines_

  std::shared_ptr<const std::vector<Target>> targets{};
  std::uint32_t tried = 0;  // bits of targets
  std::optional<Response> last{};
  Hop* hop = nullptr;

  Owned<mbuf> message{};                 // what libre was given
  Owned<mbuf> sent{};                    // and made of it
  struct sip_request* handle = nullptr;  // libre clears it when the request ends
  bool started = false;
  bool again = false;                // tried on a second connection
  bool heard = false;                // a provisional response came
  bool given_up = false;             // an INVITE that is cancelled: only its end is waited for
  int challenges = 0;                // answered
  std::vector<std::string> shown{};  // nonces answered by this request
  std::string authorization{};       // the headers that did
};

}  // namespace causeway::gateway::sip
