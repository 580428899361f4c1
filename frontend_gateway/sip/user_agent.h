#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::sip {

// The SIP side as the rest of the gateway sees it: send a request and be told how it ended, be told
// of a request and answer it. Transport, transactions and parsing are libre's; only this room
// includes re.h.
//
// One loop in one thread: the one that calls start() and then run(), for libre keeps its state by
// thread. Every other method except post() and stop() is called in it too, and so is every handler.

class Transaction;

// The duty to answer a request, exactly once, in the loop's thread. Dropped unsaid, it answers 500;
// after the loop has ended it says nothing.
class Answer {
 public:
  Answer() = default;
  explicit Answer(Transaction* transaction) : transaction_(transaction) {}
  Answer(Answer&& other) noexcept : transaction_(std::exchange(other.transaction_, nullptr)) {}
  Answer& operator=(Answer&& other) noexcept;
  ~Answer();

  // `status` is a final one. `reason` and header values lose their control characters here. A
  // second reply is not sent. A 2xx that makes or refreshes a dialog (to INVITE, SUBSCRIBE, UPDATE,
  // NOTIFY) gets our Contact and the Record-Route of the request.
  void reply(int status, std::string_view reason, const std::vector<Header>& headers = {},
             std::string_view content_type = {}, std::string_view body = {});

 private:
  Transaction* transaction_ = nullptr;  // belongs to this until it is said
};

class UserAgent {
 public:
  using Answered = absl::AnyInvocable<void(Response)>;
  using OnRequest = std::function<void(IncomingRequest, Answer)>;
  using Task = absl::AnyInvocable<void()>;

  // Methods with no handler get 405 with Allow; OPTIONS, ACK and CANCEL are answered here.
  struct Method {
    std::string name;
    OnRequest on_request;
    std::string accept = "text/plain";  // the body types it takes beside those of the methods
                                        // before, for the Accept of OPTIONS
    // Requests with a To tag are handed on, too; the handler answers 481 for a dialog it does not
    // know. Else 481 is answered here.
    bool in_dialog = false;
  };

  struct Options {
    std::chrono::milliseconds answer_within{
        32000};  // the wait for a final response; Timer F ends it anyway
    std::vector<std::string> name_servers{};  // "127.0.0.1:53"; empty: those of resolv.conf
  };

  // One place that a route leads to.
  struct NextHop {
    std::string domain;  // empty: of all without a route
    std::string target;  // "tls:192.0.2.1:5061"
    bool up = true;      // until checks and requests say otherwise
  };

  UserAgent(const config::Sip& settings, std::vector<Method> methods);
  UserAgent(const config::Sip& settings, std::vector<Method> methods, Options options);
  // After run() has returned, in any thread; without run(), in that of start().
  ~UserAgent();
  UserAgent(const UserAgent&) = delete;
  UserAgent& operator=(const UserAgent&) = delete;

  // Opens the listeners. An error names the address or the file.
  absl::Status start();
  // Where it listens, as in config::Sip::listen, with the ports the system chose in place of 0.
  const std::vector<std::string>& listening() const;
  // Runs the loop in the calling thread until stop(). Before it returns, every request without a
  // final response gets its local 503, and everything is closed.
  void run();
  void stop();

  // Runs `task` in the loop. Any thread; many posts wake the loop once. Posts before run() are
  // kept, those after stop() dropped.
  void post(Task task);
  // Runs `task` in the loop at about that time from now. From the loop only.
  void after(std::chrono::milliseconds delay, Task task);

  // What is known of the next hops; those of a name not yet looked up are not among them.
  std::vector<NextHop> next_hops() const;
  // Requests that were answered 403 because their sender is not among config::Sip::trusted_peers.
  std::uint64_t strangers() const;

  // Sends to the next hops of its domain or, in a dialog, to the first of its routes; `answered` is
  // called exactly once, and never before send() returns unless the loop is ending.
  void send(Request request, Answered answered);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::gateway::sip
