#include "edge_proxy/dns/resolver.h"

#include <ares.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/dns/reply.h"
#include "common/log/log.h"
#include "edge_proxy/dns/cache.h"
#include "edge_proxy/dns/channel.h"
#include "edge_proxy/dns/servers.h"

namespace causeway::edge::dns {
namespace {

using Clock = Answer::Clock;
using Addresses = std::vector<asio::ip::address>;

constexpr std::chrono::seconds kHostsFile{10};  // how long its word is kept

// --- What an answer comes to ---

std::string about(const std::string& name, Type type, const char* what) {
  return absl::StrCat(name, type == Type::srv ? " SRV: " : ": ", what);
}

Answer failure(Failure kind, std::string words) {
  Answer answer;
  answer.failure = kind;
  answer.words = std::move(words);
  return answer;
}

asio::ip::address as_asio(const causeway::dns::Address& from) {
  const auto copied = [&from](auto octets) {
    std::copy_n(from.octets.begin(), octets.size(), octets.begin());
    return octets;
  };
  if (from.v6) return asio::ip::address_v6(copied(asio::ip::address_v6::bytes_type()));
  return asio::ip::address_v4(copied(asio::ip::address_v4::bytes_type()));
}

Answer from_reply(const std::string& name, Type type, causeway::dns::Reply reply,
                  const Settings& settings) {
  const bool found = !reply.services.empty() || !reply.addresses.empty();
  const auto longest = found ? settings.longest_ttl : settings.longest_negative_ttl;
  Answer answer;
  if (!found) {
    const int status = reply.rcode == 0 ? ARES_ENODATA : ARES_ENOTFOUND;
    answer = failure(Failure::not_found, about(name, type, ares_strerror(status)));
  }
  answer.services = std::move(reply.services);
  for (const causeway::dns::Address& each : reply.addresses)
    answer.addresses.push_back(as_asio(each));
  if (reply.ttl) answer.expires = Clock::now() + std::min(*reply.ttl, longest);
  return answer;
}

// What the domain itself says may be kept; all else may pass.
Answer judge(const std::string& name, Type type, int status, std::string_view bytes,
             const Settings& settings) {
  const bool word_of_the_domain = status == ARES_SUCCESS || status == ARES_ENOTFOUND ||
                                  status == ARES_ENODATA || status == ARES_EBADNAME;
  if (!word_of_the_domain) {
    return failure(Failure::failed, about(name, type, ares_strerror(status)));
  }
  if (bytes.empty()) return failure(Failure::not_found, about(name, type, ares_strerror(status)));
  absl::StatusOr<causeway::dns::Reply> reply = causeway::dns::parse_reply(bytes);
  if (!reply.ok()) {
    const std::string why(reply.status().message());
    return failure(Failure::failed, about(name, type, absl::StrCat("bad reply: ", why).c_str()));
  }
  return from_reply(name, type, *std::move(reply), settings);
}

Answer local(const std::string& name, Type type, const Addresses& known) {
  Answer answer;
  for (const asio::ip::address& address : known) {
    if (address.is_v4() == (type == Type::a)) answer.addresses.push_back(address);
  }
  if (answer.addresses.empty()) {
    answer = failure(Failure::not_found, about(name, type, ares_strerror(ARES_ENODATA)));
  }
  answer.expires = Clock::now() + kHostsFile;
  return answer;
}

Addresses from_literal(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::error_code not_one;
  const asio::ip::address address = asio::ip::make_address(host, not_one);
  return not_one ? Addresses{} : Addresses{address};
}

// --- resolv.conf ---

// What tells one version of a file from another.
struct Version {
  timespec changed{};
  ino_t inode = 0;
  friend bool operator==(const Version& a, const Version& b) {
    return a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec &&
           a.inode == b.inode;
  }
};

Version version_of(const std::string& file) {
  struct stat now {};
  if (stat(file.c_str(), &now) != 0) return {};
  return {now.st_mtim, now.st_ino};
}

absl::Status readable(const std::string& file) {
  if (access(file.c_str(), R_OK) == 0 || errno == ENOENT) return absl::OkStatus();
  const std::string why = std::error_code(errno, std::generic_category()).message();
  return absl::PermissionDeniedError(absl::StrCat("dns: ", file, " cannot be read: ", why));
}

// A question under way, and those who wait for it.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor)
      : news(executor, asio::steady_timer::time_point::max()) {}
  Known answer;
  asio::steady_timer news;  // never expires; its cancellation is the news
};

asio::awaitable<Known> answered(std::shared_ptr<Pending> pending) {
  std::error_code ended;
  if (!pending->answer) {
    co_await pending->news.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  if (!pending->answer) throw asio::system_error(asio::error::operation_aborted);
  co_return pending->answer;
}

ledger::Lookup outcome_of(const Answer& answer) {
  if (!answer.failure) return ledger::Lookup::found;
  return answer.failure == Failure::not_found ? ledger::Lookup::not_found : ledger::Lookup::failed;
}

asio::awaitable<Known> at_once(Known answer) { co_return answer; }

}  // namespace

class Resolver::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, Settings settings)
      : executor_(std::move(executor)),
        settings_(std::move(settings)),
        cache_(settings_.cache_entries) {}

  absl::Status open();
  void close();
  Known known(const std::string& name, Type type);
  std::shared_ptr<Pending> ask(const std::string& name, Type type);

 private:
  using Key = std::pair<std::string, Type>;

  void count(ledger::Lookup outcome) {
    if (settings_.tally) settings_.tally->lookups[outcome].add();
  }
  absl::Status read_servers();
  void read_servers_again();
  Channel& channel();

  const asio::any_io_executor executor_;
  const Settings settings_;
  Cache cache_;
  std::shared_ptr<Channel> channel_;
  std::vector<std::shared_ptr<Channel>> earlier_;  // with questions under way
  Version version_;
  Clock::time_point checked_;
  absl::flat_hash_map<Key, std::shared_ptr<Pending>> under_way_;
};

absl::Status Resolver::Impl::open() {
  if (settings_.servers.empty()) {
    if (absl::Status status = readable(settings_.resolv_conf); !status.ok()) return status;
  }
  return read_servers();
}

void Resolver::Impl::close() {
  for (const auto& earlier : earlier_) earlier->close();
  if (channel_) channel_->close();
}

absl::Status Resolver::Impl::read_servers() {
  const Version version = version_of(settings_.resolv_conf);
  auto channel = std::make_shared<Channel>(executor_);
  if (absl::Status status = channel->open(settings_); !status.ok()) return status;
  if (channel_) earlier_.push_back(std::move(channel_));
  channel_ = std::move(channel);
  version_ = version;
  checked_ = Clock::now();
  return absl::OkStatus();
}

void Resolver::Impl::read_servers_again() {
  checked_ = Clock::now();
  if (version_of(settings_.resolv_conf) == version_) return;
  absl::Status status = readable(settings_.resolv_conf);
  if (status.ok()) status = read_servers();
  if (!status.ok()) {
    log::warning("dns.not_reloaded", "The name servers stay as they were.",
                 {{"reason", std::string(status.message())}});
  }
}

Channel& Resolver::Impl::channel() {
  std::erase_if(earlier_, [](const auto& earlier) { return earlier->under_way() == 0; });
  if (settings_.servers.empty() && Clock::now() - checked_ >= settings_.resolv_conf_check) {
    read_servers_again();
  }
  return *channel_;
}

// What needs no question.
Known Resolver::Impl::known(const std::string& name, Type type) {
  const Clock::time_point now = Clock::now();
  if (Known cached = cache_.find(name, type, now)) {
    count(ledger::Lookup::cached);
    return cached;
  }
  if (!channel_) {
    return std::make_shared<Answer>(
        failure(Failure::failed, about(name, type, "no name server is known")));
  }
  if (type == Type::srv) return nullptr;
  Addresses addresses = from_literal(name);
  if (addresses.empty()) addresses = channel_->from_hosts_file(name);
  if (addresses.empty()) return nullptr;
  auto answer = std::make_shared<const Answer>(local(name, type, addresses));
  cache_.keep(name, type, answer, now);
  return answer;
}

std::shared_ptr<Pending> Resolver::Impl::ask(const std::string& name, Type type) {
  const Key key(name, type);
  if (const auto same = under_way_.find(key); same != under_way_.end()) return same->second;
  const auto pending = std::make_shared<Pending>(executor_);
  under_way_.emplace(key, pending);
  const auto settle = [weak = weak_from_this(), pending, key](int status, std::string_view reply) {
    const std::shared_ptr<Impl> self = weak.lock();
    if (!self) {
      pending->answer = std::make_shared<Answer>(
          failure(Failure::failed, about(key.first, key.second, ares_strerror(status))));
    } else {
      pending->answer =
          std::make_shared<Answer>(judge(key.first, key.second, status, reply, self->settings_));
      self->cache_.keep(key.first, key.second, pending->answer, Clock::now());
      self->count(outcome_of(*pending->answer));
      self->under_way_.erase(key);
    }
    pending->news.cancel();
  };
  channel().ask(name, type, settle);
  return pending;
}

Resolver::Resolver(asio::any_io_executor executor, Settings settings)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings))) {}

Resolver::~Resolver() { impl_->close(); }

absl::Status Resolver::open() { return impl_->open(); }

asio::awaitable<Known> Resolver::look_up(std::string name, Type type) {
  absl::AsciiStrToLower(&name);
  if (Known known = impl_->known(name, type)) return at_once(std::move(known));
  return answered(impl_->ask(name, type));
}

}  // namespace causeway::edge::dns
