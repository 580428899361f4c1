#include "tests/edge_proxy/matrix/name_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace causeway::test::matrix {
namespace {

constexpr int kAddress = 1;               // RFC 1035 section 3.2.2
constexpr int kServer = 33;               // RFC 2782
constexpr char kHost[] = "host.example";  // the domains themselves have no address
constexpr timeval kLookUp{.tv_sec = 0, .tv_usec = 50'000};  // whether it has been stopped

std::string number(int value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 255)};
}

std::string name(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    out += static_cast<char>(end - begin) + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return out + '\0';
}

int bound_port(int socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

}  // namespace

NameServer::NameServer(int xmpp_port)
    : xmpp_port_(xmpp_port), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("no port for a name server");
  }
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kLookUp, sizeof(kLookUp));
  thread_ = std::jthread([this](std::stop_token stopped) { serve(std::move(stopped)); });
}

NameServer::~NameServer() {
  thread_.request_stop();
  thread_.join();
  ::close(socket_);
}

std::string NameServer::address() const {
  return "127.0.0.1:" + std::to_string(bound_port(socket_));
}

void NameServer::serve(std::stop_token stopped) const {
  while (!stopped.stop_requested()) {
    char question[512];
    sockaddr_in from{};
    socklen_t length = sizeof(from);
    const ssize_t count = ::recvfrom(socket_, question, sizeof(question), 0,
                                     reinterpret_cast<sockaddr*>(&from), &length);
    if (count < 17) continue;
    const std::string reply = answer({question, static_cast<std::size_t>(count)});
    ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

// RFC 1035 section 4: the header, the question again, and at most one answer.
std::string NameServer::answer(const std::string& question) const {
  const std::size_t type_at = question.find('\0', 12) + 1;
  const std::string asked = question.substr(12, type_at + 4 - 12);
  const int type = static_cast<unsigned char>(question[type_at]) << 8 |
                   static_cast<unsigned char>(question[type_at + 1]);
  const bool about_direct_tls = asked.find("_xmpps-server") != std::string::npos;
  std::string data;
  if (type == kServer && about_direct_tls == direct_tls_) {
    data = number(0) + number(0) + number(xmpp_port_) + name(kHost);
  } else if (type == kAddress && asked.starts_with(name(kHost))) {
    data = std::string("\x7f\0\0\x01", 4);
  }
  const int exists = type == kServer && data.empty() ? 3 : 0;  // NXDOMAIN
  std::string out = question.substr(0, 2) + number(0x8180 | exists) + number(1) +
                    number(data.empty() ? 0 : 1) + number(0) + number(0) + asked;
  if (!data.empty()) {
    out += number(0xc00c) + number(type) + number(1) + number(0) + number(60) +
           number(static_cast<int>(data.size())) + data;
  }
  return out;
}

}  // namespace causeway::test::matrix
