#include "frontend_gateway/sip/listeners.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "absl/cleanup/cleanup.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

struct Scheme {
  std::string_view name;
  sip_transp transport;
};
constexpr Scheme kSchemes[] = {
    {"udp", SIP_TRANSP_UDP}, {"tcp", SIP_TRANSP_TCP}, {"tls", SIP_TRANSP_TLS}};

struct Listener {
  Scheme scheme;
  sa address;
};

std::optional<Listener> parsed(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(concat({scheme.name, ":"}))) continue;
    const std::string_view rest = text.substr(scheme.name.size() + 1);
    Listener listener{scheme, {}};
    if (sa_decode(&listener.address, rest.data(), rest.size()) != 0) return std::nullopt;
    return listener;
  }
  return std::nullopt;
}

absl::Status wrong(std::string_view key, std::string_view value, std::string_view why) {
  return absl::InvalidArgumentError(concat({"sip.", key, ": ", value, ": ", why}));
}

// The address of ours that datagrams to `peer` would carry; nothing when none reaches it.
std::optional<sa> facing(const sa& peer) {
  const int fd = socket(sa_af(&peer), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const absl::Cleanup closed = [fd] { close(fd); };
  sa own{};
  own.len = sizeof own.u;
  if (fd < 0 || connect(fd, &peer.u.sa, peer.len) != 0 ||
      getsockname(fd, &own.u.sa, &own.len) != 0) {
    return std::nullopt;
  }
  return own;
}

// A next hop that is a name is taken to be beyond the default route.
sa toward(int family, const std::string& next_hop) {
  sa peer;
  const pl text{next_hop.data(), next_hop.size()};
  struct uri hop;
  if (uri_decode(&hop, &text) == 0 && hop.af == family && sa_set(&peer, &hop.host, SIP_PORT) == 0)
    return peer;
  sa_set_str(&peer, family == AF_INET ? "192.0.2.1" : "2001:db8::1", SIP_PORT);
  return peer;
}

// What a configured address stands for.
std::vector<sa> addresses(const sa& configured, const std::string& next_hop) {
  if (!sa_is_any(&configured)) return {configured};
  std::vector<sa> all;
  const auto collect = [](const char*, const sa* own, void* arg) {
    if (!sa_is_linklocal(own)) static_cast<std::vector<sa>*>(arg)->push_back(*own);
    return false;
  };
  net_if_apply(collect, &all);
  std::erase_if(all, [&](const sa& own) { return sa_af(&own) != sa_af(&configured); });
  if (const auto first = facing(toward(sa_af(&configured), next_hop))) {
    const auto faces = [&](const sa& own) { return sa_cmp(&own, &*first, SA_ADDR); };
    std::stable_partition(all.begin(), all.end(), faces);
  }
  return all;
}

// libre leaves Nagle's algorithm on, which holds a response back until the one before is
// acknowledged, 40 ms later. Accepted connections inherit the option from the listener, whose
// descriptor libre does not tell.
void send_at_once(const sa& address) {
  constexpr int kLooked = 1024;  // descriptors are given lowest first, and this is the start
  for (int fd = 0; fd < kLooked; ++fd) {
    sa own{};
    own.len = sizeof own.u;
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
      continue;
    if (getsockname(fd, &own.u.sa, &own.len) != 0 || !sa_cmp(&own, &address, SA_ALL)) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

class Opener {
 public:
  Opener(struct ::sip* stack, const config::Sip& settings, struct tls* context)
      : stack_(stack), settings_(settings), context_(context) {}

  absl::Status open(const std::string& text);
  std::vector<std::string> opened;

 private:
  struct ::sip* stack_;
  const config::Sip& settings_;
  struct tls* context_;
};

absl::Status Opener::open(const std::string& text) {
  const auto listener = parsed(text);
  if (!listener) return wrong("listen", text, "not udp:, tcp: or tls: with an address and a port");
  const sip_transp transport = listener->scheme.transport;
  sa first;
  std::uint16_t port = sa_port(&listener->address);
  if (port == 0 && sip_transp_laddr(stack_, &first, transport, &listener->address) == 0) {
    return wrong("listen", text, "port 0 only in the first of its kind");
  }
  for (sa address : addresses(listener->address, settings_.next_hop)) {
    sa_set_port(&address, port);
    const int error = sip_transp_add(stack_, transport, &address, context_);
    if (error != 0) return wrong("listen", text, std::strerror(error));
    if (port == 0 && sip_transp_laddr(stack_, &first, transport, &address) == 0)
      port = sa_port(&first);
    sa_set_port(&address, port);
    if (transport != SIP_TRANSP_UDP) send_at_once(address);
    opened.push_back(concat({listener->scheme.name, ":", address_text(address)}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> open_listeners(struct ::sip* stack,
                                                        const config::Sip& settings,
                                                        struct tls* context) {
  Opener opener(stack, settings, context);
  for (const std::string& text : settings.listen) {
    if (absl::Status status = opener.open(text); !status.ok()) return status;
  }
  return std::move(opener.opened);
}

}  // namespace causeway::gateway::sip
