#include "frontend_gateway/translate/html.h"

#include <gumbo.h>

#include <algorithm>
#include <memory>

#include "common/xhtml/xhtml.h"
#include "common/xml/namespaces.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::translate {
namespace {

using xml::Element;

struct Rename {
  GumboTag tag;
  std::string_view name;
};
// Also in cells and rows, so that the words of a table do not run into each other.
constexpr Rename kRenames[] = {
    {GUMBO_TAG_B, "strong"},  {GUMBO_TAG_I, "em"},      {GUMBO_TAG_H1, "p"},
    {GUMBO_TAG_H2, "p"},      {GUMBO_TAG_H3, "p"},      {GUMBO_TAG_H4, "p"},
    {GUMBO_TAG_H5, "p"},      {GUMBO_TAG_H6, "p"},      {GUMBO_TAG_DIV, "p"},
    {GUMBO_TAG_PRE, "p"},     {GUMBO_TAG_ADDRESS, "p"}, {GUMBO_TAG_TR, "p"},
    {GUMBO_TAG_DT, "p"},      {GUMBO_TAG_DD, "p"},      {GUMBO_TAG_MENU, "ul"},
    {GUMBO_TAG_DIR, "ul"},    {GUMBO_TAG_TD, "span"},   {GUMBO_TAG_TH, "span"},
    {GUMBO_TAG_SECTION, "p"}, {GUMBO_TAG_ARTICLE, "p"}, {GUMBO_TAG_HEADER, "p"},
    {GUMBO_TAG_FOOTER, "p"},  {GUMBO_TAG_CAPTION, "p"}, {GUMBO_TAG_DFN, "em"},
    {GUMBO_TAG_VAR, "em"},
};

constexpr char kUnknown[] = "unknown";

struct Destroy {
  void operator()(GumboOutput* output) const {
    GumboOptions options = kGumboDefaultOptions;
    gumbo_destroy_output(&options, output);
  }
};

bool worth_parsing(std::string_view html) {
  if (static_cast<std::size_t>(std::ranges::count(html, '<')) > kMostTags) return false;
  for (auto at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if ((end == html.npos ? html.size() : end) - at > kMostTagBytes) return false;
  }
  return true;
}

std::string name_of(const GumboElement& element) {
  // SVG and MathML are no text, whatever their elements are called.
  if (element.tag_namespace != GUMBO_NAMESPACE_HTML) return "svg";
  const auto* row = std::ranges::find(kRenames, element.tag, &Rename::tag);
  if (row != std::end(kRenames)) return std::string(row->name);
  const std::string name = gumbo_normalized_tagname(element.tag);
  return name.empty() ? kUnknown : name;
}

class Copy {
 public:
  void content(const GumboElement& from, Element& to) {
    for (unsigned i = 0; i < from.children.length; ++i)
      node(*static_cast<const GumboNode*>(from.children.data[i]), to);
  }
  bool good() const { return good_; }

 private:
  void node(const GumboNode& node, Element& to) {
    switch (node.type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        return text(node.v.text.text, to);
      case GUMBO_NODE_ELEMENT:
        return element(node.v.element, to);
      default:
        return;  // comments, templates
    }
  }

  void text(const char* text, Element& to) {
    Element& child = to.children.emplace_back();
    child.text = text;
    good_ = good_ && is_xml_text(child.text);  // &#1; is a control
  }

  void element(const GumboElement& from, Element& to) {
    Element& child = to.children.emplace_back();
    child.ns = xml::ns::kXhtml;
    child.name = name_of(from);
    const GumboAttribute* href = gumbo_get_attribute(&from.attributes, "href");
    if (href != nullptr) {
      child.attributes.push_back({{}, "href", href->value});
      good_ = good_ && is_xml_text(href->value);
    }
    content(from, child);
    const bool cell = from.tag == GUMBO_TAG_TD || from.tag == GUMBO_TAG_TH;
    if (cell) to.children.emplace_back().text = " ";
  }

  bool good_ = true;
};

}  // namespace

std::optional<Element> read_html(std::string_view html) {
  if (!worth_parsing(html)) return std::nullopt;
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  const std::unique_ptr<GumboOutput, Destroy> parsed(
      gumbo_parse_with_options(&options, html.data(), html.size()));
  if (parsed == nullptr || parsed->root->type != GUMBO_NODE_ELEMENT) return std::nullopt;
  Copy copy;
  Element body;
  body.ns = xml::ns::kXhtml;
  body.name = "body";
  copy.content(parsed->root->v.element, body);  // <head/> and <body/>
  return copy.good() ? xhtml::allowed(body) : std::nullopt;
}

}  // namespace causeway::gateway::translate
