#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/ip/address.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "edge_proxy/dns/answer.h"
#include "edge_proxy/dns/resolver.h"

struct ares_channeldata;

namespace causeway::edge::dns {

// A c-ares channel driven by Asio: its sockets are waited for, its time-outs kept. c-ares cannot
// forget a single question: it answers each, at the latest when the channel goes.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  // c-ares's status, and the reply if there is one. Must not let the channel go.
  using Answered = absl::AnyInvocable<void(int status, std::string_view reply)>;

  explicit Channel(asio::any_io_executor executor);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Reads whom to ask; questions before that, or after a failure, fail.
  absl::Status open(const Settings& settings);

  void ask(const std::string& name, Type type, Answered answered);
  std::size_t under_way() const { return under_way_; }
  // What the hosts file says.
  std::vector<asio::ip::address> from_hosts_file(const std::string& name);
  // Answers every question with a failure; later ones, too.
  void close();

 private:
  struct Socket;
  struct Question;

  static void answered(void* question, int status, int timeouts, unsigned char* reply, int size);
  static void socket_changed(void* self, int descriptor, int readable, int writable);
  void watch(const std::shared_ptr<Socket>& socket, bool for_writing);
  void process(int readable, int writable);
  void set_timer();

  asio::any_io_executor executor_;
  ares_channeldata* ares_ = nullptr;
  std::size_t under_way_ = 0;
  asio::steady_timer timer_;
  absl::flat_hash_map<int, std::shared_ptr<Socket>> sockets_;
};

}  // namespace causeway::edge::dns
