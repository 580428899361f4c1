#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "causeway/v1/link.pb.h"
#include "common/link/delivery.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/tls/context.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

// The certificates that all conversations share.
class World {
 public:
  World();
  // Of a peer: good, other, untrusted.
  std::shared_ptr<const edge::tls::Context> peer(const std::string& certificate) const;
  // Of an edge; listens on a port of the kernel's choice. Names: contoso.example and the above.
  edge::config::Config config(const std::string& certificate = "contoso.example") const;

 private:
  TemporaryDirectory directory_;
  Authority ca_;
  std::map<std::string, CertificateFiles> files_;
  std::map<std::string, std::shared_ptr<const edge::tls::Context>> contexts_;
};

// What an edge handed over, seen from other threads than its own.
class Gathered final : public causeway::link::Settler {
 public:
  edge::s2s::Federation::Uplink uplink();
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) override;

  // From now on what is submitted is not taken before take() says so, by its place in submitted().
  void hold();
  void take(std::size_t index);

  std::vector<std::string> submitted() const;  // ids
  // "taken", or the condition; empty as long as it is neither.
  std::string settled(std::uint64_t sequence) const;
  std::size_t settled_count() const;
  std::vector<v1::StreamEvent> events(v1::StreamEvent::Kind kind) const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> submitted_;
  std::vector<causeway::link::Receipt> held_;
  bool holds_ = false;
  std::map<std::uint64_t, std::string> settled_;
  std::vector<v1::StreamEvent> events_;
};

// Looks every few milliseconds until it is so; throws when that takes longer than the patience.
void wait_until(const std::function<bool()>& condition,
                std::chrono::milliseconds patience = std::chrono::seconds(10));

// A message to be delivered, whose receipt goes to `settler` under this number and is its id too.
causeway::link::Delivery message(const std::shared_ptr<Gathered>& settler, std::uint64_t sequence,
                                 const std::string& from, const std::string& to);

}  // namespace causeway::test
