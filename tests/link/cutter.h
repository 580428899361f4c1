#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace causeway::test {

// A TCP connection's way through a place where it can be cut: listens on a port of its own and
// joins each connection with one to `target`.
class Cutter {
 public:
  explicit Cutter(int target);
  ~Cutter();

  int port() const { return port_; }
  void cut();                // every connection, now
  void lead_to(int target);  // new connections; 0: they are closed at once
  // How many were ever made.
  int connections() const { return connections_; }

 private:
  void accept_all();
  void pump(int from, int to);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> target_;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace causeway::test
