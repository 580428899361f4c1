#include "absl/status/statusor.h"
#include "common/xhtml/elements.h"
#include "common/xhtml/xhtml.h"
#include "common/xml/document.h"
#include "common/xml/namespaces.h"
#include "common/xml/writer.h"

namespace causeway::xhtml {
namespace {

using xml::Element;

constexpr xml::Limits kLimits{.stanza_bytes = 256 << 10,
                              .stanza_elements = kMostNodes + 1,
                              .depth = 2 * kMostDepth,
                              .attributes = 16,
                              .parser_memory = 2 << 20};

// An end tag for every element that has content of its own: browsers take <p/> for <p>.
void append(std::string& out, const Element& element) {
  if (element.is_text()) return xml::append_escaped(out, element.text);
  out.append("<").append(element.name);
  for (const xml::Attribute& attribute : element.attributes) {
    out.append(" ").append(attribute.name).append("='");
    xml::append_escaped_attribute(out, attribute.value);
    out.push_back('\'');
  }
  const Shape* shape = shape_of(element.name);
  if (shape != nullptr && shape->content == Content::none) {
    out.append("/>");
    return;
  }
  out.push_back('>');
  for (const Element& child : element.children) append(out, child);
  out.append("</").append(element.name).push_back('>');
}

class Lines {
 public:
  void add(const Element& element) {
    if (element.is_text()) return words(element.text);
    const Shape* shape = shape_of(element.name);
    const bool own_line = shape != nullptr && shape->kind != Kind::inline_;
    if (element.name == "br") return void(out_.push_back('\n'));
    if (own_line) new_line();
    if (element.name == "li") out_.append("- ");
    const std::size_t begin = out_.size();
    for (const Element& child : element.children) add(child);
    place(element.attribute("href"), begin);
    if (own_line) new_line();
  }

  std::string take() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  // Runs of white space are one space, as a browser shows them.
  void words(std::string_view text) {
    for (const char c : text) {
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        out_.push_back(c);
      } else if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n') {
        out_.push_back(' ');
      }
    }
  }

  void new_line() {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (!out_.empty() && out_.back() != '\n') out_.push_back('\n');
  }

  void place(std::string_view href, std::size_t begin) {
    if (href.empty()) return;
    const std::string_view shown = std::string_view(out_).substr(std::min(begin, out_.size()));
    const std::string_view bare = href.substr(href.find(':') + 1);
    if (shown.find(href) != shown.npos || shown.find(bare) != shown.npos) return;
    out_.append(" <").append(href).append(">");
  }

  std::string out_;
};

}  // namespace

std::string to_xml(const Element& body) {
  std::string out = "<body xmlns='";
  out.append(xml::ns::kXhtml).append("'>");
  for (const Element& child : body.children) append(out, child);
  out.append("</body>");
  return out;
}

std::string to_html(const Element& body) {
  std::string out = "<!DOCTYPE html><html><body>";
  for (const Element& child : body.children) append(out, child);
  out.append("</body></html>");
  return out;
}

std::string to_plain_text(const Element& body) {
  Lines lines;
  for (const Element& child : body.children) lines.add(child);
  return lines.take();
}

std::optional<Element> parse(std::string_view text) {
  const absl::StatusOr<Element> body = xml::parse_document(text, kLimits);
  if (!body.ok() || !body->is("body", xml::ns::kXhtml)) return std::nullopt;
  return allowed(*body);
}

}  // namespace causeway::xhtml
