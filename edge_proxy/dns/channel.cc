#include "edge_proxy/dns/channel.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>

#include <array>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <charconv>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace causeway::edge::dns {

Question::Question(asio::any_io_executor executor, std::string name, int type)
    : name_(std::move(name)),
      type_(type),
      news_(std::move(executor), asio::steady_timer::time_point::max()) {}

void Question::answer(int status, const unsigned char* reply, int size) {
  answered_ = true;
  status_ = status;
  if (status == ARES_SUCCESS) reply_.assign(reply, reply + size);
  news_.cancel();
}

asio::awaitable<void> Question::answered() {
  if (answered_) co_return;
  std::error_code ended;
  co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  if (!answered_) throw asio::system_error(asio::error::operation_aborted);
}

// A socket that belongs to c-ares, which opens and closes it.
struct Channel::Socket {
  Socket(const asio::any_io_executor& executor, int descriptor)
      : descriptor(executor, descriptor) {}
  ~Socket() { release(); }
  void release() {
    if (descriptor.is_open()) descriptor.release();
  }

  asio::posix::stream_descriptor descriptor;
  bool wants_read = false;
  bool wants_write = false;
  bool awaits_read = false;
  bool awaits_write = false;
};

namespace {

constexpr int kEdnsBytes = 1232;  // what passes unfragmented everywhere
constexpr std::uint16_t kDnsPort = 53;

struct Server {
  asio::ip::address address;
  std::uint16_t port = kDnsPort;
};

std::optional<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

Server parse_server(const std::string& text) {
  std::string host = text;
  std::optional<std::uint16_t> port = kDnsPort;
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool one_colon = colon != std::string::npos && text.find(':') == colon;
  if (one_colon || (bracket != std::string::npos && colon == bracket + 1)) {
    host = text.substr(0, colon);
    port = port_of(text.substr(colon + 1));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::error_code bad;
  const asio::ip::address address = asio::ip::make_address(host, bad);
  if (bad || !port) throw std::invalid_argument("dns: \"" + text + "\" is not a server's address");
  return {address, *port};
}

void use_servers(ares_channel ares, const std::vector<std::string>& servers) {
  std::vector<ares_addr_port_node> nodes(servers.size());
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const Server server = parse_server(servers[i]);
    ares_addr_port_node& node = nodes[i];
    node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
    node.udp_port = node.tcp_port = server.port;
    if (server.address.is_v4()) {
      node.family = AF_INET;
      const auto bytes = server.address.to_v4().to_bytes();
      std::memcpy(&node.addr.addr4, bytes.data(), bytes.size());
    } else {
      node.family = AF_INET6;
      const auto bytes = server.address.to_v6().to_bytes();
      std::memcpy(&node.addr.addr6, bytes.data(), bytes.size());
    }
  }
  if (const int status = ares_set_servers_ports(ares, nodes.data()); status != ARES_SUCCESS) {
    throw std::runtime_error(std::string("dns: ") + ares_strerror(status));
  }
}

void answered(void* question, int status, int /*timeouts*/, unsigned char* reply, int size) {
  const std::unique_ptr<std::shared_ptr<Question>> held(
      static_cast<std::shared_ptr<Question>*>(question));
  (*held)->answer(status, reply, size);
}

}  // namespace

Channel::Channel(asio::any_io_executor executor, const Settings& settings)
    : executor_(std::move(executor)), timer_(executor_) {
  static std::once_flag once;  // c-ares's own start is not safe against itself
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  for (const std::string& server : settings.servers) parse_server(server);

  ares_options options{};
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH;
  options.ednspsz = kEdnsBytes;
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = settings.tries;
  options.sock_state_cb = socket_changed;
  options.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                   ARES_OPT_SOCK_STATE_CB;
  if (const int status = ares_init_options(&ares_, &options, mask); status != ARES_SUCCESS) {
    throw std::runtime_error(std::string("dns: ") + ares_strerror(status));
  }
  if (!settings.servers.empty()) use_servers(ares_, settings.servers);
}

Channel::~Channel() { close(); }

void Channel::close() {
  timer_.cancel();
  if (ares_channeldata* const ares = std::exchange(ares_, nullptr)) ares_destroy(ares);
}

std::shared_ptr<Question> Channel::ask(const std::string& name, int type) {
  auto question = std::make_shared<Question>(executor_, name, type);
  if (ares_ == nullptr) {
    question->answer(ARES_EDESTRUCTION, nullptr, 0);
  } else if (name.find('\0') != std::string::npos) {
    question->answer(ARES_EBADNAME, nullptr, 0);
  } else {
    ares_query(ares_, name.c_str(), ns_c_in, type, answered,
               new std::shared_ptr<Question>(question));
    set_timer();
  }
  return question;
}

std::vector<asio::ip::address> Channel::from_hosts_file(const std::string& name) {
  std::vector<asio::ip::address> addresses;
  for (const int family : {AF_INET6, AF_INET}) {
    hostent* entry = nullptr;
    if (!ares_ || ares_gethostbyname_file(ares_, name.c_str(), family, &entry) != ARES_SUCCESS) {
      continue;
    }
    // Asked for IPv6, c-ares may find an IPv4 line.
    for (char** next = entry->h_addr_list; entry->h_addrtype == family && *next; ++next) {
      asio::ip::address_v6::bytes_type six;
      asio::ip::address_v4::bytes_type four;
      if (family == AF_INET6) {
        std::memcpy(six.data(), *next, six.size());
        addresses.emplace_back(asio::ip::address_v6(six));
      } else {
        std::memcpy(four.data(), *next, four.size());
        addresses.emplace_back(asio::ip::address_v4(four));
      }
    }
    ares_free_hostent(entry);
  }
  return addresses;
}

// --- Between c-ares and Asio ---

void Channel::socket_changed(void* channel, int descriptor, int readable, int writable) {
  Channel& self = *static_cast<Channel*>(channel);
  const auto known = self.sockets_.find(descriptor);
  if (!readable && !writable) {
    if (known == self.sockets_.end()) return;
    known->second->wants_read = known->second->wants_write = false;
    known->second->release();  // c-ares closes it next
    self.sockets_.erase(known);
    return;
  }
  const std::shared_ptr<Socket> socket =
      known != self.sockets_.end()
          ? known->second
          : self.sockets_.emplace(descriptor, std::make_shared<Socket>(self.executor_, descriptor))
                .first->second;
  socket->wants_read = readable;
  socket->wants_write = writable;
  self.watch(socket, false);
  self.watch(socket, true);
}

// Waits until c-ares can go on with the socket, as long as it wants to.
void Channel::watch(const std::shared_ptr<Socket>& socket, bool for_writing) {
  const bool wanted = for_writing ? socket->wants_write : socket->wants_read;
  bool& awaited = for_writing ? socket->awaits_write : socket->awaits_read;
  if (!wanted || awaited) return;
  awaited = true;
  const auto event = for_writing ? asio::posix::stream_descriptor::wait_write
                                 : asio::posix::stream_descriptor::wait_read;
  socket->descriptor.async_wait(
      event, [weak = weak_from_this(), socket, for_writing](std::error_code ec) {
        (for_writing ? socket->awaits_write : socket->awaits_read) = false;
        const std::shared_ptr<Channel> self = weak.lock();
        if (!self || ec || !socket->descriptor.is_open()) return;
        const int descriptor = socket->descriptor.native_handle();
        self->process(for_writing ? ARES_SOCKET_BAD : descriptor,
                      for_writing ? descriptor : ARES_SOCKET_BAD);
        self->watch(socket, for_writing);
      });
}

void Channel::process(int readable, int writable) {
  if (ares_ == nullptr) return;
  ares_process_fd(ares_, readable, writable);
  set_timer();
}

void Channel::set_timer() {
  timeval next{};
  if (ares_ == nullptr || ares_timeout(ares_, nullptr, &next) == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec) +
                       std::chrono::milliseconds(1));  // c-ares counts whole ones
  timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
    const std::shared_ptr<Channel> self = weak.lock();
    if (self && !ec) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace causeway::edge::dns
