#include "edge_proxy/dns/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>

#include <array>
#include <asio/this_coro.hpp>
#include <cstring>
#include <utility>

#include "edge_proxy/dns/channel.h"

namespace causeway::edge::dns {
namespace {

using Addresses = std::vector<asio::ip::address>;

constexpr std::size_t kMaxRecords = 64;  // more would be a way to keep us busy

// What the domain itself says; everything else may pass.
bool is_word_of_the_domain(int status) {
  return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

LookupError error_of(const Question& question, int status) {
  const char* const type = question.type() == ns_t_srv ? " SRV: " : ": ";
  return {is_word_of_the_domain(status) ? Failure::not_found : Failure::failed,
          question.name() + type + ares_strerror(status)};
}

int size_of(const Question& answer) { return static_cast<int>(answer.reply().size()); }

std::vector<SrvRecord> srv_records(const Question& answer) {
  ares_srv_reply* first = nullptr;
  int status = answer.status();
  if (status == ARES_SUCCESS) {
    status = ares_parse_srv_reply(answer.reply().data(), size_of(answer), &first);
  }
  const std::unique_ptr<ares_srv_reply, void (*)(void*)> owner(first, ares_free_data);
  std::vector<SrvRecord> records;
  for (const ares_srv_reply* next = first; next && records.size() < kMaxRecords;
       next = next->next) {
    records.push_back({next->priority, next->weight, next->port, next->host});
    std::string& target = records.back().target;
    if (!target.empty() && target.back() == '.') target.pop_back();
  }
  if (records.empty()) throw error_of(answer, status == ARES_SUCCESS ? ARES_ENODATA : status);
  return records;
}

// Adds the reply's addresses and returns c-ares's status.
int add_ipv6(const Question& answer, Addresses& into) {
  if (answer.status() != ARES_SUCCESS) return answer.status();
  std::array<ares_addr6ttl, kMaxRecords> found;
  int count = kMaxRecords;
  const int status =
      ares_parse_aaaa_reply(answer.reply().data(), size_of(answer), nullptr, found.data(), &count);
  if (status != ARES_SUCCESS) return status;
  for (int i = 0; i < count; ++i) {
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &found[i].ip6addr, bytes.size());
    into.emplace_back(asio::ip::address_v6(bytes));
  }
  return status;
}

int add_ipv4(const Question& answer, Addresses& into) {
  if (answer.status() != ARES_SUCCESS) return answer.status();
  std::array<ares_addrttl, kMaxRecords> found;
  int count = kMaxRecords;
  const int status =
      ares_parse_a_reply(answer.reply().data(), size_of(answer), nullptr, found.data(), &count);
  if (status != ARES_SUCCESS) return status;
  for (int i = 0; i < count; ++i) {
    asio::ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(), &found[i].ipaddr, bytes.size());
    into.emplace_back(asio::ip::address_v4(bytes));
  }
  return status;
}

// A failure of either question is the look-up's failure only if the other gave nothing; and then it
// weighs more than "there is none", which holds for one kind of address alone.
Addresses combined(const Question& aaaa, const Question& a) {
  Addresses addresses;
  const int six = add_ipv6(aaaa, addresses);
  const int four = add_ipv4(a, addresses);
  if (!addresses.empty()) return addresses;
  for (const int status : {six, four}) {
    if (status != ARES_SUCCESS && !is_word_of_the_domain(status)) throw error_of(a, status);
  }
  throw error_of(a, four == ARES_SUCCESS ? ARES_ENODATA : four);
}

Addresses from_literal(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::error_code not_one;
  const asio::ip::address address = asio::ip::make_address(host, not_one);
  return not_one ? Addresses{} : Addresses{address};
}

// The resolver may go while these wait: they refer to the channel alone.

asio::awaitable<std::vector<SrvRecord>> look_up_srv(std::shared_ptr<Channel> channel,
                                                    std::string name) {
  const std::shared_ptr<Question> question = channel->ask(name, ns_t_srv);
  channel.reset();
  co_await question->answered();
  co_return srv_records(*question);
}

asio::awaitable<Addresses> look_up_addresses(std::shared_ptr<Channel> channel, std::string host) {
  Addresses known = from_literal(host);
  if (known.empty()) known = channel->from_hosts_file(host);
  if (!known.empty()) co_return known;
  const std::shared_ptr<Question> aaaa = channel->ask(host, ns_t_aaaa);
  const std::shared_ptr<Question> a = channel->ask(host, ns_t_a);
  channel.reset();
  co_await aaaa->answered();
  co_await a->answered();
  co_return combined(*aaaa, *a);
}

}  // namespace

Resolver::Resolver(asio::any_io_executor executor, const Settings& settings)
    : channel_(std::make_shared<Channel>(std::move(executor), settings)) {}

Resolver::~Resolver() { channel_->close(); }

asio::awaitable<std::vector<SrvRecord>> Resolver::srv(std::string name) {
  return look_up_srv(channel_, std::move(name));
}

asio::awaitable<Addresses> Resolver::addresses(std::string host) {
  return look_up_addresses(channel_, std::move(host));
}

}  // namespace causeway::edge::dns
