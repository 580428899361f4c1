#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "edge_proxy/stream/xml_stream.h"

namespace causeway::test {

// A stream whose peer is a function: it is told what we say, and says something in return. "(open)"
// is said for us at the beginning and "(tls)" after STARTTLS. A peer that has nothing more to say
// has gone.
class FakeStream final : public edge::stream::XmlStream {
 public:
  using Peer = std::function<std::string(const std::string& said)>;

  FakeStream(Peer peer, edge::tls::PeerCertificate certificate)
      : peer_(std::move(peer)),
        certificate_(certificate),
        by_default_(std::move(certificate)),
        parser_(kLimits) {
    hear("(open)");
  }

  asio::awaitable<edge::stream::Header> read_header() override {
    causeway::xml::Event event = next();
    auto* const opened = std::get_if<causeway::xml::Opened>(&event);
    if (opened == nullptr) throw edge::stream::PeerClosed("no header");
    co_return edge::stream::parse_header(opened->header, opened->content_ns);
  }
  asio::awaitable<causeway::xml::Element> read() override {
    causeway::xml::Event event = next();
    auto* const element = std::get_if<causeway::xml::Element>(&event);
    if (element == nullptr) throw edge::stream::PeerClosed("closed");
    co_return std::move(*element);
  }
  std::optional<causeway::xml::Element> received() override { return std::nullopt; }

  asio::awaitable<void> send_header(edge::stream::Header ours) override {
    ids.push_back(ours.id);
    hear(to_xml(ours));
    co_return;
  }
  asio::awaitable<void> send(std::string bytes) override {
    hear(bytes);
    co_return;
  }
  void restart() override {}  // hear() has begun anew already
  asio::awaitable<bool> begins_with_tls() override { co_return direct_tls; }
  asio::awaitable<void> accept_tls(std::string go_ahead, std::string ours = {}) override {
    said.push_back(go_ahead);
    shown_for = std::move(ours);
    become_secure();
    co_return;
  }
  asio::awaitable<void> connect_tls(std::string server_name,
                                    edge::tls::Direct direct = edge::tls::Direct::no,
                                    std::string ours = {}) override {
    sni = std::move(server_name);
    direct_tls = direct == edge::tls::Direct::yes;
    shown_for = std::move(ours);
    become_secure();
    co_return;
  }
  void set_limits(const causeway::xml::Limits&) override {}
  bool encrypted() const override { return encrypted_; }
  const edge::tls::PeerCertificate& peer_certificate() const override { return certificate_; }
  void verify_against(const edge::tls::Anchors* anchors) override {
    if (by_other_anchors) certificate_ = anchors != nullptr ? *by_other_anchors : by_default_;
  }
  void forget_chain() override { chain_forgotten = true; }

  std::vector<std::string> said;
  std::vector<std::string> ids;
  std::string sni;
  std::string shown_for;    // the domain whose certificate we show
  bool direct_tls = false;  // the peer begins with it, or we have
  bool chain_forgotten = false;
  std::optional<edge::tls::PeerCertificate> by_other_anchors;  // what verify_against() finds

 private:
  static constexpr causeway::xml::Limits kLimits{8192, 32, 16, 32, 1 << 20};

  void hear(const std::string& what) {
    said.push_back(what);
    const std::string answer = peer_(what);
    // After <success/> it begins anew, before we have read what it says.
    if (answer.rfind("<?xml", 0) == 0) parser_.restart(kLimits);
    parser_.feed(answer);
  }
  void become_secure() {
    encrypted_ = true;
    parser_.restart(kLimits);
    hear("(tls)");
  }
  causeway::xml::Event next() {
    std::optional<causeway::xml::Event> event = parser_.next();
    if (!event) throw edge::stream::PeerClosed("it has nothing more to say");
    if (const auto* const broken = std::get_if<causeway::xml::Broken>(&*event)) {
      throw edge::stream::StreamError(edge::stream::condition_of(broken->fault), broken->reason);
    }
    return *std::move(event);
  }

  Peer peer_;
  edge::tls::PeerCertificate certificate_;  // as it is judged now
  edge::tls::PeerCertificate by_default_;
  causeway::xml::Parser parser_;
  bool encrypted_ = false;
};

inline edge::tls::PeerCertificate certificate_for(const std::string& domain) {
  edge::tls::PeerCertificate certificate;
  certificate.present = true;
  certificate.trusted = true;
  certificate.dns_ids = {domain};
  return certificate;
}

}  // namespace causeway::test
