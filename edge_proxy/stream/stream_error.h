#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "common/xml/parser.h"

namespace causeway::edge::stream {

// The stream error conditions, in wire spelling (RFC 6120 section 4.9.3).
enum class Condition {
  bad_format,
  bad_namespace_prefix,
  conflict,
  connection_timeout,
  host_gone,
  host_unknown,
  improper_addressing,
  internal_server_error,
  invalid_from,
  invalid_namespace,
  invalid_xml,
  not_authorized,
  not_well_formed,
  policy_violation,
  remote_connection_failed,
  reset,
  resource_constraint,
  restricted_xml,
  see_other_host,
  system_shutdown,
  undefined_condition,
  unsupported_encoding,
  unsupported_feature,
  unsupported_stanza_type,
  unsupported_version,
};

std::string_view wire_name(Condition condition);  // "host-unknown"
Condition condition_named(
    std::string_view wire_name);  // undefined_condition for what is not in the list
Condition condition_of(xml::Fault fault);

// The peer is wrong, or refused: thrown inside the coroutine that owns the stream, caught once at
// its top and sent to the peer there. `text` is for the peer's operator.
class StreamError : public std::runtime_error {
 public:
  // `application` is an element of another namespace that says more (section 4.9.4), as XML.
  explicit StreamError(Condition condition, std::string text = {}, std::string application = {});
  Condition condition() const { return condition_; }
  const std::string& text() const { return text_; }
  const std::string& application() const { return application_; }

 private:
  Condition condition_;
  std::string text_;
  std::string application_;
};

// The peer ended the stream, with an error of its own or without.
class PeerClosed : public std::runtime_error {
 public:
  explicit PeerClosed(const std::string& why) : std::runtime_error(why) {}
};

std::string to_xml(const StreamError& error);  // <stream:error>...</stream:error>

}  // namespace causeway::edge::stream
