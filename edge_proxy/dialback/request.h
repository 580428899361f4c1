#pragma once

#include <optional>
#include <string>

#include "causeway/v1/stanza.pb.h"
#include "common/address/domain.h"
#include "common/xml/element.h"

namespace causeway::edge::dialback {

// What <db:result/> and <db:verify/> carry (XEP-0220 sections 2.1 and 2.2).
struct Request {
  address::Domain from;
  address::Domain to;
  std::string id = {};  // of <db:verify/>: the stream that the key was sent over
  std::string key = {};
};

// What became of a key.
struct Verdict {
  enum Kind { valid, invalid, error };
  Kind kind = error;
  v1::StanzaCondition condition = v1::REMOTE_SERVER_TIMEOUT;  // of an error (section 2.4)
};

std::string_view words_of(const Verdict& verdict);  // "valid", "remote-server-timeout"

// Throws StreamError improper-addressing when from or to is missing or no domain.
Request parse_request(const xml::Element& element);
bool is_answer(const xml::Element& element);  // it has a type

// The verdict in an answer to a request with these from, to and id, which are the request's;
// nothing when it answers something else and is to be ignored (the unsolicited answers of
// CVE-2012-3525).
std::optional<Verdict> verdict_on(const xml::Element& answer, std::string_view name,
                                  const Request& request);

// `name` is "result" or "verify".
std::string request_xml(std::string_view name, const Request& request);
// To the sender of the request: from and to change places.
std::string answer_xml(std::string_view name, const Request& request, const Verdict& verdict);

}  // namespace causeway::edge::dialback
