#include "frontend_gateway/sip/user_agent.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/sip/incoming.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/listeners.h"
#include "frontend_gateway/sip/locator.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/names.h"
#include "frontend_gateway/sip/request.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/tls.h"
#include "frontend_gateway/sip/trust.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::uint32_t kTransactionBuckets = 1 << 15;
constexpr std::uint32_t kConnectionBuckets = 1 << 8;
constexpr std::chrono::seconds kCertificates{10};  // between looks at whether they have changed

}  // namespace

std::string_view IncomingRequest::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

class UserAgent::Impl {
 public:
  Impl(const config::Sip& settings, std::vector<Method> methods, Options options)
      : settings_(settings), methods_(std::move(methods)), options_(std::move(options)) {}
  ~Impl() { close(); }

  absl::Status start();
  void close();

  Loop& loop() { return loop_; }
  const std::vector<std::string>& listening() const { return listening_; }

  std::vector<NextHop> next_hops() const {
    return requests_ ? requests_->next_hops() : std::vector<NextHop>();
  }
  std::uint64_t strangers() const { return incoming_ ? incoming_->strangers() : 0; }
  void send(Request request, Answered answered) {
    if (requests_) return requests_->send(std::move(request), std::move(answered));
    answered({503, "Stopped", {}, true});
  }

 private:
  absl::Status open();
  void reload_certificates();

  const config::Sip settings_;
  const std::vector<Method> methods_;
  const Options options_;
  std::vector<std::string> listening_;
  Loop loop_;
  Owned<struct ::sip> stack_;
  std::unique_ptr<Tls> tls_;
  std::unique_ptr<Names> names_;
  std::unique_ptr<Locator> locator_;
  std::unique_ptr<Incoming> incoming_;
  std::unique_ptr<Requests> requests_;
};

absl::Status UserAgent::Impl::start() {
  absl::Status status = loop_.open();
  if (status.ok()) status = open();
  if (!status.ok()) {
    close();
    return status;
  }
  std::string addresses;
  for (const std::string& address : listening_)
    append(addresses, {addresses.empty() ? "" : " ", address});
  log::info("sip.listening", "SIP requests are taken.",
            {{"addresses", addresses}, {"next_hop", settings_.next_hop}});
  if (settings_.trusted_peers.empty()) {
    log::warning("sip.trusts_everyone",
                 "sip.trusted_peers is empty: requests are taken from everybody who reaches a "
                 "listener.");
  }
  return status;
}

absl::Status UserAgent::Impl::open() {
  struct ::sip* stack = nullptr;
  if (sip_alloc(&stack, nullptr, kTransactionBuckets, kTransactionBuckets, kConnectionBuckets,
                "Causeway", nullptr, nullptr) != 0) {
    return absl::ResourceExhaustedError("no memory for the SIP stack");
  }
  stack_.reset(stack);
  const auto secure = [](const std::string& text) { return text.starts_with("tls:"); };
  if (std::ranges::any_of(settings_.listen, secure)) {
    auto tls = Tls::open(settings_.certificate, settings_.certificate_authority);
    if (!tls.ok()) return tls.status();
    tls_ = *std::move(tls);
    reload_certificates();
  }
  names_ = std::make_unique<Names>(loop_, options_.name_servers);
  if (absl::Status status = names_->open(); !status.ok()) return status;
  locator_ = std::make_unique<Locator>(stack, *names_);
  incoming_ = std::make_unique<Incoming>(
      stack, loop_, methods_, Incoming::Limits{settings_.message_bytes, settings_.pending},
      Trust(settings_.trusted_peers),
      Incoming::Ours{
          .send = [this](Request request) { send(std::move(request), [](const Response&) {}); },
          .made = [this](std::string_view from_tag) { return requests_->made(from_tag); },
          .inviting = [this](const std::string& dialog) { return requests_->inviting(dialog); },
          .stray = [this](const sip_msg& response) { requests_->stray(response); }});
  requests_ = std::make_unique<Requests>(
      stack, loop_, *locator_, tls_.get(),
      Requests::Limits{settings_.pending, options_.answer_within, settings_.failover_after,
                       settings_.health_period, settings_.health_patience});
  if (absl::Status status = incoming_->open(); !status.ok()) return status;
  auto addresses = open_listeners(stack, settings_, tls_ ? tls_->context() : nullptr);
  if (!addresses.ok()) return addresses.status();
  listening_ = *std::move(addresses);
  return requests_->aim(settings_);
}

void UserAgent::Impl::reload_certificates() {
  loop_.after(kCertificates, [this] {
    tls_->reload_if_changed();
    reload_certificates();
  });
}

// libre's objects end in the loop's thread, before its loop does.
void UserAgent::Impl::close() {
  if (requests_) requests_->close();
  if (incoming_) incoming_->close();
  requests_.reset();
  incoming_.reset();
  locator_.reset();
  names_.reset();
  if (stack_) sip_close(stack_.get(), true);
  stack_.reset();
  tls_.reset();
  loop_.close();
}

UserAgent::UserAgent(const config::Sip& settings, std::vector<Method> methods)
    : UserAgent(settings, std::move(methods), Options()) {}

UserAgent::UserAgent(const config::Sip& settings, std::vector<Method> methods, Options options)
    : impl_(std::make_unique<Impl>(settings, std::move(methods), std::move(options))) {}

UserAgent::~UserAgent() = default;

absl::Status UserAgent::start() { return impl_->start(); }

const std::vector<std::string>& UserAgent::listening() const { return impl_->listening(); }

void UserAgent::run() {
  impl_->loop().run();
  impl_->close();
}

void UserAgent::stop() { impl_->loop().stop(); }

void UserAgent::post(Task task) { impl_->loop().post(std::move(task)); }

void UserAgent::after(std::chrono::milliseconds delay, Task task) {
  impl_->loop().after(delay, std::move(task));
}

std::vector<UserAgent::NextHop> UserAgent::next_hops() const { return impl_->next_hops(); }

std::uint64_t UserAgent::strangers() const { return impl_->strangers(); }

void UserAgent::send(Request request, Answered answered) {
  impl_->send(std::move(request), std::move(answered));
}

}  // namespace causeway::gateway::sip
