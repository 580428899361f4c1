#include "tests/edge_proxy/matrix/world.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "tests/edge_proxy/matrix/peer.h"

namespace causeway::test::matrix {
namespace {

using std::chrono::hours;

CertificateRequest request_for(Certificate certificate) {
  CertificateRequest request{.common_name = "peer", .dns = {kTheirs}};
  const std::string domain = kTheirs;
  const auto now = request.not_before;
  switch (certificate) {
    case Certificate::expired:
      request.not_before = now - hours(48);
      request.not_after = now - hours(24);
      break;
    case Certificate::not_yet_valid:
      request.not_before = now + hours(24);
      request.not_after = now + hours(48);
      break;
    case Certificate::wrong_name:
      request.dns = {"fabrikam.example", "north." + domain};
      break;
    case Certificate::server_auth_only:
      request.eku = {"serverAuth"};
      break;
    case Certificate::client_auth_only:
      request.eku = {"clientAuth"};
      break;
    case Certificate::srv_id_only:
      request.dns = {};
      request.srv = {"_xmpp-server." + domain};
      break;
    case Certificate::xmpp_addr_only:
      request.dns = {};
      request.xmpp_addrs = {domain};
      break;
    case Certificate::wildcard:
      request.dns = {"*" + domain.substr(domain.find('.'))};
      break;
    case Certificate::cn_only:
      request.dns = {};
      request.common_name = domain;
      break;
    default:
      break;
  }
  return request;
}

}  // namespace

World::World()
    : ca_(directory_.path(), "Known CA"),
      unknown_ca_(directory_.path(), "Unknown CA"),
      edge_(ca_.issue({.common_name = "edge", .dns = {kOurs}})) {
  for (int i = 0; i != kCertificates; ++i) {
    const auto certificate = static_cast<Certificate>(i);
    if (certificate == Certificate::none) {
      peers_.emplace(certificate, TlsIdentity("", ""));
      continue;
    }
    const CertificateRequest request = request_for(certificate);
    const CertificateFiles files =
        certificate == Certificate::self_signed  ? self_signed(directory_.path(), request)
        : certificate == Certificate::unknown_ca ? unknown_ca_.issue(request)
                                                 : ca_.issue(request);
    peers_.emplace(certificate, TlsIdentity(files.certificate_file, files.private_key_file));
  }
}

edge::config::Config World::config() const {
  edge::config::Config config;
  config.xmpp.listen = {"127.0.0.1:0"};
  config.xmpp.listen_direct_tls = {"127.0.0.1:0"};
  config.xmpp.io_threads = 1;
  config.xmpp.certificate = edge_.certificate_file;
  config.xmpp.private_key = edge_.private_key_file;
  config.xmpp.trust_anchors = ca_.certificate_file();
  config.dns.servers = {"127.0.0.1:1"};
  config.limits.closing = std::chrono::seconds(2);
  // All peers of a test come from one address.
  config.limits.unauthenticated_streams_per_address = 1000;
  config.limits.unauthenticated_streams_per_network = 1000;
  config.limits.connections_burst_per_address = 1'000'000;
  config.limits.dialback_verifications_per_domain = 1000;
  config.limits.dialback_verifications_per_address = 1000;
  // And of one domain: what its server does in one cell is not what it does in the next.
  config.limits.dialback_failure_memory = std::chrono::seconds(0);
  return config;
}

v1::Snapshot snapshot_for(const Cell& cell, const std::string& proxy) {
  v1::Snapshot snapshot;
  snapshot.set_version(1);
  snapshot.add_hosted_domains()->set_domain(kOurs);
  v1::Partner& partner = *snapshot.add_partners();
  partner.set_domain(kTheirs);
  partner.set_tls(cell.tls);
  partner.set_sasl(cell.sasl);
  partner.set_dialback(cell.dialback);
  partner.set_proxy_fqdn(proxy);
  partner.set_connection_limit(1000);
  snapshot.mutable_settings()->set_dialback_passphrase(kPassphrase);
  snapshot.mutable_settings()->set_stream_establishment_timeout(20);
  return snapshot;
}

Listener::Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(socket_, 64) != 0) {
    throw std::runtime_error("no port for a peer");
  }
}

Listener::~Listener() { ::close(socket_); }

int Listener::port() const {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

int Listener::accept() const {
  pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, 5) != 1) return -1;
  return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
}

}  // namespace causeway::test::matrix
