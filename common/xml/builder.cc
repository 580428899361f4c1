#include "common/xml/builder.h"

#include <malloc.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/xml/namespaces.h"

namespace causeway::xml {
namespace {

// Between namespace and name in what expat reports. XML 1.0 has no way to write this character, so
// no namespace can contain it and pass for another.
constexpr char kSeparator = '\x01';

// expat's allocation functions get no context. A parser is only ever used within one of these.
thread_local Builder::Memory* charged = nullptr;

class Charge {
 public:
  explicit Charge(Builder::Memory& memory) : before_(std::exchange(charged, &memory)) {}
  ~Charge() { charged = before_; }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

 private:
  Builder::Memory* before_;
};

std::size_t cost(void* block) {
  return block == nullptr ? 0 : malloc_usable_size(block) + sizeof(std::size_t);
}

void* allocate(std::size_t size) {
  if (size > charged->limit - std::min(charged->used, charged->limit)) return nullptr;
  void* block = std::malloc(size);
  charged->used += cost(block);
  return block;
}

void* reallocate(void* block, std::size_t size) {
  const std::size_t before = cost(block);
  const std::size_t others = charged->used - before;
  if (size > charged->limit - std::min(others, charged->limit)) return nullptr;
  void* moved = std::realloc(block, size);
  if (moved != nullptr) charged->used = others + cost(moved);
  return moved;
}

void release(void* block) {
  charged->used -= cost(block);
  std::free(block);
}

constexpr XML_Memory_Handling_Suite kCounted{allocate, reallocate, release};

Fault fault_of(XML_Error error) {
  switch (error) {
    case XML_ERROR_NO_MEMORY:
      return Fault::resource_constraint;
    case XML_ERROR_UNBOUND_PREFIX:
    case XML_ERROR_UNDECLARING_PREFIX:
    case XML_ERROR_RESERVED_PREFIX_XML:
    case XML_ERROR_RESERVED_PREFIX_XMLNS:
    case XML_ERROR_RESERVED_NAMESPACE_URI:
      return Fault::bad_namespace_prefix;
    // Without a document type there are no entities but the predefined five.
    case XML_ERROR_UNDEFINED_ENTITY:
      return Fault::restricted_xml;
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING:
      return Fault::unsupported_encoding;
    default:
      return Fault::not_well_formed;
  }
}

bool is_utf8(std::string_view encoding) {
  return encoding.size() == 5 && strncasecmp(encoding.data(), "UTF-8", 5) == 0;
}

// A declaration is written once, but every name under it gets a copy: without a limit, a few KiB
// would become many MiB. Honest namespaces do not come near.
std::size_t namespaces_limit(const Limits& limits) { return 8 * limits.stanza_bytes; }

// expat reports one text in several pieces.
void append_text_in_its_place(Element& element, std::string_view piece) {
  if (element.children.empty() || !element.children.back().is_text())
    element.children.emplace_back();
  element.children.back().text.append(piece);
}

}  // namespace

Builder::Builder(const Limits& limits, std::vector<Event>& events)
    : memory_{limits.parser_memory}, namespaces_limit_(namespaces_limit(limits)), events_(events) {}

Builder::~Builder() { recycle(); }

void Builder::feed(std::string_view tokens) {
  if (over_) return;
  const Charge charge(memory_);
  if (expat_ == nullptr && !start()) {
    fail(Fault::resource_constraint, "no memory for a parser");
    return;
  }
  parse(tokens);
}

void Builder::feed_header(std::string tokens) {
  feed(tokens);
  header_ = std::move(tokens);
}

bool Builder::settled() const {
  return path_.empty() && (expat_ == nullptr || XML_GetCurrentByteIndex(expat_.get()) == fed_);
}

void Builder::recycle() {
  const Charge charge(memory_);
  expat_.reset();
  path_.shrink_to_fit();
}

void Builder::fail(Fault fault, std::string_view reason) {
  if (over_) return;
  over_ = true;
  events_.emplace_back(Broken{fault, std::string(reason)});
}

void Builder::give_up() {
  over_ = true;
  path_.clear();
  stanza_ = {};
  std::string().swap(header_);
  recycle();
}

void Builder::set_limits(const Limits& limits) {
  memory_.limit = limits.parser_memory;
  namespaces_limit_ = namespaces_limit(limits);
}

bool Builder::start() {
  const char separator[] = {kSeparator, '\0'};
  expat_.reset(XML_ParserCreate_MM("UTF-8", &kCounted, separator));
  if (expat_ == nullptr) return false;
  XML_SetReparseDeferralEnabled(expat_.get(), XML_FALSE);
  if (!header_.empty()) {
    const auto size = static_cast<int>(header_.size());
    if (XML_Parse(expat_.get(), header_.data(), size, XML_FALSE) != XML_STATUS_OK) return false;
  }
  fed_ = static_cast<XML_Index>(header_.size());
  set_handlers();
  return true;
}

void Builder::set_handlers() {
  const XML_Parser expat = expat_.get();
  XML_SetUserData(expat, this);
  XML_SetElementHandler(expat, on_start, on_end);
  XML_SetCharacterDataHandler(expat, on_text);
  XML_SetStartNamespaceDeclHandler(expat, on_namespace);
  XML_SetXmlDeclHandler(expat, on_declaration);
  // The Scanner lets none of these through. That it is not the only wall costs nothing.
  XML_SetStartDoctypeDeclHandler(expat, [](void* self, const char*, const char*, const char*, int) {
    static_cast<Builder*>(self)->refuse(Fault::restricted_xml, "document type");
  });
  XML_SetCommentHandler(expat, [](void* self, const char*) {
    static_cast<Builder*>(self)->refuse(Fault::restricted_xml, "comment");
  });
  XML_SetProcessingInstructionHandler(expat, [](void* self, const char*, const char*) {
    static_cast<Builder*>(self)->refuse(Fault::restricted_xml, "processing instruction");
  });
}

void Builder::parse(std::string_view tokens) {
  const auto size = static_cast<int>(tokens.size());
  fed_ += size;
  if (XML_Parse(expat_.get(), tokens.data(), size, XML_FALSE) == XML_STATUS_OK) return;
  const XML_Error error = XML_GetErrorCode(expat_.get());
  fail(fault_of(error), XML_ErrorString(error));  // no effect if a callback has stopped it
}

void Builder::refuse(Fault fault, std::string_view reason) {
  fail(fault, reason);
  XML_StopParser(expat_.get(), XML_FALSE);
}

// expat may still make a few calls after it was stopped: each looks at over_ first.

void Builder::on_namespace(void* self, const char* prefix, const char* uri) {
  auto& builder = *static_cast<Builder*>(self);
  if (!builder.opened_ && prefix == nullptr && uri != nullptr) builder.content_ns_ = uri;
}

void Builder::on_start(void* self, const char* name, const char** attributes) {
  auto& builder = *static_cast<Builder*>(self);
  if (builder.over_) return;
  if (!builder.opened_) {
    builder.open(name, attributes);
    return;
  }
  std::vector<Element*>& path = builder.path_;
  Element* element = &builder.stanza_;
  if (path.empty()) {
    builder.stanza_ = Element{};
    builder.namespaces_ = 0;
  } else {
    std::vector<Element>& siblings = path.back()->children;
    // Most stanzas have a few children; a leaf is not to cost what they do.
    if (path.size() == 1 && siblings.empty()) siblings.reserve(4);
    element = &siblings.emplace_back();
  }
  if (builder.assign(*element, name, attributes)) path.push_back(element);
}

void Builder::open(const char* name, const char** attributes) {
  opened_ = true;
  Opened opened;
  if (!assign(opened.header, name, attributes)) return;
  opened.content_ns = std::move(content_ns_);
  events_.emplace_back(std::move(opened));
}

bool Builder::assign(Element& element, const char* name, const char** attributes) {
  if (!assign(element.ns, element.name, name)) return false;
  std::size_t count = 0;
  while (attributes[2 * count] != nullptr) ++count;
  element.attributes.resize(count);
  for (Attribute& attribute : element.attributes) {
    if (!assign(attribute.ns, attribute.name, attributes[0])) return false;
    attribute.value.assign(attributes[1]);
    attributes += 2;
  }
  return true;
}

// Splits what expat reports, namespace and name.
bool Builder::assign(std::string& ns, std::string& name, const char* reported) {
  const char* separator = std::strchr(reported, kSeparator);
  if (separator == nullptr) {
    name.assign(reported);
    return true;
  }
  namespaces_ += static_cast<std::size_t>(separator - reported);
  if (namespaces_ > namespaces_limit_) {
    refuse(Fault::policy_violation, "too much of namespaces in a stanza");
    return false;
  }
  ns.assign(reported, separator);
  name.assign(separator + 1);
  return true;
}

void Builder::on_end(void* self, const char* /*name*/) {
  auto& builder = *static_cast<Builder*>(self);
  if (builder.over_) return;
  if (builder.path_.empty()) {
    builder.over_ = true;
    builder.events_.emplace_back(Closed{});
    return;
  }
  builder.path_.pop_back();
  if (builder.path_.empty()) builder.events_.emplace_back(std::move(builder.stanza_));
}

void Builder::on_text(void* self, const char* text, int size) {
  auto& builder = *static_cast<Builder*>(self);
  if (builder.over_) return;
  const std::string_view piece(text, static_cast<std::size_t>(size));
  if (builder.path_.empty()) {
    builder.text_between(piece);
  } else if (Element& element = *builder.path_.back(); element.ns == ns::kXhtml) {
    append_text_in_its_place(element, piece);
  } else {
    element.text.append(piece);
  }
}

void Builder::text_between(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  refuse(Fault::not_well_formed, "text between stanzas");
}

void Builder::on_declaration(void* self, const char* /*version*/, const char* encoding,
                             int /*standalone*/) {
  auto& builder = *static_cast<Builder*>(self);
  if (builder.over_ || encoding == nullptr || is_utf8(encoding)) return;
  builder.refuse(Fault::unsupported_encoding, "the XML declaration names another encoding");
}

}  // namespace causeway::xml
