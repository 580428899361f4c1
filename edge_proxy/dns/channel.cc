#include "edge_proxy/dns/channel.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>

#include <chrono>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "edge_proxy/dns/servers.h"

namespace causeway::edge::dns {
namespace {

constexpr int kEdnsBytes = 1232;  // what passes unfragmented everywhere

}  // namespace

// What c-ares holds of one question.
struct Channel::Question {
  Channel& channel;
  Answered answered;
};

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

Channel::Channel(asio::any_io_executor executor)
    : executor_(std::move(executor)), timer_(executor_) {}

Channel::~Channel() { close(); }

absl::Status Channel::open(const Settings& settings) {
  static std::once_flag once;  // c-ares's own start is not safe against itself
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });

  std::string resolv_conf = settings.resolv_conf;
  ares_options options{};
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH;
  options.ednspsz = kEdnsBytes;
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = settings.tries;
  options.sock_state_cb = socket_changed;
  options.sock_state_cb_data = this;
  options.resolvconf_path = resolv_conf.data();
  options.udp_port = options.tcp_port = settings.port;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                   ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT |
                   ARES_OPT_TCP_PORT;
  if (const int status = ares_init_options(&ares_, &options, mask); status != ARES_SUCCESS) {
    ares_ = nullptr;
    return absl::InternalError(absl::StrCat("dns: ", ares_strerror(status)));
  }
  return settings.servers.empty() ? absl::OkStatus() : use_servers(ares_, settings.servers);
}

void Channel::close() {
  timer_.cancel();
  if (ares_channeldata* const ares = std::exchange(ares_, nullptr)) ares_destroy(ares);
}

void Channel::ask(const std::string& name, Type type, Answered answered) {
  if (ares_ == nullptr) return answered(ARES_EDESTRUCTION, {});
  if (name.find('\0') != std::string::npos) return answered(ARES_EBADNAME, {});
  ++under_way_;
  ares_query(ares_, name.c_str(), ns_c_in, static_cast<int>(type), Channel::answered,
             new Question{*this, std::move(answered)});
  set_timer();
}

void Channel::answered(void* question, int status, int /*timeouts*/, unsigned char* reply,
                       int size) {
  const std::unique_ptr<Question> held(static_cast<Question*>(question));
  --held->channel.under_way_;
  held->answered(status, {reinterpret_cast<const char*>(reply), static_cast<std::size_t>(size)});
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
