#include <catch2/catch.hpp>
#include <string>

#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

v1::Stanza from_desk() {
  v1::Stanza stanza;
  stanza.mutable_from()->set_local("alice");
  stanza.mutable_from()->set_domain("fabrikam.example");
  stanza.mutable_from()->set_resource("desk");
  stanza.mutable_presence();
  return stanza;
}

TEST_CASE("a stanza as a device") {
  v1::Stanza stanza = from_desk();
  CHECK(device_of(stanza) == Device{.resource = "desk", .open = true});

  stanza.set_lang("en");
  Presence& presence = *stanza.mutable_presence();
  presence.set_show(Presence::DND);
  presence.set_priority(-7);
  presence.add_statuses()->set_text("inherits its language");
  presence.add_statuses()->set_text("the same language again");
  presence.add_statuses()->set_text("hat eine eigene");
  presence.mutable_statuses(2)->set_lang("de");
  presence.add_statuses()->set_lang("fr");  // clears it, which is to have none
  presence.mutable_idle_since()->set_seconds(1700000000);
  presence.mutable_idle_since()->set_nanos(250000000);
  CHECK(device_of(stanza) ==
        Device{.resource = "desk",
               .open = true,
               .show = Presence::DND,
               .priority = -7,
               .statuses = {{"en", "inherits its language"}, {"de", "hat eine eigene"}},
               .idle_since = absl::FromUnixMillis(1700000000250)});

  presence.set_type(Presence::UNAVAILABLE);
  CHECK(device_of(stanza) ==
        Device{.resource = "desk",
               .statuses = {{"en", "inherits its language"}, {"de", "hat eine eigene"}}});
}

TEST_CASE("a status longer than is carried is cut between characters") {
  v1::Stanza stanza = from_desk();
  std::string text = "x";
  for (int i = 0; i < 600; ++i) text += "\xC3\xA9";
  stanza.mutable_presence()->add_statuses()->set_text(text);
  CHECK(device_of(stanza).statuses[0].text == text.substr(0, kLongestNote - 1));
}

TEST_CASE("a device as a stanza") {
  const v1::Stanza gone = presence_of({.resource = "desk", .statuses = {{"", "bye"}}});
  CHECK(gone.presence().type() == Presence::UNAVAILABLE);
  CHECK(gone.presence().statuses(0).text() == "bye");
  CHECK_FALSE(gone.has_from());

  const v1::Stanza there = presence_of({.open = true,
                                        .show = Presence::CHAT,
                                        .priority = 5,
                                        .statuses = {{"de", "da"}},
                                        .idle_since = absl::FromUnixMillis(-1500)});
  CHECK(there.presence().type() == Presence::AVAILABLE);
  CHECK(there.presence().show() == Presence::CHAT);
  CHECK(there.presence().priority() == 5);
  CHECK(there.presence().statuses(0).lang() == "de");
  CHECK(there.presence().idle_since().seconds() == -2);
  CHECK(there.presence().idle_since().nanos() == 500000000);
}

}  // namespace
}  // namespace causeway::gateway::pidf
