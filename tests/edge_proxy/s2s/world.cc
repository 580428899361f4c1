#include "tests/edge_proxy/s2s/world.h"

#include <stdexcept>
#include <thread>
#include <utility>

#include "common/stanza/conditions.h"

namespace causeway::test {

World::World() : ca_(directory_.path(), "Test CA") {
  files_["contoso.example"] = ca_.issue({.common_name = "edge", .dns = {"contoso.example"}});
  files_["good"] = ca_.issue({.common_name = "good", .dns = {"fabrikam.example"}});
  files_["other"] = ca_.issue({.common_name = "other", .dns = {"other.example"}});
  files_["untrusted"] =
      self_signed(directory_.path(), {.common_name = "untrusted", .dns = {"fabrikam.example"}});
  for (const auto& entry : files_) {
    auto context = edge::tls::Context::load({.certificate = entry.second.certificate_file,
                                             .private_key = entry.second.private_key_file,
                                             .trust_anchors = ca_.certificate_file()});
    if (!context.ok()) throw std::runtime_error(std::string(context.status().message()));
    contexts_[entry.first] = *std::move(context);
  }
}

std::shared_ptr<const edge::tls::Context> World::peer(const std::string& certificate) const {
  return contexts_.at(certificate);
}

edge::config::Config World::config(const std::string& certificate) const {
  edge::config::Config config;
  config.xmpp.listen = {"127.0.0.1:0"};
  config.xmpp.io_threads = 1;
  config.xmpp.certificate = files_.at(certificate).certificate_file;
  config.xmpp.private_key = files_.at(certificate).private_key_file;
  config.xmpp.trust_anchors = ca_.certificate_file();
  config.dns.servers = {"127.0.0.1:1"};
  config.limits.closing = std::chrono::seconds(1);
  // One host is every peer here.
  config.limits.connections_burst_per_address = 1'000'000;
  config.limits.unauthenticated_streams_per_network = config.limits.unauthenticated_streams;
  config.limits.dialback = std::chrono::seconds(1);
  config.limits.stanza_bytes = 20000;
  config.limits.dialback_failure_memory = std::chrono::seconds(0);  // one domain, many ways to fail
  return config;
}

edge::s2s::Federation::Uplink Gathered::uplink() {
  return {.submit =
              [this](std::vector<causeway::link::Delivery> deliveries) {
                const absl::MutexLock lock(&mutex_);
                for (causeway::link::Delivery& delivery : deliveries) {
                  submitted_.push_back(delivery.stanza.id());
                  held_.push_back(std::move(delivery.receipt));
                  if (!holds_) held_.back().taken();
                }
              },
          .congested = [] { return false; },
          .report =
              [this](v1::StreamEvent event) {
                const absl::MutexLock lock(&mutex_);
                events_.push_back(std::move(event));
              }};
}

void Gathered::settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) {
  const absl::MutexLock lock(&mutex_);
  settled_[sequence] += refusal ? std::string(stanza::wire_name(refusal->condition())) : "taken";
}

void Gathered::hold() {
  const absl::MutexLock lock(&mutex_);
  holds_ = true;
}

void Gathered::take(std::size_t index) {
  causeway::link::Receipt receipt;
  {
    const absl::MutexLock lock(&mutex_);
    receipt = std::move(held_.at(index));
  }
  receipt.taken();
}

std::vector<std::string> Gathered::submitted() const {
  const absl::MutexLock lock(&mutex_);
  return submitted_;
}

std::string Gathered::settled(std::uint64_t sequence) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = settled_.find(sequence);
  return found == settled_.end() ? "" : found->second;
}

std::size_t Gathered::settled_count() const {
  const absl::MutexLock lock(&mutex_);
  return settled_.size();
}

std::vector<v1::StreamEvent> Gathered::events(v1::StreamEvent::Kind kind) const {
  const absl::MutexLock lock(&mutex_);
  std::vector<v1::StreamEvent> out;
  for (const v1::StreamEvent& event : events_) {
    if (event.kind() == kind) out.push_back(event);
  }
  return out;
}

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

causeway::link::Delivery message(const std::shared_ptr<Gathered>& settler, std::uint64_t sequence,
                                 const std::string& from, const std::string& to) {
  causeway::link::Delivery delivery;
  v1::Stanza& stanza = delivery.stanza;
  stanza.mutable_from()->set_local("ann");
  stanza.mutable_from()->set_domain(from);
  stanza.mutable_to()->set_local("bob");
  stanza.mutable_to()->set_domain(to);
  stanza.set_id("out" + std::to_string(sequence));
  stanza.mutable_message()->add_bodies()->set_text("Hello");
  delivery.receipt = causeway::link::Receipt(settler, sequence);
  return delivery;
}

}  // namespace causeway::test
