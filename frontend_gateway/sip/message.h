#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::gateway::sip {

// What crosses between the SIP side and the rest of the gateway, as values.

struct Header {
  std::string name;
  std::string value;
};

// A request. No value holds a control character and every URI is one (RFC 3261 section 25.1): a
// request that breaks this, or names a header that is made here (Via, CSeq, Content-Length, ...),
// is not sent but answered with a local 400.
//
// Out of a dialog it goes to the next hops of its Request-URI's domain; within one
// (Dialog::request() fills the last members) to the first of `routes`, or without them to the
// Request-URI.
struct Request {
  std::string method;       // "MESSAGE"
  std::string request_uri;  // "sip:bob@contoso.example"
  std::string from;         // a name-addr or URI without tag
  std::string to;
  std::string call_id;  // empty: made here; one that was used before gets a higher CSeq
  std::vector<Header>
      headers;               // beside those of RFC 3261 section 8.1.1; Max-Forwards may be set here
  std::string content_type;  // empty: no body
  std::string body;
  // From send() to the final response; 0, or more than Options say: as these say. After it nothing
  // more of the request is sent, and in its last second, or half, it is not begun.
  std::chrono::milliseconds answer_within{0};

  std::string from_tag{};             // empty: made here
  std::string to_tag{};               // of a dialog
  std::uint32_t cseq = 0;             // 0: made here
  std::vector<std::string> routes{};  // values of Route, in order
  // The request makes a dialog, or goes within one that needs it: Contact names us, as the peer
  // reaches us from where the request is sent.
  bool contact = false;
};

// The final response, or the one RFC 3261 section 8.1.3.1 puts in its place when there was none:
// 408 after Timer F or answer_within, 503 when the next hop cannot be reached, closes the
// connection before it answers, or has config::Sip::pending requests to answer already.
struct Response {
  int status = 0;
  std::string reason;
  std::vector<Header>
      headers;         // Retry-After, Warning, Contact, Min-Expires, Expires, Supported, ...
  bool local = false;  // made here, not received

  std::string call_id{}, from_tag{}, to_tag{};  // of a received one
  std::uint32_t cseq = 0;                       // of the request
  std::vector<std::string> record_routes{};     // values of Record-Route, as received
  std::string content_type{};
  std::string body{};
};

// A request received, checked: exactly one each of From, To, Call-ID, CSeq; CSeq method equal to
// the method; Content-Length equal to the body's. No text but the body holds a control character.
struct IncomingRequest {
  std::string method;
  std::string request_uri;
  std::string from_uri;  // without display name and parameters of the header
  std::string from_display;
  std::string to_uri;
  std::string to_tag;  // empty outside a dialog
  std::string call_id;
  std::string source;        // address:port it came from
  std::string transport;     // "UDP", "TCP", "TLS"
  std::string content_type;  // as sent, with parameters; empty when there is none
  std::string body;
  // Subject, Date, Expires, Content-Language, Contact, Max-Forwards, ...: all that have no member
  // above, but for Via, CSeq, Record-Route and Content-Length. Unfolded, compact names spelled out.
  std::vector<Header> headers;
  std::string_view header(std::string_view name) const;  // case-insensitive; empty when absent

  std::string from_tag{};
  // What To's tag is in the responses: to_tag, or the one that is made for it. It names our end of
  // a dialog that a 2xx makes.
  std::string local_tag{};
  std::uint32_t cseq = 0;
  std::vector<std::string> record_routes{};
};

}  // namespace causeway::gateway::sip
