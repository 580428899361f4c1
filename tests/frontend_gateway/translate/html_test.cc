#include "frontend_gateway/translate/html.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "common/xhtml/xhtml.h"
#include "frontend_gateway/address/utf8.h"

using namespace causeway;
using namespace causeway::gateway::translate;

namespace {

std::string passed(const std::string& html) {
  const auto body = read_html(html);
  if (!body) return "(nothing)";
  const std::string text = xhtml::to_xml(*body);
  const auto begin = text.find('>') + 1;
  return text.substr(begin, text.size() - begin - 7);
}

}  // namespace

TEST_CASE("HTML is read as browsers read it, and rebuilt", "[html]") {
  struct Row {
    std::string in, out;
  };
  const auto row = GENERATE(values<Row>({
      {"hi", "hi"},
      {"a <b>b</b> <I>c</I>", "a <strong>b</strong> <em>c</em>"},
      {"<p>one<p>two", "<p>one</p><p>two</p>"},
      {"<b>a<i>b</b>c</i>", "<strong>a<em>b</em></strong><em>c</em>"},
      {"a<br>b", "a<br/>b"},
      {"<h1>t</h1><div>x</div>", "<p>t</p><p>x</p>"},
      {"<a href=https://x.example/?a&b>l</a>", "<a href='https://x.example/?a&amp;b'>l</a>"},
      {"<a href='javascript:x()'>l</a>", "l"},
      {"<a href='&#106;avascript:x()'>l</a>", "l"},
      {"<a href='java&Tab;script:x()'>l</a>", "l"},
      {"<img src=x onerror=alert(1)>a", "a"},
      {"<svg><script>x</script><p>y</svg>a", "<p>ya</p>"},
      {"<math><mi>x</math>a", "a"},
      {"<scr<script>ipt>alert(1)</script>a", "ipt&gt;alert(1)a"},
      {"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">a", "<p>a</p>"},
      {"<style>p{}</style><title>t</title>a", "a"},
      {"<textarea><script>x</script></textarea>a", "a"},
      {"<!-- c -->a<!-- --!><b>b</b>-->", "a<strong>b</strong>--&gt;"},
      {"<![CDATA[x]]>a", "a"},
      {"&lt;script&gt;&amp;&nbsp;", "&lt;script&gt;&amp;\xC2\xA0"},
      {"<table><tr><td>a<td>b<tr><td>c</table>",
       "<p><span>a</span> <span>b</span> </p><p><span>c</span> </p>"},
      {"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
      {"<font color=red style='x'>a</font>", "a"},
      {"<body onload=x()>a", "a"},
      {"<iframe src=javascript:x>b</iframe>a", "a"},
      {"<x-y>a</x-y>", "a"},
      {"", "(nothing)"},
      {"<script>x</script>", "(nothing)"},
      {"a&#1;", "(nothing)"},
      {"a&#xFFFE;", "(nothing)"},
  }));
  INFO(row.in);
  CHECK(passed(row.in) == row.out);
}

TEST_CASE("markup that could grow is not read", "[html]") {
  std::string formats, paragraphs;
  for (int i = 0; i < 3000; ++i) formats += "<b class=" + std::to_string(i) + ">";
  for (int i = 0; i < 3000; ++i) paragraphs += "<p>";
  CHECK(passed(formats + paragraphs + "x") == "(nothing)");
  std::string attributes = "<b";
  for (int i = 0; i < 3000; ++i) attributes += " a" + std::to_string(i);
  CHECK(passed(attributes + ">x") == "(nothing)");
  std::string deep;
  for (std::size_t i = 0; i < kMostTags; ++i) deep += "<div>";
  CHECK(passed(deep + "x") == "(nothing)");
  CHECK(passed("<p>a < b").size() > 3);
}

TEST_CASE("whatever comes, what passes passes again and is text", "[html]") {
  static const std::string kPieces[] = {"<b>",
                                        "</b>",
                                        "<p>",
                                        "</p>",
                                        "<a href='http://x/'>",
                                        "<a href=javascript:x>",
                                        "</a>",
                                        "<script>",
                                        "</script>",
                                        "<style>",
                                        "<svg>",
                                        "<math>",
                                        "<table>",
                                        "<td>",
                                        "<ul>",
                                        "<li>",
                                        "<",
                                        ">",
                                        "&",
                                        "&lt;",
                                        "&#60;",
                                        "\"",
                                        "'",
                                        "a",
                                        " ",
                                        "<!--",
                                        "-->",
                                        "<![CDATA[",
                                        "]]>",
                                        "<template>",
                                        "<select>",
                                        "<option>",
                                        "<form>",
                                        "<br/>",
                                        "é",
                                        "<body onload=x>",
                                        "<frameset>",
                                        "<title>",
                                        "<textarea>",
                                        "<plaintext>",
                                        "<p onclick='",
                                        "\0x"};
  std::minstd_rand random(11);
  int made = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string html;
    for (std::size_t n = random() % 40; n > 0; --n) html += kPieces[random() % std::size(kPieces)];
    const auto body = read_html(html);
    if (!body) continue;
    ++made;
    const std::string text = xhtml::to_xml(*body);
    INFO(html << "\n" << text);
    REQUIRE(gateway::is_xml_text(text));
    const auto again = xhtml::parse(text);
    REQUIRE(again);
    REQUIRE(xhtml::to_xml(*again) == text);
    REQUIRE(gateway::is_xml_text(xhtml::to_plain_text(*body)));
  }
  CHECK(made > 1000);
}
