#pragma once

#include <expat.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/xml/parser.h"

namespace causeway::xml {

// expat, with what it allocates counted and bounded, as a maker of events. It gets whole tokens
// that have passed the Scanner. Not movable: expat holds its address.
class Builder {
 public:
  // What the parser makes is appended to `events`, which outlives the builder.
  Builder(const Limits& limits, std::vector<Event>& events);
  ~Builder();
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  void feed(std::string_view tokens);
  // The same for the stream header: it is kept, for an expat made later.
  void feed_header(std::string tokens);
  // Nothing but the root is open, and expat has taken all that it was fed: a malformed character
  // may hide from it the end of what the Scanner took for a token.
  bool settled() const;
  // Frees expat; the next feed makes another and shows it the header first. Only where it is
  // settled, or for good.
  void recycle();

  bool over() const { return over_; }  // Broken or Closed is among the events
  void fail(Fault fault, std::string_view reason);
  // Frees everything and makes nothing more.
  void give_up();

  // What expat holds now.
  std::size_t expat_memory() const { return memory_.used; }
  std::size_t header_size() const { return header_.capacity(); }
  void set_limits(const Limits& limits);

  struct Memory {
    std::size_t limit;
    std::size_t used = 0;
  };

 private:
  struct Free {
    void operator()(XML_Parser expat) const { XML_ParserFree(expat); }
  };

  bool start();
  void set_handlers();
  void parse(std::string_view tokens);

  static void on_namespace(void* self, const char* prefix, const char* uri);
  static void on_start(void* self, const char* name, const char** attributes);
  static void on_end(void* self, const char* name);
  static void on_text(void* self, const char* text, int size);
  static void on_declaration(void* self, const char* version, const char* encoding, int standalone);
  void open(const char* name, const char** attributes);
  bool assign(Element& element, const char* name, const char** attributes);
  bool assign(std::string& ns, std::string& name, const char* reported);
  void text_between(std::string_view text);
  void refuse(Fault fault, std::string_view reason);  // from within a callback

  Memory memory_;
  std::size_t namespaces_limit_;
  std::size_t namespaces_ = 0;  // bytes of them in the header, or in stanza_
  std::vector<Event>& events_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> expat_;
  std::string header_;
  XML_Index fed_ = 0;       // bytes that this expat was given
  std::string content_ns_;  // until the header is complete
  Element stanza_;
  // The open elements from stanza_ down. The pointers hold: an element gets no sibling, which might
  // move it, while it is open.
  std::vector<Element*> path_;
  bool opened_ = false;
  bool over_ = false;
};

}  // namespace causeway::xml
