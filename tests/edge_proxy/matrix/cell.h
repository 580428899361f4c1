#pragma once

#include <string>
#include <vector>

#include "causeway/v1/link.pb.h"

namespace causeway::test::matrix {

// One meeting of the edge with a peer: what each of them wants and has.

enum class Role { receiver, initiator };  // the edge's

// How the connection is made. `direct` is TLS from the first byte on: to the port that takes
// STARTTLS too, or to one that takes nothing else. As initiator the edge finds the one in the DNS
// as _xmpp-server, the other as _xmpps-server.
enum class Transport { starttls, direct, direct_port };

enum class PeerTls { required, optional, off };

enum class Certificate {  // the peer's; all but `none` could be shown in a handshake
  valid,                  // names the domain as dNSName; for server and client
  none,
  expired,
  not_yet_valid,
  wrong_name,
  self_signed,
  unknown_ca,
  server_auth_only,
  client_auth_only,
  srv_id_only,
  xmpp_addr_only,
  wildcard,
  cn_only,
};

// Whether it believes what we, or its own domain's server, can show.
enum class Word {
  yes,
  // Edge as initiator: our certificate is refused, a key that is right is accepted. As receiver:
  // the authoritative server says that the peer's key is none.
  no,
  // As initiator: neither. As receiver: the authoritative server hangs up.
  never,
};

struct Cell {
  Role role;
  v1::Negotiation tls;  // the partner's settings in the edge
  v1::Negotiation sasl;
  bool dialback;
  Transport transport;
  PeerTls peer_tls;
  Certificate certificate;
  bool peer_dialback;
  Word word;
  // As initiator it sends its key first, even where EXTERNAL is offered (XEP-0344).
  bool prefers_dialback = false;
};

inline constexpr int kCertificates = 13;

// Every combination, in an order that keeps the edge's settings and the peer's TLS together.
std::vector<Cell> all_cells(Role role);

// "us: receiver, TLS Required, SASL Optional, dialback on; peer: ..."
std::string words(const Cell& cell);
std::string words(Certificate certificate);

}  // namespace causeway::test::matrix
