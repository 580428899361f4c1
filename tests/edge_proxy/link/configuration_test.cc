#include "edge_proxy/link/configuration.h"

#include <catch2/catch.hpp>
#include <vector>

namespace causeway::edge::link {
namespace {

v1::Snapshot snapshot(std::uint64_t version, const std::string& domain = "contoso.example") {
  v1::Snapshot snapshot;
  snapshot.set_version(version);
  snapshot.add_hosted_domains()->set_domain(domain);
  return snapshot;
}

struct Fixture {
  std::vector<std::uint64_t> applied;
  Configuration configuration{[this](std::shared_ptr<const v1::Snapshot> snapshot) {
    applied.push_back(snapshot->version());
  }};
  int one = 1, two = 2;
};

TEST_CASE_METHOD(Fixture, "what a gateway brings is applied, the same only once") {
  CHECK(configuration.offer(&one, snapshot(3)));
  CHECK(configuration.offer(&two, snapshot(3)));
  CHECK(configuration.offer(&one, snapshot(4)));
  CHECK(applied == std::vector<std::uint64_t>{3, 4});
  CHECK(configuration.version_in_force() == 4);
}

TEST_CASE_METHOD(Fixture, "an outgrown configuration is not applied while its better is attached") {
  configuration.offer(&one, snapshot(4));
  CHECK_FALSE(configuration.offer(&two, snapshot(3)));
  CHECK(applied == std::vector<std::uint64_t>{4});
  configuration.forget(&one);
  CHECK(configuration.version_in_force() == 4);
  CHECK(configuration.offer(&two, snapshot(3)));
  CHECK(configuration.version_in_force() == 3);
}

TEST_CASE_METHOD(Fixture, "another content with the same version is applied") {
  configuration.offer(&one, snapshot(1));
  configuration.offer(&one, snapshot(1, "other.example"));
  CHECK(applied == std::vector<std::uint64_t>{1, 1});
}

}  // namespace
}  // namespace causeway::edge::link
