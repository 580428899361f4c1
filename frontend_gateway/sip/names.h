#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/dns/records.h"
#include "frontend_gateway/sip/loop.h"

struct ares_channeldata;

namespace causeway::gateway::sip {

// Questions to the name servers, by c-ares in libre's loop. In the loop's thread.
class Names {
 public:
  using Clock = std::chrono::steady_clock;
  struct Answer {
    std::vector<dns::SrvRecord> services;
    std::vector<dns::NaptrRecord> rules;
    std::vector<dns::Address> addresses;
    bool failed = false;  // no word of the domain's: SERVFAIL, silence, nonsense
    Clock::time_point expires{};
  };
  using Known = std::shared_ptr<const Answer>;
  using Answered = absl::AnyInvocable<void(Known)>;

  // `servers` as "127.0.0.1:53"; without any, those of resolv.conf, as it is at open().
  Names(Loop& loop, std::vector<std::string> servers);
  ~Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  absl::Status open();
  // Nobody is answered any more.
  void close();

  // `answered` may be called before this returns. The hosts file is asked first for addresses.
  void ask(const std::string& name, dns::Type type, Answered answered);

 private:
  using Key = std::pair<std::string, dns::Type>;
  struct Question;
  struct Socket;

  static void answered(void* question, int status, int timeouts, unsigned char* reply, int size);
  static void socket_changed(void* self, int descriptor, int readable, int writable);
  Known from_hosts_file(const Key& key);
  void keep(const Key& key, Known answer);
  void process(int readable, int writable);
  void arm();

  Loop& loop_;
  const std::vector<std::string> servers_;
  ares_channeldata* ares_ = nullptr;
  absl::flat_hash_map<Key, Known> known_;
  absl::flat_hash_map<Key, std::vector<Answered>> asking_;
  absl::flat_hash_map<int, std::unique_ptr<Socket>> sockets_;
  std::uint64_t armed_ = 0;  // only the last timer counts
};

}  // namespace causeway::gateway::sip
