#include "common/xml/writer.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "common/xml/namespaces.h"
#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

using namespace std::string_literals;

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

const std::string kBad = "\xEF\xBF\xBD";

TEST_CASE("what cannot be written as it is") {
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"<&>\"'", "&lt;&amp;&gt;&quot;&apos;"},
      {"]]>", "]]&gt;"},
      {"a\nb\tc", "a\nb\tc"},
      {"a\rb", "a&#13;b"},
      {"\0"s, kBad},
      {"a\x01\x02z", "a" + kBad + kBad + "z"},
      {"\x0B\x0C\x1F", kBad + kBad + kBad},
      {"\x7F", "\x7F"},
      {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"\xEF\xBF\xBD\xEF\xBB\xBF", "\xEF\xBF\xBD\xEF\xBB\xBF"},
      {"\xE9t\xE9", kBad + "t" + kBad},
      {"\xC3", kBad},
      {"\xE2\x82", kBad + kBad},
      {"\xF0\x9F\x98<", kBad + kBad + kBad + "&lt;"},
      {"\xC0\xBC", kBad + kBad},
      {"\xED\xA0\x80", kBad + kBad + kBad},
      {"\xEF\xBF\xBE\xEF\xBF\xBF", kBad + kBad + kBad + kBad + kBad + kBad},
      {"\xF4\x90\x80\x80", kBad + kBad + kBad + kBad},
      {"\xFF\xFE", kBad + kBad},
  };
  for (const auto& [text, expected] : rows) CHECK(escaped(text) == expected);
}

TEST_CASE("namespaces are declared where they change") {
  const Element element{
      .ns = "jabber:server",
      .name = "iq",
      .attributes = {{"", "id", "1\n"}, {std::string(ns::kXml), "lang", "en"}, {"u:a", "b", "c"}},
      .children =
          {{.ns = "u:q",
            .name = "query",
            .attributes = {},
            .children =
                {{.ns = "u:q", .name = "item", .attributes = {}, .children = {}, .text = ""}},
            .text = ""},
           {.ns = "", .name = "none", .attributes = {}, .children = {}, .text = "t"},
           {.ns = std::string(ns::kStreams),
            .name = "x",
            .attributes = {},
            .children = {{.ns = "jabber:server",
                          .name = "y",
                          .attributes = {},
                          .children = {},
                          .text = ""}},
            .text = ""}},
      .text = ""};
  CHECK(to_string(element, "jabber:server") ==
        "<iq id='1&#10;' xml:lang='en' xmlns:a0='u:a' a0:b='c'><query xmlns='u:q'><item/></query>"
        "<none xmlns=''>t</none><stream:x><y/></stream:x></iq>");
  CHECK(to_string(element.children[2], "jabber:server") == "<stream:x><y/></stream:x>");
}

TEST_CASE("what has a name that is none is left out") {
  for (const char* name : {"1", "a b", "a:b", "a>", "\xC3\xA9", "-"}) {
    const Element bad{.ns = "", .name = name, .attributes = {}, .children = {}, .text = "x"};
    CHECK(to_string(bad).empty());
    CHECK(
        to_string(
            {.ns = "", .name = "a", .attributes = {{"", name, "x"}}, .children = {}, .text = ""}) ==
        "<a/>");
  }
  CHECK(to_string({.ns = "",
                   .name = "a",
                   .attributes = {{"", "xmlns", "x"}},
                   .children = {},
                   .text = ""}) == "<a/>");
}

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  // Any bytes, with those that matter more often than others.
  std::string bytes() {
    static const std::string kOften =
        "<>&\"'\r\n\t ];\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0"s + '\0';
    std::string out;
    for (std::size_t i = below(20); i > 0; --i) {
      out += below(2) == 0 ? kOften[below(kOften.size())] : static_cast<char>(below(256));
    }
    return out;
  }

  Element element(int levels) {
    static const char* const kNames[] = {"a", "message", "_x", "b-1.2"};
    static const std::string kSpaces[] = {"", "jabber:server", "u:<&'\">",
                                          std::string(ns::kStreams), std::string(ns::kDialback)};
    Element out{.ns = kSpaces[below(5)],
                .name = kNames[below(4)],
                .attributes = {},
                .children = {},
                .text = bytes()};
    if (below(2) == 0) out.attributes.push_back({"", "one", bytes()});
    if (below(2) == 0) out.attributes.push_back({std::string(ns::kXml), "lang", bytes()});
    if (below(2) == 0) out.attributes.push_back({"u:other", "two", bytes()});
    if (below(2) == 0) out.attributes.push_back({"u:third", "two", bytes()});
    for (std::size_t i = levels == 0 ? 0 : below(4); i > 0; --i) {
      out.children.push_back(element(levels - 1));
    }
    return out;
  }

 private:
  std::minstd_rand random_;
};

// What writing does to bytes that are not text: U+FFFD for each.
void clean(std::string& text) {
  std::string once = escaped(text);
  std::string out;
  const std::pair<std::string_view, char> references[] = {{"&lt;", '<'},    {"&gt;", '>'},
                                                          {"&amp;", '&'},   {"&quot;", '"'},
                                                          {"&apos;", '\''}, {"&#13;", '\r'}};
  for (std::size_t i = 0; i < once.size();) {
    bool found = false;
    for (const auto& [reference, c] : references) {
      if (once.compare(i, reference.size(), reference) != 0) continue;
      out += c;
      i += reference.size();
      found = true;
      break;
    }
    if (!found) out += once[i++];
  }
  text = out;
}

void clean(Element& element) {
  clean(element.text);
  for (Attribute& attribute : element.attributes) clean(attribute.value);
  for (Element& child : element.children) clean(child);
}

TEST_CASE("reading what was written gives the same") {
  Random random(2026);
  for (int i = 0; i < 3'000; ++i) {
    Element element = random.element(3);
    const std::string written = to_string(element, "jabber:server");
    Parser parser(kAmple);
    parser.feed(kHeader);
    parser.next();
    parser.feed(written);
    auto event = parser.next();
    REQUIRE(event);
    INFO(written);
    INFO(describe(*event));
    REQUIRE(std::holds_alternative<Element>(*event));
    clean(element);
    REQUIRE(std::get<Element>(*event) == element);
  }
}

}  // namespace
}  // namespace causeway::xml
