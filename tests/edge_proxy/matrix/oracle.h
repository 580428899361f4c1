#pragma once

#include <string>

#include "tests/edge_proxy/matrix/cell.h"

namespace causeway::test::matrix {

// What is to come of a meeting. The conditions are those on the wire.
struct Outcome {
  // How the initiating side was proved, as the edge reports it.
  v1::StreamEvent::Proof proof = v1::StreamEvent::NO_PROOF;
  bool encrypted = false;      // at the end
  std::string sasl{};          // the failure that the receiving side answered
  std::string dialback{};      // its answer: "valid", "invalid", or the condition of an error
  std::string stream_error{};  // the edge's
  std::string stanza{};        // initiator: "taken", or its bounce; receiver: "submitted" or none

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string words(const Outcome& outcome);

// What the documents say: the partner's settings as Lync Server 2013 describes them, RFC 6120,
// XEP-0178, XEP-0220, XEP-0368, and RFC 9525 for the names in a certificate.
Outcome expected(const Cell& cell);

// Whether a certificate proves the domain it is shown for.
bool proves(Certificate certificate);

}  // namespace causeway::test::matrix
