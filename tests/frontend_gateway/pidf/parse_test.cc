#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/pidf/words.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

std::string around(const std::string& content, const std::string& attributes = "") {
  return "<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' "
         "xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' "
         "xmlns:rpid='urn:ietf:params:xml:ns:pidf:rpid' "
         "xmlns:p='urn:ietf:params:xml:ns:pidf' "
         "xmlns:es='urn:ietf:params:xml:ns:pidf:status:rpid-status' xmlns:x='urn:x' "
         "entity='sip:bob@contoso.example' " +
         attributes + ">" + content + "</presence>";
}
std::string tuple(const std::string& status, const std::string& behind = "",
                  const std::string& id = "t") {
  return "<tuple id='" + id + "'><status>" + status + "</status>" + behind + "</tuple>";
}

// "desk open dnd 64 idle=1700000000 en:busy;de:da", one for each device.
std::string line(const Device& device) {
  std::string line = absl::StrCat(device.resource, device.open ? " open" : " closed");
  if (device.show != Presence::NO_SHOW)
    absl::StrAppend(&line, " ", std::string(word_of(device.show)));
  if (device.priority != 0) absl::StrAppend(&line, " ", device.priority);
  if (device.idle_since) absl::StrAppend(&line, " idle=", absl::ToUnixSeconds(*device.idle_since));
  for (const Note& note : device.statuses) absl::StrAppend(&line, " ", note.lang, ":", note.text);
  return line;
}
std::string read(const std::string& text, std::string_view lang = {}) {
  const auto document = parse(text, lang);
  if (!document.ok()) return "refused: " + document.refusal();
  CHECK(document->entity == "sip:bob@contoso.example");
  std::string all;
  for (const Device& device : document->devices) all += line(device) + "\n";
  return all;
}

struct Row {
  const char* what;
  std::string content;
  std::string devices;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(read(around(row.content)) == row.devices);
  }
}

TEST_CASE("T9: basic, and what stands in its place") {
  check({
      {"open", tuple("<basic>open</basic>"), "t open\n"},
      {"closed", tuple("<basic>closed</basic>"), "t closed\n"},
      {"with white space", tuple(" <basic> open\n</basic> "), "t open\n"},
      {"in capitals", tuple("<basic>Open</basic>"), "t open\n"},
      {"missing, nothing else", tuple(""), ""},
      {"no status at all", "<tuple id='t'/>", ""},
      {"another word", tuple("<basic>ajar</basic>"), ""},
      {"missing, with an activity",
       tuple("<es:activities><es:activity>busy</es:activity></es:activities>"), "t open dnd\n"},
      {"missing, with an activity of the person",
       tuple("") + "<dm:person id='p'><rpid:activities><rpid:away/></rpid:activities></dm:person>",
       "t open away\n"},
      {"missing, with a show", tuple("<show xmlns='jabber:client'>xa</show>"), "t open xa\n"},
      {"missing, with an activity that nobody knows",
       tuple("", "<rpid:activities><x:juggling/></rpid:activities>"), ""},
      {"missing in one of two", tuple("", "", "a") + tuple("<basic>open</basic>", "", "b"),
       "b open\n"},
      {"of another namespace", tuple("<x:basic>open</x:basic>"), ""},
      {"no tuples", "", ""},
      {"a busy person without tuples",
       "<dm:person id='p'><rpid:activities><rpid:busy/></rpid:activities></dm:person>", ""},
  });
}

TEST_CASE("T9: show, activities and where they may stand") {
  const std::string open = "<basic>open</basic>";
  const std::string busy = "<rpid:activities><rpid:busy/></rpid:activities>";
  const std::string away = "<rpid:activities><rpid:away/></rpid:activities>";
  check({
      {"a show", tuple(open + "<show xmlns='jabber:client'>chat</show>"), "t open chat\n"},
      {"a show before an activity", tuple(open + "<show xmlns='jabber:client'>away</show>", busy),
       "t open away\n"},
      {"a show that is none", tuple(open + "<show xmlns='jabber:client'>busy</show>", busy),
       "t open dnd\n"},
      {"in the tuple", tuple(open, busy), "t open dnd\n"},
      {"in the status", tuple(open + busy), "t open dnd\n"},
      {"in the person", tuple(open) + "<dm:person id='p'>" + busy + "</dm:person>", "t open dnd\n"},
      {"the tuple's before the person's",
       tuple(open, away) + "<dm:person id='p'>" + busy + "</dm:person>", "t open away\n"},
      {"in the device",
       tuple(open, "<dm:deviceID>urn:d</dm:deviceID>") + "<dm:device id='d'>" + busy +
           "<dm:deviceID>urn:d</dm:deviceID></dm:device><dm:person id='p'>" + away + "</dm:person>",
       "t open dnd\n"},
      {"in another device",
       tuple(open, "<dm:deviceID>urn:d</dm:deviceID>") + "<dm:device id='d'>" + busy +
           "<dm:deviceID>urn:e</dm:deviceID></dm:device>",
       "t open\n"},
      {"several",
       tuple(open, "<rpid:activities><rpid:away/><rpid:on-the-phone/></rpid:activities>"),
       "t open dnd\n"},
      {"several elements", tuple(open, away + busy), "t open away\n"},
      {"one that says nothing before one that does",
       tuple(open, "<rpid:activities><x:y/></rpid:activities>" + busy), "t open dnd\n"},
      {"unknown is an answer",
       tuple(open, "<rpid:activities><rpid:unknown/></rpid:activities>") + "<dm:person id='p'>" +
           busy + "</dm:person>",
       "t open\n"},
      {"of who is gone", tuple("<basic>closed</basic><show xmlns='jabber:client'>dnd</show>", busy),
       "t closed\n"},
      {"as Lync writes it",
       tuple(open + "<es:activities><es:activity>in-a-meeting</es:activity></es:activities>"),
       "t open dnd\n"},
  });
}

TEST_CASE("T9: notes of the tuple, else of the person, else of the document") {
  const std::string open = "<basic>open</basic>";
  const std::string person = "<dm:person id='p'><dm:note>P</dm:note></dm:person>";
  check({
      {"of the tuple", tuple(open, "<note>T</note>") + "<note>D</note>" + person, "t open :T\n"},
      {"of the person", tuple(open) + "<note>D</note>" + person, "t open :P\n"},
      {"of the document", tuple(open) + "<note>D</note>", "t open :D\n"},
      {"several languages", tuple(open, "<note xml:lang='en'>E</note><note xml:lang='de'>G</note>"),
       "t open en:E de:G\n"},
      {"one of each", tuple(open, "<note>1</note><note>2</note>"), "t open :1\n"},
      {"of who is gone", tuple("<basic>closed</basic>", "<note>bye</note>"), "t closed :bye\n"},
      {"an empty one says nothing", tuple(open, "<note/>") + "<note>D</note>", "t open :D\n"},
      {"a language that is none", tuple(open, "<note xml:lang='not a tag'>T</note>"),
       "t open :T\n"},
      {"markup that is text", tuple(open, "<note>&lt;b&gt; &amp;amp; ]]&gt;</note>"),
       "t open :<b> &amp; ]]>\n"},
  });
  CHECK(read(around(tuple(open, "<note>T</note>"), "xml:lang='fr'"), "en") == "t open fr:T\n");
  CHECK(read(around(tuple(open, "<note>T</note><note xml:lang='de'>D</note>")), "en") ==
        "t open en:T de:D\n");
  CHECK(read(around(tuple(open)), "en") == "t open\n");
}

TEST_CASE("a note that is too long is cut between characters, and the ninth is left out") {
  std::string text = "x";
  for (int i = 0; i < 600; ++i) text += "\xC3\xA9";
  const auto long_one = parse(around(tuple("<basic>open</basic>", "<note>" + text + "</note>")));
  REQUIRE(long_one.ok());
  CHECK(long_one->devices[0].statuses[0].text.size() == kLongestNote - 1);
  std::string many;
  for (char c = 'a'; c < 'a' + 9; ++c)
    many += absl::StrCat("<note xml:lang='", std::string(1, c), "'>x</note>");
  const auto nine = parse(around(tuple("<basic>open</basic>", many)));
  REQUIRE(nine.ok());
  CHECK(nine->devices[0].statuses.size() == kMostNotes);
}

TEST_CASE("T9: priority, idle time and resource") {
  const std::string open = "<basic>open</basic>";
  check({
      {"a priority", tuple(open, "<contact priority='0.8'>sip:b@c</contact>"), "t open 102\n"},
      {"none", tuple(open, "<contact>sip:b@c</contact>"), "t open\n"},
      {"out of range", tuple(open, "<contact priority='1.2'>sip:b@c</contact>"), "t open\n"},
      {"of who is gone", tuple("<basic>closed</basic>", "<contact priority='1'>sip:b@c</contact>"),
       "t closed\n"},
      {"idle",
       tuple(open, "<rpid:user-input last-input='2023-11-14T22:13:20Z'>idle</rpid:user-input>"),
       "t open idle=1700000000\n"},
      {"idle elsewhere on the globe",
       tuple(open,
             "<rpid:user-input last-input='2023-11-15T00:13:20.5+02:00'>idle</rpid:user-input>"),
       "t open idle=1700000000\n"},
      {"idle, of the person",
       tuple(open) + "<dm:person id='p'><rpid:user-input last-input='2023-11-14T22:13:20Z'> idle "
                     "</rpid:user-input></dm:person>",
       "t open idle=1700000000\n"},
      {"active",
       tuple(open, "<rpid:user-input last-input='2023-11-14T22:13:20Z'>active</rpid:user-input>"),
       "t open\n"},
      {"idle, nobody knows since when", tuple(open, "<rpid:user-input>idle</rpid:user-input>"),
       "t open\n"},
      {"idle since no time",
       tuple(open, "<rpid:user-input last-input='yesterday'>idle</rpid:user-input>"), "t open\n"},
      {"idle since before the calendar",
       tuple(open, "<rpid:user-input last-input='infinite-past'>idle</rpid:user-input>"),
       "t open\n"},
      {"a resource of ours", tuple(open, "", "ID-Psi_2B"), "Psi+ open\n"},
      {"two tuples", tuple(open, "", "a") + tuple("<basic>closed</basic>", "", "b"),
       "a open\nb closed\n"},
      {"one id twice: who is there", tuple("<basic>closed</basic>", "", "a") + tuple(open, "", "a"),
       "a open\n"},
      {"one id twice: the first",
       tuple(open, "<note>1</note>", "a") + tuple(open, "<note>2</note>", "a"), "a open :1\n"},
      {"ours beside an id of that name", tuple(open, "", "ID-a") + tuple(open, "", "a"),
       "ID-a open\na open\n"},
      {"ours beside ours", tuple(open, "", "ID-ID-a") + tuple(open, "", "ID-a"),
       "ID-a open\na open\n"},
      {"no id", "<tuple><status><basic>open</basic></status></tuple>",
       "sip-cbf29ce484222325 open\n"},
  });
}

TEST_CASE("what is unknown is ignored unless it must be understood") {
  const std::string open = "<basic>open</basic>";
  check({
      {"in the document", tuple(open) + "<x:y><x:z/></x:y>", "t open\n"},
      {"in a status", tuple(open + "<x:y/>"), "t open\n"},
      {"in a tuple", tuple(open, "<x:y p:mustUnderstand='false'/>"), "t open\n"},
      {"must, in a status", tuple(open + "<x:y p:mustUnderstand='true'/>") + tuple(open, "", "u"),
       "u open\n"},
      {"must, in a tuple", tuple(open, "<x:y p:mustUnderstand='1'/>") + tuple(open, "", "u"),
       "u open\n"},
      {"must, and is known",
       tuple(open, "<rpid:activities p:mustUnderstand='true'><rpid:busy/></rpid:activities>"),
       "t open dnd\n"},
      {"must, in the document", tuple(open) + "<x:y p:mustUnderstand='true'/>",
       "refused: it demands that something unknown is understood"},
      {"mustUnderstand of nobody", tuple(open, "<x:y mustUnderstand='true'/>"), "t open\n"},
  });
}

TEST_CASE("documents of real presence servers and agents") {
  // pjsip: no resource worth the name, the note in the person.
  CHECK(
      read("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<presence entity=\"sip:bob@contoso.example\" xmlns=\"urn:ietf:params:xml:ns:pidf\" "
           "xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "
           "xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\">\n"
           " <tuple id=\"pj4c65ee\">\n  <status>\n   <basic>open</basic>\n  </status>\n"
           "  <contact>sip:bob@10.0.0.2</contact>\n  <timestamp>2026-11-20T20:00:00Z</timestamp>\n"
           " </tuple>\n <dm:person id=\"pj9a\">\n  <rpid:activities>\n   <rpid:away/>\n"
           "  </rpid:activities>\n  <dm:note>Idle</dm:note>\n </dm:person>\n</presence>\n") ==
      "pj4c65ee open away :Idle\n");
  // The form of the drafts, as Lync's servers and old SIP phones write it.
  CHECK(read("<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
             "xmlns:ep=\"urn:ietf:params:xml:ns:pidf:status:rpid-status\" "
             "xmlns:ci=\"urn:ietf:params:xml:ns:pidf:cipid\" entity=\"sip:bob@contoso.example\">"
             "<tuple id=\"0\"><status><basic>open</basic><ep:activities><ep:activity>on-the-phone"
             "</ep:activity></ep:activities></status></tuple><ci:display-name>Bob</ci:display-name>"
             "</presence>") == "0 open dnd\n");
  // Prefixes everywhere.
  CHECK(read("<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' entity='sip:bob@contoso.example'>"
             "<p:tuple id='a'><p:status><p:basic>open</p:basic></p:status><p:note>hi</p:note>"
             "</p:tuple></p:presence>") == "a open :hi\n");
}

TEST_CASE("T24: whom a document is about") {
  const std::pair<const char*, const char*> rows[] = {
      {"sip:bob@contoso.example", "bob@contoso.example"},
      {"SIP:Bob@Contoso.Example", "bob@contoso.example"},
      {"pres:bob@contoso.example", "bob@contoso.example"},
      {"sips:bob@contoso.example", "bob@contoso.example"},
      {"bob@contoso.example", "bob@contoso.example"},
      {"sip:bob@contoso.example:5060;transport=tcp", "bob@contoso.example"},
      {"sip:f%C3%BC@contoso.example", "f\xC3\xBC@contoso.example"},
      {"sip:o'malley@contoso.example", "o\\27malley@contoso.example"},
      {"sip:bob@contoso.example;gr=desk", "bob@contoso.example"},
      {"<sip:bob@contoso.example>", nullptr},
      {"mailto:bob@contoso.example", nullptr},
      {"bob", nullptr},
      {"", nullptr},
      {"sip:", nullptr},
      {"sip:a%00b@contoso.example", nullptr},
  };
  for (const auto& [entity, user] : rows) {
    INFO(entity);
    const auto found = user_of(entity);
    CHECK(found.has_value() == (user != nullptr));
    if (found && user) CHECK(found->to_string() == user);
  }
}

}  // namespace
}  // namespace causeway::gateway::pidf
