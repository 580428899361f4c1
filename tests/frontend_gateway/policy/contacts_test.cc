#include "frontend_gateway/policy/contacts.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway;
using store::Contact;

TEST_CASE("contacts are added once and removed", "[policy]") {
  const absl::Time then = absl::FromUnixSeconds(7);
  policy::Contacts contacts({{"bob@a", "ann@b", Contact::By::operator_, then}});
  CHECK(contacts.knows("bob@a", "ann@b"));
  CHECK_FALSE(contacts.knows("ann@b", "bob@a"));
  CHECK_FALSE(contacts.knows("bob@", "aann@b"));
  CHECK_FALSE(contacts.add({"bob@a", "ann@b", Contact::By::message, then}));
  CHECK(contacts.add({"bob@a", "cid@b", Contact::By::message, then}));
  CHECK(contacts.add({"abe@a", "ann@b", Contact::By::subscription, then}));
  CHECK(contacts.size() == 3);

  const auto of_bob = contacts.list("bob@a");
  REQUIRE(of_bob.size() == 2);
  CHECK(of_bob[0].remote == "ann@b");
  CHECK(of_bob[0].by == Contact::By::operator_);
  CHECK(of_bob[0].since == then);
  CHECK(of_bob[1].remote == "cid@b");
  CHECK(contacts.list().size() == 3);
  CHECK(contacts.list()[0].local == "abe@a");

  CHECK(contacts.remove("bob@a", "ann@b"));
  CHECK_FALSE(contacts.remove("bob@a", "ann@b"));
  CHECK_FALSE(contacts.knows("bob@a", "ann@b"));
}
