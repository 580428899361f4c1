#include "tests/support/sip_peer/sip_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <stdexcept>

namespace causeway::test {
namespace {

using Clock = std::chrono::steady_clock;

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

sockaddr_in parsed(const std::string& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  const std::size_t colon = address.rfind(':');
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &result.sin_addr);
  result.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  return result;
}

std::string printed(const sockaddr_in& address) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(address.sin_port));
}

std::string own_address(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return printed(address);
}

bool readable(int fd, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd event{fd, POLLIN, 0};
  return poll(&event, 1, static_cast<int>(std::max<long>(left.count(), 0))) == 1;
}

int made(int fd) {
  if (fd < 0) throw std::runtime_error("no socket");
  return fd;
}

// What a test sends goes out when it sends it.
int prompt(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int bound(int type) {
  const int fd = made(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const sockaddr_in any = parsed("127.0.0.1:0");
  if (bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
    throw std::runtime_error("bind");
  return fd;
}

std::string unique(std::string_view kind) {
  static std::atomic<int> count{0};
  return std::string(kind) + std::to_string(getpid()) + "-" + std::to_string(++count);
}

}  // namespace

int SipMessage::status() const {
  return start_line.starts_with("SIP/2.0 ") ? std::atoi(start_line.c_str() + 8) : 0;
}

std::string SipMessage::method() const {
  return status() != 0 ? std::string() : start_line.substr(0, start_line.find(' '));
}

std::string SipMessage::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same(key, name)) return value;
  }
  return {};
}

std::optional<SipMessage> take_message(std::string& octets) {
  const std::size_t end = octets.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  SipMessage message;
  std::size_t at = octets.find("\r\n");
  message.start_line = octets.substr(0, at);
  while (at < end) {
    const std::size_t next = octets.find("\r\n", at + 2);
    const std::string line = octets.substr(at + 2, next - at - 2);
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    message.headers.emplace_back(line.substr(0, colon),
                                 value == std::string::npos ? "" : line.substr(value));
    at = next;
  }
  const std::string length = message.header("Content-Length");
  const std::size_t size = length.empty() ? octets.size() - end - 4 : std::stoul(length);
  if (octets.size() < end + 4 + size) return std::nullopt;
  message.body = octets.substr(end + 4, size);
  octets.erase(0, end + 4 + size);
  return message;
}

std::string SipRequest::text() const {
  std::string text = method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/" +
                     (via.empty() ? "UDP 127.0.0.1:9" : via) + ";rport;branch=z9hG4bK" +
                     (branch.empty() ? unique("b") : branch) +
                     "\r\nMax-Forwards: 70\r\nFrom: " + from + "\r\nTo: " + to +
                     "\r\nCall-ID: " + (call_id.empty() ? unique("c") : call_id) + "\r\nCSeq: 1 " +
                     method + "\r\n";
  for (const std::string& line : more) text += line + "\r\n";
  if (!content_type.empty()) text += "Content-Type: " + content_type + "\r\n";
  return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string response_to(const SipMessage& request, int status, std::string_view reason,
                        std::vector<std::string> more) {
  std::string text = "SIP/2.0 " + std::to_string(status) + " " + std::string(reason) + "\r\n";
  for (const auto& [name, value] : request.headers) {
    if (same(name, "Via") || same(name, "From") || same(name, "Call-ID") || same(name, "CSeq")) {
      text += name + ": " + value + "\r\n";
    } else if (same(name, "To")) {
      text += name + ": " + value + ";tag=answering\r\n";
    }
  }
  for (const std::string& line : more) text += line + "\r\n";
  return text + "Content-Length: 0\r\n\r\n";
}

SipSocket SipSocket::udp() { return SipSocket(bound(SOCK_DGRAM), true); }

SipSocket SipSocket::tcp(const std::string& address) {
  const int fd = made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in peer = parsed(address);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    ::close(fd);
    throw std::runtime_error("cannot connect to " + address);
  }
  return SipSocket(prompt(fd), false);
}

SipSocket::SipSocket(SipSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      datagrams_(other.datagrams_),
      ended_(other.ended_),
      octets_(std::move(other.octets_)),
      source_(std::move(other.source_)) {}

SipSocket& SipSocket::operator=(SipSocket&& other) noexcept {
  SipSocket old(std::move(other));
  std::swap(fd_, old.fd_);
  std::swap(datagrams_, old.datagrams_);
  std::swap(ended_, old.ended_);
  std::swap(octets_, old.octets_);
  std::swap(source_, old.source_);
  return *this;
}

SipSocket::~SipSocket() { close(); }

void SipSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string SipSocket::address() const { return own_address(fd_); }

void SipSocket::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer closed; receive() and closed() tell
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void SipSocket::send_to(const std::string& address, std::string_view datagram) {
  const sockaddr_in peer = parsed(address);
  sendto(fd_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&peer),
         sizeof peer);
}

void SipSocket::reply(std::string_view datagram) {
  datagrams_ ? send_to(source_, datagram) : send(datagram);
}

bool SipSocket::fill(Clock::time_point deadline) {
  if (ended_ || !readable(fd_, deadline)) return false;
  std::string buffer(65536, '\0');
  sockaddr_in source{};
  socklen_t size = sizeof source;
  const ssize_t got =
      recvfrom(fd_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&source), &size);
  ended_ = !datagrams_ && got <= 0;
  if (got <= 0) return false;
  if (datagrams_) {
    source_ = printed(source);
    octets_.clear();
  }
  octets_.append(buffer, 0, static_cast<std::size_t>(got));
  return true;
}

std::optional<SipMessage> SipSocket::receive(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  if (datagrams_) octets_.clear();
  do {
    if (auto message = take_message(octets_)) return message;
  } while (fill(deadline));
  return std::nullopt;
}

bool SipSocket::closed(std::chrono::milliseconds patience) {
  if (octets_.empty()) fill(Clock::now() + patience);
  return ended_ && octets_.empty();
}

SipListener::SipListener(bool answers) : fd_(bound(SOCK_STREAM)) {
  if (answers) listen(fd_, 128);
}

SipListener::~SipListener() { close(); }

void SipListener::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string SipListener::address() const { return own_address(fd_); }

std::optional<SipSocket> SipListener::accept(std::chrono::milliseconds patience) {
  if (!readable(fd_, Clock::now() + patience)) return std::nullopt;
  return SipSocket(prompt(made(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC))), false);
}

}  // namespace causeway::test
