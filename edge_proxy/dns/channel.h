#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge_proxy/dns/resolver.h"

struct ares_channeldata;

namespace causeway::edge::dns {

// One question and its answer, held by who waits for it and by c-ares, which cannot forget a single
// question: when the one who waits is cancelled, the answer still comes and falls to the ground.
class Question {
 public:
  Question(asio::any_io_executor executor, std::string name, int type);

  void answer(int status, const unsigned char* reply, int size);
  // Until there is an answer. Throws operation_aborted if the caller is cancelled.
  asio::awaitable<void> answered();

  const std::string& name() const { return name_; }
  int type() const { return type_; }
  int status() const { return status_; }  // c-ares's
  const std::vector<unsigned char>& reply() const { return reply_; }

 private:
  std::string name_;
  int type_;
  bool answered_ = false;
  int status_ = 0;
  std::vector<unsigned char> reply_;
  asio::steady_timer news_;  // never expires; its cancellation is the news
};

// A c-ares channel driven by Asio: its sockets are waited for, its time-outs kept.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(asio::any_io_executor executor, const Settings& settings);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::shared_ptr<Question> ask(const std::string& name, int type);
  // What the hosts file says.
  std::vector<asio::ip::address> from_hosts_file(const std::string& name);
  // Answers every question with a failure; later ones, too.
  void close();

 private:
  struct Socket;

  static void socket_changed(void* self, int descriptor, int readable, int writable);
  void watch(const std::shared_ptr<Socket>& socket, bool for_writing);
  void process(int readable, int writable);
  void set_timer();

  asio::any_io_executor executor_;
  ares_channeldata* ares_ = nullptr;
  asio::steady_timer timer_;
  absl::flat_hash_map<int, std::shared_ptr<Socket>> sockets_;
};

}  // namespace causeway::edge::dns
