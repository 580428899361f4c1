#include "frontend_gateway/sip/user_agent.h"

#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/sip/incoming.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/listeners.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/request.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::uint32_t kTransactionBuckets = 1 << 15;
constexpr std::uint32_t kConnectionBuckets = 1 << 8;

// For a next hop that is a name. Without servers only addresses can be reached.
Owned<dnsc> resolver(const std::vector<std::string>& name_servers) {
  sa servers[8];
  std::uint32_t count = std::size(servers);
  char domain[256];
  if (name_servers.empty()) {
    if (dns_srv_get(domain, sizeof domain, servers, &count) != 0) count = 0;
  } else {
    count = 0;
    for (const std::string& text : name_servers) {
      if (count < std::size(servers) && sa_decode(&servers[count], text.data(), text.size()) == 0)
        ++count;
    }
  }
  dnsc* client = nullptr;
  dnsc_alloc(&client, nullptr, servers, count);
  return Owned<dnsc>(client);
}

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

  void send(Request request, Answered answered) {
    if (requests_) return requests_->send(std::move(request), std::move(answered));
    answered({503, "Stopped", {}, true});
  }

 private:
  absl::Status open();

  const config::Sip settings_;
  const std::vector<Method> methods_;
  const Options options_;
  std::vector<std::string> listening_;
  Loop loop_;
  Owned<struct ::sip> stack_;
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
  return status;
}

absl::Status UserAgent::Impl::open() {
  struct ::sip* stack = nullptr;
  const Owned<dnsc> names = resolver(options_.name_servers);
  if (sip_alloc(&stack, names.get(), kTransactionBuckets, kTransactionBuckets, kConnectionBuckets,
                "Causeway", nullptr, nullptr) != 0) {
    return absl::ResourceExhaustedError("no memory for the SIP stack");
  }
  stack_.reset(stack);
  incoming_ = std::make_unique<Incoming>(
      stack, loop_, methods_, Incoming::Limits{settings_.message_bytes, settings_.pending},
      [this](Request request) { send(std::move(request), [](const Response&) {}); });
  requests_ = std::make_unique<Requests>(
      stack, loop_, Requests::Limits{settings_.pending, options_.answer_within});
  if (absl::Status status = incoming_->open(); !status.ok()) return status;
  auto addresses = open_listeners(stack, settings_);
  if (!addresses.ok()) return addresses.status();
  listening_ = *std::move(addresses);
  return requests_->aim(settings_.next_hop);
}

// libre's objects end in the loop's thread, before its loop does.
void UserAgent::Impl::close() {
  if (requests_) requests_->close();
  if (incoming_) incoming_->close();
  requests_.reset();
  incoming_.reset();
  if (stack_) sip_close(stack_.get(), true);
  stack_.reset();
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

void UserAgent::send(Request request, Answered answered) {
  impl_->send(std::move(request), std::move(answered));
}

}  // namespace causeway::gateway::sip
