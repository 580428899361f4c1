#include <algorithm>
#include <array>
#include <utility>

#include "common/xhtml/elements.h"
#include "common/xhtml/xhtml.h"
#include "common/xml/namespaces.h"

namespace causeway::xhtml {
namespace {

using xml::Element;

// Their content is no text of the sender.
constexpr std::string_view kDropped[] = {
    "applet", "audio", "canvas",   "embed",    "frame",    "frameset", "head",   "iframe",
    "map",    "math",  "noembed",  "noframes", "noscript", "object",   "select", "script",
    "style",  "svg",   "textarea", "template", "title",    "video",    "xml",
};

constexpr std::array<std::string_view, 5> kSchemes = {
    "http:", "https:", "xmpp:", "sip:", "mailto:"};

bool is_dropped(const Element& element) {
  return std::ranges::find(kDropped, element.name) != std::end(kDropped);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view scheme) {
  return text.size() > scheme.size() &&
         std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower);
}

// Browsers skip controls and spaces in a URI, so that "java\nscript:" is one for them.
bool is_safe_link(std::string_view href) {
  const bool clean = std::ranges::all_of(href, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '<' && c != '>' && c != '"' && c != '\\';
  });
  return clean && href.size() <= kMostLinkBytes &&
         std::ranges::any_of(kSchemes, [&](auto scheme) { return begins_with(href, scheme); });
}

Element made(std::string_view name) {
  Element element;
  element.ns = xml::ns::kXhtml;
  element.name = name;
  return element;
}

Element made_text(std::string_view text) {
  Element element;
  element.text = text;
  return element;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class Walk {
 public:
  // Appends what may stand of `from`'s content in `to`, whose content is of that kind.
  void content(const Element& from, Element& to, Content kind, bool in_link, std::size_t depth) {
    if (!from.text.empty() && !from.is_text()) text(from.text, to, kind);
    for (const Element& child : from.children) {
      if (++nodes_ > kMostNodes) return;
      if (child.is_text()) {
        text(child.text, to, kind);
      } else if (!is_dropped(child)) {
        element(child, to, kind, in_link, depth);
      }
    }
  }

  bool readable() const { return readable_ && nodes_ <= kMostNodes && bytes_ <= kMostTextBytes; }

 private:
  void element(const Element& child, Element& to, Content kind, bool in_link, std::size_t depth) {
    if (depth >= kMostDepth * 2) return void(nodes_ = kMostNodes + 1);  // nobody writes that
    const Shape* shape = child.ns == xml::ns::kXhtml ? shape_of(child.name) : nullptr;
    const std::string_view href = child.attribute("href");
    const bool link = shape != nullptr && shape->is_link;
    if (shape == nullptr || depth >= kMostDepth || !may_stand(shape->kind, kind) ||
        (link && (in_link || !is_safe_link(href)))) {
      return transparent(child, shape, to, kind, in_link, depth);
    }
    Element element = made(shape->name);
    if (link) element.attributes.push_back({{}, "href", std::string(href)});
    content(child, element, shape->content, in_link || link, depth + 1);
    if (shape->content == Content::none || !element.children.empty())
      to.children.push_back(std::move(element));
  }

  // The element is not on the list, or not here; its words are.
  void transparent(const Element& child, const Shape* shape, Element& to, Content kind,
                   bool in_link, std::size_t depth) {
    const bool own_line =
        kind != Content::items && shape != nullptr && shape->kind != Kind::inline_;
    if (own_line) line_break(to);
    content(child, to, kind, in_link, depth + 1);
    if (own_line) line_break(to);
  }

  static void line_break(Element& to) {
    if (!to.children.empty() && to.children.back().name != "br") to.children.push_back(made("br"));
  }

  void text(std::string_view text, Element& to, Content kind) {
    if (text.empty() || kind == Content::none) return;
    const bool blank = is_blank(text);
    if (kind == Content::items) {
      if (blank) return;
      to.children.push_back(made("li"));
      return this->text(text, to.children.back(), Content::flow);
    }
    bytes_ += text.size();
    readable_ = readable_ || !blank;
    if (!to.children.empty() && to.children.back().is_text()) {
      to.children.back().text.append(text);
    } else {
      to.children.push_back(made_text(text));
    }
  }

  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  bool readable_ = false;
};

}  // namespace

std::optional<Element> allowed(const Element& body) {
  Walk walk;
  Element out = made("body");
  walk.content(body, out, Content::flow, false, 0);
  if (!walk.readable()) return std::nullopt;
  return out;
}

}  // namespace causeway::xhtml
