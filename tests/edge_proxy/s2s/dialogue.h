#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/edge_proxy/s2s/settings.h"

namespace causeway::test {

// A conversation between a peer and the edge, as tests/data/dialogues/README.md describes the
// files.
struct Line {
  enum Kind {
    peer,       // it says this
    edge,       // we are to say this; "*" stands for anything but '<'
    tls,        // both do the handshake
    end,        // we end the connection
    hung_up,    // the same, whatever we have said before
    submitted,  // these stanza ids have gone to the gateways, no others
    settled,    // what became of the stanza that the edge was to deliver
    deliver,    // another one, from this domain of ours
    no_more,    // the gateway says that the partner's subdomain has no dialback any longer
  };
  Kind kind;
  std::string text;
};

struct Dialogue {
  std::string name;
  Settings settings;
  bool outbound = false;
  std::string certificate = "good";  // of the peer: good, other, untrusted, none
  int silence = 0;  // seconds after which the edge asks, and for which it waits; 0: as configured
  std::string authority = "valid";  // what the peer's domain says of its keys; or silent, gone
  std::vector<Line> lines;
};

// Throws with the file and line of a mistake.
Dialogue read_dialogue(const std::filesystem::path& file);
std::vector<Dialogue> read_dialogues(const std::filesystem::path& folder);

// How much of `heard` the pattern takes, from its beginning; npos while it does not.
std::size_t match(const std::string& pattern, const std::string& heard);

}  // namespace causeway::test
