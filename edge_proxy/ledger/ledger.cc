#include "edge_proxy/ledger/ledger.h"

#include <algorithm>
#include <utility>

namespace causeway::edge::ledger {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

Ledger::Key key_of(const v1::LiveStream& stream) {
  return {stream.direction(), stream.proof(), stream.tls_version()};
}

template <typename Domains>
void add_once(Domains& domains, std::string_view domain) {
  if (std::find(domains.begin(), domains.end(), domain) == domains.end())
    domains.Add(std::string(domain));
}

bool concerns(const v1::LiveStream& stream, std::string_view domain) {
  const auto& proved = stream.remote_domains();
  return domain.empty() || std::find(proved.begin(), proved.end(), domain) != proved.end();
}

bool is_later(const v1::StreamFailure& a, const v1::StreamFailure& b) {
  return std::pair(a.time().seconds(), a.time().nanos()) >
         std::pair(b.time().seconds(), b.time().nanos());
}

}  // namespace

// --- Page ---

Page::Page(Page&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)),
      id_(other.id_),
      counts_(std::move(other.counts_)) {}

Page& Page::operator=(Page&& other) noexcept {
  std::swap(ledger_, other.ledger_);
  std::swap(id_, other.id_);
  std::swap(counts_, other.counts_);
  return *this;
}

Page::~Page() {
  if (ledger_ != nullptr) ledger_->closed(id_);
}

void Page::count_in(std::uint64_t stanzas) {
  if (counts_) counts_->in.fetch_add(stanzas, kRelaxed);
}

void Page::count_out(std::uint64_t stanzas) {
  if (counts_) counts_->out.fetch_add(stanzas, kRelaxed);
}

void Page::set_unacknowledged(std::uint64_t stanzas) {
  if (counts_) counts_->unacknowledged.store(stanzas, kRelaxed);
}

void Page::set_bytes(std::uint64_t in, std::uint64_t out) {
  if (!counts_) return;
  counts_->bytes_in.store(in, kRelaxed);
  counts_->bytes_out.store(out, kRelaxed);
}

void Page::add_local(std::string_view domain) {
  if (ledger_ == nullptr) return;
  ledger_->change(id_, [&](v1::LiveStream& s) { add_once(*s.mutable_local_domains(), domain); });
}

void Page::add_remote(std::string_view domain) {
  if (ledger_ == nullptr) return;
  ledger_->change(id_, [&](v1::LiveStream& s) { add_once(*s.mutable_remote_domains(), domain); });
}

void Page::add_feature(std::string_view name) {
  if (ledger_ == nullptr) return;
  ledger_->change(id_, [&](v1::LiveStream& s) { add_once(*s.mutable_features(), name); });
}

// --- Ledger ---

Tally& Ledger::new_tally() { return tallies_.emplace_back(); }

Page Ledger::opened(v1::LiveStream stream) {
  Page page;
  page.ledger_ = this;
  page.counts_ = std::make_shared<Page::Counts>();
  const std::lock_guard lock(mutex_);
  page.id_ = ++last_id_;
  stream.set_id(page.id_);
  const Key key = key_of(stream);
  ++up_[key];
  ++established_[key];
  streams_.emplace_hint(streams_.end(), page.id_, Stream{std::move(stream), page.counts_});
  return page;
}

void Ledger::closed(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(id);
  --up_[key_of(found->second.facts)];
  streams_.erase(found);
}

template <typename Change>
void Ledger::change(std::uint64_t id, Change change) {
  const std::lock_guard lock(mutex_);
  change(streams_.at(id).facts);
}

void Ledger::failed(v1::StreamFailure failure, bool partner) {
  const std::lock_guard lock(mutex_);
  ++failed_[FailureKey{failure.direction(), failure.condition()}];
  if (!partner) return;
  auto& failures = page_of(failure.remote_domain()).failures[failure.direction()];
  failures.push_front(std::move(failure));
  if (failures.size() > limits_.failures) failures.pop_back();
}

// Made when there is none, and put first.
Ledger::Partner& Ledger::page_of(const std::string& domain) {
  if (const auto found = by_domain_.find(domain); found != by_domain_.end()) {
    partners_.splice(partners_.begin(), partners_, found->second);
    return partners_.front();
  }
  if (partners_.size() >= limits_.partners) {
    by_domain_.erase(partners_.back().domain);
    partners_.pop_back();
  }
  partners_.push_front({.domain = domain, .failures = {}});
  by_domain_.emplace(domain, partners_.begin());
  return partners_.front();
}

std::vector<v1::LiveStream> Ledger::streams(std::string_view domain) const {
  std::vector<v1::LiveStream> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, stream] : streams_) {
    if (!concerns(stream.facts, domain)) continue;
    v1::LiveStream& copy = out.emplace_back(stream.facts);
    copy.set_stanzas_in(stream.counts->in.load(kRelaxed));
    copy.set_stanzas_out(stream.counts->out.load(kRelaxed));
    copy.set_unacknowledged(stream.counts->unacknowledged.load(kRelaxed));
    copy.set_bytes_in(stream.counts->bytes_in.load(kRelaxed));
    copy.set_bytes_out(stream.counts->bytes_out.load(kRelaxed));
  }
  return out;
}

std::vector<v1::StreamFailure> Ledger::failures(std::string_view domain) const {
  std::vector<v1::StreamFailure> out;
  const std::lock_guard lock(mutex_);
  for (const Partner& partner : partners_) {
    if (!domain.empty() && partner.domain != domain) continue;
    for (const auto& failures : partner.failures)
      out.insert(out.end(), failures.begin(), failures.end());
  }
  std::stable_sort(out.begin(), out.end(), is_later);
  return out;
}

std::map<Ledger::Key, std::uint64_t> Ledger::up() const {
  const std::lock_guard lock(mutex_);
  return up_;
}

std::map<Ledger::Key, std::uint64_t> Ledger::established() const {
  const std::lock_guard lock(mutex_);
  return established_;
}

std::map<Ledger::FailureKey, std::uint64_t> Ledger::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

}  // namespace causeway::edge::ledger
