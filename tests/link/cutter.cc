#include "tests/link/cutter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace causeway::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  if (port == 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

Cutter::Cutter(int target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, raw, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, raw, &size) != 0)
    throw std::runtime_error("no port for a cutter");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Cutter::~Cutter() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  cut();
  for (std::thread& pump : pumps_) pump.join();
  for (int fd : sockets_) close(fd);
  close(listener_);
}

void Cutter::accept_all() {
  for (;;) {
    const int near = accept(listener_, nullptr, nullptr);
    if (near < 0) return;
    const int far = connect_to(target_);
    if (far < 0) {
      close(near);
      continue;
    }
    connections_ += 1;
    const std::lock_guard lock(mutex_);
    sockets_.insert(sockets_.end(), {near, far});
    pumps_.emplace_back([this, near, far] { pump(near, far); });
    pumps_.emplace_back([this, near, far] { pump(far, near); });
  }
}

void Cutter::pump(int from, int to) {
  char buffer[16384];
  for (;;) {
    const ssize_t count = recv(from, buffer, sizeof buffer, 0);
    if (count <= 0 || send(to, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
      break;
  }
  shutdown(from, SHUT_RDWR);
  shutdown(to, SHUT_RDWR);
}

void Cutter::cut() {
  const std::lock_guard lock(mutex_);
  for (int fd : sockets_) shutdown(fd, SHUT_RDWR);
}

void Cutter::lead_to(int target) { target_ = target; }

}  // namespace causeway::test
