#include <catch2/catch.hpp>

#include "edge_proxy/codec/stanza_codec.h"
#include "tests/edge_proxy/codec/stanzas.h"

namespace causeway::edge::codec {
namespace {

std::string refused(const std::string& text) {
  CHECK(normalised(text) == "error: FAILED_PRECONDITION");
  const auto answer = refusal(element(text));
  return answer ? appended(*answer) : "nothing";
}

// RFC 6120 section 8.2.3, RFC 6121 section 4.7.1.
TEST_CASE("what means nothing is answered where that is allowed") {
  const std::string addresses = " from='a@b.example/r' to='c@d.example'";
  const std::string back = " from='c@d.example' to='a@b.example/r' type='error'";
  const std::string error =
      "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
  const auto answered = [&](const std::string& kind, const std::string& id) {
    return "<" + kind + back + id + ">" + error + "</" + kind + ">";
  };
  CHECK(refused("<presence" + addresses + " type='available'/>") == answered("presence", ""));
  CHECK(refused("<presence" + addresses + " type='' id='p'/>") == answered("presence", " id='p'"));
  CHECK(refused("<iq" + addresses + " id='1'/>") == answered("iq", " id='1'"));
  CHECK(refused("<iq" + addresses + " id='1' type='put'/>") == answered("iq", " id='1'"));
  CHECK(refused("<iq" + addresses + " id='1' type='get'/>") == answered("iq", " id='1'"));
  CHECK(refused("<iq" + addresses + " id='1' type='set'><a xmlns='u'/><b xmlns='u'/></iq>") ==
        answered("iq", " id='1'"));
  CHECK(refused("<iq" + addresses + " type='get'><ping xmlns='urn:xmpp:ping'/></iq>") ==
        answered("iq", ""));
  CHECK(refused("<iq" + addresses + " type='result'/>") == "nothing");
  CHECK(refused("<iq" + addresses + " type='error'/>") == "nothing");
}

TEST_CASE("only stanzas are answered") {
  CHECK_FALSE(refusal(element("<presence type='x'/>")));
  CHECK_FALSE(refusal(element("<note from='a@b.example' to='c@d.example'/>")));
  CHECK_FALSE(refusal(element("<message from='a@b.example' to='c@d.example'/>")));
}

}  // namespace
}  // namespace causeway::edge::codec
