// Openfire runs a matrix of its own, of two servers with 18 settings each: how TLS is wanted, which
// certificate there is, whether dialback is allowed. Its two grids of outcomes must come out of our
// oracle, for us on either side.

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>

#include "tests/edge_proxy/matrix/oracle.h"

using namespace causeway;
using namespace causeway::test::matrix;

namespace {

// Rows initiate, columns receive; each disabled, optional, required TLS by no, an invalid, a valid
// certificate by dialback on, off. p: dialback in clear, t: dialback over TLS, E: EXTERNAL, .:
// none.
using Grid = const char* const[18];
constexpr Grid kStrict = {
    "p.p.p.p.p.p.......", "..................", "p.p.p.p.p.p.......", "..................",
    "p.p.p.p.p.p.......", "..................", "p.p.p.p...t.....t.", "..................",
    "p.p.p.p...........", "..................", "p.p.p.p...EE....EE", "..........EE....EE",
    "..........t.....t.", "..................", "..................", "..................",
    "..........EE....EE", "..........EE....EE",
};
constexpr Grid kLax = {
    "p.p.p.p.p.p.......", "..................", "p.p.p.p.p.p.......", "..................",
    "p.p.p.p.p.p.......", "..................", "p.p.p.p.t.t...t.t.", "..................",
    "p.p.p.p.t.t...t.t.", "..................", "p.p.p.p.t.EE..t.EE", "..........EE....EE",
    "........t.t...t.t.", "..................", "........t.t...t.t.", "..................",
    "........t.EE..t.EE", "..........EE....EE",
};

enum class Has { nothing, invalid, valid };

struct Side {
  PeerTls tls;
  Has certificate;
  bool dialback;

  explicit Side(int number)
      : tls(number < 6    ? PeerTls::off
            : number < 12 ? PeerTls::optional
                          : PeerTls::required),
        certificate(static_cast<Has>(number % 6 / 2)),
        dialback(number % 2 == 0) {}
};

v1::Negotiation negotiation(PeerTls tls) {
  return tls == PeerTls::required   ? v1::REQUIRED
         : tls == PeerTls::optional ? v1::OPTIONAL
                                    : v1::NOT_SUPPORTED;
}

// Openfire's INVALID is an expired one.
Certificate shown(Has certificate) {
  return certificate == Has::nothing   ? Certificate::none
         : certificate == Has::invalid ? Certificate::expired
                                       : Certificate::valid;
}

// Whether the two come to speak TLS: who has no certificate does not offer it.
bool speak_tls(const Side& initiator, const Side& receiver) {
  return initiator.tls != PeerTls::off && receiver.tls != PeerTls::off &&
         receiver.certificate != Has::nothing;
}

// What insists on certificates is, among our settings, SASL Required.
v1::Negotiation sasl(bool strict) { return strict ? v1::REQUIRED : v1::OPTIONAL; }

// We initiate. The peer's opinion of our certificate is its word on EXTERNAL; a strict one has
// nothing more to do with us when it is invalid.
Cell initiating(const Side& us, const Side& peer, bool strict) {
  const bool believed = us.certificate == Has::valid;
  const bool detested = strict && us.certificate == Has::invalid && speak_tls(us, peer);
  return {.role = Role::initiator,
          .tls = negotiation(us.tls),
          .sasl = sasl(strict),
          .dialback = us.dialback,
          .transport = Transport::starttls,
          .peer_tls = peer.tls,
          .certificate = shown(peer.certificate),
          .peer_dialback = peer.dialback,
          .word = believed   ? Word::yes
                  : detested ? Word::never
                             : Word::no};
}

// We receive; nothing when it does not depend on what we do. An edge has a certificate or does no
// TLS. A peer that does not believe ours hangs up if it is strict; else it shows none of its own.
std::optional<Cell> receiving(const Side& us, const Side& peer, bool strict) {
  if (us.certificate == Has::nothing && us.tls == PeerTls::required) return std::nullopt;
  const bool distrusted = us.certificate == Has::invalid && speak_tls(peer, us);
  if (distrusted && strict) return std::nullopt;
  return Cell{.role = Role::receiver,
              .tls = us.certificate == Has::nothing ? v1::NOT_SUPPORTED : negotiation(us.tls),
              .sasl = sasl(strict),
              .dialback = us.dialback,
              .transport = Transport::starttls,
              .peer_tls = peer.tls,
              .certificate = distrusted ? Certificate::none : shown(peer.certificate),
              .peer_dialback = peer.dialback,
              .word = Word::yes};
}

char letter(const std::optional<Cell>& cell) {
  if (!cell) return '.';
  switch (expected(*cell).proof) {
    case v1::StreamEvent::SASL_EXTERNAL:
      return 'E';
    case v1::StreamEvent::TLS_DIALBACK:
      return 't';
    case v1::StreamEvent::TCP_DIALBACK:
      return 'p';
    default:
      return '.';
  }
}

std::string name(int number) {
  const Side side(number);
  constexpr const char* kTls[] = {"req", "opt", "dis"};
  return std::string(kTls[static_cast<int>(side.tls)]) + "/" +
         "MIV"[static_cast<int>(side.certificate)] + "/" + (side.dialback ? "D" : "-");
}

// "opt/V/D > req/I/D: . t" for a cell that Openfire's grid has as '.' and our oracle as 't'.
std::set<std::string> differences(const Grid& grid, Role role, bool strict) {
  std::set<std::string> found;
  for (int i = 0; i != 18; ++i) {
    for (int r = 0; r != 18; ++r) {
      const char ours = letter(role == Role::initiator ? initiating(Side(i), Side(r), strict)
                                                       : receiving(Side(r), Side(i), strict));
      const char theirs = grid[i][r];
      if (ours != theirs) found.insert(name(i) + " > " + name(r) + ": " + theirs + " " + ours);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("Openfire's grid of lenient servers comes out of the oracle, on either side",
          "[matrix][openfire]") {
  CHECK(differences(kLax, Role::initiator, false) == std::set<std::string>{});
  CHECK(differences(kLax, Role::receiver, false) == std::set<std::string>{});
}

// Openfire's "strict" refuses a certificate that is shown and wrong, and goes on to dialback when
// none is shown. Lync's settings have no such switch: what is required is required, whatever is
// shown instead. So:
//   - TLS Required and SASL Required leave SASL alone (row 1: "dialback does not operate"), where
//     Openfire takes dialback from a peer that shows nothing;
//   - TLS Optional and SASL Required allow dialback over TLS (row 3), where Openfire refuses a peer
//     that shows a wrong certificate.
TEST_CASE("Openfire's grid of strict servers comes out of the oracle, but for what strict means",
          "[matrix][openfire]") {
  CHECK(differences(kStrict, Role::initiator, true) == std::set<std::string>{
                                                           "req/M/D > opt/V/D: t .",
                                                           "req/M/D > req/V/D: t .",
                                                           "opt/M/D > opt/I/D: . t",
                                                           "opt/M/D > req/I/D: . t",
                                                           "opt/V/D > opt/I/D: . t",
                                                           "opt/V/D > req/I/D: . t",
                                                       });
  CHECK(differences(kStrict, Role::receiver, true) == std::set<std::string>{
                                                          "opt/M/D > req/V/D: t .",
                                                          "req/M/D > req/V/D: t .",
                                                          "opt/I/D > opt/V/D: . t",
                                                          "req/I/D > opt/V/D: . t",
                                                      });
}
