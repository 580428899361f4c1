#include "common/xml/scanner.h"

#include <algorithm>

namespace causeway::xml {
namespace {

// expat's buffer is about twice as large as the largest piece that it was given.
constexpr std::size_t kLargestPiece = 4096;

constexpr std::string_view kCdata = "[CDATA[";
constexpr std::string_view kDeclaration = "xml";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

Scanner::Step Scanner::advance(std::string_view bytes) {
  const char* const begin_of_piece = bytes.data();
  const char* const end = begin_of_piece + bytes.size();
  const char* p = begin_of_piece;
  const char* ready = p;
  const auto length = [&] { return static_cast<std::size_t>(p - begin_of_piece); };
  while (p != end && !fault_ && length() < kLargestPiece) {
    if (state_ == State::text) {
      p = skip_text(p, std::min(end, begin_of_piece + kLargestPiece));
      ready = p;
      if (p == end || (*p != '<' && *p != '&')) continue;
      if (depth_ == 0 && p != begin_of_piece) break;  // so that the header is a piece of its own
      begin(*p, offset_ + length());
      ++p;
      continue;
    }
    p = go_on(p, end);
    if (state_ == State::cdata) ready = p;
    if (state_ != State::text) continue;
    if (oversized(offset_ + length())) break;
    ready = p;
    if (depth_ <= 1) break;
  }
  offset_ += length();
  if (!fault_ && (depth_ == 0 || !between())) oversized(offset_);
  return {length(), static_cast<std::size_t>(ready - begin_of_piece)};
}

const char* Scanner::skip_text(const char* p, const char* end) {
  if (depth_ > 1) {
    while (p != end && *p != '<' && *p != '&') ++p;
    return p;
  }
  // Nothing but white space between stanzas: expat, which may hold the beginning of a character,
  // can be freed there.
  while (p != end && is_space(*p)) ++p;
  if (p == end || *p == '<' || (depth_ == 1 && *p == '&')) return p;
  if (depth_ == 1) {
    fail(Fault::not_well_formed, "text between stanzas");
    return p;
  }
  // What UTF-16 and UTF-32 start with, marked or not; U+FEFF in UTF-8 is only a character that may
  // not stand here (RFC 6120 section 11.6).
  if (*p == '\xFE' || *p == '\xFF' || *p == '\0') {
    fail(Fault::unsupported_encoding, "not UTF-8");
  } else {
    fail(Fault::not_well_formed, "text before the stream header");
  }
  return p;
}

void Scanner::begin(char first, std::size_t offset) {
  if (depth_ == 1) {
    start_ = offset;
    elements_ = 0;
  }
  at_the_beginning_ = offset == 0;
  state_ = first == '<' ? State::less_than : State::entity;
  token_ = Token::other;
}

const char* Scanner::go_on(const char* p, const char* end) {
  switch (state_) {
    case State::entity:
      return in_entity(p, end);
    case State::tag:
      return in_tag(p, end);
    case State::quoted:
      return in_quotes(p, end);
    case State::cdata:
      return in_cdata(p, end);
    case State::less_than:
      return after_less_than(p);
    case State::bang:
      in_bang(*p);
      break;
    case State::question:
      in_question(*p);
      break;
    case State::declaration:
      in_declaration(*p);
      break;
    case State::text:
      break;
  }
  return p + 1;
}

const char* Scanner::after_less_than(const char* p) {
  matched_ = 0;
  last_ = 0;
  switch (*p) {
    case '!':
      state_ = State::bang;
      return p + 1;
    case '/':
      state_ = State::tag;
      token_ = Token::end_tag;
      return p + 1;
    case '?':
      // RFC 6120 section 11.5: only the XML declaration, and only as the very first thing.
      if (at_the_beginning_) {
        state_ = State::question;
      } else {
        fail(Fault::restricted_xml, "processing instruction");
      }
      return p + 1;
    case '\0':
      fail(Fault::unsupported_encoding, "not UTF-8");
      return p;
    default:
      start_tag();
      return p;
  }
}

void Scanner::start_tag() {
  state_ = State::tag;
  token_ = Token::start_tag;
  attributes_ = 0;
  if (++elements_ > limits_.stanza_elements) {
    fail(Fault::policy_violation, "too many elements in a stanza");
  } else if (depth_ > limits_.depth) {
    fail(Fault::policy_violation, "elements nested too deeply");
  }
}

const char* Scanner::in_entity(const char* p, const char* end) {
  while (p != end && *p != ';' && *p != '<' && *p != '&' && !is_space(*p)) ++p;
  if (p == end) return p;
  if (*p != ';') {
    fail(Fault::not_well_formed, "& that begins no reference");
    return p;
  }
  state_ = State::text;
  return p + 1;
}

const char* Scanner::in_tag(const char* p, const char* end) {
  for (; p != end; last_ = *p++) {
    switch (*p) {
      case '"':
      case '\'':
        quote_ = *p;
        state_ = State::quoted;
        return p + 1;
      case '=':  // one for each attribute, and none elsewhere outside the quotes
        if (++attributes_ > limits_.attributes) {
          fail(Fault::policy_violation, "too many attributes");
          return p;
        }
        break;
      case '<':
        fail(Fault::not_well_formed, "< within a tag");
        return p;
      case '>':
        end_of_tag();
        return p + 1;
      default:
        break;
    }
  }
  return p;
}

const char* Scanner::in_quotes(const char* p, const char* end) {
  while (p != end && *p != quote_ && *p != '<') ++p;
  if (p == end) return p;
  if (*p == '<') {
    fail(Fault::not_well_formed, "< within an attribute");
    return p;
  }
  state_ = State::tag;
  last_ = *p;
  return p + 1;
}

void Scanner::end_of_tag() {
  state_ = State::text;
  if (token_ == Token::end_tag) {
    if (depth_ > 0) --depth_;
  } else if (last_ != '/') {
    ++depth_;
  }
  opened_ = true;
}

const char* Scanner::in_cdata(const char* p, const char* end) {
  for (; p != end; ++p) {
    if (*p == ']') {
      matched_ = std::min(matched_ + 1, 2);
    } else if (*p == '>' && matched_ == 2) {
      state_ = State::text;
      return p + 1;
    } else {
      matched_ = 0;
    }
  }
  return p;
}

void Scanner::in_bang(char c) {
  if (c != kCdata[matched_]) {
    // A comment, or a part of a document type.
    fail(matched_ == 0 ? Fault::restricted_xml : Fault::not_well_formed, "<! that is not CDATA");
  } else if (++matched_ == kCdata.size()) {
    matched_ = 0;
    state_ = State::cdata;
  }
}

void Scanner::in_question(char c) {
  if (matched_ < kDeclaration.size() ? c != kDeclaration[matched_] : !is_space(c)) {
    fail(Fault::restricted_xml, "processing instruction");
  } else if (++matched_ > kDeclaration.size()) {
    state_ = State::declaration;
  }
}

void Scanner::in_declaration(char c) {
  if (c == '>' && last_ == '?') state_ = State::text;
  last_ = c;
}

bool Scanner::oversized(std::size_t offset) {
  if (offset - start_ <= limits_.stanza_bytes) return false;
  fail(Fault::policy_violation, "stanza too large");
  return true;
}

void Scanner::fail(Fault fault, const char* reason) {
  if (!fault_) fault_ = Broken{fault, reason};
}

}  // namespace causeway::xml
