#include "frontend_gateway/sip/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "frontend_gateway/sip/text.h"

// Declared by libre only for its own build.
extern "C" int sip_transp_debug(struct re_printf* pf, const struct sip* sip);

namespace causeway::gateway::sip {
namespace {

constexpr std::size_t kFirstWindow = 256 << 10;  // half of what libre queues on a new connection
constexpr std::size_t kWindow = 16 << 20;
constexpr std::size_t kQueue =
    32 << 20;  // beyond the window: our responses may share the connection
constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::seconds kTimerF{32};
// Seconds until libre pings the peer (RFC 5626): as seldom as it can count, 40 days.
constexpr std::uint32_t kSeldom = std::numeric_limits<std::uint32_t>::max() / 1000;

enum class Found { none, opening, established };

struct Search {
  std::string peer;
  Found found = Found::none;
  std::string line{};
};

// What libre lists of a connection to that peer. It has no other way to ask; sip_debug() would list
// every transaction, too.
Found look_up(const struct ::sip* stack, const sa& peer) {
  Search search{concat({"--> ", address_text(peer), " "})};
  struct re_printf printer {
    [](const char* text, std::size_t size, void* arg) {
      auto& [peer, found, line] = *static_cast<Search*>(arg);
      line.append(text, size);
      if (!line.ends_with('\n')) return 0;
      if (line.find(peer) != std::string::npos) {
        const bool stands = line.find("(Established)") != std::string::npos;
        if (stands || found == Found::none) found = stands ? Found::established : Found::opening;
      }
      line.clear();
      return 0;
    },
        &search
  };
  sip_transp_debug(&printer, stack);
  return search.found;
}

}  // namespace

Connection::Connection(struct ::sip* stack, Loop& loop) : stack_(stack), loop_(loop) {
  sa_init(&peer_, AF_UNSPEC);
}

Connection::~Connection() { mem_deref(until_closed_); }

void Connection::used(const sa& peer) {
  if (!sa_cmp(&peer, &peer_, SA_ALL)) {
    mem_deref(until_closed_);
    until_closed_ = nullptr;
    peer_ = peer;
  }
  used_ = std::chrono::steady_clock::now();
  if (until_closed_ == nullptr && !watched_) watch();
}

void Connection::heard(const sip_msg& response) {
  if (until_closed_ != nullptr || !sa_cmp(&response.src, &peer_, SA_ALL)) return;
  const auto closed = [](int, void* self) { static_cast<Connection*>(self)->ended(); };
  if (sip_keepalive_start(&until_closed_, stack_, &response, kSeldom, closed, this) != 0) return;
  tcp_conn* connection = sip_msg_tcpconn(&response);
  const int on = 1;  // libre leaves Nagle's algorithm on
  setsockopt(tcp_conn_fd(connection), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  tcp_conn_txqsz_set(connection, kQueue);
}

bool Connection::listed() const { return look_up(stack_, peer_) != Found::none; }

bool Connection::established() const {
  return until_closed_ != nullptr || look_up(stack_, peer_) == Found::established;
}

std::size_t Connection::window() const { return until_closed_ == nullptr ? kFirstWindow : kWindow; }

void Connection::ended() {
  until_closed_ = nullptr;
  const sa peer = peer_;
  if (lost_) lost_(peer);
}

// Until the first response there is nothing of libre's to hang on to, so its list is looked at.
void Connection::watch() {
  watched_ = true;
  loop_.after(kLook, [this, life = std::weak_ptr(life_)] {
    if (life.expired()) return;
    watched_ = false;
    if (until_closed_ != nullptr || used_ + kTimerF < std::chrono::steady_clock::now()) return;
    if (!listed()) {
      const sa peer = peer_;
      if (lost_) lost_(peer);
    } else {
      watch();
    }
  });
}

}  // namespace causeway::gateway::sip
