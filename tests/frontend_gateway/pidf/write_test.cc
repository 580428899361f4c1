#include <catch2/catch.hpp>
#include <string>

#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

const std::string kBegin =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
    "xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "
    "xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"sip:alice@fabrikam.example\">";
const std::string kEnd = "</presence>\r\n";

std::string draft(const std::string& activity) {
  return "<ep:activities "
         "xmlns:ep=\"urn:ietf:params:xml:ns:pidf:status:rpid-status\"><ep:activity>" +
         activity + "</ep:activity></ep:activities>";
}
std::string rpid(const std::string& activity) {
  return "<rpid:activities><rpid:" + activity + "/></rpid:activities>";
}
std::string person(const std::string& activity) {
  return "<dm:person id=\"person\">" + rpid(activity) + "</dm:person>";
}

std::string written(std::vector<Device> devices) {
  const std::string text =
      write({.entity = "sip:alice@fabrikam.example", .devices = std::move(devices)});
  REQUIRE(text.substr(0, kBegin.size()) == kBegin);
  REQUIRE(text.substr(text.size() - kEnd.size()) == kEnd);
  return text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
}

Device there(const std::string& resource, Presence::Show show = Presence::NO_SHOW,
             int priority = 0) {
  return {.resource = resource, .open = true, .show = show, .priority = priority};
}

TEST_CASE("T9: every show as a document") {
  const struct {
    Presence::Show show;
    std::string in_status;
    std::string behind;
    std::string person;
  } rows[] = {
      {Presence::NO_SHOW, "", "", ""},
      {Presence::CHAT, "<show xmlns=\"jabber:client\">chat</show>", "", ""},
      {Presence::AWAY, "<show xmlns=\"jabber:client\">away</show>" + draft("away"), rpid("away"),
       person("away")},
      {Presence::XA, "<show xmlns=\"jabber:client\">xa</show>" + draft("away"),
       rpid("away") + "<rpid:user-input>idle</rpid:user-input>", person("away")},
      {Presence::DND, "<show xmlns=\"jabber:client\">dnd</show>" + draft("busy"), rpid("busy"),
       person("busy")},
  };
  for (const auto& row : rows) {
    CHECK(written({there("desk", row.show)}) ==
          "<tuple id=\"ID-desk\"><status><basic>open</basic>" + row.in_status + "</status>" +
              row.behind + "</tuple>" + row.person);
  }
}

TEST_CASE("the parts of a tuple stand in the order of the schema") {
  Device device = there("a b", Presence::NO_SHOW, 64);
  device.idle_since = absl::FromUnixMillis(1700000000250);
  device.statuses = {{"", "in"}, {"de", "da"}};
  CHECK(written({device}) ==
        "<tuple id=\"ID-a_20b\"><status><basic>open</basic></status>"
        "<rpid:user-input last-input=\"2023-11-14T22:13:20.25Z\">idle</rpid:user-input>"
        "<contact priority=\"0.503\">sip:alice@fabrikam.example;gr=a%20b</contact>"
        "<note>in</note><note xml:lang=\"de\">da</note></tuple>");
}

TEST_CASE("who is unavailable has a status and nothing else") {
  Device device = there("desk", Presence::DND, 5);
  device.open = false;
  device.idle_since = absl::FromUnixSeconds(1);
  device.statuses = {{"", "gone"}};
  CHECK(written({device}) ==
        "<tuple id=\"ID-desk\"><status><basic>closed</basic></status><note>gone</note></tuple>");
}

TEST_CASE("a negative priority is not mapped, and neither is none") {
  const std::string plain = written({there("desk")});
  CHECK(written({there("desk", Presence::NO_SHOW, -1)}) == plain);
  CHECK(written({there("desk", Presence::NO_SHOW, -128)}) == plain);
  CHECK(plain.find("contact") == std::string::npos);
}

TEST_CASE("the person does what the device does that is to be reached first") {
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string busy_first =
      written({there("a", Presence::NO_SHOW, 1), there("b", Presence::DND, 5)});
  CHECK(has(busy_first, person("busy")));
  CHECK(has(busy_first, "</status>" + rpid("unknown")));
  const std::string free_first =
      written({there("a", Presence::NO_SHOW, 5), there("b", Presence::DND, 1)});
  CHECK_FALSE(has(free_first, "dm:person"));
  CHECK_FALSE(has(free_first, "unknown"));
  Device gone = there("b", Presence::DND, 9);
  gone.open = false;
  CHECK_FALSE(has(written({there("a"), gone}), "dm:person"));
}

TEST_CASE("a user without devices has a document without tuples") { CHECK(written({}).empty()); }

TEST_CASE("T7: what is markup elsewhere is text in a note, an entity, a language and a resource") {
  Device device = there("&<>\"'");
  device.statuses = {{"", "& < > \" ' ]]> &amp; &#x1F434; </note>"}};
  CHECK(written({device}) ==
        "<tuple id=\"ID-_26_3C_3E_22_27\"><status><basic>open</basic></status>"
        "<note>&amp; &lt; &gt; &quot; &apos; ]]&gt; &amp;amp; &amp;#x1F434; "
        "&lt;/note&gt;</note></tuple>");
  CHECK(write({.entity = "sip:o'malley&\"<x>@fabrikam.example", .devices = {}})
            .find("entity=\"sip:o&apos;malley&amp;&quot;&lt;x&gt;@fabrikam.example\">") !=
        std::string::npos);
}

TEST_CASE("notes are gone from a document without notes, and nothing else") {
  Device device = there("desk", Presence::AWAY, 7);
  device.statuses = {{"", "secret"}, {"de", "geheim"}};
  const Document bare = without_notes({.entity = "sip:a@b.example", .devices = {device, device}});
  device.statuses.clear();
  CHECK(bare == Document{.entity = "sip:a@b.example", .devices = {device, device}});
}

}  // namespace
}  // namespace causeway::gateway::pidf
