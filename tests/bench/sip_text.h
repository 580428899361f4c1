#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::bench {

// SIP as text, as bare as it can be for a driver that knows who writes to it: header names are
// spelled as the gateway spells them, and each header it reads stands there once.

// A message at the front of what a connection has brought, without taking it off.
struct SipText {
  std::string_view head;  // start line and headers
  std::string_view body;
  std::size_t size;

  bool is_response() const { return head.substr(0, 8) == "SIP/2.0 "; }
  std::string_view method() const { return head.substr(0, head.find(' ')); }
  std::string_view request_uri() const;
  std::size_t status() const;
};

std::optional<SipText> framed(std::string_view bytes);
// Its value; empty when there is none.
std::string_view header(std::string_view head, std::string_view name);
// At the front of the text; throws std::runtime_error when there is none.
std::size_t number(std::string_view text);
// Between < and >.
std::string_view uri_in(std::string_view value);

// The response to a request, of which To gets `tag` if it has none. `more`: whole header lines.
void append_response(std::string& out, std::string_view head, std::string_view status,
                     std::string_view tag, std::string_view more = {}, std::string_view body = {});

}  // namespace causeway::bench
