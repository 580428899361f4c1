#include "common/xml/document.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/xml/namespaces.h"
#include "common/xml/writer.h"

namespace causeway::xml {
namespace {

using namespace std::string_literals;

// The document as it is written again, or why it was refused, in brackets.
std::string read(std::string_view text, const Limits& limits = kDocument) {
  const absl::StatusOr<Element> root = parse_document(text, limits);
  if (root.ok()) return to_string(*root);
  CHECK(root.status().code() == absl::StatusCode::kInvalidArgument);
  return "[" + std::string(root.status().message()) + "]";
}

struct Row {
  const char* what;
  std::string text;
  std::string result;
};

TEST_CASE("what a document may be") {
  const Row rows[] = {
      {"an element", "<a/>", "<a/>"},
      {"with a declaration", "<?xml version='1.0' encoding='UTF-8'?>\r\n<a/>", "<a/>"},
      {"that names no encoding", "<?xml version=\"1.0\"?><a/>", "<a/>"},
      {"with a byte order mark", "\xEF\xBB\xBF<?xml version='1.0'?><a/>", "<a/>"},
      {"behind an empty line", "\r\n<?xml version='1.0'?><a/>", "<a/>"},
      {"and before some", "<a/>\r\n \t\n", "<a/>"},
      {"namespaces and prefixes", "<p:a xmlns:p='u:p' xmlns='u:d'><b/><p:c p:x='1' y='2'/></p:a>",
       "<a xmlns='u:p'><b xmlns='u:d'/><c xmlns:a0='u:p' a0:x='1' y='2'/></a>"},
      {"white space between children is text like any", "<a>\n <b/>\n</a>", "<a>\n \n<b/></a>"},
      {"text in the root", "<a>t&amp;&#x41;<![CDATA[<]]></a>", "<a>t&amp;A&lt;</a>"},
      {"its language", "<a xml:lang='de'/>", "<a xml:lang='de'/>"},
      {"a root of any name", "<document><document/></document>",
       "<document><document/></document>"},
      {"every plane", "<a>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xBC</a>",
       "<a>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xBC</a>"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(read(row.text) == row.result);
  }
}

TEST_CASE("what is no document") {
  const Row rows[] = {
      {"nothing", "", "[no root element]"},
      {"white space", " \r\n", "[no root element]"},
      {"a declaration alone", "<?xml version='1.0'?>", "[no root element]"},
      {"a declaration without end", "<?xml version='1.0'", "[the document has no end]"},
      {"text", "hello", "[text between stanzas]"},
      {"text after the root", "<a/>x", "[text between stanzas]"},
      {"two roots", "<a/><b/>", "[a second root element]"},
      {"one root and a half", "<a/><b>", "[the document has no end]"},
      {"no end tag", "<a><b/>", "[the document has no end]"},
      {"half a tag", "<a", "[the document has no end]"},
      {"half a character at the end", "<a>\xE2\x82", "[the document has no end]"},
      {"an end tag too many", "<a/></document>", "[an end tag too many]"},
      {"one that nobody opened", "<a/></b>", "[mismatched tag]"},
      {"the end before the root", "</document><a/>", "[an end tag too many]"},
      {"the wrong end tag", "<a></b>", "[mismatched tag]"},
      {"an undeclared prefix", "<p:a/>", "[unbound prefix]"},
      {"the same attribute twice", "<a x='1' x='2'/>", "[duplicate attribute]"},
      {"a bare ampersand", "<a>a & b</a>", "[& that begins no reference]"},
      {"a control character", "<a>\x01</a>", "[not well-formed (invalid token)]"},
      {"one by reference", "<a>&#1;</a>", "[reference to invalid character number]"},
      {"a byte of NUL", "<a>\0</a>"s, "[not well-formed (invalid token)]"},
      {"Latin-1", "<a>\xE9</a>", "[not well-formed (invalid token)]"},
      {"a surrogate in UTF-8", "<a>\xED\xA0\x80</a>", "[not well-formed (invalid token)]"},
      {"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
       "[the XML declaration names another encoding]"},
      {"UTF-16", "\xFE\xFF\0<\0a\0/\0>"s, "[text between stanzas]"},
      {"a declaration in the wrong place", "<a/><?xml version='1.0'?>", "[processing instruction]"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(read(row.text) == row.result);
  }
}

TEST_CASE(
    "T26: no document type, entity, comment or processing instruction, and none is expanded") {
  const std::string laughs =
      "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>"
      "<!ENTITY lol2 '&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;'>"
      "<!ENTITY lol3 '&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;'>]>"
      "<lolz>&lol3;</lolz>";
  const Row rows[] = {
      {"billion laughs", laughs, "[<! that is not CDATA]"},
      {"a file", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
       "[<! that is not CDATA]"},
      {"a document type elsewhere", "<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><a/>",
       "[<! that is not CDATA]"},
      {"a parameter entity", "<!DOCTYPE a [<!ENTITY % p SYSTEM 'x'>%p;]><a/>",
       "[<! that is not CDATA]"},
      {"an entity that nobody declared", "<a>&lol;</a>", "[undefined entity]"},
      {"a comment", "<a><!-- --></a>", "[<! that is not CDATA]"},
      {"a comment before the root", "<!-- --><a/>", "[<! that is not CDATA]"},
      {"a comment behind it", "<a/><!-- -->", "[<! that is not CDATA]"},
      {"a processing instruction", "<a><?php x?></a>", "[processing instruction]"},
      {"one before the root", "<?xml-stylesheet href='x'?><a/>", "[processing instruction]"},
      {"one behind it", "<a/><?x?>", "[processing instruction]"},
      {"a document type after the root", "<a/><!DOCTYPE a>", "[<! that is not CDATA]"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(read(row.text) == row.result);
  }
}

std::string nested(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += "<a>";
  for (int i = 0; i < levels; ++i) text += "</a>";
  return text;
}

TEST_CASE("T26: depth, size, elements and attributes have limits, exactly") {
  CHECK(read(nested(16)).substr(0, 3) == "<a>");
  CHECK(read(nested(17)) == "[elements nested too deeply]");

  const std::string fits = "<a>" + std::string(kDocument.stanza_bytes - 7, 'x') + "</a>";
  CHECK(read(fits) == fits);
  CHECK(read(fits + " ") == "[document too large]");

  const auto children = [](std::size_t count) {
    std::string text = "<a>";
    for (std::size_t i = 0; i < count; ++i) text += "<b/>";
    return text + "</a>";
  };
  CHECK(read(children(kDocument.stanza_elements - 1)).substr(0, 3) == "<a>");
  CHECK(read(children(kDocument.stanza_elements)) == "[too many elements in a stanza]");

  const auto attributes = [](std::size_t count) {
    std::string text = "<a";
    for (std::size_t i = 0; i < count; ++i) text += " x" + std::to_string(i) + "=''";
    return text + "/>";
  };
  CHECK(read(attributes(kDocument.attributes)).substr(0, 2) == "<a");
  CHECK(read(attributes(kDocument.attributes + 1)) == "[too many attributes]");
}

TEST_CASE("T26: a namespace that is copied to every name does not multiply a document") {
  std::string text = "<a xmlns='" + std::string(30000, 'n') + "'>";
  for (int i = 0; i < 900; ++i) text += "<b/>";
  CHECK(read(text + "</a>") == "[too much of namespaces in a stanza]");
}

}  // namespace
}  // namespace causeway::xml
