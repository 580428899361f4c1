#include "edge_proxy/s2s/federation.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "common/log/log.h"
#include "common/stanza/conditions.h"
#include "edge_proxy/s2s/certificates.h"
#include "edge_proxy/s2s/io_thread.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {

using asio::ip::tcp;
using causeway::link::Delivery;

class Federation::Impl {
 public:
  Impl(const config::Config& config, Uplink uplink);

  absl::Status start();
  absl::Status reload();
  void reload_if_due();
  void stop();
  void configure(const v1::Snapshot& snapshot);
  void send(std::vector<Delivery> deliveries);
  void send(v1::Stanza stanza);
  std::vector<std::string> addresses() const { return addresses_; }
  const ledger::Ledger& ledger() const { return ledger_; }
  std::vector<Use> use() const;
  bool listening() const;
  bool is_partner(const address::Domain& domain) const;
  std::vector<tls::Context::Expiry> certificates() const;
  std::size_t close(const std::string& domain);
  void retry(const std::string& domain);

 private:
  absl::Status load_again();
  void say_doubts(const Directory& directory);
  absl::Status bind(const std::string& address, Port port);
  void listen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::size_t owner(const Partner& partner) const;
  std::size_t owner(const v1::Stanza& stanza) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const config::Config config_;
  const Uplink uplink_;
  std::mutex loading_;  // the certificates; before mutex_
  Certificates certificates_;
  std::vector<Directory::Doubt> doubts_;  // of partners' own, and said
  const dialback::Secret own_secret_ = dialback::Secret::random();
  ledger::Ledger ledger_;
  ledger::Tally& tally_ = ledger_.new_tally();  // of what is sent from other threads
  Shared shared_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<std::string> addresses_;  // listened on
  mutable absl::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool listening_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Directory> directory_ ABSL_GUARDED_BY(mutex_);  // in force
};

namespace {

// "192.0.2.1:5269", "[2001:db8::1]:5269".
absl::StatusOr<tcp::endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(stream::cat("xmpp.listen: no port in ", text));
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError(stream::cat("xmpp.listen: no address in ", text));
  return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? stream::cat("[", address, "]:", endpoint.port())
                                    : stream::cat(address, ":", endpoint.port());
}

std::size_t thread_count(int setting) {
  if (setting > 0) return static_cast<std::size_t>(setting);
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Federation::Impl::Impl(const config::Config& config, Uplink uplink)
    : config_(config),
      uplink_(std::move(uplink)),
      certificates_(config_.xmpp),
      ledger_({.failures = config_.limits.remembered_failures,
               .partners = config_.limits.remembered_partners}),
      shared_{.config = config_,
              .uplink = uplink_,
              .admission = Admission(config_.limits),
              .governor = Governor(config_.limits),
              .ledger = ledger_,
              .tls = nullptr,
              .verifications = dialback::Quota(config_.limits),
              .heard_from =
                  [this](std::string_view remote) {
                    for (const auto& thread : threads_) thread->heard_from(std::string(remote));
                  },
              .answer = [this](v1::Stanza stanza) { send(std::move(stanza)); },
              .owner = [this](const Partner& partner) { return owner(partner); },
              .hand_over =
                  [this](std::size_t thread, std::unique_ptr<Session> session) {
                    threads_[thread]->adopt(std::move(session));
                  }} {}

absl::Status Federation::Impl::start() {
  const config::Xmpp& xmpp = config_.xmpp;
  absl::StatusOr<Certificates::ContextPtr> context = certificates_.load();
  if (!context.ok()) return context.status();
  shared_.tls = *std::move(context);

  for (std::size_t left = thread_count(xmpp.io_threads); left != 0; --left) {
    threads_.push_back(std::make_unique<IoThread>(shared_, threads_.size()));
    if (absl::Status status = threads_.back()->open(); !status.ok()) return status;
  }
  for (const std::string& address : xmpp.listen) {
    if (absl::Status status = bind(address, Port::any); !status.ok()) return status;
  }
  for (const std::string& address : xmpp.listen_direct_tls) {
    if (absl::Status status = bind(address, Port::direct_tls); !status.ok()) return status;
  }
  if (addresses_.empty()) return absl::UnavailableError("xmpp.listen: no address can be used");
  for (const auto& thread : threads_) thread->start();
  const absl::MutexLock lock(&mutex_);
  running_ = true;
  return absl::OkStatus();
}

absl::Status Federation::Impl::reload() {
  const std::lock_guard loading(loading_);
  return load_again();
}

void Federation::Impl::reload_if_due() {
  const std::lock_guard loading(loading_);
  if (certificates_.due(std::time(nullptr))) (void)load_again();  // the log has it
  std::shared_ptr<const Directory> directory;
  {
    const absl::ReaderMutexLock lock(&mutex_);
    directory = directory_;
  }
  if (directory != nullptr) say_doubts(*directory);
}

// Partners' own anchors come with the gateway's word, and become doubtful in their own time.
void Federation::Impl::say_doubts(const Directory& directory) {
  std::vector<Directory::Doubt> doubts = directory.doubts(std::time(nullptr));
  for (const Directory::Doubt& doubt : doubts) {
    if (std::binary_search(doubts_.begin(), doubts_.end(), doubt)) continue;
    log::warning("tls.doubtful", doubt.words, {{"partner", doubt.partner}});
  }
  doubts_ = std::move(doubts);
}

absl::Status Federation::Impl::load_again() {
  const absl::StatusOr<Certificates::ContextPtr> context = certificates_.load();
  if (!context.ok()) {
    log::error("tls.reload_failed", "Certificates cannot be loaded again; the old ones stay.",
               {{"reason", std::string(context.status().message())}});
    return context.status();
  }
  for (const auto& thread : threads_) thread->use(*context);
  {
    const absl::MutexLock lock(&mutex_);
    shared_.tls = *context;
  }
  log::info("tls.reloaded", "Certificates, trust anchors and revocation lists are loaded again.");
  return absl::OkStatus();
}

// Every thread gets a socket of its own; a port that the kernel chooses is chosen once.
absl::Status Federation::Impl::bind(const std::string& address, Port port) {
  absl::StatusOr<tcp::endpoint> endpoint = parse_endpoint(address);
  if (!endpoint.ok()) return endpoint.status();
  for (const auto& thread : threads_) {
    absl::StatusOr<tcp::endpoint> bound = thread->bind(*endpoint, port);
    if (absl::IsUnimplemented(bound.status())) {
      log::warning("s2s.address_ignored", "An address of xmpp.listen cannot be used on this host.",
                   {{"address", address}, {"reason", std::string(bound.status().message())}});
      return absl::OkStatus();
    }
    if (!bound.ok()) {
      return absl::Status(bound.status().code(),
                          stream::cat("xmpp.listen: ", address, ": ", bound.status().message()));
    }
    endpoint = *bound;
  }
  addresses_.push_back(to_text(*endpoint));
  return absl::OkStatus();
}

void Federation::Impl::configure(const v1::Snapshot& snapshot) {
  const auto directory = std::make_shared<const Directory>(snapshot, own_secret_);
  const std::lock_guard loading(loading_);
  say_doubts(*directory);
  const absl::MutexLock lock(&mutex_);
  if (!running_) return;
  const bool first = std::exchange(directory_, directory) == nullptr;
  if (first) listen();
  for (const auto& thread : threads_) thread->configure(directory);
}

// A thread that cannot listen leaves its share of the connections to the others.
void Federation::Impl::listen() {
  std::size_t deaf = 0;
  for (const auto& thread : threads_) {
    const absl::Status status = thread->listen();
    if (status.ok()) continue;
    ++deaf;
    log::error(
        "s2s.listen_failed", "A thread cannot listen on all of its addresses.",
        {{"addresses", absl::StrJoin(addresses_, " ")}, {"reason", std::string(status.message())}});
  }
  if (deaf == threads_.size()) return;
  listening_ = true;
  log::info("s2s.listening", "Streams are accepted.",
            {{"addresses", absl::StrJoin(addresses_, " ")}});
}

// All of a partner's domains belong to one thread: it keeps the order of each pair, and pairs of
// one partner can share a stream.
std::size_t Federation::Impl::owner(const Partner& partner) const {
  return TextHash{}(partner.domain.unicode()) % threads_.size();
}

// Who is no partner is refused, anywhere.
std::size_t Federation::Impl::owner(const v1::Stanza& stanza) const {
  const Partner* const partner =
      directory_ == nullptr ? nullptr : directory_->partner(stanza.to().domain());
  return partner == nullptr ? 0 : owner(*partner);
}

void Federation::Impl::send(std::vector<Delivery> deliveries) {
  const absl::ReaderMutexLock lock(&mutex_);
  if (!running_) return;  // each receipt says so
  std::vector<std::vector<Delivery>> shares(threads_.size());
  for (Delivery& delivery : deliveries) {
    shares[owner(delivery.stanza)].push_back(std::move(delivery));
  }
  for (std::size_t i = 0; i != shares.size(); ++i) {
    if (!shares[i].empty()) threads_[i]->send(std::move(shares[i]));
  }
}

void Federation::Impl::send(v1::Stanza stanza) {
  if (stanza.has_error()) tally_.incoming.refused[stanza.error().condition()].add();
  std::vector<Delivery> one;
  one.push_back(Delivery{.stanza = std::move(stanza), .receipt = {}});
  send(std::move(one));
}

std::vector<Federation::Use> Federation::Impl::use() const {
  return {{"limits.unauthenticated_streams", shared_.admission.strangers(),
           config_.limits.unauthenticated_streams},
          {"limits.dialback_verifications", shared_.verifications.under_way(),
           config_.limits.dialback_verifications},
          {"limits.queued_bytes", shared_.queued_bytes.load(), config_.limits.queued_bytes}};
}

std::vector<tls::Context::Expiry> Federation::Impl::certificates() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return shared_.tls->expiries();
}

bool Federation::Impl::listening() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return listening_ && running_;
}

bool Federation::Impl::is_partner(const address::Domain& domain) const {
  const absl::ReaderMutexLock lock(&mutex_);
  return directory_ != nullptr && directory_->partner(domain.unicode()) != nullptr;
}

std::size_t Federation::Impl::close(const std::string& domain) {
  const absl::ReaderMutexLock lock(&mutex_);
  if (!running_) return 0;
  const std::size_t count = ledger_.streams(domain).size();
  for (const auto& thread : threads_) thread->close(domain);
  return count;
}

void Federation::Impl::retry(const std::string& domain) {
  const absl::ReaderMutexLock lock(&mutex_);
  if (running_) shared_.heard_from(domain);
}

void Federation::Impl::stop() {
  {
    const absl::MutexLock lock(&mutex_);
    if (!std::exchange(running_, false)) return;
  }
  for (const auto& thread : threads_) thread->stop();
  for (const auto& thread : threads_) thread->join();
}

Federation::Federation(const config::Config& config, Uplink uplink)
    : impl_(std::make_unique<Impl>(config, std::move(uplink))) {}
Federation::~Federation() { impl_->stop(); }

absl::Status Federation::start() { return impl_->start(); }
absl::Status Federation::reload() { return impl_->reload(); }
void Federation::reload_if_due() { impl_->reload_if_due(); }
void Federation::stop() { impl_->stop(); }
void Federation::configure(std::shared_ptr<const v1::Snapshot> snapshot) {
  impl_->configure(*snapshot);
}
void Federation::send(std::vector<Delivery> deliveries) { impl_->send(std::move(deliveries)); }
void Federation::send(v1::Stanza stanza) { impl_->send(std::move(stanza)); }
std::vector<std::string> Federation::addresses() const { return impl_->addresses(); }
const ledger::Ledger& Federation::ledger() const { return impl_->ledger(); }
std::vector<Federation::Use> Federation::use() const { return impl_->use(); }
std::vector<tls::Context::Expiry> Federation::certificates() const { return impl_->certificates(); }
bool Federation::listening() const { return impl_->listening(); }
bool Federation::is_partner(const address::Domain& domain) const {
  return impl_->is_partner(domain);
}
std::size_t Federation::close(const address::Domain& domain) {
  return impl_->close(domain.unicode());
}
void Federation::retry(const address::Domain& domain) { impl_->retry(domain.unicode()); }

}  // namespace causeway::edge::s2s
