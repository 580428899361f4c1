#include "frontend_gateway/sip/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::size_t kMostRealms = 8;  // of one route

std::string hashed(DigestAlgorithm algorithm, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const EVP_MD* method = algorithm == DigestAlgorithm::md5 ? EVP_md5() : EVP_sha256();
  if (EVP_Digest(text.data(), text.size(), digest, &size, method, nullptr) != 1) return {};
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<char*>(digest), size));
}

// name = token or quoted string; takes it, and the comma behind it, off the front of `rest`.
std::optional<std::pair<std::string, std::string>> take_pair(std::string_view& rest) {
  rest = trim(rest);
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string name(trim(rest.substr(0, equals)));
  rest = trim(rest.substr(equals + 1));
  std::string value;
  if (rest.starts_with("\"")) {
    std::size_t at = 1;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
      if (rest[at] == '\\' && ++at == rest.size()) return std::nullopt;
      value += rest[at];
    }
    if (at == rest.size()) return std::nullopt;
    rest = trim(rest.substr(at + 1));
  } else {
    value = trim(rest.substr(0, rest.find(',')));
    rest = rest.substr(std::min(rest.find(','), rest.size()));
  }
  if (!rest.empty() && !rest.starts_with(",")) return std::nullopt;
  if (!rest.empty()) rest.remove_prefix(1);
  if (!is_token(name)) return std::nullopt;
  return std::pair(name, value);
}

bool offers_auth(std::string_view options) {
  while (!options.empty()) {
    const std::string_view option = trim(options.substr(0, options.find(',')));
    if (same_name(option, "auth")) return true;
    options.remove_prefix(std::min(options.find(','), options.size() - 1) + 1);
  }
  return false;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string hex8(std::uint32_t count) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", count);
  return text;
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view value, bool proxy) {
  std::string_view rest = trim(value);
  if (rest.size() < 7 || !same_name(rest.substr(0, 6), "Digest") ||
      (rest[6] != ' ' && rest[6] != '\t'))
    return std::nullopt;
  rest = trim(rest.substr(7));
  Challenge challenge;
  challenge.proxy = proxy;
  bool realm = false, qop = false;
  while (!rest.empty()) {
    auto pair = take_pair(rest);
    if (!pair) return std::nullopt;
    auto& [name, text] = *pair;
    if (same_name(name, "realm")) {
      challenge.realm = text;
      realm = true;
    } else if (same_name(name, "nonce")) {
      challenge.nonce = text;
    } else if (same_name(name, "opaque")) {
      challenge.opaque = text;
    } else if (same_name(name, "stale")) {
      challenge.stale = same_name(text, "true");
    } else if (same_name(name, "qop")) {
      qop = true;
      challenge.auth = offers_auth(text);
    } else if (same_name(name, "algorithm")) {
      challenge.algorithm_word = text;
    }
  }
  const std::string& word = challenge.algorithm_word;
  if (same_name(word, "SHA-256")) {
    challenge.algorithm = DigestAlgorithm::sha256;
  } else if (!word.empty() && !same_name(word, "MD5")) {
    return std::nullopt;
  }
  if (!realm || challenge.nonce.empty() || (qop && !challenge.auth)) return std::nullopt;
  return challenge;
}

// RFC 7616 section 3.4.1, RFC 2069 without qop.
std::string authorization(const Challenge& challenge, const Credentials& credentials,
                          std::string_view method, std::string_view uri, std::uint32_t count,
                          std::string_view cnonce) {
  const auto hash = [&](std::string_view text) { return hashed(challenge.algorithm, text); };
  const std::string who =
      hash(concat({credentials.username, ":", challenge.realm, ":", credentials.password}));
  const std::string what = hash(concat({method, ":", uri}));
  const std::string middle =
      challenge.auth ? concat({":", hex8(count), ":", cnonce, ":auth:"}) : std::string(":");
  const std::string response = hash(concat({who, ":", challenge.nonce, middle, what}));

  std::string text(challenge.proxy ? "Proxy-Authorization" : "Authorization");
  append(text, {": Digest username=", quoted(credentials.username),
                ", realm=", quoted(challenge.realm), ", nonce=", quoted(challenge.nonce),
                ", uri=", quoted(uri), ", response=\"", response, "\""});
  if (!challenge.algorithm_word.empty()) append(text, {", algorithm=", challenge.algorithm_word});
  if (challenge.auth) append(text, {", cnonce=", quoted(cnonce), ", qop=auth, nc=", hex8(count)});
  if (challenge.opaque) append(text, {", opaque=", quoted(*challenge.opaque)});
  return text;
}

bool Challenges::take(std::span<const Challenge> offered, const Credentials& credentials,
                      std::span<const std::string> shown) {
  bool fresh = false;
  std::vector<std::pair<bool, std::string>> done;  // realms of this response
  for (const Challenge& challenge : offered) {
    const std::pair key(challenge.proxy, challenge.realm);
    const bool ours = credentials.realm.empty() || credentials.realm == challenge.realm;
    if (!ours || std::ranges::find(done, key) != done.end()) continue;
    done.push_back(key);
    const auto same = std::ranges::find_if(known_, [&](const Known& known) {
      return known.challenge.proxy == challenge.proxy && known.challenge.realm == challenge.realm;
    });
    const bool was_shown =
        same != known_.end() && std::ranges::find(shown, same->challenge.nonce) != shown.end();
    fresh = fresh || !was_shown || challenge.stale;
    if (same != known_.end()) {
      *same = Known{challenge};
    } else if (known_.size() < kMostRealms) {
      known_.push_back(Known{challenge});
    }
  }
  return fresh;
}

std::string Challenges::answers(const Credentials& credentials, std::string_view method,
                                std::string_view uri, std::vector<std::string>& shown) {
  std::string text;
  for (Known& known : known_) {
    char cnonce[17];
    std::snprintf(cnonce, sizeof cnonce, "%016llx", static_cast<unsigned long long>(rand_u64()));
    append(text, {authorization(known.challenge, credentials, method, uri, ++known.count, cnonce),
                  "\r\n"});
    shown.push_back(known.challenge.nonce);
  }
  return text;
}

}  // namespace causeway::gateway::sip
