#include "tests/edge_proxy/matrix/cell.h"

namespace causeway::test::matrix {
namespace {

constexpr v1::Negotiation kNegotiations[] = {v1::REQUIRED, v1::OPTIONAL, v1::NOT_SUPPORTED};
constexpr bool kBoth[] = {true, false};
constexpr PeerTls kPeerTls[] = {PeerTls::required, PeerTls::optional, PeerTls::off};
constexpr Word kWords[] = {Word::yes, Word::no, Word::never};

std::string words(v1::Negotiation negotiation) {
  switch (negotiation) {
    case v1::REQUIRED:
      return "Required";
    case v1::OPTIONAL:
      return "Optional";
    default:
      return "NotSupported";
  }
}

std::string words(Transport transport) {
  constexpr const char* kNames[] = {"STARTTLS", "direct TLS", "the port for direct TLS"};
  return kNames[static_cast<int>(transport)];
}

std::string words(PeerTls tls) {
  constexpr const char* kNames[] = {"required", "optional", "off"};
  return kNames[static_cast<int>(tls)];
}

std::string words(Word word) {
  constexpr const char* kNames[] = {"believed", "not believed", "never believed"};
  return kNames[static_cast<int>(word)];
}

std::vector<Transport> transports(Role role) {
  if (role == Role::initiator) return {Transport::starttls, Transport::direct};
  return {Transport::starttls, Transport::direct, Transport::direct_port};
}

void add(std::vector<Cell>& cells, Cell cell) {
  cells.push_back(cell);
  // Where nobody vouches for the key, it is the certificate that does.
  cell.prefers_dialback =
      cell.role == Role::receiver && cell.peer_dialback && cell.word == Word::never;
  if (cell.prefers_dialback) cells.push_back(cell);
}

}  // namespace

std::string words(Certificate certificate) {
  constexpr const char* kNames[] = {
      "valid",         "none",       "expired",         "not yet valid",   "wrong name",
      "self-signed",   "unknown CA", "serverAuth only", "clientAuth only", "SRV-ID only",
      "xmppAddr only", "wildcard",   "CN only"};
  return kNames[static_cast<int>(certificate)];
}

std::vector<Cell> all_cells(Role role) {
  std::vector<Cell> cells;
  for (const auto tls : kNegotiations)
    for (const auto sasl : kNegotiations)
      for (const bool dialback : kBoth)
        for (const PeerTls peer_tls : kPeerTls)
          for (const Transport transport : transports(role))
            for (int certificate = 0; certificate != kCertificates; ++certificate)
              for (const bool peer_dialback : kBoth)
                for (const Word word : kWords)
                  add(cells, {role, tls, sasl, dialback, transport, peer_tls,
                              static_cast<Certificate>(certificate), peer_dialback, word});
  return cells;
}

std::string words(const Cell& cell) {
  return std::string("us: ") + (cell.role == Role::receiver ? "receiver" : "initiator") + ", TLS " +
         words(cell.tls) + ", SASL " + words(cell.sasl) + ", dialback " +
         (cell.dialback ? "on" : "off") + "; over " + words(cell.transport) + "; peer: TLS " +
         words(cell.peer_tls) + ", certificate " + words(cell.certificate) + ", dialback " +
         (cell.prefers_dialback ? "first"
          : cell.peer_dialback  ? "on"
                                : "off") +
         ", " + words(cell.word);
}

}  // namespace causeway::test::matrix
