#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/store/rows.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway {

// What the gateway asks of the SIP side, the edges, the database and the clocks: an interface,
// because its conversations are tested on it. Everything is called, and calls back, in the SIP
// loop's thread.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  using Settled = absl::AnyInvocable<void(std::optional<v1::StanzaError>)>;

  // As UserAgent::send().
  virtual void send(sip::Request request, sip::UserAgent::Answered answered) = 0;
  // As Edges::submit(), `settled` in the loop.
  virtual void submit(v1::Stanza stanza, Settled settled) = 0;
  // As UserAgent::after().
  virtual void after(std::chrono::milliseconds delay, sip::UserAgent::Task task) = 0;

  // As Store::write(), `written` in the loop.
  using Written = absl::AnyInvocable<void(absl::Status)>;
  virtual void write(std::vector<store::Change> changes, Written written) = 0;

  // Names this life of the process in the ids of the stanzas it makes, so that the edges bring what
  // answers them back to it (common/link/hello.h).
  virtual std::string life() const = 0;

  virtual std::chrono::steady_clock::time_point clock() const = 0;  // for durations
  virtual absl::Time now() const = 0;                               // for dates
};

// The duty to answer a SIP request, once; dropped unsaid, 500 is the answer.
using Reply = absl::AnyInvocable<void(const translate::SipAnswer&)>;

}  // namespace causeway::gateway
