#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::pidf {
namespace {

std::string with(const std::string& content, const std::string& prologue = "") {
  return prologue + "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:b@c.example'>" +
         content + "</presence>";
}

TEST_CASE("T26: what is no presence document is refused with a sentence") {
  const std::string tuple = "<tuple id='t'><status><basic>open</basic></status></tuple>";
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"text", "hello"},
      {"no XML's end", with(tuple).substr(0, 100)},
      {"another root", "<a/>"},
      {"a root of no namespace", "<presence entity='sip:b@c.example'/>"},
      {"a stanza", "<presence xmlns='jabber:client' entity='sip:b@c.example'/>"},
      {"no entity", "<presence xmlns='urn:ietf:params:xml:ns:pidf'/>"},
      {"an empty one", "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity=' '/>"},
      {"a document type", with(tuple, "<!DOCTYPE presence>")},
      {"billion laughs",
       with("<note>&c;</note>",
            "<!DOCTYPE p [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
            "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>")},
      {"a file",
       with("<note>&x;</note>", "<!DOCTYPE p [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>")},
      {"an entity", with("<note>&x;</note>")},
      {"a comment", with(tuple + "<!-- -->")},
      {"an instruction", with(tuple + "<?php ?>")},
      {"UTF-16", std::string("\xFE\xFF\0<", 4)},
      {"Latin-1", with("<note>\xE9</note>")},
      {"a control character", with("<note>\x01</note>")},
      {"a control character by reference", with("<note>&#8;</note>")},
      {"too deep", with([] {
         std::string deep;
         for (int i = 0; i < 20; ++i) deep += "<a>";
         for (int i = 0; i < 20; ++i) deep += "</a>";
         return deep;
       }())},
      {"too large", with("<note>" + std::string(70000, 'x') + "</note>")},
      {"too many elements", with([] {
         std::string many;
         for (int i = 0; i < 1001; ++i) many += "<a/>";
         return many;
       }())},
      {"an undeclared prefix", with("<x:y/>")},
  };
  for (const auto& [what, text] : rows) {
    INFO(what);
    const auto document = parse(text);
    CHECK_FALSE(document.ok());
    if (!document.ok()) CHECK_FALSE(document.refusal().empty());
  }
  CHECK(parse(with(tuple)).ok());  // the frame is not what was refused
}

TEST_CASE("T26: a document of very many tuples makes no more stanzas than it may") {
  std::string many;
  for (int i = 0; i < 300; ++i)
    many += "<tuple id='t" + std::to_string(i) + "'><status><basic>open</basic></status></tuple>";
  const auto document = parse(with(many));
  REQUIRE(document.ok());
  CHECK(document->devices.size() == kMostDevices);
  CHECK(document->devices.front().resource == "t0");
}

TEST_CASE("a document with any byte changed is refused or read, never more") {
  Device device{.resource = "a b", .open = true, .show = v1::Presence::XA, .priority = 9};
  device.statuses = {{"en", "here"}, {"", "& <there>"}};
  device.idle_since = absl::FromUnixSeconds(1700000000);
  const std::string good = write({.entity = "sip:b@c.example", .devices = {device}});
  std::mt19937 random(7);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    const auto document = parse(bad);
    if (!document.ok()) continue;
    ++read;
    for (const Device& each : document->devices) {
      CHECK(each.priority >= 0);
      CHECK(each.priority <= 127);
    }
    REQUIRE(parse(write(*document)).ok());
  }
  CHECK(read > 0);
}

}  // namespace
}  // namespace causeway::gateway::pidf
