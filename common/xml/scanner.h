#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/xml/parser.h"

namespace causeway::xml {

// Finds where the tokens of a stream end, so that expat gets whole ones, and holds them against the
// limits before expat has seen them. Refuses at their first byte the constructs that RFC 6120
// section 11.1 forbids. Everything else about well-formedness is left to expat, which sees every
// byte.
class Scanner {
 public:
  explicit Scanner(const Limits& limits) : limits_(limits) {}

  struct Step {
    std::size_t taken;  // bytes looked at
    std::size_t
        ready;  // of these, expat may have so many; the others begin a token, or continue it
  };
  // Looks at bytes from the front and stops where it is good to let expat work: after a few KiB,
  // around the stream header and at the end of a stanza, so that what expat is given completes one
  // event. After a fault it takes nothing.
  Step advance(std::string_view bytes);

  const std::optional<Broken>& fault() const { return fault_; }
  // The stream header has ended.
  bool opened() const { return opened_; }
  // No element has begun, neither the header nor one of the first level.
  bool between() const { return state_ == State::text && depth_ <= 1; }

  void set_limits(const Limits& limits) { limits_ = limits; }

 private:
  enum class State : std::uint8_t {
    text,
    entity,       // &...
    less_than,    // <
    tag,          // <name or </name
    quoted,       // <name a="
    bang,         // <! and some of [CDATA[
    cdata,        // <![CDATA[
    question,     // <? and some of xml
    declaration,  // <?xml
  };
  enum class Token : std::uint8_t { other, start_tag, end_tag };

  const char* skip_text(const char* p, const char* end);
  void begin(char first, std::size_t offset);
  const char* go_on(const char* p, const char* end);
  const char* after_less_than(const char* p);
  const char* in_entity(const char* p, const char* end);
  const char* in_tag(const char* p, const char* end);
  const char* in_quotes(const char* p, const char* end);
  const char* in_cdata(const char* p, const char* end);
  void in_bang(char c);
  void in_question(char c);
  void in_declaration(char c);
  void start_tag();
  void end_of_tag();
  bool oversized(std::size_t offset);
  void fail(Fault fault, const char* reason);

  Limits limits_;
  std::optional<Broken> fault_;
  std::size_t offset_ = 0;  // of the next byte, in the stream
  std::size_t start_ = 0;   // of what is begun: the header or a first-level element
  std::size_t depth_ = 0;   // elements open, the root included
  std::size_t elements_ = 0;
  std::size_t attributes_ = 0;
  State state_ = State::text;
  Token token_ = Token::other;
  bool opened_ = false;
  bool at_the_beginning_ = false;  // the token is the first of the stream
  char quote_ = 0;
  char last_ = 0;             // the byte before, within a tag or declaration
  std::uint8_t matched_ = 0;  // of a fixed word: [CDATA[ or xml, and ]] inside CDATA
};

}  // namespace causeway::xml
