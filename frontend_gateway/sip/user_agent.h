#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::sip {

// The SIP side as the rest of the gateway sees it: send a request and be told how it ended, be told of a
// request and answer it. Transport, transactions and parsing are libre's; only this room includes re.h.
//
// One loop in one thread. Every method except post() and stop() is called in it, and so is every handler.

struct Header {
  std::string name;
  std::string value;
};

// A request outside any dialog. Values hold no CR, LF or NUL; send() refuses one that does.
struct Request {
  std::string method;        // "MESSAGE"
  std::string request_uri;   // "sip:bob@contoso.example"
  std::string from;          // a name-addr or URI without tag
  std::string to;
  std::string call_id;       // empty: made here
  std::vector<Header> headers;  // beside those of RFC 3261 section 8.1.1
  std::string content_type;  // empty: no body
  std::string body;
};

// The final response, or the one RFC 3261 section 8.1.3.1 puts in its place when there was none: 408
// after Timer F, 503 when the next hop cannot be reached.
struct Response {
  int status = 0;
  std::string reason;
  std::vector<Header> headers;  // Retry-After, Warning, Contact, Min-Expires, when present
  bool local = false;           // made here, not received
};

// A request received outside a dialog, checked: exactly one each of From, To, Call-ID, CSeq; CSeq method
// equal to the method; Content-Length equal to the body's.
struct IncomingRequest {
  std::string method;
  std::string request_uri;
  std::string from_uri;      // without display name and parameters of the header
  std::string from_display;
  std::string to_uri;
  std::string call_id;
  std::string source;        // address:port it came from
  std::string transport;     // "UDP", "TCP", "TLS"
  std::string content_type;  // as sent, with parameters; empty when there is none
  std::string body;
  std::vector<Header> headers;  // Subject, Date, Expires, Content-Language, Contact, Max-Forwards, ...
  std::string_view header(std::string_view name) const;  // case-insensitive; empty when absent
};

// The duty to answer a request, exactly once, in the loop's thread. Dropped unsaid, it answers 500.
class Answer {
 public:
  Answer() = default;
  explicit Answer(void* transaction) : transaction_(transaction) {}
  Answer(Answer&& other) noexcept : transaction_(std::exchange(other.transaction_, nullptr)) {}
  Answer& operator=(Answer&& other) noexcept;
  ~Answer();

  // `reason` and header values are stripped of CR, LF, NUL and controls here.
  void reply(int status, std::string_view reason, const std::vector<Header>& headers = {});

 private:
  void* transaction_ = nullptr;
};

class UserAgent {
 public:
  using Answered = absl::AnyInvocable<void(Response)>;
  using OnRequest = std::function<void(IncomingRequest, Answer)>;

  // Methods with no handler get 405 with Allow; OPTIONS is answered here.
  struct Method {
    std::string name;
    OnRequest on_request;
  };

  UserAgent(const config::Sip& settings, std::vector<Method> methods);
  ~UserAgent();
  UserAgent(const UserAgent&) = delete;
  UserAgent& operator=(const UserAgent&) = delete;

  // Opens the listeners. An error names the address or the file.
  absl::Status start();
  // Runs the loop in the calling thread until stop().
  void run();
  void stop();

  // Runs `task` in the loop. Any thread; many posts wake the loop once. Posts before run() are kept.
  void post(std::function<void()> task);
  // Runs `task` in the loop at about that time from now. From the loop only.
  void after(std::chrono::milliseconds delay, std::function<void()> task);

  // Sends to the configured next hop; `answered` is called exactly once.
  void send(Request request, Answered answered);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::gateway::sip
