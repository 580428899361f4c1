#include "frontend_gateway/presence/notifier/view.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::gateway::presence;

namespace {

const std::string kBob = "sip:bob@fabrikam.example";

pidf::Device device(const std::string& resource, bool open = true,
                    v1::Presence::Show show = v1::Presence::NO_SHOW) {
  return {.resource = resource, .open = open, .show = show};
}

std::string devices(const ViewRef& view) {
  std::string all;
  for (const pidf::Device& each : view->devices())
    all += (all.empty() ? "" : " ") + each.resource + (each.open ? "+" : "-");
  return all;
}

}  // namespace

TEST_CASE("all devices of a user stand in one view; the last that goes stays, closed", "[view]") {
  Views views;
  ViewRef view = views.after(nullptr, kBob, device("pc"));
  CHECK(devices(view) == "pc+");
  view = views.after(view, kBob, device("cell"));
  CHECK(devices(view) == "cell+ pc+");
  view = views.after(view, kBob, device("pc", true, v1::Presence::AWAY));
  CHECK(devices(view) == "cell+ pc+");
  CHECK(view->devices()[1].show == v1::Presence::AWAY);
  view = views.after(view, kBob, device("pc", false));
  CHECK(devices(view) == "cell+");
  view = views.after(view, kBob, device("cell", false));
  CHECK(devices(view) == "cell-");
  view = views.after(view, kBob, device("pc"));
  CHECK(devices(view) == "pc+");
  view = views.after(view, kBob, device("cell"));
  CHECK(devices(views.after(view, kBob, device("", false))) == "-");
  CHECK(devices(views.after(nullptr, kBob, device("", false))) == "-");
}

TEST_CASE("who goes without having come changes nothing for the others", "[view]") {
  Views views;
  const ViewRef view = views.after(nullptr, kBob, device("pc"));
  CHECK(views.after(view, kBob, device("cell", false)) == view);
  CHECK(views.after(view, kBob, device("pc")) == view);
}

TEST_CASE("watchers who were told the same share it, whichever way it came", "[view]") {
  Views views;
  const ViewRef first = views.after(nullptr, kBob, device("pc"));
  CHECK(views.after(nullptr, kBob, device("pc")) == first);
  const ViewRef both = views.after(first, kBob, device("cell"));
  const ViewRef other = views.after(nullptr, kBob, device("cell"));
  CHECK(other != both);
  views.after(first, kBob, device("cell"));
  CHECK(views.after(other, kBob, device("pc"))->devices() == both->devices());
}

TEST_CASE("a view is of one user", "[view]") {
  Views views;
  const ViewRef bob = views.after(nullptr, kBob, device("pc"));
  const ViewRef carol = views.after(nullptr, "sip:carol@fabrikam.example", device("pc"));
  CHECK(carol != bob);
  CHECK(carol->document().find("carol@") != std::string::npos);
  CHECK(bob->document().find("carol@") == std::string::npos);
  CHECK(bob->document().find("bob@") != std::string::npos);
}

TEST_CASE("a user cannot have any number of devices", "[view]") {
  Views views;
  ViewRef view;
  for (int i = 0; i < 1000; ++i) view = views.after(view, kBob, device("r" + std::to_string(i)));
  CHECK(view->devices().size() == pidf::kMostDevices);
  CHECK(devices(views.after(view, kBob, device("", false))) == "-");
}

TEST_CASE("what a user's devices say together stays a SIP message", "[view]") {
  Views views;
  ViewRef view;
  const std::string rest(GENERATE(0, 1000), '/');
  for (int i = 0; i < 50; ++i) {
    pidf::Device one = device(std::to_string(i) + rest);
    one.priority = 1;
    for (const char* lang : {"a", "b", "c", "d", "e", "f", "g", "h"})
      one.statuses.push_back({lang, std::string(pidf::kLongestNote, '&')});
    view = views.after(view, kBob, one);
  }
  CHECK(view->document().size() < 60 * 1024);
  CHECK(view->devices().size() >= 7);
  CHECK(devices(views.after(view, kBob, device("", false))) == "-");
}

TEST_CASE("a device whose notes have no room is there without them", "[view]") {
  Views views;
  ViewRef view;
  for (const char* resource : {"a", "b", "c"}) {
    pidf::Device one = device(resource);
    for (const char* lang : {"en", "de", "fr", "it"})
      one.statuses.push_back({lang, std::string(pidf::kLongestNote, 'x')});
    view = views.after(view, kBob, one);
  }
  CHECK(devices(view) == "a+ b+ c+");
  CHECK(view->devices()[0].statuses.size() == 4);
  CHECK(view->devices()[2].statuses.empty());
}
