#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "common/federation/negotiation.h"
#include "edge_proxy/dialback/key.h"
#include "edge_proxy/tls/anchors.h"

namespace causeway::edge::s2s {

// A snapshot made ready for use: whom we are, whom we speak with, and how. Immutable and shared by
// all threads; a new snapshot is a new Directory.

// One partner; its additional domains share it.
struct Partner {
  address::Domain domain;  // the primary one
  v1::Negotiation tls = v1::REQUIRED;
  federation::Verdict settings;  // which methods they leave
  bool keep_alive = true;
  std::uint32_t connection_limit = 0;
  std::string proxy;  // host or host:port, instead of the DNS's word
  // Whose certificates alone prove it; nullptr: those of the edge's own anchors.
  std::shared_ptr<const tls::Anchors> anchors;

  bool tls_required() const { return tls == v1::REQUIRED; }
  bool tls_supported() const { return tls != v1::NOT_SUPPORTED; }
  bool dialback_allowed(bool encrypted) const {
    return settings.allows(encrypted ? federation::Method::tls_dialback
                                     : federation::Method::tcp_dialback);
  }
  bool external_allowed() const { return settings.allows(federation::Method::sasl_over_tls); }
  bool allows(v1::StreamEvent::Proof proof) const;
};

// Look-ups by std::string_view, which Debian's Abseil does not take for one of its own.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

class Directory {
 public:
  // `fallback` makes the dialback keys when the snapshot has no passphrase. What is no domain in
  // the snapshot is left out, with a line in the log.
  Directory(const v1::Snapshot& snapshot, const dialback::Secret& fallback);

  // By the domain as Domain::unicode() has it.
  bool hosts(std::string_view domain) const { return hosted_.contains(domain); }
  // The partner a domain belongs to; nullptr when there is none. Lives as long as this Directory.
  const Partner* partner(std::string_view domain) const;

  // What an operator should hear about the partners' own anchors at this time, in seconds since
  // 1970; sorted.
  struct Doubt {
    std::string partner;
    std::string words;
    friend auto operator<=>(const Doubt&, const Doubt&) = default;
  };
  std::vector<Doubt> doubts(std::int64_t now) const;

  const dialback::Secret& secret() const { return secret_; }
  std::uint32_t connection_limit() const { return connection_limit_; }
  std::chrono::seconds establishment_timeout() const { return establishment_timeout_; }
  std::chrono::seconds inactivity_timeout() const { return inactivity_timeout_; }
  std::chrono::seconds keep_alive_interval() const { return keep_alive_interval_; }

 private:
  // Partners of one authority share what was made of its PEM: of the anchors and the lists.
  using AnchorsByPem =
      absl::flat_hash_map<std::pair<std::string, std::string>, std::shared_ptr<const tls::Anchors>>;

  void add(const v1::Partner& entry, std::uint32_t default_limit, AnchorsByPem& anchors);

  absl::flat_hash_set<std::string, TextHash, std::equal_to<>> hosted_;
  absl::flat_hash_map<std::string, std::shared_ptr<const Partner>, TextHash, std::equal_to<>>
      partners_;
  dialback::Secret secret_;
  std::uint32_t connection_limit_;
  std::chrono::seconds establishment_timeout_;
  std::chrono::seconds inactivity_timeout_;
  std::chrono::seconds keep_alive_interval_;
};

}  // namespace causeway::edge::s2s
