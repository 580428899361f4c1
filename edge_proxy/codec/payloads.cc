#include "edge_proxy/codec/payloads.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "edge_proxy/codec/namespaces.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

// An element of a payload, and what may be inside it.
struct Shape {
  std::string_view ns;
  std::string_view name;
  std::span<const std::string_view> attributes{};
  bool text = false;
  std::span<const Shape> children{};
};

constexpr std::string_view kNode[] = {"node"};
constexpr std::string_view kIdentity[] = {"category", "type", "name"};
constexpr std::string_view kVar[] = {"var"};
constexpr std::string_view kItem[] = {"jid", "name", "node"};
constexpr std::string_view kSeconds[] = {"seconds"};
constexpr std::string_view kType[] = {"type"};
constexpr std::string_view kField[] = {"var", "type", "label"};

// XEP-0004, as XEP-0128 puts it into an answer: what a form says, and nothing to fill in.
constexpr Shape kValues[] = {{ns::kDataForms, "value", {}, true}};
constexpr Shape kFields[] = {{ns::kDataForms, "field", kField, false, kValues}};

constexpr Shape kInfo[] = {{ns::kDiscoInfo, "identity", kIdentity},
                           {ns::kDiscoInfo, "feature", kVar},
                           {ns::kDataForms, "x", kType, false, kFields}};
constexpr Shape kItems[] = {{ns::kDiscoItems, "item", kItem}};
constexpr Shape kSoftware[] = {{ns::kVersion, "name", {}, true},
                               {ns::kVersion, "version", {}, true},
                               {ns::kVersion, "os", {}, true}};
constexpr Shape kClock[] = {{ns::kTime, "tzo", {}, true}, {ns::kTime, "utc", {}, true}};

constexpr Shape kPayloads[] = {
    {ns::kDiscoInfo, "query", kNode, false, kInfo},
    {ns::kDiscoItems, "query", kNode, false, kItems},
    {ns::kPing, "ping"},
    {ns::kVersion, "query", {}, false, kSoftware},
    {ns::kLast, "query", kSeconds, true},
    {ns::kTime, "time", {}, false, kClock},
};

const Shape* find(std::span<const Shape> shapes, std::string_view ns, std::string_view name) {
  for (const Shape& shape : shapes) {
    if (shape.ns == ns && shape.name == name) return &shape;
  }
  return nullptr;
}

// As deep as the table, no deeper.
void read(const xml::Element& element, const Shape& shape, v1::Extension& out) {
  out.set_namespace_(element.ns);
  out.set_name(element.name);
  for (const std::string_view name : shape.attributes) {
    if (!element.has_attribute(name)) continue;
    (*out.mutable_attributes())[std::string(name)] = std::string(element.attribute(name));
  }
  if (shape.text) out.set_text(element.text);
  for (const xml::Element& child : element.children) {
    const Shape* inner = find(shape.children, child.ns, child.name);
    if (inner != nullptr) read(child, *inner, *out.add_children());
  }
}

// `around` is the namespace in force; the payload itself is always written with an end tag.
void write(std::string& out, const v1::Extension& extension, const Shape& shape,
           std::string_view around) {
  out.append("<").append(shape.name);
  if (shape.ns != around) append_attribute(out, "xmlns", shape.ns);
  for (const std::string_view name : shape.attributes) {
    const auto found = extension.attributes().find(std::string(name));
    if (found != extension.attributes().end()) append_attribute(out, name, found->second);
  }
  const std::size_t start = out.size();
  out.push_back('>');
  if (shape.text) xml::append_escaped(out, extension.text());
  for (const v1::Extension& child : extension.children()) {
    const Shape* inner = find(shape.children, child.namespace_(), child.name());
    if (inner != nullptr) write(out, child, *inner, shape.ns);
  }
  if (out.size() == start + 1 && !around.empty()) {
    out.replace(start, 1, "/>");
  } else {
    out.append("</").append(shape.name).push_back('>');
  }
}

}  // namespace

v1::Extension read_payload(const xml::Element& element) {
  v1::Extension out;
  if (const Shape* shape = find(kPayloads, element.ns, element.name)) {
    read(element, *shape, out);
  } else {
    out.set_namespace_(element.ns);
    out.set_name(element.name);
  }
  return out;
}

void append_payload(std::string& out, const v1::Extension& extension) {
  const Shape* shape = find(kPayloads, extension.namespace_(), extension.name());
  if (shape != nullptr) write(out, extension, *shape, {});
}

}  // namespace causeway::edge::codec
