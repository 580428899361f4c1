#include "frontend_gateway/pidf/words.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

TEST_CASE("T9: every show as its activity, every activity as its show") {
  const struct {
    Presence::Show show;
    const char* word;
    const char* activity;
    bool idle;
  } shows[] = {
      {Presence::NO_SHOW, "", "", false},      {Presence::CHAT, "chat", "", false},
      {Presence::AWAY, "away", "away", false}, {Presence::XA, "xa", "away", true},
      {Presence::DND, "dnd", "busy", false},
  };
  for (const auto& row : shows) {
    INFO(row.word);
    CHECK(word_of(row.show) == row.word);
    CHECK(told(row.show).activity == row.activity);
    CHECK(told(row.show).idle == row.idle);
    if (*row.word != '\0') CHECK(show_named(row.word) == row.show);
  }
  for (const char* none : {"", "Away", "busy", "unavailable", " dnd"})
    CHECK(show_named(none) == std::nullopt);

  const std::pair<Presence::Show, std::vector<const char*>> activities[] = {
      {Presence::NO_SHOW,
       {"working", "looking-for-work", "unknown", "other", "playing", "shopping", "spectator",
        "tv"}},
      {Presence::AWAY,
       {"away", "meal", "breakfast", "lunch", "dinner", "in-transit", "steering", "travel"}},
      {Presence::XA, {"permanent-absence", "vacation", "holiday", "sleeping", "out-of-office"}},
      {Presence::DND,
       {"busy", "on-the-phone", "meeting", "appointment", "presentation", "performance", "worship",
        "in-a-meeting", "in-a-conference", "in-presentation", "urgent-interruptions-only"}},
  };
  for (const auto& [show, names] : activities) {
    for (const char* name : names) {
      INFO(name);
      CHECK(show_of_activity(name) == show);
    }
  }
  for (const char* none : {"", "Busy", "activity", "juggling"})
    CHECK(show_of_activity(none) == std::nullopt);
}

TEST_CASE("of two activities the stronger counts, in either order") {
  const Presence::Show order[] = {Presence::NO_SHOW, Presence::CHAT, Presence::AWAY, Presence::XA,
                                  Presence::DND};
  for (int a = 0; a < 5; ++a) {
    for (int b = 0; b < 5; ++b) CHECK(stronger(order[a], order[b]) == order[std::max(a, b)]);
  }
}

TEST_CASE("T8: a priority is three digits and comes back as the integer it was") {
  std::set<std::string> words;
  for (int priority = 0; priority <= 127; ++priority) {
    const std::string word = priority_word(priority);
    INFO(priority << " " << word);
    CHECK(word.size() <= 5);
    CHECK(priority_named(word) == priority);
    CHECK(words.insert(word).second);
  }
  CHECK(priority_word(0) == "0");
  CHECK(priority_word(1) == "0.007");
  CHECK(priority_word(64) == "0.503");
  CHECK(priority_word(127) == "1");
}

TEST_CASE("priorities of others, and what is none") {
  const std::pair<const char*, int> rows[] = {
      {"0.8", 102}, {"0.80", 102}, {"1.0", 127}, {"1.000", 127}, {"0.", 0},   {"0.000", 0},
      {"0.5", 64},  {"", 0},       {"1.001", 0}, {"2", 0},       {"-0.5", 0}, {"0.1234", 0},
      {"0,5", 0},   {".5", 0},     {"0.5 ", 0},  {"1e0", 0},     {"0.x", 0},  {"high", 0},
      {"01", 0},    {"0x1", 0},    {"0.001", 1}, {"0.999", 127},
  };
  for (const auto& [word, priority] : rows) {
    INFO(word);
    CHECK(priority_named(word) == priority);
  }
}

TEST_CASE("T9: a resource as a tuple id, and back") {
  const std::pair<std::string, std::string> rows[] = {
      {"desk", "ID-desk"},
      {"1234", "ID-1234"},
      {"a.b-c", "ID-a.b-c"},
      {"a_b", "ID-a_5Fb"},
      {"Psi+ at home", "ID-Psi_2B_20at_20home"},
      {"\xC3\xBC", "ID-_C3_BC"},
      {"<&'\">", "ID-_3C_26_27_22_3E"},
      {"ID-desk", "ID-ID-desk"},
      {"", "ID-"},
      {"gajim.4f/x@y", "ID-gajim.4f_2Fx_40y"},
  };
  for (const auto& [resource, id] : rows) {
    INFO(resource);
    CHECK(tuple_id(resource) == id);
    CHECK(resource_of(id) == resource);
  }
}

TEST_CASE("T9: a tuple id of somebody else's making has one resource, always the same") {
  for (const char* itself : {"sg89ae", "0", "a1-b2.c3", "bs35r9", "x_y", "Voice over IP", "ID"})
    CHECK(resource_of(itself) == itself);
  // What only looks like ours.
  for (const char* itself : {"ID-_c3", "ID-_4", "ID-_", "ID-_41", "ID-_GG", "id-desk"}) {
    INFO(itself);
    CHECK(resource_of(itself) == itself);
  }
  CHECK(resource_of("e\xCC\x81") == "\xC3\xA9");  // as a resource is prepared
  // What no resource can be: not prepared, a control, not UTF-8, too long, nothing.
  const std::string odd[] = {"ID-e_CC_81", "a\tb", "\xFF", std::string(257, 'x'), ""};
  CHECK(resource_of(odd[0]) == odd[0]);
  std::set<std::string> made;
  for (const std::string& id : {odd[1], odd[2], odd[3], odd[4]}) {
    const std::string resource = resource_of(id);
    INFO(id << " " << resource);
    CHECK(resource.size() == 20);
    CHECK(resource.substr(0, 4) == "sip-");
    CHECK(resource_of(id) == resource);
    CHECK(made.insert(resource).second);
  }
  CHECK(resource_of("") == "sip-cbf29ce484222325");  // in every life of every gateway
}

}  // namespace
}  // namespace causeway::gateway::pidf
