#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/xml/element.h"

namespace causeway::xml {

// What a stream may cost. Enforced while parsing, so that nothing larger is ever held.
struct Limits {
  // Of one first-level element, or of the stream header; the namespaces of all its names together
  // may be eight times that, for they are copied from where they are declared.
  std::size_t stanza_bytes;
  std::size_t stanza_elements;  // elements in it
  std::size_t depth;            // levels below the stream root
  std::size_t attributes;       // of one element, namespace declarations included
  std::size_t
      parser_memory;  // bytes expat may hold; some 20 KiB and four times stanza_bytes are ample
};

// Why parsing ended; the names are those of the stream errors (RFC 6120 section 4.9.3).
enum class Fault {
  not_well_formed,
  restricted_xml,        // DOCTYPE, comment, processing instruction, entity (section 11.1)
  unsupported_encoding,  // an XML declaration that names anything but UTF-8
  policy_violation,      // a limit; the reason says which
  resource_constraint,   // parser_memory
  bad_namespace_prefix,  // an undeclared prefix
};
struct Broken {
  Fault fault;
  std::string reason;
};

struct Opened {  // <stream:stream ...>: attributes and namespace; no children
  Element header;
  std::string content_ns = {};  // what it declares as the default namespace; may be empty
};
struct Closed {};  // </stream:stream>
using Event = std::variant<Opened, Element, Closed, Broken>;

// One XML stream (RFC 6120 section 4), fed in pieces. Events come in order; after Broken or Closed
// none follow. Character data between first-level elements is dropped if it is whitespace,
// not-well-formed otherwise (section 4.4 forbids it). CDATA is text. Not for use from several
// threads.
//
// Bytes are looked at once by a scanner, which knows where tokens end and what they cost, and then
// by expat, which gets whole tokens only: what a peer sends in tiny pieces costs no more than the
// same in one piece, and an event is there as soon as its last '>' is.
//
// One event is made at a time: what follows it stays raw until next() has taken it. A parser that
// is fed only after next() gave nothing holds at most what it was fed last, and one element within
// its limits, with what expat needs for that.
class Parser {
 public:
  explicit Parser(const Limits& limits);
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  // Parses `bytes` as far as the first event that they complete, and keeps a copy of the rest.
  void feed(std::string_view bytes);
  // The next event, if all that was fed completes one.
  std::optional<Event> next();
  // True when no event waits, no bytes wait behind it, and no element has begun: where a stream may
  // be restarted.
  bool idle() const;

  // A stream restart (RFC 6120 section 4.3.3): forgets everything. Never from within feed().
  void restart(const Limits& limits);
  // Other limits for what has not been parsed, e.g. after authentication.
  void set_limits(const Limits& limits);

  // Gives back what a quiet stream does not need; cheap to call, and undone by the next bytes at
  // about 3 us. Meant for the timer that notices that nothing has come for a while; bytes that
  // complete no stanza (a header, whitespace) do it by themselves.
  void trim();
  // Frees everything at once: events, bytes that wait, expat. Nothing comes after it, whatever is
  // fed, but restart(). For a stream that closes while its peer still sends.
  void discard();
  // Bytes held for this stream: by expat, not parsed yet, in tokens that have not ended, and for a
  // restart of expat. Elements are not counted.
  std::size_t memory() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace causeway::xml
