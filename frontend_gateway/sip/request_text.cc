#include <algorithm>

#include "frontend_gateway/sip/request_parts.h"

namespace causeway::gateway::sip {
namespace {

// Headers made here or by libre.
constexpr std::string_view kOurs[] = {"Via",
                                      "From",
                                      "To",
                                      "Call-ID",
                                      "CSeq",
                                      "v",
                                      "f",
                                      "t",
                                      "i",
                                      "l",
                                      "c",
                                      "User-Agent",
                                      "Route",
                                      "Record-Route",
                                      "Authorization",
                                      "Proxy-Authorization",
                                      "Content-Type",
                                      "Content-Length"};

}  // namespace

std::string flaw(const Request& request) {
  if (!is_token(request.method)) return "the method is no token";
  if (!is_uri(request.request_uri)) return "the Request-URI is none";
  for (const std::string* address : {&request.from, &request.to}) {
    const auto parsed = is_line(*address) ? parse_name_addr(bracketed(*address)) : std::nullopt;
    if (!parsed || !parsed->tag.empty()) return "From or To is no address without tag";
  }
  if (!is_line(request.call_id) || request.call_id.find(' ') != std::string::npos)
    return "Call-ID is no word";
  for (const std::string* tag : {&request.from_tag, &request.to_tag}) {
    if (!tag->empty() && !is_token(*tag)) return "a tag is no token";
  }
  for (const std::string& route : request.routes) {
    if (!is_line(route) || !parse_name_addr(route)) return "a Route is no address";
  }
  if (!is_line(request.content_type)) return "Content-Type holds control characters";
  if (request.content_type.empty() && !request.body.empty()) return "a body without Content-Type";
  for (const Header& header : request.headers) {
    if (!is_token(header.name)) return "a header's name is no token";
    if (!is_line(header.value)) return concat({header.name, " holds control characters"});
    const auto same = [&](std::string_view ours) { return same_name(ours, header.name); };
    if (std::any_of(std::begin(kOurs), std::end(kOurs), same)) {
      return concat({header.name, " is not the caller's to set"});
    }
  }
  return {};
}

}  // namespace causeway::gateway::sip
