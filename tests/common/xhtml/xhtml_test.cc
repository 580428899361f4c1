#include "common/xhtml/xhtml.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/xml/document.h"
#include "common/xml/namespaces.h"

namespace causeway::xhtml {
namespace {

constexpr xml::Limits kWide{.stanza_bytes = 4 << 20,
                            .stanza_elements = 100'000,
                            .depth = 1000,
                            .attributes = 100,
                            .parser_memory = 64 << 20};

std::string body_of(const std::string& content) {
  return "<body xmlns='http://www.w3.org/1999/xhtml'>" + content + "</body>";
}

// What becomes of a body with this content: its content again, or a word why there is none.
std::string passed(const std::string& content) {
  const absl::StatusOr<xml::Element> body = xml::parse_document(body_of(content), kWide);
  INFO(content);
  REQUIRE(body.ok());
  const auto out = allowed(*body);
  if (!out) return "(nothing)";
  std::string text = to_xml(*out);
  const auto begin = text.find('>') + 1;
  return text.substr(begin, text.size() - begin - std::string("</body>").size());
}

std::string plain(const std::string& content) {
  const auto body = parse(body_of(content));
  REQUIRE(body);
  return to_plain_text(*body);
}

TEST_CASE("what is on the list stays, in its order", "[xhtml]") {
  const std::string same = GENERATE(
      as<std::string>(), "hi", "a <em>b</em> c <strong>d</strong> e", "<p>one</p><p>two</p>",
      "<ul><li>a</li><li>b <em>c</em></li></ul>", "<blockquote><p>said</p></blockquote>", "a<br/>b",
      "<ol><li><ul><li>x</li></ul></li></ol>", "<a href='https://x.example/?a=b&amp;c'>there</a>",
      "<span><cite>c</cite></span>", "<a href='xmpp:a@b.example?message'>x</a>",
      "<a href='mailto:a@b.example'>x</a>", "<a href='SIP:a@b.example'>x</a>", "&lt;script&gt;",
      "Grüße 🐴");
  CHECK(passed(same) == same);
}

TEST_CASE("what is not on the list goes", "[xhtml]") {
  struct Row {
    std::string in, out;
  };
  const auto row = GENERATE(values<Row>({
      {"a<script>evil()</script>b", "ab"},
      {"a<style>p{}</style>b", "ab"},
      {"<p style='position:fixed' onclick='x()' class='c' id='i'>a</p>", "<p>a</p>"},
      {"<a href='javascript:x()'>a</a>", "a"},
      {"<a href=' javascript:x()'>a</a>", "a"},
      {"<a href='java&#10;script:x()'>a</a>", "a"},
      {"<a href='JaVaScRiPt:x()'>a</a>", "a"},
      {"<a href='data:text/html,x'>a</a>", "a"},
      {"<a href='vbscript:x'>a</a>", "a"},
      {"<a href='/x'>a</a>", "a"},
      {"<a href='http:'>a</a>", "a"},
      {"<a href='http://x/&#9;y'>a</a>", "a"},
      {"<a href='http://x/\"onclick=\"y'>a</a>", "a"},
      {"<a>a</a>", "a"},
      {"<a href='http://x/' target='_blank' onmouseover='y'>a</a>", "<a href='http://x/'>a</a>"},
      {"<a href='http://x/'><a href='http://y/'>a</a></a>", "<a href='http://x/'>a</a>"},
      {"<img src='http://spy.example/'/>a", "a"},
      {"<font color='red'>a</font>", "a"},
      {"<h1>a</h1>b", "ab"},
      {"<p><p>a</p>b</p>", "<p>a<br/>b</p>"},
      {"<em><p>a</p></em>", "<em>a<br/></em>"},
      {"<ul>a<li>b</li><p>c</p></ul>", "<ul><li>a</li><li>b</li><li>c</li></ul>"},
      {"a<li>b</li>c", "a<br/>b<br/>c"},
      {"<p></p><em><span/></em>a", "a"},
      {"<br>x</br>a", "<br/>a"},
      {"<iframe>x</iframe><object>y</object><svg><p>z</p></svg>a", "a"},
      {"<P>a</P>", "a"},
      {"<p xmlns='urn:x'>a</p>", "a"},
      {"<x:script xmlns:x='urn:x'>b</x:script>a", "a"},
      {"<head><title>t</title></head>a", "a"},
      {"", "(nothing)"},
      {"<p> </p>", "(nothing)"},
      {"<script>x</script>", "(nothing)"},
  }));
  CHECK(passed(row.in) == row.out);
}

TEST_CASE("too much of it is nothing", "[xhtml]") {
  std::string many, deep;
  for (std::size_t i = 0; i <= kMostNodes; ++i) many += "<br/>";
  CHECK(passed("a" + many) == "(nothing)");
  CHECK(passed(std::string(kMostTextBytes + 1, 'a')) == "(nothing)");
  CHECK(passed("<a href='http://" + std::string(kMostLinkBytes, 'a') + "'>x</a>") == "x");
  for (std::size_t i = 0; i < kMostDepth + 2; ++i) deep += "<em>";
  deep += "x";
  for (std::size_t i = 0; i < kMostDepth + 2; ++i) deep += "</em>";
  const std::string flat = passed(deep);
  CHECK(std::count(flat.begin(), flat.end(), '<') == 2 * static_cast<long>(kMostDepth));
  std::string absurd;
  for (int i = 0; i < 500; ++i) absurd = "<em>" + absurd + "</em>";
  CHECK(passed("a" + absurd) == "(nothing)");
}

TEST_CASE("as HTML and as plain text", "[xhtml]") {
  const auto body = parse(body_of("<p>a &lt; b<br/>c</p><ul><li>d</li></ul>"));
  REQUIRE(body);
  CHECK(to_html(*body) ==
        "<!DOCTYPE html><html><body><p>a &lt; b<br/>c</p><ul><li>d</li></ul></body></html>");
  CHECK(plain("<p>a &lt;  b<br/>c</p><ul><li>d</li><li>e</li></ul>f") == "a < b\nc\n- d\n- e\nf");
  CHECK(plain("see <a href='https://x.example/'>there</a>.") == "see there <https://x.example/>.");
  CHECK(plain("<a href='https://x.example/'>https://x.example/</a>") == "https://x.example/");
  CHECK(plain("<a href='mailto:a@x.example'>a@x.example</a>") == "a@x.example");
}

TEST_CASE("only a body of XHTML is read", "[xhtml]") {
  CHECK_FALSE(parse("<body>a</body>"));
  CHECK_FALSE(parse("<p xmlns='http://www.w3.org/1999/xhtml'>a</p>"));
  CHECK_FALSE(parse("<!DOCTYPE x>" + body_of("a")));
  CHECK_FALSE(parse(body_of("<p>")));
  CHECK_FALSE(parse("text"));
  CHECK(parse(body_of("a")));
}

// Everything in it is on the list, and in the place the list gives it.
void check_listed(const xml::Element& element, bool in_link) {
  static const std::set<std::string> kInline = {"a", "br", "cite", "em", "span", "strong"};
  static const std::set<std::string> kAll = {"a",  "blockquote", "br",   "cite",   "em", "li",
                                             "ol", "p",          "span", "strong", "ul", "body"};
  REQUIRE(element.ns == xml::ns::kXhtml);
  REQUIRE(kAll.count(element.name) == 1);
  REQUIRE(element.text.empty());
  const bool link = element.name == "a";
  REQUIRE(element.attributes.size() == (link ? 1 : 0));
  if (link) {
    REQUIRE_FALSE(in_link);
    REQUIRE(element.attributes[0].name == "href");
    const std::string href = element.attributes[0].value;
    REQUIRE((href.starts_with("http") || href.starts_with("xmpp:") || href.starts_with("sip:") ||
             href.starts_with("mailto:")));
  }
  for (const xml::Element& child : element.children) {
    if (child.is_text()) continue;
    const bool list = element.name == "ul" || element.name == "ol";
    REQUIRE((child.name == "li") == list);
    const bool only_inline = kInline.count(element.name) == 1 || element.name == "p";
    if (only_inline) REQUIRE(kInline.count(child.name) == 1);
    check_listed(child, in_link || link);
  }
}

constexpr const char* kNames[] = {"p",   "em", "a",  "ul",    "li",   "ol",    "script",
                                  "br",  "h1", "x",  "style", "span", "div",   "body",
                                  "img", "b",  "td", "P",     "cite", "strong"};
constexpr const char* kLinks[] = {"http://x/<y",   "javascript:x", "https://x/'&amp;\"",
                                  "xmpp:a@b",      "\tmailto:a",   "sip:a@b",
                                  "HTTPS://x/y z", "data:x",       ""};
constexpr const char* kTexts[] = {"a", "<", "]]>", " ", "\n", "&amp;", "é", "\x01", "\xff"};

TEST_CASE("whatever comes, what passes is on the list, is XML, and passes again", "[xhtml]") {
  std::minstd_rand random(7);
  const auto below = [&](std::size_t n) { return random() % n; };
  const auto build = [&](auto& self, int levels) -> xml::Element {
    xml::Element element;
    if (below(3) == 0) {
      element.text = kTexts[below(std::size(kTexts))];
      return element;
    }
    element.ns = below(8) == 0 ? "urn:x" : xml::ns::kXhtml;
    element.name = kNames[below(std::size(kNames))];
    if (below(2) == 0) element.attributes.push_back({"", "href", kLinks[below(std::size(kLinks))]});
    if (below(4) == 0) element.attributes.push_back({"", "onclick", "x()"});
    for (std::size_t i = levels > 0 ? below(5) : 0; i > 0; --i)
      element.children.push_back(self(self, levels - 1));
    return element;
  };
  int made = 0;
  for (int i = 0; i < 3000; ++i) {
    xml::Element body;
    body.ns = xml::ns::kXhtml;
    body.name = "body";
    for (int n = 0; n < 3; ++n) body.children.push_back(build(build, 6));
    const auto once = allowed(body);
    if (!once) continue;
    ++made;
    const std::string text = to_xml(*once);
    INFO(text);
    const auto read = xml::parse_document(text, kWide);
    REQUIRE(read.ok());
    check_listed(*read, false);
    const auto twice = parse(text);
    REQUIRE(twice);
    REQUIRE(to_xml(*twice) == text);
  }
  CHECK(made > 1000);
}

}  // namespace
}  // namespace causeway::xhtml
