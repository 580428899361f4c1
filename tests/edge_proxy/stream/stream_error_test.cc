#include "edge_proxy/stream/stream_error.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace causeway;
using namespace causeway::edge;
using stream::Condition;

TEST_CASE("every condition has its wire name, and back", "[stream][error]") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Condition::unsupported_version); ++i) {
    const auto condition = static_cast<Condition>(i);
    names.insert(stream::wire_name(condition));
    CHECK(stream::condition_named(stream::wire_name(condition)) == condition);
  }
  CHECK(names.size() == 25);  // RFC 6120 section 4.9.3
  CHECK(stream::wire_name(Condition::host_unknown) == "host-unknown");
  CHECK(stream::wire_name(Condition::unsupported_version) == "unsupported-version");
  CHECK(stream::condition_named("no-such") == Condition::undefined_condition);
}

TEST_CASE("what the parser finds has a condition of its own", "[stream][error]") {
  CHECK(stream::condition_of(xml::Fault::restricted_xml) == Condition::restricted_xml);
  CHECK(stream::condition_of(xml::Fault::not_well_formed) == Condition::not_well_formed);
  CHECK(stream::condition_of(xml::Fault::unsupported_encoding) == Condition::unsupported_encoding);
  CHECK(stream::condition_of(xml::Fault::policy_violation) == Condition::policy_violation);
  CHECK(stream::condition_of(xml::Fault::resource_constraint) == Condition::resource_constraint);
  CHECK(stream::condition_of(xml::Fault::bad_namespace_prefix) == Condition::bad_namespace_prefix);
}

TEST_CASE("an error's text is escaped", "[stream][error]") {
  CHECK(to_xml(stream::StreamError(Condition::reset)) ==
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
  CHECK(to_xml(stream::StreamError(Condition::host_unknown, "a<b")) ==
        "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>a&lt;b</text>"
        "</stream:error>");
}
