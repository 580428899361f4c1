#include "edge_proxy/codec/payloads.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "edge_proxy/codec/namespaces.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

// What may be inside an element of the payload; children are in its namespace.
struct Shape {
  std::string_view name;
  std::span<const std::string_view> attributes;
  bool text = false;
};

struct Payload {
  std::string_view ns;
  Shape shape;
  std::span<const Shape> children;
};

constexpr std::string_view kNode[] = {"node"};
constexpr std::string_view kIdentity[] = {"category", "type", "name"};
constexpr std::string_view kVar[] = {"var"};
constexpr std::string_view kItem[] = {"jid", "name", "node"};
constexpr std::string_view kSeconds[] = {"seconds"};

constexpr Shape kInfo[] = {{"identity", kIdentity}, {"feature", kVar}};
constexpr Shape kItems[] = {{"item", kItem}};
constexpr Shape kSoftware[] = {{"name", {}, true}, {"version", {}, true}, {"os", {}, true}};
constexpr Shape kClock[] = {{"tzo", {}, true}, {"utc", {}, true}};

constexpr Payload kPayloads[] = {
    {ns::kDiscoInfo, {"query", kNode}, kInfo},
    {ns::kDiscoItems, {"query", kNode}, kItems},
    {ns::kPing, {"ping", {}}, {}},
    {ns::kVersion, {"query", {}}, kSoftware},
    {ns::kLast, {"query", kSeconds, true}, {}},
    {ns::kTime, {"time", {}}, kClock},
};

const Payload* find(std::string_view ns, std::string_view name) {
  for (const Payload& payload : kPayloads) {
    if (payload.ns == ns && payload.shape.name == name) return &payload;
  }
  return nullptr;
}

const Shape* find(std::span<const Shape> shapes, std::string_view name) {
  for (const Shape& shape : shapes) {
    if (shape.name == name) return &shape;
  }
  return nullptr;
}

void read(const xml::Element& element, const Shape& shape, v1::Extension& out) {
  out.set_namespace_(element.ns);
  out.set_name(element.name);
  for (const std::string_view name : shape.attributes) {
    if (!element.has_attribute(name)) continue;
    (*out.mutable_attributes())[std::string(name)] = std::string(element.attribute(name));
  }
  if (shape.text) out.set_text(element.text);
}

void append_start(std::string& out, const v1::Extension& extension, const Shape& shape,
                  std::string_view ns) {
  out.append("<").append(shape.name);
  if (!ns.empty()) append_attribute(out, "xmlns", ns);
  for (const std::string_view name : shape.attributes) {
    const auto found = extension.attributes().find(std::string(name));
    if (found != extension.attributes().end()) append_attribute(out, name, found->second);
  }
}

}  // namespace

v1::Extension read_payload(const xml::Element& element) {
  v1::Extension out;
  const Payload* payload = find(element.ns, element.name);
  if (payload == nullptr) {
    out.set_namespace_(element.ns);
    out.set_name(element.name);
    return out;
  }
  read(element, payload->shape, out);
  for (const xml::Element& child : element.children) {
    const Shape* shape = child.ns == payload->ns ? find(payload->children, child.name) : nullptr;
    if (shape != nullptr) read(child, *shape, *out.add_children());
  }
  return out;
}

void append_payload(std::string& out, const v1::Extension& extension) {
  const Payload* payload = find(extension.namespace_(), extension.name());
  if (payload == nullptr) return;
  append_start(out, extension, payload->shape, payload->ns);
  out.push_back('>');
  if (payload->shape.text) xml::append_escaped(out, extension.text());
  for (const v1::Extension& child : extension.children()) {
    const Shape* shape =
        child.namespace_() == payload->ns ? find(payload->children, child.name()) : nullptr;
    if (shape == nullptr) continue;
    append_start(out, child, *shape, {});
    end_element(out, shape->name,
                shape->text ? std::string_view(child.text()) : std::string_view());
  }
  out.append("</").append(payload->shape.name).push_back('>');
}

}  // namespace causeway::edge::codec
