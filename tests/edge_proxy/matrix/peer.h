#pragma once

#include <string>
#include <vector>

#include "tests/edge_proxy/matrix/cell.h"
#include "tests/support/tls_wire/wire.h"

namespace causeway::test::matrix {

inline constexpr char kOurs[] = "contoso.example";
inline constexpr char kTheirs[] = "west.fabrikam.example";  // one label below the wildcard
inline constexpr char kPassphrase[] = "s3cr3tf0rd14lb4ck";

// What a peer has heard from the edge.
struct Heard {
  std::vector<std::string> stream_ids;  // that the edge gave
  std::string sasl;                     // as Outcome has them
  std::string dialback;
  std::string stream_error;
  std::string stanza;                 // the id of one that the edge sent
  bool header_repeated_to_us = true;  // our `to` and `from` came back, exchanged, in each header
};

// The peer's part of a cell, over a new connection, to its end. It keeps the RFCs' order, knows
// nothing of the settings in the edge, and insists: what it can do it tries, offered or not.
// `id` is of the stanza that it sends, and part of its dialback key.
Heard initiate(Wire& wire, const Cell& cell, const TlsIdentity& identity, const std::string& id);
Heard receive(Wire& wire, const Cell& cell, const TlsIdentity& identity);

// The authoritative server of the peer's domain, for one connection: what it says of a key stands
// in the key. `offers_tls` as the peer does.
void vouch(Wire& wire, PeerTls offers_tls, const TlsIdentity& identity);

}  // namespace causeway::test::matrix
