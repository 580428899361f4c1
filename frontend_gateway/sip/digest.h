#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::gateway::sip {

// Digest authentication as a client (RFC 3261 section 22, RFC 8760): what answers a challenge.

struct Credentials {
  std::string realm;  // empty: of every challenge
  std::string username;
  std::string password;
};

enum class DigestAlgorithm { md5, sha256 };

struct Challenge {
  bool proxy = false;  // Proxy-Authenticate
  std::string realm;
  std::string nonce;
  std::optional<std::string> opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  std::string algorithm_word{};  // as the challenge spells it; empty: it does not
  bool auth = false;             // qop=auth is offered; else RFC 2069's way
  bool stale = false;
};

// `value` of a WWW-Authenticate or Proxy-Authenticate. Nothing for another scheme, an algorithm we
// do not have, a qop other than auth, or what is none. Pure.
std::optional<Challenge> parse_challenge(std::string_view value, bool proxy);

// The header that answers it, without CRLF. Pure.
std::string authorization(const Challenge& challenge, const Credentials& credentials,
                          std::string_view method, std::string_view uri, std::uint32_t count,
                          std::string_view cnonce);

// What is known of the challenges of one route: the last of each realm, so that the next request
// answers it unasked.
class Challenges {
 public:
  // Takes the challenges of one response, the first of each realm that can be answered (RFC 8760
  // section 2.4). False: nothing new was asked; the credentials were shown and refused.
  // `shown`: the nonces that the request has answered.
  bool take(std::span<const Challenge> offered, const Credentials& credentials,
            std::span<const std::string> shown);
  bool empty() const { return known_.empty(); }
  // The headers for a request, each with its CRLF; `shown` gets their nonces.
  std::string answers(const Credentials& credentials, std::string_view method, std::string_view uri,
                      std::vector<std::string>& shown);

 private:
  struct Known {
    Challenge challenge;
    std::uint32_t count = 0;
  };
  std::vector<Known> known_;
};

}  // namespace causeway::gateway::sip
