#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/name_server/message.h"

namespace causeway::test {

// A name server over UDP on loopback, on the test's own io_context: it answers from a list of
// records, or as it is told to.
class NameServer {
 public:
  // Makes the reply to a question; empty: silence.
  using Reply = std::function<std::string(const std::string& question)>;

  explicit NameServer(asio::io_context& io,
                      asio::ip::udp::endpoint at = {asio::ip::address_v4::loopback(), 0});
  NameServer(asio::io_context& io, Reply reply);

  std::string address() const;  // "127.0.0.1:4711"
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

  // Names that have no record do not exist; all of them are in one zone.
  void add(Record record) { records_.push_back(std::move(record)); }
  void clear() { records_.clear(); }
  void fail(const std::string& name) { failing_.insert(name); }  // SERVFAIL
  void be_silent(const std::string& name) { silent_.insert(name); }
  void answer_again(const std::string& name) {
    failing_.erase(name);
    silent_.erase(name);
  }

  int asked() const { return static_cast<int>(questions_.size()); }
  int asked(const std::string& name) const;

 private:
  NameServer(asio::io_context& io, asio::ip::udp::endpoint at, Reply reply);

  void receive();
  std::string from_records(const std::string& message) const;

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  std::array<char, 2048> buffer_;
  Reply reply_;
  std::vector<Record> records_;
  std::set<std::string> failing_;
  std::set<std::string> silent_;
  std::vector<std::string> questions_;  // their names
};

}  // namespace causeway::test
